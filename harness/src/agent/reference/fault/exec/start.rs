//! Faults in starting a program and in what it is given.

use super::{EXEC, Fault, Hook, edit};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::process::{Start, execute};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::{FileError, Guest};
use crate::text::Node;

/// What a pipe holds, in bytes.
const PIPE_BYTES: usize = 64 << 10;
/// The number of a process that does not exist.
const NOBODY: i64 = 4242;

pub(in super::super) static FAULTS: [Fault; 28] = [
    Fault {
        name: "pids-are-zero",
        trips: "exec/pid",
        summary: "the number of every process is 0",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, EXEC) {
                edit::set(result, "pid", 0.into());
            }
        })],
    },
    Fault {
        name: "captured-pids-are-negative",
        trips: "exec/pid",
        summary: "the number of a process whose output is captured is negative",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.argument("capture-output").is_some()
                && let Some(result) = edit::result_of(context, reply, EXEC)
                && let Some(pid) = edit::member(result, "pid").and_then(|pid| edit::integer(pid))
            {
                edit::set(result, "pid", Node::Int(-pid));
            }
        })],
    },
    Fault {
        name: "third-pid-again",
        trips: "exec/pid",
        summary: "every third process has the number of the one before",
        hooks: &[Hook::Reply(|memory, context, reply| {
            if let Some(result) = edit::result_of(context, reply, EXEC) {
                memory.count += 1;
                let before = memory.node.replace(result.clone());
                if let Some(before) = before.filter(|_| memory.count.is_multiple_of(3)) {
                    *result = before;
                }
            }
        })],
    },
    Fault {
        name: "missing-names-start",
        trips: "exec/unknown-program",
        summary: "a name that is not found has the number of a shell that looks for it",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            start_unless(guest, arguments, |_, path| !path.is_empty() && !path.contains('/'))
        })],
    },
    Fault {
        name: "missing-paths-start",
        trips: "exec/unknown-program",
        summary: "a path that is not there has the number of a process that cannot execute it",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            start_unless(guest, arguments, |guest, path| {
                path.contains('/') && guest.files.content(path) == Err(FileError::NotFound)
            })
        })],
    },
    Fault {
        name: "no-name-starts",
        trips: "exec/unknown-program",
        summary: "an empty path starts something",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            start_unless(guest, arguments, |_, path| path.is_empty())
        })],
    },
    Fault {
        name: "folders-start",
        trips: "exec/unknown-program",
        summary: "a folder has the number of a process",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            start_unless(guest, arguments, |guest, path| {
                guest.files.content(path) == Err(FileError::IsDirectory)
            })
        })],
    },
    Fault {
        name: "any-file-starts",
        trips: "exec/unknown-program",
        summary: "a file that is no program has the number of a process",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            start_unless(guest, arguments, |guest, path| guest.files.content(path).is_ok())
        })],
    },
    Fault {
        name: "names-not-searched-for",
        trips: "exec/by-name",
        summary: "a program is found by its path only",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            if arguments.text("path").contains('/') {
                return execute(guest, arguments);
            }
            Err(CommandError::new("it was not found"))
        })],
    },
    Fault {
        name: "bad-input-is-none",
        trips: "exec/input-base64",
        summary: "input that is not base64 counts as none",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            Start::read(arguments).unwrap_or_else(|_| Start::without_input(arguments)).launch(guest)
        })],
    },
    Fault {
        name: "bad-input-with-padding-passes",
        trips: "exec/input-base64",
        summary: "of input that ends with padding the alphabet is not checked",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            let is_padded = arguments.text("input-data").ends_with('=');
            let start = match Start::read(arguments) {
                Err(_) if is_padded => Start::without_input(arguments),
                other => other?,
            };
            start.launch(guest)
        })],
    },
    Fault {
        name: "arguments-are-split-at-blanks",
        trips: "exec/arguments",
        summary: "the arguments make up a command line, which is split at blanks",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| {
                let line = start.words.join(" ");
                if !start.path.ends_with("sh") {
                    start.words = line.split_ascii_whitespace().map(str::to_owned).collect();
                }
            })
        })],
    },
    Fault {
        name: "empty-arguments-are-dropped",
        trips: "exec/arguments",
        summary: "a program does not get empty arguments",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| start.words.retain(|word| !word.is_empty()))
        })],
    },
    Fault {
        name: "ninth-argument-is-lost",
        trips: "exec/arguments",
        summary: "a program gets eight arguments at most",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| start.words.truncate(8))
        })],
    },
    Fault {
        name: "arguments-in-reverse",
        trips: "exec/arguments",
        summary: "a program gets its arguments from the last to the first, but for the first one",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| {
                if let Some(rest) = start.words.get_mut(1..) {
                    rest.reverse();
                }
            })
        })],
    },
    Fault {
        name: "arguments-in-ascii",
        trips: "exec/arguments",
        summary: "letters beyond ASCII in arguments become question marks",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            change_words(guest, arguments, |word| {
                word.chars().map(|letter| if letter.is_ascii() { letter } else { '?' }).collect()
            })
        })],
    },
    Fault {
        name: "line-feeds-in-arguments-are-blanks",
        trips: "exec/arguments",
        summary: "line feeds in arguments become blanks",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            change_words(guest, arguments, |word| word.replace('\n', " "))
        })],
    },
    Fault {
        name: "dollars-in-arguments-are-obeyed",
        trips: "exec/arguments",
        summary: "`$HOME` in arguments becomes the home of the user",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            change_words(guest, arguments, |word| word.replace("$HOME", "/"))
        })],
    },
    Fault {
        name: "long-arguments-are-cut",
        trips: "exec/arguments",
        summary: "an argument has 1023 bytes at most",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            change_words(guest, arguments, |word| word.chars().take(1023).collect())
        })],
    },
    Fault {
        name: "environment-ignored",
        trips: "exec/environment",
        summary: "a program gets the agent's environment, whatever was asked for",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| start.environment = vec!["PATH=/usr/bin:/bin".to_owned()])
        })],
    },
    Fault {
        name: "empty-variables-are-dropped",
        trips: "exec/environment",
        summary: "a program does not get variables that are empty",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| start.environment.retain(|variable| !variable.ends_with('=')))
        })],
    },
    Fault {
        name: "variables-end-at-the-second-sign",
        trips: "exec/environment",
        summary: "the value of a variable ends where it has a sign of equality itself",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| {
                for variable in &mut start.environment {
                    let end = variable.match_indices('=').nth(1).map(|(at, _)| at);
                    variable.truncate(end.unwrap_or(variable.len()));
                }
            })
        })],
    },
    Fault {
        name: "input-ignored",
        trips: "exec/input",
        summary: "a program has nothing to read",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| start.input.clear())
        })],
    },
    Fault {
        name: "input-ends-at-nul",
        trips: "exec/input",
        summary: "the input of a program ends before its first NUL byte",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| {
                let end = start.input.iter().position(|byte| *byte == 0);
                start.input.truncate(end.unwrap_or(start.input.len()));
            })
        })],
    },
    Fault {
        name: "input-gets-a-line-end",
        trips: "exec/input",
        summary: "the input of a program ends with a line feed, if need be with one more",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| {
                if !start.input.is_empty() && !start.input.ends_with(b"\n") {
                    start.input.push(b'\n');
                }
            })
        })],
    },
    Fault {
        name: "input-beyond-a-pipe-is-lost",
        trips: "exec/input",
        summary: "a program gets as much input as a pipe holds",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| start.input.truncate(PIPE_BYTES))
        })],
    },
    Fault {
        name: "input-in-base64",
        trips: "exec/input",
        summary: "a program reads its input as it stands in the request",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| start.input = arguments.text("input-data").into_bytes())
        })],
    },
    Fault {
        name: "unread-input-fails",
        trips: "exec/exitcode",
        summary: "a program that does not read all of its long input fails",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            launch(guest, arguments, |start| {
                if start.path == "true" && start.input.len() > PIPE_BYTES {
                    "false".clone_into(&mut start.path);
                }
            })
        })],
    },
];

/// Starts what was asked for, with a change.
fn launch(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    change: impl FnOnce(&mut Start),
) -> Result<Node, CommandError> {
    let mut start = Start::read(arguments)?;
    change(&mut start);
    start.launch(guest)
}

/// Starts what was asked for, with a change to each of its arguments.
fn change_words(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    change: fn(&str) -> String,
) -> Result<Node, CommandError> {
    launch(guest, arguments, |start| {
        for word in &mut start.words {
            *word = change(word);
        }
    })
}

/// Starts what was asked for, unless it cannot be and is said to be started all the same.
fn start_unless(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    is_said_to_start: fn(&Guest, &str) -> bool,
) -> Result<Node, CommandError> {
    let started = execute(guest, arguments);
    if started.is_err() && is_said_to_start(guest, &arguments.text("path")) {
        return Ok(Node::object([("pid", NOBODY.into())]));
    }
    started
}
