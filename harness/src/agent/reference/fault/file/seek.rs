//! Faults in seeking.

use super::{Fault, Hook, edit, seek_result};
use crate::agent::reference::commands::file;
use crate::agent::reference::guest::Whence;
use crate::text::{Json, Node};

pub(in super::super) static FAULTS: [Fault; 11] = [
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
        name: "unknown-whence-is-set",
        trips: "file/whence",
        summary: "a number that is no whence counts from the start",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            let is_number = arguments.value("whence").is_some_and(|whence| whence.as_number().is_some());
            match file::whence(arguments) {
                Err(_) if is_number => file::seek_from(guest, arguments, Whence::Start),
                _ => file::seek(guest, arguments),
            }
        })],
    },
    Fault {
        name: "whence-3-finds-data",
        trips: "file/whence",
        summary: "the whence 3 means what the operating system means by it",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            match arguments.optional_int("whence") {
                Some(3) => file::seek_from(guest, arguments, Whence::Start),
                _ => file::seek(guest, arguments),
            }
        })],
    },
    Fault {
        name: "before-the-start-is-the-start",
        trips: "file/before-start",
        summary: "a seek that would end before the start ends there",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            let whence = file::whence(arguments)?;
            file::seek(guest, arguments).or_else(|error| {
                let handle = arguments.int("handle");
                let far = whence == Whence::Start && arguments.int("offset") >= 0;
                let position = guest.files.seek(handle, Whence::Start, 0).map_err(|_| error.clone())?;
                if far { Err(error) } else { Ok(seek_result(position)) }
            })
        })],
    },
    Fault {
        name: "before-the-start-from-the-end",
        trips: "file/before-start",
        summary: "a seek from the end that would end before the start ends there",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            let whence = file::whence(arguments)?;
            file::seek(guest, arguments).or_else(|error| {
                if whence != Whence::End || arguments.int("offset") >= 0 {
                    return Err(error);
                }
                let position =
                    guest.files.seek(arguments.int("handle"), Whence::Start, 0).map_err(|_| error)?;
                Ok(seek_result(position))
            })
        })],
    },
    Fault {
        name: "seeks-stop-at-the-end",
        trips: "file/seek-position",
        summary: "a seek that would end behind the end ends there",
        hooks: &[Hook::Command("guest-file-seek", |_, guest, arguments| {
            let result = file::seek(guest, arguments)?;
            let handle = arguments.int("handle");
            let position = guest.files.seek(handle, Whence::Position, 0).unwrap_or_default();
            let end = guest.files.seek(handle, Whence::End, 0).unwrap_or_default();
            if position > end {
                return Ok(seek_result(end));
            }
            guest.files.seek(handle, Whence::Start, position).ok();
            Ok(result)
        })],
    },
    Fault {
        name: "positions-have-32-bits",
        trips: "file/seek-position",
        summary: "a position beyond 32 bits wraps around",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, "guest-file-seek")
                && let Some(position) =
                    edit::member(result, "position").and_then(|position| edit::integer(position))
            {
                edit::set(result, "position", Node::Int(position & 0xFFFF_FFFF));
            }
        })],
    },
];
