//! Processors, memory and disks of the guest.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::Mount;

pub(super) static COMMANDS: [Command; 3] = [
    Command::new("guest-get-vcpus", cpus),
    Command::new("guest-get-memory-block-info", memory_block_info),
    Command::new("guest-get-fsinfo", mounts),
];

type Executed = Result<Node, CommandError>;

fn cpus(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::list(guest.machine.cpus.iter().map(|cpu| {
        Node::object([
            ("logical-id", cpu.id.into()),
            ("online", cpu.online.into()),
            ("can-offline", cpu.can_offline.into()),
        ])
    })))
}

fn memory_block_info(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::object([("size", guest.machine.memory_block_bytes.into())]))
}

fn mounts(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::list(guest.machine.mounts.iter().map(mount)))
}

fn mount(mount: &Mount) -> Node {
    let number = |value: i64| Node::from(value);
    let controller = Node::object([
        ("domain", number(0)),
        ("bus", number(0)),
        ("slot", number(4)),
        ("function", number(0)),
    ]);
    let disk = Node::object([
        ("pci-controller", controller),
        ("bus-type", "virtio".into()),
        ("bus", number(0)),
        ("target", number(0)),
        ("unit", number(0)),
        ("dev", format!("/dev/{}", mount.device).into()),
    ]);
    Node::object([
        ("name", mount.device.into()),
        ("mountpoint", mount.path.into()),
        ("type", mount.kind.into()),
        ("used-bytes", mount.used_bytes.into()),
        ("total-bytes", mount.total_bytes.into()),
        ("disk", Node::list([disk])),
    ])
}
