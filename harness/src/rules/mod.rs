//! The specification as code.
//!
//! A rule is a pure function over observations with a permanent code, a clause that it cites and the
//! evidence that it needs. One file a chapter; the table of all codes is below. Rules do no I/O, read no
//! clock and know nothing of cases: what was sent they learn from the classifier.

pub mod judge;
pub mod scene;

use crate::verdict::{Class, Evidence};

pub use judge::{Judge, Judgement, Ruling, Sighting};
pub use scene::{ExchangeScene, ProbeScene, Turn};

/// One rule of the specification.
#[derive(Debug)]
pub struct Rule {
    /// Permanent code, `chapter/name`.
    pub code: &'static str,
    /// What breaking it means.
    pub class: Class,
    /// One sentence that says what conforms.
    pub title: &'static str,
    /// The clauses that it tests, by id (`spec/clauses.toml`).
    pub clauses: &'static [&'static str],
    /// What must have been seen before the rule counts as exercised.
    pub evidence: Evidence,
    /// Paragraphs for `qgaspec rules CODE`: stimulus, what conforms, what violates, since when.
    pub explanation: &'static str,
    /// What a row without evidence means at the end.
    pub unmet: Unmet,
    /// What the rule looks at, and how.
    pub scope: Scope,
}

/// What a planned row means that never got its evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// The row is skipped or not run, as the case may be.
    NotRun,
    /// The rule asks for the evidence itself (a core command must succeed once): the row fails.
    Fails,
}

/// What a rule looks at. `concerns` tells from what is sent alone whether the rule would speak, so that the
/// plan can be fixed before the run; `judge` speaks once the reply is there.
#[derive(Debug)]
pub enum Scope {
    /// One request and its reply; the rows are those of the request's command.
    Turn {
        /// Whether the rule applies to this request.
        concerns: fn(&Turn<'_>) -> bool,
        /// The judgement, with the reply or its absence.
        judge: fn(&Turn<'_>, &ExchangeScene<'_>) -> Outcome,
    },
    /// A whole exchange; one row for the connection, or for the command when all its messages have the same.
    Exchange {
        /// Whether the rule applies to such a stimulus.
        concerns: fn(&ExchangeScene<'_>) -> bool,
        /// The judgement.
        judge: fn(&ExchangeScene<'_>) -> Outcome,
    },
    /// One question of calibration; one row for the connection.
    Probe {
        /// Whether the rule is about this probe.
        concerns: fn(crate::wire::ProbeKind) -> bool,
        /// The judgement.
        judge: fn(&ProbeScene<'_>) -> Outcome,
    },
    /// The end of a spawned agent, unsolicited bytes, and the like; one row for the connection.
    Event {
        /// The judgement.
        judge: fn(&crate::wire::Observation) -> Outcome,
    },
}

/// What a rule says about one thing that it looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The evidence that the rule needs is not there.
    Silent,
    /// The evidence is there and conforms.
    Pass,
    /// The rule is broken.
    Fail(Failure),
}

/// How a rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What would have conformed, in words.
    pub expected: String,
    /// What came instead, in words; agent bytes in it are escaped already.
    pub got: String,
    /// A short stable word for this way to break the rule; equal buckets are the same finding.
    pub bucket: String,
}
