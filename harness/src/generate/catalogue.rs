//! The catalogue: every case there can be, thought of once and drawn as often as wanted.

use std::iter::once;
use std::sync::Arc;

use crate::schema::{Command, Schema};

use super::entropy::{Entropy, digest};
use super::plan::sources;
use super::variant::{Ground, Variant};
use super::{Case, Effort, Family, GuestProfile, Stimulus};

/// One case, chosen and drawn by these bytes alone: what a fuzzer uses. Its ID says what it is like, but to have it
/// again one needs the bytes. There is none if what the bytes choose does not exist for the schema.
pub fn drawn(schema: &Schema, profile: &GuestProfile, bytes: &[u8]) -> Option<Case> {
    let mut entropy = Entropy::new(bytes);
    let sources: Vec<_> = sources().collect();
    let (family, variants) = *entropy.pick(&sources)?;
    let commands: Vec<Option<&Command>> = once(None).chain(schema.commands().iter().map(Some)).collect();
    let command = *entropy.pick(&commands)?;
    let mut variants = variants(Ground { schema, profile }, command);
    let choice = entropy.index(variants.len())?;
    variants.swap_remove(choice).draw_from(family, command, &mut entropy)
}

/// All variants of a schema, by source and command.
pub(super) struct Catalogue<'a> {
    sources: Vec<Vec<Vec<Entry<'a>>>>,
}

/// One variant, with what does not depend on chance.
struct Entry<'a> {
    label: Arc<str>,
    slug: String,
    variant: Variant<'a>,
}

impl<'a> Catalogue<'a> {
    /// Everything but stress that `keep` wants to have. It is asked about each case as it is without choices.
    pub(super) fn new(ground: Ground<'a>, keep: &dyn Fn(&Case) -> bool) -> Self {
        let commands = || once(None).chain(ground.schema.commands().iter().map(Some));
        let about = |family: Family,
                     command: Option<&Command>,
                     variants: Vec<Variant<'a>>|
         -> Vec<Entry<'a>> {
            variants.into_iter().filter_map(|variant| Entry::new(family, command, variant, keep)).collect()
        };
        let mut sources: Vec<Vec<Vec<Entry<'a>>>> = sources()
            .map(|(family, variants)| {
                commands().map(|command| about(family, command, variants(ground, command))).collect()
            })
            .collect();
        for source in &mut sources {
            source.retain(|entries: &Vec<_>| !entries.is_empty());
        }
        sources.retain(|source| !source.is_empty());
        Self { sources }
    }

    /// What a case of any kind sends, and how it is called; each kind as often as any other, and within a kind each
    /// command.
    pub(super) fn draw(&self, entropy: &mut Entropy<'_>) -> Option<(Arc<str>, Vec<Stimulus>)> {
        let source = entropy.pick(&self.sources)?;
        let entries = entropy.pick(source)?;
        let entry = entropy.pick(entries)?;
        let stimuli = entry.variant.stimuli(&entry.slug, entropy)?;
        Some((Arc::clone(&entry.label), stimuli))
    }
}

impl<'a> Entry<'a> {
    fn new(
        family: Family,
        command: Option<&Command>,
        variant: Variant<'a>,
        keep: &dyn Fn(&Case) -> bool,
    ) -> Option<Self> {
        let case = variant.draw_from(family, command, &mut Entropy::new(&[]))?;
        let is_kept = case.effort < Effort::Stress && keep(&case);
        let slug = format!("{:016x}", digest(case.id.0.as_bytes()));
        is_kept.then(|| Self { label: Arc::from(case.id.0), slug, variant })
    }
}
