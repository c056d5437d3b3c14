//! Faults in what the agent says about its commands, and in the commands that succeed silently.

use super::hook::Context;
use super::{Fault, Hook, Liberty, edit};
use crate::text::Node;

pub(super) static FAULTS: [Fault; 8] = [
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
