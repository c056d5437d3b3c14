//! Transcripts: observations as lines of JSON, so that what was seen can be judged again by whoever has the file.
//!
//! The first line is the [`Head`], each further line one observation, the last line the [`End`]. Lines are written
//! as things happen; a recording that was cut short lacks its end, and nothing else. The format is described in
//! `docs/transcripts.md`. What is here knows no file and no clock, and judges nothing.

pub(super) mod encoding;
#[cfg(test)]
mod property_tests;
mod reader;
mod writer;

use serde::{Deserialize, Serialize};

pub use reader::{Reader, TranscriptError};
pub use writer::Writer;

/// The name of the format; the number changes when a member goes away or changes its meaning.
pub const FORMAT: &str = "qgaspec-transcript/1";

/// The first line: how the observations came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Name and version of the program that wrote it.
    pub tool: String,
    /// The agent, as it was named on the command line.
    pub target: String,
    /// How it was reached, in one word.
    pub kind: String,
    /// Which schema the agent was measured by.
    pub schema: String,
    /// The seed of the generators.
    pub seed: u64,
    /// What was allowed, in the word of the command line.
    pub hazard: String,
    /// How much was tried, in the word of the command line.
    pub effort: String,
    /// Longest wait for a reply, in milliseconds.
    pub deadline_ms: u64,
    /// Largest reply that was kept, in bytes.
    pub reply_bytes: usize,
    /// How often the agent might be started again.
    pub restarts: u32,
    /// The command line that shows a finding again, up to the case.
    pub reproduce: String,
}

/// The last line: how it ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// How the agent was lost, if it was.
    pub gone: Option<String>,
    /// Cases that were sent.
    pub cases: u64,
    /// Requests that were sent, fences included.
    pub requests: u64,
    /// Wall time, in seconds.
    pub seconds: f64,
}
