//! Faults of being alive: hanging, closing, ending, losing step, talking without end.

use super::{Course, Fault, Hook, edit};
use crate::agent::reference::Effect;
use crate::agent::reference::dispatch::Stage;
use crate::text::Json;

/// A status that a shell gives for an abort.
const ABORTED: i32 = 134;

pub(super) static FAULTS: [Fault; 12] = [
    Fault {
        name: "loses-the-message-after-a-malformed-one",
        trips: "liveness/in-step",
        summary: "the message after a malformed one is lost",
        hooks: &[Hook::Course(|memory, context| {
            let follows = std::mem::take(&mut memory.count) == 1;
            memory.count = u64::from(context.is_malformed());
            if follows && context.message.is_some() { Course::Instead(Vec::new()) } else { Course::Proceed }
        })],
    },
    Fault {
        name: "loses-the-rest-of-a-malformed-line",
        trips: "recovery/delimiter",
        summary: "after a message that is no JSON everything is lost until a line feed comes",
        hooks: &[Hook::Course(|memory, context| {
            if memory.count == context.line + 1 {
                return Course::Instead(Vec::new());
            }
            memory.count = if context.failed_at(Stage::Parsing) { context.line + 1 } else { 0 };
            Course::Proceed
        })],
    },
    Fault {
        name: "hangs-on-malformed",
        trips: "liveness/in-step",
        summary: "the agent hangs when input is malformed",
        hooks: &[Hook::Course(
            |_, context| {
                if context.is_malformed() { Course::Stall } else { Course::Proceed }
            },
        )],
    },
    Fault {
        name: "hangs-after-500-messages",
        trips: "liveness/in-step",
        summary: "the agent hangs at the 501st message",
        hooks: &[Hook::Course(
            |_, context| {
                if context.ordinal > 500 { Course::Stall } else { Course::Proceed }
            },
        )],
    },
    Fault {
        name: "hangs-on-unknown-commands",
        trips: "liveness/in-step",
        summary: "the agent replies to a command that does not exist and then hangs",
        hooks: &[
            Hook::Course(|memory, _| if memory.count > 0 { Course::Stall } else { Course::Proceed }),
            Hook::Output(|memory, context, line| {
                memory.count += u64::from(context.failed_at(Stage::Lookup));
                edit::as_is(line)
            }),
        ],
    },
    Fault {
        name: "closes-on-malformed",
        trips: "liveness/connection",
        summary: "the connection is closed when input is malformed",
        hooks: &[Hook::Course(|_, context| {
            if context.is_malformed() {
                return Course::Instead(vec![Effect::CloseConnection]);
            }
            Course::Proceed
        })],
    },
    Fault {
        name: "closes-after-errors",
        trips: "liveness/connection",
        summary: "the connection is closed after the error of a command that does not exist",
        hooks: &[Hook::Output(|_, context, line| {
            let mut effects = edit::as_is(line);
            if context.failed_at(Stage::Lookup) {
                effects.push(Effect::CloseConnection);
            }
            effects
        })],
    },
    Fault {
        name: "aborts-on-long-messages",
        trips: "liveness/exit",
        summary: "the agent aborts at a message of more than 8 KiB",
        hooks: &[Hook::Course(|_, context| {
            if context.message.is_some_and(|message| message.span.len() > 8192) {
                return Course::Instead(vec![Effect::Exit(ABORTED)]);
            }
            Course::Proceed
        })],
    },
    Fault {
        name: "aborts-on-malformed",
        trips: "liveness/exit",
        summary: "the agent aborts when input is malformed",
        hooks: &[Hook::Course(|_, context| {
            if context.is_malformed() {
                return Course::Instead(vec![Effect::Exit(ABORTED)]);
            }
            Course::Proceed
        })],
    },
    Fault {
        name: "aborts-on-missing-arguments",
        trips: "liveness/exit",
        summary: "the agent aborts when the arguments are wrong",
        hooks: &[Hook::Output(|_, context, line| {
            if context.failed_at(Stage::Arguments) { vec![Effect::Exit(ABORTED)] } else { edit::as_is(line) }
        })],
    },
    Fault {
        name: "aborts-on-huge-counts",
        trips: "liveness/exit",
        summary: "the agent aborts when it shall read more than 1 GiB",
        hooks: &[Hook::Course(|_, context| {
            let count = context.argument("count").and_then(Json::as_i64);
            if context.asks_for("guest-file-read") && count > Some(1 << 30) {
                return Course::Instead(vec![Effect::Exit(ABORTED)]);
            }
            Course::Proceed
        })],
    },
    Fault {
        name: "endless-reply",
        trips: "liveness/reply-size",
        summary: "the system's name has more than 80 MiB",
        hooks: &[Hook::Output(|_, context, line| {
            if !context.succeeded("guest-get-osinfo") {
                return edit::as_is(line);
            }
            vec![
                Effect::Send(b"{\"return\": {\"name\": \"".to_vec()),
                Effect::Repeat { bytes: vec![b'x'; 64 << 10], times: 1300 },
                Effect::Send(b"\"}}\n".to_vec()),
            ]
        })],
    },
];
