//! Conversations in TOML: written by hand, or saved when a run found something.
//!
//! A scenario says what is sent and what to remember of a reply; what an agent may do with it is for the rules to say.
//! `text` is how bytes and values are spelled in a string, `read` understands a file, `write` makes one. The format is
//! described in `scenarios/README.md`. Nothing here opens a file or sends anything.

mod read;
mod text;
mod write;

use crate::generate::{
    Binding, Case, CaseId, Effort, Family, GuestProfile, Part, Purpose, Stimulus, Symbol, Until,
};

pub use read::read;

/// The name of the format; the number changes when a member goes away or changes its meaning.
pub const FORMAT: &str = "qgaspec-scenario/1";

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What it is about, in a line.
    pub title: String,
    /// Codes of rules that must get evidence, and pass.
    pub expect: Vec<String>,
    /// What it has shown, if it was saved for that.
    pub finding: Option<Finding>,
    /// What is sent, in order.
    pub steps: Vec<Step>,
}

/// What a conversation has shown about an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that was broken.
    pub rule: String,
    /// The command of the row; `None` for the connection.
    pub command: Option<String>,
    /// The way in which it was broken.
    pub bucket: String,
    /// Where it came from: the case, the target and the seed, for people.
    pub origin: String,
}

/// What is sent before one fence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The writes.
    pub writes: Vec<Vec<Piece>>,
    /// What to remember of the reply.
    pub remember: Option<Symbol>,
    /// Whether it is sent again, until a process has ended.
    pub until_exited: bool,
}

/// A piece of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Known bytes.
    Bytes(Vec<u8>),
    /// What an earlier reply gave.
    Value(Symbol),
    /// The scratch folder.
    Scratch,
}

/// The guest has no folder for files, or none is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it needs a scratch folder in the guest (--scratch)")]
pub struct NoScratch;

/// How often the end of a process is asked for.
const STATUS_TRIES: u16 = 200;

impl Scenario {
    /// The conversation as a case for this guest.
    pub fn case(&self, name: &str, profile: &GuestProfile) -> Result<Case, NoScratch> {
        let stimuli = self.steps.iter().map(|step| step.stimulus(profile)).collect::<Result<_, _>>()?;
        Ok(Case {
            id: CaseId(format!("scenario/{name}")),
            family: Family::Session,
            command: self.finding.as_ref().and_then(|finding| finding.command.clone()),
            purpose: Purpose::Open,
            effort: Effort::Quick,
            needs: Vec::new(),
            stimuli,
        })
    }
}

impl Step {
    /// A stimulus in this form, the scratch folder by its name.
    pub fn new(stimulus: &Stimulus, scratch: Option<&str>) -> Self {
        let write = |parts: &Vec<Part>| {
            let pieces = parts.iter().flat_map(|part| match part {
                Part::Bytes(bytes) => text::without_scratch(bytes, scratch),
                Part::Hole(symbol) => vec![Piece::Value(*symbol)],
            });
            pieces.collect()
        };
        Self {
            writes: stimulus.writes.iter().map(write).collect(),
            remember: stimulus.binding.as_ref().map(|binding| binding.symbol),
            until_exited: stimulus.until.is_some(),
        }
    }

    fn stimulus(&self, profile: &GuestProfile) -> Result<Stimulus, NoScratch> {
        let part = |piece: &Piece| match piece {
            Piece::Bytes(bytes) => Ok(Part::Bytes(bytes.clone())),
            Piece::Value(symbol) => Ok(Part::Hole(*symbol)),
            Piece::Scratch => {
                let scratch = profile.scratch.as_ref().ok_or(NoScratch)?;
                Ok(Part::Bytes(scratch.clone().into_bytes()))
            }
        };
        let write = |pieces: &Vec<Piece>| pieces.iter().map(part).collect::<Result<Vec<Part>, NoScratch>>();
        let mut stimulus =
            Stimulus::writes(self.writes.iter().map(write).collect::<Result<Vec<_>, NoScratch>>()?);
        // A reply gives a handle, a time or a list as a whole, and a process as a member.
        stimulus.binding = self.remember.map(|symbol| Binding {
            symbol,
            path: if matches!(symbol, Symbol::Pid(_)) { vec!["pid".to_owned()] } else { Vec::new() },
        });
        stimulus.until = self.until_exited.then_some(Until { member: "exited", tries: STATUS_TRIES });
        Ok(stimulus)
    }
}
