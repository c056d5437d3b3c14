//! What a read returns, and how it counts.

use crate::rules::error::refused;
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if, shown};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet, base64};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use crate::model::Files;

use super::{READ, WRITE, files, handle, integer, is_valid, knows};

/// Reads at most this many bytes if the request does not say.
const DEFAULT_COUNT: i64 = 4096;
/// The greatest count that is surely allowed: 48 MB, which some take for more.
pub(super) const LARGEST_COUNT: i64 = 48_000_000;

pub(super) static READ_COUNT: Rule = Rule {
    code: "file/read-count",
    class: Class::Violation,
    title: "The count of a read is the number of bytes in its buffer, and not above what was asked for",
    clauses: &[
        "schema.guest-file-read.count",
        "schema.guest-file-read.default-count",
        "schema.GuestFileRead.count",
    ],
    evidence: Evidence::Success,
    explanation: "Files are read with and without a count. A reply conforms if `count` is the length of the decoded \
        buffer and not above the count of the request, 4096 by default.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_read, judge: read_count },
};

fn is_read(turn: &Turn<'_>) -> bool {
    is_valid(turn, READ)
}

/// The bytes that a read returned, its count and whether it met the end, if they can be read at all.
struct ReadBack {
    bytes: Vec<u8>,
    count: i64,
    eof: bool,
    asked: i64,
}

impl ReadBack {
    fn of(turn: &Turn<'_>) -> Option<Self> {
        let value = turn.success()?;
        Some(Self {
            bytes: base64::decode(&value.member("buf-b64")?.as_str()?)?,
            count: value.member("count")?.as_i64()?,
            eof: value.member("eof")?.as_bool()?,
            asked: turn
                .argument("count")
                .map_or(Some(DEFAULT_COUNT), Json::as_i64)
                .filter(|asked| *asked >= 0)?,
        })
    }
}

fn read_count(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(read) = ReadBack::of(turn) else { return Outcome::Silent };
    let length = read.bytes.len().cast_signed() as i64;
    if read.count != length {
        return fail(
            "length",
            format!("count {length}, the length of the buffer"),
            format!("count {}", read.count),
        );
    }
    pass_if(read.count <= read.asked, || {
        fail("beyond", format!("at most {} bytes", read.asked), format!("{} bytes", read.count))
    })
}

pub(super) static READ_BASE64: Rule = Rule {
    code: "file/read-base64",
    class: Class::Violation,
    title: "What a read returns is in base64",
    clauses: &["schema.guest-file-read.base64", "schema.GuestFileRead.buf-b64"],
    evidence: Evidence::Success,
    explanation: "Files are read. A reply conforms if `buf-b64` has the standard alphabet, full padding and no bits \
        left over. Line breaks, the alphabet for URLs and missing padding violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_read, judge: read_base64 },
};

fn read_base64(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(text) = turn.success().and_then(|value| value.member("buf-b64")?.as_str()) else {
        return Outcome::Silent;
    };
    base64::judge_spelling(&text)
}

pub(super) static READ_CONTENT: Rule = Rule {
    code: "file/read-content",
    class: Class::Violation,
    title: "A read returns what was written there",
    clauses: &[
        "schema.guest-file-write.content",
        "schema.guest-file-write.default-count",
        "schema.guest-file-read.reads",
        "schema.guest-file-open.opens-path",
        "schema.guest-file-flush.flushes",
    ],
    evidence: Evidence::Success,
    explanation: "Files that the harness has made are written, sought in and read, by one handle or several. A read \
        conforms if its bytes are those that must stand at the position. It may return fewer than asked for, but \
        not none while there are more. Left open, as C does: a read behind a write without a seek or flush \
        between them, and what another handle may have buffered.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_content, judge: read_content },
};

fn knows_content(turn: &Turn<'_>) -> bool {
    is_read(turn) && knows(turn, |files, handle| files.rest(handle).is_some())
}

fn rest<'t>(turn: &Turn<'t>) -> Option<&'t [u8]> {
    files(turn)?.rest(handle(turn)?)
}

fn read_content(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(rest), Some(read)) = (rest(turn), ReadBack::of(turn)) else { return Outcome::Silent };
    if read.bytes.is_empty() && read.asked > 0 && !rest.is_empty() {
        return fail("empty", format!("up to {} bytes", rest.len()), "no bytes");
    }
    pass_if(rest.starts_with(&read.bytes), || {
        let differs = rest.iter().zip(&read.bytes).take_while(|(wanted, got)| wanted == got).count();
        let from = |bytes: &[u8]| shown(bytes.get(differs..).unwrap_or_default());
        fail(
            "bytes",
            format!("at offset {differs}: {}", from(rest)),
            format!("at offset {differs}: {}", from(&read.bytes)),
        )
    })
}

pub(super) static READ_EOF: Rule = Rule {
    code: "file/read-eof",
    class: Class::Violation,
    title: "A read reports the end of the file when it met it, and not before",
    clauses: &["schema.guest-file-read.eof", "schema.GuestFileRead.eof"],
    evidence: Evidence::Success,
    explanation: "Files that the harness has made are read to their end and beyond. A read for which nothing is left \
        conforms if `eof` is true, and one after which bytes are left if it is false. A read that returns exactly \
        the last bytes may say either.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_content, judge: read_eof },
};

fn read_eof(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(rest), Some(read)) = (rest(turn), ReadBack::of(turn)) else { return Outcome::Silent };
    let is_wrong = !rest.starts_with(&read.bytes) || (read.bytes.is_empty() && !rest.is_empty());
    if is_wrong || read.asked == 0 {
        return Outcome::Silent;
    }
    match (rest.is_empty(), read.bytes.len() < rest.len()) {
        (true, _) => pass_if(read.eof, || fail("late", "eof true, since nothing is left", "eof false")),
        (false, true) => pass_if(!read.eof, || {
            fail(
                "early",
                format!("eof false, since {} bytes are left", rest.len() - read.bytes.len()),
                "eof true",
            )
        }),
        (false, false) => Outcome::Silent,
    }
}

pub(super) static NEGATIVE_COUNT: Rule = Rule {
    code: "file/negative-count",
    class: Class::Violation,
    title: "A negative count is refused",
    clauses: &["schema.guest-file-read.count", "schema.guest-file-write.count"],
    evidence: Evidence::Error,
    explanation: "Open files are read and written with negative counts. They conform if the reply is an error. Agents \
        that take such a count for a huge one, or for none, violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            let has_count = is_valid(turn, READ) || is_valid(turn, WRITE);
            has_count && integer(turn, "count").is_some_and(|count| count < 0) && knows(turn, Files::is_open)
        },
        judge: |turn, scene| refused(turn, scene, "accepted"),
    },
};

#[cfg(test)]
mod tests {
    use super::super::tests::{OK, on, open, prepared, read, refusal, seek, write};
    use crate::rules::witness::{Witness, call, step};

    #[test]
    fn a_count_is_that_of_the_bytes_read() {
        Witness::of([read(7, 10, 5, "aGVsbG8=", true)]).accepts("file/read-count");
        Witness::of([read(7, 10, 8, "aGVsbG8=", true)]).rejects("file/read-count", "length");
        Witness::of([read(7, 3, 5, "aGVsbG8=", true)]).rejects("file/read-count", "beyond");
        Witness::of([read(7, -1, 5, "aGVsbG8=", true)]).silences("file/read-count");
    }

    #[test]
    fn what_is_read_is_in_base64() {
        Witness::of([read(7, 10, 0, "", true)]).accepts("file/read-base64");
        Witness::of([read(7, 10, 5, "aGVsbG8", true)]).rejects("file/read-base64", "spelling");
        Witness::of([read(7, 10, 3, "____", true)]).rejects("file/read-base64", "spelling");
    }

    #[test]
    fn what_was_written_is_read() {
        let prepared = || [open("/t/a", "w+", 1), write(1, 5), seek(1, 1, "\"set\"", 1)];
        let then = |step| Witness::of(prepared().into_iter().chain([step]));
        then(read(1, 3, 3, "ZWxs", false)).accepts("file/read-content");
        then(read(1, 3, 2, "ZWw=", false)).accepts("file/read-content");
        then(read(1, 3, 3, "aGVs", false)).rejects("file/read-content", "bytes");
        then(read(1, 3, 0, "", false)).rejects("file/read-content", "empty");
        let other = [open("/t/a", "w+", 1), write(1, 5), on("guest-file-flush", 1, OK), open("/t/a", "r", 2)];
        Witness::of(other.into_iter().chain([read(2, 9, 5, "aGVsbG8=", true)])).accepts("file/read-content");
    }

    #[test]
    fn what_c_leaves_open_is_left_open() {
        let unsought = [open("/t/a", "w+", 1), write(1, 5), read(1, 3, 0, "", true)];
        Witness::of(unsought).silences("file/read-content");
        let unflushed = [open("/t/a", "w", 1), open("/t/a", "r", 2), write(1, 5), read(2, 3, 0, "", true)];
        Witness::of(unflushed).silences("file/read-content");
        let buffered = [
            open("/t/a", "w", 1),
            open("/t/a", "r", 2),
            read(2, 3, 0, "", true),
            write(1, 5),
            on("guest-file-flush", 1, OK),
            read(2, 3, 0, "", true),
        ];
        Witness::of(buffered).silences("file/read-content");
        let two_writers = [open("/t/a", "w+", 1), open("/t/a", "r+", 2), write(1, 5), seek(1, 0, "0", 0)];
        Witness::of(two_writers.into_iter().chain([read(1, 3, 0, "", true)])).silences("file/read-content");
        let forgotten = [open("t/a", "w", 1), step("{", ""), open("/t/a", "w+", 2), write(1, 5)];
        Witness::of(forgotten.into_iter().chain([read(2, 3, 3, "aGVs", false)]))
            .silences("file/read-content");
        let program =
            [open("/t/a", "w+", 1), call("guest-exec", "{\"path\":\"sh\"}", "{\"return\":{\"pid\":9}}")];
        Witness::of(program.into_iter().chain([read(1, 3, 2, "aGU=", true)])).silences("file/read-content");
    }

    #[test]
    fn the_end_is_told_when_it_is_met() {
        let prepared = || [open("/t/a", "w+", 1), write(1, 5), seek(1, 0, "\"set\"", 0)];
        let then = |step| Witness::of(prepared().into_iter().chain([step]));
        then(read(1, 3, 3, "aGVs", false)).accepts("file/read-eof");
        then(read(1, 3, 3, "aGVs", true)).rejects("file/read-eof", "early");
        then(read(1, 5, 5, "aGVsbG8=", false)).silences("file/read-eof");
        then(read(1, 5, 5, "aGVsbG8=", true)).silences("file/read-eof");
        let beyond = || [open("/t/a", "w+", 1), write(1, 5), seek(1, 9, "\"set\"", 9)];
        Witness::of(beyond().into_iter().chain([read(1, 3, 0, "", true)])).accepts("file/read-eof");
        Witness::of(beyond().into_iter().chain([read(1, 3, 0, "", false)])).rejects("file/read-eof", "late");
    }

    #[test]
    fn a_negative_count_is_refused() {
        prepared("r", refusal("guest-file-read", "{\"handle\":1,\"count\":-1}"))
            .accepts("file/negative-count");
        prepared("r", read(1, -1, 5, "aGVsbG8=", true)).rejects("file/negative-count", "accepted");
        let written = "{\"handle\":1,\"buf-b64\":\"aGVsbG8=\",\"count\":-5}";
        prepared("r+", refusal("guest-file-write", written)).accepts("file/negative-count");
        Witness::of([refusal("guest-file-read", "{\"handle\":1,\"count\":-1}")])
            .silences("file/negative-count");
    }
}
