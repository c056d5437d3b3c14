//! The result of a run: everything a report may say, and nothing else.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::classify::Hazard;
use crate::generate::Effort;
use crate::verdict::{Class, Evidence, Exit, SkipReason, Verdict};

/// Violations kept of one row; the rest is counted.
pub const VIOLATIONS_KEPT: usize = 20;

/// Kinds of findings of one row that are told apart.
pub const FINDINGS_KEPT: usize = 64;

/// Ends of the agent that are kept; the rest is counted in a remark.
pub const EXITS_KEPT: usize = 50;

/// Bytes kept of what was sent and received with a violation.
pub const EXCERPT_BYTES: usize = 4096;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Name and version of the program.
    pub tool: String,
    /// What was tested.
    pub target: TargetRecord,
    /// Which schema it was measured by, such as `seed`.
    pub schema: String,
    /// The seed of the generators.
    pub seed: u64,
    /// What was allowed.
    pub hazard: Hazard,
    /// How much was tried.
    pub effort: Effort,
    /// Whether differences fail the run, too.
    pub strict: bool,
    /// The limits that held.
    pub limits: Limits,
    /// The rows, by rule code and command; the command is empty for the row of the connection.
    pub rows: BTreeMap<(&'static str, String), Row>,
    /// What was learnt about each command of the schema, in its order.
    pub commands: Vec<CommandRecord>,
    /// Counts and times.
    pub summary: Summary,
    /// Files and processes that the run could not remove.
    pub left_behind: Vec<String>,
    /// What became of each waiver, in the order of the file.
    pub waivers: Vec<WaiverRecord>,
    /// Remarks that are no verdicts: unknown members in replies, abilities found missing.
    pub notes: Vec<String>,
}

/// What was tested.
#[derive(Clone, Debug, Default)]
pub struct TargetRecord {
    /// As it was given on the command line.
    pub target: String,
    /// `reference`, `unix`, `tcp`, `spawn`.
    pub kind: String,
    /// What the agent says of its version in `guest-info`.
    pub agent_version: Option<String>,
    /// The guests that the sandbox played around it, in order; none outside of one.
    pub guests: Vec<&'static str>,
    /// How a spawned agent ended, each time; at most [`EXITS_KEPT`].
    pub exits: Vec<ExitRecord>,
}

/// One end of a spawned agent.
#[derive(Clone, Debug)]
pub struct ExitRecord {
    /// The exit status, if it ended by itself.
    pub status: Option<i32>,
    /// The signal that ended it, otherwise.
    pub signal: Option<i32>,
    /// Whether the harness ended it.
    pub by_harness: bool,
    /// The label of the last case before; empty if there was none.
    pub case: String,
    /// The last bytes that it wrote to its stderr.
    pub stderr: Vec<u8>,
}

/// The limits that held in a run.
#[derive(Clone, Debug, Serialize)]
pub struct Limits {
    /// Longest wait for a fence, in milliseconds.
    pub deadline_ms: u64,
    /// Largest reply, in bytes.
    pub reply_bytes: usize,
    /// How often a spawned agent is started again.
    pub restarts: u32,
}

/// One row: what a rule says about a command.
#[derive(Clone, Debug)]
pub struct Row {
    /// The rule's class.
    pub class: Class,
    /// What the rule needs to be exercised.
    pub evidence: Evidence,
    /// What was found out.
    pub verdict: Verdict,
    /// Why it was skipped, if it was.
    pub skip: Option<SkipReason>,
    /// Words on an inconclusive, failed or skipped row.
    pub reason: Option<String>,
    /// How often the needed evidence was seen.
    pub exercised: u64,
    /// The guests in which it was; none outside of a sandbox that plays several.
    pub guests: Vec<&'static str>,
    /// How many observations broke the rule.
    pub violations_total: u64,
    /// How many of each kind, by fingerprint; the first [`FINDINGS_KEPT`] kinds.
    pub findings: BTreeMap<String, u64>,
    /// The first of them.
    pub violations: Vec<ViolationRecord>,
    /// Why its failure is tolerated, if it is: every finding of it is covered by one of these.
    pub waived: Vec<Waived>,
}

impl Row {
    /// Whether it fails and nobody has said that this is known.
    pub fn fails(&self) -> bool {
        self.verdict == Verdict::Fail && self.waived.is_empty()
    }
}

/// Why a failure is tolerated, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waived {
    /// The reason.
    pub reason: String,
    /// The last day, as YYYY-MM-DD.
    pub expires: String,
}

/// What became of a waiver.
#[derive(Clone, Debug, Serialize)]
pub struct WaiverRecord {
    /// The rule, or a glob over rules.
    pub rule: String,
    /// The command, or a glob over commands; `None` means any.
    pub command: Option<String>,
    /// The finding; `None` means any.
    pub fingerprint: Option<String>,
    /// The reason.
    pub reason: String,
    /// The last day, as YYYY-MM-DD.
    pub expires: String,
    /// What became of it.
    pub state: WaiverState,
}

/// What can become of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It covers a finding.
    Used,
    /// Nothing was sent that could show what it is for.
    Unused,
    /// What it is for was tried, and does not fail any more.
    Stale,
    /// Its last day is over.
    Expired,
}

/// One observation that broke a rule.
#[derive(Clone, Debug)]
pub struct ViolationRecord {
    /// The case.
    pub case: String,
    /// Equal for findings of the same kind, stable across runs: rule, command and bucket, hashed.
    pub fingerprint: String,
    /// The word for this way to break the rule.
    pub bucket: String,
    /// What would have conformed.
    pub expected: String,
    /// What came instead.
    pub got: String,
    /// The bytes sent.
    pub sent: Excerpt,
    /// The bytes received.
    pub received: Excerpt,
    /// The command that shows it again.
    pub reproduce: String,
    /// Whether it does.
    pub shown: Shown,
}

/// Whether a finding was shown again on a fresh agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nobody tried, or not long enough.
    Unchecked,
    /// Its case alone shows it.
    Alone,
    /// Its case shows it behind so many of the cases before it, and behind none of the smaller numbers that were
    /// tried.
    After(usize),
    /// Neither its case alone shows it again, nor all cases up to it.
    Once {
        /// How often it was tried.
        tries: usize,
    },
}

/// The beginning of a stretch of bytes: a ledger must not grow with what an agent sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The first bytes, at most [`EXCERPT_BYTES`].
    pub bytes: Vec<u8>,
    /// How many more there were.
    pub omitted: usize,
}

impl Excerpt {
    /// The beginning of what these pieces are together. The rest is counted and not copied.
    pub fn of<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Self {
        let mut excerpt = Self::default();
        for piece in pieces {
            let kept = piece.len().min(EXCERPT_BYTES - excerpt.bytes.len());
            excerpt.bytes.extend_from_slice(&piece[..kept]);
            excerpt.omitted += piece.len() - kept;
        }
        excerpt
    }
}

/// What was learnt about one command.
#[derive(Clone, Debug, Serialize)]
pub struct CommandRecord {
    /// Its name.
    pub name: String,
    /// What `guest-info` says: listed and enabled; `None` if nothing is known.
    pub supported: Option<bool>,
    /// Valid requests answered with a `return`.
    pub answered: u64,
    /// Valid requests answered with an error.
    pub refused: u64,
    /// Valid requests without a reply.
    pub silent: u64,
    /// The worst verdict of its rows.
    pub verdict: Verdict,
    /// Why it was not tested, if it was not.
    pub skip: Option<SkipReason>,
}

/// Counts and times of a run.
#[derive(Clone, Debug)]
pub struct Summary {
    /// Whether the agent conforms.
    pub conforms: bool,
    /// The exit code.
    pub exit: Exit,
    /// Cases in the plan that were sent.
    pub cases: u64,
    /// Requests sent, fences included.
    pub requests: u64,
    /// Wall time, in seconds.
    pub seconds: f64,
    /// Commands that did their work at least once and broke no clause.
    pub commands_conforming: usize,
}
