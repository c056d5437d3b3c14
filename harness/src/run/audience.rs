//! Whoever follows a run while it goes on: shows how far it is, records what is seen.

use std::io;

use crate::scenario::Scenario;
use crate::wire::Observation;
use crate::wire::transcript::{End, Head};

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Cases that are over.
    pub done: usize,
    /// Cases that will be sent.
    pub total: usize,
    /// Requests sent, fences included.
    pub requests: u64,
    /// Findings of class violation and robustness.
    pub findings: usize,
}

/// Somebody who is told what happens, as it happens. An error ends the run: what was to be recorded is lost otherwise.
pub trait Audience {
    /// The agent was reached; nothing was sent yet.
    fn begins(&mut self, _head: &Head) -> io::Result<()> {
        Ok(())
    }

    /// Something was observed, before it is judged.
    fn observed(&mut self, _observation: &Observation) -> io::Result<()> {
        Ok(())
    }

    /// A finding of a kind not seen before in this run, by fingerprint, with the conversation that shows it.
    fn found(&mut self, _fingerprint: &str, _finding: &Scenario) -> io::Result<()> {
        Ok(())
    }

    /// Some cases are over.
    fn progressed(&mut self, _progress: Progress) {}

    /// The run is over.
    fn ends(&mut self, _end: &End) -> io::Result<()> {
        Ok(())
    }
}

/// An audience that only wants to know how far the run is.
pub(super) struct Watching<'f>(pub(super) &'f mut dyn FnMut(Progress));

impl Audience for Watching<'_> {
    fn progressed(&mut self, progress: Progress) {
        (self.0)(progress);
    }
}
