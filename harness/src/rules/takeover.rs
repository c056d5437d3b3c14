//! Chapter `takeover`: what a client meets that takes over from another one.

use crate::model::takeover::{Arrival, Holdings};
use crate::verdict::{Class, Evidence};
use crate::wire::Ending;

use super::attribution::Tally;
use super::scene::ExchangeScene;
use super::words::{fail, shown, shown_reply};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&NOTHING_STALE, &HALF_MESSAGE, &HANDLES, &PROCESSES];

static NOTHING_STALE: Rule = Rule {
    code: "takeover/nothing-stale",
    class: Class::Violation,
    title: "The next client gets no reply that was meant for the last one",
    clauses: &["qmp.one-reply-per-request", "qmp.no-unsolicited"],
    evidence: Evidence::AnyReply,
    explanation: "A client gets replies to all that it has asked for, and leaves. Another one connects and sends a \
        request. It conforms if the only reply that comes is the one to this request. A reply that comes again, or \
        was kept for the last client, violates the rule. Replies that are still on their way when a client leaves \
        are another matter: those a channel may well deliver to the next.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange {
        concerns: |scene| scene.is_counted() && arrival(scene).is_some_and(|arrival| arrival.is_clean),
        judge: nothing_stale,
    },
};

/// That a client has just taken over, if it has.
fn arrival<'s>(scene: &ExchangeScene<'s>) -> Option<&'s Arrival> {
    scene.model.arrival().filter(|_| scene.is_case())
}

/// Whether there are more replies than requests because a client has just taken over.
pub(super) fn explains_surplus(scene: &ExchangeScene<'_>) -> bool {
    arrival(scene).is_some_and(|arrival| arrival.is_clean && arrival.is_settled)
}

fn nothing_stale(scene: &ExchangeScene<'_>) -> Outcome {
    if !explains_surplus(scene) {
        return Outcome::Silent;
    }
    match scene.attribution.tally {
        Tally::Even => Outcome::Pass,
        Tally::Unknown | Tally::Fewer => Outcome::Silent,
        Tally::More => {
            let replies = scene.replies.iter().map(|received| shown(&received.frame.bytes));
            fail(
                "stale",
                format!("{} reply to a new client's first request", scene.reading.messages.len()),
                replies.take(4).collect::<Vec<_>>().join(" | "),
            )
        }
    }
}

static HALF_MESSAGE: Rule = Rule {
    code: "takeover/half-message",
    class: Class::Violation,
    title: "A delimiter makes the agent forget what an earlier client left unfinished",
    clauses: &["schema.guest-sync-delimited.reset", "schema.guest-sync.reset", "qmp.malformed-refused"],
    evidence: Evidence::AnyReply,
    explanation: "A client sends half a request and leaves. Another one connects and sends a byte 0xFF and a sync. It \
        conforms if the sync is answered and no success comes before it; errors may. The half request may be kept \
        or forgotten when its client leaves, but it must not be in the next one's way, and must never be executed.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange {
        concerns: |scene| arrival(scene).is_some_and(|arrival| !arrival.is_clean),
        judge: half_message,
    },
};

fn half_message(scene: &ExchangeScene<'_>) -> Outcome {
    match scene.exchange.ending {
        Ending::InStep => {}
        // That the connection did not survive is the finding then.
        Ending::Closed => return Outcome::Silent,
        Ending::LostStep { .. } | Ending::Lost | Ending::Waited => {
            return fail("unanswered", "a reply to a sync behind a byte 0xFF", "no reply");
        }
    }
    match scene.replies.iter().find(|received| received.success().is_some()) {
        None => Outcome::Pass,
        Some(returned) => fail("executed", "errors only", shown(&returned.frame.bytes)),
    }
}

static HANDLES: Rule = Rule {
    code: "takeover/handles",
    class: Class::Difference,
    title: "An open file survives the client that opened it",
    clauses: &["client.handles-outlive-clients"],
    evidence: Evidence::Success,
    explanation: "A file is opened, and its client leaves. Another one connects and uses the handle. It conforms if \
        that works. There are clients that connect anew for each command; agents that close files with the \
        connection are of no use to them.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange {
        concerns: |scene| arrival(scene).is_some() && used(scene, "guest-file-", "handle").is_some(),
        judge: |scene| survives(scene, "guest-file-", "handle", Holdings::has_handle),
    },
};

static PROCESSES: Rule = Rule {
    code: "takeover/processes",
    class: Class::Difference,
    title: "A process survives the client that started it",
    clauses: &["client.processes-outlive-clients"],
    evidence: Evidence::Success,
    explanation: "A program is started, and its client leaves. Another one connects and asks for the status of the \
        process. It conforms if the status is told. There are clients that connect anew for each command.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange {
        concerns: |scene| arrival(scene).is_some() && used(scene, "guest-exec-status", "pid").is_some(),
        judge: |scene| survives(scene, "guest-exec-status", "pid", Holdings::has_process),
    },
};

/// The handle or process that the only request of the exchange is about.
fn used(scene: &ExchangeScene<'_>, commands: &str, argument: &str) -> Option<i64> {
    let [message] = scene.reading.messages.as_slice() else { return None };
    let command = scene.common_command()?;
    let number = message.arguments()?.member(argument)?;
    if command.name.starts_with(commands) { number.as_i64() } else { None }
}

fn survives(
    scene: &ExchangeScene<'_>,
    commands: &str,
    argument: &str,
    holds: fn(&Holdings, i64) -> bool,
) -> Outcome {
    let inherited = arrival(scene).map(|arrival| &arrival.inherited);
    let held =
        inherited.zip(used(scene, commands, argument)).is_some_and(|(held, number)| holds(held, number));
    let Some(turn) = scene.turns().next().filter(|_| held) else { return Outcome::Silent };
    match (turn.reply, turn.frame) {
        (Some(reply), _) if reply.success().is_some() => Outcome::Pass,
        (Some(reply), Some(frame)) if turn.is_valid() && !turn.is_unsupported() => {
            fail("refused", format!("that the {argument} is still good"), shown_reply(reply, &frame.bytes))
        }
        _ => Outcome::Silent,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, ask, call, step};
    use crate::wire::{Ending, Observation, Reset, Rung};

    const PING: &str = r#"{"execute":"guest-ping"}"#;
    const OK: &str = "{\"return\": {}}\n";
    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n";

    fn taken_over(before: Step, left: &str, after: Step) -> Witness {
        let left = Observation::TakenOver { left: left.as_bytes().to_vec() };
        Witness::watching([before.observation(), left, after.observation()])
    }

    #[test]
    fn nothing_comes_that_was_for_another() {
        taken_over(ask(PING, OK), "", ask(PING, OK)).accepts("takeover/nothing-stale");
        taken_over(ask(PING, OK), "", ask(PING, &OK.repeat(2))).rejects("takeover/nothing-stale", "stale");
        taken_over(ask(PING, OK), "", step("", OK)).rejects("takeover/nothing-stale", "stale");
        let late = Ending::LostStep { regained: Rung::Patience, received: Vec::new() };
        let lost = step("@\n", ERROR).ending(late);
        let witness = taken_over(lost, "", ask(PING, OK));
        let spoke = |code| {
            let mut rulings = witness.judgements().iter().flat_map(|judgement| &judgement.rulings);
            rulings.any(|ruling| ruling.rule.code == code)
        };
        assert!(!spoke("takeover/nothing-stale"), "what is late may reach anybody");
    }

    #[test]
    fn half_a_message_is_forgotten() {
        let next = |received: &str| step("", received).after_reset(Reset::Delimiter);
        let half = "{\"execute\":\"gue";
        taken_over(ask(PING, OK), half, next("")).accepts("takeover/half-message");
        taken_over(ask(PING, OK), half, next(ERROR)).accepts("takeover/half-message");
        taken_over(ask(PING, OK), half, next(OK)).rejects("takeover/half-message", "executed");
        let lost = Ending::LostStep { regained: Rung::Closers, received: Vec::new() };
        taken_over(ask(PING, OK), half, next("").ending(lost)).rejects("takeover/half-message", "unanswered");
        taken_over(ask(PING, OK), half, next("").ending(Ending::Closed))
            .rejects("liveness/connection", "nothing");
    }

    #[test]
    fn a_handle_outlives_its_client() {
        let open = || call("guest-file-open", "{\"path\":\"/t\"}", "{\"return\":7}");
        let flush = |handle, reply| call("guest-file-flush", &format!("{{\"handle\":{handle}}}"), reply);
        taken_over(open(), "", flush(7, OK.trim())).accepts("takeover/handles");
        taken_over(open(), "", flush(7, ERROR.trim())).rejects("takeover/handles", "refused");
        taken_over(open(), "", flush(8, ERROR.trim())).silences("takeover/handles");
        let not_found = ERROR.replace("GenericError", "CommandNotFound");
        taken_over(open(), "", flush(7, not_found.trim())).silences("takeover/handles");
    }

    #[test]
    fn a_process_outlives_its_client() {
        let start = || call("guest-exec", "{\"path\":\"true\"}", "{\"return\":{\"pid\":9}}");
        let status = |reply| call("guest-exec-status", "{\"pid\":9}", reply);
        taken_over(start(), "", status("{\"return\":{\"exited\":false}}")).accepts("takeover/processes");
        taken_over(start(), "", status(ERROR.trim())).rejects("takeover/processes", "refused");
    }
}
