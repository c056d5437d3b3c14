//! Chapter `clock`: the guest's time, and setting it.

use std::ops::Range;
use std::time::Duration;

use crate::model::clock::{Clock, Reading};
use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::FakeCall;

use super::scene::{ExchangeScene, Turn};
use super::words::{fail, pass_if};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&NOW, &SET, &HARDWARE];

const GET: &str = "guest-get-time";
const SET_COMMAND: &str = "guest-set-time";
/// Hardware clocks count seconds, clocks are corrected, and machines are slow.
const TOLERANCE_NS: i128 = 2_000_000_000;
/// A clock that goes back by less may have been corrected.
const CORRECTION_NS: i128 = 10_000_000;
/// Between questions that are closer, a clock may seem to stand.
const PAUSE_MIN: Duration = Duration::from_millis(100);
/// A time that is later than this surely counts nanoseconds, or the guest was never told the year.
const PLAUSIBLE_NS: i128 = 1_000_000_000_000_000;

static NOW: Rule = Rule {
    code: "clock/now",
    class: Class::Violation,
    title: "guest-get-time counts nanoseconds since 1970 in UTC",
    clauses: &["schema.guest-get-time.nanoseconds", "schema.guest-get-time.epoch"],
    evidence: Evidence::Success,
    explanation: "guest-get-time is asked now and then. Where the harness knows the guest's clock, the reply conforms if \
        it is within two seconds of it and does not go back; a time in the guest's own time zone violates the rule. \
        Elsewhere two replies that are a tenth of a second apart must differ by about as much: a clock that counts \
        milliseconds is too slow by far, and one that was read once stands.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, GET), judge: now },
};

fn is_valid(turn: &Turn<'_>, command: &str) -> bool {
    turn.is_valid() && turn.command_name() == Some(command)
}

fn clock<'t>(turn: &Turn<'t>) -> Option<&'t Clock> {
    turn.model.map(|model| &model.clock)
}

fn told(turn: &Turn<'_>) -> Option<i128> {
    turn.success().and_then(Json::as_i64).map(i128::from).filter(|_| is_valid(turn, GET))
}

fn during(scene: &ExchangeScene<'_>) -> Range<Duration> {
    scene.exchange.began..scene.exchange.began + scene.exchange.elapsed
}

fn now(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(clock), Some(told)) = (clock(turn), told(turn)) else { return Outcome::Silent };
    let during = during(scene);
    let start = clock.at_start(turn.facts);
    let near = start.as_ref().map(|start| compared(start, &during, told, "far"));
    if let Some(Outcome::Fail(failure)) = near {
        return Outcome::Fail(failure);
    }
    if let Some(failure @ Outcome::Fail(_)) =
        clock.last().map(|last| went_on(last, &during, told, start.is_some()))
    {
        return failure;
    }
    if near.is_some() || told >= PLAUSIBLE_NS { Outcome::Pass } else { Outcome::Silent }
}

/// Whether a clock that showed a time shows the right one now.
fn compared(reading: &Reading, during: &Range<Duration>, told: i128, bucket: &str) -> Outcome {
    let (least, most) = reading.bounds(during);
    pass_if((least - TOLERANCE_NS..=most + TOLERANCE_NS).contains(&told), || {
        fail(bucket, format!("about {least} ns"), format!("{told} ns"))
    })
}

/// Whether a clock has gone on since it was last told. Only one that we know must not go back.
fn went_on(last: &Reading, during: &Range<Duration>, told: i128, is_known: bool) -> Outcome {
    let before = i128::from(last.time_ns);
    if is_known && told + CORRECTION_NS < before {
        return fail("back", format!("at least {before} ns, as before"), format!("{told} ns"));
    }
    let pause = during.start.saturating_sub(last.during.end);
    let advanced = told - before;
    let is_slow = advanced >= 0 && advanced < pause.as_nanos().cast_signed() / 100;
    if pause >= PAUSE_MIN && is_slow {
        let expected = format!("about {} ns more than {before}", pause.as_nanos());
        return fail("slow", expected, format!("{advanced} ns more"));
    }
    Outcome::Pass
}

static SET: Rule = Rule {
    code: "clock/set",
    class: Class::Violation,
    title: "After guest-set-time the clock shows the time that was set",
    clauses: &[
        "schema.guest-set-time.sets-system-clock",
        "schema.guest-set-time.nanoseconds",
        "schema.guest-set-time.sets-hardware-clock",
        "schema.guest-set-time.default",
    ],
    evidence: Evidence::Success,
    explanation: "The clock is set, to other years, to times that no clock has, and from the hardware clock, and \
        guest-get-time is asked afterwards. It conforms if the time that it tells is, within two seconds, the one that \
        was set, and the one that was set last if the clock was then set from the hardware clock: that has been set, \
        too. A time that cannot be set is an error, and nothing is judged after it.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(SET_COMMAND),
    scope: Scope::Turn { concerns: sets_or_shows, judge: set },
};

fn sets_or_shows(turn: &Turn<'_>) -> bool {
    is_valid(turn, SET_COMMAND)
        || (is_valid(turn, GET) && clock(turn).is_some_and(|clock| clock.setting().is_some()))
}

fn set(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(setting), Some(told)) = (clock(turn).and_then(Clock::setting), told(turn)) else {
        return Outcome::Silent;
    };
    let bucket = if setting.from_hardware { "hardware" } else { "far" };
    compared(&setting.reading, &during(scene), told, bucket)
}

static HARDWARE: Rule = Rule {
    code: "clock/hardware",
    class: Class::Violation,
    title: "The hardware clock is set from the clock, and without a time the other way round",
    clauses: &["schema.guest-set-time.sets-hardware-clock", "schema.guest-set-time.default"],
    evidence: Evidence::Success,
    explanation: "The clock is set with and without a time where a fake stands in for hwclock. A success conforms if the \
        calls write the hardware clock when a time was given, read it when none was, and did not all fail. An agent \
        that does it without the program is not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.facts.has_fakes && is_valid(turn, SET_COMMAND),
        judge: hardware,
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Reads,
    Writes,
}

fn direction(call: &FakeCall) -> Option<Direction> {
    let has = |wanted: [&str; 2]| {
        call.arguments.iter().any(|argument| wanted.iter().any(|wanted| argument == wanted.as_bytes()))
    };
    match call.program.as_str() {
        "hwclock" if has(["-s", "--hctosys"]) => Some(Direction::Reads),
        "hwclock" if has(["-w", "--systohc"]) => Some(Direction::Writes),
        _ => None,
    }
}

fn hardware(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    if turn.success().is_none() || scene.reading.messages.len() != 1 {
        return Outcome::Silent;
    }
    let wanted = if turn.argument("time").is_some() { Direction::Writes } else { Direction::Reads };
    let calls = || scene.calls.iter().filter_map(|call| Some((direction(call)?, call.status)));
    if calls().next().is_none() {
        return Outcome::Silent;
    }
    if calls().any(|(direction, _)| direction != wanted) {
        let bucket = if wanted == Direction::Writes { "read" } else { "written" };
        return fail(bucket, "the other direction", format!("a hardware clock that is {bucket}"));
    }
    pass_if(calls().any(|(_, status)| status == 0), || {
        fail("failure-ignored", "an error, since hwclock failed", "a success")
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::rules::witness::{Step, Witness, call, facts_with_fakes, fake};
    use crate::wire::{Facts, Observation};

    const START_NS: i64 = 1_700_000_000_000_000_000;
    const SECOND_NS: i64 = 1_000_000_000;
    const OK: &str = "{\"return\":{}}";
    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    /// The clock is known, and showed `START_NS` at the beginning.
    fn known() -> Observation {
        Observation::Facts(Facts { clock_ns: Some(START_NS), ..Facts::default() })
    }

    /// What is told so many seconds after the beginning.
    fn told(at_s: u64, time_ns: i64) -> Observation {
        let reply = format!("{{\"return\":{time_ns}}}");
        call("guest-get-time", "{}", &reply).beginning(Duration::from_secs(at_s)).observation()
    }

    fn set(time: Option<i64>, reply: &str) -> Step {
        let arguments = time.map_or_else(|| "{}".to_owned(), |time| format!("{{\"time\":{time}}}"));
        call("guest-set-time", &arguments, reply)
    }

    #[test]
    fn the_time_is_that_of_the_guest() {
        Witness::watching([known(), told(5, START_NS + 5 * SECOND_NS)]).accepts("clock/now");
        Witness::watching([known(), told(5, START_NS + 3605 * SECOND_NS)]).rejects("clock/now", "far");
        Witness::watching([known(), told(5, START_NS / 1000)]).rejects("clock/now", "far");
        Witness::watching([known(), told(5, START_NS + SECOND_NS), told(5, START_NS)])
            .rejects("clock/now", "far");
        let back = [known(), told(1, START_NS + SECOND_NS), told(1, START_NS + SECOND_NS / 2)];
        Witness::watching(back).rejects("clock/now", "back");
    }

    #[test]
    fn an_unknown_clock_goes_on() {
        Witness::watching([told(1, START_NS), told(2, START_NS + SECOND_NS)]).accepts("clock/now");
        Witness::watching([told(1, START_NS), told(2, START_NS)]).rejects("clock/now", "slow");
        let milliseconds = START_NS / 1_000_000;
        Witness::watching([told(1, milliseconds), told(2, milliseconds + 1000)]).rejects("clock/now", "slow");
        Witness::watching([told(1, milliseconds)]).silences("clock/now");
        Witness::watching([told(1, START_NS), told(2, START_NS - SECOND_NS)]).accepts("clock/now");
    }

    #[test]
    fn the_clock_shows_what_was_set() {
        let year_ns = 1_600_000_000 * SECOND_NS;
        let after =
            |time, reply, shown| Witness::watching([known(), set(time, reply).observation(), told(3, shown)]);
        after(Some(year_ns), OK, year_ns + 3 * SECOND_NS).accepts("clock/set");
        after(Some(year_ns), OK, START_NS + 3 * SECOND_NS).rejects("clock/set", "far");
        after(Some(i64::MAX), OK, START_NS + 3 * SECOND_NS).rejects("clock/set", "far");
        after(Some(year_ns), ERROR, START_NS + 3 * SECOND_NS).silences("clock/set");
        after(None, OK, year_ns).silences("clock/set");
        let hardware = |shown| {
            let both = [set(Some(year_ns), OK).observation(), set(None, OK).observation()];
            Witness::watching(both.into_iter().chain([told(3, shown)]))
        };
        hardware(year_ns + 3 * SECOND_NS).accepts("clock/set");
        hardware(START_NS).rejects("clock/set", "hardware");
    }

    #[test]
    fn the_hardware_clock_is_set_in_the_right_direction() {
        let with = |time, arguments: &[&str], status| {
            let call = fake("hwclock", arguments, "", status);
            Witness::watching([facts_with_fakes(), call, set(time, OK).observation()])
        };
        with(Some(0), &["-w"], 0).accepts("clock/hardware");
        with(None, &["--hctosys"], 0).accepts("clock/hardware");
        with(Some(0), &["-s"], 0).rejects("clock/hardware", "read");
        with(None, &["-w"], 0).rejects("clock/hardware", "written");
        with(None, &["-s"], 1).rejects("clock/hardware", "failure-ignored");
        Witness::watching([facts_with_fakes(), set(None, OK).observation()]).silences("clock/hardware");
    }
}
