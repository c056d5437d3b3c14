//! Faults in writing files.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::{Fault, Hook, edit, write_all, write_result};
use crate::agent::reference::commands::file;
use crate::text::{Json, Node};

pub(in super::super) static FAULTS: [Fault; 8] = [
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
        name: "negative-counts-write-all",
        trips: "file/negative-count",
        summary: "a negative count writes all there is",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            match (arguments.optional_int("count"), STANDARD.decode(arguments.text("buf-b64"))) {
                (Some(count), Ok(bytes)) if count < 0 => write_all(guest, arguments, &bytes),
                _ => file::write(guest, arguments),
            }
        })],
    },
    Fault {
        name: "count-beyond-is-all",
        trips: "file/count-beyond-buffer",
        summary: "a count above the number of bytes writes all of them",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            match (arguments.optional_int("count"), STANDARD.decode(arguments.text("buf-b64"))) {
                (Some(count), Ok(bytes)) if count > bytes.len().cast_signed() as i64 => {
                    write_all(guest, arguments, &bytes)
                }
                _ => file::write(guest, arguments),
            }
        })],
    },
    Fault {
        name: "bad-base64-is-nothing",
        trips: "file/write-base64",
        summary: "a buffer that is not base64 counts as empty",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            let is_readable = STANDARD.decode(arguments.text("buf-b64")).is_ok();
            if is_readable || !guest.files.is_open(arguments.int("handle")) {
                return file::write(guest, arguments);
            }
            Ok(write_result(0))
        })],
    },
    Fault {
        name: "the-alphabet-for-urls-passes",
        trips: "file/write-base64",
        summary: "a buffer may be in the alphabet for URLs",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            let text = arguments.text("buf-b64");
            match URL_SAFE.decode(&text) {
                Ok(bytes) if text.contains(['-', '_']) => write_all(guest, arguments, &bytes),
                _ => file::write(guest, arguments),
            }
        })],
    },
    Fault {
        name: "count-zero-writes-all",
        trips: "file/write-count",
        summary: "a count of 0 counts as none",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            match (arguments.optional_int("count"), STANDARD.decode(arguments.text("buf-b64"))) {
                (Some(0), Ok(bytes)) => write_all(guest, arguments, &bytes),
                _ => file::write(guest, arguments),
            }
        })],
    },
];
