//! Faults of trimming.

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::text::{Json, Node};

pub(super) static FAULTS: [Fault; 10] = [
    Fault {
        name: "trims-minus-one",
        trips: "trim/bytes",
        summary: "a trim that finds nothing to discard tells -1 bytes",
        hooks: &[Hook::Reply(|_, context, reply| {
            each(context, reply, |path| {
                if let Some(trimmed) = edit::member(path, "trimmed")
                    && *trimmed == Node::Int(0)
                {
                    *trimmed = Node::Int(-1);
                }
            });
        })],
    },
    Fault {
        name: "trimmed-bytes-in-32-bits",
        trips: "trim/bytes",
        summary: "the trimmed bytes are counted in 32 bits with a sign",
        hooks: &[Hook::Reply(|_, context, reply| {
            each(context, reply, |path| {
                if let Some(trimmed) = edit::member(path, "trimmed") {
                    let cut = (edit::integer(trimmed).unwrap_or_default() - 1) as i32;
                    *trimmed = Node::Int(cut.into());
                }
            });
        })],
    },
    Fault {
        name: "default-minimum-minus-one",
        trips: "trim/bytes",
        summary: "without a least length the one that was applied is told to be -1",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.argument("minimum").is_none() {
                set_minimum(context, reply, -1);
            }
        })],
    },
    Fault {
        name: "trim-hides-errors",
        trips: "trim/outcome",
        summary: "a path that could not be trimmed has nothing but its name",
        hooks: &[Hook::Reply(|_, context, reply| {
            each(context, reply, |path| drop(edit::remove(path, "error")));
        })],
    },
    Fault {
        name: "trim-always-has-an-error",
        trips: "trim/outcome",
        summary: "a path that was trimmed has an empty error",
        hooks: &[Hook::Reply(|_, context, reply| {
            each(context, reply, |path| edit::set(path, "error", "".into()));
        })],
    },
    Fault {
        name: "trim-tells-no-minimum",
        trips: "trim/outcome",
        summary: "a path that was trimmed does not tell the least length if nothing was discarded",
        hooks: &[Hook::Reply(|_, context, reply| {
            each(context, reply, |path| {
                if edit::member(path, "trimmed").is_some_and(|trimmed| *trimmed == Node::Int(0)) {
                    edit::remove(path, "minimum");
                }
            });
        })],
    },
    Fault {
        name: "default-minimum-4096",
        trips: "trim/default-minimum",
        summary: "without a least length ranges below 4096 bytes are left",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.argument("minimum").is_none() {
                set_minimum(context, reply, 4096);
            }
        })],
    },
    Fault {
        name: "minimum-zero-is-one-block",
        trips: "trim/default-minimum",
        summary: "a least length of 0 is taken for one block",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.argument("minimum").and_then(Json::as_i64) == Some(0) {
                set_minimum(context, reply, 512);
            }
        })],
    },
    Fault {
        name: "trims-devices",
        trips: "trim/paths",
        summary: "the paths of a trim are those of devices",
        hooks: &[Hook::Reply(|_, context, reply| {
            each(context, reply, |path| edit::set(path, "path", "/dev/vda1".into()));
        })],
    },
    Fault {
        name: "last-trimmed-path-with-slash",
        trips: "trim/paths",
        summary: "the last path of a trim ends in a slash",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::String(path)) = paths(context, reply)
                .and_then(|paths| paths.last_mut())
                .and_then(|path| edit::member(path, "path"))
            {
                path.push('/');
            }
        })],
    },
];

fn paths<'n>(context: &Context<'_>, reply: &'n mut Node) -> Option<&'n mut Vec<Node>> {
    match edit::member(edit::result_of(context, reply, "guest-fstrim")?, "paths")? {
        Node::Array(paths) => Some(paths),
        _ => None,
    }
}

fn each(context: &Context<'_>, reply: &mut Node, change: impl FnMut(&mut Node)) {
    paths(context, reply).into_iter().flatten().for_each(change);
}

fn set_minimum(context: &Context<'_>, reply: &mut Node, minimum: i128) {
    each(context, reply, |path| {
        if let Some(told) = edit::member(path, "minimum") {
            *told = Node::Int(minimum);
        }
    });
}
