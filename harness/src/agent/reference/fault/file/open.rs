//! Faults in opening files: modes and failures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Fault, Hook, open_as, write_result};
use crate::agent::reference::commands::file;
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::{FileError, Mode};
use crate::text::Node;

pub(in super::super) static FAULTS: [Fault; 14] = [
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
    Fault {
        name: "default-mode-creates",
        trips: "file/default-mode",
        summary: "without a mode a file is made if need be",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode") {
                None => open_as(guest, arguments, "a+"),
                Some(_) => file::open(guest, arguments),
            }
        })],
    },
    Fault {
        name: "default-mode-writes",
        trips: "file/default-mode",
        summary: "without a mode a file is opened to read and write",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode") {
                None => open_as(guest, arguments, "r+"),
                Some(_) => file::open(guest, arguments),
            }
        })],
    },
    Fault {
        name: "read-only-files-swallow-writes",
        trips: "file/access",
        summary: "a write to a file that is only read is said to succeed",
        hooks: &[Hook::Command("guest-file-write", |_, guest, arguments| {
            file::write(guest, arguments).or_else(|error| {
                let handle = arguments.int("handle");
                let bytes = STANDARD.decode(arguments.text("buf-b64")).ok();
                match (guest.files.write(handle, b"x"), bytes) {
                    (Err(FileError::BadAccess), Some(bytes)) => Ok(write_result(bytes.len())),
                    _ => Err(error),
                }
            })
        })],
    },
    Fault {
        name: "rb-is-r-plus",
        trips: "file/access",
        summary: "the mode `rb` allows to write",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode").as_deref() {
                Some("rb") => open_as(guest, arguments, "r+"),
                _ => file::open(guest, arguments),
            }
        })],
    },
    Fault {
        name: "a-is-a-plus",
        trips: "file/access",
        summary: "the modes `a` and `ab` allow to read",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode").as_deref() {
                Some("a" | "ab") => open_as(guest, arguments, "a+"),
                _ => file::open(guest, arguments),
            }
        })],
    },
    Fault {
        name: "r-plus-creates",
        trips: "file/open-failure",
        summary: "the mode `r+` makes a file if need be",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.optional_text("mode").as_deref() {
                Some("r+" | "rb+" | "r+b") if guest.files.content(&arguments.text("path")).is_err() => {
                    open_as(guest, arguments, "w+")
                }
                _ => file::open(guest, arguments),
            }
        })],
    },
    Fault {
        name: "failed-opens-leave-a-file",
        trips: "file/open-failure",
        summary: "opening a file that is not there fails, and makes it",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            let opened = file::open(guest, arguments);
            let path = arguments.text("path");
            if opened.is_err() && guest.files.content(&path) == Err(FileError::NotFound) {
                guest.files.replace(&path, Vec::new()).ok();
            }
            opened
        })],
    },
    Fault {
        name: "folders-can-be-written",
        trips: "file/open-failure",
        summary: "a folder can be opened to write",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            let is_folder = guest.files.content(&arguments.text("path")) == Err(FileError::IsDirectory);
            if is_folder { open_as(guest, arguments, "r") } else { file::open(guest, arguments) }
        })],
    },
    Fault {
        name: "folders-are-made",
        trips: "file/open-failure",
        summary: "the folders of a file are made if need be",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            let path = arguments.text("path");
            let creates = arguments.optional_text("mode").is_some_and(|mode| mode.starts_with(['w', 'a']));
            if creates && path.starts_with('/') && guest.files.content(&path) == Err(FileError::NotFound) {
                guest.files.replace(&path, Vec::new()).ok();
            }
            file::open(guest, arguments)
        })],
    },
    Fault {
        name: "paths-through-files-lead-to-them",
        trips: "file/open-failure",
        summary: "what is behind the name of a file in a path does not count",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            let path = arguments.text("path");
            if guest.files.content(&path) == Err(FileError::NotDirectory)
                && let Some((file, _)) = path.rsplit_once('/')
            {
                let mode = Mode::from_name("r").ok_or_else(|| CommandError::new("there is no such mode"))?;
                return guest
                    .files
                    .open(file, mode)
                    .map(Node::from)
                    .map_err(|_| CommandError::new("it failed"));
            }
            file::open(guest, arguments)
        })],
    },
    Fault {
        name: "an-empty-path-is-a-file",
        trips: "file/open-failure",
        summary: "an empty path is that of a file for the time being",
        hooks: &[Hook::Command("guest-file-open", |_, guest, arguments| {
            match arguments.text("path").as_str() {
                "" => {
                    let mode =
                        Mode::from_name("w+").ok_or_else(|| CommandError::new("there is no such mode"))?;
                    let opened = guest.files.open("/tmp/unnamed", mode);
                    opened.map(Node::from).map_err(|error| CommandError::new(error.to_string()))
                }
                _ => file::open(guest, arguments),
            }
        })],
    },
];
