//! What each row means at the end of a run.

use std::collections::BTreeMap;

use crate::agent::sandbox::Variation;
use crate::classify::Hazard;
use crate::generate::Effort;
use crate::rules::Unmet;
use crate::schema::Schema;
use crate::verdict::{Class, Evidence, Exit, SkipReason, Verdict};
use crate::wire::transcript::{End, Head};

use super::TOOL;
use super::ledger::{CommandRecord, Ledger, Limits, Row, Summary, TargetRecord, WaiverRecord, WaiverState};
use super::plan::{RowKey, Skip};
use super::recorder::{CommandTally, Recorder, RowRecord};
use super::selection::Selection;
use super::waivers::{self, Waivers};

/// What was fixed before the run.
#[derive(Debug)]
pub(super) struct Header {
    target: TargetRecord,
    schema: String,
    seed: u64,
    hazard: Hazard,
    effort: Effort,
    limits: Limits,
}

impl Header {
    /// What a transcript of the run would begin with, its words understood.
    pub(super) fn new(head: &Head, hazard: Hazard, effort: Effort) -> Self {
        Self {
            target: TargetRecord {
                target: head.target.clone(),
                kind: head.kind.clone(),
                ..TargetRecord::default()
            },
            schema: head.schema.clone(),
            seed: head.seed,
            hazard,
            effort,
            limits: Limits {
                deadline_ms: head.deadline_ms,
                reply_bytes: head.reply_bytes,
                restarts: head.restarts,
            },
        }
    }
}

/// What the run went through.
#[derive(Debug)]
pub(super) struct Circumstances<'w> {
    pub(super) end: End,
    /// Whether everything was sent that could be sent to this agent.
    pub(super) is_whole: bool,
    /// Whether more was seen than was recorded.
    pub(super) cut_short: bool,
    /// Rows that went without a stimulus, and why.
    pub(super) skips: BTreeMap<RowKey, Skip>,
    pub(super) left_behind: Vec<String>,
    pub(super) strict: bool,
    pub(super) waivers: &'w Waivers,
}

/// Closes the books.
pub(super) fn conclude(
    header: Header,
    schema: &Schema,
    selection: &Selection,
    recorder: &Recorder<'_>,
    circumstances: Circumstances<'_>,
) -> Ledger {
    let Circumstances { end, is_whole, cut_short, skips, left_behind, strict, waivers } = circumstances;
    let mut rows: BTreeMap<RowKey, Row> = recorder
        .rows()
        .filter(|((rule, command), _)| selection.selects(rule, command))
        .map(|(key, record)| {
            let known = Known {
                skip: skips.get(&key),
                tally: recorder.commands.get(&key.1).copied().unwrap_or_default(),
                listed: recorder.listed.get(&key.1).copied(),
                required: selection.requires(key.0, &key.1),
                gone: end.gone.as_deref(),
            };
            let row = row(record, &known);
            (key, row)
        })
        .collect();
    let waived = waivers::apply(waivers, &mut rows, is_whole);
    let commands: Vec<CommandRecord> =
        schema.commands().iter().map(|command| command_record(&command.name, &rows, recorder)).collect();
    let exit = exit(&rows, &waived, strict, cut_short || end.gone.is_some());
    let mut notes: Vec<String> = recorder.notes.iter().cloned().collect();
    notes.extend(end.gone.map(|gone| format!("the agent was lost {gone}")));
    let mut target = header.target;
    target.agent_version.clone_from(&recorder.agent_version);
    target.guests = recorder.guests.iter().map(Variation::name).collect();
    target.exits.clone_from(&recorder.exits);
    let summary = Summary {
        conforms: exit == Exit::Conforms,
        exit,
        cases: end.cases,
        requests: end.requests,
        seconds: end.seconds,
        commands_conforming: commands.iter().filter(|command| conforms(command)).count(),
    };
    Ledger {
        tool: TOOL.to_owned(),
        target,
        schema: header.schema,
        seed: header.seed,
        hazard: header.hazard,
        effort: header.effort,
        strict,
        limits: header.limits,
        rows,
        commands,
        summary,
        left_behind,
        waivers: waived,
        notes,
    }
}

/// A command conforms if it did its work at least once, which for some is to fall silent, and broke no rule.
fn conforms(command: &CommandRecord) -> bool {
    command.verdict == Verdict::Pass && command.skip.is_none()
}

/// What is known about a row besides its own record.
struct Known<'k> {
    skip: Option<&'k Skip>,
    tally: CommandTally,
    listed: Option<bool>,
    required: bool,
    gone: Option<&'k str>,
}

fn row(record: &RowRecord, known: &Known<'_>) -> Row {
    let (verdict, skip, reason) = verdict(record, known);
    Row {
        class: record.class,
        evidence: record.evidence,
        verdict,
        skip,
        reason,
        exercised: record.exercised,
        guests: record.guests.iter().map(Variation::name).collect(),
        violations_total: record.violations_total,
        findings: record.findings.clone(),
        violations: record.violations.clone(),
        waived: Vec::new(),
    }
}

fn verdict(record: &RowRecord, known: &Known<'_>) -> (Verdict, Option<SkipReason>, Option<String>) {
    if record.violations_total > 0 {
        return (Verdict::Fail, None, None);
    }
    if record.exercised > 0 {
        return (Verdict::Pass, None, None);
    }
    if record.unmet == Unmet::Fails && record.attempted > 0 {
        return (Verdict::Fail, None, Some("it never succeeded in this run".to_owned()));
    }
    let (verdict, skip, reason) = without_evidence(record, known);
    if known.required && verdict == Verdict::Skipped {
        let reason = format!("required, but skipped: {}", reason.unwrap_or_default());
        return (Verdict::Fail, None, Some(reason));
    }
    (verdict, skip, reason)
}

fn without_evidence(record: &RowRecord, known: &Known<'_>) -> (Verdict, Option<SkipReason>, Option<String>) {
    let skipped = |reason, words: &str| (Verdict::Skipped, Some(reason), Some(words.to_owned()));
    if known.listed == Some(false) || (known.tally.unsupported > 0 && known.tally.answered == 0) {
        return skipped(SkipReason::Unsupported, "the agent does not have the command");
    }
    if let Some(skip) = known.skip.or(record.skip.as_ref()) {
        return (Verdict::Skipped, Some(skip.reason), Some(skip.detail.clone()));
    }
    if let Some(gone) = known.gone {
        return (Verdict::Inconclusive, None, Some(format!("the agent was lost {gone}")));
    }
    let wants_success = matches!(record.evidence, Evidence::Success | Evidence::Silence);
    if wants_success && known.tally.refused > 0 {
        return skipped(SkipReason::Refused, "the agent answered with errors only");
    }
    (Verdict::NotRun, None, Some("planned, but nothing that was observed speaks about it".to_owned()))
}

fn command_record(name: &str, rows: &BTreeMap<RowKey, Row>, recorder: &Recorder<'_>) -> CommandRecord {
    let tally = recorder.commands.get(name).copied().unwrap_or_default();
    let own: Vec<&Row> =
        rows.iter().filter(|((_, command), _)| command == name).map(|(_, row)| row).collect();
    // A difference breaks no clause, so it does not spoil a command.
    let counted = own.iter().filter(|row| row.class != Class::Difference);
    let worst = counted.map(|row| row.verdict).min().unwrap_or(Verdict::Skipped);
    let works = tally.answered + tally.silent > 0;
    let supported = supported(name, tally, works, &recorder.listed);
    let skip = match supported {
        _ if works => None,
        Some(false) => Some(SkipReason::Unsupported),
        Some(true) | None if tally.refused > 0 => Some(SkipReason::Refused),
        Some(true) | None => own.iter().find_map(|row| row.skip),
    };
    CommandRecord {
        name: name.to_owned(),
        supported,
        answered: tally.answered,
        refused: tally.refused,
        silent: tally.silent,
        // That an agent refuses a command in good form does not make the command conform.
        verdict: if worst == Verdict::Pass && !works { Verdict::Skipped } else { worst },
        skip,
    }
}

/// What the agent did counts for more than what it lists.
fn supported(name: &str, tally: CommandTally, works: bool, listed: &BTreeMap<String, bool>) -> Option<bool> {
    if works {
        Some(true)
    } else if tally.unsupported > 0 {
        Some(false)
    } else if listed.is_empty() {
        None
    } else {
        Some(listed.get(name).copied().unwrap_or(false))
    }
}

/// Where an agent was lost, or a recording cut short, not all was seen that was planned, even if every row had its word
/// before.
fn exit(rows: &BTreeMap<RowKey, Row>, waivers: &[WaiverRecord], strict: bool, cut_short: bool) -> Exit {
    let failing = |row: &Row| row.fails() && (strict || row.class != Class::Difference);
    let open = |row: &Row| matches!(row.verdict, Verdict::NotRun | Verdict::Inconclusive);
    let spoke = |row: &Row| matches!(row.verdict, Verdict::Pass | Verdict::Fail);
    let outlived = |waiver: &WaiverRecord| matches!(waiver.state, WaiverState::Stale | WaiverState::Expired);
    if rows.values().any(failing) || waivers.iter().any(outlived) {
        Exit::DoesNotConform
    } else if cut_short || rows.values().any(open) || !rows.values().any(spoke) {
        Exit::Incomplete
    } else {
        Exit::Conforms
    }
}
