//! Faults of handles: shared, dead too early, alive too long.

use super::{Fault, Hook, edit, read_result};
use crate::agent::reference::commands::{file, nothing};
use crate::agent::reference::dispatch::CommandError;
use crate::text::{Json, Node};

pub(in super::super) static FAULTS: [Fault; 11] = [
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
        name: "same-path-same-handle",
        trips: "file/handle-distinct",
        summary: "a file that is opened again has the handle that it has already",
        hooks: &[Hook::Reply(|memory, context, reply| {
            let path = context.argument("path").and_then(Json::as_str);
            if let (Some(handle), Some(path)) = (edit::result_of(context, reply, "guest-file-open"), path) {
                let known = memory.node.get_or_insert_with(|| Node::Object(Vec::new()));
                match edit::member(known, &path) {
                    Some(first) => *handle = first.clone(),
                    None => edit::set(known, &path, handle.clone()),
                }
            }
        })],
    },
    Fault {
        name: "second-close-succeeds",
        trips: "file/closed",
        summary: "a handle that was closed can be closed again",
        hooks: &[Hook::Command("guest-file-close", |memory, guest, arguments| {
            let handle = arguments.int("handle");
            if memory.count == handle.unsigned_abs() && !guest.files.is_open(handle) {
                return Ok(nothing());
            }
            memory.count = handle.unsigned_abs();
            file::close(guest, arguments)
        })],
    },
    Fault {
        name: "one-file-at-a-time",
        trips: "file/usable",
        summary: "opening a file closes the others",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            let others: Vec<i64> = guest.files.handles().collect();
            for other in others {
                guest.files.close(other).ok();
            }
            file::open(guest, arguments)
        })],
    },
    Fault {
        name: "files-close-at-their-end",
        trips: "file/usable",
        summary: "a read that meets the end closes the file",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            let mut result = file::read(guest, arguments)?;
            if edit::member(&mut result, "eof").is_some_and(|eof| *eof == Node::Bool(true)) {
                guest.files.close(arguments.int("handle")).ok();
            }
            Ok(result)
        })],
    },
];
