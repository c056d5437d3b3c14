//! Faults in reading files.

use super::{Fault, Hook, edit, edit_base64, edit_content, read_result, read_up_to};
use crate::agent::reference::commands::file;
use crate::agent::reference::guest::Whence;
use crate::text::{Json, Node};

pub(in super::super) static FAULTS: [Fault; 19] = [
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
        name: "negative-counts-read-all",
        trips: "file/negative-count",
        summary: "a negative count reads all there is",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            match arguments.optional_int("count") {
                Some(count) if count < 0 => read_up_to(guest, arguments, 1 << 20),
                _ => file::read(guest, arguments),
            }
        })],
    },
    Fault {
        name: "default-count-is-8192",
        trips: "file/read-count",
        summary: "without a count 8192 bytes are read",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            if arguments.optional_int("count").is_some() {
                return file::read(guest, arguments);
            }
            read_up_to(guest, arguments, 8192)
        })],
    },
    Fault {
        name: "count-zero-is-the-default",
        trips: "file/read-count",
        summary: "a count of 0 counts as none",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            if arguments.optional_int("count") != Some(0) {
                return file::read(guest, arguments);
            }
            read_up_to(guest, arguments, 4096)
        })],
    },
    Fault {
        name: "a-full-page-is-the-end",
        trips: "file/read-eof",
        summary: "a read of exactly 4096 bytes reports the end",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, "guest-file-read")
                && edit::member(result, "count").is_some_and(|count| *count == Node::Int(4096))
            {
                edit::set(result, "eof", true.into());
            }
        })],
    },
    Fault {
        name: "handles-share-a-position",
        trips: "file/read-content",
        summary: "a read moves the positions of all open files",
        hooks: &[Hook::Command("guest-file-read", |_, guest, arguments| {
            let result = file::read(guest, arguments)?;
            let position = guest.files.seek(arguments.int("handle"), Whence::Position, 0).unwrap_or_default();
            let others: Vec<i64> = guest.files.handles().collect();
            for other in others {
                guest.files.seek(other, Whence::Start, position).ok();
            }
            Ok(result)
        })],
    },
    Fault {
        name: "holes-are-blanks",
        trips: "file/read-content",
        summary: "what lies between the end and a write behind it reads as blanks",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            let handle = arguments.int("handle");
            let position = guest.files.seek(handle, Whence::Position, 0).unwrap_or_default();
            let end = guest.files.seek(handle, Whence::End, 0).unwrap_or_default();
            if let Ok(hole @ 1..=4096) = usize::try_from(position - end) {
                guest.files.write(handle, &vec![b' '; hole]).ok();
            }
            guest.files.seek(handle, Whence::Start, position).ok();
            file::write(guest, arguments)
        })],
    },
];
