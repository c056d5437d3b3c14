//! Faults of results: they are not what the schema says.

use super::{Fault, Hook, edit};
use crate::text::Node;

/// A fault that changes the result of one command.
macro_rules! wrong_result {
    ($name:literal, $summary:literal, $command:literal, $change:expr) => {
        Fault {
            name: $name,
            trips: "reply/type",
            summary: $summary,
            hooks: &[Hook::Reply(|_, context, reply| {
                let change: fn(&mut Node) = $change;
                if let Some(result) = edit::result_of(context, reply, $command) {
                    change(result);
                }
            })],
        }
    };
}

pub(super) static FAULTS: [Fault; 23] = [
    wrong_result!("ping-returns-null", "the result of a ping is null", "guest-ping", |result| {
        *result = Node::Null;
    }),
    wrong_result!("ping-returns-true", "the result of a ping is true", "guest-ping", |result| {
        *result = true.into();
    }),
    wrong_result!("host-name-bare", "the host name is a bare string", "guest-get-host-name", |result| {
        if let Some(name) = edit::remove(result, "host-name") {
            *result = name;
        }
    }),
    wrong_result!(
        "host-name-in-other-member",
        "the host name is in a member `hostname`",
        "guest-get-host-name",
        |result| edit::rename(result, "host-name", "hostname")
    ),
    wrong_result!("time-in-exponents", "the time has an exponent", "guest-get-time", |result| {
        let time = edit::integer(result).unwrap_or_default() as f64;
        *result = Node::Number(format!("{time:.2e}").replace('e', "e+"));
    }),
    wrong_result!("time-as-string", "the time is a string", "guest-get-time", |result| {
        *result = edit::integer(result).unwrap_or_default().to_string().into();
    }),
    wrong_result!("eof-as-integer", "`eof` of a read is 0 or 1", "guest-file-read", |result| {
        if let Some(eof) = edit::member(result, "eof") {
            *eof = Node::Int((*eof == Node::Bool(true)).into());
        }
    }),
    wrong_result!(
        "read-without-eof",
        "a read does not say whether it met the end",
        "guest-file-read",
        |result| {
            edit::remove(result, "eof");
        }
    ),
    wrong_result!("empty-read-is-null", "the data of an empty read is null", "guest-file-read", |result| {
        if let Some(data) = edit::member(result, "buf-b64").filter(|data| **data == Node::from("")) {
            *data = Node::Null;
        }
    }),
    wrong_result!("write-without-count", "a write does not say how much", "guest-file-write", |result| {
        edit::remove(result, "count");
    }),
    wrong_result!("seek-returns-position", "a seek returns the bare position", "guest-file-seek", |result| {
        if let Some(position) = edit::remove(result, "position") {
            *result = position;
        }
    }),
    wrong_result!("handle-as-string", "handles are strings", "guest-file-open", |result| {
        *result = edit::integer(result).unwrap_or_default().to_string().into();
    }),
    wrong_result!("version-as-number", "the version is a number", "guest-info", |result| {
        edit::set(result, "version", Node::Number("1.0".to_owned()));
    }),
    wrong_result!("commands-as-names", "the list of commands is a list of names", "guest-info", |result| {
        if let Some(Node::Array(commands)) = edit::member(result, "supported_commands") {
            for command in commands {
                if let Some(name) = edit::remove(command, "name") {
                    *command = name;
                }
            }
        }
    }),
    wrong_result!(
        "null-for-unknown-os",
        "a part of the system's name is null",
        "guest-get-osinfo",
        |result| {
            edit::set(result, "variant", Node::Null);
        }
    ),
    wrong_result!(
        "status-empty",
        "the freeze status is an empty string",
        "guest-fsfreeze-status",
        |result| {
            *result = "".into();
        }
    ),
    wrong_result!(
        "fractional-offset",
        "the offset of the time zone is in hours",
        "guest-get-timezone",
        |result| {
            edit::set(result, "offset", Node::Number("5.5".to_owned()));
        }
    ),
    wrong_result!("login-time-as-string", "the time of a login is a string", "guest-get-users", |result| {
        if let Some(user) = edit::first(result) {
            edit::set(user, "login-time", "yesterday".into());
        }
    }),
    wrong_result!("one-cpu-is-no-list", "the processors are one object", "guest-get-vcpus", |result| {
        if let Some(first) = edit::first(result) {
            *result = first.clone();
        }
    }),
    wrong_result!("online-as-integer", "`online` of a processor is 1", "guest-get-vcpus", |result| {
        if let Some(first) = edit::first(result) {
            edit::set(first, "online", Node::Int(1));
        }
    }),
    wrong_result!(
        "null-addresses",
        "an interface has null for its addresses",
        "guest-network-get-interfaces",
        |result| {
            if let Some(first) = edit::first(result) {
                edit::set(first, "ip-addresses", Node::Null);
            }
        }
    ),
    wrong_result!("no-disks", "a file system does not tell its disks", "guest-get-fsinfo", |result| {
        if let Some(first) = edit::first(result) {
            edit::remove(first, "disk");
        }
    }),
    wrong_result!(
        "negative-size",
        "the size of memory blocks is negative",
        "guest-get-memory-block-info",
        |result| edit::set(result, "size", Node::Int(-1))
    ),
];
