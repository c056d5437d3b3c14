//! Chapter `envelope`: the form that all replies share.

use crate::classify::{Latitude, Standing};
use crate::text::{NoteKind, SyntaxErrorKind};
use crate::verdict::{Class, Evidence};
use crate::wire::{Frame, FrameKind, Malformed, Reply};

use super::attribution::{Shape, Tally};
use super::scene::{ExchangeScene, FrameScene, Turn, expects_reply};
use super::takeover;
use super::words::{fail, pass_if, shown, shown_json, shown_malformed};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&JSON, &OUTCOME, &ASCII, &DUPLICATE_NAMES, &ID, &ONE_REPLY];

static JSON: Rule = Rule {
    code: "envelope/json",
    class: Class::Violation,
    title: "Each reply is JSON in UTF-8",
    clauses: &[
        "qmp.valid-json-out",
        "qmp.double-quotes-out",
        "rfc8259.output-grammar",
        "rfc8259.utf8",
        "rfc8259.no-bom-sent",
    ],
    evidence: Evidence::AnyReply,
    explanation: "Every reply is read by the grammar of RFC 8259, strictly. Strings in single quotes, trailing \
        commas, raw control characters in strings, numbers such as NaN and bytes that are not UTF-8 violate the \
        rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Frame { expects: expects_reply, judge: json },
};

fn json(scene: &FrameScene<'_>) -> Outcome {
    let bytes = &scene.received.frame.bytes;
    let broken = |bucket: String, malformed: &Malformed| {
        fail(bucket, "JSON in UTF-8", shown_malformed(malformed, bytes))
    };
    match &scene.received.reply {
        Ok(reply) if has_note(reply, NoteKind::OverlongNul) => {
            broken("encoding".to_owned(), &Malformed::Encoding)
        }
        Ok(reply) => pass_if(!has_note(reply, NoteKind::SingleQuotes), || {
            fail("single-quotes", "strings in double quotes", shown(bytes))
        }),
        Err(Malformed::NotAnObject(_) | Malformed::Outcomes { .. }) => Outcome::Pass,
        Err(malformed @ Malformed::Syntax(error)) => match error.kind {
            // Our own limit, not one of JSON.
            SyntaxErrorKind::TooDeep => Outcome::Silent,
            kind => broken(format!("syntax:{kind:?}"), malformed),
        },
        Err(malformed @ Malformed::Encoding) => broken("encoding".to_owned(), malformed),
        Err(Malformed::NotAMessage) => Outcome::Silent,
    }
}

static OUTCOME: Rule = Rule {
    code: "envelope/outcome",
    class: Class::Violation,
    title: "Each reply is an object with either `return` or `error`",
    clauses: &["qmp.reply-object", "qmp.reply-one-outcome", "qmp.members-mandatory"],
    evidence: Evidence::AnyReply,
    explanation: "Every reply that is JSON is looked at. It conforms if it is an object with exactly one of the \
        members `return` and `error`. An array, a bare value, an object with neither or with both of them \
        violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Frame { expects: expects_reply, judge: outcome },
};

fn outcome(scene: &FrameScene<'_>) -> Outcome {
    let bytes = &scene.received.frame.bytes;
    let bucket = match &scene.received.reply {
        Ok(_) => return Outcome::Pass,
        Err(Malformed::NotAMessage | Malformed::Syntax(_) | Malformed::Encoding) => return Outcome::Silent,
        Err(Malformed::NotAnObject(_)) => "not-an-object",
        Err(Malformed::Outcomes { returns: 0, errors: 0 }) => "neither",
        Err(Malformed::Outcomes { returns: 1.., errors: 1.. }) => "both",
        Err(Malformed::Outcomes { .. }) => "twice",
    };
    fail(bucket, "an object with exactly one of `return` and `error`", shown(bytes))
}

static ASCII: Rule = Rule {
    code: "envelope/ascii",
    class: Class::Difference,
    title: "Replies are ASCII",
    clauses: &["client.ascii-output", "qmp.output-ascii"],
    evidence: Evidence::AnyReply,
    explanation: "Every reply is looked at. It conforms if all its bytes are ASCII, other characters being written \
        as escapes. The machine protocol asks for it and `qemu-ga` does it; since readers of UTF-8 cope with raw \
        characters, they are reported as a difference.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Frame { expects: expects_reply, judge: ascii },
};

fn ascii(scene: &FrameScene<'_>) -> Outcome {
    let frame = scene.received.frame;
    if frame.kind != FrameKind::Message || matches!(scene.received.reply, Err(Malformed::Encoding)) {
        return Outcome::Silent;
    }
    pass_if(frame.bytes.is_ascii(), || {
        fail("raw", "escapes for all characters beyond ASCII", shown(&frame.bytes))
    })
}

static DUPLICATE_NAMES: Rule = Rule {
    code: "envelope/duplicate-names",
    class: Class::Difference,
    title: "No object in a reply has a name twice",
    clauses: &["rfc8259.output-names-unique", "rfc8259.duplicate-names"],
    evidence: Evidence::AnyReply,
    explanation: "Every reply is looked at. It conforms if the names within each object are unique. What a reader \
        makes of a repeated name is not defined: some take the first value, some the last, some refuse the reply.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Frame { expects: expects_reply, judge: duplicate_names },
};

fn duplicate_names(scene: &FrameScene<'_>) -> Outcome {
    let Ok(reply) = &scene.received.reply else { return Outcome::Silent };
    pass_if(!has_note(reply, NoteKind::DuplicateKey), || {
        fail("duplicate", "unique names in each object", shown(&scene.received.frame.bytes))
    })
}

fn has_note(reply: &Reply<'_>, kind: NoteKind) -> bool {
    reply.document.notes.iter().any(|note| note.kind == kind)
}

/// Also applied to fences, which carry no id.
pub(super) static ID: Rule = Rule {
    code: "envelope/id",
    class: Class::Violation,
    title: "The reply has the id of its request, and none if the request has none",
    clauses: &["qmp.id-echoed", "qmp.id-optional", "qmp.id-any-value", "qmp.error-without-id"],
    evidence: Evidence::AnyReply,
    explanation: "Requests are sent with ids of all JSON types, and without. A reply conforms if its `id` equals \
        that of the request in value, on success and on errors; numbers may be spelled differently. A reply \
        without the id, with another value, or with an id that was never sent violates the rule. Not judged: \
        input that is no JSON, or whose id is ambiguous. `qemu-ga` echoes ids since 4.0.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: has_clear_id, judge: id },
};

fn has_clear_id(turn: &Turn<'_>) -> bool {
    let Some(document) = &turn.message.document else { return false };
    let ids = document.value.members().iter().filter(|member| member.key == *"id").count();
    turn.must_be_answered() && ids <= 1 && !leaves_id_open(&turn.message.standing)
}

fn leaves_id_open(standing: &Standing) -> bool {
    match standing {
        Standing::Valid | Standing::Invalid(_) => false,
        Standing::Open(latitudes) => latitudes.iter().any(|latitude| match latitude {
            Latitude::DuplicateKey
            | Latitude::ModifiedUtf8
            | Latitude::LoneSurrogate
            | Latitude::Noncharacter
            | Latitude::Limits => true,
            Latitude::SingleQuotes
            | Latitude::IntegerSpelling
            | Latitude::NegativeUnsigned
            | Latitude::DownstreamName
            | Latitude::LaterVersion => false,
        }),
    }
}

fn id(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    let executed = reply.success().is_some() && !turn.defects().is_empty();
    let not_understood = reply.error().is_some() && scene.attribution.shape != Shape::Plain;
    if executed || not_understood {
        // What such a reply is about has rules of its own.
        return Outcome::Silent;
    }
    let Some(sent) = turn.message.id() else { return judge_unasked_id(reply, frame) };
    if matches!(turn.message.standing, Standing::Open(_)) && reply.error().is_some() {
        return Outcome::Silent;
    }
    let bucket = match reply.id() {
        Some(echoed) if echoed.same_value(sent) => return Outcome::Pass,
        Some(_) => format!("changed:{}", sent.type_name()),
        None if reply.error().is_some() => "missing-on-error".to_owned(),
        None => "missing".to_owned(),
    };
    let echoed =
        reply.id().map_or_else(|| "no id".to_owned(), |id| format!("id {}", shown_json(id, &frame.bytes)));
    fail(bucket, format!("the id of the request, a JSON {}", sent.type_name()), echoed)
}

/// Whether a reply to a request without an id has none either.
pub(super) fn judge_unasked_id(reply: &Reply<'_>, frame: &Frame) -> Outcome {
    match reply.id() {
        None => Outcome::Pass,
        Some(id) => {
            fail("unasked", "no id, since none was sent", format!("id {}", shown_json(id, &frame.bytes)))
        }
    }
}

static ONE_REPLY: Rule = Rule {
    code: "envelope/one-reply",
    class: Class::Violation,
    title: "Each request gets exactly one reply",
    clauses: &["qmp.one-reply-per-request", "qmp.request-shape", "qapi.silent-failure"],
    evidence: Evidence::AnyReply,
    explanation: "A request is sent with a fence behind it. It conforms if exactly one reply comes before the \
        fence's, be it a success or an error; a command that sends nothing on success may also stay silent. No \
        reply and several replies violate the rule. White space alone gets no reply at all. Unusual spellings and \
        writes have rules of their own in the chapter on framing.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Exchange { concerns: |scene| scene.is_case() && scene.is_counted(), judge: one_reply },
};

fn one_reply(scene: &ExchangeScene<'_>) -> Outcome {
    let bucket = match scene.attribution.tally {
        Tally::Unknown => return Outcome::Silent,
        Tally::Even => return Outcome::Pass,
        Tally::Fewer => "none",
        Tally::More if takeover::explains_surplus(scene) => return Outcome::Silent,
        Tally::More if scene.reading.messages.is_empty() => "unasked",
        Tally::More => "several",
    };
    let refusal_due = |turn: &Turn<'_>| turn.sole_defect().is_some() && turn.is_silently_accepted(scene);
    if scene.attribution.shape != Shape::Plain || scene.turns().any(|turn| refusal_due(&turn)) {
        return Outcome::Silent;
    }
    let replies = scene.replies.iter().map(|received| shown(&received.frame.bytes));
    let got = match scene.replies.len() {
        0 => "no reply before the fence's".to_owned(),
        count => format!("{count} replies: {}", replies.take(4).collect::<Vec<_>>().join(" | ")),
    };
    fail(
        bucket,
        format!("{} reply to {} request(s)", scene.reading.messages.len(), scene.reading.messages.len()),
        got,
    )
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, ask, call, step};
    use crate::wire::Ending;

    const PING: &str = r#"{"execute":"guest-ping"}"#;
    const OK: &str = "{\"return\": {}}\n";

    #[test]
    fn a_reply_is_json_in_utf8() {
        Witness::of([ask(PING, OK)]).accepts("envelope/json");
        Witness::of([ask(PING, "{\"return\": {},}\n")]).rejects("envelope/json", "syntax:TrailingComma");
        Witness::of([ask(PING, "{'return': {}}\n")]).rejects("envelope/json", "single-quotes");
        let latin = step(format!("{PING}\n"), b"{\"return\":{\"x\":\"\xE4\"}}\n");
        Witness::of([latin]).rejects("envelope/json", "encoding");
    }

    #[test]
    fn a_reply_has_exactly_one_outcome() {
        Witness::of([ask(PING, OK)]).accepts("envelope/outcome");
        Witness::of([ask(PING, "[]\n")]).rejects("envelope/outcome", "not-an-object");
        Witness::of([ask(PING, "{}\n")]).rejects("envelope/outcome", "neither");
        Witness::of([ask(PING, "{\"return\":{},\"error\":null}\n")]).rejects("envelope/outcome", "both");
        Witness::of([ask(PING, "{\"return\":{},\"return\":{}}\n")]).rejects("envelope/outcome", "twice");
    }

    #[test]
    fn a_reply_is_ascii() {
        let name = |text: &str| {
            ask(
                r#"{"execute":"guest-get-host-name"}"#,
                &format!("{{\"return\":{{\"host-name\":\"{text}\"}}}}\n"),
            )
        };
        Witness::of([name("a\\u00e4")]).accepts("envelope/ascii");
        Witness::of([name("a\u{e4}")]).rejects("envelope/ascii", "raw");
    }

    #[test]
    fn names_in_a_reply_are_unique() {
        Witness::of([ask(PING, OK)]).accepts("envelope/duplicate-names");
        Witness::of([ask(PING, "{\"return\":{\"x\":1,\"x\":2}}\n")])
            .rejects("envelope/duplicate-names", "duplicate");
    }

    #[test]
    fn the_id_comes_back() {
        let with = |sent: &str, got: &str| {
            ask(
                &format!("{{\"execute\":\"guest-ping\",\"id\":{sent}}}"),
                &format!("{{\"return\":{{}}{got}}}\n"),
            )
        };
        Witness::of([with("1.0", ",\"id\":1")]).accepts("envelope/id");
        Witness::of([with("{\"a\":[1,2],\"b\":null}", ",\"id\":{\"b\":null,\"a\":[1,2]}")])
            .accepts("envelope/id");
        Witness::of([with("7", "")]).rejects("envelope/id", "missing");
        Witness::of([with("\"x\"", ",\"id\":0")]).rejects("envelope/id", "changed:string");
        Witness::of([with("9223372036854775807", ",\"id\":9223372036854775808")])
            .rejects("envelope/id", "changed:number");
        Witness::of([ask(PING, "{\"return\":{},\"id\":null}\n")]).rejects("envelope/id", "unasked");
        Witness::of([ask(PING, OK).fence_reply("{\"return\":77,\"id\":1}\n")])
            .rejects("envelope/id", "unasked");
        let unknown = "{\"execute\":\"guest-qgaspec-x\",\"id\":1}";
        let error = "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"\"}}\n";
        Witness::of([ask(unknown, error)]).rejects("envelope/id", "missing-on-error");
        Witness::of([ask("{\"execute\":\"guest-ping\",\"id\":1,\"id\":2}", OK)]).silences("envelope/id");
        let generic = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"}}\n";
        Witness::of([ask("{ \"execute\":\"guest-ping\",\"id\":1}", generic)]).silences("envelope/id");
    }

    #[test]
    fn each_request_has_one_reply() {
        let error = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"}}\n";
        Witness::of([ask(PING, OK)]).accepts("envelope/one-reply");
        Witness::of([ask(PING, "")]).rejects("envelope/one-reply", "none");
        Witness::of([ask(PING, &OK.repeat(2))]).rejects("envelope/one-reply", "several");
        Witness::of([step(" \n", "")]).accepts("envelope/one-reply");
        Witness::of([step(" \n", error)]).rejects("envelope/one-reply", "unasked");
        Witness::of([call("guest-shutdown", "{}", error.trim())]).accepts("envelope/one-reply");
        Witness::of([ask("{\"execute\":\"guest-shutdown\"}", "")]).accepts("envelope/one-reply");
        let two_defects = "{\"execute\":\"guest-shutdown\",\"arguments\":{\"mode\":1},\"x\":1}";
        Witness::of([ask(two_defects, "")]).rejects("envelope/one-reply", "none");
        Witness::of([ask(PING, "").ending(Ending::Waited)]).rejects("envelope/one-reply", "none");
        Witness::of([step("@}\n", error.repeat(2))]).silences("envelope/one-reply");
    }
}
