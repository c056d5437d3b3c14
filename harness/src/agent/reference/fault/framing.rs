//! Faults of framing: where messages begin and end, in both directions.

use super::{Course, Fault, Hook, Intake, edit};
use crate::agent::reference::{Effect, reply};
use crate::text::{Json, Style};

pub(super) static FAULTS: [Fault; 24] = [
    Fault {
        name: "no-line-end",
        trips: "framing/terminated",
        summary: "replies have no line end",
        hooks: &[Hook::Output(|_, _, mut line| {
            line.pop();
            edit::send(line)
        })],
    },
    Fault {
        name: "nul-for-line-end",
        trips: "framing/terminated",
        summary: "replies end with a NUL byte in place of a line feed",
        hooks: &[Hook::Output(|_, _, mut line| {
            line.pop();
            line.push(0);
            edit::send(line)
        })],
    },
    Fault {
        name: "pretty-replies",
        trips: "framing/single-line",
        summary: "replies are laid out on many lines",
        hooks: &[Hook::Write(|_, context, node| reply::write(context, node, &Style::PRETTY))],
    },
    Fault {
        name: "wraps-long-replies",
        trips: "framing/single-line",
        summary: "a reply of more than 200 bytes continues on a second line",
        hooks: &[Hook::Output(|_, _, mut line| {
            let blank = line.windows(2).skip(200).position(|pair| pair == b", ");
            if let Some(at) = blank {
                line[200 + at + 1] = b'\n';
            }
            edit::send(line)
        })],
    },
    Fault {
        name: "log-lines",
        trips: "framing/stray",
        summary: "a line of log comes before each reply",
        hooks: &[Hook::Output(|_, _, line| {
            let mut bytes = b"agent: request done\n".to_vec();
            bytes.extend(line);
            edit::send(bytes)
        })],
    },
    Fault {
        name: "log-line-on-errors",
        trips: "framing/stray",
        summary: "a line of log comes before each error",
        hooks: &[Hook::Output(|_, context, line| {
            let mut bytes = if context.failed() { b"agent: oops\n".to_vec() } else { Vec::new() };
            bytes.extend(line);
            edit::send(bytes)
        })],
    },
    Fault {
        name: "prompt",
        trips: "framing/stray",
        summary: "a prompt follows each reply",
        hooks: &[Hook::Output(|_, _, mut line| {
            line.extend_from_slice(b"> ");
            edit::send(line)
        })],
    },
    Fault {
        name: "forgets-partial-requests",
        trips: "framing/split",
        summary: "what one read leaves unfinished is forgotten before the next",
        hooks: &[Hook::Input(|_, bytes| vec![Intake::Reset, Intake::Bytes(bytes.to_vec())])],
    },
    Fault {
        name: "only-first-id-of-a-write",
        trips: "framing/several",
        summary: "of several requests with ids in one write only the first is dealt with",
        hooks: &[Hook::Course(|memory, context| {
            if context.id().is_some() && !edit::is_first(memory, context.chunk) {
                return Course::Instead(Vec::new());
            }
            Course::Proceed
        })],
    },
    Fault {
        name: "ids-in-reverse",
        trips: "framing/several",
        summary: "the replies with ids to one write come in reverse order",
        hooks: &[Hook::Batch(|_, effects| {
            let has_id = |effect: &Effect| matches!(effect, Effect::Send(line) if line.windows(4).any(|four| four == b"\"id\""));
            let mut reversed: Vec<Effect> = effects.iter().filter(|effect| has_id(effect)).cloned().collect();
            let next = |effect| if has_id(&effect) { reversed.pop().unwrap_or(effect) } else { effect };
            effects.into_iter().map(next).collect()
        })],
    },
    Fault {
        name: "only-first-of-a-write",
        trips: "framing/two-in-one-write",
        summary: "of several messages in one write only the first is dealt with",
        hooks: &[Hook::Course(|memory, context| {
            if context.message.is_some() && !edit::is_first(memory, context.chunk) {
                return Course::Instead(Vec::new());
            }
            Course::Proceed
        })],
    },
    Fault {
        name: "only-last-of-a-write",
        trips: "framing/two-in-one-write",
        summary: "of several replies to one write only the last is sent",
        hooks: &[Hook::Batch(|_, mut effects| effects.split_off(effects.len().saturating_sub(1)))],
    },
    Fault {
        name: "only-first-of-a-line",
        trips: "framing/joined",
        summary: "of several messages on one line only the first is dealt with",
        hooks: &[Hook::Course(|memory, context| {
            if context.message.is_some() && !edit::is_first(memory, context.line) {
                return Course::Instead(Vec::new());
            }
            Course::Proceed
        })],
    },
    Fault {
        name: "one-line-a-message",
        trips: "framing/white-space",
        summary: "a message has to end with the line on which it begins",
        hooks: &[Hook::Input(|memory, bytes| {
            memory.bytes.extend_from_slice(bytes);
            let lines = memory.bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec);
            let mut lines: Vec<Vec<u8>> = lines.collect();
            memory.bytes = lines.pop_if(|line| !line.ends_with(b"\n")).unwrap_or_default();
            lines.into_iter().flat_map(|line| [Intake::Bytes(line), Intake::Cut]).collect()
        })],
    },
    Fault {
        name: "no-tabs",
        trips: "framing/white-space",
        summary: "tabs between tokens are refused",
        hooks: &[Hook::Input(|_, bytes| {
            let tabs_refused = bytes.iter().map(|byte| if *byte == b'\t' { 0x0B } else { *byte });
            vec![Intake::Bytes(tabs_refused.collect())]
        })],
    },
    Fault {
        name: "escapes-in-keys-stay",
        trips: "framing/escapes",
        summary: "escapes in member names are not resolved",
        hooks: &[Hook::Text(|_, text| {
            edit::map_strings(&text, |inside, is_key| if is_key { doubled(inside) } else { inside.to_vec() })
        })],
    },
    Fault {
        name: "escapes-in-values-stay",
        trips: "framing/escapes",
        summary: "escapes by number are not resolved in values",
        hooks: &[Hook::Text(|_, text| {
            edit::map_strings(&text, |inside, is_key| if is_key { inside.to_vec() } else { doubled(inside) })
        })],
    },
    Fault {
        name: "execute-comes-first",
        trips: "framing/member-order",
        summary: "a request whose first member is not `execute` is refused",
        hooks: &[Hook::Text(|_, text| {
            let starts = |name: &[u8]| text[1..].trim_ascii_start().starts_with(name);
            if text.starts_with(b"{") && (starts(b"\"arguments\"") || starts(b"\"id\"")) {
                return b"}".to_vec();
            }
            text
        })],
    },
    Fault {
        name: "arguments-before-execute-are-lost",
        trips: "framing/member-order",
        summary: "a request whose arguments come before its command gets no reply",
        hooks: &[Hook::Course(|_, context| {
            let members = context.message.map(Json::members).unwrap_or_default();
            let place = |name: &str| members.iter().position(|member| member.key == *name);
            match (place("arguments"), place("execute")) {
                (Some(arguments), Some(execute)) if arguments < execute => Course::Instead(Vec::new()),
                _ => Course::Proceed,
            }
        })],
    },
    Fault {
        name: "names-come-back-escaped",
        trips: "framing/escapes",
        summary: "the host name has an `e` more if the command was spelled with escapes",
        hooks: &[
            Hook::Text(|memory, text| {
                memory.count = u64::from(memchr::memmem::find(&text, b"\\u").is_some());
                text
            }),
            Hook::Reply(|memory, context, reply| {
                if memory.count == 1
                    && let Some(result) = edit::result_of(context, reply, "guest-get-host-name")
                {
                    edit::set(result, "host-name", "referencee".into());
                }
            }),
        ],
    },
    Fault {
        name: "needs-newline",
        trips: "framing/newline-optional",
        summary: "nothing is read before the next line feed",
        hooks: &[Hook::Input(|memory, bytes| {
            memory.bytes.extend_from_slice(bytes);
            let end = memchr::memrchr(b'\n', &memory.bytes).map_or(0, |at| at + 1);
            let rest = memory.bytes.split_off(end);
            vec![Intake::Bytes(std::mem::replace(&mut memory.bytes, rest))]
        })],
    },
    Fault {
        name: "greets",
        trips: "framing/unsolicited",
        summary: "it sends a greeting to whoever connects",
        hooks: &[Hook::Greet(|_| edit::send("{\"QMP\": {\"capabilities\": []}}\n"))],
    },
    Fault {
        name: "sends-events",
        trips: "envelope/one-reply",
        summary: "after every tenth reply an event is sent",
        hooks: &[Hook::Output(|memory, _, line| {
            memory.count += 1;
            let mut effects = edit::as_is(line);
            if memory.count.is_multiple_of(10) {
                effects.push(Effect::Send(b"{\"event\": \"HEARTBEAT\"}\n".to_vec()));
            }
            effects
        })],
    },
    Fault {
        name: "old-replies-again",
        trips: "envelope/one-reply",
        summary: "every tenth reply is followed by the one before it",
        hooks: &[Hook::Output(|memory, _, line| {
            memory.count += 1;
            let previous = std::mem::replace(&mut memory.bytes, line.clone());
            let mut effects = edit::as_is(line);
            if memory.count.is_multiple_of(10) {
                effects.push(Effect::Send(previous));
            }
            effects
        })],
    },
];

/// A string whose escapes by number mean themselves.
fn doubled(inside: &[u8]) -> Vec<u8> {
    String::from_utf8_lossy(inside).replace("\\u", "\\\\u").into_bytes()
}
