//! The reference agent: a simulated guest in memory that obeys every rule and touches nothing outside.
//!
//! It is a plain state machine, bytes in and effects out, so that it can be served in process, on virtual
//! time, or over a socket. Faults are switches on it, one deviation each.

pub mod fault;

use std::time::Duration;

pub use fault::Fault;

/// How a reference agent is set up. The default obeys every rule.
#[derive(Clone, Debug)]
pub struct Config {
    /// Faults that are switched on.
    pub faults: Vec<&'static Fault>,
}

impl Default for Config {
    fn default() -> Self {
        Self { faults: Vec::new() }
    }
}

/// What the agent does in reaction to input, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It writes these bytes.
    Send(Vec<u8>),
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
    config: Config,
}

impl ReferenceAgent {
    /// A freshly started agent.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// A client connected. Like `qemu-ga`, the agent keeps what it read of an unfinished message.
    pub fn connected(&mut self) {}

    /// Input arrived. `now_ns` is the guest's clock, in nanoseconds since the epoch.
    pub fn feed(&mut self, input: &[u8], now_ns: i64) -> Vec<Effect> {
        let _ = (&self.config, input, now_ns);
        Vec::new()
    }
}
