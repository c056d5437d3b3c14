//! How dangerous a stretch of bytes could be to a guest, whatever reader it meets.

use std::collections::BTreeSet;

use crate::schema::Schema;

/// What a stimulus could do to a guest. The order is that of danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hazard {
    /// Only asks.
    Read,
    /// Files in a scratch folder, and harmless programs with arguments from a fixed list.
    Scratch,
    /// Reversible changes with exact harmless arguments.
    State,
    /// Everything else.
    Power,
}

impl Hazard {
    /// The word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Scratch => "scratch",
            Self::State => "state",
            Self::Power => "power",
        }
    }
}

/// What the harness knows about the guest, so that harmless arguments can be told from others.
#[derive(Clone, Debug, Default)]
pub struct HazardContext {
    /// The scratch folder, absolute and without a trailing slash.
    pub scratch: Option<String>,
    /// Handles that this session opened, also those closed since.
    pub handles: BTreeSet<i64>,
    /// Process ids that this session started.
    pub pids: BTreeSet<i64>,
}

/// The finding about a stretch of bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The level of the most dangerous reading.
    pub hazard: Hazard,
    /// The command name or text that decides it, if any.
    pub because: Option<String>,
}

/// Assesses the final bytes of a stimulus, together with whatever may be unfinished before them.
pub fn assess(bytes: &[u8], schema: &Schema, context: &HazardContext) -> Assessment {
    let _ = (bytes, schema, context);
    Assessment { hazard: Hazard::Power, because: None }
}
