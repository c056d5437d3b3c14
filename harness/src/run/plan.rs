//! What a run will send, and which rows must speak, fixed before the first byte.

use std::collections::{BTreeMap, BTreeSet};

use crate::classify::{Assessment, Hazard, HazardContext, hazard};
use crate::generate::{Case, Effort, Family, GuestProfile, Symbol, cases};
use crate::rules::Judge;
use crate::schema::Schema;
use crate::verdict::SkipReason;

use super::bindings::with_stand_ins;
use super::options::{CaseChoice, Options};
use super::selection::{Selection, SelectionError};

/// A row: rule code and command; the command is empty for the row of the connection.
pub(super) type RowKey = (&'static str, String);

/// The plan of a run.
#[derive(Debug)]
pub struct Plan {
    /// The cases, in the order of danger.
    pub cases: Vec<PlannedCase>,
    pub(super) selection: Selection,
}

/// One case of a plan.
#[derive(Debug)]
pub struct PlannedCase {
    /// The case.
    pub case: Case,
    /// How dangerous its bytes are.
    pub hazard: Assessment,
    /// Why it will not be sent, if it will not.
    pub skip: Option<Skip>,
    pub(super) rows: Vec<RowKey>,
}

/// Why a case is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The kind of reason.
    pub reason: SkipReason,
    /// In words, with the flag that would change it.
    pub detail: String,
}

impl Skip {
    /// What is told by the rule of this code need not be shown again.
    pub(super) fn lacking(code: &str) -> Self {
        let detail = format!("needs an ability that the agent lacks; see {code}");
        Self { reason: SkipReason::Capped, detail }
    }
}

impl Plan {
    pub(super) fn new(
        schema: &Schema,
        options: &Options,
        allowed: Hazard,
        profile: &GuestProfile,
    ) -> Result<Self, SelectionError> {
        let selection = selection(schema, options)?;
        let context = HazardContext {
            scratch: profile.scratch.clone(),
            handles: BTreeSet::from([Symbol::STAND_IN]),
            pids: BTreeSet::from([Symbol::STAND_IN]),
        };
        let judge = Judge::knowing(schema, &profile.facts);
        let mut planned = Vec::new();
        for case in cases(schema, profile, options.seed) {
            if matches!(&options.cases, CaseChoice::One(id) if case.id.0 != *id) {
                continue;
            }
            let writes: Vec<Vec<Vec<u8>>> = case.stimuli.iter().map(with_stand_ins).collect();
            let rows = rows(&judge, &selection, &writes);
            let is_chosen = match options.cases {
                CaseChoice::All => !rows.is_empty(),
                CaseChoice::One(_) => true,
                CaseChoice::About(code) => is_smoke(&case) || rows.iter().any(|(rule, _)| *rule == code),
            };
            if !is_chosen {
                continue;
            }
            let hazard = worst(schema, &context, &writes);
            let skip = skip(&case, &hazard, allowed, options);
            planned.push(PlannedCase { case, hazard, skip, rows });
        }
        planned.sort_by_key(|planned| planned.case.family);
        Ok(Self { cases: planned, selection })
    }

    /// The rows that cases will speak about, with the reason if all their cases are skipped.
    pub(super) fn rows(&self) -> BTreeMap<&RowKey, Option<&Skip>> {
        let mut rows: BTreeMap<&RowKey, Option<&Skip>> = BTreeMap::new();
        for planned in &self.cases {
            for row in &planned.rows {
                let known = rows.entry(row).or_insert(planned.skip.as_ref());
                if planned.skip.is_none() {
                    *known = None;
                }
            }
        }
        rows
    }

    /// Why rows will have gone without a stimulus: only when all their cases were skipped, some of them, by id, not
    /// before the run.
    pub(super) fn skips(&self, unsent: &BTreeMap<String, Skip>) -> BTreeMap<RowKey, Skip> {
        let mut sent: BTreeSet<&RowKey> = BTreeSet::new();
        let mut skipped: BTreeMap<&RowKey, &Skip> = BTreeMap::new();
        for planned in &self.cases {
            match planned.skip.as_ref().or_else(|| unsent.get(&planned.case.id.0)) {
                Some(skip) => planned.rows.iter().for_each(|row| {
                    skipped.entry(row).or_insert(skip);
                }),
                None => sent.extend(&planned.rows),
            }
        }
        skipped
            .into_iter()
            .filter(|(row, _)| !sent.contains(row))
            .map(|(row, skip)| (row.clone(), skip.clone()))
            .collect()
    }
}

/// Whether the choice of rows and cases makes sense, which costs less than a plan.
pub(super) fn check_selection(
    schema: &Schema,
    options: &Options,
    profile: &GuestProfile,
) -> Result<(), SelectionError> {
    selection(schema, options)?;
    match &options.cases {
        CaseChoice::One(id) => check_case(id, &cases(schema, profile, options.seed)),
        CaseChoice::All | CaseChoice::About(_) => Ok(()),
    }
}

fn selection(schema: &Schema, options: &Options) -> Result<Selection, SelectionError> {
    let commands = schema.commands().iter().map(|command| command.name.as_str());
    let names: Vec<&str> = crate::rules::rules().map(|rule| rule.code).chain(commands).collect();
    Selection::new(options, &names)
}

/// Whether a case is one of the few that show whether an agent works at all.
fn is_smoke(case: &Case) -> bool {
    case.family == Family::Valid && case.effort == Effort::Quick
}

fn rows(judge: &Judge<'_>, selection: &Selection, stimuli: &[Vec<Vec<u8>>]) -> Vec<RowKey> {
    let mut rows: Vec<RowKey> = stimuli
        .iter()
        .flat_map(|writes| judge.concerned(writes))
        .map(|(rule, command)| (rule.code, command.map(|name| name.to_string()).unwrap_or_default()))
        .filter(|(rule, command)| selection.selects(rule, command))
        .collect();
    rows.sort();
    rows.dedup();
    rows
}

/// The most dangerous assessment of a case: its stimuli one by one, since a fence separates them.
fn worst(schema: &Schema, context: &HazardContext, stimuli: &[Vec<Vec<u8>>]) -> Assessment {
    stimuli
        .iter()
        .map(|writes| hazard::assess(&writes.concat(), schema, context))
        .max_by_key(|assessment| assessment.hazard)
        .unwrap_or(Assessment { hazard: Hazard::Read, because: None })
}

fn skip(case: &Case, hazard: &Assessment, allowed: Hazard, options: &Options) -> Option<Skip> {
    if hazard.hazard > allowed {
        let level = hazard.hazard.name();
        let detail = format!("needs --allow {level}");
        return Some(Skip { reason: SkipReason::Hazard, detail });
    }
    if case.effort > options.effort {
        let detail = format!("needs --effort {}", case.effort.name());
        return Some(Skip { reason: SkipReason::Effort, detail });
    }
    None
}

fn check_case(id: &str, cases: &[Case]) -> Result<(), SelectionError> {
    if cases.iter().any(|case| case.id.0 == id) {
        return Ok(());
    }
    let shared = |other: &str| id.bytes().zip(other.bytes()).take_while(|(one, two)| one == two).count();
    let nearest = cases.iter().max_by_key(|case| shared(&case.id.0)).map(|case| case.id.0.clone());
    Err(SelectionError::NoCase { id: id.to_owned(), nearest })
}
