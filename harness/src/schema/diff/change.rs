//! One difference: where, what, and whom it hurts.

use std::fmt;

use crate::schema::{Condition, Definition, TypeDef};

/// One difference between two schemas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What kind of definition it is in. If that is what changed, the old kind.
    pub kind: DefinitionKind,
    /// The name of the definition.
    pub definition: String,
    /// The part of the definition, if it is not about the whole.
    pub part: Option<Part>,
    /// What happened.
    pub what: What,
    /// Who gets along with it.
    pub compatibility: Compatibility,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.definition)?;
        if let Some(part) = &self.part {
            write!(f, ", {} {}", part.kind, part.name)?;
        }
        write!(f, ": {}", self.what)?;
        match self.compatibility {
            Compatibility { clients: true, agents: true } => Ok(()),
            Compatibility { clients: true, agents: false } => f.write_str(" (not for old agents)"),
            Compatibility { clients: false, agents: true } => f.write_str(" (not for old clients)"),
            Compatibility { clients: false, agents: false } => {
                f.write_str(" (neither for old clients nor for old agents)")
            }
        }
    }
}

/// The kinds of definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the keywords of the language")]
pub enum DefinitionKind {
    Command,
    Event,
    Struct,
    Enum,
    Union,
    Alternate,
}

impl DefinitionKind {
    pub(super) fn of(definition: &TypeDef) -> Self {
        match definition.definition {
            Definition::Struct(_) => Self::Struct,
            Definition::Enum(_) => Self::Enum,
            Definition::Union(_) => Self::Union,
            Definition::Alternate(_) => Self::Alternate,
        }
    }
}

impl fmt::Display for DefinitionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Command => "command",
            Self::Event => "event",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Union => "union",
            Self::Alternate => "alternate",
        })
    }
}

/// A part of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What kind of part.
    pub kind: PartKind,
    /// Its name.
    pub name: String,
}

/// The kinds of parts that definitions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartKind {
    /// Of a command.
    Argument,
    /// Of an event, a struct with its base, or the base of a union.
    Member,
    /// Of an enum.
    Value,
    /// Of a union or an alternate.
    Branch,
}

impl fmt::Display for PartKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argument => "argument",
            Self::Member => "member",
            Self::Value => "value",
            Self::Branch => "branch",
        })
    }
}

/// What happened to a definition or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It came. What it is, if that is short.
    Added(Option<String>),
    /// It went.
    Removed,
    /// A type has become another kind of type.
    Kind(DefinitionKind),
    /// Its type is another one: the old one and the new one.
    Type(String, String),
    /// It may be left out now, or no longer.
    Optional(bool),
    /// A command returns something else: the old type and the new one.
    Returns(Option<String>, Option<String>),
    /// A flag of a command, and its value now.
    Flag(&'static str, bool),
    /// A union has another discriminator: the old one and the new one.
    Discriminator(String, String),
    /// It exists under another condition: the old one and the new one.
    Condition(Option<Condition>, Option<Condition>),
    /// It has other features: those that came, and those that went.
    Features {
        /// Features that it did not have before.
        added: Vec<String>,
        /// Features that it has no longer.
        removed: Vec<String>,
    },
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(Some(what)) => write!(f, "added, {what}"),
            Self::Added(None) => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::Kind(kind) => write!(f, "is now of kind {kind}"),
            Self::Type(old, new) => write!(f, "type {old} -> {new}"),
            Self::Optional(true) => f.write_str("mandatory -> optional"),
            Self::Optional(false) => f.write_str("optional -> mandatory"),
            Self::Returns(old, new) => {
                let show = |ty: &Option<String>| ty.clone().unwrap_or_else(|| "nothing".to_owned());
                write!(f, "returns {} -> {}", show(old), show(new))
            }
            Self::Flag(flag, value) => write!(f, "{flag} {} -> {value}", !value),
            Self::Discriminator(old, new) => write!(f, "discriminator {old} -> {new}"),
            Self::Condition(old, new) => {
                let show = |condition: &Option<Condition>| {
                    condition.as_ref().map_or_else(|| "always".to_owned(), Condition::to_string)
                };
                write!(f, "exists if {} -> {}", show(old), show(new))
            }
            Self::Features { added, removed } => {
                f.write_str("features")?;
                added.iter().try_for_each(|feature| write!(f, " +{feature}"))?;
                removed.iter().try_for_each(|feature| write!(f, " -{feature}"))
            }
        }
    }
}

/// Who gets along with a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compatibility {
    /// Clients that follow the old schema get along with agents that follow the new one.
    pub clients: bool,
    /// Agents that follow the old schema get along with clients that follow the new one.
    pub agents: bool,
}

impl Compatibility {
    /// Nobody notices.
    pub const FULL: Self = Self { clients: true, agents: true };
    /// Both sides notice.
    pub const NONE: Self = Self { clients: false, agents: false };

    /// Whether either side gets along with it.
    pub const fn is_full(self) -> bool {
        self.clients && self.agents
    }

    /// The compatibility of both changes together.
    pub(super) const fn and(self, other: Self) -> Self {
        Self { clients: self.clients && other.clients, agents: self.agents && other.agents }
    }

    /// The compatibility of the reverse change.
    pub(super) const fn reversed(self) -> Self {
        Self { clients: self.agents, agents: self.clients }
    }
}
