//! Chapter `framing`: how messages stand in the byte stream.

use crate::model::SessionModel;
use crate::text::json::read;
use crate::text::{Json, Limits};
use crate::verdict::{Class, Evidence};
use crate::wire::{FrameKind, LineEnd, Observation, ProbeKind};

use super::attribution::{Shape, Tally};
use super::scene::{ExchangeScene, FrameScene, ProbeScene, Turn, expects_reply};
use super::words::{fail, pass_if, shown};
use super::{CORE, Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[
    &TERMINATED,
    &SINGLE_LINE,
    &STRAY,
    &UNSOLICITED,
    &SPLIT,
    &SEVERAL,
    &JOINED,
    &WHITE_SPACE,
    &ESCAPES,
    &MEMBER_ORDER,
    &NEWLINE_OPTIONAL,
    &TWO_IN_ONE_WRITE,
];

static TERMINATED: Rule = Rule {
    code: "framing/terminated",
    class: Class::Violation,
    title: "A line end follows each reply",
    clauses: &["qmp.reply-terminated"],
    evidence: Evidence::AnyReply,
    explanation: "Every reply is looked at, those to the harness's own fences included. It conforms if LF, or CR \
        and LF, follow it, and violates the rule if anything else or nothing follows. Most clients read lines: \
        without a line end they wait until their time is up.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Frame { expects: expects_reply, judge: terminated },
};

fn terminated(scene: &FrameScene<'_>) -> Outcome {
    let frame = scene.received.frame;
    match (frame.kind, frame.end) {
        (FrameKind::Message, LineEnd::Lf | LineEnd::CrLf) => Outcome::Pass,
        // An agent that leaves amid its last reply is another rule's concern.
        (FrameKind::Message, LineEnd::None) if scene.last_before_close => Outcome::Silent,
        (FrameKind::Message, LineEnd::None) => fail(
            "unterminated",
            "LF or CRLF behind the reply",
            format!("no line end behind {}", shown(&frame.bytes)),
        ),
        (FrameKind::Cut | FrameKind::Garbage | FrameKind::Oversize, _) => Outcome::Silent,
    }
}

static SINGLE_LINE: Rule = Rule {
    code: "framing/single-line",
    class: Class::Difference,
    title: "A reply is a single line",
    clauses: &["client.single-line"],
    evidence: Evidence::AnyReply,
    explanation: "Every reply is looked at. It conforms if no raw line break stands within it. JSON allows line \
        breaks between tokens, but nearly all clients read one line and parse that.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Frame { expects: expects_reply, judge: single_line },
};

fn single_line(scene: &FrameScene<'_>) -> Outcome {
    let frame = scene.received.frame;
    if frame.kind != FrameKind::Message {
        return Outcome::Silent;
    }
    pass_if(memchr::memchr2(b'\n', b'\r', &frame.bytes).is_none(), || {
        fail("line-break", "a reply in one line", format!("line breaks in {}", shown(&frame.bytes)))
    })
}

static STRAY: Rule = Rule {
    code: "framing/stray",
    class: Class::Violation,
    title: "Nothing but whole messages is sent",
    clauses: &["qmp.reply-object", "qmp.valid-json-out"],
    evidence: Evidence::AnyReply,
    explanation: "All bytes that the agent sends are looked at. They conform if they are whole JSON messages, \
        perhaps with delimiters before them and line ends behind. Text between messages, an echo of the input, \
        half a message and a delimiter without a reply violate the rule. What a closing connection cut off does \
        not count.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Frame { expects: expects_reply, judge: stray },
};

fn stray(scene: &FrameScene<'_>) -> Outcome {
    let frame = scene.received.frame;
    let what = match frame.kind {
        FrameKind::Message => return Outcome::Pass,
        FrameKind::Oversize => return Outcome::Silent,
        _ if scene.last_before_close => return Outcome::Silent,
        FrameKind::Cut => "cut",
        FrameKind::Garbage if frame.bytes.is_empty() => "delimiter",
        FrameKind::Garbage => "garbage",
    };
    fail(what, "whole messages only", format!("stray bytes ({what}): {}", shown(&frame.bytes)))
}

static UNSOLICITED: Rule = Rule {
    code: "framing/unsolicited",
    class: Class::Violation,
    title: "Nothing is sent unasked",
    clauses: &["qmp.no-unsolicited"],
    evidence: Evidence::End,
    explanation: "The harness listens before its first request and between exchanges. An agent conforms if it \
        stays silent then: it has no greeting and no events. Bytes that arrive while everything asked for has \
        been answered violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Event { judge: unsolicited },
};

fn unsolicited(observation: &Observation, model: &SessionModel) -> Outcome {
    match observation {
        Observation::Unsolicited(frames) if !frames.is_empty() && model.in_step() => {
            let bytes: Vec<u8> = frames.iter().flat_map(|frame| frame.bytes.iter().copied()).collect();
            fail("unasked", "silence until something is asked", format!("unasked: {}", shown(&bytes)))
        }
        Observation::Calibrated(_) => Outcome::Pass,
        Observation::Unsolicited(_)
        | Observation::Exchange(_)
        | Observation::Reconnected { .. }
        | Observation::TakenOver { .. }
        | Observation::AgentExit(_)
        | Observation::Facts(_)
        | Observation::Call(_) => Outcome::Silent,
    }
}

static SPLIT: Rule = Rule {
    code: "framing/split",
    class: Class::Violation,
    title: "A request may travel in several pieces",
    clauses: &["qmp.byte-stream"],
    evidence: Evidence::AnyReply,
    explanation: "A valid request is sent in several writes, cut anywhere. It conforms if it gets its one reply, \
        as when it is sent at once. No reply, several replies, or an error from a core command that has \
        succeeded before violate the rule. Agents that take each read for a message fail here.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange {
        concerns: |scene| concerns(scene, Shape::Split),
        judge: |scene| as_usual(scene, "split"),
    },
};

static SEVERAL: Rule = Rule {
    code: "framing/several",
    class: Class::Violation,
    title: "Requests that are sent together are answered in their order",
    clauses: &["qmp.replies-in-order", "qmp.one-at-a-time"],
    evidence: Evidence::AnyReply,
    explanation: "Several requests are sent without waiting for replies, each on its own line. They conform if \
        each gets one reply, in the order of the requests; order shows where ids, or the numbers of syncs, tell \
        replies apart.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange {
        concerns: |scene| concerns(scene, Shape::Several),
        judge: |scene| as_usual(scene, "several"),
    },
};

static JOINED: Rule = Rule {
    code: "framing/joined",
    class: Class::Difference,
    title: "Requests need no line end between them",
    clauses: &["client.newline-not-awaited"],
    evidence: Evidence::AnyReply,
    explanation: "Requests are sent with no line end behind some of them, so that the next one follows on the \
        same line. They conform if each gets one reply, in the order of the requests. `qemu-ga` takes the closing \
        brace for the end of a request; agents that read lines fail here.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Exchange {
        concerns: |scene| concerns(scene, Shape::Joined),
        judge: |scene| as_usual(scene, "joined"),
    },
};

static WHITE_SPACE: Rule = Rule {
    code: "framing/white-space",
    class: Class::Violation,
    title: "White space between tokens changes nothing",
    clauses: &["rfc8259.whitespace"],
    evidence: Evidence::AnyReply,
    explanation: "A valid request is sent with spaces, tabs and line ends between its tokens or around it. It \
        conforms if it gets its one reply, as in compact form. No reply, several replies, or an error from a core \
        command that has succeeded before violate the rule. Agents that read lines fail at a pretty-printed \
        request.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange {
        concerns: |scene| concerns(scene, Shape::Spaced),
        judge: |scene| as_usual(scene, "spaced"),
    },
};

static ESCAPES: Rule = Rule {
    code: "framing/escapes",
    class: Class::Violation,
    title: "An escaped spelling means the same",
    clauses: &["rfc8259.escapes", "rfc8259.escapes-equal"],
    evidence: Evidence::AnyReply,
    explanation: "A valid request is sent in which names are spelled with escapes, such as \\u0065xecute. It \
        conforms if it gets its one reply, as without them. No reply, several replies, or an error from a core \
        command that has succeeded before violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange {
        concerns: |scene| concerns(scene, Shape::Escaped),
        judge: |scene| as_usual(scene, "escaped"),
    },
};

static MEMBER_ORDER: Rule = Rule {
    code: "framing/member-order",
    class: Class::Violation,
    title: "The order of a request's members changes nothing",
    clauses: &["qmp.member-order"],
    evidence: Evidence::AnyReply,
    explanation: "A valid request is sent whose members are not in the order `execute`, `arguments`, `id`. It \
        conforms if it gets its one reply, as in that order. No reply, several replies, or an error from a core \
        command that has succeeded before violate the rule. Many JSON writers sort members by their names.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange {
        concerns: |scene| concerns(scene, Shape::Reordered),
        judge: |scene| as_usual(scene, "reordered"),
    },
};

fn concerns(scene: &ExchangeScene<'_>, shape: Shape) -> bool {
    scene.is_case() && scene.is_counted() && scene.attribution.shape == shape
}

/// Whether an unusual stimulus is taken as its usual form would be.
fn as_usual(scene: &ExchangeScene<'_>, bucket: &str) -> Outcome {
    let requests = scene.reading.messages.len();
    let replies = scene.replies.len();
    if scene.attribution.out_of_order {
        return fail(
            format!("{bucket}:order"),
            "replies in the order of the requests",
            "replies in another order",
        );
    }
    if scene.is_lost_over_form() && !scene.may_have_left() {
        return fail(
            format!("{bucket}:lost"),
            format!("one reply to each of {requests} request(s)"),
            "a lost step",
        );
    }
    match scene.attribution.tally {
        Tally::Unknown => Outcome::Silent,
        Tally::Fewer | Tally::More => {
            let way = if replies > requests { "more" } else { "fewer" };
            let first =
                scene.replies.first().map(|received| shown(&received.frame.bytes)).unwrap_or_default();
            fail(
                format!("{bucket}:{way}"),
                format!("one reply to each of {requests} request(s)"),
                format!("{replies} replies; the first: {first}"),
            )
        }
        Tally::Even => same_outcomes(scene, bucket),
    }
}

/// Whether each request has the outcome that it had in its usual form.
fn same_outcomes(scene: &ExchangeScene<'_>, bucket: &str) -> Outcome {
    let received = |turn: Turn<'_>| turn.frame.map(|frame| shown(&frame.bytes)).unwrap_or_default();
    if let Some(turn) = scene.turns().find(|turn| is_refused_now(turn, scene)) {
        let expected = "the success that the plain form has had before";
        return fail(format!("{bucket}:refused"), expected, received(turn));
    }
    let plain = |turn: &Turn<'_>| scene.model.commands.plain_outcome(turn.command_name()?);
    let changed = |turn: &Turn<'_>| {
        plain(turn).is_some_and(|plain| turn.success().is_some_and(|value| !returns(plain, value)))
    };
    match scene.turns().find(changed) {
        None => Outcome::Pass,
        Some(turn) => {
            let expected =
                format!("what the plain form has returned: {}", plain(&turn).map(shown).unwrap_or_default());
            fail(format!("{bucket}:changed"), expected, received(turn))
        }
    }
}

/// Whether a reply has this value in `return`.
fn returns(reply: &[u8], value: &Json<'_>) -> bool {
    read(reply, Limits::default())
        .is_ok_and(|document| document.value.member("return").is_some_and(|plain| plain.same_value(value)))
}

/// Whether a core command is refused that has succeeded in its plain form. Any other command may have its own
/// reasons to fail.
fn is_refused_now(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> bool {
    turn.is_valid()
        && turn.error().is_some()
        && turn
            .command_name()
            .is_some_and(|name| CORE.contains(&name) && scene.model.commands.has_answered_plainly(name))
}

static NEWLINE_OPTIONAL: Rule = Rule {
    code: "framing/newline-optional",
    class: Class::Difference,
    title: "A request is answered before its line end comes",
    clauses: &["client.newline-not-awaited"],
    evidence: Evidence::AnyReply,
    explanation: "During calibration a sync is sent without a line end. It conforms if it is answered \
        nevertheless, as `qemu-ga` does; some clients never send a line end.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Probe {
        concerns: |kind| kind == ProbeKind::NoNewline,
        judge: |probe| {
            pass_if(probe.is_answered(), || {
                fail("unanswered", "a reply to a sync without a line end", probe.got())
            })
        },
    },
};

static TWO_IN_ONE_WRITE: Rule = Rule {
    code: "framing/two-in-one-write",
    class: Class::Violation,
    title: "Two requests in one write are both answered",
    clauses: &["qmp.byte-stream", "client.pipelined-requests"],
    evidence: Evidence::AnyReply,
    explanation: "During calibration two syncs, each on its own line, are sent in one write. They conform if both \
        are answered. An agent that takes each read for one request loses the second; at least one big \
        virtualisation platform sends its sync and its command like this.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Probe { concerns: |kind| kind == ProbeKind::TwoInOneWrite, judge: two_in_one_write },
};

fn two_in_one_write(probe: &ProbeScene<'_>) -> Outcome {
    let numbers =
        probe.scene.replies.iter().filter(|received| received.success().and_then(Json::as_i64).is_some());
    pass_if(probe.is_answered() && numbers.count() > 0, || {
        fail("unanswered", "replies to both of two syncs in one write", probe.got())
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, able, ask, frames, probe, step};
    use crate::wire::{Ending, Observation, ProbeKind, Rung};

    const PING: &str = r#"{"execute":"guest-ping"}"#;
    const OK: &str = "{\"return\": {}}\n";

    #[test]
    fn a_reply_has_a_line_end() {
        Witness::of([ask(PING, OK)]).accepts("framing/terminated");
        Witness::of([ask(PING, "{\"return\":{}}\r\n")]).accepts("framing/terminated");
        Witness::of([ask(PING, "{\"return\":{}}")]).rejects("framing/terminated", "unterminated");
        Witness::of([ask(PING, OK).fence_reply("{\"return\":77}")])
            .rejects("framing/terminated", "unterminated");
        Witness::of([ask(
            r#"{"execute":"guest-shutdown"}"#,
            "{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"}}",
        )
        .ending(Ending::Closed)])
        .silences("framing/terminated");
    }

    #[test]
    fn a_reply_is_a_single_line() {
        Witness::of([ask(PING, OK)]).accepts("framing/single-line");
        Witness::of([ask(PING, "{\n \"return\": {}\n}\n")]).rejects("framing/single-line", "line-break");
    }

    #[test]
    fn nothing_but_messages_is_sent() {
        Witness::of([ask(PING, OK)]).accepts("framing/stray");
        Witness::of([ask(PING, "pong\n{\"return\": {}}\n")]).rejects("framing/stray", "garbage");
        Witness::of([ask(PING, "{\"return\": \"\n{\"return\": {}}\n")]).rejects("framing/stray", "cut");
        let delimiter_alone = step(format!("{PING}\n"), b"{\"return\": {}}\n\xFF");
        Witness::of([delimiter_alone]).rejects("framing/stray", "delimiter");
    }

    #[test]
    fn nothing_comes_unasked() {
        let greeting = || Observation::Unsolicited(frames("{\"QMP\": {}}\n"));
        Witness::watching([Observation::Calibrated(able())]).accepts("framing/unsolicited");
        Witness::watching([greeting(), Observation::Calibrated(able())])
            .rejects("framing/unsolicited", "unasked");
        let lost = ask(PING, OK).ending(Ending::LostStep { regained: Rung::Patience, received: Vec::new() });
        let late = Witness::watching([lost.observation(), greeting()]);
        let spoke =
            late.judgements()[1].rulings.iter().any(|ruling| ruling.rule.code == "framing/unsolicited");
        assert!(!spoke, "what comes late is the lost step's concern");
    }

    #[test]
    fn a_request_may_come_in_pieces() {
        let split = |received: &str| ask(PING, received).writes(&["{\"execute\":", "\"guest-ping\"}\n"]);
        let refusal = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"what?\"}}\n";
        Witness::of([split(OK)]).accepts("framing/split");
        Witness::of([split("")]).rejects("framing/split", "split:fewer");
        Witness::of([split(&refusal.repeat(2))]).rejects("framing/split", "split:more");
        Witness::of([ask(PING, OK), split(refusal)]).rejects("framing/split", "split:refused");
        Witness::of([split(refusal)]).accepts("framing/split");
    }

    #[test]
    fn requests_sent_together_are_answered_in_order() {
        let requests = "{\"execute\":\"guest-ping\",\"id\":1}\n{\"execute\":\"guest-ping\",\"id\":2}\n";
        let both = "{\"return\":{},\"id\":1}\n{\"return\":{},\"id\":2}\n";
        let swapped = "{\"return\":{},\"id\":2}\n{\"return\":{},\"id\":1}\n";
        Witness::of([step(requests, both)]).accepts("framing/several");
        Witness::of([step(requests, swapped)]).rejects("framing/several", "several:order");
        Witness::of([step(requests, "{\"return\":{},\"id\":1}\n")])
            .rejects("framing/several", "several:fewer");
        let syncs = [1, 2]
            .map(|id| format!("{{\"execute\":\"guest-sync\",\"arguments\":{{\"id\":{id}}}}}\n"))
            .concat();
        Witness::of([step(&syncs, "{\"return\":2}\n{\"return\":1}\n")])
            .rejects("framing/several", "several:order");
    }

    #[test]
    fn requests_need_no_line_end_between_them() {
        let joined = format!("{PING}{PING}\n");
        Witness::of([step(&joined, OK.repeat(2))]).accepts("framing/joined");
        Witness::of([step(&joined, OK)]).rejects("framing/joined", "joined:fewer");
        let lost = Ending::LostStep { regained: Rung::Newline, received: Vec::new() };
        Witness::of([step(PING, OK).ending(lost)]).rejects("framing/joined", "joined:lost");
        let late = Ending::LostStep { regained: Rung::Patience, received: Vec::new() };
        Witness::of([step(PING, OK).ending(late)]).rejects("liveness/in-step", "valid-joined:patience");
    }

    #[test]
    fn white_space_changes_nothing() {
        let spaced = "{\n  \"execute\" : \"guest-ping\"\n}\n";
        let refusal = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"what?\"}}\n";
        Witness::of([step(spaced, OK)]).accepts("framing/white-space");
        Witness::of([step(spaced, refusal.repeat(3))]).rejects("framing/white-space", "spaced:more");
        Witness::of([ask(PING, OK), step(spaced, refusal)]).rejects("framing/white-space", "spaced:refused");
        Witness::of([ask(r#"{"execute":"guest-ping","id":"a b"}"#, "{\"return\":{},\"id\":\"a b\"}\n")])
            .silences("framing/white-space");
    }

    #[test]
    fn escapes_change_nothing() {
        let escaped = r#"{"\u0065xecute":"guest\u002dping"}"#;
        Witness::of([ask(escaped, OK)]).accepts("framing/escapes");
        Witness::of([ask(escaped, "")]).rejects("framing/escapes", "escaped:fewer");
    }

    #[test]
    fn the_order_of_members_changes_nothing() {
        let reordered = r#"{"id":1,"execute":"guest-ping"}"#;
        let refusal = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"what?\"}}\n";
        Witness::of([ask(reordered, "{\"id\":1,\"return\":{}}\n")]).accepts("framing/member-order");
        Witness::of([ask(PING, OK), ask(reordered, refusal)])
            .rejects("framing/member-order", "reordered:refused");
        Witness::of([ask(reordered, "")]).rejects("framing/member-order", "reordered:fewer");
        Witness::of([ask(PING, OK)]).silences("framing/member-order");
    }

    #[test]
    fn the_same_request_returns_the_same() {
        let plain = r#"{"execute":"guest-get-osinfo"}"#;
        let spaced = plain.replace(':', ": ");
        let name = |name: &str| format!("{{\"return\":{{\"variant\":\"{name}\"}}}}\n");
        let both = |last: &str| Witness::of([ask(plain, &name("a")), ask(&spaced, &name(last))]);
        both("a").accepts("framing/white-space");
        both("b").rejects("framing/white-space", "spaced:changed");
        Witness::of([ask(plain, &name("a")), ask(plain, &name("b"))]).silences("framing/white-space");
    }

    #[test]
    fn abilities_about_writes_are_asked_once() {
        Witness::of([probe(ProbeKind::NoNewline, "", true)]).accepts("framing/newline-optional");
        Witness::of([probe(ProbeKind::NoNewline, "", false)])
            .rejects("framing/newline-optional", "unanswered");
        let companion = "{\"return\":2147483647}\n";
        Witness::of([probe(ProbeKind::TwoInOneWrite, companion, true)]).accepts("framing/two-in-one-write");
        Witness::of([probe(ProbeKind::TwoInOneWrite, companion, false)])
            .rejects("framing/two-in-one-write", "unanswered");
        Witness::of([probe(ProbeKind::TwoInOneWrite, "", true)])
            .rejects("framing/two-in-one-write", "unanswered");
    }
}
