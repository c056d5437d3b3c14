//! The reference agent: a simulated guest in memory that obeys every rule and touches nothing outside.
//!
//! It is a plain state machine, bytes in and effects out, so that it can be served in process, on virtual
//! time, or over a socket. `reader` finds messages, `dispatch` and `check` decide whether they are executed,
//! `commands/` executes them on the `guest/` (or
//! `improvise` makes a result), `reply` writes what comes of it. Faults are switches on it, one
//! deviation each, and variants are switches that keep it correct; `quirks` calls the hooks of both at the points
//! where agents differ.

mod arguments;
mod check;
mod commands;
mod dispatch;
pub mod fault;
mod guest;
mod improvise;
mod quirks;
mod reader;
mod reply;
#[cfg(feature = "drive")]
pub mod serve;
#[cfg(test)]
mod tests;
pub mod variant;

use std::fmt;
use std::time::Duration;

pub use fault::Fault;
pub use guest::{PowerMode, machine};
pub use reader::ReaderLimits;
pub use variant::Variant;

use crate::schema::{Schema, builtin};
use crate::text::{Json, Limits, NoteKind, Style, json};
use crate::wire::{Facts, FakeCall};
use dispatch::{Failure, Stage};
use fault::{Context, Course, Intake, Liberty, Progress};
use guest::Guest;
use machine::{Machine, SuspendMode};
use quirks::Quirks;
use reader::{Incoming, Reader};

/// How a reference agent is set up. The default obeys every rule.
#[derive(Clone)]
pub struct Config {
    /// Faults that are switched on.
    pub faults: Vec<&'static Fault>,
    /// Variants that are switched on.
    pub variants: Vec<&'static Variant>,
    /// What the commands take and return. Commands that it does not know do not exist. If it is no version of the
    /// guest agent's own schema, the commands in it that nobody wrote return whatever their type allows.
    pub schema: &'static Schema,
    /// Commands that do not exist, whatever the schema says.
    pub absent: Vec<String>,
    /// Commands that exist and may not be executed.
    pub disabled: Vec<String>,
    /// Whether the guest's file systems are frozen from the start.
    pub frozen: bool,
    /// The version that the agent reports.
    pub version: String,
    /// The name of the guest.
    pub host_name: String,
    /// What the guest consists of.
    pub machine: Machine,
    /// By how much the guest's clock is behind its hardware clock at first.
    pub clock_lag_ns: i64,
    /// How much one message may hold.
    pub limits: ReaderLimits,
    /// How many bytes the guest's files may hold together.
    pub file_capacity_bytes: usize,
    /// The handle of the first file that is opened.
    pub first_handle: i64,
    /// The number of the first process.
    pub first_pid: i64,
    /// How many processes there may be whose end nobody was told.
    pub process_limit: usize,
    /// How many bytes of output these processes may have together.
    pub output_capacity_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            faults: Vec::new(),
            variants: Vec::new(),
            schema: builtin::seed(),
            absent: Vec::new(),
            disabled: Vec::new(),
            frozen: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            host_name: "reference".to_owned(),
            machine: Machine::default(),
            clock_lag_ns: 0,
            limits: ReaderLimits::default(),
            file_capacity_bytes: 256 << 20,
            first_handle: 1000,
            first_pid: 2000,
            process_limit: 4096,
            output_capacity_bytes: 256 << 20,
        }
    }
}

impl fmt::Debug for Config {
    /// Without schema and machine, which are long and seldom the point.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("faults", &self.faults)
            .field("variants", &self.variants)
            .field("absent", &self.absent)
            .field("disabled", &self.disabled)
            .field("frozen", &self.frozen)
            .field("version", &self.version)
            .field("host_name", &self.host_name)
            .field("clock_lag_ns", &self.clock_lag_ns)
            .field("limits", &self.limits)
            .field("file_capacity_bytes", &self.file_capacity_bytes)
            .field("first_handle", &self.first_handle)
            .field("first_pid", &self.first_pid)
            .field("process_limit", &self.process_limit)
            .field("output_capacity_bytes", &self.output_capacity_bytes)
            .finish_non_exhaustive()
    }
}

/// What the agent does in reaction to input, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It writes these bytes.
    Send(Vec<u8>),
    /// It writes these bytes many times over.
    Repeat {
        /// What is written each time.
        bytes: Vec<u8>,
        /// How often.
        times: usize,
    },
    /// It does nothing for a while, and reads nothing.
    Pause(Duration),
    /// It closes the connection and lives on.
    CloseConnection,
    /// It ends.
    Exit(i32),
}

/// One agent with its guest.
#[derive(Debug)]
pub struct ReferenceAgent {
    schema: &'static Schema,
    read_limits: Limits,
    reader: Reader,
    guest: Guest,
    quirks: Quirks,
    life: Life,
    /// How many messages were dealt with.
    messages: u64,
    /// How many pieces of input came.
    chunks: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Running,
    /// The connection was closed while the input of this moment was dealt with: the rest of it is lost.
    HungUp,
    /// It holds its connections and does nothing any more.
    Stalled,
    Ended,
}

impl ReferenceAgent {
    /// A freshly started agent.
    pub fn new(mut config: Config) -> Self {
        for variant in config.variants.clone() {
            (variant.configure)(&mut config);
        }
        let faults = config.faults.iter().map(|fault| fault.hooks);
        let variants = config.variants.iter().map(|variant| variant.hooks);
        let quirks = Quirks::new(faults.chain(variants));
        quirks.set_up(&mut config);
        Self {
            schema: config.schema,
            // The reader has counted before; the parser's own limit only has to be above.
            read_limits: Limits { depth: config.limits.nesting + 1 },
            reader: Reader::new(config.limits, quirks.tolerance()),
            quirks,
            life: Life::Running,
            messages: 0,
            chunks: 0,
            guest: Guest::new(config),
        }
    }

    /// A client connected. Like `qemu-ga`, the agent keeps what it read of an unfinished message, and says
    /// nothing; only faults do.
    pub fn connected(&mut self) -> Vec<Effect> {
        match self.life {
            Life::Running | Life::HungUp => {
                self.life = Life::Running;
                let effects = self.quirks.greeting();
                self.perform(effects)
            }
            Life::Stalled | Life::Ended => Vec::new(),
        }
    }

    /// Input arrived. `now_ns` is the real time, in nanoseconds since the epoch. The guest's clocks show it until
    /// they are set.
    pub fn feed(&mut self, input: &[u8], now_ns: i64) -> Vec<Effect> {
        self.guest.now_ns = now_ns;
        self.chunks += 1;
        let mut effects = Vec::new();
        for intake in self.quirks.intake(input) {
            if self.life != Life::Running {
                break;
            }
            self.take_in(intake, &mut effects);
        }
        self.quirks.batch(effects)
    }

    /// What the guest was last asked to do with its power, by a request that was valid.
    pub fn power_request(&self) -> Option<PowerMode> {
        self.guest.power_request
    }

    /// How the guest was last suspended. It has resumed since.
    pub fn suspended(&self) -> Option<SuspendMode> {
        self.guest.suspended
    }

    /// What is true of the guest as long as nobody changes it.
    pub fn facts(&self) -> Facts {
        self.guest.facts()
    }

    /// The programs that the guest ran since the last time, for what only programs can do. Nothing is behind them.
    pub fn take_calls(&mut self) -> Vec<FakeCall> {
        std::mem::take(&mut self.guest.calls)
    }

    fn take_in(&mut self, intake: Intake, effects: &mut Vec<Effect>) {
        match intake {
            Intake::Bytes(bytes) => {
                let mut rest = bytes.as_slice();
                while self.life == Life::Running
                    && let Some(incoming) = self.reader.next(&mut rest)
                {
                    effects.extend(self.receive(incoming));
                }
            }
            Intake::Cut => effects.extend(self.reader.cut().map(|cut| self.receive(cut)).unwrap_or_default()),
            Intake::Reset => self.reader.reset(),
            Intake::Refuse => effects.extend(self.refuse(Stage::Reading, "the input was refused".to_owned())),
            Intake::Effects(more) => effects.extend(self.perform(more)),
        }
    }

    fn receive(&mut self, incoming: Incoming) -> Vec<Effect> {
        let text = match incoming {
            Incoming::Message(text) => self.quirks.rewrite(text),
            Incoming::Malformed(malformed) => return self.refuse(Stage::Reading, malformed.to_string()),
        };
        match json::read(&text, self.read_limits) {
            Ok(document) => match document.notes.iter().find(|note| !self.quirks.lets_pass(note.kind)) {
                None => self.handle(Some(&document.value), None),
                Some(note) => self.refuse(Stage::Parsing, refusal(note.kind).to_owned()),
            },
            Err(error) => self.refuse(Stage::Parsing, error.to_string()),
        }
    }

    /// Deals with input that is no message.
    fn refuse(&mut self, stage: Stage, desc: String) -> Vec<Effect> {
        self.handle(None, Some(Failure::generic(stage, desc)))
    }

    fn handle(&mut self, message: Option<&Json<'_>>, failure: Option<Failure>) -> Vec<Effect> {
        self.messages += 1;
        let command = message.and_then(|message| message.member("execute")).and_then(Json::as_str);
        let context = Context {
            message,
            command: command.as_deref(),
            progress: failure.as_ref().map_or(Progress::Arrived, |failure| Progress::Failed(failure.stage)),
            ordinal: self.messages,
            chunk: self.chunks,
            line: self.reader.line(),
        };
        match self.quirks.course(&context) {
            Course::Proceed => self.conclude(context, failure),
            Course::Twice => {
                let mut effects = self.conclude(context, failure.clone());
                effects.extend(self.conclude(context, failure));
                effects
            }
            Course::Instead(effects) => self.perform(effects),
            Course::Stall => {
                self.life = Life::Stalled;
                Vec::new()
            }
        }
    }

    /// Executes what can be executed, and writes the reply.
    fn conclude(&mut self, mut context: Context<'_>, failure: Option<Failure>) -> Vec<Effect> {
        let outcome = match (context.message, failure) {
            (_, Some(failure)) => Err(failure),
            (Some(message), None) => {
                dispatch::execute(self.schema, &mut self.guest, &mut self.quirks, message)
            }
            (None, None) => return Vec::new(),
        };
        let id = context.id();
        let mut reply = match outcome {
            Ok(Some(result)) => {
                context.progress = Progress::Succeeded;
                reply::success(result, id)
            }
            Ok(None) => return Vec::new(),
            Err(failure) => {
                context.progress = Progress::Failed(failure.stage);
                reply::error(failure, id)
            }
        };
        self.quirks.edit(&context, &mut reply);
        let written = self.quirks.write(&context, &reply);
        let line = written.unwrap_or_else(|| reply::write(&context, &reply, &Style::QEMU));
        let effects = self.quirks.output(&context, line);
        self.perform(effects)
    }

    /// Takes note of effects that change what comes after them.
    fn perform(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        let last =
            effects.iter().position(|effect| matches!(effect, Effect::Exit(_) | Effect::CloseConnection));
        if let Some(last) = last {
            effects.truncate(last + 1);
            self.life = if effects[last] == Effect::CloseConnection { Life::HungUp } else { Life::Ended };
        }
        effects
    }
}

impl Quirks {
    fn lets_pass(&self, note: NoteKind) -> bool {
        match note {
            NoteKind::SingleQuotes | NoteKind::NonAscii => true,
            NoteKind::DuplicateKey => false,
            NoteKind::LoneSurrogate
            | NoteKind::Noncharacter
            | NoteKind::InvalidUtf8
            | NoteKind::OverlongNul => self.takes(Liberty::BadText),
        }
    }
}

fn refusal(note: NoteKind) -> &'static str {
    match note {
        NoteKind::DuplicateKey => "an object has the same key twice",
        NoteKind::LoneSurrogate | NoteKind::Noncharacter => "a string has an escape that is no character",
        NoteKind::InvalidUtf8 | NoteKind::OverlongNul => "a string is not UTF-8",
        NoteKind::SingleQuotes | NoteKind::NonAscii => "the text is not plain",
    }
}
