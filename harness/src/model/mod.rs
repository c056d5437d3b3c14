//! What the guest should look like after what was done to it.
//!
//! The model learns from requests and replies only. What it cannot know it forgets, and the rules that would
//! need it fall silent.

pub mod commands;
pub mod content;
pub mod files;
pub mod freeze;
pub mod processes;
pub mod programs;
pub mod trims;
pub mod units;

use std::time::Duration;

use crate::text::Json;
use crate::wire::{Facts, Reply};

pub use commands::Commands;
pub use files::Files;
pub use freeze::Freezing;
pub use processes::Processes;
pub use trims::Trims;
pub use units::Units;

/// The model of one session with one guest.
#[derive(Clone, Debug)]
pub struct SessionModel {
    /// What the agent said of its commands, and did with them.
    pub commands: Commands,
    /// Its open files and what must be in them.
    pub files: Files,
    /// The processes that it started.
    pub processes: Processes,
    /// Its frozen file systems.
    pub freezing: Freezing,
    /// Its trims.
    pub trims: Trims,
    /// Its processors.
    pub processors: Units,
    /// Its memory blocks.
    pub memory: Units,
    /// What is known about the guest without asking.
    pub facts: Facts,
    in_step: bool,
    power_taken: bool,
    closed_on_probe: bool,
}

impl Default for SessionModel {
    fn default() -> Self {
        Self {
            commands: Commands::default(),
            files: Files::default(),
            processes: Processes::default(),
            freezing: Freezing::default(),
            trims: Trims::default(),
            processors: Units::new(units::PROCESSORS),
            memory: Units::new(units::MEMORY_BLOCKS),
            facts: Facts::default(),
            in_step: true,
            power_taken: false,
            closed_on_probe: false,
        }
    }
}

impl SessionModel {
    /// The model of a session that begins, with what is known about its guest.
    pub fn of(facts: Facts) -> Self {
        Self { facts, ..Self::default() }
    }

    /// Learns from a request and its reply; `None` when the reply is unknown or did not come. `at` is when it was
    /// there, since the session began.
    pub fn record(
        &mut self,
        command: &str,
        arguments: Option<&Json<'_>>,
        reply: Option<&Reply<'_>>,
        at: Duration,
    ) {
        self.commands.record(command, reply);
        self.processes.record(command, arguments, reply, &self.files);
        self.files.record(command, arguments, reply);
        self.freezing.record(command, arguments, reply, at);
        self.trims.record(command, arguments, reply);
        self.processors.record(command, arguments, reply);
        self.memory.record(command, arguments, reply);
    }

    /// The model of the same guest, of which nothing has been asked yet.
    #[must_use]
    pub fn at_start(&self) -> Self {
        Self::of(self.facts.clone())
    }

    /// The agent was replaced: what lived in its memory is gone, but the guest is the same.
    pub fn agent_restarted(&mut self) {
        *self = Self::of(std::mem::take(&mut self.facts));
    }

    /// Whether nothing that was asked for can still be on its way.
    pub fn in_step(&self) -> bool {
        self.in_step
    }

    /// Tells whether everything that was asked for has been answered.
    pub fn set_in_step(&mut self, in_step: bool) {
        self.in_step = in_step;
    }

    /// Whether a command may have succeeded that takes the agent away with it, such as a shutdown.
    pub fn power_taken(&self) -> bool {
        self.power_taken
    }

    /// Whether the agent left in answer to a question of calibration, which has a rule of its own.
    pub fn closed_on_probe(&self) -> bool {
        self.closed_on_probe
    }

    /// Tells whether the last exchange was a question of calibration that made the agent leave.
    pub fn set_closed_on_probe(&mut self, closed: bool) {
        self.closed_on_probe = closed;
    }

    /// Such a command may have succeeded.
    pub fn set_power_taken(&mut self) {
        self.power_taken = true;
    }
}

/// Whether the agent says that it does not have the command, so that nothing was done.
fn is_unsupported(reply: Option<&Reply<'_>>) -> bool {
    reply.is_some_and(|reply| reply.error_class().is_some_and(|class| class == "CommandNotFound"))
}
