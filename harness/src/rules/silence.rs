//! Chapter `silence`: commands that send nothing when they succeed, and what they call.

use crate::model::helpers::{Called, called};
use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::FakeCall;

use super::helper::{Meaning, is_denial};
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, pass_if, shown, shown_reply};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[
    &SUCCESS,
    &DEFAULT_MODE,
    &MODE_REFUSED,
    &MEANING,
    &FAILED_SHUTDOWN,
    &UNSUPPORTED,
    &FAILED_SUSPEND,
    &STRATEGIES,
];

const SHUTDOWN: &str = "guest-shutdown";
/// The modes that there are.
const MODES: [&str; 3] = ["halt", "powerdown", "reboot"];

static SUCCESS: Rule = Rule {
    code: "silence/success",
    class: Class::Violation,
    title: "A command without a success reply sends none",
    clauses: &[
        "qapi.silent-success",
        "schema.guest-shutdown.no-reply",
        "schema.guest-suspend-disk.no-reply",
        "schema.guest-suspend-ram.no-reply",
        "schema.guest-suspend-hybrid.no-reply",
    ],
    evidence: Evidence::Silence,
    explanation: "Requests are sent for the commands whose definition says that a success has no reply, such as \
        guest-shutdown. They conform if nothing comes before the fence's reply, before the connection ends or \
        before the deadline. A `return` violates the rule; an error is a refusal and tells nothing. Before 1.1 \
        `qemu-ga` raced with the shutdown and sometimes replied.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| !turn.must_be_answered(), judge: success },
};

fn success(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    match (turn.frame, turn.reply) {
        (None, _) => Outcome::Pass,
        (Some(frame), Some(reply)) if reply.success().is_some() => {
            fail("returned", "nothing before the fence's reply", shown_reply(reply, &frame.bytes))
        }
        (Some(_), _) => Outcome::Silent,
    }
}

static DEFAULT_MODE: Rule = Rule {
    code: "silence/default-mode",
    class: Class::Violation,
    title: "Without a mode guest-shutdown does what it does in the mode `powerdown`",
    clauses: &["schema.guest-shutdown.default-mode"],
    evidence: Evidence::Silence,
    explanation: "guest-shutdown is sent without a mode, and in each mode, where fakes stand in for the programs that \
        act on the machine. It conforms if the programs that are called without a mode are those that are called for \
        `powerdown`, with the same arguments, or mean the same.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.facts.has_fakes && mode(turn).is_some() && !has_unknown_mode(turn),
        judge: default_mode,
    },
};

/// The mode of a valid shutdown; empty if it has none.
fn mode(turn: &Turn<'_>) -> Option<String> {
    let is_shutdown = turn.is_valid() && turn.command_name() == Some(SHUTDOWN);
    let mode = turn.argument("mode").map_or(Some(String::new()), |mode| Some(mode.as_str()?.into_owned()));
    mode.filter(|_| is_shutdown)
}

/// The calls that belong to this request, if it is the only one of its exchange and got no reply.
fn silent_calls<'s>(turn: &Turn<'_>, scene: &ExchangeScene<'s>) -> Option<&'s [FakeCall]> {
    (turn.frame.is_none()).then(|| calls(turn, scene))?
}

/// The calls that belong to this request, if there are any and it is the only one of its exchange.
fn calls<'s>(turn: &Turn<'_>, scene: &ExchangeScene<'s>) -> Option<&'s [FakeCall]> {
    let certain =
        scene.reading.messages.len() == 1 && turn.model.is_some_and(|model| !model.helpers.may_come_late());
    Some(scene.calls).filter(|calls| certain && !calls.is_empty())
}

fn default_mode(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(mode), Some(now)) = (mode(turn), silent_calls(turn, scene).map(called)) else {
        return Outcome::Silent;
    };
    let of = |wanted: &str| match turn.model {
        _ if wanted == mode => Some(now.as_slice()),
        Some(model) => model.helpers.shutdown(wanted),
        None => None,
    };
    let (Some(without), Some(powerdown)) = (of(""), of("powerdown")) else { return Outcome::Silent };
    if without == powerdown {
        return Outcome::Pass;
    }
    match MODES.iter().find(|mode| **mode != "powerdown" && of(mode) == Some(without)) {
        Some(mode) => fail(format!("like-{mode}"), spelled(powerdown), spelled(without)),
        None => Outcome::Silent,
    }
}

fn spelled(calls: &[Called]) -> String {
    let words = |(program, arguments): &Called| {
        let arguments = arguments.iter().map(|argument| format!(" {}", shown(argument)));
        format!("{}{}", shown(program.as_bytes()), arguments.collect::<String>())
    };
    calls.iter().map(words).collect::<Vec<_>>().join("; ")
}

static MODE_REFUSED: Rule = Rule {
    code: "silence/mode-refused",
    class: Class::Violation,
    title: "A mode of guest-shutdown that there is not is refused",
    clauses: &["schema.guest-shutdown.modes", "qapi.silent-failure"],
    evidence: Evidence::Error,
    explanation: "guest-shutdown is sent with modes that differ from `halt`, `powerdown` and `reboot`, among them other \
        spellings of these, longer words that begin so, and the empty one. It conforms if the reply is an error. \
        Silence, which means that the guest shuts down, and a `return` violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: has_unknown_mode, judge: mode_refused },
};

fn has_unknown_mode(turn: &Turn<'_>) -> bool {
    turn.argument("mode").is_some() && mode(turn).is_some_and(|mode| !MODES.contains(&mode.as_str()))
}

fn mode_refused(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let Some(mode) = mode(turn) else { return Outcome::Silent };
    if turn.error().is_some() {
        return if turn.is_unsupported() { Outcome::Silent } else { Outcome::Pass };
    }
    let is_silent = turn.frame.is_none() && scene.is_complete();
    if !is_silent && turn.success().is_none() {
        return Outcome::Silent;
    }
    let plain = mode.trim().to_ascii_lowercase();
    let bucket = if mode.is_empty() {
        "empty"
    } else if MODES.contains(&plain.as_str()) {
        "spelling"
    } else if MODES.iter().any(|known| mode.starts_with(known)) {
        "longer"
    } else {
        "accepted"
    };
    fail(bucket, format!("an error for the mode {}", shown(mode.as_bytes())), "a success")
}

static MEANING: Rule = Rule {
    code: "silence/meaning",
    class: Class::Violation,
    title: "What is called to end or suspend the guest means what was asked for",
    clauses: &[
        "schema.guest-shutdown.modes",
        "schema.guest-shutdown.initiates",
        "schema.guest-suspend-disk.strategies",
        "schema.guest-suspend-ram.strategies",
        "schema.guest-suspend-hybrid.strategies",
    ],
    evidence: Evidence::Silence,
    explanation: "The guest is shut down in each mode and suspended in each way, where fakes stand in for the programs \
        that act on the machine. A silent success conforms if no program was called that does something else: \
        `reboot` for a power-down, `pm-hibernate` for a suspend to memory. Programs whose meaning is not known, and \
        those that only ask, are not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.facts.has_fakes && wanted(turn).is_some(), judge: meaning },
};

fn wanted(turn: &Turn<'_>) -> Option<Meaning> {
    let mode = turn.argument("mode").map(Json::as_str);
    if !turn.is_valid() || mode == Some(None) {
        return None;
    }
    Meaning::wanted(turn.command_name()?, mode.flatten().as_deref())
}

fn meaning(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(wanted), Some(calls)) = (wanted(turn), silent_calls(turn, scene)) else {
        return Outcome::Silent;
    };
    let mut known = calls.iter().filter_map(Meaning::of).peekable();
    if known.peek().is_none() {
        return Outcome::Silent;
    }
    match known.find(|meaning| !meaning.serves(wanted)) {
        None => Outcome::Pass,
        Some(other) => {
            let bucket = format!("{}-for-{}", other.word(), wanted.word());
            fail(bucket, format!("a call that means {}", wanted.word()), spelled(&called(calls)))
        }
    }
}

static FAILED_SHUTDOWN: Rule = Rule {
    code: "silence/failed-shutdown",
    class: Class::Violation,
    title: "A shutdown that could not be started is an error",
    clauses: &["schema.guest-shutdown.initiates", "qapi.silent-failure"],
    evidence: Evidence::Silence,
    explanation: "The guest is shut down where the programs that would do it are fakes, some of which fail. It conforms \
        if the reply is an error when each program that was called for it has failed: silence means that the \
        operating system was asked to shut down, and it was not.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            turn.facts.has_fakes && turn.command_name() == Some(SHUTDOWN) && wanted(turn).is_some()
        },
        judge: failure_told,
    },
};

fn failure_told(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let Some(calls) = calls(turn, scene) else { return Outcome::Silent };
    let mut doing = calls.iter().filter(|call| Meaning::of(call).is_some()).peekable();
    if doing.peek().is_none() || turn.is_unsupported() {
        return Outcome::Silent;
    }
    let all_failed = doing.all(|call| call.status != 0);
    let is_silent = turn.frame.is_none() && scene.is_complete();
    match (all_failed, turn.error().is_some()) {
        (true, false) if is_silent => fail("unanswered", "an error", "silence, by which success is reported"),
        (true, true) => Outcome::Pass,
        (false, false) if is_silent => Outcome::Pass,
        _ => Outcome::Silent,
    }
}

const SUSPENDS: [&str; 3] = ["guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"];

fn is_suspend(turn: &Turn<'_>) -> bool {
    let name = turn.command_name();
    turn.facts.has_fakes && turn.is_valid() && name.is_some_and(|name| SUSPENDS.contains(&name))
}

static UNSUPPORTED: Rule = Rule {
    code: "silence/unsupported",
    class: Class::Violation,
    title: "A way to suspend that the guest does not support is an error",
    clauses: &[
        "schema.guest-suspend-disk.unsupported",
        "schema.guest-suspend-ram.unsupported",
        "schema.guest-suspend-hybrid.unsupported",
        "qapi.silent-failure",
    ],
    evidence: Evidence::Silence,
    explanation: "The guest is suspended where programs that are asked whether it can be are fakes, some of which deny \
        it. It conforms if the reply is an error when all that were asked have denied it and nothing else was called. \
        `qemu-ga` before 7.2.4 was silent then where there is no systemd.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_suspend, judge: unsupported },
};

fn unsupported(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let Some(calls) = calls(turn, scene).filter(|_| !turn.is_unsupported()) else { return Outcome::Silent };
    let denied = calls.iter().all(is_denial);
    let is_silent = turn.frame.is_none() && scene.is_complete();
    if denied && is_silent {
        return fail("accepted", "an error", format!("silence after {}", spelled(&called(calls))));
    }
    if denied && turn.error().is_none() { Outcome::Silent } else { Outcome::Pass }
}

static FAILED_SUSPEND: Rule = Rule {
    code: "silence/failed-suspend",
    class: Class::Difference,
    title: "A suspend that failed is an error",
    clauses: &["qapi.silent-failure", "client.suspend-failure-told"],
    evidence: Evidence::Silence,
    explanation: "The guest is suspended where the programs that would do it are fakes, some of which fail. It conforms if \
        the reply is an error when each program that was called for it has failed. The schema says of the commands \
        that they attempt to suspend, and asks for an error only where that is not supported; but a client that is \
        told nothing waits for a guest that will not sleep.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_suspend, judge: failure_told },
};

static STRATEGIES: Rule = Rule {
    code: "silence/strategies",
    class: Class::Violation,
    title: "Systemd is tried before pm-utils, and nothing behind what works",
    clauses: &[
        "schema.guest-suspend-disk.strategies",
        "schema.guest-suspend-ram.strategies",
        "schema.guest-suspend-hybrid.strategies",
    ],
    evidence: Evidence::Silence,
    explanation: "The guest is suspended where fakes stand in for the programs that do it. It conforms if no call of \
        systemctl comes behind one of the programs of pm-utils, and no program that suspends is called behind one that \
        did.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_suspend, judge: strategies },
};

fn strategies(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let Some(calls) = calls(turn, scene) else { return Outcome::Silent };
    let of_pm_utils = |call: &FakeCall| call.program.starts_with("pm-");
    let behind_first = |is: fn(&FakeCall) -> bool| {
        let first = calls.iter().position(is);
        first.map_or(&[][..], |first| &calls[first + 1..])
    };
    let inverted = behind_first(of_pm_utils).iter().any(|call| call.program == "systemctl");
    let worked = |call: &FakeCall| Meaning::of(call).is_some() && call.status == 0;
    let repeated = behind_first(worked).iter().any(|call| Meaning::of(call).is_some());
    let got = || spelled(&called(calls));
    if inverted {
        return fail("inverted", "systemd before pm-utils", got());
    }
    pass_if(!repeated, || fail("after-success", "nothing behind what works", got()))
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, ask, call, facts_with_fakes, fake};
    use crate::wire::{Ending, Observation};

    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n";
    const RAM: &str = "guest-suspend-ram";

    fn shutdown(mode: Option<&str>, reply: &str) -> Step {
        let arguments = mode.map_or_else(|| "{}".to_owned(), |mode| format!("{{\"mode\":\"{mode}\"}}"));
        call("guest-shutdown", &arguments, reply)
    }

    fn calls(flag: &str, status: u8) -> Observation {
        fake("shutdown", &["-h", flag, "+0"], "", status)
    }

    fn suspend(reply: &str) -> Observation {
        call(RAM, "{}", reply).observation()
    }

    /// A suspend to memory with these calls: program, argument, status.
    fn suspended(made: &[(&str, &str, u8)], reply: &str) -> Witness {
        let made = made.iter().map(|(program, argument, status)| fake(program, &[argument], "", *status));
        Witness::watching([facts_with_fakes()].into_iter().chain(made).chain([suspend(reply)]))
    }

    #[test]
    fn a_silent_success_is_silent() {
        let shutdown = |reply: &str| ask("{\"execute\":\"guest-shutdown\"}", reply);
        Witness::of([shutdown("")]).accepts("silence/success");
        Witness::of([shutdown("").ending(Ending::Closed)]).accepts("silence/success");
        Witness::of([shutdown("").ending(Ending::Waited)]).accepts("silence/success");
        Witness::of([shutdown("{\"return\":{}}\n")]).rejects("silence/success", "returned");
        Witness::of([shutdown(ERROR)]).silences("silence/success");
    }

    #[test]
    fn the_default_is_to_power_down() {
        let two = |first: Option<&str>, first_flag, second: Option<&str>, second_flag| {
            let first = [calls(first_flag, 0), shutdown(first, "").observation()];
            let second = [calls(second_flag, 0), shutdown(second, "").observation()];
            Witness::watching([facts_with_fakes()].into_iter().chain(first).chain(second))
        };
        two(None, "-P", Some("powerdown"), "-P").accepts("silence/default-mode");
        two(Some("powerdown"), "-P", None, "-P").accepts("silence/default-mode");
        two(None, "-P", Some("halt"), "-H").silences("silence/default-mode");
        two(None, "-P", Some("powerdown"), "-hP").silences("silence/default-mode");
        // Which of several modes is meant by one call is not known.
        let opaque =
            |mode, argument| [fake("systemctl", &[argument], "", 0), shutdown(mode, "").observation()];
        let all = [opaque(Some("halt"), "one"), opaque(Some("powerdown"), "two"), opaque(None, "one")];
        Witness::watching([facts_with_fakes()].into_iter().chain(all.into_iter().flatten()))
            .rejects("silence/default-mode", "like-halt");
    }

    #[test]
    fn an_unknown_mode_is_refused() {
        Witness::of([shutdown(Some("up"), ERROR)]).accepts("silence/mode-refused");
        for (mode, bucket) in [
            ("", "empty"),
            ("Reboot", "spelling"),
            ("halt ", "spelling"),
            ("halting", "longer"),
            ("up", "accepted"),
        ] {
            Witness::of([shutdown(Some(mode), "")]).rejects("silence/mode-refused", bucket);
        }
        Witness::of([shutdown(Some("halt"), "")]).silences("silence/mode-refused");
    }

    #[test]
    fn a_call_means_what_was_asked_for() {
        let with = |mode, flag| {
            Witness::watching([facts_with_fakes(), calls(flag, 0), shutdown(mode, "").observation()])
        };
        with(Some("reboot"), "-r").accepts("silence/meaning");
        with(Some("reboot"), "-P").rejects("silence/meaning", "powerdown-for-reboot");
        with(None, "-H").rejects("silence/meaning", "halt-for-powerdown");
        suspended(&[("systemctl", "suspend", 0)], "").accepts("silence/meaning");
        suspended(&[("systemctl", "hibernate", 0)], "").rejects("silence/meaning", "disk-for-ram");
        suspended(&[("systemctl", "status", 3)], ERROR).silences("silence/meaning");
    }

    #[test]
    fn a_shutdown_that_fails_is_an_error() {
        let with = |status, reply| {
            Witness::watching([facts_with_fakes(), calls("-P", status), shutdown(None, reply).observation()])
        };
        with(0, "").accepts("silence/failed-shutdown");
        with(1, ERROR).accepts("silence/failed-shutdown");
        with(1, "").rejects("silence/failed-shutdown", "unanswered");
        with(0, ERROR).silences("silence/failed-shutdown");
    }

    #[test]
    fn a_suspend_that_cannot_be_or_fails_is_an_error() {
        let (status, asks) = (("systemctl", "status", 4), ("pm-is-supported", "--suspend", 1));
        suspended(&[status, asks], ERROR).accepts("silence/unsupported");
        suspended(&[status, asks], "").rejects("silence/unsupported", "accepted");
        suspended(&[("systemctl", "suspend", 1)], ERROR).accepts("silence/failed-suspend");
        suspended(&[("systemctl", "suspend", 1)], "").rejects("silence/failed-suspend", "unanswered");
        suspended(&[("systemctl", "suspend", 1), ("pm-suspend", "", 0)], "")
            .accepts("silence/failed-suspend");
    }

    #[test]
    fn systemd_comes_first() {
        let (systemd, pm) = (("systemctl", "suspend"), ("pm-suspend", ""));
        let in_order =
            |first: u8, second: u8| suspended(&[(systemd.0, systemd.1, first), (pm.0, pm.1, second)], "");
        in_order(1, 0).accepts("silence/strategies");
        in_order(0, 0).rejects("silence/strategies", "after-success");
        suspended(&[(pm.0, pm.1, 1), (systemd.0, systemd.1, 0)], "")
            .rejects("silence/strategies", "inverted");
    }
}
