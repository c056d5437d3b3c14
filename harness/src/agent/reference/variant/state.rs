//! Variants of what the guest is and can do: what cannot be frozen, switched or trimmed, and other ways to tell of it.

use super::{Variant, plain};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::freeze::freeze_list;
use crate::agent::reference::commands::memory;
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::fault::{Hook, edit};
use crate::agent::reference::guest::Guest;
use crate::text::Node;

const FREEZE: &str = "guest-fsfreeze-freeze";
const LIST: &str = "guest-fsfreeze-freeze-list";

pub(super) static VARIANTS: [Variant; 9] = [
    plain(
        "freezes-nothing",
        "no file system can be frozen, which is no error",
        &[Hook::Command(FREEZE, |_, _, _| Ok(Node::Int(0))), Hook::Command(LIST, |_, _, _| Ok(Node::Int(0)))],
    ),
    plain(
        "freeze-fails",
        "every freeze of something fails",
        &[
            Hook::Command(FREEZE, |_, _, _| Err(CommandError::new("the file systems are busy"))),
            Hook::Command(LIST, |_, guest, arguments| {
                let frozen = freeze_list(guest, arguments)?;
                if guest.is_frozen() {
                    guest.machine.mounts.iter_mut().for_each(|mount| mount.frozen = false);
                    return Err(CommandError::new("the file systems are busy"));
                }
                Ok(frozen)
            }),
        ],
    ),
    plain(
        "freeze-fails-at-times",
        "every second freeze fails",
        &[Hook::Command(FREEZE, |memory, guest, _| {
            memory.count += 1;
            if memory.count.is_multiple_of(2) {
                return Err(CommandError::new("a file system is busy"));
            }
            freeze_list(guest, Arguments::new(None))
        })],
    ),
    plain(
        "switches-no-processor",
        "processors cannot be switched, not even to what they are",
        &[Hook::Command("guest-set-vcpus", |_, _, arguments| match arguments.objects("vcpus").next() {
            None => Ok(Node::Int(0)),
            Some(_) => Err(CommandError::new("processors cannot be switched")),
        })],
    ),
    plain(
        "switches-no-memory",
        "memory cannot be switched at all, and no block is looked up",
        &[Hook::Command("guest-set-memory-blocks", |_, _, arguments| {
            Ok(Node::list(arguments.objects("mem-blks").map(|element| {
                Node::object([
                    ("phys-index", element.unsigned("phys-index").into()),
                    ("response", "operation-not-supported".into()),
                ])
            })))
        })],
    ),
    plain(
        "no-memory-blocks",
        "the guest knows no memory blocks",
        &[
            Hook::Command("guest-get-memory-blocks", |_, _, _| Ok(Node::Array(Vec::new()))),
            Hook::Command("guest-set-memory-blocks", |_, guest, arguments| {
                guest.machine.memory.blocks.clear();
                memory::set(guest, arguments)
            }),
            Hook::Command("guest-get-memory-block-info", |_, _, _| {
                Err(CommandError::new("there are no memory blocks"))
            }),
        ],
    ),
    plain(
        "units-in-any-order",
        "processors and memory blocks are listed in another order each time",
        &[Hook::Reply(|memory, context, reply| {
            let lists = ["guest-get-vcpus", "guest-get-memory-blocks"];
            let is_list = lists.iter().any(|command| context.succeeded(command));
            if let (true, Some(Node::Array(list))) = (is_list, edit::member(reply, "return")) {
                memory.count += 1;
                let places = list.len().max(1);
                list.rotate_left(memory.count as usize % places);
            }
        })],
    ),
    plain(
        "trims-nothing",
        "no file system can be trimmed",
        &[Hook::Command("guest-fstrim", |_, guest, _| Ok(untrimmed(guest)))],
    ),
    plain(
        "coarse-trims",
        "ranges below 64 KiB are left whatever was asked for, and what is found differs each time",
        &[Hook::Reply(|memory, context, reply| {
            let Some(paths) = edit::result_of(context, reply, "guest-fstrim") else { return };
            memory.count += 4096;
            if let Some(Node::Array(paths)) = edit::member(paths, "paths") {
                for path in paths {
                    let applied = edit::member(path, "minimum").and_then(|applied| edit::integer(applied));
                    if let Some(applied) = applied {
                        edit::set(path, "minimum", Node::Int(applied.max(1 << 16)));
                        edit::set(path, "trimmed", Node::Int(memory.count.into()));
                    }
                }
            }
        })],
    ),
];

fn untrimmed(guest: &Guest) -> Node {
    let paths = guest.machine.mounts.iter().map(|mount| {
        Node::object([("path", mount.path.into()), ("error", "this file system cannot be trimmed".into())])
    });
    Node::object([("paths", Node::list(paths))])
}
