//! Chapter `liveness`: the agent lives on, keeps the connection and stays in step.

use crate::classify::Tail;
use crate::model::SessionModel;
use crate::verdict::{Class, Evidence};
use crate::wire::{Ending, FenceKind, FrameKind, Observation, Rung};

use super::scene::{ExchangeScene, FrameScene, expects_reply};
use super::words::{fail, shown};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&IN_STEP, &CONNECTION, &EXIT, &REPLY_SIZE];

static IN_STEP: Rule = Rule {
    code: "liveness/in-step",
    class: Class::Robustness,
    title: "The agent answers the next request",
    clauses: &["qmp.one-reply-per-request", "client.silent-then-in-step", "client.survives-garbage"],
    evidence: Evidence::AnyReply,
    explanation: "Behind each stimulus that leaves nothing unfinished a sync is sent, the fence. It conforms if the \
        fence is answered within the deadline. If not, the harness tries harder and harder to get a reply (more \
        time, 0xFF, a control character, a line end, closing braces, a new connection, a new agent) and the \
        finding names what helped. A step that is lost over an unusual spelling or an unusual way of writing is \
        found by the rule about that, in the chapter on framing.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange { concerns: has_plain_fence, judge: in_step },
};

fn has_plain_fence(scene: &ExchangeScene<'_>) -> bool {
    scene.is_case() && scene.exchange.fence.kind == FenceKind::Plain && scene.reading.tail == Tail::Clean
}

fn in_step(scene: &ExchangeScene<'_>) -> Outcome {
    let (word, got) = match &scene.exchange.ending {
        Ending::InStep => return Outcome::Pass,
        Ending::Closed | Ending::Waited => return Outcome::Silent,
        Ending::LostStep { regained, .. } => (rung_word(*regained), rung_words(*regained)),
        Ending::Lost => ("lost", "no reply whatever was tried"),
    };
    if scene.may_have_left() || scene.is_lost_over_form() {
        return Outcome::Silent;
    }
    fail(format!("{}:{word}", scene.stimulus_word()), "the fence answered within the deadline", got)
}

fn rung_word(rung: Rung) -> &'static str {
    match rung {
        Rung::Patience => "patience",
        Rung::Delimiter => "delimiter",
        Rung::Control => "control",
        Rung::Newline => "newline",
        Rung::Closers => "closers",
        Rung::Reconnect => "reconnect",
        Rung::Restart => "restart",
    }
}

fn rung_words(rung: Rung) -> &'static str {
    match rung {
        Rung::Patience => "a reply only after the deadline",
        Rung::Delimiter => "a reply only after a byte 0xFF",
        Rung::Control => "a reply only after a control character",
        Rung::Newline => "a reply only after another line end",
        Rung::Closers => "a reply only after closing braces and brackets",
        Rung::Reconnect => "a reply only on a new connection",
        Rung::Restart => "a reply only from a new agent",
    }
}

static CONNECTION: Rule = Rule {
    code: "liveness/connection",
    class: Class::Robustness,
    title: "The agent keeps the connection",
    clauses: &["client.survives-garbage", "client.malformed-answered"],
    evidence: Evidence::AnyReply,
    explanation: "Whatever is sent, the connection conforms if it stays open until the fence is answered. On a \
        virtio port an agent that ends or closes leaves the host without a reply. A command that may take the guest \
        down is the exception.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange { concerns: is_case, judge: connection },
};

fn is_case(scene: &ExchangeScene<'_>) -> bool {
    scene.is_case()
}

fn connection(scene: &ExchangeScene<'_>) -> Outcome {
    match scene.exchange.ending {
        Ending::InStep => Outcome::Pass,
        Ending::Closed if !scene.may_have_left() => {
            let got = match scene.replies.last() {
                None => "closed without a reply".to_owned(),
                Some(last) => format!("closed after {}", shown(&last.frame.bytes)),
            };
            fail(scene.stimulus_word(), "an open connection", got)
        }
        Ending::Closed | Ending::LostStep { .. } | Ending::Lost | Ending::Waited => Outcome::Silent,
    }
}

static EXIT: Rule = Rule {
    code: "liveness/exit",
    class: Class::Robustness,
    title: "The agent does not end by itself",
    clauses: &["client.survives-garbage"],
    evidence: Evidence::End,
    explanation: "For an agent that the harness has started. It conforms if it runs until the harness ends it. An \
        exit and a crash violate the rule, unless a command was sent that may take the guest down.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Event { judge: exit },
};

fn exit(observation: &Observation, model: &SessionModel) -> Outcome {
    let Observation::AgentExit(exit) = observation else { return Outcome::Silent };
    if exit.by_harness {
        return Outcome::Pass;
    }
    if model.power_taken() || model.closed_on_probe() {
        return Outcome::Silent;
    }
    let end = match (exit.signal, exit.status) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(status)) => format!("status {status}"),
        (None, None) => "unknown".to_owned(),
    };
    fail(end.replace(' ', "-"), "an agent that runs until it is ended", format!("it ended: {end}"))
}

static REPLY_SIZE: Rule = Rule {
    code: "liveness/reply-size",
    class: Class::Robustness,
    title: "A reply has an end",
    clauses: &["client.reply-size"],
    evidence: Evidence::AnyReply,
    explanation: "Every reply is measured. It conforms if it ends before the limit of the run, which lies above the \
        largest reply that a guest agent has reason to send. Clients have limits of their own, some of 10 MiB.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Frame { expects: expects_reply, judge: reply_size },
};

fn reply_size(scene: &FrameScene<'_>) -> Outcome {
    match scene.received.frame.kind {
        FrameKind::Message => Outcome::Pass,
        FrameKind::Cut | FrameKind::Garbage => Outcome::Silent,
        FrameKind::Oversize => {
            let start = shown(&scene.received.frame.bytes);
            fail("oversize", "a reply below the limit", format!("a reply beyond it, beginning {start}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, ask, exit, frames, step};
    use crate::wire::{Ending, Observation, Rung};

    const PING: &str = r#"{"execute":"guest-ping"}"#;
    const OK: &str = "{\"return\": {}}\n";

    fn lost(regained: Rung) -> Ending {
        Ending::LostStep { regained, received: frames("{\"return\":{}}\n") }
    }

    #[test]
    fn the_fence_is_answered() {
        Witness::of([ask(PING, OK)]).accepts("liveness/in-step");
        Witness::of([ask(PING, "").ending(lost(Rung::Newline))]).rejects("liveness/in-step", "valid:newline");
        Witness::of([ask("{\"execute\":NaN}", "").ending(Ending::Lost)])
            .rejects("liveness/in-step", "malformed:lost");
        let shutdown = ask("{\"execute\":\"guest-shutdown\"}", "").ending(Ending::Lost);
        Witness::of([shutdown]).silences("liveness/in-step");
    }

    #[test]
    fn the_connection_stays() {
        Witness::of([ask(PING, OK)]).accepts("liveness/connection");
        Witness::of([ask(PING, "").ending(Ending::Closed)]).rejects("liveness/connection", "valid");
        Witness::of([step(b"\xFF\n", "").ending(Ending::Closed)]).rejects("liveness/connection", "stray");
        let shutdown = || ask("{\"execute\":\"guest-shutdown\"}", "");
        Witness::of([shutdown().ending(Ending::Closed)]).silences("liveness/connection");
        Witness::of([shutdown(), ask(PING, "").ending(Ending::Closed)]).silences("liveness/connection");
    }

    #[test]
    fn a_closing_agent_may_cut_its_last_reply() {
        let cut = ask(PING, "{\"ret").ending(Ending::Closed);
        Witness::of([cut]).rejects("liveness/connection", "valid");
    }

    #[test]
    fn the_agent_runs_on() {
        Witness::watching([exit(None, Some(15), true)]).accepts("liveness/exit");
        Witness::watching([exit(None, Some(11), false)]).rejects("liveness/exit", "signal-11");
        Witness::watching([exit(Some(0), None, false)]).rejects("liveness/exit", "status-0");
        let shutdown = ask("{\"execute\":\"guest-shutdown\"}", "").ending(Ending::Closed).observation();
        Witness::watching([shutdown, exit(Some(0), None, false)]).silences("liveness/exit");
        let restarted = Observation::Reconnected { restarted: true };
        let shutdown = ask("{\"execute\":\"guest-shutdown\"}", "").ending(Ending::Closed).observation();
        Witness::watching([shutdown, restarted, exit(None, Some(6), false)])
            .rejects("liveness/exit", "signal-6");
    }

    #[test]
    fn a_reply_has_an_end() {
        Witness::of([ask(PING, OK)]).accepts("liveness/reply-size");
        let endless = format!("{{\"return\":\"{}\"}}\n", "x".repeat(10_000));
        Witness::of([ask(PING, &endless)]).rejects("liveness/reply-size", "oversize");
    }
}
