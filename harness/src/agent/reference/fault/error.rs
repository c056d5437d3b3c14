//! Faults of errors: their shape, their class, and what is refused at the envelope of requests.

use super::{Fault, Hook, Liberty, edit};
use crate::agent::reference::commands::nothing;
use crate::agent::reference::dispatch::Stage;
use crate::text::{Json, Node};

pub(super) static FAULTS: [Fault; 17] = [
    Fault {
        name: "errors-without-desc",
        trips: "error/object",
        summary: "errors have no description",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(error) = edit::member(reply, "error") {
                edit::remove(error, "desc");
            }
        })],
    },
    Fault {
        name: "errors-without-class",
        trips: "error/object",
        summary: "errors have no class",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(error) = edit::member(reply, "error") {
                edit::remove(error, "class");
            }
        })],
    },
    Fault {
        name: "numeric-desc",
        trips: "error/object",
        summary: "the description of an error is a number",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(error) = edit::member(reply, "error") {
                edit::set(error, "desc", Node::Int(22));
            }
        })],
    },
    Fault {
        name: "null-class",
        trips: "error/object",
        summary: "the class of an error that a command gives is null",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(error) = edit::member(reply, "error").filter(|_| context.failed_at(Stage::Execution))
            {
                edit::set(error, "class", Node::Null);
            }
        })],
    },
    Fault {
        name: "errors-as-strings",
        trips: "error/object",
        summary: "an error is only its description",
        hooks: &[Hook::Reply(|_, _, reply| {
            if let Some(error) = edit::member(reply, "error")
                && let Some(desc) = edit::remove(error, "desc")
            {
                *error = desc;
            }
        })],
    },
    Fault {
        name: "invalid-parameter-class",
        trips: "error/class",
        summary: "wrong arguments have an error class of their own, which does not exist",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed_at(Stage::Arguments) {
                set_class(reply, "InvalidParameter");
            }
        })],
    },
    Fault {
        name: "lower-case-class",
        trips: "error/class",
        summary: "error classes begin with a small letter",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed() {
                let missing = context.failed_at(Stage::Lookup);
                set_class(reply, if missing { "commandNotFound" } else { "genericError" });
            }
        })],
    },
    Fault {
        name: "system-error-class",
        trips: "error/class",
        summary: "a command that fails gives the name of a system error as class",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed_at(Stage::Execution) {
                set_class(reply, "ENOENT");
            }
        })],
    },
    Fault {
        name: "generic-error-for-unknown-commands",
        trips: "error/command-not-found",
        summary: "a command that does not exist gets the class of all other errors",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed_at(Stage::Lookup) {
                set_class(reply, "GenericError");
            }
        })],
    },
    Fault {
        name: "unknown-commands-succeed",
        trips: "error/command-not-found",
        summary: "a command that does not exist succeeds",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.failed_at(Stage::Lookup) {
                edit::rename(reply, "error", "return");
                edit::set(reply, "return", nothing());
            }
        })],
    },
    Fault {
        name: "commands-in-any-case",
        trips: "error/command-not-found",
        summary: "the case of letters in a command does not matter",
        hooks: &[Hook::Text(|_, text| {
            edit::reread(text, |message| with_command(message, str::to_ascii_lowercase))
        })],
    },
    Fault {
        name: "commands-end-at-nul",
        trips: "error/command-not-found",
        summary: "a command's name ends at a NUL character",
        hooks: &[Hook::Text(|_, text| {
            edit::reread(text, |message| {
                with_command(message, |name| name.split('\0').next().unwrap_or_default().to_owned())
            })
        })],
    },
    Fault {
        name: "unknown-members-ignored",
        trips: "error/member",
        summary: "members that a request does not have are ignored",
        hooks: &[Hook::Take(Liberty::UnknownMembers)],
    },
    Fault {
        name: "null-arguments",
        trips: "error/envelope",
        summary: "null counts as no arguments",
        hooks: &[Hook::Take(Liberty::NullArguments)],
    },
    Fault {
        name: "misshapen-arguments",
        trips: "error/envelope",
        summary: "arguments that are no object count as none",
        hooks: &[Hook::Take(Liberty::NullArguments), Hook::Take(Liberty::MisshapenArguments)],
    },
    Fault {
        name: "requests-in-arrays",
        trips: "error/envelope",
        summary: "a request may be the first item of an array",
        hooks: &[Hook::Text(|_, text| {
            edit::reread(text, |message| message.as_array()?.first().map(Node::from_json))
        })],
    },
    Fault {
        name: "silent-on-other-values",
        trips: "envelope/one-reply",
        summary: "a message that is no object gets no reply",
        hooks: &[Hook::Output(|_, context, line| {
            if context.message.is_some_and(|message| !message.is_object()) {
                return Vec::new();
            }
            edit::as_is(line)
        })],
    },
];

fn set_class(reply: &mut Node, class: &str) {
    if let Some(error) = edit::member(reply, "error") {
        edit::set(error, "class", class.into());
    }
}

/// The message with its command changed.
fn with_command(message: &Json<'_>, change: impl FnOnce(&str) -> String) -> Option<Node> {
    let command = change(&message.member("execute")?.as_str()?);
    let mut node = Node::from_json(message);
    edit::set(&mut node, "execute", command.into());
    Some(node)
}
