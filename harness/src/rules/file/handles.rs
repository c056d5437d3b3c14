//! Handles: distinct, usable while open, dead after close.

use crate::model::Files;
use crate::model::files::Whence;
use crate::rules::error::refused;
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if, shown_reply};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::read::LARGEST_COUNT;
use super::{OPEN, READ, SEEK, files, handle, integer, is_valid, knows, uses_handle};

/// No agent counts its handles so far.
const HUGE_HANDLE: i64 = 1 << 40;

pub(super) static HANDLE_DISTINCT: Rule = Rule {
    code: "file/handle-distinct",
    class: Class::Violation,
    title: "A new handle is not one that is still open",
    clauses: &["schema.guest-file-open.handle"],
    evidence: Evidence::Success,
    explanation: "Several files are opened. A returned handle conforms if no file that is still open has it. That a \
        handle is never used again after closing is a habit of `qemu-ga`, not asked for.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, OPEN), judge: handle_distinct },
};

fn handle_distinct(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(files), Some(handle)) = (files(turn), turn.success().and_then(Json::as_i64)) else {
        return Outcome::Silent;
    };
    pass_if(!files.is_open(handle), || {
        fail("reused", "a handle that is not in use", format!("handle {handle}, which is still open"))
    })
}

pub(super) static CLOSED: Rule = Rule {
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

pub(super) static BAD_HANDLE: Rule = Rule {
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

pub(super) static USABLE: Rule = Rule {
    code: "file/usable",
    class: Class::Violation,
    title: "A handle stands for its file until it is closed",
    clauses: &["schema.guest-file-open.handle", "schema.guest-file-close.closes"],
    evidence: Evidence::Success,
    explanation: "Files whose content is known are read, and sought in within their length, while several are open \
        and after their end was met. These requests conform if they are not refused, once the agent has answered \
        such a request: only a handle that stands for no file any more can be the reason.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_sure_to_work(turn), judge: usable },
};

/// Whether nothing can fail about the request as long as the handle is good.
fn is_sure_to_work(turn: &Turn<'_>) -> bool {
    let Some((files, handle)) = files(turn).zip(handle(turn)) else { return false };
    let Some(length) = files.settled_length(handle) else { return false };
    if is_valid(turn, READ) {
        let is_possible = integer(turn, "count").is_none_or(|count| (0..=LARGEST_COUNT).contains(&count));
        is_possible && files.rest(handle).is_some()
    } else if is_valid(turn, SEEK) {
        let whence = turn.argument("whence").and_then(Whence::read);
        let target = whence
            .zip(integer(turn, "offset"))
            .and_then(|(whence, offset)| files.seek_target(handle, whence, offset));
        target.is_some_and(|target| (0..=i128::from(length)).contains(&target))
    } else {
        false
    }
}

fn usable(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame), Some(name)) = (turn.reply, turn.frame, turn.command_name()) else {
        return Outcome::Silent;
    };
    if reply.error().is_none() {
        return Outcome::Pass;
    }
    if turn.is_unsupported() || !scene.model.commands.has_answered_plainly(name) {
        return Outcome::Silent;
    }
    fail("lost", "a success, since the file is open", shown_reply(reply, &frame.bytes))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ERROR, OK, on, open, prepared, read, refusal, seek, write};
    use crate::rules::witness::Witness;

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
    fn an_open_handle_is_usable() {
        prepared("r", read(1, 3, 3, "aGVs", false)).accepts("file/usable");
        prepared("r", seek(1, 5, "0", 5)).accepts("file/usable");
        // It has never answered a read.
        prepared("r", on("guest-file-read", 1, ERROR)).silences("file/usable");
        let files =
            || [open("/t/a", "w", 1), write(1, 5), on("guest-file-close", 1, OK), open("/t/a", "r", 2)];
        let read_once = || files().into_iter().chain([read(2, 5, 5, "aGVsbG8=", false)]);
        let then = |step| Witness::of(read_once().chain([step]));
        then(on("guest-file-read", 2, ERROR)).rejects("file/usable", "lost");
        then(refusal("guest-file-read", "{\"handle\":2,\"count\":99999999}")).silences("file/usable");
        then(refusal("guest-file-seek", "{\"handle\":2,\"offset\":9,\"whence\":0}")).silences("file/usable");
    }
}
