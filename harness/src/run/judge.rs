//! Judges what was recorded: the same rules over the same observations, so the same rows.
//!
//! What the plan of the run was is not in a transcript. A row is expected to speak here if a stimulus was sent that its
//! rule is about; rows that the run left out are not mentioned.

use std::collections::BTreeMap;
use std::io::BufRead;

use crate::classify::Hazard;
use crate::generate::Effort;
use crate::schema::Schema;
use crate::schema::versions::{Version, model};
use crate::wire::transcript::{End, Head, Reader, TranscriptError};
use crate::wire::{Observation, Role};

use super::ledger::Ledger;
use super::recorder::Recorder;
use super::selection::Selection;
use super::verdicts::{Circumstances, Header, conclude};
use super::waivers::Waivers;

/// Why a transcript cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// It is none, or a damaged one.
    #[error(transparent)]
    Transcript(#[from] TranscriptError),
    /// Its first line says something that nobody knows.
    #[error("line 1: expected {expected} as `{member}`, got {got:?}")]
    Head {
        /// The member.
        member: &'static str,
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        got: String,
    },
}

/// Judges one transcript, by the `own` schema if there is one, otherwise by that of the recording. With `strict`,
/// differences fail it, too.
pub fn judge(
    transcript: impl BufRead,
    own: Option<(&str, &Schema)>,
    strict: bool,
    waivers: &Waivers,
) -> Result<Ledger, JudgeError> {
    let mut reader = Reader::new(transcript)?;
    let mut head = reader.head().clone();
    let schema = match own {
        Some((name, schema)) => {
            name.clone_into(&mut head.schema);
            schema
        }
        None => recorded_schema(&head)?,
    };
    let header = header(&head)?;
    let mut recorder = Recorder::new(schema, head.reproduce);
    // What the end would have told, if the recording has none.
    let mut seen = End::default();
    let mut last_left = None;
    while let Some(observation) = reader.next_observation()? {
        if let Observation::TakenOver { left } = &observation {
            last_left = Some(left.clone());
        }
        if let Observation::Exchange(exchange) = &observation {
            let left = last_left.take();
            match exchange.role {
                Role::Case => recorder.attempt_stimulus(left.as_deref(), &exchange.writes),
                Role::Probe(_) => recorder.open_probe_rows(),
            }
            let is_next = exchange.role == Role::Case && *exchange.case != *recorder.last_case();
            seen.cases += u64::from(is_next);
            seen.requests += exchange.writes.len() as u64 + 1;
            seen.seconds = (exchange.began + exchange.elapsed).as_secs_f64();
        }
        recorder.observe(&observation);
    }
    let cut_short = reader.end().is_none();
    if cut_short {
        let last = recorder.last_case();
        recorder
            .remark(format!("the recording was cut short after case {last}; what came later is not judged"));
    }
    let circumstances = Circumstances {
        end: reader.end().cloned().unwrap_or(seen),
        // What was left out is not in a transcript.
        is_whole: false,
        cut_short,
        skips: BTreeMap::new(),
        left_behind: Vec::new(),
        strict,
        waivers,
    };
    Ok(conclude(header, schema, &Selection::everything(), &recorder, circumstances))
}

/// The version by which the agent was measured when it was recorded.
fn recorded_schema(head: &Head) -> Result<&'static Schema, JudgeError> {
    let expected = "a version of the schema (for another schema, pass --schema)";
    Version::parse(&head.schema).map(model).ok_or_else(|| unknown("schema", expected, &head.schema))
}

fn unknown(member: &'static str, expected: &'static str, got: &str) -> JudgeError {
    JudgeError::Head { member, expected, got: got.to_owned() }
}

fn header(head: &Head) -> Result<Header, JudgeError> {
    let hazard = Hazard::by_name(&head.hazard)
        .ok_or_else(|| unknown("hazard", "one of read, scratch, state and power", &head.hazard))?;
    let effort = Effort::by_name(&head.effort)
        .ok_or_else(|| unknown("effort", "one of quick, full and stress", &head.effort))?;
    Ok(Header::new(head, hazard, effort))
}
