//! What the chapters `vcpu` and `memory` have in common: units that are listed, and switched by a list.

use std::collections::BTreeSet;

use crate::model::units::{Attempt, Done, Unit, Units, Wish, Words, wishes};
use crate::text::Json;

use super::Outcome;
use super::scene::Turn;
use super::words::{fail, pass_if};

/// No guest has so many units of any kind that one has this number.
const BEYOND: i128 = 1 << 52;

/// One kind of unit as rules see it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// The words of its commands.
    pub(super) words: Words,
    /// What is known about all units of the kind.
    pub(super) of: for<'t> fn(&Turn<'t>) -> Option<&'t Units>,
}

impl Kind {
    pub(super) fn is_get(&self, turn: &Turn<'_>) -> bool {
        turn.is_valid() && turn.command_name() == Some(self.words.get)
    }

    pub(super) fn is_set(&self, turn: &Turn<'_>) -> bool {
        turn.is_valid() && turn.command_name() == Some(self.words.set)
    }

    /// The elements of a request that changes units.
    pub(super) fn wishes(&self, turn: &Turn<'_>) -> Option<Vec<Wish>> {
        wishes(turn.message.arguments()?, &self.words).filter(|_| self.is_set(turn))
    }

    /// What became of each element; `None` if the reply does not tell.
    fn done(&self, turn: &Turn<'_>, wishes: &[Wish]) -> Option<Vec<Done>> {
        (self.words.carried_out)(wishes, turn.success()?)
    }

    fn attempt<'t>(&self, turn: &Turn<'t>) -> Option<&'t Attempt> {
        (self.of)(turn)?.attempt()
    }

    /// Whether a request would say something about what was known before, or shows it.
    pub(super) fn shows_effect(&self, turn: &Turn<'_>) -> bool {
        self.is_set(turn) || (self.is_get(turn) && self.attempt(turn).is_some())
    }

    /// Whether the request has, or the one before it had, the member that means nothing in it.
    pub(super) fn shows_ignorance(&self, turn: &Turn<'_>) -> bool {
        let mentions = |wishes: &[Wish]| wishes.iter().any(|wish| wish.can_offline.is_some());
        self.wishes(turn).is_some_and(|wishes| mentions(&wishes))
            || (self.is_get(turn) && self.attempt(turn).is_some_and(|attempt| mentions(&attempt.wishes)))
    }
}

/// Each unit is listed once.
pub(super) fn once(kind: &Kind, turn: &Turn<'_>) -> Outcome {
    let Some(list) = turn.success().and_then(Json::as_array) else { return Outcome::Silent };
    let mut seen = BTreeSet::new();
    let mut numbers = list.iter().filter_map(|unit| unit.member(kind.words.number)?.as_number()?.as_i128());
    match numbers.find(|number| !seen.insert(*number)) {
        None => Outcome::Pass,
        Some(number) => fail("repeated", "each number once", format!("{number} more than once")),
    }
}

/// Each unit of a list says whether it can be taken out of use.
pub(super) fn tells_can_offline(turn: &Turn<'_>) -> Outcome {
    let Some(list) = turn.success().and_then(Json::as_array).filter(|list| !list.is_empty()) else {
        return Outcome::Silent;
    };
    pass_if(list.iter().all(|unit| unit.member("can-offline").is_some()), || {
        fail("missing", "`can-offline` in each element", "an element without it")
    })
}

/// What cannot be done is not reported as done.
pub(super) fn impossible(kind: &Kind, turn: &Turn<'_>) -> Outcome {
    let (Some(units), Some(wishes)) = ((kind.of)(turn), kind.wishes(turn)) else { return Outcome::Silent };
    let mut online: Vec<(i128, bool)> = Vec::new();
    let mut verdicts = wishes.iter().map(|wish| {
        let known = units.unit(wish.number);
        let before =
            online.iter().rev().find(|(number, _)| *number == wish.number).map(|(_, online)| *online);
        online.push((wish.number, wish.online));
        why_impossible(units, wish, known, before)
    });
    let impossible: Vec<Option<&str>> = verdicts.by_ref().collect();
    let done = kind.done(turn, &wishes);
    let wrong = impossible
        .iter()
        .zip(done.iter().flatten())
        .position(|(why, done)| why.is_some() && *done == Done::Yes);
    match wrong {
        Some(at) => {
            let number = wishes[at].number;
            fail(impossible[at].unwrap_or_default(), "a failure", format!("success for {number}"))
        }
        None if impossible.iter().all(Option::is_none) => Outcome::Silent,
        None if done.is_some() || (turn.error().is_some() && !turn.is_unsupported()) => Outcome::Pass,
        None => Outcome::Silent,
    }
}

/// Why this element cannot be carried out, if it cannot. `before` is what an element before it asked for.
fn why_impossible(
    units: &Units,
    wish: &Wish,
    known: Option<Unit>,
    before: Option<bool>,
) -> Option<&'static str> {
    if !(0..BEYOND).contains(&wish.number) || units.lacks(wish.number) {
        return Some("unknown");
    }
    let Unit { online, can_offline } = known?;
    let is_online = before.is_none().then_some(online)?;
    (is_online == Some(true) && !wish.online && can_offline == Some(false)).then_some("cannot-offline")
}

/// A list shows what the last change did.
pub(super) fn effect(kind: &Kind, turn: &Turn<'_>) -> Outcome {
    let (Some(units), Some(attempt), true) = ((kind.of)(turn), kind.attempt(turn), kind.is_get(turn)) else {
        return Outcome::Silent;
    };
    let Some(list) = turn.success().and_then(Json::as_array) else { return Outcome::Silent };
    let mut compared = false;
    for entry in list {
        let number =
            entry.member(kind.words.number).and_then(Json::as_number).and_then(|number| number.as_i128());
        let told = entry.member("online").and_then(Json::as_bool);
        let (Some(number), Some(told)) = (number, told) else { continue };
        let Some(expected) = units.unit(number).and_then(|unit| unit.online) else { continue };
        compared = true;
        if told != expected {
            let state = |online| if online { "online" } else { "offline" };
            let got = format!("{number} {}", state(told));
            return fail(moment(attempt, number), format!("{number} {}", state(expected)), got);
        }
    }
    if compared { Outcome::Pass } else { Outcome::Silent }
}

/// What was done before a unit turned out to be in the wrong state.
fn moment(attempt: &Attempt, number: i128) -> &'static str {
    let Some(done) = &attempt.done else { return "changed-by-error" };
    let mut of_unit = attempt.wishes.iter().zip(done).filter(|(wish, _)| wish.number == number).peekable();
    if of_unit.peek().is_none() {
        "another-changed"
    } else if of_unit.any(|(_, done)| *done == Done::Yes) {
        "not-set"
    } else {
        "failed-and-changed"
    }
}

/// The member `can-offline` means nothing in a request.
pub(super) fn can_offline_ignored(kind: &Kind, turn: &Turn<'_>) -> Outcome {
    let Some(attempt) = kind.attempt(turn) else { return Outcome::Silent };
    if kind.is_get(turn) {
        return can_offline_stored(kind, turn, attempt);
    }
    let Some(wishes) = kind.wishes(turn).filter(|_| attempt.is_idle) else { return Outcome::Silent };
    let plain = |wishes: &[Wish]| -> Vec<(i128, bool)> {
        wishes.iter().map(|wish| (wish.number, wish.online)).collect()
    };
    if plain(&wishes) != plain(&attempt.wishes) || wishes == attempt.wishes || turn.is_unsupported() {
        return Outcome::Silent;
    }
    let done = kind.done(turn, &wishes);
    if done.is_none() && turn.error().is_none() {
        return Outcome::Silent;
    }
    let word = |done: &Option<Vec<Done>>| match done {
        Some(done) => {
            format!("{} elements carried out", done.iter().filter(|done| **done == Done::Yes).count())
        }
        None => "an error".to_owned(),
    };
    pass_if(done == attempt.done, || {
        fail("heeded", format!("{}, as without `can-offline`", word(&attempt.done)), word(&done))
    })
}

/// Whether a list shows what a request said of `can-offline`, and not what was true before.
fn can_offline_stored(kind: &Kind, turn: &Turn<'_>, attempt: &Attempt) -> Outcome {
    let (Some(units), Some(list), true) =
        ((kind.of)(turn), turn.success().and_then(Json::as_array), attempt.is_idle)
    else {
        return Outcome::Silent;
    };
    let said = |number: i128| attempt.wishes.iter().rev().find(|wish| wish.number == number)?.can_offline;
    for entry in list {
        let number =
            entry.member(kind.words.number).and_then(Json::as_number).and_then(|number| number.as_i128());
        let told = entry.member("can-offline").and_then(Json::as_bool);
        let (Some(number), Some(told)) = (number, told) else { continue };
        let before = units.unit(number).and_then(|unit| unit.can_offline);
        if before == Some(!told) && said(number) == Some(told) {
            return fail(
                "stored",
                format!("`can-offline` {} for {number}, as before", !told),
                told.to_string(),
            );
        }
    }
    Outcome::Pass
}
