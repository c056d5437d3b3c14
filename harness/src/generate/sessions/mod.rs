//! Hand-written conversations with a state, one file a chapter of the specification.

pub(super) mod clock;
pub(super) mod exec;
pub(super) mod files;
pub(super) mod freeze;
pub(super) mod guest;
pub(super) mod hardware;
pub(super) mod people;
pub(super) mod power;
mod scene;
pub(super) mod takeover;
mod talk;

/// All programs that a conversation may start.
#[cfg(test)]
pub(super) const PROGRAMS: [&str; 8] = ["cat", "echo", "env", "false", "printf", "sh", "sleep", "true"];
