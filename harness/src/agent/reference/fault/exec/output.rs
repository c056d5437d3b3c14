//! Faults in what is kept and told of a process's output.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{EXEC, Fault, Hook, STATUS, edit};
use crate::agent::reference::commands::process::Start;
use crate::agent::reference::fault::Context;
use crate::text::{Json, Node};

/// The members for one stream: its data, and whether it was cut.
type Stream = (&'static str, &'static str);

const OUT: Stream = ("out-data", "out-truncated");
const ERR: Stream = ("err-data", "err-truncated");
/// What a careless agent reads at once, in bytes.
const BUFFER_BYTES: usize = 64 << 10;

pub(in super::super) static FAULTS: [Fault; 23] = [
    Fault {
        name: "output-always-captured",
        trips: "exec/not-captured",
        summary: "output is captured whether one asks for it or not",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            Start { captures: true, ..Start::read(arguments)? }.launch(guest)
        })],
    },
    Fault {
        name: "capture-false-captures",
        trips: "exec/not-captured",
        summary: "output is captured when `capture-output` is there, though it be false",
        hooks: &[Hook::Command(EXEC, |_, guest, arguments| {
            let captures = arguments.value("capture-output").is_some();
            Start { captures, ..Start::read(arguments)? }.launch(guest)
        })],
    },
    Fault {
        name: "errors-always-captured",
        trips: "exec/not-captured",
        summary: "standard error is captured whether one asks for it or not",
        hooks: &[
            Hook::Command(EXEC, |memory, guest, arguments| {
                let start = Start::read(arguments)?;
                let captures = start.captures;
                let started = Start { captures: true, ..start }.launch(guest)?;
                if !captures {
                    let noted = memory.node.get_or_insert_with(|| Node::Array(Vec::new()));
                    if let Node::Array(noted) = noted {
                        noted.push(started.clone());
                    }
                }
                Ok(started)
            }),
            Hook::Reply(|memory, context, reply| {
                let pid = context.argument("pid").and_then(Json::as_i64).unwrap_or_default();
                let started = Node::object([("pid", pid.into())]);
                if matches!(&memory.node, Some(Node::Array(noted)) if noted.contains(&started))
                    && let Some(result) = edit::result_of(context, reply, STATUS)
                {
                    edit::remove(result, OUT.0);
                    edit::remove(result, OUT.1);
                }
            }),
        ],
    },
    Fault {
        name: "output-without-padding",
        trips: "exec/output-base64",
        summary: "the base64 text of output is not padded",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_text(context, reply, OUT, |text| text.trim_end_matches('=').to_owned());
        })],
    },
    Fault {
        name: "long-output-in-lines",
        trips: "exec/output-base64",
        summary: "the base64 text of output has lines of 76 characters",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_text(context, reply, OUT, |text| {
                let lines = text.as_bytes().chunks(76).map(String::from_utf8_lossy);
                lines.collect::<Vec<_>>().join("\n")
            });
        })],
    },
    Fault {
        name: "error-output-as-text",
        trips: "exec/output-base64",
        summary: "standard error is told as it is, not in base64",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_text(context, reply, ERR, |text| {
                String::from_utf8_lossy(&STANDARD.decode(text).unwrap_or_default()).into_owned()
            });
        })],
    },
    Fault {
        name: "output-lost",
        trips: "exec/output",
        summary: "captured standard output is not told",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |_, bytes| bytes.clear());
        })],
    },
    Fault {
        name: "output-of-failures-lost",
        trips: "exec/output",
        summary: "the output of a process that has written to standard error is not told",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |result, bytes| {
                if edit::member(result, ERR.0).is_some() {
                    bytes.clear();
                }
            });
        })],
    },
    Fault {
        name: "output-trimmed",
        trips: "exec/output",
        summary: "white space at the end of output is cut off",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |_, bytes| bytes.truncate(bytes.trim_ascii_end().len()));
        })],
    },
    Fault {
        name: "output-with-carriage-returns",
        trips: "exec/output",
        summary: "every line feed in output gets a carriage return before it",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |_, bytes| {
                let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
                *bytes = lines.join(&b"\r\n"[..]);
            });
        })],
    },
    Fault {
        name: "output-in-unicode",
        trips: "exec/output",
        summary: "bytes in output that are not UTF-8 are replaced",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |_, bytes| {
                *bytes = String::from_utf8_lossy(bytes).into_owned().into_bytes();
            });
        })],
    },
    Fault {
        name: "long-output-damaged",
        trips: "exec/output",
        summary: "the first byte of output that does not fit into a buffer is lost",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |_, bytes| {
                if bytes.len() > BUFFER_BYTES {
                    bytes.remove(BUFFER_BYTES);
                }
            });
        })],
    },
    Fault {
        name: "long-output-cut-silently",
        trips: "exec/output",
        summary: "output that does not fit into a buffer is cut, and nothing tells it",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |result, bytes| {
                bytes.truncate(BUFFER_BYTES);
                edit::remove(result, OUT.1);
            });
        })],
    },
    Fault {
        name: "error-output-lost",
        trips: "exec/error-output",
        summary: "captured standard error is not told",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, ERR, |_, bytes| bytes.clear());
        })],
    },
    Fault {
        name: "errors-only-beside-output",
        trips: "exec/error-output",
        summary: "standard error is told only if there is standard output",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, ERR, |result, bytes| {
                if edit::member(result, OUT.0).is_none() {
                    bytes.clear();
                }
            });
        })],
    },
    Fault {
        name: "error-output-trimmed",
        trips: "exec/error-output",
        summary: "white space at the end of standard error is cut off",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, ERR, |_, bytes| bytes.truncate(bytes.trim_ascii_end().len()));
        })],
    },
    Fault {
        name: "errors-in-the-output",
        trips: "exec/streams-apart",
        summary: "standard error goes where standard output goes",
        hooks: &[Hook::Reply(|_, context, reply| {
            let mut errors = Vec::new();
            edit_bytes(context, reply, ERR, |_, bytes| errors = std::mem::take(bytes));
            edit_bytes(context, reply, OUT, |_, bytes| bytes.append(&mut errors));
        })],
    },
    Fault {
        name: "streams-swapped",
        trips: "exec/streams-apart",
        summary: "standard output and standard error have each other's names when both are there",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, STATUS)
                && let (Some(out), Some(errors)) =
                    (edit::member(result, OUT.0).cloned(), edit::member(result, ERR.0).cloned())
            {
                edit::set(result, OUT.0, errors);
                edit::set(result, ERR.0, out);
            }
        })],
    },
    Fault {
        name: "output-in-both-streams",
        trips: "exec/streams-apart",
        summary: "standard output is told as standard error, too, if that is empty",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, STATUS)
                && edit::member(result, ERR.0).is_none()
                && let Some(out) = edit::member(result, OUT.0).cloned()
            {
                edit::set(result, ERR.0, out);
            }
        })],
    },
    Fault {
        name: "cut-output-says-false",
        trips: "exec/truncated",
        summary: "output that does not fit into a buffer is cut, and is said not to be",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |_, bytes| bytes.truncate(BUFFER_BYTES));
        })],
    },
    Fault {
        name: "flag-only-when-cut-and-false",
        trips: "exec/truncated",
        summary: "only of output that was cut is told whether it was, and then that it was not",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |result, bytes| {
                if bytes.len() > BUFFER_BYTES {
                    bytes.truncate(BUFFER_BYTES);
                } else {
                    edit::remove(result, OUT.1);
                }
            });
        })],
    },
    Fault {
        name: "whole-output-says-true",
        trips: "exec/truncated",
        summary: "all output is said to be cut",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |result, _| edit::set(result, OUT.1, true.into()));
        })],
    },
    Fault {
        name: "output-that-just-fits-says-true",
        trips: "exec/truncated",
        summary: "output that just fits into a page is said to be cut",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_bytes(context, reply, OUT, |result, bytes| {
                if bytes.len() == 4096 {
                    edit::set(result, OUT.1, true.into());
                }
            });
        })],
    },
];

/// Changes the base64 text of a stream.
fn edit_text(context: &Context<'_>, reply: &mut Node, stream: Stream, change: fn(&str) -> String) {
    if let Some(result) = edit::result_of(context, reply, STATUS)
        && let Some(Node::String(text)) = edit::member(result, stream.0)
    {
        *text = change(text);
    }
}

/// Changes the bytes of a stream, and with them the report; a stream without bytes is left out.
fn edit_bytes(
    context: &Context<'_>,
    reply: &mut Node,
    stream: Stream,
    change: impl FnOnce(&mut Node, &mut Vec<u8>),
) {
    let Some(result) = edit::result_of(context, reply, STATUS) else { return };
    let Some(Node::String(text)) = edit::member(result, stream.0) else { return };
    let mut bytes = STANDARD.decode(text).unwrap_or_default();
    change(result, &mut bytes);
    if bytes.is_empty() {
        edit::remove(result, stream.0);
        edit::remove(result, stream.1);
    } else {
        edit::set(result, stream.0, STANDARD.encode(bytes).into());
    }
}
