//! Disks of the guest and what is mounted: `guest-get-disks`, `guest-get-fsinfo`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::machine::{Disk, DiskAddress, Mount};

pub(super) static COMMANDS: [Command; 2] =
    [Command::new("guest-get-disks", disks), Command::new("guest-get-fsinfo", mounts)];

/// The counters of a health report, each in two halves.
const HEALTH_COUNTERS: [&str; 10] = [
    "data-units-read",
    "data-units-written",
    "host-read-commands",
    "host-write-commands",
    "controller-busy-time",
    "power-cycles",
    "power-on-hours",
    "unsafe-shutdowns",
    "media-errors",
    "number-of-error-log-entries",
];

fn disks(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(Node::list(guest.machine.disks.iter().map(disk)))
}

fn disk(disk: &Disk) -> Node {
    let mut members = vec![
        ("name", disk.name.into()),
        ("partition", disk.partition.into()),
        ("dependencies", Node::list(disk.dependencies.iter().map(|name| Node::from(*name)))),
    ];
    members.extend(disk.address.as_ref().map(|place| ("address", address(disk, place))));
    members.extend(disk.alias.map(|alias| ("alias", alias.into())));
    members.extend(disk.health.map(|health| ("smart", smart(health))));
    Node::object(members)
}

fn address(disk: &Disk, address: &DiskAddress) -> Node {
    let numbers = |names: &[&'static str], values: &[i64]| {
        names.iter().copied().zip(values.iter().copied().map(Node::from)).collect::<Vec<_>>()
    };
    let controller = numbers(&["domain", "bus", "slot", "function"], &address.controller);
    let mut members =
        vec![("pci-controller", Node::object(controller)), ("bus-type", address.bus_type.into())];
    members.extend(numbers(&["bus", "target", "unit"], &address.place));
    members.extend(address.serial.map(|serial| ("serial", serial.into())));
    members.push(("dev", disk.name.into()));
    Node::object(members)
}

/// The health report of a disk, most of which is quiet.
fn smart((temperature, hours): (i64, u64)) -> Node {
    let mut members = vec![
        ("type".to_owned(), Node::from("nvme")),
        ("critical-warning".to_owned(), 0.into()),
        ("temperature".to_owned(), temperature.into()),
        ("available-spare".to_owned(), 100.into()),
        ("available-spare-threshold".to_owned(), 10.into()),
        ("percentage-used".to_owned(), 1.into()),
    ];
    for counter in HEALTH_COUNTERS {
        let low = if counter == "power-on-hours" { hours } else { 0 };
        members.push((format!("{counter}-lo"), low.into()));
        members.push((format!("{counter}-hi"), 0.into()));
    }
    Node::object(members)
}

fn mounts(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    let machine = &guest.machine;
    Ok(Node::list(machine.mounts.iter().map(|mount| filesystem(&machine.disks, mount))))
}

fn filesystem(disks: &[Disk], mount: &Mount) -> Node {
    let device = format!("/dev/{}", mount.device);
    Node::object([
        ("name", mount.device.into()),
        ("mountpoint", mount.path.into()),
        ("type", mount.kind.into()),
        ("used-bytes", mount.used_bytes.into()),
        ("total-bytes", mount.total_bytes.into()),
        ("disk", Node::list(holders(disks, &device))),
    ])
}

/// The addresses of all disks that a device is built on, itself included.
fn holders(disks: &[Disk], device: &str) -> Vec<Node> {
    let mut names = vec![device];
    let mut at = 0;
    while at < names.len() {
        let dependencies =
            disks.iter().filter(|disk| disk.name == names[at]).flat_map(|disk| &disk.dependencies);
        let new: Vec<_> = dependencies.copied().filter(|name| !names.contains(name)).collect();
        names.extend(new);
        at += 1;
    }
    let of_name = |name| disks.iter().find(|disk| disk.name == name);
    let held = names.into_iter().filter_map(of_name);
    held.filter_map(|disk| Some(address(disk, disk.address.as_ref()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;
    use super::*;
    use crate::agent::reference::guest::machine::Machine;
    use crate::text::Style;

    #[test]
    fn the_disks_of_a_device_are_those_it_is_built_on() {
        let disks = Machine::linux().disks;
        for (device, held) in [
            ("/dev/vda1", &["/dev/vda"][..]),
            ("/dev/vda", &["/dev/vda"]),
            ("/dev/dm-0", &["/dev/nvme0n1"]),
            ("/dev/loop0", &[]),
            ("/dev/nosuch", &[]),
        ] {
            let mut text = Vec::new();
            Node::list(holders(&disks, device)).write(&Style::COMPACT, &mut text);
            let text = String::from_utf8(text).unwrap();
            assert_eq!(text.matches("\"dev\"").count(), held.len(), "{device}");
            for name in held {
                assert!(text.contains(&format!(r#""dev":"{name}""#)), "{device}: {text}");
            }
        }
        // Devices that are built on each other do not go round in circles.
        let circle = [Disk { dependencies: vec!["/dev/vda1"], ..disks[0].clone() }, disks[1].clone()];
        assert_eq!(holders(&circle, "/dev/vda1").len(), 1);
    }

    #[test]
    fn each_kind_of_disk_has_its_members() {
        let mut bench = Bench::default();
        let list = bench.ask("guest-get-disks", "");
        assert!(list.contains(r#"{"name": "/dev/vda1", "partition": true, "dependencies": ["/dev/vda"]}"#));
        assert!(list.contains(concat!(
            r#"{"name": "/dev/dm-0", "partition": false, "dependencies": ["/dev/nvme0n1"], "#,
            r#""alias": "archive"}"#
        )));
        assert!(list.contains(r#"{"name": "/dev/loop0", "partition": false, "dependencies": []}"#));
        assert!(
            list.contains(r#""bus-type": "nvme", "bus": 0, "target": 0, "unit": 0, "serial": "REFERENCE-1""#)
        );
        assert!(list.contains(r#""smart": {"type": "nvme", "critical-warning": 0, "temperature": 311"#));
        assert_eq!(list.matches("\"smart\"").count(), 1);
    }

    #[test]
    fn no_file_system_has_more_in_use_than_there_is() {
        for machine in [Machine::linux(), Machine::windows()] {
            assert!(machine.mounts.iter().all(|mount| mount.used_bytes <= mount.total_bytes));
        }
        let list = Bench::default().ask("guest-get-fsinfo", "");
        assert!(list.contains(r#""used-bytes": 4194304, "total-bytes": 4194304, "disk": []}"#), "{list}");
    }
}
