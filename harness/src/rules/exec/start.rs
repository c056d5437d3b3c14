//! What comes of `guest-exec` itself: a number, or an error.

use crate::model::programs::NOWHERE;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::{is_start, processes};
use crate::rules::base64::is_foreign;
use crate::rules::error::refused;
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if, shown_reply};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) static PID: Rule = Rule {
    code: "exec/pid",
    class: Class::Violation,
    title: "A started process has a positive number that no other one has",
    clauses: &["schema.GuestExec.pid", "schema.guest-exec.pid", "schema.guest-exec-status.pid"],
    evidence: Evidence::Success,
    explanation: "Programs are started, several at a time. A reply conforms if `pid` is greater than 0 and is not \
        the number of a process that was started before and whose end has not been reported: a client could not \
        tell the two apart. Only the last thousand processes are looked at, since a system may use a number again \
        in the end.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_start, judge: judge_pid },
};

fn judge_pid(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(pid) = turn.success().and_then(|value| value.member("pid")?.as_i64()) else {
        return Outcome::Silent;
    };
    if pid <= 0 {
        return fail("not-positive", "a positive number", format!("pid {pid}"));
    }
    let is_in_use = processes(turn).is_some_and(|processes| processes.started_as(pid).is_some());
    pass_if(!is_in_use, || {
        let got = format!("pid {pid}, whose process was not reported to have ended");
        fail("in-use", "a number of its own", got)
    })
}

pub(super) static UNKNOWN_PROGRAM: Rule = Rule {
    code: "exec/unknown-program",
    class: Class::Violation,
    title: "A program that does not exist is not started",
    clauses: &["schema.guest-exec.executes", "schema.guest-exec.pid"],
    evidence: Evidence::Error,
    explanation: "Programs are asked for that no guest has: by a name and by a path that nobody gives to a program, \
        by no name at all, and by the paths of a folder and of a file that the harness has made. They conform if \
        the reply is an error. A number violates the rule, for no such process runs in the guest; that is what \
        agents return which let a shell look for the program.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| missing(turn).is_some(),
        judge: |turn, scene| refused(turn, scene, missing(turn).unwrap_or_default()),
    },
};

/// Why the program cannot be started, if it surely cannot.
fn missing(turn: &Turn<'_>) -> Option<&'static str> {
    let path = turn.argument("path").filter(|_| is_start(turn))?.as_str()?;
    let files = turn.model.map(|model| &model.files);
    if path.is_empty() {
        Some("empty")
    } else if path.contains(NOWHERE) {
        Some(if path.contains('/') { "path" } else { "name" })
    } else if files.is_some_and(|files| files.is_folder(&path)) {
        Some("folder")
    } else if files.is_some_and(|files| files.stored(&path).is_some()) {
        Some("file")
    } else {
        None
    }
}

pub(super) static BY_NAME: Rule = Rule {
    code: "exec/by-name",
    class: Class::Difference,
    title: "A program that is found by its path is found by its name",
    clauses: &["schema.guest-exec.executes"],
    evidence: Evidence::AnyReply,
    explanation: "A program in `/bin` is started by its path, and then by its name alone. The second start conforms \
        if it is not refused. Names are searched for in the agent's own search path, which may be an odd one, so \
        this is no violation; but clients send names.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_known_name, judge: by_name },
};

fn is_known_name(turn: &Turn<'_>) -> bool {
    // What is said beside the name may be what cannot be done, such as an argument with a NUL.
    let is_plain = ["arg", "env", "input-data"].iter().all(|member| turn.argument(member).is_none());
    let name = turn.argument("path").and_then(Json::as_str).filter(|_| is_start(turn) && is_plain);
    name.zip(processes(turn)).is_some_and(|(name, processes)| processes.was_found(&name))
}

fn by_name(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    if turn.is_unsupported() {
        return Outcome::Silent;
    }
    pass_if(reply.error().is_none(), || {
        fail("not-found", "a process, as by the path", shown_reply(reply, &frame.bytes))
    })
}

pub(super) static INPUT_BASE64: Rule = Rule {
    code: "exec/input-base64",
    class: Class::Violation,
    title: "Input that is not base64 is refused",
    clauses: &["schema.guest-exec.input-base64"],
    evidence: Evidence::Error,
    explanation: "Programs are started with `input-data` that has characters which base64 does not have. They \
        conform if the reply is an error. Faults of the padding and white space are not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: has_foreign_input, judge: |turn, scene| refused(turn, scene, "accepted") },
};

/// A program that is not there would be refused anyway.
fn has_foreign_input(turn: &Turn<'_>) -> bool {
    let input = turn.argument("input-data").and_then(Json::as_str);
    is_start(turn) && missing(turn).is_none() && input.is_some_and(|input| is_foreign(&input))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ERROR, start, status};
    use crate::rules::witness::{Witness, call};

    #[test]
    fn numbers_are_positive_and_distinct() {
        let two = |pid| Witness::of([start("\"path\":\"true\"", 7), start("\"path\":\"true\"", pid)]);
        two(8).accepts("exec/pid");
        two(7).rejects("exec/pid", "in-use");
        two(0).rejects("exec/pid", "not-positive");
        let ended = status(7, "\"exited\":true,\"exitcode\":0");
        Witness::of([start("\"path\":\"true\"", 7), ended, start("\"path\":\"true\"", 7)])
            .accepts("exec/pid");
    }

    #[test]
    fn what_is_no_program_is_not_started() {
        for (path, bucket) in
            [("", "empty"), ("qgaspec-nonexistent-1", "name"), ("/qgaspec-nonexistent/a", "path")]
        {
            let with = |reply| Witness::of([call("guest-exec", &format!("{{\"path\":\"{path}\"}}"), reply)]);
            with(ERROR).accepts("exec/unknown-program");
            with("{\"return\":{\"pid\":7}}").rejects("exec/unknown-program", bucket);
        }
        let opened = || {
            let open = |mode| format!("{{\"path\":\"/t/a\",\"mode\":\"{mode}\"}}");
            call("guest-file-open", &open("w"), "{\"return\":1}")
        };
        for (path, bucket) in [("/t", "folder"), ("/t/a", "file")] {
            let request = |reply| call("guest-exec", &format!("{{\"path\":\"{path}\"}}"), reply);
            Witness::of([opened(), request(ERROR)]).accepts("exec/unknown-program");
            Witness::of([opened(), request("{\"return\":{\"pid\":7}}")])
                .rejects("exec/unknown-program", bucket);
        }
        Witness::of([call("guest-exec", "{\"path\":\"/t/b\"}", ERROR)]).silences("exec/unknown-program");
    }

    #[test]
    fn names_are_searched_for() {
        let then = |arguments: &str, reply| {
            Witness::of([start("\"path\":\"/bin/true\"", 7), call("guest-exec", arguments, reply)])
        };
        then("{\"path\":\"true\"}", "{\"return\":{\"pid\":8}}").accepts("exec/by-name");
        then("{\"path\":\"true\"}", ERROR).rejects("exec/by-name", "not-found");
        then("{\"path\":\"false\"}", ERROR).silences("exec/by-name");
        then("{\"path\":\"true\",\"env\":[\"PATH=\"]}", ERROR).silences("exec/by-name");
        then("{\"path\":\"true\",\"arg\":[\"\\u0000\"]}", ERROR).silences("exec/by-name");
    }

    #[test]
    fn input_has_to_be_base64() {
        let with = |input: &str, reply| {
            let arguments = format!("{{\"path\":\"true\",\"input-data\":\"{input}\"}}");
            Witness::of([call("guest-exec", &arguments, reply)])
        };
        with("cWdh!", ERROR).accepts("exec/input-base64");
        with("cWdh!", "{\"return\":{\"pid\":7}}").rejects("exec/input-base64", "accepted");
        with("cWd", ERROR).silences("exec/input-base64");
        with("cWdh\\n", ERROR).silences("exec/input-base64");
        let missing = "{\"path\":\"qgaspec-nonexistent\",\"input-data\":\"!\"}";
        Witness::of([call("guest-exec", missing, ERROR)]).silences("exec/input-base64");
    }
}
