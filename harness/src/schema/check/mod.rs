//! Expressions into a checked model.
//!
//! First each definition by itself (`define`, with `members`, `simple_union`, `condition`, `names`, `shape`),
//! after the `pragma`s that relax rules; then what needs all definitions at once (`resolve`, `alternate`);
//! then places are told in terms of files (`places`). Nothing here reads text: whatever is wrong is said
//! about a place that the parser gave.

mod alternate;
mod condition;
mod define;
mod members;
mod names;
mod places;
mod pragma;
mod resolve;
mod shape;
mod simple_union;

use std::collections::HashMap;
use std::sync::Arc;

use self::define::{BaseName, Source};
use self::names::{NameKind, check_name, did_you_mean};
use self::pragma::Pragmas;
use self::shape::list;
use super::diagnostic::Remarks;
use super::doc::Block;
use super::model::{Command, Event, Place, Schema, TypeDef, TypeRef};
use super::parser::{Entry, KINDS, Object, Syntax, TopLevel};
use crate::text::Span;

/// Gives the expressions of all files their meaning.
pub(super) fn check(syntax: Syntax, remarks: &mut Remarks) -> Schema {
    let mut context = Context {
        remarks,
        pragmas: Pragmas::default(),
        uses: Vec::new(),
        names: HashMap::new(),
        partial: syntax.partial,
        nowhere: Arc::from(""),
    };
    read_pragmas(&mut context, &syntax.expressions);
    let mut draft = Draft::default();
    for expression in syntax.expressions {
        definition(&mut context, &mut draft, expression);
    }
    let mut schema = resolve::resolve(&mut context, draft).with_free_docs(syntax.free_docs);
    places::localise(context.remarks, &mut schema);
    schema
}

/// What all steps of a check share.
struct Context<'a> {
    remarks: &'a mut Remarks,
    pragmas: Pragmas,
    /// Each use of a type, to be judged when all types are known.
    uses: Vec<Use>,
    /// Where each name is defined first, also of definitions that could not be read to the end.
    names: HashMap<String, Span>,
    /// Whether definitions may be missing because they stand in a file that was not read.
    partial: bool,
    /// The source of places that are not told in terms of files yet.
    nowhere: Arc<str>,
}

impl Context<'_> {
    /// A place in the text of all files, for remarks that come later.
    fn place(&self, span: Span) -> Place {
        Place { source: Arc::clone(&self.nowhere), span, line: 0, column: 0 }
    }
}

/// The use of a type.
struct Use {
    ty: TypeRef,
    span: Span,
    role: Role,
}

/// What a type is used for; each use allows some kinds of types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Member,
    /// Of a struct or a union.
    Base,
    /// `data` of a command or event, given by name.
    Data {
        boxed: bool,
    },
    /// `returns` of a command; a pragma may exempt it from having to be an object.
    Returns {
        exempt: bool,
    },
    UnionBranch,
    AlternateBranch,
    /// Of a branch of a union without discriminator, which takes any type.
    Wrapped,
}

/// The model as far as it is known without looking at other definitions.
#[derive(Default)]
struct Draft {
    commands: Vec<Command>,
    events: Vec<Event>,
    types: Vec<TypeDef>,
    /// For each type, where it names its base.
    base_names: Vec<BaseName>,
    /// For each type that is a union, where its discriminator is named.
    discriminators: Vec<Option<Span>>,
}

impl Draft {
    fn push_type(&mut self, definition: TypeDef, base: BaseName, discriminator: Option<Span>) {
        self.types.push(definition);
        self.base_names.push(base);
        self.discriminators.push(discriminator);
    }
}

fn read_pragmas(context: &mut Context<'_>, expressions: &[TopLevel]) {
    for expression in expressions {
        if let Some(entry) = expression.object.entry("pragma") {
            pragma::read(context, &entry.value);
        }
    }
}

/// One expression of the top level.
fn definition(context: &mut Context<'_>, draft: &mut Draft, mut expression: TopLevel) {
    let block = expression.block.take();
    let Some(kind) = kind_of(context, &expression) else { return };
    if expression.complete {
        context.known_keys(
            &format!("{} {}", article(&kind.key), kind.key),
            &expression.object,
            keys_of(&kind.key),
        );
    }
    let name_kind = match kind.key.as_str() {
        "pragma" => return,
        "include" => {
            context.string("the path of an include", &kind.value);
            return;
        }
        "command" => NameKind::Command,
        "event" => NameKind::Event,
        _ => NameKind::Type,
    };
    let Some(name) = context.string(&format!("the name of {} {}", article(&kind.key), kind.key), &kind.value)
    else {
        return;
    };
    register(context, name_kind, name, kind.value.span);
    if !expression.complete {
        return;
    }
    check_block(context, block.as_ref(), name, kind.value.span);
    let doc = block.map(|block| block.doc).unwrap_or_default();
    let place = context.place(expression.span);
    let source = Source { name, object: &expression.object, span: expression.span, doc, place };
    define(context, draft, kind, source);
}

fn define(context: &mut Context<'_>, draft: &mut Draft, kind: &Entry, source: Source<'_>) {
    match kind.key.as_str() {
        "command" => draft.commands.push(define::command(context, source)),
        "event" => draft.events.push(define::event(context, source)),
        "enum" => draft.push_type(define::enumeration(context, source), None, None),
        "union" if simple_union::is_simple(source.object) => {
            simple_union::define(context, draft, source);
        }
        "union" => {
            let (union, discriminator, base) = define::union(context, source);
            draft.push_type(union, base, discriminator);
        }
        "alternate" => draft.push_type(define::alternate(context, source), None, None),
        _ => {
            if kind.key == "type" {
                let message = "`type` is the old word for `struct`";
                let remark = context.remarks.outdated("old-keyword", kind.key_span, message);
                remark.help("write `struct`");
            }
            let (structure, base) = define::structure(context, source);
            draft.push_type(structure, base, None);
        }
    }
}

/// The member that says what kind of definition this is.
fn kind_of<'e>(context: &mut Context<'_>, expression: &'e TopLevel) -> Option<&'e Entry> {
    let object = &expression.object;
    let mut kinds = object.entries.iter().filter(|entry| KINDS.contains(&entry.key.as_str()));
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) => Some(kind),
        // Two equal keys were reported as such.
        (Some(first), Some(second)) if first.key == second.key => Some(first),
        (Some(first), Some(second)) => {
            let message = format!("this is {} {} already", article(&first.key), first.key);
            let remark = context.remarks.error("several-kinds", second.key_span, message);
            remark
                .related(first.key_span, "it started as this")
                .help("write two definitions, or remove one key");
            None
        }
        (None, _) => {
            if expression.complete {
                unknown_kind(context, object, expression.span);
            }
            None
        }
    }
}

fn unknown_kind(context: &mut Context<'_>, object: &Object, span: Span) {
    let kinds = || format!("known kinds: {}", list(&KINDS));
    match object.entries.first() {
        Some(first) => {
            let help = did_you_mean(&first.key, KINDS, kinds);
            let message = format!("`{}` is no kind of definition", first.key);
            context.remarks.error("unknown-definition", first.key_span, message).help(help);
        }
        None => {
            context.remarks.error("unknown-definition", span, "this definition is empty").help(kinds());
        }
    }
}

/// The keys that a definition of this kind may have.
fn keys_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "command" => &[
            "command",
            "data",
            "returns",
            "boxed",
            "gen",
            "success-response",
            "allow-oob",
            "allow-preconfig",
            "coroutine",
            "if",
            "features",
        ],
        "event" => &["event", "data", "boxed", "if", "features"],
        "struct" => &["struct", "data", "base", "if", "features"],
        "type" => &["type", "data", "base", "if", "features"],
        "enum" => &["enum", "data", "prefix", "if", "features"],
        "union" => &["union", "base", "discriminator", "data", "if", "features"],
        "alternate" => &["alternate", "data", "if", "features"],
        "include" => &["include"],
        _ => &["pragma"],
    }
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['a', 'e', 'i']) { "an" } else { "a" }
}

fn register(context: &mut Context<'_>, kind: NameKind, name: &str, span: Span) {
    let exempt = kind == NameKind::Command && context.pragmas.command_names.contains(name);
    check_name(context, kind, name, span, exempt);
    if let Some(first) = context.names.get(name) {
        let remark =
            context.remarks.error("duplicate-definition", span, format!("`{name}` is defined twice"));
        remark
            .label("defined again here")
            .related(*first, "first defined here")
            .help("rename or remove one of the two");
    } else {
        context.names.insert(name.to_owned(), span);
    }
}

/// Whether the documentation is there if it must be, and is for this definition.
fn check_block(context: &mut Context<'_>, block: Option<&Block>, name: &str, span: Span) {
    match block.and_then(|block| block.symbol.as_ref()) {
        Some((symbol, _)) if symbol == name => {}
        Some((symbol, place)) => {
            let message = format!("this documents `{symbol}`, but `{name}` follows");
            let remark = context.remarks.warning("doc-mismatch", *place, message);
            remark
                .related(span, "the definition that follows")
                .help("use the name of the definition, with `:` behind it");
        }
        None if context.pragmas.doc_required => {
            let remark =
                context.remarks.warning("undocumented", span, format!("`{name}` has no documentation"));
            remark.help(format!("put a block `## … ##` before it that starts with `@{name}:`"));
        }
        None => {}
    }
}
