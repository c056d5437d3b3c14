//! Variants of what the guest is and can do: what cannot be frozen, switched or trimmed, and other ways to tell of it.

use super::{Variant, plain};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::freeze::freeze_list;
use crate::agent::reference::commands::{memory, nothing, user};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::fault::{Hook, edit};
use crate::agent::reference::guest::Guest;
use crate::text::Node;

const FREEZE: &str = "guest-fsfreeze-freeze";
const LIST: &str = "guest-fsfreeze-freeze-list";

pub(super) static VARIANTS: [Variant; 15] = [
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
    plain(
        "suspends-by-pm-utils",
        "there is no systemd, and pm-utils suspends the guest",
        &[
            Hook::Command("guest-suspend-ram", |_, guest, _| Ok(by_pm_utils(guest, "pm-suspend"))),
            Hook::Command("guest-suspend-disk", |_, guest, _| Ok(by_pm_utils(guest, "pm-hibernate"))),
            Hook::Command("guest-suspend-hybrid", |_, guest, _| Ok(by_pm_utils(guest, "pm-suspend-hybrid"))),
        ],
    ),
    plain(
        "cannot-suspend",
        "nobody can suspend the guest, which is an error",
        &[
            Hook::Command("guest-suspend-ram", |_, guest, _| Err(cannot_suspend(guest))),
            Hook::Command("guest-suspend-disk", |_, guest, _| Err(cannot_suspend(guest))),
            Hook::Command("guest-suspend-hybrid", |_, guest, _| Err(cannot_suspend(guest))),
        ],
    ),
    plain(
        "shuts-down-by-other-programs",
        "a program of its own is called for each mode of a shutdown",
        &[Hook::Command("guest-shutdown", |_, guest, arguments| {
            let program = match arguments.optional_text("mode").as_deref() {
                None | Some("powerdown") => "poweroff",
                Some("halt") => "halt",
                Some("reboot") => "reboot",
                Some(_) => return Err(CommandError::new("there is no such mode")),
            };
            guest.call_with_status("systemctl", &["--no-block", program], b"", 1);
            guest.call(program, &[], b"");
            Ok(nothing())
        })],
    ),
    plain(
        "clock-cannot-be-set",
        "the clock cannot be set",
        &[Hook::Command("guest-set-time", |_, _, _| Err(CommandError::new("the clock cannot be set")))],
    ),
    plain(
        "sets-passwords-itself",
        "no program is called to set a password",
        &[Hook::Command("guest-set-user-password", |_, guest, arguments| {
            let done = user::password(guest, arguments);
            guest.calls.clear();
            done
        })],
    ),
    plain(
        "keys-in-any-order",
        "keys are listed in the opposite order",
        &[Hook::Reply(|_, context, reply| {
            let keys = edit::result_of(context, reply, "guest-ssh-get-authorized-keys");
            if let Some(Node::Array(keys)) = keys.and_then(|result| edit::member(result, "keys")) {
                keys.reverse();
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

fn by_pm_utils(guest: &mut Guest, program: &str) -> Node {
    guest.call_with_status("systemctl", &["status", "systemd"], b"", 4);
    guest.call("pm-is-supported", &[], b"");
    guest.call(program, &[], b"");
    nothing()
}

fn cannot_suspend(guest: &mut Guest) -> CommandError {
    guest.call_with_status("systemctl", &["status", "systemd"], b"", 4);
    guest.call_with_status("pm-is-supported", &[], b"", 1);
    CommandError::new("the guest cannot be suspended in this way")
}
