//! Observations → rows: asks the judge and keeps the books. Memory does not grow with the number of cases.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::agent::sandbox::{Variation, VariationSet};
use crate::rules::judge::Reaction;
use crate::rules::{self, Failure, Judge, Rule, Ruling, Scope, Unmet, fingerprint};
use crate::schema::Schema;
use crate::text::{Json, printable};
use crate::verdict::{Class, Evidence};
use crate::wire::{Abilities, AgentExit, Exchange, Facts, Observation, Reply};

use super::evidence::evidence;
use super::ledger::{EXITS_KEPT, ExitRecord, FINDINGS_KEPT, Shown, VIOLATIONS_KEPT, ViolationRecord};
use super::plan::{self, RowKey, Skip};

/// Shown of the last line of an agent's stderr.
const LAST_WORDS_BYTES: usize = 300;
/// Remarks kept.
const NOTES_MAX: usize = 100;

/// The books of a run.
#[derive(Debug)]
pub(super) struct Recorder<'s> {
    judge: Judge<'s>,
    /// What is known about the guest that the observations come from.
    facts: Facts,
    /// The guest, if it is one of those that the sandbox plays.
    guest: Option<Variation>,
    /// Those that were played.
    pub(super) guests: VariationSet,
    reproduce: String,
    /// The rows of each rule, by command: every ruling looks its row up.
    rows: BTreeMap<&'static str, BTreeMap<Arc<str>, RowRecord>>,
    /// The command of the row of the connection: none.
    connection: Arc<str>,
    pub(super) commands: BTreeMap<String, CommandTally>,
    pub(super) listed: BTreeMap<String, bool>,
    pub(super) agent_version: Option<String>,
    pub(super) exits: Vec<ExitRecord>,
    pub(super) notes: BTreeSet<String>,
    pub(super) failures: u64,
    /// Findings of a kind not seen before, until somebody takes them.
    fresh: Vec<Fresh>,
    last_case: Arc<str>,
}

/// What is known about one row so far.
#[derive(Debug)]
pub(super) struct RowRecord {
    pub(super) class: Class,
    pub(super) evidence: Evidence,
    pub(super) unmet: Unmet,
    pub(super) attempted: u64,
    pub(super) skip: Option<Skip>,
    pub(super) exercised: u64,
    pub(super) guests: VariationSet,
    pub(super) violations_total: u64,
    /// How many of each kind, by fingerprint.
    pub(super) findings: BTreeMap<String, u64>,
    pub(super) violations: Vec<ViolationRecord>,
}

/// The first finding of its kind.
#[derive(Debug)]
pub(super) struct Fresh {
    pub(super) rule: &'static str,
    pub(super) command: String,
    pub(super) bucket: String,
    pub(super) fingerprint: String,
}

/// How an agent took the valid requests to one command.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct CommandTally {
    pub(super) answered: u64,
    pub(super) refused: u64,
    pub(super) unsupported: u64,
    pub(super) silent: u64,
}

impl<'s> Recorder<'s> {
    /// Empty books; `reproduce` is the command line up to the case.
    pub(super) fn new(schema: &'s Schema, reproduce: String) -> Self {
        Self {
            judge: Judge::new(schema),
            facts: Facts::default(),
            guest: None,
            guests: VariationSet::default(),
            reproduce,
            rows: BTreeMap::new(),
            connection: Arc::default(),
            commands: BTreeMap::new(),
            listed: BTreeMap::new(),
            agent_version: None,
            exits: Vec::new(),
            notes: BTreeSet::new(),
            failures: 0,
            fresh: Vec::new(),
            last_case: Arc::default(),
        }
    }

    /// Opens a row, so that it has a verdict at the end even if nobody speaks about it.
    pub(super) fn open_row(&mut self, rule: &Rule, command: impl Into<Arc<str>>) -> &mut RowRecord {
        self.rows.entry(rule.code).or_default().entry(command.into()).or_insert_with(|| RowRecord {
            class: rule.class,
            evidence: rule.evidence,
            unmet: rule.unmet,
            attempted: 0,
            skip: None,
            exercised: 0,
            guests: VariationSet::default(),
            violations_total: 0,
            findings: BTreeMap::new(),
            violations: Vec::new(),
        })
    }

    /// Opens the rows of rules about calibration, which takes place in every run.
    pub(super) fn open_probe_rows(&mut self) {
        for rule in rules::rules().filter(|rule| matches!(rule.scope, Scope::Probe { .. })) {
            self.open_row(rule, rule.fixed_row()).attempted = 1;
        }
    }

    /// The rows about what an agent lacks as a whole will not speak about the parts.
    fn learn_abilities(&mut self, abilities: Abilities) {
        if !abilities.survives_delimiter
            && let Some(record) = self.row_mut("recovery/delimiter", "")
        {
            record.skip = Some(Skip::lacking("recovery/delimiter-first"));
        }
        if !abilities.terminates_lines {
            self.remark("replies come without a line end".to_owned());
        }
    }

    /// Takes a remark down that is no verdict.
    pub(super) fn remark(&mut self, note: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.insert(note);
        }
    }

    /// The open rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = (RowKey, &RowRecord)> {
        self.rows.iter().flat_map(|(code, rows)| {
            rows.iter().map(|(command, record)| ((*code, command.to_string()), record))
        })
    }

    fn row_mut(&mut self, code: &str, command: &str) -> Option<&mut RowRecord> {
        self.rows.get_mut(code)?.get_mut(command)
    }

    /// A case is about to be sent that these rows should speak about.
    pub(super) fn attempt<'r>(&mut self, rows: impl IntoIterator<Item = &'r RowKey>) {
        for (code, command) in rows {
            if let Some(record) = self.row_mut(code, command) {
                record.attempted += 1;
            }
        }
    }

    /// A stimulus was sent, perhaps by a client that has just taken over from one that left something unfinished: the
    /// rows that should speak about it are open from now on. As in a plan, none depends on what a guest withholds.
    pub(super) fn attempt_stimulus(&mut self, left: Option<&[u8]>, writes: &[Vec<u8>]) {
        if self.guest.is_some_and(Variation::withholds) {
            return;
        }
        for (rule, command) in self.judge.concerned(left, writes) {
            let command = command.unwrap_or_else(|| Arc::clone(&self.connection));
            self.open_row(rule, command).attempted += 1;
        }
    }

    /// The findings of a kind not seen before, since the last time.
    pub(super) fn take_fresh(&mut self) -> Vec<Fresh> {
        std::mem::take(&mut self.fresh)
    }

    /// The case of the last exchange.
    pub(super) fn last_case(&self) -> &str {
        &self.last_case
    }

    /// Judges one observation, and names the findings of robustness in it.
    pub(super) fn observe(&mut self, observation: &Observation) -> Vec<String> {
        if let Observation::AgentExit(exit) = observation {
            self.note_end(exit);
        }
        if let Observation::Facts(facts) = observation {
            self.enter(facts);
        }
        if let Observation::Exchange(exchange) = observation {
            self.last_case = Arc::clone(&exchange.case);
        }
        if let Observation::Calibrated(abilities) = observation {
            self.learn_abilities(*abilities);
        }
        let judgement = self.judge.observe(observation);
        let mut robustness = Vec::new();
        for ruling in &judgement.rulings {
            self.rule(ruling, observation);
            if let (Class::Robustness, Some(failure)) = (ruling.rule.class, &ruling.failure) {
                robustness.push(format!("{} ({})", ruling.rule.code, failure.bucket));
            }
        }
        for sighting in &judgement.sightings {
            let is_withheld = self.is_withheld(&sighting.command);
            let tally = self.commands.entry(sighting.command.to_string()).or_default();
            match sighting.reaction {
                Reaction::Answered => tally.answered += 1,
                Reaction::Unsupported if !is_withheld => tally.unsupported += 1,
                Reaction::Refused | Reaction::Unsupported => tally.refused += 1,
                Reaction::Silent => tally.silent += 1,
            }
            if let (Observation::Exchange(exchange), "guest-info", Reaction::Answered) =
                (observation, &*sighting.command, sighting.reaction)
            {
                self.learn_info(exchange);
            }
        }
        judgement.notes.into_iter().for_each(|note| self.remark(note));
        robustness
    }

    fn rule(&mut self, ruling: &Ruling, observation: &Observation) {
        let command = Arc::clone(ruling.command.as_ref().unwrap_or(&self.connection));
        let guest = self.guest;
        let record = self.open_row(ruling.rule, Arc::clone(&command));
        record.exercised += 1;
        record.guests.extend(guest);
        let Some(failure) = &ruling.failure else { return };
        record.violations_total += 1;
        let is_kept = record.violations.len() < VIOLATIONS_KEPT;
        let fingerprint = fingerprint(ruling.rule.code, &command, &failure.bucket);
        if let Some(count) = record.findings.get_mut(&fingerprint) {
            *count += 1;
        } else if record.findings.len() < FINDINGS_KEPT {
            record.findings.insert(fingerprint.clone(), 1);
            self.fresh.push(Fresh {
                rule: ruling.rule.code,
                command: command.to_string(),
                bucket: failure.bucket.clone(),
                fingerprint: fingerprint.clone(),
            });
        }
        if is_kept {
            self.keep(ruling, failure, fingerprint, observation);
        }
        self.failures += u64::from(ruling.rule.class != Class::Difference);
    }

    fn keep(&mut self, ruling: &Ruling, failure: &Failure, fingerprint: String, observation: &Observation) {
        let command = ruling.command.as_deref().unwrap_or_default();
        let mut got = failure.got.clone();
        if let Observation::AgentExit(exit) = observation {
            got.push_str(&last_words(exit));
        }
        let (sent, received) = evidence(observation);
        let violation = ViolationRecord {
            case: self.label().to_string(),
            fingerprint,
            bucket: failure.bucket.clone(),
            expected: failure.expected.clone(),
            got,
            sent,
            received,
            reproduce: self.reproduction(observation),
            shown: Shown::Unchecked,
        };
        self.open_row(ruling.rule, command).violations.push(violation);
    }

    /// Keeps how the agent ended, if it has not done so too often.
    fn note_end(&mut self, exit: &AgentExit) {
        if self.exits.len() >= EXITS_KEPT {
            self.remark(format!("the agent ended more than {EXITS_KEPT} times; only the first are told"));
            return;
        }
        let AgentExit { status, signal, by_harness, stderr_tail } = exit.clone();
        let case = self.label().to_string();
        self.exits.push(ExitRecord { status, signal, by_harness, case, stderr: stderr_tail });
    }

    /// What the last case is called. Calibration is the same in every guest, and so are the labels of its exchanges.
    fn label(&self) -> Arc<str> {
        match self.guest.filter(|guest| *guest != Variation::Usual) {
            Some(guest) if self.last_case.starts_with(plan::CALIBRATION) => {
                plan::labelled(&self.last_case, guest)
            }
            Some(_) | None => Arc::clone(&self.last_case),
        }
    }

    fn reproduction(&self, observation: &Observation) -> String {
        let case = match observation {
            Observation::Exchange(exchange) => &*exchange.case,
            Observation::AgentExit(_) | Observation::Call(_) => &self.last_case,
            Observation::Calibrated(_)
            | Observation::Unsolicited(_)
            | Observation::Reconnected { .. }
            | Observation::TakenOver { .. }
            | Observation::Facts(_) => "",
        };
        // Every run calibrates, and what comes before the first case comes before every case.
        let (case, _) = plan::unlabelled(if case.is_empty() { "calibration/sync" } else { case });
        match self.guest.filter(|guest| *guest != Variation::Usual) {
            Some(guest) => format!("{} --guest {} --case {case}", self.reproduce, guest.name()),
            None => format!("{} --case {case}", self.reproduce),
        }
    }

    /// What comes now is about another guest.
    fn enter(&mut self, facts: &Facts) {
        self.facts = facts.clone();
        self.guest = facts.guest.as_deref().and_then(Variation::by_name);
        self.guests.extend(self.guest);
        self.last_case = Arc::default();
    }

    /// Whether it is this guest that lacks the command, and not the agent.
    fn is_withheld(&self, command: &str) -> bool {
        let is_blocked = self.facts.blocked.as_ref().is_some_and(|blocked| blocked.contains(command));
        self.guest.is_some_and(Variation::withholds) && (is_blocked || self.facts.frozen == Some(true))
    }

    fn learn_info(&mut self, exchange: &Exchange) {
        for frame in &exchange.received {
            let Ok(reply) = Reply::read(frame) else { continue };
            let Some(info) = reply.success() else { continue };
            if let Some(version) = info.member("version").and_then(Json::as_str) {
                self.agent_version = Some(version.into_owned());
            }
            let commands =
                info.member("supported_commands").and_then(|list| list.as_array()).unwrap_or_default();
            for command in commands {
                let name = command.member("name").and_then(Json::as_str);
                let enabled = command.member("enabled").and_then(Json::as_bool);
                if let (Some(name), Some(enabled)) = (name, enabled)
                    && (enabled || !self.is_withheld(&name))
                {
                    self.listed.insert(name.into_owned(), enabled);
                }
            }
        }
    }
}

/// The last line that an agent wrote to its stderr, as an end of a sentence.
fn last_words(exit: &AgentExit) -> String {
    let last = exit.stderr_tail.trim_ascii().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    if last.is_empty() {
        return String::new();
    }
    format!("; its stderr ends with: {}", printable(last, LAST_WORDS_BYTES).text)
}
