//! Chapter `memory`: the memory blocks of the guest.

use crate::model::units::MEMORY_BLOCKS;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::units::{self, Kind};
use super::words::{fail, pass_if};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[
    &ONCE,
    &CAN_OFFLINE_TOLD,
    &SIZE,
    &RESULTS,
    &ERROR_CODE,
    &NOT_FOUND,
    &IMPOSSIBLE,
    &EFFECT,
    &CAN_OFFLINE_IGNORED,
];

const KIND: Kind = Kind { words: MEMORY_BLOCKS, of: |turn| turn.model.map(|model| &model.memory) };

static ONCE: Rule = Rule {
    code: "memory/once",
    class: Class::Violation,
    title: "Each memory block is listed once",
    clauses: &["schema.guest-get-memory-blocks.once", "schema.GuestMemoryBlock.phys-index"],
    evidence: Evidence::Success,
    explanation: "guest-get-memory-blocks is asked. The reply conforms if no `phys-index` occurs twice in it. The order \
        is free, and a guest that cannot switch its memory may have none.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_get(turn), judge: |turn, _| units::once(&KIND, turn) },
};

static CAN_OFFLINE_TOLD: Rule = Rule {
    code: "memory/can-offline-told",
    class: Class::Violation,
    title: "Each memory block that is listed says whether it can be taken out of use",
    clauses: &["schema.GuestMemoryBlock.can-offline-output", "client.can-offline-present"],
    evidence: Evidence::Success,
    explanation: "guest-get-memory-blocks is asked. The reply conforms if every element has `can-offline`. The schema's \
        type calls the member optional because requests may leave it out; replies may not.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_get(turn), judge: told_if_any },
};

/// A guest without memory blocks is right.
fn told_if_any(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    match turn.success().and_then(Json::as_array) {
        Some([]) => Outcome::Pass,
        _ => units::tells_can_offline(turn),
    }
}

static SIZE: Rule = Rule {
    code: "memory/size",
    class: Class::Violation,
    title: "A memory block has a size",
    clauses: &["schema.GuestMemoryBlockInfo.size", "schema.guest-get-memory-block-info.size"],
    evidence: Evidence::Success,
    explanation: "guest-get-memory-block-info is asked. The reply conforms if `size` is above 0.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.is_valid() && turn.command_name() == Some("guest-get-memory-block-info"),
        judge: size,
    },
};

fn size(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(size) = turn.success().and_then(|value| value.member("size")?.as_u64()) else {
        return Outcome::Silent;
    };
    pass_if(size > 0, || fail("zero", "a number of bytes above 0", "0"))
}

static RESULTS: Rule = Rule {
    code: "memory/results",
    class: Class::Violation,
    title: "guest-set-memory-blocks returns a result for each element, in their order",
    clauses: &[
        "schema.guest-set-memory-blocks.results",
        "schema.guest-set-memory-blocks.in-order",
        "schema.guest-set-memory-blocks.length",
        "schema.guest-set-memory-blocks.repeats",
        "schema.guest-set-memory-blocks.subset",
        "schema.GuestMemoryBlockResponse.phys-index",
    ],
    evidence: Evidence::Success,
    explanation: "Lists of memory blocks are set: the empty one, with repeated and with unknown numbers. A reply conforms \
        if it has as many elements as the list, each with the number of the element in the same place. An old \
        sentence of the schema says that an empty list gives NULL; the type is a list, and so it is an empty one.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_set(turn), judge: results },
};

fn results(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let results = turn.success().and_then(Json::as_array);
    let (Some(wishes), Some(results)) = (KIND.wishes(turn), results) else { return Outcome::Silent };
    if results.len() != wishes.len() {
        return fail("length", format!("{} results", wishes.len()), format!("{} results", results.len()));
    }
    let numbers = results.iter().map(|result| result.member("phys-index")?.as_number()?.as_i128());
    let misplaced =
        wishes.iter().zip(numbers).find(|(wish, number)| number.is_some_and(|it| it != wish.number));
    match misplaced {
        None => Outcome::Pass,
        Some((wish, number)) => {
            let number = number.map_or_else(String::new, |number| number.to_string());
            fail("order", format!("a result for {}", wish.number), format!("one for {number}"))
        }
    }
}

static ERROR_CODE: Rule = Rule {
    code: "memory/error-code",
    class: Class::Violation,
    title: "A result has an error number if the operation failed, and none if it succeeded",
    clauses: &["schema.GuestMemoryBlockResponse.error-code", "schema.GuestMemoryBlockResponse.response"],
    evidence: Evidence::Success,
    explanation: "Memory blocks are set. A reply conforms if each result `operation-failed` has an `error-code`, and no \
        result `success` has one. Whether the other two results have one is left open.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_set(turn), judge: error_code },
};

fn error_code(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(results) = turn.success().and_then(Json::as_array) else { return Outcome::Silent };
    for result in results {
        let word = result.member("response").and_then(Json::as_str).unwrap_or_default();
        match (word.as_ref(), result.member("error-code").is_some()) {
            ("success", true) => return fail("with-success", "no `error-code`", "success with one"),
            ("operation-failed", false) => {
                return fail("missing", "an `error-code`", "a failure without one");
            }
            _ => {}
        }
    }
    Outcome::Pass
}

static NOT_FOUND: Rule = Rule {
    code: "memory/not-found",
    class: Class::Violation,
    title: "A block that is listed is found",
    clauses: &["schema.GuestMemoryBlockResponseType.not-found", "schema.guest-get-memory-blocks.once"],
    evidence: Evidence::Success,
    explanation: "The blocks that guest-get-memory-blocks lists are set. A reply conforms if the result for none of them \
        is `not-found`.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| KIND.is_set(turn), judge: not_found },
};

fn not_found(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(wishes), Some(results)) = (KIND.wishes(turn), turn.success().and_then(Json::as_array)) else {
        return Outcome::Silent;
    };
    let Some(memory) = turn.model.map(|model| &model.memory) else { return Outcome::Silent };
    let is_lost =
        |result: &Json<'_>| result.member("response").and_then(Json::as_str).as_deref() == Some("not-found");
    let mut listed =
        wishes.iter().zip(results).filter(|(wish, _)| memory.unit(wish.number).is_some()).peekable();
    if listed.peek().is_none() && !wishes.is_empty() {
        return Outcome::Silent;
    }
    match listed.find(|(_, result)| is_lost(result)) {
        None => Outcome::Pass,
        Some((wish, _)) => {
            fail("lost", format!("block {} found, since it is listed", wish.number), "`not-found`")
        }
    }
}

static IMPOSSIBLE: Rule = Rule {
    code: "memory/impossible",
    class: Class::Violation,
    title: "A block that is not there, or cannot be taken out of use, is not switched",
    clauses: &[
        "schema.GuestMemoryBlockResponseType.success",
        "schema.GuestMemoryBlockResponseType.not-found",
        "schema.GuestMemoryBlockResponseType.operation-failed",
        "schema.GuestMemoryBlock.can-offline-meaning",
    ],
    evidence: Evidence::AnyReply,
    explanation: "Lists are set that contain numbers which no block has, or that take a block out of use whose \
        `can-offline` is false. They conform if the result for such an element is not `success`, or if the reply is an \
        error.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| KIND.wishes(turn).is_some_and(|wishes| !wishes.is_empty()),
        judge: |turn, _| units::impossible(&KIND, turn),
    },
};

static EFFECT: Rule = Rule {
    code: "memory/effect",
    class: Class::Violation,
    title: "guest-get-memory-blocks shows what guest-set-memory-blocks has done, and nothing else",
    clauses: &[
        "schema.GuestMemoryBlockResponseType.success",
        "schema.GuestMemoryBlock.online",
        "schema.guest-set-memory-blocks.empty-unchanged",
        "schema.guest-set-memory-blocks.error-unchanged",
        "schema.guest-set-memory-blocks.repeats",
        "schema.guest-get-memory-blocks.read-only",
    ],
    evidence: Evidence::Success,
    explanation: "Memory blocks are listed, set and listed again. The second list conforms if the blocks whose result was \
        `success` are in the state that was asked for, by the last such element, and all others as they were. What \
        became of a block after `operation-failed` is not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(MEMORY_BLOCKS.set),
    scope: Scope::Turn { concerns: |turn| KIND.shows_effect(turn), judge: effect },
};

/// A guest without blocks has nothing to show.
fn effect(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let shows_none =
        KIND.is_get(turn) && turn.success().and_then(Json::as_array).is_some_and(<[_]>::is_empty);
    if shows_none && KIND.shows_effect(turn) { Outcome::Pass } else { units::effect(&KIND, turn) }
}

static CAN_OFFLINE_IGNORED: Rule = Rule {
    code: "memory/can-offline-ignored",
    class: Class::Violation,
    title: "`can-offline` means nothing in guest-set-memory-blocks",
    clauses: &["schema.GuestMemoryBlock.can-offline-input"],
    evidence: Evidence::AnyReply,
    explanation: "The same list is set with `can-offline`, true and false, and without it. That conforms if the results \
        are the same each time, and if guest-get-memory-blocks says afterwards what it said before.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(MEMORY_BLOCKS.set),
    scope: Scope::Turn {
        concerns: |turn| KIND.shows_ignorance(turn),
        judge: |turn, _| units::can_offline_ignored(&KIND, turn),
    },
};

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call};

    const GET: &str = "guest-get-memory-blocks";

    /// Blocks 0, which cannot be taken out of use, and 32, which can.
    fn get(online: [bool; 2]) -> Step {
        let block = |number, online, can| {
            format!("{{\"phys-index\":{number},\"online\":{online},\"can-offline\":{can}}}")
        };
        let list = format!("[{},{}]", block(0, online[0], false), block(32, online[1], true));
        call(GET, "{}", &format!("{{\"return\":{list}}}"))
    }

    fn set(blocks: &[(u64, bool)], results: &[(u64, &str)]) -> Step {
        saying("", blocks, results)
    }

    fn saying(more: &str, blocks: &[(u64, bool)], results: &[(u64, &str)]) -> Step {
        let blocks: Vec<String> = blocks
            .iter()
            .map(|(number, online)| format!("{{\"phys-index\":{number},\"online\":{online}{more}}}"))
            .collect();
        let results: Vec<String> = results
            .iter()
            .map(|(number, rest)| format!("{{\"phys-index\":{number},\"response\":{rest}}}"))
            .collect();
        call(
            "guest-set-memory-blocks",
            &format!("{{\"mem-blks\":[{}]}}", blocks.join(",")),
            &format!("{{\"return\":[{}]}}", results.join(",")),
        )
    }

    const SUCCESS: &str = "\"success\"";
    const FAILED: &str = "\"operation-failed\",\"error-code\":16";
    const NOT_FOUND: &str = "\"not-found\"";

    #[test]
    fn blocks_are_listed_once_with_all_that_is_to_tell() {
        Witness::of([get([true, true])]).accepts("memory/once");
        let block = "{\"phys-index\":1,\"online\":true,\"can-offline\":true}";
        Witness::of([call(GET, "{}", &format!("{{\"return\":[{block},{block}]}}"))])
            .rejects("memory/once", "repeated");
        let block = "{\"phys-index\":1,\"online\":true}";
        Witness::of([call(GET, "{}", &format!("{{\"return\":[{block}]}}"))])
            .rejects("memory/can-offline-told", "missing");
        Witness::of([call(GET, "{}", "{\"return\":[]}")]).accepts("memory/can-offline-told");
    }

    #[test]
    fn a_block_has_a_size() {
        let info =
            |size| call("guest-get-memory-block-info", "{}", &format!("{{\"return\":{{\"size\":{size}}}}}"));
        Witness::of([info(134_217_728)]).accepts("memory/size");
        Witness::of([info(0)]).rejects("memory/size", "zero");
    }

    #[test]
    fn each_element_has_a_result() {
        Witness::of([set(&[], &[])]).accepts("memory/results");
        let both = [(0, true), (32, true)];
        Witness::of([set(&both, &[(0, SUCCESS), (32, SUCCESS)])]).accepts("memory/results");
        Witness::of([set(&both, &[(0, SUCCESS)])]).rejects("memory/results", "length");
        Witness::of([set(&both, &[(32, SUCCESS), (0, SUCCESS)])]).rejects("memory/results", "order");
    }

    #[test]
    fn a_failure_has_a_number() {
        Witness::of([set(&[(32, false)], &[(32, FAILED)])]).accepts("memory/error-code");
        Witness::of([set(&[(32, false)], &[(32, "\"operation-failed\"")])])
            .rejects("memory/error-code", "missing");
        Witness::of([set(&[(32, false)], &[(32, "\"success\",\"error-code\":0")])])
            .rejects("memory/error-code", "with-success");
        Witness::of([set(&[(9, false)], &[(9, NOT_FOUND)])]).accepts("memory/error-code");
    }

    #[test]
    fn what_is_there_is_found_and_what_is_not_is_not() {
        let then = |step| Witness::of([get([true, true]), step]);
        then(set(&[(32, true)], &[(32, SUCCESS)])).accepts("memory/not-found");
        then(set(&[(32, true)], &[(32, NOT_FOUND)])).rejects("memory/not-found", "lost");
        then(set(&[(9, true)], &[(9, NOT_FOUND)])).accepts("memory/impossible");
        then(set(&[(9, true)], &[(9, SUCCESS)])).rejects("memory/impossible", "unknown");
        then(set(&[(0, false)], &[(0, SUCCESS)])).rejects("memory/impossible", "cannot-offline");
        then(set(&[(0, false)], &[(0, FAILED)])).accepts("memory/impossible");
    }

    #[test]
    fn a_list_shows_what_was_done() {
        let after = |step, online| Witness::of([get([true, true]), step, get(online)]);
        after(set(&[(32, false)], &[(32, SUCCESS)]), [true, false]).accepts("memory/effect");
        after(set(&[(32, false)], &[(32, SUCCESS)]), [true, true]).rejects("memory/effect", "not-set");
        after(set(&[(32, false)], &[(32, FAILED)]), [true, false]).accepts("memory/effect");
        after(set(&[(9, false)], &[(9, NOT_FOUND)]), [true, false])
            .rejects("memory/effect", "another-changed");
    }

    #[test]
    fn can_offline_is_ignored() {
        let then = |results: &str| {
            let (blocks, success) = ([(32, true)], [(32, SUCCESS)]);
            let saying = saying(",\"can-offline\":false", &blocks, &[(32, results)]);
            Witness::of([get([true, true]), set(&blocks, &success), saying])
        };
        then(SUCCESS).accepts("memory/can-offline-ignored");
        then(FAILED).rejects("memory/can-offline-ignored", "heeded");
    }
}
