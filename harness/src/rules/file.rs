//! Chapter `file`: handles, positions and contents, as far as the model knows them.

use crate::model::Files;
use crate::model::files::Whence;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::base64;
use super::error::refused;
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, pass_if, shown, shown_json};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[
    &HANDLE_DISTINCT,
    &CLOSED,
    &BAD_HANDLE,
    &MODE,
    &READ_COUNT,
    &READ_BASE64,
    &READ_CONTENT,
    &READ_EOF,
    &WRITE_COUNT,
    &SEEK_POSITION,
];

/// Reads at most this many bytes if the request does not say.
const DEFAULT_COUNT: i64 = 4096;
/// No agent counts its handles so far.
const HUGE_HANDLE: i64 = 1 << 40;
static HANDLE_DISTINCT: Rule = Rule {
    code: "file/handle-distinct",
    class: Class::Violation,
    title: "A new handle is not one that is still open",
    clauses: &["schema.guest-file-open.handle"],
    evidence: Evidence::Success,
    explanation: "Several files are opened. A returned handle conforms if no file that is still open has it. That a \
        handle is never used again after closing is a habit of `qemu-ga`, not asked for.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, "guest-file-open"), judge: handle_distinct },
};

fn is_valid(turn: &Turn<'_>, command: &str) -> bool {
    turn.is_valid() && turn.command_name() == Some(command)
}

fn files<'t>(turn: &Turn<'t>) -> Option<&'t Files> {
    turn.model.map(|model| &model.files)
}

fn handle(turn: &Turn<'_>) -> Option<i64> {
    turn.argument("handle")?.as_i64()
}

fn handle_distinct(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(files), Some(handle)) = (files(turn), turn.success().and_then(Json::as_i64)) else {
        return Outcome::Silent;
    };
    pass_if(!files.is_open(handle), || {
        fail("reused", "a handle that is not in use", format!("handle {handle}, which is still open"))
    })
}

static CLOSED: Rule = Rule {
    code: "file/closed",
    class: Class::Violation,
    title: "A closed handle stands for no file any more",
    clauses: &["schema.guest-file-close.closes", "schema.guest-file-close.handle"],
    evidence: Evidence::Error,
    explanation: "File commands are sent with a handle that has been closed, a second close among them. They \
        conform if the reply is an error, unless a later open has returned the handle again.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| uses_handle(turn) && knows(turn, Files::is_closed),
        judge: |turn, scene| refused(turn, scene, "accepted"),
    },
};

fn uses_handle(turn: &Turn<'_>) -> bool {
    let commands =
        ["guest-file-close", "guest-file-read", "guest-file-write", "guest-file-seek", "guest-file-flush"];
    turn.is_valid() && turn.command_name().is_some_and(|name| commands.contains(&name))
}

fn knows(turn: &Turn<'_>, what: fn(&Files, i64) -> bool) -> bool {
    files(turn).zip(handle(turn)).is_some_and(|(files, handle)| what(files, handle))
}

static BAD_HANDLE: Rule = Rule {
    code: "file/bad-handle",
    class: Class::Violation,
    title: "A number that was never a handle is refused",
    clauses: &[
        "schema.guest-file-open.handle",
        "schema.guest-file-close.handle",
        "schema.guest-file-read.handle",
        "schema.guest-file-write.handle",
        "schema.guest-file-seek.handle",
        "schema.guest-file-flush.handle",
    ],
    evidence: Evidence::Error,
    explanation: "File commands are sent with negative and with huge numbers that no open has returned. They \
        conform if the reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: has_bad_handle, judge: |turn, scene| refused(turn, scene, "accepted") },
};

fn has_bad_handle(turn: &Turn<'_>) -> bool {
    let odd = handle(turn).is_some_and(|handle| !(0..HUGE_HANDLE).contains(&handle));
    odd && uses_handle(turn)
        && files(turn).is_none_or(|files| handle(turn).is_some_and(|handle| files.was_never_opened(handle)))
}

static MODE: Rule = Rule {
    code: "file/mode",
    class: Class::Violation,
    title: "A mode that no fopen knows is refused",
    clauses: &["schema.guest-file-open.modes"],
    evidence: Evidence::Error,
    explanation: "Files are opened with modes that begin with none of the letters r, w and a. They conform if the \
        reply is an error. Extensions that some systems know, such as `x` and `e` behind the first letter, are not \
        judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: has_unknown_mode, judge: |turn, scene| refused(turn, scene, "accepted") },
};

fn has_unknown_mode(turn: &Turn<'_>) -> bool {
    is_valid(turn, "guest-file-open")
        && turn.argument("mode").and_then(Json::as_str).is_some_and(|mode| !mode.starts_with(['r', 'w', 'a']))
}

static READ_COUNT: Rule = Rule {
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
    is_valid(turn, "guest-file-read")
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

static READ_BASE64: Rule = Rule {
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

static READ_CONTENT: Rule = Rule {
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

static READ_EOF: Rule = Rule {
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

static WRITE_COUNT: Rule = Rule {
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
    scope: Scope::Turn { concerns: |turn| is_valid(turn, "guest-file-write"), judge: write_count },
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

static SEEK_POSITION: Rule = Rule {
    code: "file/seek-position",
    class: Class::Violation,
    title: "A seek ends at the position that was asked for",
    clauses: &[
        "schema.guest-file-seek.position",
        "schema.guest-file-seek.offset",
        "schema.guest-file-seek.whence",
        "schema.guest-file-seek.tells",
        "schema.GuestFileSeek.position",
        "schema.GuestFileWhence.value",
        "schema.GuestFileWhence.name",
    ],
    evidence: Evidence::Success,
    explanation: "Open files are sought in, from the start, the current position and the end, with names (set, cur, \
        end) and numbers (0, 1, 2) for these. A reply conforms if `position` is the sum of start and offset, as far \
        as the start is known. Names that an agent takes for another number show here. Names since 2.6.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, "guest-file-seek"), judge: seek_position },
};

fn seek_position(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let whence = turn.argument("whence").and_then(Whence::read);
    let offset = turn.argument("offset").and_then(Json::as_i64);
    let target = whence
        .zip(offset)
        .zip(files(turn).zip(handle(turn)))
        .and_then(|((whence, offset), (files, handle))| files.seek_target(handle, whence, offset));
    let position = turn.success().and_then(|value| value.member("position"));
    let (Some(target), Some(position), Some(frame)) = (target, position, turn.frame) else {
        return Outcome::Silent;
    };
    if target < 0 {
        return Outcome::Silent;
    }
    pass_if(position.as_number().and_then(|number| number.as_i128()) == Some(target), || {
        let whence = turn.argument("whence").map_or("", |whence| whence.type_name());
        let got = format!("position {}", shown_json(position, &frame.bytes));
        fail(format!("position:{whence}"), format!("position {target}"), got)
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call};

    const OK: &str = "{\"return\":{}}";
    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    fn open(path: &str, mode: &str, handle: i64) -> Step {
        let reply = format!("{{\"return\":{handle}}}");
        call("guest-file-open", &format!("{{\"path\":\"{path}\",\"mode\":\"{mode}\"}}"), &reply)
    }

    fn on(command: &str, handle: i64, reply: &str) -> Step {
        call(command, &format!("{{\"handle\":{handle}}}"), reply)
    }

    /// Writes `hello` (aGVsbG8=).
    fn write(handle: i64, count: i64) -> Step {
        let reply = format!("{{\"return\":{{\"count\":{count},\"eof\":false}}}}");
        call("guest-file-write", &format!("{{\"handle\":{handle},\"buf-b64\":\"aGVsbG8=\"}}"), &reply)
    }

    fn seek(handle: i64, offset: i64, whence: &str, position: i64) -> Step {
        let reply = format!("{{\"return\":{{\"position\":{position},\"eof\":false}}}}");
        call(
            "guest-file-seek",
            &format!("{{\"handle\":{handle},\"offset\":{offset},\"whence\":{whence}}}"),
            &reply,
        )
    }

    fn read(handle: i64, count: i64, got: i64, text: &str, eof: bool) -> Step {
        let reply = format!("{{\"return\":{{\"count\":{got},\"buf-b64\":\"{text}\",\"eof\":{eof}}}}}");
        call("guest-file-read", &format!("{{\"handle\":{handle},\"count\":{count}}}"), &reply)
    }

    #[test]
    fn handles_in_use_are_distinct() {
        Witness::of([open("/t/a", "w", 1), open("/t/b", "w", 2)]).accepts("file/handle-distinct");
        Witness::of([open("/t/a", "w", 1), open("/t/b", "w", 1)]).rejects("file/handle-distinct", "reused");
        Witness::of([open("/t/a", "w", 1), on("guest-file-close", 1, OK), open("/t/b", "w", 1)])
            .accepts("file/handle-distinct");
    }

    #[test]
    fn a_closed_handle_is_refused() {
        let closed = || [open("/t/a", "w", 1), on("guest-file-close", 1, OK)];
        let then = |step| Witness::of(closed().into_iter().chain([step]));
        then(on("guest-file-close", 1, ERROR)).accepts("file/closed");
        then(on("guest-file-close", 1, OK)).rejects("file/closed", "accepted");
        then(on("guest-file-flush", 1, OK)).rejects("file/closed", "accepted");
        let again = closed().into_iter().chain([open("/t/b", "r", 1), on("guest-file-flush", 1, OK)]);
        Witness::of(again).silences("file/closed");
    }

    #[test]
    fn what_was_never_a_handle_is_refused() {
        Witness::of([on("guest-file-flush", -1, ERROR)]).accepts("file/bad-handle");
        Witness::of([on("guest-file-flush", i64::MAX, OK)]).rejects("file/bad-handle", "accepted");
        Witness::of([on("guest-file-flush", 7, OK)]).silences("file/bad-handle");
    }

    #[test]
    fn an_unknown_mode_is_refused() {
        let with = |reply| call("guest-file-open", "{\"path\":\"/t/a\",\"mode\":\"qx\"}", reply);
        Witness::of([with(ERROR)]).accepts("file/mode");
        Witness::of([with("{\"return\":3}")]).rejects("file/mode", "accepted");
        Witness::of([open("/t/a", "rbe", 1)]).silences("file/mode");
    }

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
    fn a_write_counts_its_bytes() {
        Witness::of([open("/t/a", "w", 1), write(1, 5)]).accepts("file/write-count");
        Witness::of([open("/t/a", "w", 1), write(1, 8)]).rejects("file/write-count", "count");
        Witness::of([open("/t/a", "w", 1), write(1, 4)]).silences("file/write-count");
        Witness::of([open("/t/a", "w", 1), write(1, 0)]).rejects("file/write-count", "count");
    }

    #[test]
    fn a_seek_ends_where_it_should() {
        let prepared = || [open("/t/a", "w+", 1), write(1, 5)];
        let then = |step| Witness::of(prepared().into_iter().chain([step]));
        then(seek(1, 2, "0", 2)).accepts("file/seek-position");
        then(seek(1, -2, "\"end\"", 3)).accepts("file/seek-position");
        then(seek(1, 1, "1", 6)).accepts("file/seek-position");
        then(seek(1, -2, "\"end\"", 0)).rejects("file/seek-position", "position:string");
        then(seek(1, 2, "0", 7)).rejects("file/seek-position", "position:number");
        then(seek(1, -2, "0", 0)).silences("file/seek-position");
        Witness::of([open("/t/a", "a", 1), seek(1, 0, "1", 12)]).silences("file/seek-position");
        let appended =
            [open("/t/a", "w", 1), write(1, 5), on("guest-file-close", 1, OK), open("/t/a", "a", 2)];
        Witness::of(appended.into_iter().chain([write(2, 5), seek(2, 0, "1", 10)]))
            .accepts("file/seek-position");
    }
}
