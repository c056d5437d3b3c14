//! Faults of the means to keep in step: syncs, the delimiter in both directions, and the core commands.

use super::{Course, Fault, Hook, Intake, edit};
use crate::agent::reference::Effect;
use crate::agent::reference::dispatch::{CommandError, Stage};
use crate::agent::reference::fault::Context;
use crate::text::Node;
use crate::wire::DELIMITER;

const DELIMITED: &str = "guest-sync-delimited";

pub(super) static FAULTS: [Fault; 35] = [
    Fault {
        name: "sync-id-as-double",
        trips: "sync/echo",
        summary: "a sync's id comes back with an exponent, if it has more than 32 bits",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_sync(context, reply, |id| match i32::try_from(id) {
                Ok(short) => short.into(),
                Err(_) => Node::Number(format!("{:e}", id as f64)),
            });
        })],
    },
    Fault {
        name: "sync-id-as-string",
        trips: "core/sync",
        summary: "a sync's id comes back as a string",
        hooks: &[Hook::Reply(|_, context, reply| on_sync(context, reply, |id| id.to_string().into()))],
    },
    Fault {
        name: "sync-id-in-32-bits",
        trips: "sync/echo",
        summary: "a sync's id is cut to 32 bits",
        hooks: &[Hook::Reply(|_, context, reply| on_sync(context, reply, |id| i64::from(id as i32).into()))],
    },
    Fault {
        name: "sync-id-without-sign",
        trips: "sync/echo",
        summary: "a sync's id loses its sign",
        hooks: &[Hook::Reply(|_, context, reply| on_sync(context, reply, |id| Node::Int(id.abs())))],
    },
    Fault {
        name: "sync-id-through-double",
        trips: "sync/exact-id",
        summary: "a sync's id goes through a double",
        hooks: &[Hook::Reply(|_, context, reply| on_sync(context, reply, |id| Node::Int(id as f64 as i128)))],
    },
    Fault {
        name: "no-delimiter",
        trips: "sync/delimiter",
        summary: "no delimiter comes before the reply to a delimited sync",
        hooks: &[Hook::Output(|_, _, mut line| {
            line.retain(|byte| *byte != DELIMITER);
            edit::send(line)
        })],
    },
    Fault {
        name: "two-delimiters",
        trips: "sync/delimiter",
        summary: "two delimiters come before the reply to a delimited sync",
        hooks: &[Hook::Output(|_, context, mut line| {
            if context.succeeded(DELIMITED) {
                line.insert(0, DELIMITER);
            }
            edit::send(line)
        })],
    },
    Fault {
        name: "delimiter-behind",
        trips: "sync/delimiter",
        summary: "the delimiter comes after the reply to a delimited sync",
        hooks: &[Hook::Output(|_, context, mut line| {
            if context.succeeded(DELIMITED) {
                line.rotate_left(1);
            }
            edit::send(line)
        })],
    },
    Fault {
        name: "delimiter-in-utf8",
        trips: "core/delimited-sync",
        summary: "the delimiter is sent as the character of its number, which has two bytes",
        hooks: &[Hook::Output(|_, context, mut line| {
            if context.succeeded(DELIMITED) {
                line.splice(..1, *b"\xC3\xBF");
            }
            edit::send(line)
        })],
    },
    Fault {
        name: "delimiter-everywhere",
        trips: "sync/delimiter-only-there",
        summary: "a delimiter comes before every reply",
        hooks: &[Hook::Output(|_, context, line| delimited(!context.succeeded(DELIMITED), line))],
    },
    Fault {
        name: "delimiter-on-plain-sync",
        trips: "sync/delimiter-only-there",
        summary: "a delimiter comes also before the reply to a plain sync",
        hooks: &[Hook::Output(|_, context, line| delimited(context.succeeded("guest-sync"), line))],
    },
    Fault {
        name: "delimiter-on-sync-errors",
        trips: "sync/delimiter-only-there",
        summary: "a delimiter comes also before an error of a delimited sync",
        hooks: &[Hook::Output(|_, context, line| {
            delimited(context.asks_for(DELIMITED) && context.failed(), line)
        })],
    },
    Fault {
        name: "delimiter-left-over",
        trips: "sync/delimiter-only-there",
        summary: "after a delimited sync that failed, the next reply has its delimiter",
        hooks: &[Hook::Output(|memory, context, line| {
            let is_left = std::mem::take(&mut memory.count) == 1;
            memory.count = u64::from(context.asks_for(DELIMITED) && context.failed());
            delimited(is_left && !context.succeeded(DELIMITED), line)
        })],
    },
    Fault {
        name: "ignores-delimiter",
        trips: "recovery/delimiter",
        summary: "the delimiter is passed over: nothing is reset by it",
        hooks: &[Hook::Input(|_, bytes| without(bytes, |byte| byte == DELIMITER))],
    },
    Fault {
        name: "delimiter-refused-only",
        trips: "recovery/delimiter",
        summary: "the delimiter gets an error but does not reset",
        hooks: &[Hook::Input(|_, bytes| {
            let mut intakes = Vec::new();
            for piece in bytes.split_inclusive(|byte| *byte == DELIMITER) {
                match piece.strip_suffix(&[DELIMITER]) {
                    Some(before) => intakes.extend([Intake::Bytes(before.to_vec()), Intake::Refuse]),
                    None => intakes.push(Intake::Bytes(piece.to_vec())),
                }
            }
            intakes
        })],
    },
    Fault {
        name: "ignores-control-characters",
        trips: "recovery/control",
        summary: "control characters are passed over: nothing is reset by them",
        hooks: &[Hook::Input(|_, bytes| {
            without(bytes, |byte| byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n'))
        })],
    },
    Fault {
        name: "dies-on-delimiter",
        trips: "recovery/delimiter-first",
        summary: "the agent ends when it reads a delimiter",
        hooks: &[Hook::Input(|_, bytes| until_delimiter(bytes, Effect::Exit(1)))],
    },
    Fault {
        name: "closes-on-delimiter",
        trips: "recovery/delimiter-first",
        summary: "the connection is closed when the agent reads a delimiter",
        hooks: &[Hook::Input(|_, bytes| until_delimiter(bytes, Effect::CloseConnection))],
    },
    Fault {
        name: "no-delimited-sync",
        trips: "core/delimited-sync",
        summary: "the delimited sync is not supported",
        hooks: &[Hook::Command(DELIMITED, |_, _, _| Err(CommandError::new("it is not supported")))],
    },
    Fault {
        name: "empty-syncs",
        trips: "core/sync",
        summary: "both syncs return an empty object",
        hooks: &[
            Hook::Command(DELIMITED, |_, _, _| Ok(Node::Object(Vec::new()))),
            Hook::Command("guest-sync", |_, _, _| Ok(Node::Object(Vec::new()))),
        ],
    },
    Fault {
        name: "no-syncs",
        trips: "core/sync",
        summary: "neither sync is supported",
        hooks: &[
            Hook::Command(DELIMITED, |_, _, _| Err(CommandError::new("it is not supported"))),
            Hook::Command("guest-sync", |_, _, _| Err(CommandError::new("it is not supported"))),
        ],
    },
    Fault {
        name: "ping-fails",
        trips: "core/ping",
        summary: "a ping gets an error",
        hooks: &[Hook::Command("guest-ping", |_, _, _| Err(CommandError::new("nobody is here")))],
    },
    Fault {
        name: "info-fails",
        trips: "core/info",
        summary: "the agent says nothing about itself",
        hooks: &[Hook::Command("guest-info", |_, _, _| Err(CommandError::new("it is not supported")))],
    },
    Fault {
        name: "sync-id-zero-lost",
        trips: "sync/echo",
        summary: "a sync's id of 0 is taken for none, and becomes -1",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_sync(context, reply, |id| if id == 0 { Node::Int(-1) } else { Node::Int(id) });
        })],
    },
    Fault {
        name: "sync-id-beyond-32-bits-as-string",
        trips: "sync/echo",
        summary: "a sync's id comes back as a string, if it has more than 32 bits",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_sync(context, reply, |id| match i32::try_from(id) {
                Ok(short) => short.into(),
                Err(_) => id.to_string().into(),
            });
        })],
    },
    Fault {
        name: "sync-id-negative-through-double",
        trips: "sync/exact-id",
        summary: "a sync's id goes through a double if it is negative",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_sync(context, reply, |id| Node::Int(if id < 0 { id as f64 as i128 } else { id }));
        })],
    },
    Fault {
        name: "sync-id-least-refused",
        trips: "sync/exact-id",
        summary: "the least number of 64 bits is refused in a sync",
        hooks: &[
            Hook::Command("guest-sync", |_, _, arguments| without_least(arguments.int("id"))),
            Hook::Command(DELIMITED, |_, _, arguments| without_least(arguments.int("id"))),
        ],
    },
    Fault {
        name: "sync-id-greatest-wraps",
        trips: "sync/exact-id",
        summary: "the greatest number of 64 bits comes back as the least",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_sync(context, reply, |id| Node::Int(if id == i64::MAX.into() { i64::MIN.into() } else { id }));
        })],
    },
    Fault {
        name: "sync-id-long-as-string",
        trips: "sync/exact-id",
        summary: "a sync's id that a double cannot hold comes back as a string",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_sync(context, reply, |id| if is_exact(id) { Node::Int(id) } else { id.to_string().into() });
        })],
    },
    Fault {
        name: "sync-id-long-with-exponent",
        trips: "sync/exact-id",
        summary: "a sync's id that a double cannot hold comes back with an exponent",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_sync(context, reply, |id| {
                if is_exact(id) { Node::Int(id) } else { Node::Number(format!("{:e}", id as f64)) }
            });
        })],
    },
    Fault {
        name: "no-delimiter-with-id",
        trips: "sync/delimiter",
        summary: "no delimiter comes before the reply to a delimited sync that has an `id`",
        hooks: &[Hook::Output(|_, context, mut line| {
            if context.id().is_some() {
                line.retain(|byte| *byte != DELIMITER);
            }
            edit::send(line)
        })],
    },
    Fault {
        name: "delimiter-doubled-after-error",
        trips: "sync/delimiter",
        summary: "two delimiters come before the reply to a delimited sync if the reply before was an error",
        hooks: &[Hook::Output(|memory, context, mut line| {
            if memory.count == 1 && context.succeeded(DELIMITED) {
                line.insert(0, DELIMITER);
            }
            memory.count = u64::from(context.failed());
            edit::send(line)
        })],
    },
    Fault {
        name: "delimiter-on-the-next-reply",
        trips: "sync/delimiter-only-there",
        summary: "the reply behind that to a delimited sync in the same write has a delimiter as well",
        hooks: &[Hook::Output(|memory, context, line| {
            // Chunks count from 1, so a fresh memory is that of no chunk.
            let follows = memory.count == context.chunk && !context.succeeded(DELIMITED);
            memory.count = if context.succeeded(DELIMITED) { context.chunk } else { 0 };
            delimited(follows, line)
        })],
    },
    Fault {
        name: "delimiter-on-unknown-commands",
        trips: "sync/delimiter-only-there",
        summary: "a delimiter comes before the error that a command is not known",
        hooks: &[Hook::Output(|_, context, line| delimited(context.failed_at(Stage::Lookup), line))],
    },
    Fault {
        name: "delimited-sync-unanswered",
        trips: "core/delimited-sync",
        summary: "a delimited sync is not answered",
        hooks: &[Hook::Course(|_, context| {
            if context.asks_for(DELIMITED) { Course::Instead(Vec::new()) } else { Course::Proceed }
        })],
    },
];

fn without_least(id: i64) -> Result<Node, CommandError> {
    if id == i64::MIN { Err(CommandError::new("the number is out of range")) } else { Ok(id.into()) }
}

/// Whether a double holds the number.
fn is_exact(id: i128) -> bool {
    id.unsigned_abs() <= 1 << 53
}

/// Changes the result of either sync.
fn on_sync(context: &Context<'_>, reply: &mut Node, change: impl Fn(i128) -> Node) {
    for command in ["guest-sync", DELIMITED] {
        if let Some(result) = edit::result_of(context, reply, command)
            && let Some(id) = edit::integer(result)
        {
            *result = change(id);
        }
    }
}

fn delimited(also: bool, mut line: Vec<u8>) -> Vec<Effect> {
    if also {
        line.insert(0, DELIMITER);
    }
    edit::send(line)
}

fn without(bytes: &[u8], is_ignored: impl Fn(u8) -> bool) -> Vec<Intake> {
    vec![Intake::Bytes(bytes.iter().copied().filter(|byte| !is_ignored(*byte)).collect())]
}

fn until_delimiter(bytes: &[u8], effect: Effect) -> Vec<Intake> {
    match memchr::memchr(DELIMITER, bytes) {
        Some(at) => vec![Intake::Bytes(bytes[..at].to_vec()), Intake::Effects(vec![effect])],
        None => vec![Intake::Bytes(bytes.to_vec())],
    }
}
