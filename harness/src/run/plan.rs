//! What a run will send, and which rows must speak, fixed before the first byte.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::agent::sandbox::Variation;
use crate::classify::{Assessment, Hazard};
use crate::generate::{Case, Effort, Family, GuestProfile, cases};
use crate::schema::Schema;
use crate::verdict::SkipReason;

use super::bindings::with_stand_ins;
use super::freeze;
use super::options::{CaseChoice, Options};
use super::repertoire::{Repertoire, Weight};
use super::selection::{Selection, SelectionError};

/// A row: rule code and command; the command is empty for the row of the connection.
pub(super) type RowKey = (&'static str, String);

/// What the labels of calibration begin with.
pub(super) const CALIBRATION: &str = "calibration/";

/// The plan of a run.
#[derive(Debug)]
pub struct Plan {
    /// The cases, guest by guest, and there in the order of danger.
    pub cases: Vec<PlannedCase>,
    pub(super) selection: Selection,
}

/// One case of a plan.
#[derive(Clone, Debug)]
pub struct PlannedCase {
    /// The guest that it is sent in.
    pub guest: Variation,
    /// What it is called in reports: its ID, and the guest unless that is the usual one.
    pub label: Arc<str>,
    /// The case.
    pub case: Arc<Case>,
    /// How dangerous its bytes are.
    pub hazard: Assessment,
    /// Why it will not be sent, if it will not.
    pub skip: Option<Skip>,
    pub(super) rows: Arc<[RowKey]>,
}

impl PlannedCase {
    /// The same case in this guest: the usual one takes them all, any other those of which it decides the outcome. A
    /// wrong request does not get as far as the guest, unless the guest is why a command is refused.
    fn in_guest(&self, guest: Variation, options: &Options) -> Option<Self> {
        if guest == Variation::Usual {
            return Some(self.clone());
        }
        let gets_there = matches!(self.case.family, Family::Valid | Family::Session | Family::Power);
        let is_about = self.case.command.as_deref().is_some_and(|name| guest.commands().contains(&name));
        let is_asked_for = matches!(&options.cases, CaseChoice::One { id, .. } if self.case.id.0 == *id);
        if !is_asked_for && !(is_about && (gets_there || guest.withholds())) {
            return None;
        }
        let label = labelled(&self.case.id.0, guest);
        // Whether a command is withheld, and until when, is for the agent to show: no row depends on it.
        let rows = if guest.withholds() { Arc::default() } else { Arc::clone(&self.rows) };
        Some(Self { guest, label, rows, ..self.clone() })
    }

    /// What thaws a guest that is frozen from the start goes last: everything else is about its being frozen.
    fn ends_the_freeze(&self) -> bool {
        let mut writes = self.case.stimuli.iter().flat_map(with_stand_ins);
        self.guest == Variation::Frozen && writes.any(|write| freeze::may_thaw(&write))
    }
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
        repertoire: &Repertoire,
        selection: Selection,
        options: &Options,
        allowed: Hazard,
        guests: &[Variation],
    ) -> Result<Self, SelectionError> {
        if let CaseChoice::Scenario { name, scenario } = &options.cases {
            let guest = guests.first().copied().unwrap_or(Variation::Usual);
            let case = scenario.case(name, repertoire.profile())?;
            let Weight { rows, hazard } = repertoire.weigh(&case);
            let skip = skip(&case, &hazard, allowed, options);
            let label = Arc::from(case.id.0.as_str());
            let cases = vec![PlannedCase { guest, label, case: Arc::new(case), hazard, skip, rows }];
            return Ok(Self { cases, selection });
        }
        let is_wanted = |case: &Case| match &options.cases {
            CaseChoice::One { id, after: 0 } => case.id.0 == *id,
            CaseChoice::Scenario { .. } => false,
            CaseChoice::All | CaseChoice::One { .. } | CaseChoice::About(_) => true,
        };
        let mut planned = Vec::new();
        for (case, weight) in repertoire.wanted(is_wanted) {
            let rows = selection.selected(&weight.rows);
            let is_chosen = match &options.cases {
                CaseChoice::All | CaseChoice::Scenario { .. } => !rows.is_empty(),
                CaseChoice::One { id, .. } => !rows.is_empty() || case.id.0 == *id,
                CaseChoice::About(code) => is_smoke(case) || rows.iter().any(|(rule, _)| rule == code),
            };
            if is_chosen {
                let planned_case = PlannedCase {
                    guest: Variation::Usual,
                    label: Arc::from(case.id.0.as_str()),
                    case: case.clone(),
                    hazard: weight.hazard.clone(),
                    skip: skip(case, &weight.hazard, allowed, options),
                    rows,
                };
                planned.extend(guests.iter().filter_map(|guest| planned_case.in_guest(*guest, options)));
            }
        }
        // The order of danger within a guest is that of the repertoire.
        planned.sort_by_key(|planned: &PlannedCase| (planned.guest, planned.ends_the_freeze()));
        if let CaseChoice::One { id, after } = &options.cases {
            keep_up_to(&mut planned, id, *after);
        }
        Ok(Self { cases: planned, selection })
    }

    /// The guests in which something will be sent.
    pub(super) fn guests(&self) -> impl Iterator<Item = Variation> {
        let sent = |guest: &Variation| self.wanted(*guest).next().is_some();
        Variation::ALL.into_iter().filter(sent)
    }

    /// The cases that will be sent in a guest, in order.
    pub(super) fn wanted(&self, guest: Variation) -> impl Iterator<Item = &PlannedCase> {
        self.cases.iter().filter(move |planned| planned.guest == guest && planned.skip.is_none())
    }

    /// The rows that cases will speak about, with the reason if all their cases are skipped.
    pub(super) fn rows(&self) -> BTreeMap<&RowKey, Option<&Skip>> {
        let mut rows: BTreeMap<&RowKey, Option<&Skip>> = BTreeMap::new();
        for planned in &self.cases {
            for row in planned.rows.iter() {
                let known = rows.entry(row).or_insert(planned.skip.as_ref());
                if planned.skip.is_none() {
                    *known = None;
                }
            }
        }
        rows
    }

    /// Why rows will have gone without a stimulus: only when all their cases were skipped, some of them, by label, not
    /// before the run.
    pub(super) fn skips(&self, unsent: &BTreeMap<Arc<str>, Skip>) -> BTreeMap<RowKey, Skip> {
        let mut sent: BTreeSet<&RowKey> = BTreeSet::new();
        let mut skipped: BTreeMap<&RowKey, &Skip> = BTreeMap::new();
        for planned in &self.cases {
            match planned.skip.as_ref().or_else(|| unsent.get(&planned.label)) {
                Some(skip) => planned.rows.iter().for_each(|row| {
                    skipped.entry(row).or_insert(skip);
                }),
                None => sent.extend(planned.rows.iter()),
            }
        }
        skipped
            .into_iter()
            .filter(|(row, _)| !sent.contains(row))
            .map(|(row, skip)| (row.clone(), skip.clone()))
            .collect()
    }
}

/// What a case is called in reports, if it is sent in another guest than the usual one.
pub(super) fn labelled(id: &str, guest: Variation) -> Arc<str> {
    Arc::from(format!("{id}@{}", guest.name()))
}

/// The ID of a case, and the guest that it is sent in, from its label.
pub(super) fn unlabelled(label: &str) -> (&str, Variation) {
    let parts = label.rsplit_once('@').and_then(|(id, guest)| Some((id, Variation::by_name(guest)?)));
    parts.unwrap_or((label, Variation::Usual))
}

/// Keeps one case and so many of those that are sent before it.
fn keep_up_to(planned: &mut Vec<PlannedCase>, id: &str, after: usize) {
    let end = planned.iter().position(|planned| planned.case.id.0 == id).map_or(0, |at| at + 1);
    planned.truncate(end);
    planned.retain(|planned| planned.skip.is_none() || planned.case.id.0 == id);
    planned.drain(..planned.len().saturating_sub(after + 1));
}

/// Whether the choice of rows and cases makes sense, which costs less than a plan to find out.
pub(super) fn check_selection(
    schema: &Schema,
    options: &Options,
    profile: &GuestProfile,
) -> Result<(), SelectionError> {
    selection(schema, options)?;
    match &options.cases {
        CaseChoice::One { id, .. } => check_case(id, &cases(schema, profile, options.seed)),
        CaseChoice::All | CaseChoice::Scenario { .. } | CaseChoice::About(_) => Ok(()),
    }
}

/// The choice of rows.
pub(super) fn selection(schema: &Schema, options: &Options) -> Result<Selection, SelectionError> {
    let commands = schema.commands().iter().map(|command| command.name.as_str());
    let names: Vec<&str> = crate::rules::rules().map(|rule| rule.code).chain(commands).collect();
    Selection::new(options, &names)
}

/// Whether a case is one of the few that show whether an agent works at all.
fn is_smoke(case: &Case) -> bool {
    case.family == Family::Valid && case.effort == Effort::Quick
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
    if id.starts_with(CALIBRATION) || cases.iter().any(|case| case.id.0 == id) {
        return Ok(());
    }
    let shared = |other: &str| id.bytes().zip(other.bytes()).take_while(|(one, two)| one == two).count();
    let nearest = cases.iter().max_by_key(|case| shared(&case.id.0)).map(|case| case.id.0.clone());
    Err(SelectionError::NoCase { id: id.to_owned(), nearest })
}
