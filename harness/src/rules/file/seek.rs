//! Where a seek ends, and from where it may start.

use crate::model::Files;
use crate::model::files::Whence;
use crate::rules::error::refused;
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if, shown_json};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::{SEEK, files, handle, integer, is_valid, knows};

pub(super) static SEEK_POSITION: Rule = Rule {
    code: "file/seek-position",
    class: Class::Violation,
    title: "A seek ends at the position that was asked for",
    clauses: &[
        "schema.guest-file-seek.position",
        "schema.guest-file-seek.offset",
        "schema.guest-file-seek.whence",
        "schema.guest-file-seek.tells",
        "schema.GuestFileSeek.position",
        "schema.QGASeek.set",
        "schema.QGASeek.cur",
        "schema.QGASeek.end",
        "schema.GuestFileWhence.value",
        "schema.GuestFileWhence.name",
    ],
    evidence: Evidence::Success,
    explanation: "Open files are sought in, from the start, the current position and the end, with names (set, cur, \
        end) and numbers (0, 1, 2) for these. A reply conforms if `position` is the sum of start and offset, as far \
        as the start is known. Names that an agent takes for another number show here. Names since 2.6.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, SEEK), judge: seek_position },
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

/// Where a seek must end, if that is known; negative if it cannot.
fn target(turn: &Turn<'_>) -> Option<i128> {
    let whence = turn.argument("whence").filter(|_| is_valid(turn, SEEK)).and_then(Whence::read)?;
    files(turn)?.seek_target(handle(turn)?, whence, integer(turn, "offset")?)
}

pub(super) static WHENCE: Rule = Rule {
    code: "file/whence",
    class: Class::Violation,
    title: "A seek from a number that means nothing is refused",
    clauses: &["schema.GuestFileWhence.value", "schema.guest-file-seek.whence"],
    evidence: Evidence::Error,
    explanation: "Open files are sought in with a `whence` that is a number other than 0, 1 and 2. They conform if \
        the reply is an error. Agents that hand the number to the operating system violate the rule: there 3 and 4 \
        may mean data and holes, as they did with `qemu-ga` before 2.5.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            is_valid(turn, SEEK)
                && integer(turn, "whence").is_some_and(|whence| !(0..=2).contains(&whence))
                && knows(turn, Files::is_open)
        },
        judge: |turn, scene| refused(turn, scene, "accepted"),
    },
};

pub(super) static BEFORE_START: Rule = Rule {
    code: "file/before-start",
    class: Class::Violation,
    title: "A seek to a place before the start of the file is refused",
    clauses: &["schema.guest-file-seek.position", "schema.guest-file-seek.offset"],
    evidence: Evidence::Error,
    explanation: "Open files are sought in with offsets that lead before their start, from the start, the current \
        position and the end. They conform if the reply is an error, as fseek() fails. Ending at the start instead \
        violates the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| target(turn).is_some_and(|target| target < 0),
        judge: |turn, scene| refused(turn, scene, "accepted"),
    },
};

#[cfg(test)]
mod tests {
    use super::super::tests::{OK, on, open, prepared, refusal, seek, write};
    use crate::rules::witness::Witness;

    #[test]
    fn a_seek_ends_where_it_should() {
        let prepared = || [open("/t/a", "w+", 1), write(1, 5)];
        let then = |step| Witness::of(prepared().into_iter().chain([step]));
        then(seek(1, 2, "0", 2)).accepts("file/seek-position");
        then(seek(1, -2, "\"end\"", 3)).accepts("file/seek-position");
        then(seek(1, 1, "1", 6)).accepts("file/seek-position");
        then(seek(1, -2, "\"end\"", 0)).rejects("file/seek-position", "position:string");
        then(seek(1, 2, "0", 7)).rejects("file/seek-position", "position:number");
        then(refusal("guest-file-seek", "{\"handle\":1,\"offset\":-2,\"whence\":0}"))
            .silences("file/seek-position");
        Witness::of([open("/dev/null", "r", 1), seek(1, 5, "0", 0)]).silences("file/seek-position");
        Witness::of([open("/t/a", "a", 1), seek(1, 0, "1", 12)]).silences("file/seek-position");
        let appended =
            [open("/t/a", "w", 1), write(1, 5), on("guest-file-close", 1, OK), open("/t/a", "a", 2)];
        Witness::of(appended.into_iter().chain([write(2, 5), seek(2, 0, "1", 10)]))
            .accepts("file/seek-position");
    }

    #[test]
    fn a_number_that_means_nothing_is_refused() {
        let request = "{\"handle\":1,\"offset\":0,\"whence\":3}";
        prepared("r", refusal("guest-file-seek", request)).accepts("file/whence");
        prepared("r", seek(1, 0, "3", 0)).rejects("file/whence", "accepted");
        prepared("r", seek(1, 0, "-1", 0)).rejects("file/whence", "accepted");
        Witness::of([refusal("guest-file-seek", request)]).silences("file/whence");
    }

    #[test]
    fn nothing_is_before_the_start() {
        let request = "{\"handle\":1,\"offset\":-6,\"whence\":\"end\"}";
        prepared("r", refusal("guest-file-seek", request)).accepts("file/before-start");
        prepared("r", seek(1, -6, "\"end\"", 0)).rejects("file/before-start", "accepted");
        prepared("r", seek(1, -5, "\"end\"", 0)).silences("file/before-start");
    }
}
