//! What the user may choose about a run, and why a run may not take place.

use std::sync::Arc;

use crate::agent::TransportError;
use crate::agent::sandbox::Variation;
use crate::agent::session::SessionError;
use crate::classify::Hazard;
use crate::generate::Effort;
use crate::scenario::Scenario;
use crate::schema::versions::Version;
use crate::verdict::Exit;

use super::selection::SelectionError;
use super::waivers::Waivers;
use super::yardstick::SchemaChoice;

/// The choices of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// What may be done to the guest; `None` means the target's default.
    pub allow: Option<Hazard>,
    /// What the agent is measured by.
    pub schema: SchemaChoice,
    /// How much is tried.
    pub effort: Effort,
    /// The seed of the generators.
    pub seed: u64,
    /// Globs over rule codes and command names; empty means everything.
    pub only: Vec<String>,
    /// Globs over rule codes and command names to leave out.
    pub skip: Vec<String>,
    /// Globs over rule codes and command names whose rows must get a verdict.
    pub require: Vec<String>,
    /// Which of the cases that have selected rows are sent.
    pub cases: CaseChoice,
    /// The one guest that the sandbox plays; `None` means all that it can, or the usual one for a choice of cases.
    pub guest: Option<Variation>,
    /// Whether differences fail the run, too.
    pub strict: bool,
    /// Failures that are known and tolerated.
    pub waivers: Waivers,
    /// Longest silence before a fence counts as unanswered, in milliseconds.
    pub deadline_ms: u64,
    /// How long a spawned agent may take until it can be connected to, in milliseconds.
    pub start_ms: u64,
    /// How often a spawned agent is started again.
    pub max_restarts: u32,
    /// Whether to stop at the first failure.
    pub fail_fast: bool,
    /// An absolute path of a folder in the guest in which files may be made; `None` means the target's.
    pub scratch: Option<String>,
    /// Whether to go on when bytes arrive before anything was sent.
    pub ignore_early_bytes: bool,
}

impl Options {
    /// Whether nothing that could show a failure is left out by choice of the user.
    pub(super) fn is_whole(&self) -> bool {
        self.cases == CaseChoice::All && self.guest.is_none() && self.effort >= Effort::Full
    }
}

/// Which cases are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CaseChoice {
    /// All of them.
    #[default]
    All,
    /// One of them.
    One {
        /// Its ID; one that begins with `calibration/` means that no case is sent, since every run calibrates.
        id: String,
        /// How many of the cases before it in the plan of everything are sent first.
        after: usize,
    },
    /// None of them, but a conversation from a file.
    Scenario {
        /// What it is called.
        name: String,
        /// What is sent.
        scenario: Arc<Scenario>,
    },
    /// Those that the rule of this code speaks about, and a few that show whether the agent works at all.
    About(&'static str),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow: None,
            schema: SchemaChoice::Version(Version::Seed),
            effort: Effort::Full,
            seed: 0,
            only: Vec::new(),
            skip: Vec::new(),
            require: Vec::new(),
            cases: CaseChoice::All,
            guest: None,
            strict: false,
            waivers: Waivers::default(),
            deadline_ms: 2000,
            start_ms: 5000,
            max_restarts: 20,
            fail_fast: false,
            scratch: None,
            ignore_early_bytes: false,
        }
    }
}

/// Why a run did not take place or was given up.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The choice of rows or cases makes no sense.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The target has no such guest.
    #[error(
        "the target `{target}` cannot be tried in the guest `{}`: {}", guest.name(), if guest.needs_qemu_ga() { "only the target `qemu-ga` has it" } else { "only a sandbox plays guests" }
    )]
    Guest {
        /// The target.
        target: String,
        /// The guest.
        guest: Variation,
    },
    /// The agent could not be reached, or must not be spoken to.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The target could not be prepared.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The asynchronous runtime could not be made.
    #[error("start the runtime: {0}")]
    Runtime(std::io::Error),
    /// What happened could not be recorded.
    #[error("record what happens: {0}")]
    Record(std::io::Error),
    /// File systems were frozen before the first case. Somebody else may rely on that.
    #[error(
        "the guest's file systems are frozen already, perhaps for a backup under way; wait for whoever froze them, or thaw them (guest-fsfreeze-thaw), or pass --allow read"
    )]
    Frozen,
    /// The user interrupted the run.
    #[error("interrupted")]
    Interrupted,
}

impl RunError {
    /// The exit code that goes with it.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Selection(_) | Self::Guest { .. } => Exit::Usage,
            Self::Session(_) | Self::Transport(_) | Self::Runtime(_) | Self::Record(_) | Self::Frozen => {
                Exit::CouldNotRun
            }
            Self::Interrupted => Exit::Interrupted,
        }
    }
}
