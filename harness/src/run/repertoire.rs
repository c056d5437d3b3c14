//! What could be sent to a guest, with what a plan needs to know of it.
//!
//! None of this depends on the agent or on what a user chooses, so runs against equal guests share it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::classify::{Assessment, Hazard, HazardContext, hazard};
use crate::generate::{Case, Deck, GuestProfile, Place, Stimulus, Symbol};
use crate::rules::Judge;
use crate::schema::Schema;

use super::bindings::with_stand_ins;
use super::plan::RowKey;

/// A place for the repertoire of one guest, to be used by many runs.
#[derive(Debug, Default)]
pub(super) struct Stock {
    keeps_cases: bool,
    repertoire: OnceLock<Arc<Repertoire>>,
}

impl Stock {
    /// For so many runs that cases are worth keeping: some hundred bytes each, and what they send.
    pub(super) fn with_cases() -> Self {
        Self { keeps_cases: true, ..Self::default() }
    }

    /// The repertoire for this guest. It is made at the first call; for another guest than that call's it is made
    /// anew, and not kept.
    pub(super) fn repertoire(
        &self,
        schema: &'static Schema,
        profile: &GuestProfile,
        seed: u64,
    ) -> Arc<Repertoire> {
        let new = || Arc::new(Repertoire::new(schema, profile.clone(), seed, self.keeps_cases));
        let first = self.repertoire.get_or_init(new);
        if first.is_for(schema, profile, seed) { Arc::clone(first) } else { new() }
    }
}

/// All cases for one guest.
#[derive(Debug)]
pub(super) struct Repertoire {
    schema: &'static Schema,
    profile: GuestProfile,
    seed: u64,
    judge: Judge<'static>,
    context: HazardContext,
    /// What was drawn, if cases are kept.
    kept: Option<OnceLock<Vec<Kept>>>,
    weights: Mutex<Weights>,
}

type Kept = (Place, Arc<Case>);

/// What is known so far. Cases by the thousand mean the same, so what they mean is there only once.
#[derive(Debug, Default)]
struct Weights {
    by_place: HashMap<Place, Arc<Weight>>,
    distinct: HashSet<Arc<Weight>>,
    distinct_rows: HashSet<Arc<[RowKey]>>,
}

/// What a case would mean if it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Weight {
    /// The rows that would speak about it, in order.
    pub(super) rows: Arc<[RowKey]>,
    /// How dangerous its bytes are.
    pub(super) hazard: Assessment,
}

impl Repertoire {
    fn new(schema: &'static Schema, profile: GuestProfile, seed: u64, keeps_cases: bool) -> Self {
        Self {
            schema,
            judge: Judge::knowing(schema, &profile.facts),
            context: HazardContext {
                scratch: profile.scratch.clone(),
                handles: BTreeSet::from([Symbol::STAND_IN]),
                pids: BTreeSet::from([Symbol::STAND_IN]),
            },
            profile,
            seed,
            kept: keeps_cases.then(OnceLock::new),
            weights: Mutex::default(),
        }
    }

    fn is_for(&self, schema: &'static Schema, profile: &GuestProfile, seed: u64) -> bool {
        std::ptr::eq(self.schema, schema) && self.profile == *profile && self.seed == seed
    }

    /// Shows every case, with its place; the order of danger is that of family and place.
    pub(super) fn each(&self, mut show: impl FnMut(Place, &Arc<Case>)) {
        let Some(kept) = &self.kept else {
            return self.deck().deal(|place, case| show(place, &Arc::new(case)));
        };
        let deal = || {
            let mut dealt = Vec::new();
            self.deck().deal(|place, case| dealt.push((place, Arc::new(case))));
            dealt
        };
        kept.get_or_init(deal).iter().for_each(|(place, case)| show(*place, case));
    }

    /// The deck that the cases come from.
    pub(super) fn deck(&self) -> Deck<'_> {
        Deck::new(self.schema, &self.profile, self.seed)
    }

    /// Whether what was shown is kept here anyway.
    pub(super) const fn keeps_cases(&self) -> bool {
        self.kept.is_some()
    }

    /// The guest that it is for.
    pub(super) const fn profile(&self) -> &GuestProfile {
        &self.profile
    }

    /// What the case at this place would mean.
    pub(super) fn weight(&self, place: Place, case: &Case) -> Arc<Weight> {
        let known = self.weights().by_place.get(&place).cloned();
        known.unwrap_or_else(|| {
            let weight = self.weigh(case);
            let mut weights = self.weights();
            let rows = shared(&mut weights.distinct_rows, weight.rows);
            let weight = shared(&mut weights.distinct, Arc::new(Weight { rows, ..weight }));
            weights.by_place.insert(place, Arc::clone(&weight));
            weight
        })
    }

    fn weights(&self) -> std::sync::MutexGuard<'_, Weights> {
        // What was put in before a panic is true all the same.
        self.weights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this case would mean.
    pub(super) fn weigh(&self, case: &Case) -> Weight {
        let concerned = case
            .stimuli
            .iter()
            .flat_map(|stimulus| self.judge.concerned(left(stimulus), &with_stand_ins(stimulus)));
        let rows: BTreeSet<RowKey> = concerned
            .map(|(rule, command)| (rule.code, command.map(|name| name.to_string()).unwrap_or_default()))
            .collect();
        Weight { rows: rows.into_iter().collect(), hazard: self.worst(case) }
    }

    /// The most dangerous assessment of a case: its stimuli one by one, since a fence separates them.
    fn worst(&self, case: &Case) -> Assessment {
        let sent =
            |stimulus| [left(stimulus).unwrap_or_default(), &with_stand_ins(stimulus).concat()].concat();
        case.stimuli
            .iter()
            .map(|stimulus| hazard::assess(&sent(stimulus), self.schema, &self.context))
            .max_by_key(|assessment| assessment.hazard)
            .unwrap_or(Assessment { hazard: Hazard::Read, because: None })
    }
}

/// What the client before the one that sends this left unfinished, if another has taken over.
pub(super) fn left(stimulus: &Stimulus) -> Option<&[u8]> {
    stimulus.takeover.as_ref().map(|takeover| takeover.left.as_slice())
}

/// The same, in the place where it is already, if it is.
pub(super) fn shared<T: Clone + Eq + Hash>(known: &mut HashSet<T>, new: T) -> T {
    if let Some(known) = known.get(&new) {
        return known.clone();
    }
    known.insert(new.clone());
    new
}

#[cfg(test)]
mod tests {
    use crate::schema::builtin;

    use super::*;

    fn count(repertoire: &Repertoire) -> usize {
        let mut count = 0;
        repertoire.each(|_, _| count += 1);
        count
    }

    #[test]
    fn equal_guests_share_a_repertoire_and_others_do_not() {
        let stock = Stock::default();
        let plain = GuestProfile::default();
        let first = stock.repertoire(builtin::seed(), &plain, 0);
        assert!(Arc::ptr_eq(&first, &stock.repertoire(builtin::seed(), &plain, 0)));
        assert!(!Arc::ptr_eq(&first, &stock.repertoire(builtin::seed(), &plain, 1)));
        let other = GuestProfile { user: Some("somebody".to_owned()), ..plain };
        let other = stock.repertoire(builtin::seed(), &other, 0);
        assert!(count(&other) > count(&first));
    }

    #[test]
    fn kept_or_not_the_cases_are_the_same() {
        let shown = |stock: &Stock| {
            let repertoire = stock.repertoire(builtin::seed(), &GuestProfile::default(), 0);
            let mut shown = Vec::new();
            for _ in 0..2 {
                repertoire.each(|place, case| shown.push((place, case.id.clone(), case.stimuli.clone())));
            }
            shown
        };
        assert!(shown(&Stock::default()) == shown(&Stock::with_cases()));
    }

    #[test]
    fn what_means_the_same_is_there_once() {
        let repertoire = Stock::default().repertoire(builtin::seed(), &GuestProfile::default(), 0);
        let mut weights = Vec::new();
        for _ in 0..2 {
            repertoire.each(|place, case| weights.push(repertoire.weight(place, case)));
        }
        let distinct: HashSet<_> = weights.iter().map(Arc::as_ptr).collect();
        assert!(distinct.len() * 5 < weights.len(), "{} of {}", distinct.len(), weights.len());
    }
}
