//! The differences as a document for programs: `qgaspec-schema-diff/1`.
//!
//! The types here are the contract: within a version of the format members may be added, nothing else changes.

use serde::Serialize;

use super::{Change, What};

/// The name of the format.
pub const FORMAT: &str = "qgaspec-schema-diff/1";

/// All differences between two schemas.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DiffView {
    format: &'static str,
    old: String,
    new: String,
    compatible: bool,
    changes: Vec<ChangeView>,
}

impl DiffView {
    /// The document; `names` are those of the old and of the new schema.
    pub fn new([old, new]: [String; 2], changes: &[Change]) -> Self {
        Self {
            format: FORMAT,
            old,
            new,
            compatible: changes.iter().all(|change| change.compatibility.is_full()),
            changes: changes.iter().map(ChangeView::new).collect(),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct ChangeView {
    /// `command`, `struct`.
    kind: String,
    definition: String,
    part: Option<PartView>,
    /// What happened, a word of `change_word`.
    change: &'static str,
    /// The same in words, with the old and the new state.
    text: String,
    compatible: CompatibleView,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct PartView {
    kind: String,
    name: String,
}

/// Who gets along: those that follow the old schema with those that follow the new one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct CompatibleView {
    old_clients: bool,
    old_agents: bool,
}

impl ChangeView {
    fn new(change: &Change) -> Self {
        Self {
            kind: change.kind.to_string(),
            definition: change.definition.clone(),
            part: change
                .part
                .as_ref()
                .map(|part| PartView { kind: part.kind.to_string(), name: part.name.clone() }),
            change: change_word(&change.what),
            text: change.what.to_string(),
            compatible: CompatibleView {
                old_clients: change.compatibility.clients,
                old_agents: change.compatibility.agents,
            },
        }
    }
}

fn change_word(what: &What) -> &'static str {
    match what {
        What::Added(_) => "added",
        What::Removed => "removed",
        What::Kind(_) => "kind",
        What::Type(..) => "type",
        What::Optional(_) => "optional",
        What::Returns(..) => "returns",
        What::Flag(..) => "flag",
        What::Discriminator(..) => "discriminator",
        What::Condition(..) => "condition",
        What::Features { .. } => "features",
    }
}
