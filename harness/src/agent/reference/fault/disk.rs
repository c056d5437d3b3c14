//! Faults of what is told about disks.

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::agent::reference::guest::machine::Machine;
use crate::text::Node;

const DISKS: &str = "guest-get-disks";
const MOUNTS: &str = "guest-get-fsinfo";

pub(super) static FAULTS: [Fault; 20] = [
    Fault {
        name: "disk-names-without-folder",
        trips: "disk/name",
        summary: "a disk is named without the folder of its device node",
        hooks: &[Hook::Reply(|_, context, reply| {
            for disk in edit::items(context, reply, DISKS) {
                edit::map_text(disk, "name", |name| name.rsplit('/').next().unwrap_or_default().to_owned());
            }
        })],
    },
    Fault {
        name: "mapped-disks-by-alias",
        trips: "disk/name",
        summary: "a device of the device mapper is named by its alias",
        hooks: &[Hook::Reply(|_, context, reply| {
            for disk in edit::items(context, reply, DISKS) {
                if let Some(alias) = edit::member(disk, "alias").cloned() {
                    edit::set(disk, "name", alias);
                }
            }
        })],
    },
    Fault {
        name: "windows-disks-by-letter",
        trips: "disk/name",
        summary: "on Windows a disk is named by the letter of its drive",
        hooks: &[
            Hook::Setup(|config| config.machine = Machine::windows()),
            Hook::Reply(|_, context, reply| {
                for disk in edit::items(context, reply, DISKS) {
                    edit::set(disk, "name", "C:".into());
                }
            }),
        ],
    },
    Fault {
        name: "disk-for-each-partition",
        trips: "disk/unique",
        summary: "a disk is listed once for each of its partitions",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(disks)) = edit::result_of(context, reply, DISKS) {
                *disks = disks.drain(..).flat_map(|mut disk| vec![disk.clone(); copies(&mut disk)]).collect();
            }
        })],
    },
    Fault {
        name: "last-disk-again",
        trips: "disk/unique",
        summary: "the last disk is listed a second time",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(disks)) = edit::result_of(context, reply, DISKS) {
                disks.extend(disks.last().cloned());
            }
        })],
    },
    Fault {
        name: "partitions-on-nothing",
        trips: "disk/dependencies",
        summary: "partitions are built on nothing",
        hooks: &[Hook::Reply(|_, context, reply| {
            for disk in edit::items(context, reply, DISKS).iter_mut().filter_map(partition) {
                edit::set(disk, "dependencies", Node::list([]));
            }
        })],
    },
    Fault {
        name: "last-partition-on-nothing",
        trips: "disk/dependencies",
        summary: "the last partition of a disk is built on nothing",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(disk) = edit::items(context, reply, DISKS).iter_mut().filter_map(partition).last() {
                edit::set(disk, "dependencies", Node::list([]));
            }
        })],
    },
    Fault {
        name: "disks-on-themselves",
        trips: "disk/dependencies",
        summary: "what is built on nothing is built on itself",
        hooks: &[Hook::Reply(|_, context, reply| {
            for disk in edit::items(context, reply, DISKS) {
                let name = edit::member(disk, "name").cloned();
                if let (Some(Node::Array(others)), Some(name)) = (edit::member(disk, "dependencies"), name)
                    && others.is_empty()
                {
                    others.push(name);
                }
            }
        })],
    },
    Fault {
        name: "partitions-without-their-disk",
        trips: "disk/parent",
        summary: "a disk with partitions is not listed",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(disks)) = edit::result_of(context, reply, DISKS) {
                disks.retain_mut(|disk| copies(disk) == 1);
            }
        })],
    },
    Fault {
        name: "disk-of-a-partition-in-short",
        trips: "disk/parent",
        summary: "the disk of a partition is named without its folder, unlike in its own element",
        hooks: &[Hook::Reply(|_, context, reply| {
            for disk in edit::items(context, reply, DISKS).iter_mut().filter_map(partition) {
                edit::set(disk, "dependencies", Node::list(["vda".into()]));
            }
        })],
    },
    Fault {
        name: "loop-devices-have-a-place",
        trips: "disk/address",
        summary: "a loop device has an address in the hardware",
        hooks: &[Hook::Reply(|_, context, reply| place_like(context, reply, "/dev/loop0", "/dev/vda"))],
    },
    Fault {
        name: "mapped-devices-have-a-place",
        trips: "disk/address",
        summary: "a device of the device mapper has the address of the disk that it is built on",
        hooks: &[Hook::Reply(|_, context, reply| place_like(context, reply, "/dev/dm-0", "/dev/nvme0n1"))],
    },
    Fault {
        name: "unknown-controller-without-sign",
        trips: "disk/controller",
        summary: "what is not known of a controller has gone through an unsigned number",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_controllers(context, reply, DISKS, |number| number.rem_euclid(1 << 32));
        })],
    },
    Fault {
        name: "unknown-controller-is-least",
        trips: "disk/controller",
        summary: "what is not known of a controller is the least number of 32 bits",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_controllers(context, reply, DISKS, |number| if number < 0 { i32::MIN.into() } else { number });
        })],
    },
    Fault {
        name: "unknown-controller-of-a-mount",
        trips: "disk/controller",
        summary: "what is not known of the controller of a file system's disk is 65535",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_controllers(context, reply, MOUNTS, |number| number.rem_euclid(1 << 16));
        })],
    },
    Fault {
        name: "channels-everywhere",
        trips: "disk/channel",
        summary: "every disk has a channel address",
        hooks: &[Hook::Reply(|_, context, reply| {
            for place in places(context, reply, DISKS) {
                edit::set(place, "ccw-address", channel());
            }
        })],
    },
    Fault {
        name: "channels-of-unknown-controllers",
        trips: "disk/channel",
        summary: "the disk of a file system has a channel address if its PCI address is not known",
        hooks: &[Hook::Reply(|_, context, reply| {
            for place in places(context, reply, MOUNTS) {
                let bus =
                    edit::member(place, "pci-controller").and_then(|it| edit::member(it, "bus").cloned());
                if bus == Some(Node::Int(-1)) {
                    edit::set(place, "ccw-address", channel());
                }
            }
        })],
    },
    Fault {
        name: "health-of-another-disk",
        trips: "disk/health",
        summary: "a virtual disk has the health report of the NVMe disk",
        hooks: &[Hook::Reply(|_, context, reply| {
            let disks = edit::items(context, reply, DISKS);
            let report = disks.iter_mut().find_map(|disk| edit::member(disk, "smart").cloned());
            if let (Some(disk), Some(report)) = (disks.first_mut(), report) {
                edit::set(disk, "smart", report);
            }
        })],
    },
    Fault {
        name: "every-disk-has-an-alias",
        trips: "disk/alias",
        summary: "the alias of a disk is its name without the folder, if it has no other",
        hooks: &[Hook::Reply(|_, context, reply| {
            add_alias(context, reply, |name| name.rsplit('/').next().unwrap_or_default().to_owned());
        })],
    },
    Fault {
        name: "alias-empty",
        trips: "disk/alias",
        summary: "a disk without an alias has an empty one",
        hooks: &[Hook::Reply(|_, context, reply| add_alias(context, reply, |_| String::new()))],
    },
];

/// The element, if it is that of a partition.
fn partition(disk: &mut Node) -> Option<&mut Node> {
    let is_partition = edit::member(disk, "partition").is_some_and(|is| *is == Node::Bool(true));
    is_partition.then_some(disk)
}

/// Two for the disk that has two partitions.
fn copies(disk: &mut Node) -> usize {
    if is_named(disk, "/dev/vda") { 2 } else { 1 }
}

/// Gives a disk the address of another.
fn place_like(context: &Context<'_>, reply: &mut Node, name: &str, other: &str) {
    let disks = edit::items(context, reply, DISKS);
    let place = named(disks, other).and_then(|disk| edit::member(disk, "address").cloned());
    if let (Some(disk), Some(place)) = (named(disks, name), place) {
        edit::set(disk, "address", place);
    }
}

fn named<'n>(disks: &'n mut [Node], name: &str) -> Option<&'n mut Node> {
    disks.iter_mut().find_map(|disk| is_named(disk, name).then_some(disk))
}

fn is_named(disk: &mut Node, name: &str) -> bool {
    edit::member(disk, "name").is_some_and(|own| *own == Node::from(name))
}

/// The addresses of all disks in a reply.
fn places<'n>(context: &Context<'_>, reply: &'n mut Node, command: &str) -> Vec<&'n mut Node> {
    let members = if command == DISKS { "address" } else { "disk" };
    let elements = edit::items(context, reply, command).iter_mut();
    elements
        .filter_map(|element| edit::member(element, members))
        .flat_map(|places| match places {
            Node::Array(places) => places.iter_mut().collect(),
            place => vec![place],
        })
        .collect()
}

fn on_controllers(context: &Context<'_>, reply: &mut Node, command: &str, change: impl Fn(i128) -> i128) {
    for place in places(context, reply, command) {
        let Some(Node::Object(members)) = edit::member(place, "pci-controller") else { continue };
        for (_, number) in members {
            if let Node::Int(number) = number {
                *number = change(*number);
            }
        }
    }
}

fn channel() -> Node {
    Node::object(["cssid", "ssid", "subchno", "devno"].map(|member| (member, Node::Int(0))))
}

fn add_alias(context: &Context<'_>, reply: &mut Node, alias: impl Fn(&str) -> String) {
    for disk in edit::items(context, reply, DISKS) {
        if edit::member(disk, "alias").is_none()
            && let Some(Node::String(name)) = edit::member(disk, "name")
        {
            let alias = alias(name);
            edit::set(disk, "alias", alias.into());
        }
    }
}
