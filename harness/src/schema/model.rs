//! The checked model of a schema: commands and types, each with its place and its documentation.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::versions::{self, Version};
use crate::text::Span;

/// A whole schema: all commands, events and types, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    commands: Vec<Command>,
    events: Vec<Event>,
    types: Vec<TypeDef>,
    free_docs: Vec<Doc>,
    version: Option<Version>,
    command_index: HashMap<String, usize>,
    type_index: HashMap<String, usize>,
}

impl Schema {
    /// Builds the look-up tables. A name that occurs twice keeps its first definition in the tables; that
    /// duplicates are errors is the checker's concern.
    pub fn new(commands: Vec<Command>, types: Vec<TypeDef>) -> Self {
        let mut command_index = HashMap::new();
        for (at, command) in commands.iter().enumerate() {
            command_index.entry(command.name.clone()).or_insert(at);
        }
        let mut type_index = HashMap::new();
        for (at, definition) in types.iter().enumerate() {
            type_index.entry(definition.name.clone()).or_insert(at);
        }
        Self {
            commands,
            events: Vec::new(),
            types,
            free_docs: Vec::new(),
            version: None,
            command_index,
            type_index,
        }
    }

    /// Says that this is the guest agent's own schema, in this version.
    pub(super) fn with_version(mut self, version: Version) -> Self {
        self.version = Some(version);
        self
    }

    /// Adds the events. The guest agent has none; QEMU itself has.
    pub(super) fn with_events(mut self, events: Vec<Event>) -> Self {
        self.events = events;
        self
    }

    /// Adds the documentation that belongs to no definition.
    pub(super) fn with_free_docs(mut self, free_docs: Vec<Doc>) -> Self {
        self.free_docs = free_docs;
        self
    }

    /// All commands, in the order of the text.
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// All events, in the order of the text.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// All types, in the order of the text.
    pub fn types(&self) -> &[TypeDef] {
        &self.types
    }

    /// Documentation that belongs to no definition, such as chapters' headings, in the order of the text.
    pub fn free_docs(&self) -> &[Doc] {
        &self.free_docs
    }

    /// Which version of the guest agent's schema this is; `None` for any other schema.
    pub fn version(&self) -> Option<Version> {
        self.version
    }

    /// The guest agent's schema in its last version, if this is an earlier one. What is right by the later one is
    /// newer than this one, and not wrong.
    pub fn later(&self) -> Option<&'static Schema> {
        self.version.filter(|version| *version < Version::LAST).map(|_| versions::model(Version::LAST))
    }

    /// The commands for the checker, which completes them; names must stay.
    pub(super) fn commands_mut(&mut self) -> &mut [Command] {
        &mut self.commands
    }

    /// The events for the checker, which completes them.
    pub(super) fn events_mut(&mut self) -> &mut [Event] {
        &mut self.events
    }

    /// The types for the checker, which completes them; names must stay.
    pub(super) fn types_mut(&mut self) -> &mut [TypeDef] {
        &mut self.types
    }

    /// The documentation that belongs to no definition, for the checker.
    pub(super) fn free_docs_mut(&mut self) -> &mut [Doc] {
        &mut self.free_docs
    }

    /// The command of this exact name.
    pub fn command(&self, name: &str) -> Option<&Command> {
        self.command_index.get(name).map(|at| &self.commands[*at])
    }

    /// The type of this exact name. Built-in types and arrays have no definition.
    pub fn definition(&self, name: &str) -> Option<&TypeDef> {
        self.type_index.get(name).map(|at| &self.types[*at])
    }

    /// All members of a struct, its bases' first; empty for other kinds of type.
    pub fn members_of<'a>(&'a self, name: &str) -> Vec<&'a Member> {
        let mut members = Vec::new();
        let mut next = self.definition(name);
        // A loop of bases is an error of the schema; the bound keeps such a schema from hanging us.
        for _ in 0..=self.types.len() {
            let Some(TypeDef { definition: Definition::Struct(structure), .. }) = next else { break };
            members.splice(0..0, structure.members.iter());
            next = structure.base.as_deref().and_then(|base| self.definition(base));
        }
        members
    }
}

/// Where something stands in a schema text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of the source, as it was given to the reader.
    pub source: Arc<str>,
    /// Byte range in that source.
    pub span: Span,
    /// Line of the start of the range, from 1.
    pub line: usize,
    /// Byte column of the start of the range, from 1.
    pub column: usize,
}

/// One command that a client may execute.
#[derive(Clone, Debug)]
pub struct Command {
    /// The name, as in a request's `execute`.
    pub name: String,
    /// What `arguments` may hold. A reference to a struct is resolved here, so this is the whole list. Only
    /// for a union it is not: it lists the members that are always there.
    pub arguments: Vec<Member>,
    /// The struct or union whose members the arguments are, if they are not listed in place.
    pub data_type: Option<String>,
    /// The type of `return`; `None` means an empty object.
    pub returns: Option<TypeRef>,
    /// False for the commands that send nothing when they succeed.
    pub success_response: bool,
    /// What else is said about it.
    pub flags: Vec<CommandFlag>,
    /// When the command exists.
    pub condition: Option<Condition>,
    /// Features in the order of the text.
    pub features: Vec<Feature>,
    /// Its documentation.
    pub doc: Doc,
    /// Where it is defined.
    pub place: Place,
}

impl Command {
    /// The argument of this name.
    pub fn argument(&self, name: &str) -> Option<&Member> {
        self.arguments.iter().find(|member| member.name == name)
    }
}

/// What a command can be besides its arguments and its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandFlag {
    /// It may be executed out of band.
    AllowOob,
    /// It may be executed before the machine is built.
    AllowPreconfig,
    /// Its arguments are one value in C; without meaning on the wire.
    Boxed,
    /// It may run in a coroutine; without meaning on the wire.
    Coroutine,
    /// No code is generated for it, so that its arguments and its type are not checked.
    NoGen,
}

impl CommandFlag {
    /// All of them, in the order of the alphabet.
    pub const ALL: [Self; 5] =
        [Self::AllowOob, Self::AllowPreconfig, Self::Boxed, Self::Coroutine, Self::NoGen];

    /// The key in schema text, and the value that sets the flag.
    pub const fn key(self) -> (&'static str, bool) {
        match self {
            Self::AllowOob => ("allow-oob", true),
            Self::AllowPreconfig => ("allow-preconfig", true),
            Self::Boxed => ("boxed", true),
            Self::Coroutine => ("coroutine", true),
            Self::NoGen => ("gen", false),
        }
    }
}

/// Something that happens and that is told to clients without being asked.
#[derive(Clone, Debug)]
pub struct Event {
    /// The name, as in `event` on the wire.
    pub name: String,
    /// What `data` holds, in the same way as the arguments of a command.
    pub data: Vec<Member>,
    /// The struct or union whose members they are, if they are not listed in place.
    pub data_type: Option<String>,
    /// Whether the data are one value in C; without meaning on the wire.
    pub boxed: bool,
    /// When the event exists.
    pub condition: Option<Condition>,
    /// Features in the order of the text.
    pub features: Vec<Feature>,
    /// Its documentation.
    pub doc: Doc,
    /// Where it is defined.
    pub place: Place,
}

/// A member of an object: an argument of a command or a member of a struct, base or event.
#[derive(Clone, Debug)]
pub struct Member {
    /// The name without the `*` that marks optional members.
    pub name: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// Its type.
    pub ty: TypeRef,
    /// When it exists.
    pub condition: Option<Condition>,
    /// Features in the order of the text.
    pub features: Vec<Feature>,
    /// Where it is defined.
    pub place: Place,
}

/// The use of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TypeRef {
    /// A type that every schema has.
    Builtin(Builtin),
    /// A type that this schema defines.
    Named(String),
    /// A list of any length.
    Array(Box<TypeRef>),
}

impl fmt::Display for TypeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(builtin) => f.write_str(builtin.name()),
            Self::Named(name) => f.write_str(name),
            Self::Array(element) => write!(f, "[{element}]"),
        }
    }
}

/// The types that every schema has (qapi-code-gen, "Built-in Types").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// Any JSON string in UTF-8.
    Str,
    /// Any JSON number.
    Number,
    /// An integer of 64 bits with sign.
    Int,
    /// An integer of 8 bits with sign.
    Int8,
    /// An integer of 16 bits with sign.
    Int16,
    /// An integer of 32 bits with sign.
    Int32,
    /// An integer of 64 bits with sign.
    Int64,
    /// An integer of 8 bits without sign.
    Uint8,
    /// An integer of 16 bits without sign.
    Uint16,
    /// An integer of 32 bits without sign.
    Uint32,
    /// An integer of 64 bits without sign.
    Uint64,
    /// Like `Uint64`; on a command line it may have a suffix.
    Size,
    /// `true` or `false`.
    Bool,
    /// The literal `null`.
    Null,
    /// Any JSON value.
    Any,
    /// A string that names a JSON type; used by QEMU itself only.
    QType,
}

impl Builtin {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 16] = [
        Self::Str,
        Self::Number,
        Self::Int,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::Uint8,
        Self::Uint16,
        Self::Uint32,
        Self::Uint64,
        Self::Size,
        Self::Bool,
        Self::Null,
        Self::Any,
        Self::QType,
    ];

    /// The name in schema text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Str => "str",
            Self::Number => "number",
            Self::Int => "int",
            Self::Int8 => "int8",
            Self::Int16 => "int16",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Uint8 => "uint8",
            Self::Uint16 => "uint16",
            Self::Uint32 => "uint32",
            Self::Uint64 => "uint64",
            Self::Size => "size",
            Self::Bool => "bool",
            Self::Null => "null",
            Self::Any => "any",
            Self::QType => "QType",
        }
    }

    /// The built-in type of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|builtin| builtin.name() == name)
    }

    /// The least and the greatest value, for the integer types.
    pub const fn range(self) -> Option<(i128, i128)> {
        Some(match self {
            Self::Int | Self::Int64 => (i64::MIN as i128, i64::MAX as i128),
            Self::Int8 => (i8::MIN as i128, i8::MAX as i128),
            Self::Int16 => (i16::MIN as i128, i16::MAX as i128),
            Self::Int32 => (i32::MIN as i128, i32::MAX as i128),
            Self::Uint8 => (0, u8::MAX as i128),
            Self::Uint16 => (0, u16::MAX as i128),
            Self::Uint32 => (0, u32::MAX as i128),
            Self::Uint64 | Self::Size => (0, u64::MAX as i128),
            Self::Str | Self::Number | Self::Bool | Self::Null | Self::Any | Self::QType => return None,
        })
    }
}

/// A type that the schema defines.
#[derive(Clone, Debug)]
pub struct TypeDef {
    /// Its name.
    pub name: String,
    /// What it is.
    pub definition: Definition,
    /// When it exists.
    pub condition: Option<Condition>,
    /// Features in the order of the text.
    pub features: Vec<Feature>,
    /// Its documentation.
    pub doc: Doc,
    /// Where it is defined.
    pub place: Place,
}

/// The four kinds of types that a schema can define.
#[derive(Clone, Debug)]
pub enum Definition {
    /// A JSON object with the given members.
    Struct(Struct),
    /// A string out of a list.
    Enum(Enum),
    /// An object whose further members depend on one of them.
    Union(Union),
    /// A choice of types that the JSON type of the value decides.
    Alternate(Alternate),
}

/// A JSON object with the given members.
#[derive(Clone, Debug, Default)]
pub struct Struct {
    /// Own members, without those of the base.
    pub members: Vec<Member>,
    /// Name of the struct whose members come first.
    pub base: Option<String>,
}

/// A string out of a list.
#[derive(Clone, Debug, Default)]
pub struct Enum {
    /// The allowed values in the order of the text.
    pub values: Vec<EnumValue>,
    /// Prefix for C names; without meaning on the wire.
    pub prefix: Option<String>,
}

/// One value of an enum.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// The value on the wire.
    pub name: String,
    /// When it exists.
    pub condition: Option<Condition>,
    /// Features in the order of the text.
    pub features: Vec<Feature>,
}

/// An object whose further members depend on one of them (a flat union).
#[derive(Clone, Debug)]
pub struct Union {
    /// The members that are always there, the discriminator among them.
    pub base: Vec<Member>,
    /// Name of the member, of an enum type, that selects the branch.
    pub discriminator: String,
    /// Branches; an enum value without one adds no members.
    pub branches: Vec<Branch>,
}

/// A choice of types that the JSON type of the value decides.
#[derive(Clone, Debug)]
pub struct Alternate {
    /// The possible types.
    pub branches: Vec<Branch>,
}

/// One branch of a union or an alternate.
#[derive(Clone, Debug)]
pub struct Branch {
    /// The discriminator's value, or for an alternate just a name.
    pub name: String,
    /// The type of the branch.
    pub ty: TypeRef,
    /// When it exists.
    pub condition: Option<Condition>,
    /// Where it is defined.
    pub place: Place,
}

/// When a part of the schema exists: a tree over configuration symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// A configuration symbol, or the C expression of schemas before 6.2, as it is written.
    Symbol(String),
    /// All of them hold.
    All(Vec<Condition>),
    /// At least one of them holds.
    Any(Vec<Condition>),
    /// It does not hold.
    Not(Box<Condition>),
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operator, inner) = match self {
            Self::Symbol(symbol) => return f.write_str(symbol),
            Self::All(inner) => ("all", inner.as_slice()),
            Self::Any(inner) => ("any", inner.as_slice()),
            Self::Not(inner) => ("not", std::slice::from_ref(&**inner)),
        };
        write!(f, "{operator}(")?;
        for (at, condition) in inner.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{condition}")?;
        }
        f.write_str(")")
    }
}

/// A feature flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// When it is present.
    pub condition: Option<Condition>,
}

/// The documentation of one definition, in its sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Doc {
    /// The text before the first section.
    pub body: String,
    /// Sections in the order of the text.
    pub sections: Vec<DocSection>,
    /// Name of the source that it stands in; empty if there is none.
    pub source: Arc<str>,
    /// Lines of the comment block, if there is one.
    pub span: Option<Span>,
}

/// One section of a documentation block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocSection {
    /// `@member`; or the tag without its colon, in the singular: `Returns`, `Since`, `Note`, `Example`,
    /// `Errors`, `Features`, `TODO`; or a heading with its `=`.
    pub title: String,
    /// The text, with line breaks, without the comment marks.
    pub text: String,
    /// Where the section is.
    pub span: Span,
}
