//! Faults of the clock.

use super::{Fault, Hook};
use crate::agent::reference::commands::nothing;
use crate::agent::reference::commands::system::{set_time, time};
use crate::agent::reference::guest::Guest;
use crate::text::Node;

const GET: &str = "guest-get-time";
const SET: &str = "guest-set-time";
const SECOND_NS: i64 = 1_000_000_000;

pub(super) static FAULTS: [Fault; 17] = [
    Fault {
        name: "time-in-seconds",
        trips: "clock/now",
        summary: "the time is counted in seconds",
        hooks: &[Hook::Command(GET, |_, guest, _| Ok((guest.time_ns() / SECOND_NS).into()))],
    },
    Fault {
        name: "time-in-microseconds",
        trips: "clock/now",
        summary: "the time is counted in microseconds",
        hooks: &[Hook::Command(GET, |_, guest, _| Ok((guest.time_ns() / 1000).into()))],
    },
    Fault {
        name: "local-time",
        trips: "clock/now",
        summary: "the time is that of a time zone an hour east of Greenwich",
        hooks: &[Hook::Command(GET, |_, guest, _| Ok((guest.time_ns() + 3600 * SECOND_NS).into()))],
    },
    Fault {
        name: "time-since-1900",
        trips: "clock/now",
        summary: "the time is counted since 1900 once it has been asked for twice",
        hooks: &[Hook::Command(GET, |memory, guest, _| {
            memory.count += 1;
            let more_ns = if memory.count > 2 { 2_208_988_800 * SECOND_NS } else { 0 };
            Ok((guest.time_ns() + more_ns).into())
        })],
    },
    Fault {
        name: "time-goes-back",
        trips: "clock/now",
        summary: "every third time is half a second early",
        hooks: &[Hook::Command(GET, |memory, guest, _| {
            memory.count += 1;
            let less_ns = if memory.count.is_multiple_of(3) { SECOND_NS / 2 } else { 0 };
            Ok((guest.time_ns() - less_ns).into())
        })],
    },
    Fault {
        name: "time-stands",
        trips: "clock/now",
        summary: "the time is that of the first request",
        hooks: &[
            Hook::Command(GET, |memory, guest, arguments| {
                if let Some(first) = &memory.node {
                    return Ok(first.clone());
                }
                let first = time(guest, arguments)?;
                memory.node = Some(first.clone());
                Ok(first)
            }),
            Hook::Command(SET, |memory, guest, arguments| {
                memory.node = None;
                set_time(guest, arguments)
            }),
        ],
    },
    Fault {
        name: "sets-no-clock",
        trips: "clock/set",
        summary: "setting the clock succeeds and does nothing",
        hooks: &[Hook::Command(SET, |_, _, _| Ok(nothing()))],
    },
    Fault {
        name: "sets-the-clock-in-microseconds",
        trips: "clock/set",
        summary: "the time that is set is taken for microseconds where that is possible",
        hooks: &[Hook::Command(SET, |_, guest, arguments| match arguments.optional_int("time") {
            Some(time_ns) if (0..SECOND_NS * SECOND_NS * 2).contains(&time_ns) => {
                Ok(set_to(guest, time_ns / 1000))
            }
            _ => set_time(guest, arguments),
        })],
    },
    Fault {
        name: "clamps-late-times",
        trips: "clock/set",
        summary: "a time after 2070 sets the last moment before it",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let late = 3_155_760_000 * SECOND_NS;
            match arguments.optional_int("time").filter(|time_ns| *time_ns >= late) {
                Some(_) => Ok(set_to(guest, late - 1)),
                None => set_time(guest, arguments),
            }
        })],
    },
    Fault {
        name: "early-times-without-sign",
        trips: "clock/set",
        summary: "a time before 1970 loses its sign",
        hooks: &[Hook::Command(SET, |_, guest, arguments| match arguments.optional_int("time") {
            Some(time_ns) if time_ns < 0 => Ok(set_to(guest, time_ns.saturating_neg() / 8)),
            _ => set_time(guest, arguments),
        })],
    },
    Fault {
        name: "ignores-impossible-times",
        trips: "clock/set",
        summary: "a time that the clocks do not know is ignored, and a success",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            Ok(set_time(guest, arguments).unwrap_or_else(|_| nothing()))
        })],
    },
    Fault {
        name: "leaves-the-hardware-clock",
        trips: "clock/set",
        summary: "the hardware clock is not set",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let before = guest.clocks.hardware_ahead_ns;
            let done = set_time(guest, arguments);
            guest.clocks.hardware_ahead_ns = before;
            done
        })],
    },
    Fault {
        name: "hardware-clock-first",
        trips: "clock/set",
        summary: "the hardware clock is set from the clock before that is set",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let before = guest.clocks.system_ahead_ns;
            let done = set_time(guest, arguments)?;
            if arguments.optional_int("time").is_some() {
                guest.clocks.hardware_ahead_ns = before;
            }
            Ok(done)
        })],
    },
    Fault {
        name: "no-time-sets-zero",
        trips: "clock/set",
        summary: "without a time the clock is set to 1970",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            set_time(guest, arguments)?;
            if arguments.optional_int("time").is_none() {
                guest.clocks.system_ahead_ns = guest.now_ns.saturating_neg();
            }
            Ok(nothing())
        })],
    },
    Fault {
        name: "reads-the-hardware-clock-always",
        trips: "clock/hardware",
        summary: "hwclock is called to read the hardware clock also when a time is given",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = set_time(guest, arguments)?;
            respell(guest, "-s");
            Ok(done)
        })],
    },
    Fault {
        name: "writes-the-hardware-clock-always",
        trips: "clock/hardware",
        summary: "hwclock is called to write the hardware clock also when no time is given",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = set_time(guest, arguments)?;
            respell(guest, "-w");
            Ok(done)
        })],
    },
    Fault {
        name: "hwclock-failure-ignored",
        trips: "clock/hardware",
        summary: "hwclock fails, and the success is told all the same",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = set_time(guest, arguments)?;
            if let Some(call) = guest.calls.last_mut() {
                call.status = 1;
            }
            Ok(done)
        })],
    },
];

fn set_to(guest: &mut Guest, time_ns: i64) -> Node {
    let ahead_ns = time_ns.saturating_sub(guest.now_ns);
    guest.clocks.system_ahead_ns = ahead_ns;
    guest.clocks.hardware_ahead_ns = ahead_ns;
    nothing()
}

/// The last program was called with this argument instead.
fn respell(guest: &mut Guest, argument: &str) {
    if let Some(call) = guest.calls.last_mut() {
        call.arguments = vec![argument.as_bytes().to_vec()];
    }
}
