//! A case: what is sent, and what for.

use std::fmt;

use crate::wire::Facts;

/// The permanent name of a case: `family/command/variant`. With the seed it names the exact bytes; it does not
/// change when cases are selected or sharded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CaseId(pub String);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One thing that the harness does to an agent: a sequence of stimuli, each with a fence behind it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its permanent name.
    pub id: CaseId,
    /// What kind of thing it is; decides its place in the order of danger.
    pub family: Family,
    /// The command that it is about, if it is about one.
    pub command: Option<String>,
    /// What its last stimulus is meant to be; the classifier must agree.
    pub purpose: Purpose,
    /// The least effort that includes it.
    pub effort: Effort,
    /// Abilities without which it would show nothing new.
    pub needs: Vec<Need>,
    /// What is sent, in order.
    pub stimuli: Vec<Stimulus>,
}

/// The kinds of cases, in the order of danger in which a run takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Valid requests, one at a time.
    Valid,
    /// Conversations with a state: files, processes.
    Session,
    /// Wrong arguments.
    Argument,
    /// Wrong envelopes.
    Envelope,
    /// Bytes that are no JSON.
    Lexical,
    /// Valid requests in unusual writes and spellings.
    Framing,
    /// Input whose treatment is left open.
    Open,
    /// Half a message, then a reset.
    Recovery,
    /// One client leaves, and another one takes over.
    Takeover,
    /// Valid requests to commands that answer nothing when they succeed.
    Power,
}

impl Family {
    /// The word in case IDs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Session => "session",
            Self::Argument => "argument",
            Self::Envelope => "envelope",
            Self::Lexical => "lexical",
            Self::Framing => "framing",
            Self::Open => "open",
            Self::Recovery => "recovery",
            Self::Takeover => "takeover",
            Self::Power => "power",
        }
    }
}

/// What a stimulus is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The schema allows it.
    Valid,
    /// It must be refused.
    Invalid,
    /// Either reaction is fine.
    Open,
    /// It leaves a message unfinished.
    Unfinished,
}

/// How much a run tries. The order is that of cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Seconds; for a gate before each commit.
    Quick,
    /// Everything but stress.
    Full,
    /// Messages and replies over 1 MiB, over 1,000 levels, over 10,000 tokens.
    Stress,
}

impl Effort {
    /// The effort with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        [Self::Quick, Self::Full, Self::Stress].into_iter().find(|effort| effort.name() == name)
    }

    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
            Self::Stress => "stress",
        }
    }
}

/// An ability whose absence has a rule of its own; a case that needs it is then not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    /// A request is answered before its line end comes.
    NewlineOptional,
    /// Two requests in one write are both answered.
    SeveralInOneWrite,
    /// The agent survives a delimiter and forgets half a message.
    DelimiterResets,
    /// A control character makes it forget half a message.
    ControlResets,
    /// Anything at all makes it forget half a message.
    AnyReset,
}

/// Bytes to send before one fence, write by write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stimulus {
    /// The writes; parts that are not known before the run are holes.
    pub writes: Vec<Vec<Part>>,
    /// What to remember of the reply.
    pub binding: Option<Binding>,
    /// Whether it is sent again, and until when.
    pub until: Option<Until>,
    /// Whether another client takes the channel over before it is sent.
    pub takeover: Option<Takeover>,
}

/// A client leaves, and another one goes on in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Takeover {
    /// The beginning of a message that the first one leaves unfinished; empty if it leaves nothing.
    pub left: Vec<u8>,
}

impl Stimulus {
    /// One write of known bytes.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::writes(vec![vec![Part::Bytes(bytes.into())]])
    }

    /// Several writes, or one with holes.
    pub fn writes(writes: Vec<Vec<Part>>) -> Self {
        Self { writes, binding: None, until: None, takeover: None }
    }

    /// The same, after another client has taken over.
    #[must_use]
    pub fn after(mut self, takeover: Takeover) -> Self {
        self.takeover = Some(takeover);
        self
    }
}

/// A stimulus asks for something that takes its time: it is sent again, after a pause, until the reply says that
/// it is over, is an error, or patience ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Until {
    /// The member of `return` that is true when it is over.
    pub member: &'static str,
    /// How often it is sent at most.
    pub tries: u16,
}

/// A piece of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Known bytes.
    Bytes(Vec<u8>),
    /// What an earlier reply of the same case gave.
    Hole(Symbol),
}

/// Name of a value that is known only during the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    /// The n-th file handle of the case.
    Handle(u8),
    /// The n-th process id of the case.
    Pid(u8),
    /// A time that the guest told.
    Time,
    /// A list that the guest gave.
    List,
    /// The mount points that the guest told, one at least, with commas between and without brackets.
    MountPoints,
}

impl Symbol {
    /// The number that stands for handles and processes until the run knows better.
    pub const STAND_IN: i64 = 1_000_001;

    /// What stands in its place until the run knows better: a value of the same type.
    pub fn stand_in(self) -> String {
        match self {
            Self::Handle(_) | Self::Pid(_) | Self::Time => Self::STAND_IN.to_string(),
            Self::List => "[]".to_owned(),
            Self::MountPoints => "\"/qgaspec-nonexistent\"".to_owned(),
        }
    }
}

/// What to remember of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Its name.
    pub symbol: Symbol,
    /// Members to follow from `return` to the value; empty for `return` itself.
    pub path: Vec<String>,
}

/// What the harness is told about the guest, because no command tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestProfile {
    /// An absolute path of a folder in which files may be made; without one, no case makes files.
    pub scratch: Option<String>,
    /// Programs that the guest finds by these names and that do what POSIX says; without them, no case starts one.
    pub programs: Vec<String>,
    /// A user whose keys and password may be changed; without one, no case changes a user's.
    pub user: Option<String>,
    /// What is known of it besides.
    pub facts: Facts,
}

impl GuestProfile {
    /// Whether the guest has this program.
    pub fn has(&self, program: &str) -> bool {
        self.programs.iter().any(|known| known == program)
    }
}
