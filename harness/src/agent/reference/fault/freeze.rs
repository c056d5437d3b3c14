//! Faults of freezing and thawing.

use std::collections::BTreeSet;

use super::{Fault, Hook, edit};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::freeze::{freeze_all, freeze_list, status, thaw};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::Guest;
use crate::text::Node;

const STATUS: &str = "guest-fsfreeze-status";
const FREEZE: &str = "guest-fsfreeze-freeze";
const LIST: &str = "guest-fsfreeze-freeze-list";
const THAW: &str = "guest-fsfreeze-thaw";

type Executed = Result<Node, CommandError>;

pub(super) static FAULTS: [Fault; 32] = [
    Fault {
        name: "status-always-thawed",
        trips: "freeze/status",
        summary: "the status is `thawed` whatever is frozen",
        hooks: &[Hook::Command(STATUS, |_, _, _| Ok("thawed".into()))],
    },
    Fault {
        name: "status-forgets-lists",
        trips: "freeze/status",
        summary: "the status is `thawed` unless everything is frozen that can be",
        hooks: &[Hook::Command(STATUS, |_, guest, _| {
            let frozen = frozen(guest);
            Ok(if frozen == 3 { "frozen" } else { "thawed" }.into())
        })],
    },
    Fault {
        name: "status-stale-after-thaw",
        trips: "freeze/status",
        summary: "the first status after a thaw is still `frozen`",
        hooks: &[Hook::Command(STATUS, |memory, guest, arguments| {
            let was_frozen = memory.count == 1;
            memory.count = u64::from(guest.is_frozen());
            if was_frozen { Ok("frozen".into()) } else { status(guest, arguments) }
        })],
    },
    Fault {
        name: "status-frozen-after-second-thaw",
        trips: "freeze/status",
        summary: "a thaw of what is not frozen makes the status `frozen`",
        hooks: &[
            Hook::Command(THAW, |memory, guest, arguments| {
                memory.count = u64::from(!guest.is_frozen());
                thaw(guest, arguments)
            }),
            Hook::Command(STATUS, |memory, guest, arguments| match memory.count {
                1 => Ok("frozen".into()),
                _ => status(guest, arguments),
            }),
        ],
    },
    Fault {
        name: "failed-freeze-stays-frozen",
        trips: "freeze/status",
        summary: "a freeze that fails leaves frozen what it has frozen before",
        hooks: &[Hook::Command(FREEZE, |_, guest, arguments| {
            freeze_all(guest, arguments)?;
            Err(CommandError::new("the last file system cannot be frozen"))
        })],
    },
    Fault {
        name: "failed-list-stays-frozen",
        trips: "freeze/status",
        summary: "a list of two mount points or more fails and leaves the first one frozen",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let several = names(arguments).is_some_and(|names| names.len() > 1);
            let frozen = freeze_list(guest, arguments)?;
            if several && guest.is_frozen() {
                return Err(CommandError::new("the second file system cannot be frozen"));
            }
            Ok(frozen)
        })],
    },
    Fault {
        name: "status-frozen-after-nothing",
        trips: "freeze/status",
        summary: "after a freeze of an empty list the status is `frozen`",
        hooks: &[
            Hook::Command(LIST, |memory, guest, arguments| {
                memory.count = u64::from(names(arguments).is_some_and(|names| names.is_empty()));
                freeze_list(guest, arguments)
            }),
            Hook::Command(THAW, |memory, guest, arguments| {
                memory.count = 0;
                thaw(guest, arguments)
            }),
            Hook::Command(STATUS, |memory, guest, arguments| match memory.count {
                1 => Ok("frozen".into()),
                _ => status(guest, arguments),
            }),
        ],
    },
    Fault {
        name: "freezes-minus-one",
        trips: "freeze/count",
        summary: "a freeze that finds nothing returns -1",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let frozen = freeze_list(guest, arguments)?;
            Ok(if frozen == Node::Int(0) { Node::Int(-1) } else { frozen })
        })],
    },
    Fault {
        name: "empty-list-freezes-all",
        trips: "freeze/count",
        summary: "an empty list freezes everything, as none does",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| match names(arguments) {
            Some(names) if names.is_empty() => freeze_all(guest, Arguments::new(None)),
            _ => freeze_list(guest, arguments),
        })],
    },
    Fault {
        name: "freezes-below-too",
        trips: "freeze/count",
        summary: "a list with `/` freezes everything below it",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| match names(arguments) {
            Some(names) if names.contains("/") => freeze_all(guest, Arguments::new(None)),
            _ => freeze_list(guest, arguments),
        })],
    },
    Fault {
        name: "freeze-counts-repetitions",
        trips: "freeze/count",
        summary: "a mount point that is listed twice is counted twice",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let frozen = freeze_list(guest, arguments)?;
            let repeated = listed(arguments).len() - names(arguments).unwrap_or_default().len();
            let more = if frozen == Node::Int(0) { 0 } else { repeated };
            Ok(Node::Int(edit::integer(&frozen).unwrap_or_default() + more as i128))
        })],
    },
    Fault {
        name: "refuses-unknown-mount-points",
        trips: "freeze/unknown-ignored",
        summary: "a list with a name that is no mount point is refused",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            if has_unknown(guest, arguments) {
                return Err(CommandError::new("a name in the list is no mount point"));
            }
            freeze_list(guest, arguments)
        })],
    },
    Fault {
        name: "refuses-lists-of-nonsense",
        trips: "freeze/unknown-ignored",
        summary: "a list in which no name is a mount point is refused",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let nonsense = has_unknown(guest, arguments);
            let frozen = freeze_list(guest, arguments)?;
            if nonsense && frozen == Node::Int(0) {
                return Err(CommandError::new("no name in the list is a mount point"));
            }
            Ok(frozen)
        })],
    },
    Fault {
        name: "unknown-mount-point-ends-the-list",
        trips: "freeze/unknown-ignored",
        summary: "nothing is frozen if the first name in the list is no mount point",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let first = listed(arguments).into_iter().next();
            let is_known = |name: &String| guest.machine.mounts.iter().any(|mount| mount.path == name);
            if first.is_some_and(|first| !is_known(&first)) {
                return Ok(Node::Int(0));
            }
            freeze_list(guest, arguments)
        })],
    },
    Fault {
        name: "no-list-freezes-nothing",
        trips: "freeze/list-default",
        summary: "without a list nothing is frozen",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| match names(arguments) {
            None => Ok(Node::Int(0)),
            Some(_) => freeze_list(guest, arguments),
        })],
    },
    Fault {
        name: "no-list-freezes-the-first",
        trips: "freeze/list-default",
        summary: "without a list only the first file system is frozen",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| match names(arguments) {
            None => {
                guest.machine.mounts[0].frozen = true;
                Ok(Node::Int(1))
            }
            Some(_) => freeze_list(guest, arguments),
        })],
    },
    Fault {
        name: "no-list-counts-all-mounts",
        trips: "freeze/list-default",
        summary: "without a list the number is that of all mounts, frozen or not",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let frozen = freeze_list(guest, arguments)?;
            let mounts = guest.machine.mounts.len();
            Ok(if names(arguments).is_none() { Node::Int(mounts as i128) } else { frozen })
        })],
    },
    Fault {
        name: "refuses-what-cannot-be-frozen",
        trips: "freeze/mount-points-usable",
        summary: "a list with a mount point that cannot be frozen is refused",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            if names(arguments).is_some_and(|names| names.contains("/media")) {
                return Err(CommandError::new("a file system in the list cannot be frozen"));
            }
            freeze_list(guest, arguments)
        })],
    },
    Fault {
        name: "drops-the-third-mount-point",
        trips: "freeze/mount-points-usable",
        summary: "of a list with four names or more the third is not looked at",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let names = listed(arguments);
            let frozen = freeze_list(guest, arguments)?;
            let Some(third) = names.get(2).filter(|_| names.len() > 3) else { return Ok(frozen) };
            let mount = guest.machine.mounts.iter_mut().find(|mount| mount.path == third && mount.frozen);
            let Some(mount) = mount else { return Ok(frozen) };
            mount.frozen = false;
            Ok(Node::Int(edit::integer(&frozen).unwrap_or_default() - 1))
        })],
    },
    Fault {
        name: "freeze-list-counts-all-known",
        trips: "freeze/mount-points-usable",
        summary: "mount points that cannot be frozen are counted as frozen if they are listed",
        hooks: &[Hook::Command(LIST, |_, guest, arguments| {
            let frozen = freeze_list(guest, arguments)?;
            let media = names(arguments).is_some_and(|names| names.contains("/media"));
            Ok(Node::Int(edit::integer(&frozen).unwrap_or_default() + i128::from(media)))
        })],
    },
    Fault {
        name: "thaw-counts-one",
        trips: "freeze/thaw",
        summary: "a thaw returns 1 if anything was frozen",
        hooks: &[Hook::Command(THAW, |_, guest, arguments| {
            let thawed = thaw(guest, arguments)?;
            Ok(Node::Int(edit::integer(&thawed).unwrap_or_default().min(1)))
        })],
    },
    Fault {
        name: "thaw-counts-mounts",
        trips: "freeze/thaw",
        summary: "a thaw returns the number of mounts if anything was frozen",
        hooks: &[Hook::Command(THAW, |_, guest, arguments| {
            let thawed = thaw(guest, arguments)?;
            let mounts = guest.machine.mounts.len() as i128;
            Ok(if thawed == Node::Int(0) { thawed } else { Node::Int(mounts) })
        })],
    },
    Fault {
        name: "thaw-counts-again",
        trips: "freeze/thaw",
        summary: "a thaw of what is not frozen returns what the last one returned",
        hooks: &[Hook::Command(THAW, |memory, guest, arguments| {
            let thawed = thaw(guest, arguments)?;
            if thawed == Node::Int(0) {
                return Ok(memory.node.clone().unwrap_or(thawed));
            }
            memory.node = Some(thawed.clone());
            Ok(thawed)
        })],
    },
    Fault {
        name: "thaw-returns-minus-one",
        trips: "freeze/thaw",
        summary: "a thaw of what is not frozen returns -1",
        hooks: &[Hook::Command(THAW, |_, guest, arguments| {
            let thawed = thaw(guest, arguments)?;
            Ok(if thawed == Node::Int(0) { Node::Int(-1) } else { thawed })
        })],
    },
    Fault {
        name: "thaw-disabled-while-frozen",
        trips: "freeze/thaw",
        summary: "a thaw of something frozen is answered as if there were no such command",
        hooks: &[
            Hook::Command(THAW, |memory, guest, arguments| {
                memory.count = u64::from(guest.is_frozen());
                thaw(guest, arguments)
            }),
            Hook::Reply(|memory, context, reply| {
                if context.asks_for(THAW) && std::mem::take(&mut memory.count) == 1 {
                    edit::remove(reply, "return");
                    let error = [("class", "CommandNotFound".into()), ("desc", "not now".into())];
                    edit::push(reply, "error", Node::object(error));
                }
            }),
        ],
    },
    Fault {
        name: "thaw-counts-after-error",
        trips: "freeze/thaw",
        summary: "a freeze fails, and the thaw after it counts what was frozen before the failure",
        hooks: &[
            Hook::Command(FREEZE, |memory, _, _| {
                memory.count = 2;
                Err(CommandError::new("the last file system cannot be frozen"))
            }),
            Hook::Command(THAW, |memory, guest, arguments| match std::mem::take(&mut memory.count) {
                0 => thaw(guest, arguments),
                count => Ok(Node::Int(count.into())),
            }),
        ],
    },
    Fault {
        name: "thaw-counts-after-nothing",
        trips: "freeze/thaw",
        summary: "a thaw after a freeze that found nothing returns 1",
        hooks: &[
            Hook::Command(LIST, |memory, guest, arguments| {
                let frozen = freeze_list(guest, arguments)?;
                memory.count = u64::from(frozen == Node::Int(0));
                Ok(frozen)
            }),
            Hook::Command(THAW, |memory, guest, arguments| match std::mem::take(&mut memory.count) {
                0 => thaw(guest, arguments),
                count => Ok(Node::Int(count.into())),
            }),
        ],
    },
    Fault {
        name: "no-delimited-sync-while-frozen",
        trips: "freeze/usable",
        summary: "guest-sync-delimited fails while file systems are frozen",
        hooks: &[Hook::Command("guest-sync-delimited", |_, guest, arguments| {
            unless_frozen(guest, || Ok(arguments.int("id").into()))
        })],
    },
    Fault {
        name: "no-ping-while-frozen",
        trips: "freeze/usable",
        summary: "guest-ping fails while file systems are frozen",
        hooks: &[Hook::Command("guest-ping", |_, guest, _| {
            unless_frozen(guest, || Ok(Node::Object(Vec::new())))
        })],
    },
    Fault {
        name: "no-status-while-frozen",
        trips: "freeze/usable",
        summary: "guest-fsfreeze-status fails while everything is frozen",
        hooks: &[Hook::Command(STATUS, |_, guest, arguments| match frozen(guest) {
            3 => Err(CommandError::new("not while file systems are frozen")),
            _ => status(guest, arguments),
        })],
    },
    Fault {
        name: "info-the-same-while-frozen",
        trips: "info/enabled",
        summary: "guest-info lists as enabled what is refused while file systems are frozen",
        hooks: &[Hook::Reply(|memory, context, reply| {
            if context.succeeded("guest-info")
                && let Some(info) = edit::member(reply, "return")
            {
                let first = memory.node.get_or_insert_with(|| info.clone());
                *info = first.clone();
            }
        })],
    },
    Fault {
        name: "info-frozen-after-thaw",
        trips: "info/enabled",
        summary: "the first guest-info after a thaw is that of the frozen guest",
        hooks: &[Hook::Reply(|memory, context, reply| {
            let Some(info) = edit::result_of(context, reply, "guest-info") else { return };
            let last = memory.node.replace(info.clone());
            let disabled = |info: &Node| info.to_bytes().windows(5).filter(|piece| piece == b"false").count();
            if let Some(last) = last.filter(|last| disabled(last) > disabled(info)) {
                *info = last;
            }
        })],
    },
];

fn frozen(guest: &Guest) -> usize {
    guest.machine.mounts.iter().filter(|mount| mount.frozen).count()
}

fn listed(arguments: Arguments<'_>) -> Vec<String> {
    arguments.optional_texts("mountpoints").unwrap_or_default()
}

fn names(arguments: Arguments<'_>) -> Option<BTreeSet<String>> {
    Some(arguments.optional_texts("mountpoints")?.into_iter().collect())
}

fn has_unknown(guest: &Guest, arguments: Arguments<'_>) -> bool {
    listed(arguments).iter().any(|name| guest.machine.mounts.iter().all(|mount| mount.path != name))
}

fn unless_frozen(guest: &Guest, execute: impl FnOnce() -> Executed) -> Executed {
    if guest.is_frozen() { Err(CommandError::new("not while file systems are frozen")) } else { execute() }
}
