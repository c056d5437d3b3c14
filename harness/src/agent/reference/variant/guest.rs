//! Variants of the guest around the agent: other systems, other hardware, other people, or none.

use std::sync::LazyLock;

use super::{Variant, plain};
use crate::agent::reference::Config;
use crate::agent::reference::fault::{Hook, edit};
use crate::agent::reference::guest::machine::{Interface, Machine, Session, address, part};
use crate::text::Node;

pub(super) static VARIANTS: [Variant; 11] = [
    plain(
        "windows",
        "the guest runs Windows, which has fewer commands and one of its own",
        &[Hook::Setup(|config| config.machine = Machine::windows())],
    ),
    plain(
        "bare-guest",
        "nobody is logged in, there are no disks, nothing is mounted, and nobody counts what interfaces carry",
        &[Hook::Setup(|config| {
            let machine = &mut config.machine;
            machine.sessions.clear();
            machine.disks.clear();
            machine.mounts.clear();
            for interface in &mut machine.interfaces {
                interface.statistics = None;
                interface.hardware_address = None;
            }
        })],
    ),
    plain(
        "no-network",
        "there are no interfaces",
        &[Hook::Setup(|config| config.machine.interfaces.clear())],
    ),
    plain(
        "zone-without-name",
        "the time zone is five hours and three quarters in the east, and has no name",
        &[Hook::Setup(|config| config.machine.time_zone = (None, 20_700))],
    ),
    plain(
        "far-east",
        "the time zone is as far in the east as there is one, and the host name has a domain",
        &[Hook::Setup(|config| {
            config.machine.time_zone = (Some("LINT"), 50_400);
            "reference.example.org".clone_into(&mut config.host_name);
        })],
    ),
    plain(
        "short-host-name",
        "the host name is told without its domain",
        &[
            Hook::Setup(|config| "reference.example.org".clone_into(&mut config.host_name)),
            Hook::Reply(|_, context, reply| {
                if let Some(result) = edit::result_of(context, reply, "guest-get-host-name") {
                    edit::set(result, "host-name", "reference".into());
                }
            }),
        ],
    ),
    plain(
        "no-os-release",
        "there is no os-release file",
        &[Hook::Setup(|config| {
            let of_kernel = ["kernel-release", "kernel-version", "machine"];
            config.machine.system.retain(|(member, _)| of_kernel.contains(member));
        })],
    ),
    plain(
        "version-6-only",
        "interfaces have addresses of version 6 only, one of them with a zone",
        &[Hook::Setup(|config| {
            for interface in &mut config.machine.interfaces {
                interface.addresses.retain(|address| address.kind == "ipv6");
                if interface.name == "eth0" {
                    interface.addresses.push(address("fe80::1%eth0", "ipv6", 64));
                }
            }
        })],
    ),
    plain("long-lists", "the guest has hundreds of interfaces, disks and users", &[Hook::Setup(lengthen)]),
    plain(
        "mainframe",
        "the machine is an s390x, whose disks are on channels",
        &[
            Hook::Setup(|config| {
                for (member, value) in &mut config.machine.system {
                    if *member == "machine" {
                        *value = "s390x";
                    }
                }
            }),
            Hook::Reply(|_, context, reply| {
                for disk in edit::items(context, reply, "guest-get-disks") {
                    if let Some(place) = edit::member(disk, "address") {
                        let channel = ["cssid", "ssid", "subchno", "devno"].map(|part| (part, Node::Int(2)));
                        edit::set(place, "ccw-address", Node::object(channel));
                    }
                }
            }),
        ],
    ),
    plain(
        "sparse",
        "what may be absent from descriptions of the guest is absent",
        &[Hook::Reply(|_, context, reply| {
            for (command, members) in OPTIONAL {
                for element in edit::items(context, reply, command) {
                    for member in *members {
                        edit::remove(element, member);
                    }
                }
            }
            if let Some(system) = edit::result_of(context, reply, "guest-get-osinfo") {
                *system = Node::Object(Vec::new());
            }
        })],
    ),
];

/// The optional members of lists about the guest.
const OPTIONAL: &[(&str, &[&str])] = &[
    ("guest-network-get-interfaces", &["hardware-address", "ip-addresses", "statistics"]),
    ("guest-get-disks", &["dependencies", "address", "alias", "smart"]),
    ("guest-get-fsinfo", &["used-bytes", "total-bytes"]),
];

/// How many elements a long list has.
const LONG: usize = 300;

static INTERFACES: LazyLock<Vec<String>> = LazyLock::new(|| numbered("veth"));
static DISKS: LazyLock<Vec<String>> = LazyLock::new(|| numbered("/dev/nbd"));
static USERS: LazyLock<Vec<String>> = LazyLock::new(|| numbered("user"));

fn numbered(stem: &str) -> Vec<String> {
    (0..LONG).map(|number| format!("{stem}{number}")).collect()
}

fn lengthen(config: &mut Config) {
    let machine = &mut config.machine;
    machine.interfaces.extend(INTERFACES.iter().map(|name| Interface {
        name,
        hardware_address: Some("0A:00:27:00:00:01"),
        addresses: vec![address("203.0.113.7", "ipv4", 32), address("2001:db8::7", "ipv6", 0)],
        statistics: Some([0; 8]),
    }));
    machine.disks.extend(DISKS.iter().map(|name| part(name, Vec::new())));
    machine.sessions.extend(USERS.iter().map(|user| Session {
        user,
        login_ms: 1_700_000_000_001,
        domain: None,
    }));
}
