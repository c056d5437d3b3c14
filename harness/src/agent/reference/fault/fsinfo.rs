//! Faults of what is told about mounted file systems.

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::text::Node;

const MOUNTS: &str = "guest-get-fsinfo";

pub(super) static FAULTS: [Fault; 10] =
    [
        Fault {
            name: "loop-mounts-without-name",
            trips: "fsinfo/told",
            summary: "a file system on a loop device has an empty name",
            hooks: &[Hook::Reply(|_, context, reply| {
                on_mounts(context, reply, "name", |name| {
                    if name == "loop0" { String::new() } else { name.to_owned() }
                });
            })],
        },
        Fault {
            name: "root-without-mount-point",
            trips: "fsinfo/told",
            summary: "slashes at the end of mount points are cut off, also when there is nothing else",
            hooks: &[Hook::Reply(|_, context, reply| {
                on_mounts(context, reply, "mountpoint", |path| path.trim_end_matches('/').to_owned());
            })],
        },
        Fault {
            name: "last-mount-without-type",
            trips: "fsinfo/told",
            summary: "the last file system has an empty type",
            hooks: &[Hook::Reply(|_, context, reply| {
                if let Some(last) = edit::items(context, reply, MOUNTS).last_mut() {
                    edit::set(last, "type", "".into());
                }
            })],
        },
        Fault {
            name: "mount-points-without-slash",
            trips: "fsinfo/mount-point",
            summary: "mount points are relative to the root",
            hooks: &[Hook::Reply(|_, context, reply| {
                on_mounts(context, reply, "mountpoint", |path| match path.strip_prefix('/') {
                    Some("") | None => path.to_owned(),
                    Some(rest) => rest.to_owned(),
                });
            })],
        },
        Fault {
            name: "mount-points-as-in-the-table",
            trips: "fsinfo/mount-point",
            summary: "a blank in a mount point is spelled as the kernel spells it",
            hooks: &[Hook::Reply(|_, context, reply| {
                on_mounts(context, reply, "mountpoint", |path| path.replace(' ', "\\040"));
            })],
        },
        Fault {
            name: "free-bytes-are-all",
            trips: "fsinfo/bytes",
            summary: "the total of bytes is that of the free ones",
            hooks: &[Hook::Reply(|_, context, reply| {
                on_bytes(context, reply, |used, total| (used, total - used));
            })],
        },
        Fault {
            name: "full-file-system-overflows",
            trips: "fsinfo/bytes",
            summary: "a file system without a free byte has one more byte in use than it has",
            hooks: &[Hook::Reply(|_, context, reply| {
                on_bytes(context, reply, |used, total| (used + i128::from(used == total), total));
            })],
        },
        Fault {
            name: "bytes-changed-over",
            trips: "fsinfo/bytes",
            summary: "the bytes in use are told for all bytes, and the other way round",
            hooks: &[Hook::Reply(|_, context, reply| on_bytes(context, reply, |used, total| (total, used)))],
        },
        Fault {
            name: "lists-network-mounts",
            trips: "fsinfo/no-network",
            summary: "a file system of a server is listed",
            hooks: &[Hook::Reply(|_, context, reply| add_mount(context, reply, "server:/export", "nfs4"))],
        },
        Fault {
            name: "lists-shares",
            trips: "fsinfo/no-network",
            summary: "a share is listed, with the type that the kernel gave it last",
            hooks: &[Hook::Reply(|_, context, reply| add_mount(context, reply, "//server/share", "smb3"))],
        },
    ];

fn on_mounts(context: &Context<'_>, reply: &mut Node, member: &str, change: impl Fn(&str) -> String + Copy) {
    for mount in edit::items(context, reply, MOUNTS) {
        edit::map_text(mount, member, change);
    }
}

/// Changes the bytes in use and all bytes of each file system.
fn on_bytes(context: &Context<'_>, reply: &mut Node, change: impl Fn(i128, i128) -> (i128, i128)) {
    for mount in edit::items(context, reply, MOUNTS) {
        let mut number = |member: &str| edit::member(mount, member).and_then(|node| edit::integer(node));
        if let (Some(used), Some(total)) = (number("used-bytes"), number("total-bytes")) {
            let (used, total) = change(used, total);
            edit::set(mount, "used-bytes", Node::Int(used));
            edit::set(mount, "total-bytes", Node::Int(total));
        }
    }
}

fn add_mount(context: &Context<'_>, reply: &mut Node, name: &str, kind: &str) {
    if let Some(Node::Array(mounts)) = edit::result_of(context, reply, MOUNTS) {
        let members = [("name", name.into()), ("mountpoint", "/mnt/remote".into()), ("type", kind.into())];
        mounts.push(Node::object(members.into_iter().chain([("disk", Node::list([]))])));
    }
}
