//! Faults in what the agent says about its commands, and in the commands that succeed silently.

use super::hook::Context;
use super::{Fault, Hook, Liberty, edit};
use crate::agent::reference::dispatch::Stage;
use crate::text::Node;

/// An administrator has disabled some commands.
const BLOCKED: Hook = Hook::Setup(|config| {
    config.disabled.extend(["guest-get-disks", "guest-get-users"].map(str::to_owned));
});

pub(super) static FAULTS: [Fault; 21] = [
    Fault {
        name: "replies-to-shutdown",
        trips: "silence/success",
        summary: "commands that should succeed silently get a reply",
        hooks: &[Hook::Take(Liberty::RepliesToSilent)],
    },
    Fault {
        name: "lists-ping-twice",
        trips: "info/unique",
        summary: "a command is listed two times",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(commands) = listed(context, reply)
                && let Some(ping) = commands.iter_mut().find_map(|command| is_named(command, "guest-ping"))
            {
                let ping = ping.clone();
                commands.push(ping);
            }
        })],
    },
    Fault {
        name: "lists-ping-as-disabled",
        trips: "info/enabled",
        summary: "a command is listed as disabled that is executed",
        hooks: &[Hook::Reply(|_, context, reply| set(context, reply, "guest-ping", "enabled", false))],
    },
    Fault {
        name: "lists-no-time",
        trips: "info/listed",
        summary: "a command is not listed that is executed",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(commands) = listed(context, reply) {
                commands.retain_mut(|command| is_named(command, "guest-get-time").is_none());
            }
        })],
    },
    Fault {
        name: "lists-nothing",
        trips: "info/listed",
        summary: "no command is listed",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(commands) = listed(context, reply) {
                commands.clear();
            }
        })],
    },
    Fault {
        name: "lists-shutdown-with-reply",
        trips: "info/success-response",
        summary: "the list says that a shutdown is answered",
        hooks: &[Hook::Reply(|_, context, reply| {
            set(context, reply, "guest-shutdown", "success-response", true);
        })],
    },
    Fault {
        name: "lists-ping-without-reply",
        trips: "info/success-response",
        summary: "the list says that a ping is not answered",
        hooks: &[Hook::Reply(|_, context, reply| {
            set(context, reply, "guest-ping", "success-response", false);
        })],
    },
    Fault {
        name: "lists-without-success-response",
        trips: "reply/type",
        summary: "the list does not say which commands are answered",
        hooks: &[Hook::Reply(|_, context, reply| {
            for command in listed(context, reply).into_iter().flatten() {
                edit::remove(command, "success-response");
            }
        })],
    },
    Fault {
        name: "lists-devices-as-enabled",
        trips: "info/enabled",
        summary: "a command that only Windows has is listed as enabled elsewhere",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(commands) = listed(context, reply) {
                commands.push(Node::object([
                    ("name", "guest-get-devices".into()),
                    ("enabled", true.into()),
                    ("success-response", true.into()),
                ]));
            }
        })],
    },
    Fault {
        name: "lists-last-command-as-disabled",
        trips: "info/enabled",
        summary: "the last command of the list is told to be disabled",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(last) = listed(context, reply).and_then(|commands| commands.last_mut()) {
                edit::set(last, "enabled", false.into());
            }
        })],
    },
    Fault {
        name: "lists-all-but-the-first",
        trips: "info/listed",
        summary: "the first command is left out of the list",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(commands) = listed(context, reply) {
                commands.remove(0);
            }
        })],
    },
    Fault {
        name: "lists-last-command-twice",
        trips: "info/unique",
        summary: "the last command ends the list two times",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(commands) = listed(context, reply) {
                commands.extend(commands.last().cloned());
            }
        })],
    },
    Fault {
        name: "lists-hybrid-suspend-with-reply",
        trips: "info/success-response",
        summary: "the list says that one way to suspend is answered",
        hooks: &[Hook::Reply(|_, context, reply| {
            set(context, reply, "guest-suspend-hybrid", "success-response", true);
        })],
    },
    Fault {
        name: "version-empty",
        trips: "info/version",
        summary: "the version of the agent is empty",
        hooks: &[Hook::Setup(|config| config.version.clear())],
    },
    Fault {
        name: "version-with-name",
        trips: "info/version-numbers",
        summary: "the version of the agent begins with its name",
        hooks: &[Hook::Setup(|config| config.version.insert_str(0, "qga-"))],
    },
    Fault {
        name: "version-of-a-candidate",
        trips: "info/version-numbers",
        summary: "the version of the agent ends with the number of a release candidate",
        hooks: &[Hook::Setup(|config| config.version.push_str("-rc1"))],
    },
    Fault {
        name: "blocked-listed-as-enabled",
        trips: "info/blocked-listed",
        summary: "commands that are blocked are listed as enabled",
        hooks: &[
            BLOCKED,
            Hook::Reply(|_, context, reply| {
                set(context, reply, "guest-get-users", "enabled", true);
                set(context, reply, "guest-get-disks", "enabled", true);
            }),
        ],
    },
    Fault {
        name: "last-blocked-listed-as-enabled",
        trips: "info/blocked-listed",
        summary: "of the commands that are blocked one is listed as enabled",
        hooks: &[
            BLOCKED,
            Hook::Reply(|_, context, reply| set(context, reply, "guest-get-users", "enabled", true)),
        ],
    },
    Fault {
        name: "blocked-executed",
        trips: "info/blocked-refused",
        summary: "commands that are blocked are executed, and told to be disabled",
        hooks: &[BLOCKED, Hook::Take(Liberty::DisabledCommands)],
    },
    Fault {
        name: "blocked-otherwise",
        trips: "info/blocked-class",
        summary: "commands that are blocked fail like any other",
        hooks: &[
            BLOCKED,
            Hook::Reply(|_, context, reply| {
                if context.failed_at(Stage::Permission)
                    && let Some(error) = edit::member(reply, "error")
                {
                    edit::set(error, "class", "GenericError".into());
                }
            }),
        ],
    },
    Fault {
        name: "blocked-otherwise-with-arguments",
        trips: "info/blocked-class",
        summary: "commands that are blocked fail like any other if they come with arguments",
        hooks: &[
            BLOCKED,
            Hook::Reply(|_, context, reply| {
                let has_arguments =
                    context.message.is_some_and(|message| message.member("arguments").is_some());
                if context.failed_at(Stage::Permission)
                    && has_arguments
                    && let Some(error) = edit::member(reply, "error")
                {
                    edit::set(error, "class", "GenericError".into());
                }
            }),
        ],
    },
];

/// The list in the reply to `guest-info`.
fn listed<'n>(context: &Context<'_>, reply: &'n mut Node) -> Option<&'n mut Vec<Node>> {
    match edit::member(edit::result_of(context, reply, "guest-info")?, "supported_commands")? {
        Node::Array(commands) => Some(commands),
        _ => None,
    }
}

/// The entry of the list, if it is this command's.
fn is_named<'n>(entry: &'n mut Node, command: &str) -> Option<&'n mut Node> {
    let is_it = edit::member(entry, "name").is_some_and(|name| *name == Node::from(command));
    is_it.then_some(entry)
}

fn set(context: &Context<'_>, reply: &mut Node, command: &str, name: &str, value: bool) {
    for entry in listed(context, reply).into_iter().flatten() {
        if let Some(entry) = is_named(entry, command) {
            edit::set(entry, name, value.into());
        }
    }
}
