//! Faults between clients: one leaves, and the next one meets what was not meant for it, or has lost what was.

use super::hook::Memory;
use super::{Fault, Hook, Intake, edit};
use crate::agent::reference::Effect;
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::{file, process};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::Guest;
use crate::text::Node;
use crate::wire::DELIMITER;

pub(super) static FAULTS: [Fault; 10] = [
    Fault {
        name: "last-reply-to-the-next-client",
        trips: "takeover/nothing-stale",
        summary: "whoever connects gets the last reply again",
        hooks: &[
            Hook::Greet(
                |memory| if memory.bytes.is_empty() { Vec::new() } else { edit::send(&*memory.bytes) },
            ),
            Hook::Output(|memory, _, line| {
                memory.bytes.clone_from(&line);
                edit::as_is(line)
            }),
        ],
    },
    Fault {
        name: "last-error-to-the-next-client",
        trips: "takeover/nothing-stale",
        summary: "whoever connects gets the error again that was the last reply but one",
        hooks: &[
            Hook::Greet(|memory| {
                let (error, _) = memory.bytes.split_at(memory.count as usize);
                if error.starts_with(b"{\"error\"") { edit::send(error) } else { Vec::new() }
            }),
            Hook::Output(|memory, _, line| {
                memory.bytes.drain(..memory.count as usize);
                memory.count = memory.bytes.len() as u64;
                memory.bytes.extend_from_slice(&line);
                edit::as_is(line)
            }),
        ],
    },
    Fault {
        name: "first-reply-to-a-third-client-twice",
        trips: "takeover/nothing-stale",
        summary: "from the third client on, the first reply comes two times",
        hooks: &[
            Hook::Greet(|memory| {
                memory.count += 1;
                memory.bytes.clear();
                Vec::new()
            }),
            Hook::Output(|memory, _, line| {
                let is_first = memory.bytes.is_empty();
                memory.bytes.push(1);
                let again = (is_first && memory.count > 2).then(|| Effect::Send(line.clone()));
                [Effect::Send(line)].into_iter().chain(again).collect()
            }),
        ],
    },
    Fault {
        name: "first-delimiter-of-a-client-is-lost",
        trips: "takeover/half-message",
        summary: "the first delimiter of each client but the first is passed over",
        hooks: &[
            Hook::Greet(|memory| {
                memory.node = Some(Node::Null);
                Vec::new()
            }),
            Hook::Input(|memory, bytes| match memory.node.take() {
                Some(_) => vec![Intake::Bytes(without_first_delimiter(bytes))],
                None => vec![Intake::Bytes(bytes.to_vec())],
            }),
        ],
    },
    Fault {
        name: "half-strings-outlive-delimiters",
        trips: "takeover/half-message",
        summary: "a delimiter does not end a string that an earlier client began",
        hooks: &[
            Hook::Greet(|memory| {
                memory.count = u64::from(is_within_string(&memory.bytes));
                memory.bytes.clear();
                Vec::new()
            }),
            Hook::Input(|memory, bytes| {
                memory.bytes.extend_from_slice(bytes);
                let end = memchr::memrchr2(b'\n', DELIMITER, &memory.bytes).map_or(0, |at| at + 1);
                memory.bytes.drain(..end);
                let clings = std::mem::take(&mut memory.count) == 1;
                vec![Intake::Bytes(if clings { without_first_delimiter(bytes) } else { bytes.to_vec() })]
            }),
        ],
    },
    Fault {
        name: "finishes-half-messages",
        trips: "takeover/half-message",
        summary: "a message that lacks nothing but its brace is executed when its client leaves",
        hooks: &[
            Hook::Greet(|memory| {
                memory.count = u64::from(memory.bytes.ends_with(b"\""));
                memory.bytes.clear();
                Vec::new()
            }),
            Hook::Input(|memory, bytes| {
                memory.bytes = bytes.to_vec();
                let brace = (std::mem::take(&mut memory.count) == 1).then(|| Intake::Bytes(b"}".to_vec()));
                brace.into_iter().chain([Intake::Bytes(bytes.to_vec())]).collect()
            }),
        ],
    },
    Fault {
        name: "closes-files-with-their-client",
        trips: "takeover/handles",
        summary: "a file is closed when the client leaves that opened it",
        hooks: &[
            Hook::Greet(|memory| lose(memory, 0)),
            Hook::Command("guest-file-open", open),
            Hook::Command("guest-file-seek", |memory, guest, arguments| {
                if is_lost(memory, arguments.int("handle")) { gone() } else { file::seek(guest, arguments) }
            }),
        ],
    },
    Fault {
        name: "closes-all-but-the-first-file",
        trips: "takeover/handles",
        summary: "when a client leaves, of its files only the first stays open",
        hooks: &[
            Hook::Greet(|memory| lose(memory, 1)),
            Hook::Command("guest-file-open", open),
            Hook::Command("guest-file-close", |memory, guest, arguments| {
                if is_lost(memory, arguments.int("handle")) { gone() } else { file::close(guest, arguments) }
            }),
        ],
    },
    Fault {
        name: "forgets-processes-with-their-client",
        trips: "takeover/processes",
        summary: "a process is forgotten when the client leaves that started it",
        hooks: &[
            Hook::Greet(|memory| lose(memory, 0)),
            Hook::Command("guest-exec", |memory, guest, arguments| start(memory, guest, arguments, true)),
            Hook::Command("guest-exec-status", status),
        ],
    },
    Fault {
        name: "forgets-captured-output-with-its-client",
        trips: "takeover/processes",
        summary: "a process whose output is captured is forgotten when the client leaves that started it",
        hooks: &[
            Hook::Greet(|memory| lose(memory, 0)),
            Hook::Command("guest-exec", |memory, guest, arguments| {
                start(memory, guest, arguments, arguments.flag("capture-output"))
            }),
            Hook::Command("guest-exec-status", status),
        ],
    },
];

type Done = Result<Node, CommandError>;

fn open(memory: &mut Memory, guest: &mut Guest, arguments: Arguments<'_>) -> Done {
    let opened = file::open(guest, arguments)?;
    hold(memory, &opened);
    Ok(opened)
}

fn start(memory: &mut Memory, guest: &mut Guest, arguments: Arguments<'_>, is_held: bool) -> Done {
    let mut started = process::execute(guest, arguments)?;
    if let Some(pid) = edit::member(&mut started, "pid").filter(|_| is_held) {
        hold(memory, pid);
    }
    Ok(started)
}

fn status(memory: &mut Memory, guest: &mut Guest, arguments: Arguments<'_>) -> Done {
    if is_lost(memory, arguments.int("pid")) { gone() } else { process::status(guest, arguments) }
}

fn gone() -> Done {
    Err(CommandError::new("its client is gone"))
}

/// A client holds this number.
fn hold(memory: &mut Memory, number: &Node) {
    match &mut memory.node {
        Some(Node::Array(held)) => held.push(number.clone()),
        held => *held = Some(Node::list([number.clone()])),
    }
}

/// What a client holds is lost when it leaves, but for the first few things. What is lost is kept as text.
fn lose(memory: &mut Memory, kept: usize) -> Vec<Effect> {
    if let Some(Node::Array(held)) = &mut memory.node {
        let still_held = held.iter_mut().filter(|number| matches!(number, Node::Int(_)));
        still_held.skip(kept).for_each(|number| *number = lost(number));
    }
    Vec::new()
}

fn lost(number: &Node) -> Node {
    edit::integer(number).map_or(Node::Null, |number| number.to_string().into())
}

fn is_lost(memory: &Memory, number: i64) -> bool {
    matches!(&memory.node, Some(Node::Array(held)) if held.contains(&lost(&number.into())))
}

fn without_first_delimiter(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(at) = memchr::memchr(DELIMITER, &bytes) {
        bytes.remove(at);
    }
    bytes
}

/// Whether these bytes, the beginning of a message, end within a string.
fn is_within_string(bytes: &[u8]) -> bool {
    let mut bytes = bytes.iter();
    let mut within = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if within => drop(bytes.next()),
            b'"' => within = !within,
            _ => {}
        }
    }
    within
}
