//! Chapter `effect`: what is refused has none.

use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::words::{bucket_word, fail, shown};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&NO_CALL];

/// Commands that act on the machine through programs.
const COMMANDS: [&str; 6] = [
    "guest-shutdown",
    "guest-suspend-disk",
    "guest-suspend-ram",
    "guest-suspend-hybrid",
    "guest-set-time",
    "guest-set-user-password",
];

static NO_CALL: Rule = Rule {
    code: "effect/no-call",
    class: Class::Violation,
    title: "A request that is refused for its form calls no program",
    clauses: &["qapi.refused-before-effect", "qmp.checked-first"],
    evidence: Evidence::AnyReply,
    explanation: "Invalid requests are sent for the commands that act on the machine, where fakes stand in for the \
        programs that do it: with wrong, missing and unknown arguments. They conform if no program is called, whatever \
        the reply is. An agent that has left an earlier request to somebody who may call programs later is not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_invalid, judge: no_call },
};

fn is_invalid(turn: &Turn<'_>) -> bool {
    let acts = turn.command_name().is_some_and(|name| COMMANDS.contains(&name));
    turn.facts.has_fakes && acts && !turn.defects().is_empty()
}

fn no_call(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let certain = scene.reading.messages.len() == 1
        && scene.is_complete()
        && turn.model.is_some_and(|model| !model.helpers.may_come_late());
    if !certain || turn.is_unsupported() {
        return Outcome::Silent;
    }
    match scene.calls.first() {
        None => Outcome::Pass,
        Some(call) => {
            let program = bucket_word(&call.program);
            fail(format!("called:{program}"), "no call", format!("a call of {}", shown(program.as_bytes())))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, call, facts_with_fakes, fake};

    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    #[test]
    fn what_is_refused_calls_nothing() {
        let refused = || call("guest-set-time", "{\"time\":\"x\"}", ERROR).observation();
        let hwclock = || fake("hwclock", &["-w"], "", 0);
        Witness::watching([facts_with_fakes(), refused()]).accepts("effect/no-call");
        Witness::watching([facts_with_fakes(), hwclock(), refused()])
            .rejects("effect/no-call", "called:hwclock");
        Witness::watching([refused()]).silences("effect/no-call");
        let shutdown = || call("guest-shutdown", "{}", "").observation();
        Witness::watching([facts_with_fakes(), shutdown(), hwclock(), refused()]).silences("effect/no-call");
    }
}
