//! What a write takes, and how it counts.

use crate::model::Files;
use crate::rules::error::refused;
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet, base64};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::{WRITE, files, handle, integer, is_valid, knows};

pub(super) static WRITE_COUNT: Rule = Rule {
    code: "file/write-count",
    class: Class::Violation,
    title: "The count of a write is the number of bytes written",
    clauses: &[
        "schema.guest-file-write.count",
        "schema.guest-file-write.default-count",
        "schema.GuestFileWrite.count",
    ],
    evidence: Evidence::Success,
    explanation: "Bytes are written with and without a count. A reply conforms if its `count` is the number of bytes \
        asked for: the count of the request, or all of the buffer. More, and a length in characters of base64, \
        violate the rule; a smaller number may be a full disk and is not judged, unless it is 0.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, WRITE), judge: write_count },
};

fn write_count(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let written = turn.success().and_then(|value| value.member("count")?.as_i64());
    let sent =
        turn.argument("buf-b64").and_then(Json::as_str).and_then(|text| base64::decode_strictly(&text));
    let (Some(written), Some(sent)) = (written, sent) else { return Outcome::Silent };
    let length = sent.len().cast_signed() as i64;
    let asked = turn.argument("count").map_or(Some(length), Json::as_i64);
    let Some(asked) = asked.filter(|asked| *asked >= 0).map(|asked| asked.min(length)) else {
        return Outcome::Silent;
    };
    if (1..asked).contains(&written) {
        return Outcome::Silent;
    }
    pass_if(written == asked, || fail("count", format!("count {asked}"), format!("count {written}")))
}

pub(super) static COUNT_BEYOND: Rule = Rule {
    code: "file/count-beyond-buffer",
    class: Class::Difference,
    title: "A write of more bytes than there are is refused",
    clauses: &["schema.guest-file-write.count"],
    evidence: Evidence::Error,
    explanation: "Bytes are written with a count above their number. The request conforms if the reply is an error. No \
        sentence forbids to write what is there instead, but that is what `qemu-ga` does, and tests of it ask for it.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            sent_length(turn).zip(integer(turn, "count")).is_some_and(|(length, count)| count > length)
                && is_writable(turn)
        },
        judge: |turn, scene| refused(turn, scene, "accepted"),
    },
};

/// How many bytes a write in good form brings.
fn sent_length(turn: &Turn<'_>) -> Option<i64> {
    let text = turn.argument("buf-b64").filter(|_| is_valid(turn, WRITE))?.as_str()?;
    Some(base64::decode_strictly(&text)?.len().cast_signed() as i64)
}

fn is_writable(turn: &Turn<'_>) -> bool {
    let access = files(turn).zip(handle(turn)).and_then(|(files, handle)| files.access(handle));
    access.is_some_and(|access| access.writes)
}

pub(super) static WRITE_BASE64: Rule = Rule {
    code: "file/write-base64",
    class: Class::Violation,
    title: "A buffer that is not base64 is refused",
    clauses: &["schema.guest-file-write.base64"],
    evidence: Evidence::Error,
    explanation: "Open files are written to with a `buf-b64` that has characters which base64 does not have. They \
        conform if the reply is an error. Faults of the padding and white space are not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            let text = turn.argument("buf-b64").and_then(Json::as_str);
            is_valid(turn, WRITE)
                && text.is_some_and(|text| base64::is_foreign(&text))
                && knows(turn, Files::is_open)
        },
        judge: |turn, scene| refused(turn, scene, "accepted"),
    },
};

#[cfg(test)]
mod tests {
    use super::super::tests::{open, prepared, refusal, write};
    use crate::rules::witness::{Witness, call};

    #[test]
    fn a_write_counts_its_bytes() {
        Witness::of([open("/t/a", "w", 1), write(1, 5)]).accepts("file/write-count");
        Witness::of([open("/t/a", "w", 1), write(1, 8)]).rejects("file/write-count", "count");
        Witness::of([open("/t/a", "w", 1), write(1, 4)]).silences("file/write-count");
        Witness::of([open("/t/a", "w", 1), write(1, 0)]).rejects("file/write-count", "count");
    }

    #[test]
    fn more_than_there_is_cannot_be_written() {
        let request = |count: i64| format!("{{\"handle\":1,\"buf-b64\":\"aGVsbG8=\",\"count\":{count}}}");
        prepared("r+", refusal("guest-file-write", &request(6))).accepts("file/count-beyond-buffer");
        let all = "{\"return\":{\"count\":5,\"eof\":false}}";
        prepared("r+", call("guest-file-write", &request(6), all))
            .rejects("file/count-beyond-buffer", "accepted");
        prepared("r+", call("guest-file-write", &request(5), all)).silences("file/count-beyond-buffer");
    }

    #[test]
    fn a_buffer_has_to_be_base64() {
        let request = |text: &str| format!("{{\"handle\":1,\"buf-b64\":\"{text}\"}}");
        prepared("r+", refusal("guest-file-write", &request("aG*s"))).accepts("file/write-base64");
        let none = "{\"return\":{\"count\":0,\"eof\":false}}";
        prepared("r+", call("guest-file-write", &request("aG*s"), none))
            .rejects("file/write-base64", "accepted");
        prepared("r+", refusal("guest-file-write", &request("aGVsbG8"))).silences("file/write-base64");
        Witness::of([open("/t/a", "w", 1), refusal("guest-file-write", &request("a\\nb"))])
            .silences("file/write-base64");
    }
}
