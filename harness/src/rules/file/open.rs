//! What opening does, what it allows, and when it must fail.

use crate::model::files::Mode;
use crate::model::programs::NOWHERE;
use crate::rules::error::refused;
use crate::rules::scene::Turn;
use crate::rules::{RowOf, Rule, Scope, Unmet, base64};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::{OPEN, READ, WRITE, files, handle, integer, is_valid};

pub(super) static MODE: Rule = Rule {
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
    is_valid(turn, OPEN)
        && turn.argument("mode").and_then(Json::as_str).is_some_and(|mode| !mode.starts_with(['r', 'w', 'a']))
}

pub(super) static DEFAULT_MODE: Rule = Rule {
    code: "file/default-mode",
    class: Class::Violation,
    title: "Without a mode a file is opened to read, and nothing else",
    clauses: &["schema.guest-file-open.default-mode"],
    evidence: Evidence::Error,
    explanation: "A file that does not exist is opened without a mode, and a file that was opened so is written to. \
        Both conform if the reply is an error, as it is with the mode \"r\".",
    unmet: Unmet::NotRun,
    row: RowOf::Named(OPEN),
    scope: Scope::Turn {
        concerns: |turn| beyond_default(turn).is_some(),
        judge: |turn, scene| refused(turn, scene, beyond_default(turn).unwrap_or_default()),
    },
};

/// What goes beyond reading in a request that relies on the default.
fn beyond_default(turn: &Turn<'_>) -> Option<&'static str> {
    if unavailable(turn) == Some("missing") && turn.argument("mode").is_none() {
        return Some("created");
    }
    let by_default = files(turn)?.access(handle(turn)?)?.by_default;
    (by_default && writes_something(turn)).then_some("writable")
}

pub(super) static ACCESS: Rule = Rule {
    code: "file/access",
    class: Class::Violation,
    title: "A file is read and written only if its mode allows it",
    clauses: &["schema.guest-file-open.modes"],
    evidence: Evidence::Error,
    explanation: "Files that were opened to write or append only are read, and files that were opened to read only \
        are written to, with all spellings of these modes. They conform if the reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| beyond_access(turn).is_some(),
        judge: |turn, scene| refused(turn, scene, beyond_access(turn).unwrap_or_default()),
    },
};

fn beyond_access(turn: &Turn<'_>) -> Option<&'static str> {
    let access = files(turn)?.access(handle(turn)?)?;
    let reads_something =
        is_valid(turn, READ) && integer(turn, "count").is_none_or(|count| (1..=4096).contains(&count));
    if reads_something && !access.reads {
        Some("read")
    } else if writes_something(turn) && !access.writes && !access.by_default {
        Some("written")
    } else {
        None
    }
}

/// Whether it is a write in good form that is not empty.
fn writes_something(turn: &Turn<'_>) -> bool {
    let bytes =
        turn.argument("buf-b64").and_then(Json::as_str).and_then(|text| base64::decode_strictly(&text));
    let length = bytes.map_or(0, |bytes| bytes.len()).cast_signed() as i64;
    is_valid(turn, WRITE) && (1..=length).contains(&integer(turn, "count").unwrap_or(length))
}

pub(super) static OPEN_FAILURE: Rule = Rule {
    code: "file/open-failure",
    class: Class::Violation,
    title: "What cannot be opened is reported as an error, and not made",
    clauses: &["schema.guest-file-open.failure", "schema.guest-file-open.modes"],
    evidence: Evidence::Error,
    explanation: "Files that do not exist are opened with modes that make none, folders with modes that write, and \
        paths that lead nowhere, through a file, or have no letter, with any mode. They conform if the reply is an \
        error, the second time, too: a failure leaves nothing behind.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| failure(turn).is_some(),
        judge: |turn, scene| refused(turn, scene, failure(turn).unwrap_or_default()),
    },
};

fn failure(turn: &Turn<'_>) -> Option<&'static str> {
    // A missing file and the default mode have a rule of their own.
    unavailable(turn).filter(|reason| *reason != "missing" || turn.argument("mode").is_some())
}

/// Why a path cannot be opened with this mode, if it surely cannot.
fn unavailable(turn: &Turn<'_>) -> Option<&'static str> {
    if !is_valid(turn, OPEN) {
        return None;
    }
    let path = turn.argument("path")?.as_str()?;
    let mode = match turn.argument("mode") {
        None => Mode::DEFAULT,
        Some(mode) => Mode::read(&mode.as_str()?)?,
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let files = files(turn);
    if path.is_empty() {
        Some("empty")
    } else if path.contains('\0') {
        None
    } else if path.starts_with('/') && folder.contains(NOWHERE) {
        Some("nowhere")
    } else if files.is_some_and(|files| files.stored(folder).is_some()) {
        Some("inside-file")
    } else if mode.writes() && files.is_some_and(|files| files.is_folder(&path)) {
        Some("folder")
    } else if path.starts_with('/')
        && path.contains(NOWHERE)
        && mode.needs_file()
        && files.is_none_or(|files| !files.may_be_made(&path))
    {
        Some("missing")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ERROR, OK, on, open, prepared, read, refusal, write};
    use crate::rules::witness::{Witness, call};

    #[test]
    fn an_unknown_mode_is_refused() {
        let with = |reply| call("guest-file-open", "{\"path\":\"/t/a\",\"mode\":\"qx\"}", reply);
        Witness::of([with(ERROR)]).accepts("file/mode");
        Witness::of([with("{\"return\":3}")]).rejects("file/mode", "accepted");
        Witness::of([open("/t/a", "rbe", 1)]).silences("file/mode");
    }

    #[test]
    fn the_default_is_to_read() {
        let request = "{\"path\":\"/t/qgaspec-nonexistent\"}";
        Witness::of([refusal("guest-file-open", request)]).accepts("file/default-mode");
        Witness::of([call("guest-file-open", request, "{\"return\":3}")])
            .rejects("file/default-mode", "created");
        let opened = || call("guest-file-open", "{\"path\":\"/t/a\"}", "{\"return\":3}");
        Witness::of([opened(), write(3, 5)]).rejects("file/default-mode", "writable");
        let refused = refusal("guest-file-write", "{\"handle\":3,\"buf-b64\":\"aGVsbG8=\"}");
        Witness::of([opened(), refused]).accepts("file/default-mode");
    }

    #[test]
    fn a_mode_limits_what_is_done() {
        let refused = || refusal("guest-file-write", "{\"handle\":1,\"buf-b64\":\"aGVsbG8=\"}");
        prepared("rb", refused()).accepts("file/access");
        prepared("rb", write(1, 5)).rejects("file/access", "written");
        prepared("r+", write(1, 5)).silences("file/access");
        prepared("ab", on("guest-file-read", 1, ERROR)).accepts("file/access");
        prepared("a", read(1, 5, 0, "", true)).rejects("file/access", "read");
        prepared("r", call("guest-file-write", "{\"handle\":1,\"buf-b64\":\"\"}", ERROR))
            .silences("file/access");
    }

    #[test]
    fn what_cannot_be_opened_is_refused() {
        let made = || [open("/t/a", "w", 9), write(9, 5), on("guest-file-close", 9, OK)];
        for (path, mode, bucket) in [
            ("", "w", "empty"),
            ("/qgaspec-nonexistent/a", "w", "nowhere"),
            ("/t/a/b", "a+", "inside-file"),
            ("/t", "r+", "folder"),
            ("/t/qgaspec-nonexistent", "r+b", "missing"),
        ] {
            let request = format!("{{\"path\":\"{path}\",\"mode\":\"{mode}\"}}");
            let then =
                |reply| Witness::of(made().into_iter().chain([call("guest-file-open", &request, reply)]));
            then(ERROR).accepts("file/open-failure");
            then("{\"return\":3}").rejects("file/open-failure", bucket);
        }
        for (path, mode) in [("/t", "r"), ("/t/qgaspec-nonexistent", "w"), ("/u/b", "r")] {
            let request = format!("{{\"path\":\"{path}\",\"mode\":\"{mode}\"}}");
            Witness::of(made().into_iter().chain([refusal("guest-file-open", &request)]))
                .silences("file/open-failure");
        }
        let created = [open("/t/qgaspec-nonexistent", "w", 3), open("/t/qgaspec-nonexistent", "r", 4)];
        Witness::of(created).silences("file/open-failure");
    }
}
