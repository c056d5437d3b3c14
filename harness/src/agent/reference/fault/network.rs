//! Faults of what is told about network interfaces.

use super::hook::{Context, Memory};
use super::{Fault, Hook, edit};
use crate::model::network::COUNTERS;
use crate::text::Node;

const INTERFACES: &str = "guest-network-get-interfaces";

pub(super) static FAULTS: [Fault; 18] = [
    Fault {
        name: "interface-for-each-address",
        trips: "network/unique",
        summary: "an interface has an element for each of its addresses",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(interfaces)) = edit::result_of(context, reply, INTERFACES) {
                *interfaces = interfaces.drain(..).flat_map(one_address_each).collect();
            }
        })],
    },
    Fault {
        name: "loopback-comes-again",
        trips: "network/unique",
        summary: "the first interface is listed again behind the last",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(interfaces)) = edit::result_of(context, reply, INTERFACES) {
                interfaces.extend(interfaces.first().cloned());
            }
        })],
    },
    Fault {
        name: "addresses-with-prefix",
        trips: "network/address",
        summary: "an address is followed by the length of its prefix",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_addresses(context, reply, |address| {
                let prefix = edit::member(address, "prefix").and_then(|prefix| edit::integer(prefix));
                edit::map_text(address, IP, |text| format!("{text}/{}", prefix.unwrap_or_default()));
            });
        })],
    },
    Fault {
        name: "addresses-in-brackets",
        trips: "network/address",
        summary: "an address of version 6 is in brackets",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_addresses(context, reply, |address| {
                edit::map_text(address, IP, |text| {
                    if text.contains(':') { format!("[{text}]") } else { text.to_owned() }
                });
            });
        })],
    },
    Fault {
        name: "addresses-of-three-digits",
        trips: "network/address",
        summary: "each number of an address of version 4 has three digits",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_addresses(context, reply, |address| {
                edit::map_text(address, IP, |text| {
                    let numbers: Vec<_> = text.split('.').map(|number| format!("{number:0>3}")).collect();
                    if text.contains(':') { text.to_owned() } else { numbers.join(".") }
                });
            });
        })],
    },
    Fault {
        name: "all-addresses-of-version-4",
        trips: "network/family",
        summary: "all addresses are told to be of version 4",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_addresses(context, reply, |address| edit::set(address, "ip-address-type", "ipv4".into()));
        })],
    },
    Fault {
        name: "link-local-of-version-4",
        trips: "network/family",
        summary: "addresses that hold on the link only are told to be of version 4",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_addresses(context, reply, |address| {
                if matches!(edit::member(address, IP), Some(Node::String(text)) if text.starts_with("fe80:"))
                {
                    edit::set(address, "ip-address-type", "ipv4".into());
                }
            });
        })],
    },
    Fault {
        name: "prefix-is-netmask",
        trips: "network/prefix",
        summary: "the prefix of an address of version 4 is its netmask",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_prefixes(context, reply, |prefix| match prefix {
                1..=32 => (u32::MAX << (32 - prefix)).into(),
                _ => prefix,
            });
        })],
    },
    Fault {
        name: "prefix-of-whole-addresses-lost",
        trips: "network/prefix",
        summary: "a prefix that covers the whole address of version 6 is -1",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_prefixes(context, reply, |prefix| if prefix == 128 { -1 } else { prefix });
        })],
    },
    Fault {
        name: "hardware-address-with-dashes",
        trips: "network/hardware-address",
        summary: "a hardware address has dashes for colons",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_hardware(context, reply, |address| address.replace(':', "-"));
        })],
    },
    Fault {
        name: "hardware-address-without-zeros",
        trips: "network/hardware-address",
        summary: "pairs of a hardware address lose a leading zero",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_hardware(context, reply, |address| address.replace(":0", ":"));
        })],
    },
    Fault {
        name: "hardware-address-empty",
        trips: "network/hardware-address",
        summary: "an interface without a hardware address has an empty one",
        hooks: &[Hook::Reply(|_, context, reply| {
            for interface in edit::items(context, reply, INTERFACES) {
                if edit::member(interface, "hardware-address").is_none() {
                    edit::set(interface, "hardware-address", "".into());
                }
            }
        })],
    },
    Fault {
        name: "counters-since-last-time",
        trips: "network/counters-grow",
        summary: "interfaces count what was since the request before",
        hooks: &[Hook::Reply(subtract_last)],
    },
    Fault {
        name: "counters-of-twenty-bits",
        trips: "network/counters-grow",
        summary: "counters begin anew at 2^20",
        hooks: &[
            Hook::Setup(|config| {
                for counters in
                    config.machine.interfaces.iter_mut().filter_map(|it| it.statistics.as_mut()).skip(1)
                {
                    counters[0] = (1 << 20) - 200;
                }
            }),
            Hook::Reply(|_, context, reply| on_counters(context, reply, |_, count| count % (1 << 20))),
        ],
    },
    Fault {
        name: "dropped-packets-come-and-go",
        trips: "network/counters-grow",
        summary: "every fourth time no packet was dropped",
        hooks: &[Hook::Reply(|memory, context, reply| {
            memory.count += u64::from(context.succeeded(INTERFACES));
            if memory.count.is_multiple_of(4) {
                on_counters(context, reply, |name, count| if name == "rx-dropped" { 0 } else { count });
            }
        })],
    },
    Fault {
        name: "counters-below-nothing",
        trips: "network/counters-fit",
        summary: "an interface has received one packet less than none",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_counters(
                context,
                reply,
                |name, count| {
                    if name == "rx-packets" { u64::MAX.into() } else { count }
                },
            );
        })],
    },
    Fault {
        name: "last-counter-unknown",
        trips: "network/counters-fit",
        summary: "packets that were dropped on sending are not counted, which is told by the greatest number",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_counters(
                context,
                reply,
                |name, count| {
                    if name == "tx-dropped" { u64::MAX.into() } else { count }
                },
            );
        })],
    },
    Fault {
        name: "prefix-of-version-4-in-version-6",
        trips: "network/prefix",
        summary: "the prefix of an address of version 4 counts from the start of a mapped one",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_addresses(context, reply, |address| {
                let is_v4 =
                    matches!(edit::member(address, IP), Some(Node::String(text)) if !text.contains(':'));
                if is_v4 && let Some(Node::Int(prefix)) = edit::member(address, "prefix") {
                    *prefix += 96;
                }
            });
        })],
    },
];

const IP: &str = "ip-address";

fn on_addresses(context: &Context<'_>, reply: &mut Node, change: impl Fn(&mut Node)) {
    for interface in edit::items(context, reply, INTERFACES) {
        if let Some(Node::Array(addresses)) = edit::member(interface, "ip-addresses") {
            addresses.iter_mut().for_each(&change);
        }
    }
}

fn on_prefixes(context: &Context<'_>, reply: &mut Node, change: impl Fn(i128) -> i128) {
    on_addresses(context, reply, |address| {
        if let Some(Node::Int(prefix)) = edit::member(address, "prefix") {
            *prefix = change(*prefix);
        }
    });
}

fn on_hardware(context: &Context<'_>, reply: &mut Node, change: impl Fn(&str) -> String + Copy) {
    for interface in edit::items(context, reply, INTERFACES) {
        edit::map_text(interface, "hardware-address", change);
    }
}

/// Changes each counter of each interface; `change` gets its name.
fn on_counters(context: &Context<'_>, reply: &mut Node, change: impl Fn(&str, i128) -> i128) {
    for interface in edit::items(context, reply, INTERFACES) {
        for name in COUNTERS {
            if let Some(Node::Int(count)) = counter(interface, name) {
                *count = change(name, *count);
            }
        }
    }
}

fn counter<'n>(interface: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    edit::member(edit::member(interface, "statistics")?, name)
}

/// Counts from where the reply before ended.
fn subtract_last(memory: &mut Memory, context: &Context<'_>, reply: &mut Node) {
    let interfaces = edit::items(context, reply, INTERFACES);
    if interfaces.is_empty() {
        return;
    }
    let Some(Node::Array(mut last)) = memory.node.replace(Node::Array(interfaces.to_vec())) else { return };
    for (interface, last) in interfaces.iter_mut().zip(&mut last) {
        for name in COUNTERS {
            if let (Some(Node::Int(count)), Some(Node::Int(before))) =
                (counter(interface, name), counter(last, name))
            {
                *count -= *before;
            }
        }
    }
}

/// The interface as often as it has addresses, each time with one of them.
fn one_address_each(mut interface: Node) -> Vec<Node> {
    let Some(Node::Array(addresses)) = edit::remove(&mut interface, "ip-addresses") else {
        return vec![interface];
    };
    let with = |address| {
        let mut one = interface.clone();
        edit::set(&mut one, "ip-addresses", Node::list([address]));
        one
    };
    addresses.into_iter().map(with).collect()
}
