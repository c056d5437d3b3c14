//! Faults of the commands that succeed silently, and of what is called for requests that are refused.

use super::{Fault, Hook, Liberty};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::power::{shutdown, suspend};
use crate::agent::reference::commands::system::set_time;
use crate::agent::reference::commands::{nothing, user};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::Guest;
use crate::agent::reference::guest::machine::SuspendMode;
use crate::text::{Json, Node};

const SHUTDOWN: &str = "guest-shutdown";
const DISK: &str = "guest-suspend-disk";
const RAM: &str = "guest-suspend-ram";
const HYBRID: &str = "guest-suspend-hybrid";

pub(super) static FAULTS: [Fault; 23] = [
    Fault {
        name: "default-mode-halts",
        trips: "silence/default-mode",
        summary: "without a mode the guest halts",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| match mode(arguments) {
            None => Ok(call_shutdown(guest, "-H")),
            Some(_) => shutdown(guest, arguments),
        })],
    },
    Fault {
        name: "default-mode-reboots",
        trips: "silence/default-mode",
        summary: "without a mode the guest reboots",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| match mode(arguments) {
            None => Ok(call_shutdown(guest, "-r")),
            Some(_) => shutdown(guest, arguments),
        })],
    },
    Fault {
        name: "default-mode-is-the-last",
        trips: "silence/default-mode",
        summary: "without a mode the guest does what the last request with one asked for",
        hooks: &[Hook::Command(SHUTDOWN, |memory, guest, arguments| {
            let flag = match mode(arguments).as_deref() {
                Some("halt") => "-H",
                Some("reboot") => "-r",
                None => match memory.count {
                    1 => "-r",
                    _ => "-P",
                },
                Some(_) => return shutdown(guest, arguments),
            };
            memory.count = u64::from(flag == "-r");
            Ok(call_shutdown(guest, flag))
        })],
    },
    Fault {
        name: "modes-in-any-case",
        trips: "silence/mode-refused",
        summary: "capitals and blanks in the mode of a shutdown do not count",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| {
            let plain = mode(arguments).map(|mode| mode.trim().to_ascii_lowercase());
            match plain.as_deref() {
                Some("reboot") => Ok(call_shutdown(guest, "-r")),
                Some("powerdown") => Ok(call_shutdown(guest, "-P")),
                _ => shutdown(guest, arguments),
            }
        })],
    },
    Fault {
        name: "modes-by-their-beginning",
        trips: "silence/mode-refused",
        summary: "a longer word that begins like a mode is taken for it",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| match mode(arguments) {
            Some(mode) if mode.starts_with("reboot") => Ok(call_shutdown(guest, "-r")),
            _ => shutdown(guest, arguments),
        })],
    },
    Fault {
        name: "empty-mode-powers-down",
        trips: "silence/mode-refused",
        summary: "an empty mode counts as none",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| match mode(arguments).as_deref() {
            Some("") => Ok(call_shutdown(guest, "-P")),
            _ => shutdown(guest, arguments),
        })],
    },
    Fault {
        name: "any-mode-powers-down",
        trips: "silence/mode-refused",
        summary: "an unknown mode counts as the default",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| {
            shutdown(guest, arguments).or_else(|_| Ok(call_shutdown(guest, "-P")))
        })],
    },
    Fault {
        name: "mode-is-ignored",
        trips: "silence/meaning",
        summary: "the guest powers down in every mode",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| match mode(arguments).as_deref() {
            Some("halt" | "reboot") => Ok(call_shutdown(guest, "-P")),
            _ => shutdown(guest, arguments),
        })],
    },
    Fault {
        name: "halts-by-rebooting",
        trips: "silence/meaning",
        summary: "the guest reboots when it should halt",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| match mode(arguments).as_deref() {
            Some("halt") => Ok(call_shutdown(guest, "-r")),
            _ => shutdown(guest, arguments),
        })],
    },
    Fault {
        name: "suspends-to-memory-only",
        trips: "silence/meaning",
        summary: "a hybrid suspend is one to memory",
        hooks: &[Hook::Command(HYBRID, |_, guest, _| suspend(guest, SuspendMode::Ram))],
    },
    Fault {
        name: "suspends-the-other-way",
        trips: "silence/meaning",
        summary: "a suspend to disk is one to memory, and the other way round",
        hooks: &[
            Hook::Command(DISK, |_, guest, _| suspend(guest, SuspendMode::Ram)),
            Hook::Command(RAM, |_, guest, _| suspend(guest, SuspendMode::Disk)),
        ],
    },
    Fault {
        name: "failed-shutdown-is-silent",
        trips: "silence/failed-shutdown",
        summary: "the program fails that should shut the guest down, and nothing is said of it",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| {
            shutdown(guest, arguments)?;
            fail_last(guest);
            Ok(nothing())
        })],
    },
    Fault {
        name: "failed-reboot-is-silent",
        trips: "silence/failed-shutdown",
        summary: "the program fails that should reboot the guest, and nothing is said of it",
        hooks: &[Hook::Command(SHUTDOWN, |_, guest, arguments| {
            shutdown(guest, arguments)?;
            if mode(arguments).as_deref() == Some("reboot") {
                fail_last(guest);
            }
            Ok(nothing())
        })],
    },
    Fault {
        name: "unsupported-suspend-is-silent",
        trips: "silence/unsupported",
        summary: "a guest without systemd and pm-utils does not suspend, and nothing is said of it",
        hooks: &[Hook::Command(RAM, |_, guest, _| {
            guest.call_with_status("systemctl", &["status", "systemd-suspend"], b"", 4);
            guest.call_with_status("pm-is-supported", &["--suspend"], b"", 1);
            Ok(nothing())
        })],
    },
    Fault {
        name: "unsupported-hybrid-is-silent",
        trips: "silence/unsupported",
        summary: "only a hybrid suspend is not supported, and nothing is said of it",
        hooks: &[Hook::Command(HYBRID, |_, guest, _| {
            guest.call_with_status("systemctl", &["status", "systemd-hybrid-sleep"], b"", 4);
            Ok(nothing())
        })],
    },
    Fault {
        name: "failed-suspend-is-silent",
        trips: "silence/failed-suspend",
        summary: "every program fails that should suspend the guest, and nothing is said of it",
        hooks: &[Hook::Command(RAM, |_, guest, _| {
            guest.call_with_status("systemctl", &["suspend"], b"", 1);
            guest.call_with_status("pm-suspend", &[], b"", 1);
            Ok(nothing())
        })],
    },
    Fault {
        name: "failed-hibernation-is-silent",
        trips: "silence/failed-suspend",
        summary: "the program of pm-utils fails that should suspend the guest to disk, and nothing is said of it",
        hooks: &[Hook::Command(DISK, |_, guest, _| {
            guest.call_with_status("systemctl", &["status", "systemd-hibernate"], b"", 4);
            guest.call_with_status("pm-hibernate", &[], b"", 1);
            Ok(nothing())
        })],
    },
    Fault {
        name: "pm-utils-before-systemd",
        trips: "silence/strategies",
        summary: "pm-utils is tried before systemd",
        hooks: &[Hook::Command(RAM, |_, guest, _| {
            guest.call_with_status("pm-is-supported", &["--suspend"], b"", 1);
            suspend(guest, SuspendMode::Ram)
        })],
    },
    Fault {
        name: "suspends-twice",
        trips: "silence/strategies",
        summary: "pm-utils is tried although systemd has suspended the guest",
        hooks: &[Hook::Command(DISK, |_, guest, _| {
            suspend(guest, SuspendMode::Disk)?;
            guest.call("pm-hibernate", &[], b"");
            Ok(nothing())
        })],
    },
    Fault {
        name: "shuts-down-before-the-check",
        trips: "effect/no-call",
        summary: "a shutdown with a mode that is no string is refused after the program was called",
        hooks: &[
            Hook::Take(Liberty::ScalarsForStrings),
            Hook::Command(SHUTDOWN, |_, guest, arguments| {
                if arguments.value("mode").is_some_and(|mode| !mode.is_string()) {
                    call_shutdown(guest, "-P");
                }
                shutdown(guest, arguments)
            }),
        ],
    },
    Fault {
        name: "sets-the-clock-before-the-check",
        trips: "effect/no-call",
        summary: "a time in a string sets the hardware clock and is refused then",
        hooks: &[
            Hook::Take(Liberty::NumericStrings),
            Hook::Command("guest-set-time", |_, guest, arguments| {
                if arguments.value("time").is_some_and(Json::is_string) {
                    guest.call("hwclock", &["-w"], b"");
                    return Err(CommandError::new("the time is not a number"));
                }
                set_time(guest, arguments)
            }),
        ],
    },
    Fault {
        name: "sets-a-password-before-the-check",
        trips: "effect/no-call",
        summary: "a password without `crypted` is set and refused then",
        hooks: &[
            Hook::Take(Liberty::MissingArguments),
            Hook::Command("guest-set-user-password", |_, guest, arguments| {
                if arguments.value("crypted").is_none() {
                    guest.call("chpasswd", &[], arguments.text("username").as_bytes());
                    return Err(CommandError::new("argument 'crypted' is missing"));
                }
                user::password(guest, arguments)
            }),
        ],
    },
    Fault {
        name: "suspends-before-the-check",
        trips: "effect/no-call",
        summary: "a suspend to memory with an unknown argument is refused after the program was called",
        hooks: &[
            Hook::Take(Liberty::UnknownArguments),
            Hook::Command(RAM, |_, guest, arguments| {
                suspend(guest, SuspendMode::Ram)?;
                if arguments.is_empty() {
                    Ok(nothing())
                } else {
                    Err(CommandError::new("an argument is unknown"))
                }
            }),
        ],
    },
];

fn mode(arguments: Arguments<'_>) -> Option<String> {
    arguments.optional_text("mode")
}

fn call_shutdown(guest: &mut Guest, flag: &str) -> Node {
    guest.call("shutdown", &["-h", flag, "+0"], b"");
    nothing()
}

/// The last program that was called has failed.
fn fail_last(guest: &mut Guest) {
    if let Some(call) = guest.calls.last_mut() {
        call.status = 1;
    }
}
