//! The standing of one message against the schema: valid, invalid or open.

/// How a message stands to the specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A well-formed request that the schema allows. The agent may still refuse it.
    Valid,
    /// It must be refused, for each of these reasons.
    Invalid(Vec<Defect>),
    /// The specification leaves the reaction open; the agent must survive and stay in step.
    Open(Vec<Latitude>),
}

/// One reason why a message must be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// What is wrong.
    pub kind: DefectKind,
    /// Where, as a path of member names and indices from the request's arguments (`vcpus[0].logical-id`);
    /// for top-level members just the name; empty for the whole message.
    pub path: String,
}

/// What can be wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DefectKind {
    /// Not JSON, or JSON with bytes that are not UTF-8.
    Malformed,
    /// JSON, but not an object.
    NotAnObject,
    /// No member `execute`.
    ExecuteMissing,
    /// `execute` is not a string.
    ExecuteType,
    /// `arguments` is not an object.
    ArgumentsType,
    /// A top-level member besides `execute`, `arguments` and `id`.
    UnknownMember,
    /// No command of this name.
    UnknownCommand,
    /// A mandatory argument, or a mandatory member within one, is not there.
    ArgumentMissing,
    /// An argument, or a member within one, that the schema does not know.
    ArgumentUnknown,
    /// A value of the wrong JSON type.
    ArgumentType,
    /// An integer outside the range of its type, or a number with a fraction for an integer.
    ArgumentRange,
    /// A string that is no value of the enum.
    ArgumentEnum,
}

/// Why the reaction to a message is left open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Latitude {
    /// The same member name twice in one object.
    DuplicateKey,
    /// An escape for half a surrogate pair.
    LoneSurrogate,
    /// A Unicode noncharacter.
    Noncharacter,
    /// Strings in single quotes, an extension.
    SingleQuotes,
    /// A number such as `1.0` or `1e3` where an integer belongs.
    IntegerSpelling,
    /// A negative number for an unsigned type, accepted by some for compatibility.
    NegativeUnsigned,
    /// More nesting, tokens or bytes than every agent must take.
    Limits,
    /// A name that starts with `__`, reserved for downstream use.
    DownstreamName,
}
