//! What a program is given: arguments, environment and input. It shows in what the program prints.

use crate::model::programs::{Output, Source};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::output::{captured_fate, output, prints_from};
use super::{EXEC, Status};
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, shown};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) static ARGUMENTS: Rule = Rule {
    code: "exec/arguments",
    class: Class::Violation,
    title: "A program gets its arguments as they are, in their order",
    clauses: &["schema.guest-exec.arg", "schema.GuestExecStatus.out-data"],
    evidence: Evidence::Success,
    explanation: "Programs that print their arguments are started with words that have blanks, quotes, line feeds, \
        signs that mean something to a shell, and letters of the world in them, and with empty ones. They conform if \
        the words are printed as they were given. Agents that paste a command line together violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(EXEC),
    scope: Scope::Turn { concerns: |turn| prints_from(turn, &[Source::Arguments]), judge: output },
};

pub(super) static INPUT: Rule = Rule {
    code: "exec/input",
    class: Class::Violation,
    title: "A program reads its input as it was given",
    clauses: &["schema.guest-exec.input-data", "schema.GuestExecStatus.out-data"],
    evidence: Evidence::Success,
    explanation: "`cat` is started with `input-data` of many sizes and with bytes of all values. It conforms if the \
        same bytes come out.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(EXEC),
    scope: Scope::Turn { concerns: |turn| prints_from(turn, &[Source::Input]), judge: output },
};

pub(super) static ENVIRONMENT: Rule = Rule {
    code: "exec/environment",
    class: Class::Violation,
    title: "A program gets the environment variables that it was given",
    clauses: &["schema.guest-exec.env"],
    evidence: Evidence::Success,
    explanation: "`env` is started with variables that are empty and that have blanks, signs of equality and letters \
        of the world in them. It conforms if each of them is printed on a line of its own. Whether there are others \
        besides is not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(EXEC),
    scope: Scope::Turn { concerns: |turn| variables(turn).is_some(), judge: environment },
};

/// The lines that must be printed.
fn variables<'t>(turn: &Turn<'t>) -> Option<&'t [String]> {
    match &captured_fate(turn)?.output {
        Output::Lines(lines) if !lines.is_empty() => Some(lines),
        Output::Lines(_) | Output::Exactly(..) | Output::Unknown => None,
    }
}

fn environment(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(status) = Status::of(turn).filter(|status| status.exited) else { return Outcome::Silent };
    let is_cut = status.member("out-truncated").and_then(Json::as_bool) == Some(true);
    let (Some(wanted), Some(got)) = (variables(turn), status.data("out-data").filter(|_| !is_cut)) else {
        return Outcome::Silent;
    };
    let is_there = |wanted: &&String| got.split(|byte| *byte == b'\n').any(|line| line == wanted.as_bytes());
    match wanted.iter().find(|wanted| !is_there(wanted)) {
        None => Outcome::Pass,
        Some(missing) => fail("missing", format!("a line {}", shown(missing.as_bytes())), shown(&got)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{printed, started, status};

    #[test]
    fn arguments_are_passed_as_they_are() {
        let echo = "\"path\":\"echo\",\"arg\":[\"a  b\",\"\",\"c\"],\"capture-output\":true";
        started(echo, status(7, &printed("a  b  c\n"))).accepts("exec/arguments");
        started(echo, status(7, &printed("a b c\n"))).rejects("exec/arguments", "bytes");
        started(echo, status(7, &printed("a  b  c"))).rejects("exec/arguments", "short");
        started(echo, status(7, &printed(""))).rejects("exec/arguments", "missing");
    }

    #[test]
    fn input_is_passed_as_it_is() {
        let cat = "\"path\":\"cat\",\"input-data\":\"YQBi\",\"capture-output\":true";
        started(cat, status(7, &printed("a\0b"))).accepts("exec/input");
        started(cat, status(7, &printed("a"))).rejects("exec/input", "short");
        started(cat, status(7, &printed("a\0b\n"))).rejects("exec/input", "bytes");
        started(cat, status(7, &printed(""))).rejects("exec/input", "missing");
        let unread = "\"path\":\"true\",\"input-data\":\"YQBi\",\"capture-output\":true";
        started(unread, status(7, &printed(""))).silences("exec/input");
    }

    #[test]
    fn variables_are_passed_beside_others() {
        let env = "\"path\":\"env\",\"env\":[\"A=1 2\",\"B=\"],\"capture-output\":true";
        started(env, status(7, &printed("B=\nA=1 2\nPWD=/\n"))).accepts("exec/environment");
        started(env, status(7, &printed("A=1 2\nPWD=/\n"))).rejects("exec/environment", "missing");
        started(env, status(7, &printed("A=1\nB=\n"))).rejects("exec/environment", "missing");
        let none = "\"path\":\"env\",\"env\":[],\"capture-output\":true";
        started(none, status(7, &printed(""))).silences("exec/environment");
    }
}
