//! The byte stream and what was seen on it, without any I/O.
//!
//! `framing` cuts an agent's bytes into frames; `reply` reads a frame; `request` writes requests;
//! `observation` holds everything a rule may judge, `guest` what is known of a guest from outside; `transcript` writes
//! and reads them as lines of text. Nothing here opens a connection or reads a clock: times are part of the observations.

pub mod framing;
pub mod guest;
pub mod observation;
pub mod reply;
pub mod request;
pub mod transcript;

pub use framing::{Frame, FrameKind, Framer, LineEnd};
pub use guest::{Facts, FakeCall, Kernel, Platform, TimeZone};
pub use observation::{
    Abilities, AgentExit, Ending, Exchange, Fence, FenceKind, Observation, ProbeKind, Reset, Role, Rung,
    SyncCommand,
};
pub use reply::{Malformed, Outcome, Reply};
pub use request::Request;

/// The byte that precedes a reply to `guest-sync-delimited`, and that resets a parser when sent to an agent.
pub const DELIMITER: u8 = 0xFF;
