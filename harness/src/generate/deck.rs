//! All cases, each drawn when it is wanted, so that nobody has to keep what was sent or is to be sent later.

use std::collections::HashSet;
use std::fmt;

use crate::schema::{Command, Schema};

use super::entropy::digest;
use super::plan::sources;
use super::variant::{Ground, Variant, Variants};
use super::{Case, Family, GuestProfile};

/// Where a case is in the deck. It says nothing about another schema, profile or seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    group: u32,
    variant: u32,
}

/// The cases for a schema and a guest.
pub struct Deck<'a> {
    ground: Ground<'a>,
    seed: u64,
    sources: Vec<(Family, Variants)>,
    /// The group that was drawn from last: cases of one group are mostly wanted together.
    open: Option<(u32, Vec<Variant<'a>>)>,
}

impl fmt::Debug for Deck<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deck").field("ground", &self.ground).field("seed", &self.seed).finish_non_exhaustive()
    }
}

impl<'a> Deck<'a> {
    /// A deck that gives the same cases, byte for byte, for the same arguments. Each depends on nothing but its own ID
    /// and the command that it is about.
    pub fn new(schema: &'a Schema, profile: &'a GuestProfile, seed: u64) -> Self {
        let ground = Ground { schema, profile };
        Self { ground, seed, sources: sources().collect(), open: None }
    }

    /// Shows every case once, with its place. The order of danger is that of family and place.
    pub fn deal(&mut self, mut show: impl FnMut(Place, Case)) {
        // A name that occurs twice is an error of the schema, and must not become two cases of one name.
        let mut known = HashSet::new();
        for group in 0..self.groups() {
            let (family, command, variants) = self.group(group);
            for (at, variant) in (0..).zip(&variants) {
                let case = variant.draw(family, command, self.seed);
                if let Some(case) = case.filter(|case| known.insert(digest(case.id.0.as_bytes()))) {
                    show(Place { group, variant: at }, case);
                }
            }
        }
    }

    /// The case at a place that was shown; `None` if there is no such place.
    pub fn draw(&mut self, place: Place) -> Option<Case> {
        if place.group >= self.groups() {
            return None;
        }
        let (family, command) = self.about(place.group);
        if self.open.as_ref().is_none_or(|(group, _)| *group != place.group) {
            let (.., variants) = self.group(place.group);
            self.open = Some((place.group, variants));
        }
        let (_, variants) = self.open.as_ref()?;
        variants.get(place.variant as usize)?.draw(family, command, self.seed)
    }

    /// There is a group for each source and each command, and one for each source that is about no command.
    fn groups(&self) -> u32 {
        let groups = self.sources.len() * (self.ground.schema.commands().len() + 1);
        u32::try_from(groups).unwrap_or(u32::MAX)
    }

    fn group(&self, group: u32) -> (Family, Option<&'a Command>, Vec<Variant<'a>>) {
        let (family, command) = self.about(group);
        let (_, variants) = self.sources[self.source(group).0];
        (family, command, variants(self.ground, command))
    }

    fn about(&self, group: u32) -> (Family, Option<&'a Command>) {
        let (source, command) = self.source(group);
        let command = command.checked_sub(1).map(|at| &self.ground.schema.commands()[at]);
        (self.sources[source].0, command)
    }

    /// Which source, and which command, 0 for none.
    fn source(&self, group: u32) -> (usize, usize) {
        let commands = self.ground.schema.commands().len() + 1;
        (group as usize / commands, group as usize % commands)
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::builtin;

    use super::*;

    #[test]
    fn what_was_shown_can_be_drawn_again_in_any_order() {
        let profile = GuestProfile::default();
        let mut shown = Vec::new();
        Deck::new(builtin::seed(), &profile, 7).deal(|place, case| shown.push((place, case)));
        assert!(shown.is_sorted_by_key(|(place, _)| *place));
        let mut deck = Deck::new(builtin::seed(), &profile, 7);
        for (place, case) in shown.iter().rev().step_by(13) {
            let again = deck.draw(*place).unwrap();
            assert_eq!((&again.id, again.family, again.effort), (&case.id, case.family, case.effort));
            assert_eq!(again.stimuli, case.stimuli);
        }
        assert!(deck.draw(Place { group: u32::MAX, variant: 0 }).is_none());
        assert!(deck.draw(Place { group: 0, variant: u32::MAX }).is_none());
    }
}
