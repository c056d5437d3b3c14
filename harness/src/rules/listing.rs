//! What rules about lists have in common: every element is looked at, and elements are told apart.
//!
//! Such a rule speaks about every successful reply. An empty list has nothing in it that could be wrong, and
//! passes.

use std::collections::HashSet;

use crate::text::Json;

use super::Outcome;
use super::scene::Turn;
use super::words::{fail, quoted};

/// Passes if nothing is wrong with any element of the list that came back.
pub(super) fn each<'t>(turn: &Turn<'t>, wrong: impl FnMut(&'t Json<'t>) -> Option<Outcome>) -> Outcome {
    match elements(turn) {
        Some(elements) => elements.iter().find_map(wrong).unwrap_or(Outcome::Pass),
        None => Outcome::Silent,
    }
}

/// Passes if no two elements of the list have the same string for this member.
pub(super) fn distinct(turn: &Turn<'_>, member: &str) -> Outcome {
    let mut seen = HashSet::new();
    each(turn, |element| {
        let text = element.member(member)?.as_str()?;
        let is_new = seen.insert(text.clone());
        let failure =
            || fail("repeated", format!("each `{member}` once"), format!("{} twice", quoted(&text)));
        (!is_new).then(failure)
    })
}

/// The elements of the list that came back.
pub(super) fn elements<'t>(turn: &Turn<'t>) -> Option<&'t [Json<'t>]> {
    turn.success()?.as_array()
}
