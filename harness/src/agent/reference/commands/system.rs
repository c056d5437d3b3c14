//! The system as it sees itself: its clock, its name and its kind.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node, nothing};
use crate::agent::reference::guest::machine::Platform;

pub(super) static COMMANDS: [Command; 5] = [
    Command::new("guest-get-time", time),
    Command::new("guest-set-time", set_time),
    Command::new("guest-get-timezone", time_zone),
    Command::new("guest-get-osinfo", system),
    Command::new("guest-get-host-name", host_name),
];

type Executed = Result<Node, CommandError>;

/// The first moment that clocks of guests do not know any more: 2070-01-01T00:00:00Z.
const CLOCK_END_NS: i64 = 3_155_760_000_000_000_000;

pub(crate) fn time(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    // The clock of a system call has microseconds.
    let time_ns = guest.time_ns();
    Ok((time_ns - time_ns.rem_euclid(1000)).into())
}

/// Sets both clocks, or without a time the system's clock from the hardware's.
pub(crate) fn set_time(guest: &mut Guest, arguments: Arguments<'_>) -> Executed {
    match arguments.optional_int("time") {
        Some(time_ns) if (0..CLOCK_END_NS).contains(&time_ns) => {
            let ahead_ns = time_ns.saturating_sub(guest.now_ns);
            guest.clocks.system_ahead_ns = ahead_ns;
            guest.clocks.hardware_ahead_ns = ahead_ns;
            guest.call("hwclock", &["-w"], b"");
        }
        Some(_) => return Err(CommandError::new("the clocks do not know this time")),
        None if guest.machine.platform == Platform::Windows => {
            return Err(CommandError::new("the time is missing"));
        }
        None => {
            guest.call("hwclock", &["-s"], b"");
            guest.clocks.system_ahead_ns = guest.clocks.hardware_ahead_ns;
        }
    }
    Ok(nothing())
}

fn time_zone(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    let (zone, offset) = guest.machine.time_zone;
    let zone = zone.map(|zone| ("zone", zone.into()));
    Ok(Node::object(zone.into_iter().chain([("offset", offset.into())])))
}

fn system(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::object(guest.machine.system.iter().map(|(name, value)| (*name, Node::from(*value)))))
}

fn host_name(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::object([("host-name", guest.host_name.as_str().into())]))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, REFUSED};
    use crate::agent::reference::Config;
    use crate::agent::reference::guest::machine::Machine;

    const GET: &str = "guest-get-time";
    const SET: &str = "guest-set-time";

    #[test]
    fn the_clock_goes_on_from_where_it_is_set() {
        let mut bench = Bench::default();
        bench.check(&[
            (SET, r#""time":1600000000000000000"#, "{}"),
            (GET, "", "1600000000000000000"),
            (SET, r#""time":-1"#, REFUSED),
            (SET, r#""time":3155760000000000000"#, REFUSED),
            (SET, r#""time":9223372036854775807"#, REFUSED),
            (SET, r#""time":-9223372036854775808"#, REFUSED),
            (GET, "", "1600000000000000000"),
        ]);
        bench.wait_ns(1_500_001_999);
        bench.check(&[
            (GET, "", "1600000001500001000"),
            // The hardware clock was set as well.
            (SET, "", "{}"),
            (GET, "", "1600000001500001000"),
            (SET, r#""time":0"#, "{}"),
            (GET, "", "0"),
            (SET, r#""time":3155759999999999999"#, "{}"),
            (GET, "", "3155759999999999000"),
        ]);
    }

    #[test]
    fn a_clock_that_was_left_behind_is_set_from_the_hardware() {
        let mut bench = Bench::new(Config { clock_lag_ns: 5_000_000_000, ..Config::default() });
        let behind: i64 = bench.ask(GET, "").parse().unwrap();
        bench.check(&[(SET, "", "{}")]);
        let right: i64 = bench.ask(GET, "").parse().unwrap();
        assert_eq!(right - behind, 5_000_000_000);
    }

    #[test]
    fn windows_needs_the_time() {
        let mut bench = Bench::new(Config { machine: Machine::windows(), ..Config::default() });
        bench.check(&[
            (SET, "", REFUSED),
            (SET, r#""time":1600000000000000000"#, "{}"),
            ("guest-get-timezone", "", r#"{"zone": "W. Europe Standard Time", "offset": 3600}"#),
        ]);
        assert!(bench.ask("guest-get-osinfo", "").contains(r#""id": "mswindows""#));
    }

    #[test]
    fn what_the_system_does_not_know_is_left_out() {
        let machine = Machine { system: Vec::new(), time_zone: (None, -18_000), ..Machine::linux() };
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        bench.check(&[("guest-get-osinfo", "", "{}"), ("guest-get-timezone", "", r#"{"offset": -18000}"#)]);
    }
}
