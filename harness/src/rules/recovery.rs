//! Chapter `recovery`: how an agent forgets half a message.

use crate::classify::Tail;
use crate::verdict::{Class, Evidence};
use crate::wire::{Ending, FenceKind, ProbeKind, Reset, Role};

use super::scene::ExchangeScene;
use super::words::{fail, pass_if};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&DELIMITER, &DELIMITER_FIRST, &CONTROL];

static DELIMITER: Rule = Rule {
    code: "recovery/delimiter",
    class: Class::Violation,
    title: "A delimiter makes the agent forget half a message",
    clauses: &["schema.guest-sync-delimited.reset", "schema.guest-sync.reset", "qmp.known-state-ff"],
    evidence: Evidence::AnyReply,
    explanation: "Half a request is sent, then a byte 0xFF and a sync. It conforms if the sync is answered, \
        whatever errors come before. This is how a client takes over a channel on which another one stopped amid \
        a request. Asked once during calibration; where it works, other unfinished input follows.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange {
        concerns: |scene| follows_unfinished(scene, Reset::Delimiter),
        judge: |scene| answered(scene, "a sync behind a byte 0xFF"),
    },
};

static CONTROL: Rule = Rule {
    code: "recovery/control",
    class: Class::Difference,
    title: "A control character makes the agent forget half a message",
    clauses: &["qmp.known-state-control", "client.control-reset"],
    evidence: Evidence::AnyReply,
    explanation: "Half a request is sent, then the escape character and a sync. It conforms if the sync is \
        answered, whatever errors come before. The machine protocol recommends it to clients of any server, while \
        the guest agent's own documentation speaks of 0xFF only; hence a difference.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange {
        concerns: |scene| follows_unfinished(scene, Reset::Control),
        judge: |scene| answered(scene, "a sync behind a control character"),
    },
};

fn follows_unfinished(scene: &ExchangeScene<'_>, reset: Reset) -> bool {
    let exchange = scene.exchange;
    match exchange.role {
        Role::Probe(kind) => kind == ProbeKind::ResetBy(reset),
        Role::Case => scene.reading.tail == Tail::Open && exchange.fence.kind == FenceKind::AfterReset(reset),
    }
}

fn answered(scene: &ExchangeScene<'_>, expected: &str) -> Outcome {
    let got = match &scene.exchange.ending {
        Ending::InStep => return Outcome::Pass,
        // That the connection did not survive is the finding then, unless this was the question.
        Ending::Closed if scene.is_case() => return Outcome::Silent,
        Ending::Closed => "a closed connection",
        Ending::LostStep { .. } | Ending::Lost | Ending::Waited => "no reply",
    };
    fail("unanswered", format!("a reply to {expected}"), got)
}

static DELIMITER_FIRST: Rule = Rule {
    code: "recovery/delimiter-first",
    class: Class::Robustness,
    title: "An agent survives a delimiter before a request",
    clauses: &["schema.guest-sync-delimited.reset", "client.survives-garbage"],
    evidence: Evidence::AnyReply,
    explanation: "During calibration a byte 0xFF and a sync are sent to an agent that holds nothing unfinished. It \
        conforms if the sync is answered, whatever errors come before. Clients that follow the documentation start \
        like this, so an agent that ends, closes the connection or drops the request cannot serve them.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Probe {
        concerns: |kind| kind == ProbeKind::DelimiterFirst,
        judge: |probe| {
            pass_if(probe.is_answered(), || {
                fail("unanswered", "a reply to a sync with a byte 0xFF before it", probe.got())
            })
        },
    },
};

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, probe, step};
    use crate::wire::{Ending, ProbeKind, Reset, Role, Rung};

    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n";

    fn half(reset: Reset) -> Step {
        step("{\"execute\":\"gue", ERROR).after_reset(reset)
    }

    fn lost() -> Ending {
        Ending::LostStep { regained: Rung::Closers, received: Vec::new() }
    }

    #[test]
    fn a_delimiter_resets() {
        let asked = || half(Reset::Delimiter).role(Role::Probe(ProbeKind::ResetBy(Reset::Delimiter)));
        Witness::of([asked()]).accepts("recovery/delimiter");
        Witness::of([asked().ending(lost())]).rejects("recovery/delimiter", "unanswered");
        Witness::of([asked().ending(Ending::Closed)]).rejects("recovery/delimiter", "unanswered");
        Witness::of([half(Reset::Delimiter)]).accepts("recovery/delimiter");
        Witness::of([half(Reset::Delimiter).ending(lost())]).rejects("recovery/delimiter", "unanswered");
    }

    #[test]
    fn a_control_character_resets() {
        Witness::of([half(Reset::Control)]).accepts("recovery/control");
        Witness::of([half(Reset::Control).ending(lost())]).rejects("recovery/control", "unanswered");
        Witness::of([half(Reset::Newline)]).silences("recovery/control");
    }

    #[test]
    fn a_delimiter_does_no_harm() {
        Witness::of([probe(ProbeKind::DelimiterFirst, ERROR, true)]).accepts("recovery/delimiter-first");
        Witness::of([probe(ProbeKind::DelimiterFirst, "", false)])
            .rejects("recovery/delimiter-first", "unanswered");
    }
}
