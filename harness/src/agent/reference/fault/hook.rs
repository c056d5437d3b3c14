//! The points at which a fault can change what the agent does.
//!
//! The order is that of the way through the agent: bytes come in, a text is read, a course is taken, arguments
//! are checked, a command is executed, a reply is edited, written and sent.

use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::dispatch::{CommandError, Stage};
use crate::agent::reference::guest::Guest;
use crate::agent::reference::{Config, Effect};
use crate::text::{Json, Node};

/// What a fault remembers. Each fault that is switched on has one, for all its hooks.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Counts what the fault wants to count.
    pub(crate) count: u64,
    /// Bytes kept for later.
    pub(crate) bytes: Vec<u8>,
    /// A value kept for later.
    pub(crate) node: Option<Node>,
}

/// A point, and what is done there.
#[derive(Debug)]
pub(crate) enum Hook {
    /// The agent is being set up: this changes its configuration, that of its guest included.
    Setup(fn(&mut Config)),
    /// A client connected.
    Greet(fn(&mut Memory) -> Vec<Effect>),
    /// Bytes came in and nothing has read them yet.
    Input(fn(&mut Memory, &[u8]) -> Vec<Intake>),
    /// The text of a structurally complete message is about to be parsed.
    Text(fn(&mut Memory, Vec<u8>) -> Vec<u8>),
    /// A message was parsed, or input was refused, and nothing was done about it yet.
    Course(fn(&mut Memory, &Context<'_>) -> Course),
    /// Something wrong is let pass, all the way.
    Take(Liberty),
    /// A command with valid arguments is executed by this function, not by its own.
    Command(&'static str, Execution),
    /// The reply is complete and not yet written.
    Reply(fn(&mut Memory, &Context<'_>, &mut Node)),
    /// The reply is turned into bytes, with all that comes before and after it on the line.
    Write(fn(&mut Memory, &Context<'_>, &Node) -> Vec<u8>),
    /// The bytes of a reply are about to be sent.
    Output(fn(&mut Memory, &Context<'_>, Vec<u8>) -> Vec<Effect>),
    /// Everything that came of one piece of input is about to be done.
    Batch(fn(&mut Memory, Vec<Effect>) -> Vec<Effect>),
}

/// What executes a command in place of its own function.
pub(crate) type Execution = fn(&mut Memory, &mut Guest, Arguments<'_>) -> Result<Node, CommandError>;

/// What the reader gets to do.
#[derive(Debug)]
pub(crate) enum Intake {
    /// Read these bytes.
    Bytes(Vec<u8>),
    /// Forget what is unfinished.
    Reset,
    /// Refuse what is unfinished.
    Cut,
    /// Reply with an error.
    Refuse,
    /// Read nothing and do this.
    Effects(Vec<Effect>),
}

/// How the agent goes on with a message.
#[derive(Debug)]
pub(crate) enum Course {
    /// As it should.
    Proceed,
    /// As it should, two times.
    Twice,
    /// Not at all: it does this and is done.
    Instead(Vec<Effect>),
    /// It hangs for good.
    Stall,
}

/// What an agent may wrongly let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Liberty {
    /// Words of any characters between tokens. Alone it only delays the error; see [`Hook::Text`].
    Words,
    /// Control characters in strings reach the parser, see [`Hook::Text`].
    ControlsInStrings,
    /// Strings that are not good Unicode.
    BadText,
    /// Top-level members other than the three.
    UnknownMembers,
    /// `arguments` that is null.
    NullArguments,
    /// `arguments` that is neither an object nor null.
    MisshapenArguments,
    /// Mandatory arguments that are not there: the default of their type is used.
    MissingArguments,
    /// Arguments that the command does not have, and members that a struct in them does not have.
    UnknownArguments,
    /// Strings for integers.
    NumericStrings,
    /// Booleans and numbers for strings.
    ScalarsForStrings,
    /// Null for optional arguments.
    NullForAbsent,
    /// Any type for any other.
    WrongTypes,
    /// Integers beyond their range: they wrap around.
    OutOfRange,
    /// Numbers with a fraction or an exponent for integers: the fraction is dropped.
    Fractions,
    /// Strings that an enum does not have.
    UnknownNames,
    /// Replies to commands that succeed silently.
    RepliesToSilent,
    /// Commands that are disabled.
    DisabledCommands,
}

/// What is known of a message, or of input that was none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'m> {
    /// The message, if it was one.
    pub(crate) message: Option<&'m Json<'m>>,
    /// The command in it, known or not.
    pub(crate) command: Option<&'m str>,
    /// How far it came.
    pub(crate) progress: Progress,
    /// It is the agent's how-manieth message, from 1.
    pub(crate) ordinal: u64,
    /// The how-manieth piece of input completed it, from 1.
    pub(crate) chunk: u64,
    /// So many line feeds came before its end.
    pub(crate) line: u64,
}

/// How far a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// It was parsed.
    Arrived,
    /// It was executed.
    Succeeded,
    /// It was refused, or failed.
    Failed(Stage),
}

impl<'m> Context<'m> {
    /// The request's `id`.
    pub(crate) fn id(&self) -> Option<&'m Json<'m>> {
        self.message?.member("id")
    }

    /// One of the request's arguments.
    pub(crate) fn argument(&self, name: &str) -> Option<&'m Json<'m>> {
        self.message?.member("arguments")?.member(name)
    }

    /// Whether the message asks for this command.
    pub(crate) fn asks_for(&self, command: &str) -> bool {
        self.command == Some(command)
    }

    /// Whether this command was executed.
    pub(crate) fn succeeded(&self, command: &str) -> bool {
        self.progress == Progress::Succeeded && self.asks_for(command)
    }

    /// Whether it was refused at this stage.
    pub(crate) fn failed_at(&self, stage: Stage) -> bool {
        self.progress == Progress::Failed(stage)
    }

    /// Whether it was no JSON, whatever it was.
    pub(crate) fn is_malformed(&self) -> bool {
        self.failed_at(Stage::Reading) || self.failed_at(Stage::Parsing)
    }

    /// Whether the message asks for a sync.
    pub(crate) fn is_sync(&self) -> bool {
        self.asks_for("guest-sync") || self.asks_for("guest-sync-delimited")
    }

    /// Whether it was refused, or failed.
    pub(crate) fn failed(&self) -> bool {
        matches!(self.progress, Progress::Failed(_))
    }
}
