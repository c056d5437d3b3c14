//! From the start of a process to the one report of its end.

use std::time::Duration;

use crate::model::Processes;
use crate::model::processes::{Process, is_odd};
use crate::model::programs::Ending;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::{STATUS, Status, is_status, knows_fate, knows_process, pid, process, processes};
use crate::rules::error::refused;
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if, shown_reply};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};

/// How long a program that has nothing to do may take on a slow guest.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) static UNKNOWN_PID: Rule = Rule {
    code: "exec/unknown-pid",
    class: Class::Violation,
    title: "A number that no process can have is refused",
    clauses: &["schema.guest-exec-status.pid"],
    evidence: Evidence::Error,
    explanation: "The state of processes is asked for by numbers that no guest-exec has returned: 0, negative ones, \
        and ones of more than 32 bits. They conform if the reply is an error. To the operating system 0 and \
        negative numbers mean other things than a process, so an agent must not pass them on.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: has_unknown_pid, judge: |turn, scene| refused(turn, scene, "accepted") },
};

fn has_unknown_pid(turn: &Turn<'_>) -> bool {
    pid(turn).is_some_and(is_odd) && processes(turn).is_none_or(Processes::has_only_real_numbers)
}

pub(super) static REMEMBERED: Rule = Rule {
    code: "exec/remembered",
    class: Class::Violation,
    title: "A process is known until its end has been reported",
    clauses: &["schema.guest-exec-status.status", "schema.guest-exec-status.reaps", "schema.guest-exec.pid"],
    evidence: Evidence::Success,
    explanation: "Several processes are started and asked for, in any order, more than once while they run. A \
        request conforms if it is not refused, unless an earlier reply has reported the end of that process, or the \
        agent has never answered guest-exec-status at all.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_process, judge: remembered },
};

fn remembered(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    if reply.error().is_none() {
        return Outcome::Pass;
    }
    if turn.is_unsupported() || !scene.model.commands.has_answered_plainly(STATUS) {
        return Outcome::Silent;
    }
    fail("forgotten", "the state of the process", shown_reply(reply, &frame.bytes))
}

pub(super) static REAPED: Rule = Rule {
    code: "exec/reaped-once",
    class: Class::Violation,
    title: "The end of a process is reported once",
    clauses: &["schema.guest-exec-status.reaps"],
    evidence: Evidence::Error,
    explanation: "The state of a process is asked for again after a reply has reported its end. The request \
        conforms if the reply is an error, unless guest-exec has returned the number again: the agent forgets what \
        it has reported, and a client that asks again may mean another process.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            pid(turn).zip(processes(turn)).is_some_and(|(pid, processes)| processes.is_reaped(pid))
        },
        judge: |turn, scene| refused(turn, scene, "again"),
    },
};

pub(super) static ENDING: Rule = Rule {
    code: "exec/ending",
    class: Class::Violation,
    title: "A process that has ended has an exit code or a signal, and one that runs has neither",
    clauses: &[
        "schema.GuestExecStatus.exited",
        "schema.GuestExecStatus.exitcode",
        "schema.GuestExecStatus.signal",
    ],
    evidence: Evidence::Success,
    explanation: "Every state of a process is looked at. With `exited` true it conforms if exactly one of \
        `exitcode` and `signal` is there, for a process ends either by itself or not. With `exited` false it \
        conforms if neither is: nothing else is said of what may be there then.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_status, judge: ending },
};

fn ending(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(status) = Status::of(turn) else { return Outcome::Silent };
    let has = |name| status.member(name).is_some();
    match (status.exited, has("exitcode"), has("signal")) {
        (true, true, false) | (true, false, true) | (false, false, false) => Outcome::Pass,
        (true, true, true) => fail("both", "an exit code or a signal", "both"),
        (true, false, false) => fail("neither", "an exit code or a signal", "neither"),
        (false, true, _) => fail("early-exitcode", "no exit code, since the process runs", "an exit code"),
        (false, false, true) => fail("early-signal", "no signal, since the process runs", "a signal"),
    }
}

pub(super) static RUNNING: Rule = Rule {
    code: "exec/running",
    class: Class::Violation,
    title: "A process that runs is not reported to have ended",
    clauses: &["schema.GuestExecStatus.exited"],
    evidence: Evidence::Success,
    explanation: "Processes are started that sleep for a while, and asked for at once. A reply conforms if `exited` \
        is false as long as not even half of that time has passed.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_fate, judge: running },
};

fn running(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(status), Some(process)) = (Status::of(turn), process(turn)) else { return Outcome::Silent };
    let lasts = process.fate.as_ref().map_or(Duration::ZERO, |fate| fate.lasts);
    let age = age(process, scene);
    // The guest's clock need not run as ours does.
    if age >= lasts / 2 {
        return Outcome::Silent;
    }
    pass_if(!status.exited, || {
        let expected = format!("exited false, since it sleeps for {} s", lasts.as_secs());
        fail("early", expected, format!("exited true after {} ms", age.as_millis()))
    })
}

/// How old the process can be at most when the reply is there.
fn age(process: &Process, scene: &ExchangeScene<'_>) -> Duration {
    (scene.exchange.began + scene.exchange.elapsed).saturating_sub(process.began)
}

pub(super) static ENDS: Rule = Rule {
    code: "exec/ends",
    class: Class::Robustness,
    title: "The end of a process is reported in the end",
    clauses: &["schema.GuestExecStatus.exited", "schema.guest-exec-status.status"],
    evidence: Evidence::Success,
    explanation: "Programs that have nothing to do, or only to sleep for a known time, are started and asked for \
        again and again. They conform if `exited` is true within five seconds after their time. A client waits for \
        ever for what is never reported.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_fate, judge: ends },
};

fn ends(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(status), Some(process)) = (Status::of(turn), process(turn)) else { return Outcome::Silent };
    if status.exited {
        return Outcome::Pass;
    }
    let lasts = process.fate.as_ref().map_or(Duration::ZERO, |fate| fate.lasts);
    // A reply that took long itself tells nothing about the time before it.
    let age = scene.exchange.began.saturating_sub(process.began);
    if age < lasts + PATIENCE {
        return Outcome::Silent;
    }
    fail("never", "exited true", format!("exited false after {} s", age.as_secs()))
}

pub(super) static EXITCODE: Rule = Rule {
    code: "exec/exitcode",
    class: Class::Violation,
    title: "The exit code is the one that the process has ended with",
    clauses: &["schema.GuestExecStatus.exitcode", "schema.guest-exec.executes"],
    evidence: Evidence::Success,
    explanation: "Programs are started whose exit code is known: `true`, `false`, a shell that exits with a number \
        from 0 to 255. The report of their end conforms if `exitcode` is that number. A number out of this range is \
        often the status as the operating system returns it, with the code in its second byte. Input that the \
        program does not read changes nothing.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_fate, judge: exitcode },
};

fn exitcode(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some((Ending::Code(code), status)) = ended(turn) else { return Outcome::Silent };
    let expected = || format!("exitcode {code}");
    let number = |name| status.member(name).and_then(Json::as_i64);
    match (number("exitcode"), number("signal")) {
        (Some(got), _) if got == i64::from(code) => Outcome::Pass,
        (Some(got), _) => {
            let bucket = if (0..=255).contains(&got) { "value" } else { "range" };
            fail(bucket, expected(), format!("exitcode {got}"))
        }
        (None, Some(signal)) => fail("as-signal", expected(), format!("signal {signal}")),
        // That one of them is there is another rule's concern.
        (None, None) => Outcome::Silent,
    }
}

pub(super) static SIGNAL: Rule = Rule {
    code: "exec/signal",
    class: Class::Violation,
    title: "A process that a signal has ended has the number of that signal",
    clauses: &["schema.GuestExecStatus.signal"],
    evidence: Evidence::Success,
    explanation: "Shells are started that send a signal to themselves. The report of their end conforms if `signal` \
        is its number. An exit code instead, such as 137 for the signal 9, violates the rule: it is what one shell \
        tells another.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_fate, judge: signal },
};

fn signal(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some((Ending::Signal(signal), status)) = ended(turn) else { return Outcome::Silent };
    let expected = || format!("signal {signal}");
    let number = |name| status.member(name).and_then(Json::as_i64);
    match (number("signal"), number("exitcode")) {
        (Some(got), _) => {
            pass_if(got == i64::from(signal), || fail("number", expected(), format!("signal {got}")))
        }
        (None, Some(code)) => fail("as-exitcode", expected(), format!("exitcode {code}")),
        (None, None) => Outcome::Silent,
    }
}

/// How a process must have ended, and what the report of its end says.
fn ended<'t>(turn: &Turn<'t>) -> Option<(Ending, Status<'t>)> {
    let status = Status::of(turn).filter(|status| status.exited)?;
    Some((process(turn)?.fate.as_ref()?.ending?, status))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{ERROR, after, asked, start, started, status};
    use crate::rules::witness::Witness;

    const TRUE: &str = "\"path\":\"true\"";

    fn script(script: &str) -> String {
        format!("\"path\":\"sh\",\"arg\":[\"-c\",\"{script}\"]")
    }

    #[test]
    fn numbers_of_no_process_are_refused() {
        for pid in [0, -1, i64::MIN, i64::MAX] {
            Witness::of([asked(pid, ERROR)]).accepts("exec/unknown-pid");
            Witness::of([status(pid, "\"exited\":false")]).rejects("exec/unknown-pid", "accepted");
        }
        Witness::of([asked(9, ERROR)]).silences("exec/unknown-pid");
    }

    #[test]
    fn a_process_is_known_until_it_is_reported() {
        let first = || [start(TRUE, 6), status(6, "\"exited\":true,\"exitcode\":0"), start(TRUE, 7)];
        let then = |step| Witness::of(first().into_iter().chain([step]));
        then(status(7, "\"exited\":false")).accepts("exec/remembered");
        then(asked(7, ERROR)).rejects("exec/remembered", "forgotten");
        started(TRUE, asked(7, ERROR)).silences("exec/remembered");
    }

    #[test]
    fn an_end_is_reported_once() {
        let ended = || [start(TRUE, 7), status(7, "\"exited\":true,\"exitcode\":0")];
        let then = |step| Witness::of(ended().into_iter().chain([step]));
        then(asked(7, ERROR)).accepts("exec/reaped-once");
        then(status(7, "\"exited\":true,\"exitcode\":0")).rejects("exec/reaped-once", "again");
        then(status(7, "\"exited\":false")).rejects("exec/reaped-once", "again");
        let again = [start(TRUE, 7), status(7, "\"exited\":true,\"exitcode\":0")];
        Witness::of(ended().into_iter().chain(again)).silences("exec/reaped-once");
    }

    #[test]
    fn an_ended_process_has_one_ending() {
        for result in ["\"exited\":true,\"exitcode\":0", "\"exited\":true,\"signal\":9", "\"exited\":false"] {
            Witness::of([status(7, result)]).accepts("exec/ending");
        }
        for (result, bucket) in [
            ("\"exited\":true", "neither"),
            ("\"exited\":true,\"exitcode\":0,\"signal\":0", "both"),
            ("\"exited\":false,\"exitcode\":0", "early-exitcode"),
            ("\"exited\":false,\"signal\":0", "early-signal"),
        ] {
            Witness::of([status(7, result)]).rejects("exec/ending", bucket);
        }
    }

    #[test]
    fn a_sleeping_process_runs() {
        let sleeps = "\"path\":\"sleep\",\"arg\":[\"2\"]";
        let ended = "\"exited\":true,\"exitcode\":0";
        started(sleeps, after(0.5, status(7, "\"exited\":false"))).accepts("exec/running");
        started(sleeps, after(0.5, status(7, ended))).rejects("exec/running", "early");
        started(sleeps, after(1.5, status(7, ended))).silences("exec/running");
        started(TRUE, status(7, ended)).silences("exec/running");
    }

    #[test]
    fn an_end_is_reported_in_the_end() {
        let ended = "\"exited\":true,\"exitcode\":0";
        started(TRUE, after(9.0, status(7, ended))).accepts("exec/ends");
        started(TRUE, after(9.0, status(7, "\"exited\":false"))).rejects("exec/ends", "never");
        started(TRUE, after(4.0, status(7, "\"exited\":false"))).silences("exec/ends");
        let sleeps = "\"path\":\"sleep\",\"arg\":[\"8\"]";
        started(sleeps, after(9.0, status(7, "\"exited\":false"))).silences("exec/ends");
    }

    #[test]
    fn exit_codes_are_those_of_the_process() {
        let exits = script("exit 7");
        started(&exits, status(7, "\"exited\":true,\"exitcode\":7")).accepts("exec/exitcode");
        started(&exits, status(7, "\"exited\":true,\"exitcode\":0")).rejects("exec/exitcode", "value");
        started(&exits, status(7, "\"exited\":true,\"exitcode\":1792")).rejects("exec/exitcode", "range");
        started(&exits, status(7, "\"exited\":true,\"signal\":7")).rejects("exec/exitcode", "as-signal");
        started(&exits, status(7, "\"exited\":false")).silences("exec/exitcode");
        started("\"path\":\"x\"", status(7, "\"exited\":true,\"exitcode\":3")).silences("exec/exitcode");
    }

    #[test]
    fn signals_are_those_that_ended_the_process() {
        let killed = script("kill -9 $$");
        started(&killed, status(7, "\"exited\":true,\"signal\":9")).accepts("exec/signal");
        started(&killed, status(7, "\"exited\":true,\"signal\":15")).rejects("exec/signal", "number");
        started(&killed, status(7, "\"exited\":true,\"exitcode\":137")).rejects("exec/signal", "as-exitcode");
    }
}
