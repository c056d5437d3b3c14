//! Faults of file commands.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::{file, nothing};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::{Guest, Mode, Whence};
use crate::text::{Json, Node};

pub(super) static FAULTS: [Fault; 31] = [
    Fault {
        name: "one-handle-for-all",
        trips: "file/handle-distinct",
        summary: "every file that is opened gets the same handle",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(handle) = edit::result_of(context, reply, "guest-file-open") {
                *handle = 1000.into();
            }
        })],
    },
    Fault {
        name: "third-handle-again",
        trips: "file/handle-distinct",
        summary: "every third file that is opened gets the handle of the one before",
        hooks: &[Hook::Reply(|memory, context, reply| {
            if let Some(handle) = edit::result_of(context, reply, "guest-file-open") {
                memory.count += 1;
                match memory.node.replace(handle.clone()) {
                    Some(last) if memory.count.is_multiple_of(3) => *handle = last,
                    _ => {}
                }
            }
        })],
    },
    Fault {
        name: "close-does-nothing",
        trips: "file/closed",
        summary: "a handle stays open after it is closed",
        hooks: &[Hook::Command("guest-file-close", |_, _, _| Ok(nothing()))],
    },
    Fault {
        name: "closed-handles-can-be-flushed",
        trips: "file/closed",
        summary: "a flush succeeds whatever the handle",
        hooks: &[Hook::Command("guest-file-flush", |_, _, _| Ok(nothing()))],
    },
    Fault {
        name: "unknown-handles-read-the-first-file",
        trips: "file/bad-handle",
        summary: "a read with an unknown handle reads the file that was opened first",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            let first = guest.files.handles().next();
            match first.filter(|_| !guest.files.is_open(arguments.int("handle"))) {
                Some(first) => {
                    let read = guest.files.read(first, 4096);
                    let (bytes, eof) = read.map_err(|error| CommandError::new(error.to_string()))?;
                    Ok(read_result(&bytes, eof))
                }
                None => file::read(guest, arguments),
            }
        })],
    },
    Fault {
        name: "unknown-handles-are-empty",
        trips: "file/bad-handle",
        summary: "a read with an unknown handle meets the end of the file",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            if guest.files.is_open(arguments.int("handle")) {
                return file::read(guest, arguments);
            }
            Ok(read_result(b"", true))
        })],
    },
    Fault {
        name: "unknown-handles-swallow-writes",
        trips: "file/bad-handle",
        summary: "a write with an unknown handle succeeds",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            if guest.files.is_open(arguments.int("handle")) {
                return file::write(guest, arguments);
            }
            Ok(Node::object([("count", 0.into()), ("eof", false.into())]))
        })],
    },
    Fault {
        name: "read-counts-base64",
        trips: "file/read-count",
        summary: "the count of a read is that of the base64 text",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, "guest-file-read")
                && let Some(Node::String(text)) = edit::member(result, "buf-b64")
            {
                let count = Node::Int(text.len() as i128);
                edit::set(result, "count", count);
            }
        })],
    },
    Fault {
        name: "read-counts-what-was-asked",
        trips: "file/read-count",
        summary: "the count of a read is the one that was asked for",
        hooks: &[Hook::Reply(|_, context, reply| {
            let asked = context.argument("count").and_then(Json::as_i64);
            if let Some(result) = edit::result_of(context, reply, "guest-file-read") {
                edit::set(result, "count", asked.unwrap_or(file::READ_DEFAULT_BYTES).into());
            }
        })],
    },
    Fault {
        name: "reads-more-than-asked",
        trips: "file/read-count",
        summary: "a read gives all there is, whatever the count",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            let handle = arguments.int("handle");
            match guest.files.read(handle, 1 << 20) {
                Ok((bytes, eof)) if arguments.int("count") >= 0 => Ok(read_result(&bytes, eof)),
                _ => file::read(guest, arguments),
            }
        })],
    },
    Fault {
        name: "base64-without-padding",
        trips: "file/read-base64",
        summary: "the base64 text of a read is not padded",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_base64(context, reply, |text| text.trim_end_matches('=').to_owned());
        })],
    },
    Fault {
        name: "base64-for-urls",
        trips: "file/read-base64",
        summary: "the base64 text of a read is in the alphabet for URLs",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_base64(context, reply, |text| text.replace('+', "-").replace('/', "_"));
        })],
    },
    Fault {
        name: "base64-in-lines",
        trips: "file/read-base64",
        summary: "the base64 text of a read has lines of 76 characters",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_base64(context, reply, |text| {
                let lines = text.as_bytes().chunks(76).map(String::from_utf8_lossy);
                lines.collect::<Vec<_>>().join("\r\n")
            });
        })],
    },
    Fault {
        name: "reads-stop-at-nul",
        trips: "file/read-content",
        summary: "what is read ends before the first NUL byte",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_content(context, reply, |bytes| {
                let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
                bytes.truncate(end);
            });
        })],
    },
    Fault {
        name: "reads-translate-line-ends",
        trips: "file/read-content",
        summary: "line feeds are read as carriage return and line feed",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_content(context, reply, |bytes| {
                let mut translated = Vec::with_capacity(bytes.len());
                for byte in bytes.drain(..) {
                    if byte == b'\n' {
                        translated.push(b'\r');
                    }
                    translated.push(byte);
                }
                *bytes = translated;
            });
        })],
    },
    Fault {
        name: "long-reads-are-damaged",
        trips: "file/read-content",
        summary: "the 4097th byte of a read is wrong",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_content(context, reply, |bytes| {
                if let Some(byte) = bytes.get_mut(4096) {
                    *byte ^= 0x20;
                }
            });
        })],
    },
    Fault {
        name: "reads-skip-a-byte",
        trips: "file/read-content",
        summary: "after a read the position is one byte too far",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            let result = file::read(guest, arguments)?;
            // Files are far smaller than the greatest position.
            guest.files.seek(arguments.int("handle"), Whence::Position, 1).ok();
            Ok(result)
        })],
    },
    Fault {
        name: "reads-lose-high-bits",
        trips: "file/read-content",
        summary: "only seven bits of a byte are read",
        hooks: &[Hook::Reply(|_, context, reply| {
            edit_content(context, reply, |bytes| bytes.iter_mut().for_each(|byte| *byte &= 0x7F));
        })],
    },
    Fault {
        name: "eof-never",
        trips: "file/read-eof",
        summary: "a read never meets the end",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, "guest-file-read") {
                edit::set(result, "eof", false.into());
            }
        })],
    },
    Fault {
        name: "eof-always",
        trips: "file/read-eof",
        summary: "every read meets the end",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, "guest-file-read") {
                edit::set(result, "eof", true.into());
            }
        })],
    },
    Fault {
        name: "write-counts-base64",
        trips: "file/write-count",
        summary: "the count of a write is that of the base64 text",
        hooks: &[Hook::Reply(|_, context, reply| {
            let text = context.argument("buf-b64").and_then(Json::as_str);
            if let (Some(result), Some(text)) = (edit::result_of(context, reply, "guest-file-write"), text) {
                edit::set(result, "count", Node::Int(text.len() as i128));
            }
        })],
    },
    Fault {
        name: "write-counts-nothing",
        trips: "file/write-count",
        summary: "the count of a write is 0",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, "guest-file-write") {
                edit::set(result, "count", 0.into());
            }
        })],
    },
    Fault {
        name: "write-ignores-count",
        trips: "file/write-count",
        summary: "a write writes everything, whatever the count",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            let result = file::write(guest, arguments)?;
            let bytes = STANDARD.decode(arguments.text("buf-b64")).unwrap_or_default();
            let written = usize::try_from(arguments.optional_int("count").unwrap_or(i64::MAX));
            let rest = bytes.get(written.unwrap_or(0)..).unwrap_or_default();
            guest.files.write(arguments.int("handle"), rest).ok();
            Ok(match rest {
                [] => result,
                _ => Node::object([("count", Node::Int(bytes.len() as i128)), ("eof", false.into())]),
            })
        })],
    },
    Fault {
        name: "whence-ignored",
        trips: "file/seek-position",
        summary: "every seek counts from the start",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            file::whence(arguments)?;
            file::seek_from(guest, arguments, Whence::Start)
        })],
    },
    Fault {
        name: "seek-from-position-is-from-start",
        trips: "file/seek-position",
        summary: "a seek from the position counts from the start",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            let whence = match file::whence(arguments)? {
                Whence::Position => Whence::Start,
                other => other,
            };
            file::seek_from(guest, arguments, whence)
        })],
    },
    Fault {
        name: "end-by-name-is-start",
        trips: "file/seek-position",
        summary: "a seek from the end counts from the start when the end is given by name",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            let whence = match (file::whence(arguments)?, arguments.text("whence").as_str()) {
                (Whence::End, "end") => Whence::Start,
                (other, _) => other,
            };
            file::seek_from(guest, arguments, whence)
        })],
    },
    Fault {
        name: "seek-returns-offset",
        trips: "file/seek-position",
        summary: "a seek returns its offset for the position",
        hooks: &[Hook::Reply(|_, context, reply| {
            let offset = context.argument("offset").and_then(Json::as_i64);
            if let (Some(result), Some(offset)) = (edit::result_of(context, reply, "guest-file-seek"), offset)
            {
                edit::set(result, "position", offset.into());
            }
        })],
    },
    Fault {
        name: "seek-does-not-move",
        trips: "file/seek-position",
        summary: "a seek returns the right position and stays where it is",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            let handle = arguments.int("handle");
            let before = guest.files.seek(handle, Whence::Position, 0);
            let result = file::seek(guest, arguments)?;
            guest.files.seek(handle, Whence::Start, before.unwrap_or_default()).ok();
            Ok(result)
        })],
    },
    Fault {
        name: "any-mode",
        trips: "file/mode",
        summary: "a mode that does not exist is taken for `a`",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode").filter(|mode| Mode::from_name(mode).is_none()) {
                Some(_) => open_as(guest, arguments, "a"),
                None => file::open(guest, arguments),
            }
        })],
    },
    Fault {
        name: "w-keeps-content",
        trips: "file/read-content",
        summary: "mode `w` does not empty the file",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode").as_deref() {
                Some("w" | "wb" | "w+" | "wb+" | "w+b") => {
                    if let Node::Int(made) = open_as(guest, arguments, "a")? {
                        guest.files.close(made as i64).ok();
                    }
                    open_as(guest, arguments, "r+")
                }
                _ => file::open(guest, arguments),
            }
        })],
    },
    Fault {
        name: "a-overwrites",
        trips: "file/read-content",
        summary: "mode `a` writes over the start of the file",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode").as_deref() {
                Some("a" | "ab" | "a+" | "ab+" | "a+b") => {
                    if let Node::Int(made) = open_as(guest, arguments, "a")? {
                        guest.files.close(made as i64).ok();
                    }
                    open_as(guest, arguments, "r+")
                }
                _ => file::open(guest, arguments),
            }
        })],
    },
];

/// Opens the file with another mode than the request's.
fn open_as(guest: &mut Guest, arguments: Arguments<'_>, mode: &str) -> Result<Node, CommandError> {
    let mode = Mode::from_name(mode).ok_or_else(|| CommandError::new("there is no such mode"))?;
    let opened = guest.files.open(&arguments.text("path"), mode);
    opened.map(Node::from).map_err(|error| CommandError::new(error.to_string()))
}

fn read_result(bytes: &[u8], eof: bool) -> Node {
    Node::object([
        ("count", Node::Int(bytes.len() as i128)),
        ("buf-b64", STANDARD.encode(bytes).into()),
        ("eof", eof.into()),
    ])
}

/// Changes the base64 text of a read.
fn edit_base64(context: &Context<'_>, reply: &mut Node, change: impl Fn(&str) -> String) {
    if let Some(result) = edit::result_of(context, reply, "guest-file-read")
        && let Some(Node::String(text)) = edit::member(result, "buf-b64")
    {
        *text = change(text);
    }
}

/// Changes the bytes of a read, and the count with them.
fn edit_content(context: &Context<'_>, reply: &mut Node, change: impl Fn(&mut Vec<u8>)) {
    let Some(result) = edit::result_of(context, reply, "guest-file-read") else { return };
    let Some(Node::String(text)) = edit::member(result, "buf-b64") else { return };
    let mut bytes = STANDARD.decode(text).unwrap_or_default();
    change(&mut bytes);
    edit::set(result, "count", Node::Int(bytes.len() as i128));
    edit::set(result, "buf-b64", STANDARD.encode(bytes).into());
}
