//! Random conversations, for fuzzing: several speakers on one connection, each with whims of its own.
//!
//! A script is written before anything is sent, from bytes alone. What only the run can know (handles, processes,
//! times) stands in it as a symbol, so that a script can be played again on a fresh agent, cut down, and played once
//! more. Each script uses a random part of what there is (`shape`, `twist`): conversations that stay with a few
//! things go deeper into them than those that do everything a little.

mod channel;
mod files;
mod guest;
mod odd;
mod programs;
mod shape;
mod speaker;
mod twist;
mod wild;

use std::fmt;
use std::sync::Arc;

use crate::schema::Schema;

use super::catalogue::Catalogue;
use super::entropy::Entropy;
use super::variant::Ground;
use super::{Case, GuestProfile, Stimulus};

use shape::{Company, Shape};
use speaker::Speaker;

/// Steps of one script.
const STEPS_MAX: usize = 600;
/// Speakers of one script.
const SPEAKERS_MAX: usize = 8;

/// What a fuzzer does with an agent, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whose step it is. Symbols are known to their speaker alone.
    pub speaker: u8,
    /// What kind of step it is: the ID of the case that it was taken from, or the shape that thought of it.
    pub label: Arc<str>,
    /// What is done.
    pub action: Action,
}

/// What is done in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// This is sent.
    Say(Stimulus),
    /// The client leaves and comes again.
    Leave {
        /// What it sends before it leaves, often not to its end.
        last_words: Vec<u8>,
    },
}

/// How far scripts may go. What may really be sent is decided elsewhere, from the bytes; this only keeps scripts from
/// being full of what would be held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Daring {
    /// They only ask.
    Asks,
    /// They make files in the scratch folder and start harmless programs.
    Makes,
    /// They set what the guest is, in ways that can be taken back.
    Sets,
    /// They do anything.
    Anything,
}

/// Writes scripts.
pub struct Author<'a> {
    ground: Ground<'a>,
    catalogue: Catalogue<'a>,
    daring: Daring,
    labels: Labels,
}

impl fmt::Debug for Author<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Author").field("daring", &self.daring).finish_non_exhaustive()
    }
}

impl<'a> Author<'a> {
    /// One who knows this schema and this guest. Of the cases that runs are made of those are used that `keep` wants;
    /// it is asked once about each.
    pub fn new(
        schema: &'a Schema,
        profile: &'a GuestProfile,
        daring: Daring,
        keep: &dyn Fn(&Case) -> bool,
    ) -> Self {
        let ground = Ground { schema, profile };
        Self { ground, catalogue: Catalogue::new(ground, keep), daring, labels: Labels::new() }
    }

    /// The script that these bytes make. More bytes make a longer one, none make an empty one.
    pub fn script(&self, bytes: &[u8]) -> Script {
        let mut entropy = Entropy::new(bytes);
        let company = Company::draw(self, &mut entropy);
        let mut cast: Vec<Speaker> = (0..company.speakers())
            .map(|number| Speaker::new(number as u8, company, self, &mut entropy))
            .collect();
        let mut steps = Vec::new();
        // Not every turn takes bytes, nor makes a step.
        for _ in 0..STEPS_MAX {
            if steps.len() >= STEPS_MAX || entropy.is_exhausted() {
                break;
            }
            let Some(speaker) = entropy.index(cast.len()).and_then(|at| cast.get_mut(at)) else { break };
            speaker.speak(self, &mut entropy, &mut steps);
        }
        steps.truncate(STEPS_MAX);
        if !steps.is_empty() {
            for speaker in &mut cast {
                speaker.take_leave(self, &mut steps);
            }
        }
        Script { steps }
    }
}

/// The labels of steps that no case stands behind, so that steps share them.
#[derive(Debug)]
struct Labels(Vec<(Shape, Arc<str>)>);

impl Labels {
    fn new() -> Self {
        Self(Shape::ALL.map(|shape| (shape, Arc::from(shape.name()))).to_vec())
    }

    fn of(&self, shape: Shape) -> Arc<str> {
        let known = self.0.iter().find(|(known, _)| *known == shape);
        known.map_or_else(|| Arc::from(shape.name()), |(_, label)| Arc::clone(label))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::{Rng, SeedableRng};

    use crate::generate::Part;
    use crate::schema::builtin;

    use super::*;

    fn profile() -> GuestProfile {
        GuestProfile {
            scratch: Some("/tmp/scratch".to_owned()),
            programs: ["cat", "echo", "env", "false", "sh", "sleep", "true"].map(str::to_owned).to_vec(),
            user: Some("somebody".to_owned()),
            ..GuestProfile::default()
        }
    }

    fn random_bytes(seed: u64) -> Vec<u8> {
        let mut bytes = vec![0; 1500];
        ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
        bytes
    }

    fn texts(script: &Script) -> Vec<String> {
        let mut texts = Vec::new();
        for step in &script.steps {
            let Action::Say(stimulus) = &step.action else { continue };
            let mut text = Vec::new();
            for part in stimulus.writes.iter().flatten() {
                match part {
                    Part::Bytes(bytes) => text.extend_from_slice(bytes),
                    Part::Hole(symbol) => text.extend_from_slice(symbol.stand_in().as_bytes()),
                }
            }
            texts.push(String::from_utf8_lossy(&text).into_owned());
        }
        texts
    }

    #[test]
    fn bytes_alone_make_a_script() {
        let profile = profile();
        let author = Author::new(builtin::seed(), &profile, Daring::Anything, &|_| true);
        assert_eq!(author.script(&[]), Script::default());
        assert_eq!(author.script(&random_bytes(1)), author.script(&random_bytes(1)));
        assert_ne!(author.script(&random_bytes(1)), author.script(&random_bytes(2)));
    }

    #[test]
    fn scripts_come_to_everything() {
        let profile = profile();
        let author = Author::new(builtin::seed(), &profile, Daring::Anything, &|_| true);
        let mut missing: BTreeSet<&str> =
            builtin::seed().commands().iter().map(|command| command.name.as_str()).collect();
        let (mut labels, mut leaves, mut speakers) = (BTreeSet::new(), 0, BTreeSet::new());
        for seed in 0..200 {
            let script = author.script(&random_bytes(seed));
            for text in texts(&script) {
                missing.retain(|name| !text.contains(name));
            }
            for step in &script.steps {
                labels.insert(Arc::clone(&step.label));
                leaves += usize::from(matches!(step.action, Action::Leave { .. }));
                speakers.insert(step.speaker);
            }
        }
        assert!(missing.is_empty(), "never sent: {missing:?}");
        let absent: Vec<_> = Shape::ALL.into_iter().filter(|shape| *shape != Shape::Catalogue).collect();
        let absent: Vec<_> = absent.into_iter().filter(|shape| !labels.contains(shape.name())).collect();
        assert!(absent.is_empty(), "never thought of: {absent:?}");
        assert!(labels.len() > 500 && leaves > 10 && speakers.len() == SPEAKERS_MAX, "{}", labels.len());
    }

    #[test]
    fn who_only_asks_makes_nothing() {
        let profile = profile();
        let author = Author::new(builtin::seed(), &profile, Daring::Asks, &|_| false);
        for seed in 0..100 {
            for text in texts(&author.script(&random_bytes(seed))) {
                let makes =
                    ["guest-exec", "guest-file-open", "guest-set", "guest-shutdown", "guest-fsfreeze-f"];
                assert!(makes.iter().all(|name| !text.contains(name)), "{text}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn any_bytes_make_a_bounded_script(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let profile = profile();
            let author = Author::new(builtin::seed(), &profile, Daring::Anything, &|_| false);
            let script = author.script(&bytes);
            prop_assert!(script.steps.len() <= STEPS_MAX + 300);
        }
    }
}
