//! What a run will send, and which rows must speak, fixed before the first byte.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::agent::sandbox::Variation;
use crate::classify::{Assessment, Hazard};
use crate::generate::{Case, Effort, Family, GuestProfile, Place, cases};
use crate::scenario::Scenario;
use crate::schema::Schema;
use crate::verdict::SkipReason;

use super::bindings::with_stand_ins;
use super::freeze;
use super::options::{CaseChoice, Options};
use super::repertoire::{Repertoire, Weight, shared};
use super::selection::{Selection, SelectionError};

/// A row: rule code and command; the command is empty for the row of the connection.
pub(super) type RowKey = (&'static str, String);

/// What the labels of calibration begin with.
pub(super) const CALIBRATION: &str = "calibration/";

/// The plan of a run. It does not hold what will be sent, which is drawn again when its turn comes.
#[derive(Debug)]
pub struct Plan {
    /// The cases, guest by guest, and there in the order of danger.
    pub cases: Vec<PlannedCase>,
    pub(super) selection: Selection,
    repertoire: Arc<Repertoire>,
}

/// One case of a plan.
#[derive(Clone, Debug)]
pub struct PlannedCase {
    /// The guest that it is sent in.
    pub guest: Variation,
    /// Why it will not be sent, if it will not.
    pub skip: Option<Arc<Skip>>,
    weight: Arc<Weight>,
    origin: Origin,
    order: Order,
}

/// Where the case comes from.
#[derive(Clone, Debug)]
enum Origin {
    Deck(Place),
    Kept(Arc<Case>),
}

/// The place in the order of a guest. What thaws one that is frozen from the start goes last: everything else is about
/// its being frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    thaws_at_last: bool,
    family: Family,
    place: Option<Place>,
}

/// A planned case as it will be sent.
#[derive(Clone, Debug)]
pub struct Drawn<'p> {
    /// What was planned.
    pub planned: &'p PlannedCase,
    /// What it is called in reports: its ID, and the guest unless that is the usual one.
    pub label: Arc<str>,
    /// The case.
    pub case: Arc<Case>,
}

impl PlannedCase {
    /// How dangerous its bytes are.
    pub fn hazard(&self) -> &Assessment {
        &self.weight.hazard
    }
}

/// Why a case is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

/// Planned cases that should have spoken about a row and were not sent after all.
#[derive(Debug)]
pub(super) struct Unsent {
    /// How many.
    pub(super) cases: u64,
    /// Why the first of them was not.
    pub(super) skip: Skip,
}

impl Plan {
    pub(super) fn new(
        repertoire: Arc<Repertoire>,
        selection: Selection,
        options: &Options,
        allowed: Hazard,
        guests: &[Variation],
    ) -> Result<Self, SelectionError> {
        let mut plan = Self { cases: Vec::new(), selection, repertoire };
        if let CaseChoice::Scenario { name, scenario } = &options.cases {
            plan.add_scenario(name, scenario, options, allowed, guests)?;
            return Ok(plan);
        }
        let mut planned = Vec::new();
        let mut skips = HashSet::new();
        plan.repertoire.each(|place, case| {
            let is_asked_for = matches!(&options.cases, CaseChoice::One { id, .. } if case.id.0 == *id);
            if matches!(options.cases, CaseChoice::One { after: 0, .. }) && !is_asked_for {
                return;
            }
            let weight = plan.repertoire.weight(place, case);
            let is_chosen = match &options.cases {
                CaseChoice::About(code) => {
                    is_smoke(case) || plan.selected(&weight).any(|(rule, _)| rule == code)
                }
                CaseChoice::All | CaseChoice::One { .. } | CaseChoice::Scenario { .. } => {
                    is_asked_for || plan.selected(&weight).next().is_some()
                }
            };
            if !is_chosen {
                return;
            }
            let skip =
                skip(case, &weight.hazard, allowed, options).map(|skip| shared(&mut skips, Arc::new(skip)));
            for guest in guests.iter().copied().filter(|guest| is_asked_for || is_for(case, *guest)) {
                let origin = if plan.repertoire.keeps_cases() {
                    Origin::Kept(Arc::clone(case))
                } else {
                    Origin::Deck(place)
                };
                let order = Order {
                    thaws_at_last: ends_the_freeze(case, guest),
                    family: case.family,
                    place: Some(place),
                };
                let (skip, weight) = (skip.clone(), Arc::clone(&weight));
                planned.push(PlannedCase { guest, skip, weight, origin, order });
            }
        });
        planned.sort_by_key(|planned| (planned.guest, planned.order));
        plan.cases = planned;
        if let CaseChoice::One { id, after } = &options.cases {
            plan.keep_up_to(id, *after);
        }
        Ok(plan)
    }

    fn add_scenario(
        &mut self,
        name: &str,
        scenario: &Scenario,
        options: &Options,
        allowed: Hazard,
        guests: &[Variation],
    ) -> Result<(), SelectionError> {
        let guest = guests.first().copied().unwrap_or(Variation::Usual);
        let case = scenario.case(name, self.repertoire.profile())?;
        let weight = Arc::new(self.repertoire.weigh(&case));
        let skip = skip(&case, &weight.hazard, allowed, options).map(Arc::new);
        let order = Order { thaws_at_last: false, family: case.family, place: None };
        self.cases.push(PlannedCase { guest, skip, weight, origin: Origin::Kept(Arc::new(case)), order });
        Ok(())
    }

    /// Keeps one case and so many of those that are sent before it.
    fn keep_up_to(&mut self, id: &str, after: usize) {
        let mut is_it = self.drawn().map(|drawn| drawn.case.id.0 == id);
        let Some(at) = is_it.position(|is_it| is_it) else { return };
        drop(is_it);
        let asked_for = self.cases[at].clone();
        self.cases.truncate(at);
        self.cases.retain(|planned| planned.skip.is_none());
        self.cases.drain(..self.cases.len().saturating_sub(after));
        self.cases.push(asked_for);
    }

    /// The guests in which something will be sent.
    pub(super) fn guests(&self) -> impl Iterator<Item = Variation> {
        let sent = |guest: &Variation| {
            self.cases.iter().any(|planned| planned.guest == *guest && planned.skip.is_none())
        };
        Variation::ALL.into_iter().filter(sent)
    }

    /// The cases that will be sent in a guest, in order.
    pub(super) fn wanted(&self, guest: Variation) -> impl Iterator<Item = Drawn<'_>> {
        self.draw(self.cases.iter().filter(move |planned| planned.guest == guest && planned.skip.is_none()))
    }

    /// All cases, in order.
    pub fn drawn(&self) -> impl Iterator<Item = Drawn<'_>> {
        self.draw(self.cases.iter())
    }

    fn draw<'p>(&'p self, planned: impl Iterator<Item = &'p PlannedCase>) -> impl Iterator<Item = Drawn<'p>> {
        let mut deck = self.repertoire.deck();
        planned.filter_map(move |planned| {
            let case = match &planned.origin {
                Origin::Deck(place) => Arc::new(deck.draw(*place)?),
                Origin::Kept(case) => Arc::clone(case),
            };
            Some(Drawn { planned, label: labelled(&case.id.0, planned.guest), case })
        })
    }

    /// The wanted rows that should speak about a case. Whether a command is withheld, and until when, is for the agent
    /// to show: no row depends on it.
    pub(super) fn rows_of<'p>(&'p self, planned: &'p PlannedCase) -> impl Iterator<Item = &'p RowKey> {
        self.selected(&planned.weight).filter(|_| !planned.guest.withholds())
    }

    fn selected<'p>(&'p self, weight: &'p Weight) -> impl Iterator<Item = &'p RowKey> {
        weight.rows.iter().filter(|(rule, command)| self.selection.selects(rule, command))
    }

    /// Why rows will have gone without a stimulus: only when all their cases were skipped, some of them not before the
    /// run.
    pub(super) fn skips(&self, unsent: &BTreeMap<RowKey, Unsent>) -> BTreeMap<RowKey, Skip> {
        let mut due: BTreeMap<&RowKey, u64> = BTreeMap::new();
        for planned in self.cases.iter().filter(|planned| planned.skip.is_none()) {
            self.rows_of(planned).for_each(|row| *due.entry(row).or_default() += 1);
        }
        let skip = |row: &RowKey, planned: Option<&Skip>| match unsent.get(row) {
            Some(Unsent { cases, skip }) => (due.get(row) == Some(cases)).then(|| skip.clone()),
            None => planned.cloned(),
        };
        self.rows()
            .into_iter()
            .filter_map(|(row, planned)| Some((row.clone(), skip(row, planned)?)))
            .collect()
    }

    /// The rows that cases will speak about, with the reason if all their cases are skipped.
    pub(super) fn rows(&self) -> BTreeMap<&RowKey, Option<&Skip>> {
        let mut rows: BTreeMap<&RowKey, Option<&Skip>> = BTreeMap::new();
        for planned in &self.cases {
            for row in self.rows_of(planned) {
                let known = rows.entry(row).or_insert(planned.skip.as_deref());
                if planned.skip.is_none() {
                    *known = None;
                }
            }
        }
        rows
    }
}

/// The usual guest takes all cases, any other those of which it decides the outcome. A wrong request does not get as far
/// as the guest, unless the guest is why a command is refused. To wait for a program takes the same time in every guest,
/// and shows the same.
fn is_for(case: &Case, guest: Variation) -> bool {
    let waits = || case.stimuli.iter().any(|stimulus| stimulus.until.is_some());
    let gets_there = matches!(case.family, Family::Valid | Family::Session | Family::Power) && !waits();
    let is_about = || case.command.as_deref().is_some_and(|name| guest.commands().contains(&name));
    guest == Variation::Usual || ((gets_there || guest.withholds()) && is_about())
}

/// Whether the case may thaw a guest that is frozen from the start.
fn ends_the_freeze(case: &Case, guest: Variation) -> bool {
    let mut writes = case.stimuli.iter().flat_map(with_stand_ins);
    guest == Variation::Frozen && writes.any(|write| freeze::may_thaw(&write))
}

/// What a case is called in reports: its ID, and the guest unless that is the usual one.
pub(super) fn labelled(id: &str, guest: Variation) -> Arc<str> {
    match guest {
        Variation::Usual => Arc::from(id),
        _ => Arc::from(format!("{id}@{}", guest.name())),
    }
}

/// The ID of a case, and the guest that it is sent in, from its label.
pub(super) fn unlabelled(label: &str) -> (&str, Variation) {
    let parts = label.rsplit_once('@').and_then(|(id, guest)| Some((id, Variation::by_name(guest)?)));
    parts.unwrap_or((label, Variation::Usual))
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
