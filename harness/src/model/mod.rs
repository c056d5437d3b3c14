//! What the guest should look like after what was done to it.
//!
//! The model learns from requests and replies only. What it cannot know it forgets, and the rules that would
//! need it fall silent.

pub mod clock;
pub mod commands;
pub mod content;
pub mod files;
pub mod freeze;
pub mod helpers;
pub mod keys;
pub mod network;
pub mod processes;
pub mod programs;
pub mod system;
pub mod takeover;
pub mod trims;
pub mod units;

use std::ops::Range;
use std::time::Duration;

use takeover::Holdings;

use crate::text::Json;
use crate::wire::{Facts, Reply};

pub use clock::Clock;
pub use commands::Commands;
pub use files::Files;
pub use freeze::Freezing;
pub use helpers::Helpers;
pub use keys::Keys;
pub use network::Network;
pub use processes::Processes;
pub use system::System;
pub use takeover::Arrival;
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
    /// What its network interfaces have counted.
    pub network: Network,
    /// What it said of itself that is to last.
    pub system: System,
    /// Its clocks.
    pub clock: Clock,
    /// The keys of its users.
    pub keys: Keys,
    /// The programs behind its silent commands.
    pub helpers: Helpers,
    /// What is known about the guest without asking.
    pub facts: Facts,
    holdings: Holdings,
    arrival: Option<Arrival>,
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
            network: Network::default(),
            system: System::default(),
            clock: Clock::default(),
            keys: Keys::default(),
            helpers: Helpers::default(),
            facts: Facts::default(),
            holdings: Holdings::default(),
            arrival: None,
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

    /// Learns from a request and its reply; `None` when the reply is unknown or did not come. `during` is from
    /// the request to the reply, since the session began.
    pub fn record(
        &mut self,
        command: &str,
        arguments: Option<&Json<'_>>,
        reply: Option<&Reply<'_>>,
        during: &Range<Duration>,
    ) {
        self.commands.record(command, reply);
        self.processes.record(command, arguments, reply, &self.files);
        self.files.record(command, arguments, reply);
        self.freezing.record(command, arguments, reply, during.end);
        self.trims.record(command, arguments, reply);
        self.processors.record(command, arguments, reply);
        self.memory.record(command, arguments, reply);
        self.holdings.record(command, arguments, reply);
        self.network.record(command, reply);
        self.system.record(command, reply);
        self.clock.record(command, arguments, reply, during);
        self.keys.record(command, arguments, reply);
    }

    /// Something was sent that is no plain request. An agent that reads it differently may have done what it mentions.
    pub fn forget(&mut self, sent: &[u8]) {
        self.files.forget();
        self.processes.forget();
        // Escapes may spell anything.
        let mentions = |word: &[u8]| {
            sent.contains(&b'\\') || memchr::memmem::find(&sent.to_ascii_lowercase(), word).is_some()
        };
        if mentions(b"freeze") {
            self.freezing.forget();
        }
        if mentions(b"vcpu") {
            self.processors = Units::new(units::PROCESSORS);
        }
        if mentions(b"mem") {
            self.memory = Units::new(units::MEMORY_BLOCKS);
        }
        if mentions(b"time") {
            self.clock.forget();
        }
        if mentions(b"keys") {
            self.keys = Keys::default();
        }
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

    /// A client took over from another, which left this unfinished. Whether anything of the last one's survives is
    /// not known.
    pub fn taken_over(&mut self, left: &[u8]) {
        self.files.forget();
        self.arrival = Some(Arrival {
            is_settled: self.in_step,
            is_clean: left.is_empty(),
            inherited: std::mem::take(&mut self.holdings),
        });
    }

    /// That a client has taken over and exchanged nothing yet.
    pub fn arrival(&self) -> Option<&Arrival> {
        self.arrival.as_ref()
    }

    /// The first exchange of a new client is over. What it inherited is its own.
    pub fn settle(&mut self) {
        if let Some(arrival) = self.arrival.take() {
            self.holdings = arrival.inherited;
        }
    }

    /// Whether nothing that was asked for can still be on its way.
    pub fn in_step(&self) -> bool {
        self.in_step
    }

    /// Tells whether everything that was asked for has been answered.
    pub fn set_in_step(&mut self, in_step: bool) {
        self.in_step = in_step;
    }

    /// Whether a command may have succeeded that takes the agent away with it, such as a shutdown. Where fakes stand in
    /// for the programs that do so, nothing goes down, now or later.
    pub fn power_taken(&self) -> bool {
        self.power_taken && !self.facts.has_fakes
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
