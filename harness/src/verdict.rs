//! The vocabulary of judgements, shared by rules, runs and reports.

use serde::Serialize;

/// How much a broken rule weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A clause of the specification is broken.
    Violation,
    /// The agent crashed, hung, lost step, leaked or sent without bound.
    Robustness,
    /// It differs from what `qemu-ga` does and clients rely on, though no clause says so.
    Difference,
}

/// What was found out about a row or a rule. The order is that of precedence: the worst comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// At least one observation breaks the rule.
    Fail,
    /// Something else, named in the reason, prevented a judgement.
    Inconclusive,
    /// Planned, but no observation spoke about it.
    NotRun,
    /// At least one observation gave the evidence that the rule needs, and none breaks it.
    Pass,
    /// Left out on purpose; the reason says why.
    Skipped,
}

/// Why a row was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// The agent does not have the command: `CommandNotFound`, or `enabled` is false.
    Unsupported,
    /// The rule needs a success and only errors came.
    Refused,
    /// The stimulus is above the allowed hazard.
    Hazard,
    /// The stimulus belongs to a greater effort.
    Effort,
    /// The time budget was used up.
    Budget,
    /// Another shard has it.
    Shard,
    /// The transport cannot show it.
    Transport,
    /// Only a virtual machine can show it.
    NeedsVm,
    /// It does not exist on the guest's platform.
    Platform,
    /// The family was cut short after equal findings, or the ability that it needs is missing, which has a
    /// rule of its own.
    Capped,
}

/// What an observation must contain before a rule has been exercised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// A `return`.
    Success,
    /// An error reply.
    Error,
    /// No reply before the fence.
    Silence,
    /// Any reply.
    AnyReply,
    /// The end of a connection, of the agent or of the run.
    End,
}

/// The exit codes of the program. They are a stable contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The agent conforms.
    Conforms = 0,
    /// The agent does not conform.
    DoesNotConform = 1,
    /// The command line could not be understood.
    Usage = 2,
    /// An input file was refused.
    InputRefused = 3,
    /// The harness could not do its job.
    CouldNotRun = 4,
    /// Nothing was selected, or a planned row did not get a verdict.
    Incomplete = 5,
    /// Interrupted by the user.
    Interrupted = 130,
}

impl Exit {
    /// What a program ends with that did several things: the first that applies in the order of the contract.
    #[must_use]
    pub fn or_worse(self, other: Self) -> Self {
        const ORDER: [Exit; 7] = [
            Exit::Interrupted,
            Exit::Usage,
            Exit::InputRefused,
            Exit::CouldNotRun,
            Exit::DoesNotConform,
            Exit::Incomplete,
            Exit::Conforms,
        ];
        ORDER.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(self)
    }

    /// The number that the process ends with.
    pub const fn code(self) -> u8 {
        self as u8
    }
}
