//! What could be sent to a guest, with what a plan needs to know of it.
//!
//! None of this depends on the agent or on what a user chooses, so runs against equal guests share it.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::classify::{Assessment, Hazard, HazardContext, hazard};
use crate::generate::{Case, GuestProfile, Symbol, cases};
use crate::rules::Judge;
use crate::schema::Schema;

use super::bindings::with_stand_ins;
use super::plan::RowKey;

/// A place for the repertoire of one guest, to be used by many runs.
#[derive(Debug, Default)]
pub(super) struct Stock(OnceLock<Arc<Repertoire>>);

impl Stock {
    /// The repertoire for this guest. It is made at the first call; for another guest than that call's it is made
    /// anew, and not kept.
    pub(super) fn repertoire(
        &self,
        schema: &'static Schema,
        profile: &GuestProfile,
        seed: u64,
    ) -> Arc<Repertoire> {
        let new = || Arc::new(Repertoire::new(schema, profile.clone(), seed));
        let kept = self.0.get_or_init(new);
        if kept.is_for(schema, profile, seed) { Arc::clone(kept) } else { new() }
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
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Piece {
    case: Arc<Case>,
    weight: OnceLock<Weight>,
}

/// What a case would mean if it was sent.
#[derive(Clone, Debug)]
pub(super) struct Weight {
    /// The rows that would speak about it, in order.
    pub(super) rows: Arc<[RowKey]>,
    /// How dangerous its bytes are.
    pub(super) hazard: Assessment,
}

impl Repertoire {
    fn new(schema: &'static Schema, profile: GuestProfile, seed: u64) -> Self {
        let mut pieces: Vec<Piece> = cases(schema, &profile, seed)
            .into_iter()
            .map(|case| Piece { case: Arc::new(case), weight: OnceLock::new() })
            .collect();
        pieces.sort_by_key(|piece| piece.case.family);
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
            pieces,
        }
    }

    fn is_for(&self, schema: &'static Schema, profile: &GuestProfile, seed: u64) -> bool {
        std::ptr::eq(self.schema, schema) && self.profile == *profile && self.seed == seed
    }

    /// The wanted cases, in the order of danger, each with its weight.
    pub(super) fn wanted(
        &self,
        is_wanted: impl Fn(&Case) -> bool,
    ) -> impl Iterator<Item = (&Arc<Case>, &Weight)> {
        let wanted = self.pieces.iter().filter(move |piece| is_wanted(&piece.case));
        wanted.map(|piece| (&piece.case, piece.weight.get_or_init(|| self.weigh(&piece.case))))
    }

    /// The guest that it is for.
    pub(super) const fn profile(&self) -> &GuestProfile {
        &self.profile
    }

    /// What this case would mean.
    pub(super) fn weigh(&self, case: &Case) -> Weight {
        let stimuli: Vec<Vec<Vec<u8>>> = case.stimuli.iter().map(with_stand_ins).collect();
        let concerned = stimuli.iter().flat_map(|writes| self.judge.concerned(writes));
        let rows: BTreeSet<RowKey> = concerned
            .map(|(rule, command)| (rule.code, command.map(|name| name.to_string()).unwrap_or_default()))
            .collect();
        Weight { rows: rows.into_iter().collect(), hazard: self.worst(&stimuli) }
    }

    /// The most dangerous assessment of a case: its stimuli one by one, since a fence separates them.
    fn worst(&self, stimuli: &[Vec<Vec<u8>>]) -> Assessment {
        stimuli
            .iter()
            .map(|writes| hazard::assess(&writes.concat(), self.schema, &self.context))
            .max_by_key(|assessment| assessment.hazard)
            .unwrap_or(Assessment { hazard: Hazard::Read, because: None })
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::builtin;

    use super::*;

    #[test]
    fn equal_guests_share_a_repertoire_and_others_do_not() {
        let stock = Stock::default();
        let plain = GuestProfile::default();
        let first = stock.repertoire(builtin::seed(), &plain, 0);
        assert!(Arc::ptr_eq(&first, &stock.repertoire(builtin::seed(), &plain, 0)));
        assert!(!Arc::ptr_eq(&first, &stock.repertoire(builtin::seed(), &plain, 1)));
        let other = GuestProfile { user: Some("somebody".to_owned()), ..plain };
        let other = stock.repertoire(builtin::seed(), &other, 0);
        assert!(other.wanted(|_| true).count() > first.wanted(|_| true).count());
    }

    #[test]
    fn cases_come_in_the_order_of_danger() {
        let repertoire = Stock::default().repertoire(builtin::seed(), &GuestProfile::default(), 0);
        assert!(repertoire.wanted(|_| true).is_sorted_by_key(|(case, _)| case.family));
    }
}
