//! The whole list of cases.

use std::collections::HashSet;
use std::iter::once;

use crate::schema::Schema;

use super::variant::{Ground, Variants};
use super::{Case, Family, GuestProfile, framing, malform, recovery, requests, sessions, silent};

/// All cases for a schema, in the order of danger. The same arguments give the same cases, byte for byte, and
/// each case depends on nothing but its own ID and the command that it is about.
pub fn cases(schema: &Schema, profile: &GuestProfile, seed: u64) -> Vec<Case> {
    let ground = Ground { schema, profile };
    let mut cases = Vec::new();
    // A name that occurs twice is an error of the schema, and must not become two cases of one name.
    let mut known = HashSet::new();
    for (family, variants) in sources() {
        for command in once(None).chain(schema.commands().iter().map(Some)) {
            for variant in variants(ground, command) {
                let case = variant.draw(family, command, seed);
                cases.extend(case.filter(|case| known.insert(case.id.clone())));
            }
        }
    }
    cases.sort_by_key(|case| case.family);
    cases
}

fn sources() -> impl Iterator<Item = (Family, Variants)> {
    let valid: [(Family, Variants); 5] = [
        (Family::Valid, requests::variants),
        (Family::Session, sessions::files::variants),
        (Family::Framing, framing::variants),
        (Family::Recovery, recovery::variants),
        (Family::Power, silent::variants),
    ];
    valid.into_iter().chain(malform::WAYS)
}
