//! Chapter `file`: handles, positions and contents, as far as the model knows them.

mod handles;
mod open;
mod read;
mod seek;
mod write;

use crate::model::Files;
use crate::rules::Rule;
use crate::rules::scene::Turn;
use crate::text::Json;

pub(super) const RULES: &[&Rule] = &[
    &handles::HANDLE_DISTINCT,
    &handles::CLOSED,
    &handles::BAD_HANDLE,
    &handles::USABLE,
    &open::MODE,
    &open::DEFAULT_MODE,
    &open::ACCESS,
    &open::OPEN_FAILURE,
    &read::READ_COUNT,
    &read::NEGATIVE_COUNT,
    &read::READ_BASE64,
    &read::READ_CONTENT,
    &read::READ_EOF,
    &write::WRITE_COUNT,
    &write::COUNT_BEYOND,
    &write::WRITE_BASE64,
    &seek::SEEK_POSITION,
    &seek::WHENCE,
    &seek::BEFORE_START,
];

const OPEN: &str = "guest-file-open";
const CLOSE: &str = "guest-file-close";
const READ: &str = "guest-file-read";
const WRITE: &str = "guest-file-write";
const SEEK: &str = "guest-file-seek";
const FLUSH: &str = "guest-file-flush";

fn is_valid(turn: &Turn<'_>, command: &str) -> bool {
    turn.is_valid() && turn.command_name() == Some(command)
}

/// Whether it is a command about an open file.
fn uses_handle(turn: &Turn<'_>) -> bool {
    [CLOSE, READ, WRITE, SEEK, FLUSH].iter().any(|command| is_valid(turn, command))
}

fn files<'t>(turn: &Turn<'t>) -> Option<&'t Files> {
    turn.model.map(|model| &model.files)
}

fn handle(turn: &Turn<'_>) -> Option<i64> {
    turn.argument("handle")?.as_i64()
}

fn knows(turn: &Turn<'_>, what: fn(&Files, i64) -> bool) -> bool {
    files(turn).zip(handle(turn)).is_some_and(|(files, handle)| what(files, handle))
}

/// A number among the arguments.
fn integer(turn: &Turn<'_>, name: &str) -> Option<i64> {
    turn.argument(name).and_then(Json::as_i64)
}

/// Conversations about files, for the witnesses of this chapter.
#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call};

    pub(super) const OK: &str = "{\"return\":{}}";
    pub(super) const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    pub(super) fn open(path: &str, mode: &str, handle: i64) -> Step {
        let reply = format!("{{\"return\":{handle}}}");
        call("guest-file-open", &format!("{{\"path\":\"{path}\",\"mode\":\"{mode}\"}}"), &reply)
    }

    pub(super) fn on(command: &str, handle: i64, reply: &str) -> Step {
        call(command, &format!("{{\"handle\":{handle}}}"), reply)
    }

    /// Writes `hello` (aGVsbG8=).
    pub(super) fn write(handle: i64, count: i64) -> Step {
        let reply = format!("{{\"return\":{{\"count\":{count},\"eof\":false}}}}");
        call("guest-file-write", &format!("{{\"handle\":{handle},\"buf-b64\":\"aGVsbG8=\"}}"), &reply)
    }

    pub(super) fn seek(handle: i64, offset: i64, whence: &str, position: i64) -> Step {
        let reply = format!("{{\"return\":{{\"position\":{position},\"eof\":false}}}}");
        call(
            "guest-file-seek",
            &format!("{{\"handle\":{handle},\"offset\":{offset},\"whence\":{whence}}}"),
            &reply,
        )
    }

    pub(super) fn read(handle: i64, count: i64, got: i64, text: &str, eof: bool) -> Step {
        let reply = format!("{{\"return\":{{\"count\":{got},\"buf-b64\":\"{text}\",\"eof\":{eof}}}}}");
        call("guest-file-read", &format!("{{\"handle\":{handle},\"count\":{count}}}"), &reply)
    }

    /// A request that is refused.
    pub(super) fn refusal(command: &str, arguments: &str) -> Step {
        call(command, arguments, ERROR)
    }

    /// The file `/t/a` with the content `hello`, open as handle 1 at its start, and then this.
    pub(super) fn prepared(mode: &str, then: Step) -> Witness {
        let beginning = [open("/t/a", "w", 9), write(9, 5), on("guest-file-close", 9, OK)];
        Witness::of(beginning.into_iter().chain([open("/t/a", mode, 1), then]))
    }
}
