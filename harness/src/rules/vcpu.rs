//! Chapter `vcpu`: the processors of the guest.

use crate::model::units::{PROCESSORS, Wish};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::units::{self, Kind};
use super::words::{fail, pass_if};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[
    &ONCE,
    &CAN_OFFLINE_TOLD,
    &SOME_ONLINE,
    &SET_COUNT,
    &IMPOSSIBLE,
    &EFFECT,
    &MAXIMAL,
    &CAN_OFFLINE_IGNORED,
];

const KIND: Kind = Kind { words: PROCESSORS, of: |turn| turn.model.map(|model| &model.processors) };

static ONCE: Rule = Rule {
    code: "vcpu/once",
    class: Class::Violation,
    title: "Each processor is listed once",
    clauses: &["schema.guest-get-vcpus.once", "schema.GuestLogicalProcessor.logical-id"],
    evidence: Evidence::Success,
    explanation: "guest-get-vcpus is asked. The reply conforms if no `logical-id` occurs twice in it. The order is free.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_get(turn), judge: |turn, _| units::once(&KIND, turn) },
};

static CAN_OFFLINE_TOLD: Rule = Rule {
    code: "vcpu/can-offline-told",
    class: Class::Violation,
    title: "Each processor that is listed says whether it can be taken out of use",
    clauses: &["schema.GuestLogicalProcessor.can-offline-output", "client.can-offline-present"],
    evidence: Evidence::Success,
    explanation: "guest-get-vcpus is asked. The reply conforms if every element has `can-offline`. The schema's type \
        calls the member optional because requests may leave it out; replies may not.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| KIND.is_get(turn),
        judge: |turn, _| units::tells_can_offline(turn),
    },
};

static SOME_ONLINE: Rule = Rule {
    code: "vcpu/some-online",
    class: Class::Violation,
    title: "Of the processors that are listed, one at least is in use",
    clauses: &["schema.GuestLogicalProcessor.online"],
    evidence: Evidence::Success,
    explanation: "guest-get-vcpus is asked. A list that is not empty conforms if `online` is true for one of its \
        elements: something must have executed the request.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_get(turn), judge: some_online },
};

fn some_online(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(list) = turn.success().and_then(Json::as_array).filter(|list| !list.is_empty()) else {
        return Outcome::Silent;
    };
    let online = |entry: &Json<'_>| entry.member("online").and_then(Json::as_bool) != Some(false);
    pass_if(list.iter().any(online), || fail("none", "a processor that is online", "all of them offline"))
}

static SET_COUNT: Rule = Rule {
    code: "vcpu/set-count",
    class: Class::Violation,
    title: "guest-set-vcpus returns how many elements of its list were carried out",
    clauses: &[
        "schema.guest-set-vcpus.count",
        "schema.guest-set-vcpus.empty",
        "schema.guest-set-vcpus.first-fails",
        "schema.guest-set-vcpus.partial",
        "schema.guest-set-vcpus.length",
    ],
    evidence: Evidence::Success,
    explanation: "Lists of processors are set, the empty one among them. A number that is returned conforms if it is not \
        negative, not above the length of the list, and 0 for the empty list only: if the first element fails, the \
        reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_set(turn), judge: set_count },
};

fn set_count(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let count = turn.success().and_then(Json::as_i64);
    let (Some(wishes), Some(count)) = (KIND.wishes(turn), count) else { return Outcome::Silent };
    let length = wishes.len();
    let expected = match length {
        0 => "0".to_owned(),
        _ => format!("1 to {length}, or an error"),
    };
    let bucket = match usize::try_from(count) {
        Err(_) => "negative",
        Ok(count) if count > length => "beyond",
        Ok(0) if length > 0 => "zero",
        Ok(_) => return Outcome::Pass,
    };
    fail(bucket, expected, count.to_string())
}

static IMPOSSIBLE: Rule = Rule {
    code: "vcpu/impossible",
    class: Class::Violation,
    title: "A processor that is not there, or cannot be taken out of use, is not switched",
    clauses: &[
        "schema.guest-set-vcpus.in-order",
        "schema.guest-set-vcpus.first-fails",
        "schema.guest-set-vcpus.partial",
        "schema.GuestLogicalProcessor.can-offline-meaning",
    ],
    evidence: Evidence::Error,
    explanation: "Lists are set that contain numbers which no processor has, or that take a processor out of use whose \
        `can-offline` is false. They conform if the reply is an error, or a number that does not count such an \
        element.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| KIND.wishes(turn).is_some_and(|wishes| !wishes.is_empty()),
        judge: |turn, _| units::impossible(&KIND, turn),
    },
};

static EFFECT: Rule = Rule {
    code: "vcpu/effect",
    class: Class::Violation,
    title: "guest-get-vcpus shows what guest-set-vcpus has done, and nothing else",
    clauses: &[
        "schema.guest-set-vcpus.sets",
        "schema.guest-set-vcpus.subset",
        "schema.guest-set-vcpus.repeats",
        "schema.guest-set-vcpus.partial",
        "schema.guest-set-vcpus.first-fails",
        "schema.guest-set-vcpus.empty",
        "schema.GuestLogicalProcessor.online",
        "schema.guest-get-vcpus.read-only",
    ],
    evidence: Evidence::Success,
    explanation: "Processors are listed, set and listed again. The second list conforms if the processors that were \
        carried out are in the state of the last element that names them, and all others as they were; so are all of \
        them after an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(PROCESSORS.set),
    scope: Scope::Turn {
        concerns: |turn| KIND.shows_effect(turn),
        judge: |turn, _| units::effect(&KIND, turn),
    },
};

static MAXIMAL: Rule = Rule {
    code: "vcpu/maximal",
    class: Class::Violation,
    title: "guest-set-vcpus goes on as long as elements can be carried out",
    clauses: &["schema.guest-set-vcpus.maximal", "schema.guest-set-vcpus.partial"],
    evidence: Evidence::AnyReply,
    explanation: "Where a list was carried out in part, the rest of it is sent again. That conforms if the reply is an \
        error, as it must be if the first element of the rest was what could not be done. An element that asks for \
        the state in which its processor is already, and succeeds now, could have been carried out before. What does \
        change a processor may succeed later and is not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_retry, judge: maximal },
};

/// Whether the list begins with the element at which the last attempt stopped.
fn is_retry(turn: &Turn<'_>) -> bool {
    stopped_at(turn)
        .is_some_and(|stopped| KIND.wishes(turn).is_some_and(|wishes| wishes.first() == Some(&stopped)))
}

fn stopped_at(turn: &Turn<'_>) -> Option<Wish> {
    use crate::model::units::Done;
    let attempt = turn.model?.processors.attempt()?;
    let done = attempt.done.as_ref()?;
    let stopped = done.iter().position(|done| *done != Done::Yes).filter(|at| *at > 0)?;
    attempt.wishes.get(stopped).copied()
}

fn maximal(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(stopped) = stopped_at(turn) else { return Outcome::Silent };
    if turn.error().is_some() {
        return if turn.is_unsupported() { Outcome::Silent } else { Outcome::Pass };
    }
    let carried_out = turn.success().and_then(Json::as_i64).is_some_and(|count| count > 0);
    let unit = turn.model.and_then(|model| model.processors.unit(stopped.number));
    let was_so = unit.is_some_and(|unit| unit.online == Some(stopped.online));
    if carried_out && was_so {
        let number = stopped.number;
        return fail(
            "stopped-early",
            format!("processor {number} carried out at once"),
            "success the second time",
        );
    }
    Outcome::Silent
}

static CAN_OFFLINE_IGNORED: Rule = Rule {
    code: "vcpu/can-offline-ignored",
    class: Class::Violation,
    title: "`can-offline` means nothing in guest-set-vcpus",
    clauses: &["schema.GuestLogicalProcessor.can-offline-input"],
    evidence: Evidence::AnyReply,
    explanation: "The same list is set with `can-offline`, true and false, and without it. That conforms if the reply is \
        the same each time, and if guest-get-vcpus says afterwards what it said before.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(PROCESSORS.set),
    scope: Scope::Turn {
        concerns: |turn| KIND.shows_ignorance(turn),
        judge: |turn, _| units::can_offline_ignored(&KIND, turn),
    },
};

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call};

    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    /// Processors 0, which cannot be taken out of use, and 1, which can.
    fn get(online: [bool; 2]) -> Step {
        listed(&[(0, online[0], Some(false)), (1, online[1], Some(true))])
    }

    fn listed(units: &[(i64, bool, Option<bool>)]) -> Step {
        let entries: Vec<String> = units.iter().map(entry).collect();
        call("guest-get-vcpus", "{}", &format!("{{\"return\":[{}]}}", entries.join(",")))
    }

    fn entry((number, online, can_offline): &(i64, bool, Option<bool>)) -> String {
        let can_offline = can_offline.map_or(String::new(), |can| format!(",\"can-offline\":{can}"));
        format!("{{\"logical-id\":{number},\"online\":{online}{can_offline}}}")
    }

    fn set(units: &[(i64, bool)], reply: &str) -> Step {
        let units: Vec<_> = units.iter().map(|(number, online)| (*number, *online, None)).collect();
        set_saying(&units, reply)
    }

    fn set_saying(units: &[(i64, bool, Option<bool>)], reply: &str) -> Step {
        let entries: Vec<String> = units.iter().map(entry).collect();
        call("guest-set-vcpus", &format!("{{\"vcpus\":[{}]}}", entries.join(",")), reply)
    }

    fn count(count: i64) -> String {
        format!("{{\"return\":{count}}}")
    }

    #[test]
    fn processors_are_listed_once_with_all_that_is_to_tell() {
        Witness::of([get([true, true])]).accepts("vcpu/once");
        Witness::of([listed(&[(1, true, Some(true)), (1, true, Some(true))])])
            .rejects("vcpu/once", "repeated");
        Witness::of([get([true, true])]).accepts("vcpu/can-offline-told");
        Witness::of([listed(&[(0, true, None)])]).rejects("vcpu/can-offline-told", "missing");
        Witness::of([get([false, true])]).accepts("vcpu/some-online");
        Witness::of([get([false, false])]).rejects("vcpu/some-online", "none");
        Witness::of([listed(&[])]).silences("vcpu/some-online");
    }

    #[test]
    fn what_was_carried_out_is_counted() {
        Witness::of([set(&[], &count(0))]).accepts("vcpu/set-count");
        Witness::of([set(&[(0, true), (1, true)], &count(1))]).accepts("vcpu/set-count");
        Witness::of([set(&[(0, true)], &count(2))]).rejects("vcpu/set-count", "beyond");
        Witness::of([set(&[(0, true)], &count(0))]).rejects("vcpu/set-count", "zero");
        Witness::of([set(&[(0, true)], &count(-1))]).rejects("vcpu/set-count", "negative");
        Witness::of([set(&[(0, true)], ERROR)]).silences("vcpu/set-count");
    }

    #[test]
    fn the_impossible_is_not_done() {
        let then = |step| Witness::of([get([true, true]), step]);
        then(set(&[(7, true)], ERROR)).accepts("vcpu/impossible");
        then(set(&[(1, true), (7, true)], &count(1))).accepts("vcpu/impossible");
        then(set(&[(1, true), (7, true)], &count(2))).rejects("vcpu/impossible", "unknown");
        then(set(&[(0, false)], &count(1))).rejects("vcpu/impossible", "cannot-offline");
        then(set(&[(1, false)], &count(1))).silences("vcpu/impossible");
        Witness::of([set(&[(-1, true)], &count(1))]).rejects("vcpu/impossible", "unknown");
        Witness::of([set(&[(7, true)], &count(1))]).silences("vcpu/impossible");
    }

    #[test]
    fn a_list_shows_what_was_done() {
        let after = |step, online| Witness::of([get([true, true]), step, get(online)]);
        after(set(&[(1, false)], &count(1)), [true, false]).accepts("vcpu/effect");
        after(set(&[(1, false)], &count(1)), [true, true]).rejects("vcpu/effect", "not-set");
        after(set(&[(1, false), (1, true)], &count(2)), [true, true]).accepts("vcpu/effect");
        after(set(&[(1, false), (1, true)], &count(2)), [true, false]).rejects("vcpu/effect", "not-set");
        after(set(&[(1, false)], ERROR), [true, true]).accepts("vcpu/effect");
        after(set(&[(1, false)], ERROR), [true, false]).rejects("vcpu/effect", "changed-by-error");
        after(set(&[], &count(0)), [true, false]).rejects("vcpu/effect", "another-changed");
        after(set(&[(0, true), (1, false)], &count(1)), [true, false])
            .rejects("vcpu/effect", "failed-and-changed");
        Witness::of([get([true, true]), get([true, false])]).silences("vcpu/effect");
    }

    #[test]
    fn the_part_that_is_carried_out_is_as_long_as_can_be() {
        let partly = || [get([true, true]), set(&[(0, true), (1, true)], &count(1))];
        let then = |step| Witness::of(partly().into_iter().chain([step]));
        then(set(&[(1, true)], ERROR)).accepts("vcpu/maximal");
        then(set(&[(1, true)], &count(1))).rejects("vcpu/maximal", "stopped-early");
        then(set(&[(0, true)], &count(1))).silences("vcpu/maximal");
        let changing =
            [get([true, false]), set(&[(0, true), (1, true)], &count(1)), set(&[(1, true)], &count(1))];
        Witness::of(changing).silences("vcpu/maximal");
    }

    #[test]
    fn can_offline_is_ignored() {
        let plain = || set(&[(1, true)], &count(1));
        let then = |step| Witness::of([get([true, true]), plain(), step]);
        then(set_saying(&[(1, true, Some(false))], &count(1))).accepts("vcpu/can-offline-ignored");
        then(set_saying(&[(1, true, Some(false))], ERROR)).rejects("vcpu/can-offline-ignored", "heeded");
        let stored = [
            get([true, true]),
            set_saying(&[(1, true, Some(false))], &count(1)),
            listed(&[(0, true, Some(false)), (1, true, Some(false))]),
        ];
        Witness::of(stored).rejects("vcpu/can-offline-ignored", "stored");
        let changing =
            [get([true, true]), set(&[(1, false)], &count(1)), set_saying(&[(1, false, Some(false))], ERROR)];
        Witness::of(changing).silences("vcpu/can-offline-ignored");
    }
}
