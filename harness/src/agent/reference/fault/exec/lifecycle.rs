//! Faults in what is told of a process and its end.

use super::{Fault, Hook, STATUS, edit, has_ended};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::process::status;
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::fault::{Context, Memory};
use crate::agent::reference::guest::{Guest, Process};
use crate::text::Node;

pub(in super::super) static FAULTS: [Fault; 24] = [
    Fault {
        name: "unknown-pids-have-ended",
        trips: "exec/unknown-pid",
        summary: "a process that never was is reported to have ended",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| {
            Ok(status(guest, arguments).unwrap_or_else(|_| ended_well()))
        })],
    },
    Fault {
        name: "negative-pids-run",
        trips: "exec/unknown-pid",
        summary: "a process with a negative number is reported to run",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| {
            if arguments.int("pid") < 0 { Ok(runs()) } else { status(guest, arguments) }
        })],
    },
    Fault {
        name: "pid-zero-runs",
        trips: "exec/unknown-pid",
        summary: "a process with the number 0 is reported to run",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| {
            if arguments.int("pid") == 0 { Ok(runs()) } else { status(guest, arguments) }
        })],
    },
    Fault {
        name: "huge-pids-have-ended",
        trips: "exec/unknown-pid",
        summary: "a process with a number of more than 32 bits is reported to have ended",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| {
            if arguments.int("pid") > 1 << 32 { Ok(ended_well()) } else { status(guest, arguments) }
        })],
    },
    Fault {
        name: "asked-processes-are-forgotten",
        trips: "exec/remembered",
        summary: "a process that runs is forgotten once it was asked for",
        hooks: &[Hook::Command(STATUS, |memory, guest, arguments| {
            if memory.count == arguments.int("pid").unsigned_abs() {
                return Err(CommandError::new("there is no such process"));
            }
            let mut result = status(guest, arguments)?;
            if !has_ended(&mut result) {
                memory.count = arguments.int("pid").unsigned_abs();
            }
            Ok(result)
        })],
    },
    Fault {
        name: "only-the-last-process-is-remembered",
        trips: "exec/remembered",
        summary: "a process is forgotten when the next one is started",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| {
            let next = guest.processes.next_pid().unwrap_or_default();
            if (1..next - 1).contains(&arguments.int("pid")) {
                return Err(CommandError::new("there is no such process"));
            }
            status(guest, arguments)
        })],
    },
    Fault {
        name: "ends-are-reported-again",
        trips: "exec/reaped-once",
        summary: "the end of a process is reported as often as one asks",
        hooks: &[Hook::Command(STATUS, |memory, guest, arguments| {
            report_again(memory, guest, arguments, |_| true)
        })],
    },
    Fault {
        name: "signals-are-reported-again",
        trips: "exec/reaped-once",
        summary: "the end of a process by a signal is reported as often as one asks",
        hooks: &[Hook::Command(STATUS, |memory, guest, arguments| {
            report_again(memory, guest, arguments, |result| edit::member(result, "signal").is_some())
        })],
    },
    Fault {
        name: "reaped-processes-run",
        trips: "exec/reaped-once",
        summary: "a process whose end was reported is reported to run",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| {
            let next = guest.processes.next_pid().unwrap_or_default();
            let was_started = (1..next).contains(&arguments.int("pid"));
            status(guest, arguments).or_else(|error| if was_started { Ok(runs()) } else { Err(error) })
        })],
    },
    Fault {
        name: "running-processes-have-an-exitcode",
        trips: "exec/ending",
        summary: "a process that runs has the exit code 0",
        hooks: &[Hook::Reply(|_, context, reply| edit_running(context, reply, "exitcode"))],
    },
    Fault {
        name: "running-processes-have-a-signal",
        trips: "exec/ending",
        summary: "a process that runs has the signal 0",
        hooks: &[Hook::Reply(|_, context, reply| edit_running(context, reply, "signal"))],
    },
    Fault {
        name: "signal-zero-beside-the-exitcode",
        trips: "exec/ending",
        summary: "a process that ended by itself has the signal 0",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_ended(context, reply, |result| {
                if edit::member(result, "exitcode").is_some() {
                    edit::set(result, "signal", 0.into());
                }
            });
        })],
    },
    Fault {
        name: "exitcode-zero-is-left-out",
        trips: "exec/ending",
        summary: "an exit code of 0 is left out",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_ended(context, reply, |result| {
                if number(result, "exitcode") == Some(0) {
                    edit::remove(result, "exitcode");
                }
            });
        })],
    },
    Fault {
        name: "sleepers-have-ended",
        trips: "exec/running",
        summary: "a process that sleeps is reported to have ended",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, STATUS)
                && !has_ended(result)
            {
                *result = ended_well();
            }
        })],
    },
    Fault {
        name: "ends-are-never-reported",
        trips: "exec/ends",
        summary: "every process is reported to run for ever",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| run_for_ever(guest, arguments, |_| true))],
    },
    Fault {
        name: "silent-processes-never-end",
        trips: "exec/ends",
        summary: "a process that is captured and prints nothing is reported to run for ever",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| {
            run_for_ever(guest, arguments, |process| {
                let output = process.output.as_ref();
                output.is_some_and(|streams| streams.iter().all(|stream| stream.bytes.is_empty()))
            })
        })],
    },
    Fault {
        name: "exitcode-always-zero",
        trips: "exec/exitcode",
        summary: "every exit code is 0",
        hooks: &[Hook::Reply(|_, context, reply| edit_exitcode(context, reply, |_| 0))],
    },
    Fault {
        name: "exitcode-as-waited-for",
        trips: "exec/exitcode",
        summary: "the exit code is in the second byte, as the operating system returns it",
        hooks: &[Hook::Reply(|_, context, reply| edit_exitcode(context, reply, |code| code << 8))],
    },
    Fault {
        name: "exitcodes-are-signed",
        trips: "exec/exitcode",
        summary: "an exit code above 127 is negative",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_exitcode(context, reply, |code| if code > 127 { code - 256 } else { code });
        })],
    },
    Fault {
        name: "high-exitcodes-are-signals",
        trips: "exec/exitcode",
        summary: "an exit code above 128 is taken for the signal that a shell means by it",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_ended(context, reply, |result| {
                if let Some(code) = number(result, "exitcode").filter(|code| *code > 128) {
                    edit::remove(result, "exitcode");
                    edit::set(result, "signal", Node::Int(code - 128));
                }
            });
        })],
    },
    Fault {
        name: "signals-are-exitcodes",
        trips: "exec/signal",
        summary: "the end by a signal is an exit code above 128",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_ended(context, reply, |result| {
                if let Some(signal) = number(result, "signal") {
                    edit::remove(result, "signal");
                    edit::set(result, "exitcode", Node::Int(signal + 128));
                }
            });
        })],
    },
    Fault {
        name: "every-signal-is-9",
        trips: "exec/signal",
        summary: "whatever the signal, it is 9",
        hooks: &[Hook::Reply(|_, context, reply| edit_signal(context, reply, |_| 9))],
    },
    Fault {
        name: "signals-plus-128",
        trips: "exec/signal",
        summary: "the number of a signal is 128 too great",
        hooks: &[Hook::Reply(|_, context, reply| edit_signal(context, reply, |signal| signal + 128))],
    },
    Fault {
        name: "terminated-is-success",
        trips: "exec/signal",
        summary: "the end by the signal 15 is an exit code of 0",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_ended(context, reply, |result| {
                if number(result, "signal") == Some(15) {
                    *result = ended_well();
                }
            });
        })],
    },
];

fn runs() -> Node {
    Node::object([("exited", false.into())])
}

fn ended_well() -> Node {
    Node::object([("exited", true.into()), ("exitcode", 0.into())])
}

fn number(result: &mut Node, name: &str) -> Option<i128> {
    edit::member(result, name).and_then(|number| edit::integer(number))
}

/// Changes the report of an end.
fn edit_ended(context: &Context<'_>, reply: &mut Node, change: impl FnOnce(&mut Node)) {
    if let Some(result) = edit::result_of(context, reply, STATUS)
        && has_ended(result)
    {
        change(result);
    }
}

/// Gives a process that runs this member, with the value 0.
fn edit_running(context: &Context<'_>, reply: &mut Node, name: &str) {
    if let Some(result) = edit::result_of(context, reply, STATUS)
        && !has_ended(result)
    {
        edit::set(result, name, 0.into());
    }
}

fn edit_exitcode(context: &Context<'_>, reply: &mut Node, change: fn(i128) -> i128) {
    edit_ended(context, reply, |result| edit_number(result, "exitcode", change));
}

fn edit_signal(context: &Context<'_>, reply: &mut Node, change: fn(i128) -> i128) {
    edit_ended(context, reply, |result| edit_number(result, "signal", change));
}

fn edit_number(result: &mut Node, name: &str, change: fn(i128) -> i128) {
    if let Some(value) = number(result, name) {
        edit::set(result, name, Node::Int(change(value)));
    }
}

/// Reports an end that was reported before, if it is of the kind that is kept.
fn report_again(
    memory: &mut Memory,
    guest: &mut Guest,
    arguments: Arguments<'_>,
    is_kept: fn(&mut Node) -> bool,
) -> Result<Node, CommandError> {
    let pid = arguments.int("pid").to_string();
    let kept = memory.node.get_or_insert_with(|| Node::Object(Vec::new()));
    match status(guest, arguments) {
        Ok(mut result) => {
            if has_ended(&mut result) && is_kept(&mut result) {
                edit::set(kept, &pid, result.clone());
            }
            Ok(result)
        }
        Err(error) => edit::member(kept, &pid).cloned().ok_or(error),
    }
}

/// Reports a process of this kind to run, also when it has ended.
fn run_for_ever(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    is_of_kind: fn(&Process) -> bool,
) -> Result<Node, CommandError> {
    match guest.processes.find(arguments.int("pid")) {
        Some(process) if is_of_kind(process) => Ok(runs()),
        Some(_) | None => status(guest, arguments),
    }
}
