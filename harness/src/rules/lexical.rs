//! Chapter `lexical`: input that is no JSON.

use crate::classify::{Message, Standing, Tail};
use crate::text::Limits;
use crate::text::json::read_prefix;
use crate::verdict::{Class, Evidence};
use crate::wire::{DELIMITER, Ending, FenceKind, Malformed};

use super::scene::{ExchangeScene, Received, is_malformed};
use super::words::{fail, pass_if, shown};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&REFUSED, &ANSWERED];

/// Openings looked at in malformed input before it counts as too confusing to judge.
const OPENINGS_MAX: usize = 64;

static REFUSED: Rule = Rule {
    code: "lexical/refused",
    class: Class::Violation,
    title: "Malformed input is never executed",
    clauses: &[
        "qmp.malformed-refused",
        "qmp.input-utf8",
        "rfc8259.grammar",
        "rfc8259.literals",
        "rfc8259.objects",
        "rfc8259.arrays",
        "rfc8259.numbers",
        "rfc8259.no-special-numbers",
        "rfc8259.strings",
        "rfc8259.invalid-utf8",
    ],
    evidence: Evidence::AnyReply,
    explanation: "Requests are sent that are spoiled so that they are no JSON any more: a comma too many, a raw \
        control character in a string, bytes that are not UTF-8, a closing brace left out. They conform if no \
        `return` comes before the fence's reply. How many errors come is not judged. Input from which a reader \
        that recovers early could still cut a whole request is not judged either.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange { concerns: is_all_malformed, judge: refused },
};

fn is_all_malformed(scene: &ExchangeScene<'_>) -> bool {
    let messages = &scene.reading.messages;
    // What a reset leaves of a request may be JSON, but it names no command.
    let is_hopeless = |message: &Message<'_>| {
        is_malformed(&message.standing)
            || (message.command.is_none() && matches!(message.standing, Standing::Invalid(_)))
    };
    scene.is_case()
        && messages.iter().any(|message| is_malformed(&message.standing))
        && messages.iter().all(is_hopeless)
}

fn refused(scene: &ExchangeScene<'_>) -> Outcome {
    let Some(returned) = scene.replies.iter().find(|received| returns(received)) else {
        let refused = scene.replies.iter().any(|received| received.error().is_some());
        return if refused || scene.exchange.ending == Ending::InStep {
            Outcome::Pass
        } else {
            Outcome::Silent
        };
    };
    let sent = scene.exchange.sent();
    let hides = |message: &Message<'_>| {
        sent.get(message.span.start..).is_none_or(|rest| hides_request(rest, message.span.len()))
    };
    if scene.reading.messages.iter().any(hides) {
        return Outcome::Silent;
    }
    fail("executed", "errors only", shown(&returned.frame.bytes))
}

/// Whether a frame reports a success, perhaps one that is spoiled by what it quotes.
fn returns(received: &Received<'_>) -> bool {
    match &received.reply {
        Ok(reply) => reply.success().is_some(),
        Err(Malformed::Encoding) => memchr::memmem::find(&received.frame.bytes, b"\"return\"").is_some(),
        Err(_) => false,
    }
}

/// Whether a whole request begins somewhere within the first `length` bytes, but not at the first.
fn hides_request(bytes: &[u8], length: usize) -> bool {
    let within = bytes.get(1..length).unwrap_or_default();
    let openings: Vec<usize> = memchr::memchr_iter(b'{', within).take(OPENINGS_MAX).collect();
    openings.len() == OPENINGS_MAX
        || openings.iter().any(|at| {
            read_prefix(&bytes[at + 1..], Limits::default())
                .is_ok_and(|(document, _)| document.value.member("execute").is_some())
        })
}

static ANSWERED: Rule = Rule {
    code: "lexical/answered",
    class: Class::Difference,
    title: "Malformed input gets an error",
    clauses: &["client.malformed-answered", "qmp.malformed-refused"],
    evidence: Evidence::AnyReply,
    explanation: "Malformed input is sent that leaves nothing unfinished, on a line of its own. It conforms if at \
        least one error comes before the fence's reply. Silence makes a client wait until its time is up.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange { concerns: |scene| is_all_malformed(scene) && is_whole(scene), judge: answered },
};

fn is_whole(scene: &ExchangeScene<'_>) -> bool {
    // What a reset makes an agent forget it may forget in silence.
    let has_reset = scene.exchange.writes.iter().flatten().any(|byte| is_reset(*byte));
    !has_reset
        && scene.reading.tail == Tail::Clean
        && scene.exchange.fence.kind == FenceKind::Plain
        && scene.reading.messages.last().is_some_and(|message| message.terminated)
}

/// Whether the byte puts a parser into its first state (qmp-spec, "Forcing the JSON parser").
const fn is_reset(byte: u8) -> bool {
    byte == DELIMITER || (byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n'))
}

fn answered(scene: &ExchangeScene<'_>) -> Outcome {
    match scene.exchange.ending {
        Ending::InStep => pass_if(!scene.replies.is_empty(), || {
            fail("silence", "at least one error", "no reply before the fence's")
        }),
        Ending::LostStep { .. } | Ending::Closed | Ending::Lost | Ending::Waited => Outcome::Silent,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, step};
    use crate::wire::Reset;

    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n";
    const OK: &str = "{\"return\":{}}\n";

    #[test]
    fn malformed_input_is_not_executed() {
        let comma = "{\"execute\":\"guest-ping\",}\n";
        Witness::of([step(comma, ERROR)]).accepts("lexical/refused");
        Witness::of([step(comma, ERROR.repeat(3))]).accepts("lexical/refused");
        Witness::of([step(comma, OK)]).rejects("lexical/refused", "executed");
        let latin = b"{\"execute\":\"guest-ping\",\"id\":\"\xE4\"}\n";
        Witness::of([step(latin, OK)]).rejects("lexical/refused", "executed");
        let cut = step("{\"execute\":\"gu\x1best-ping\"}\n", OK).after_reset(Reset::Delimiter);
        Witness::of([cut]).rejects("lexical/refused", "executed");
        let echoed = b"{\"return\":{},\"id\":\"\xE4\"}\n";
        let witness = Witness::of([step(latin, echoed)]);
        assert!(
            witness.judgements()[0]
                .rulings
                .iter()
                .any(|ruling| { ruling.rule.code == "lexical/refused" && ruling.failure.is_some() })
        );
    }

    #[test]
    fn a_whole_request_within_malformed_input_may_be_executed() {
        for text in ["/* hi */{\"execute\":\"guest-ping\"}\n", "\u{feff}{\"execute\":\"guest-ping\"}\n"] {
            let both = format!("{ERROR}{OK}");
            Witness::of([step(text, both)]).silences("lexical/refused");
        }
        let both = format!("{ERROR}{OK}");
        let reset = "{\"execute\":\"gu\x1b{\"execute\":\"guest-ping\"}\n";
        Witness::of([step(reset, both)]).silences("lexical/refused");
    }

    #[test]
    fn malformed_input_gets_an_error() {
        Witness::of([step("{\"execute\":NaN}\n", ERROR)]).accepts("lexical/answered");
        Witness::of([step("{\"execute\":NaN}\n", "")]).rejects("lexical/answered", "silence");
        Witness::of([step("{\"execute\":\n", "").after_reset(Reset::Delimiter)]).silences("lexical/answered");
    }
}
