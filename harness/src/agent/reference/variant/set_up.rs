//! Variants of the guest and of the agent's set-up: other numbers, other limits, fewer things to tell.

use super::{Variant, plain};
use crate::agent::reference::fault::{Hook, edit};
use crate::agent::reference::{Config, ReaderLimits};
use crate::text::Node;

const fn configured(name: &'static str, summary: &'static str, configure: fn(&mut Config)) -> Variant {
    Variant { configure, ..plain(name, summary, &[]) }
}

pub(super) static VARIANTS: [Variant; 9] = [
    configured("newer-version", "the version is one of later years", |config| {
        "11.1.3".clone_into(&mut config.version);
    }),
    configured("odd-version", "the version is like no release of QEMU", |config| {
        "255.0.007".clone_into(&mut config.version);
    }),
    configured("small-numbers", "handles begin with 0, and processes with 2", |config| {
        config.first_handle = 0;
        config.first_pid = 2;
    }),
    configured("large-numbers", "handles are greater than 2^53, and processes than 2^31", |config| {
        config.first_handle = (1 << 53) + 1;
        config.first_pid = (1 << 31) + 1;
    }),
    configured("tight-limits", "a message may have 1,000 levels, 20,000 tokens and 1 MiB", |config| {
        config.limits = ReaderLimits { nesting: 1000, token_bytes: 1 << 20, tokens: 20_000 };
    }),
    configured("empty-lists", "there are no disks and no interfaces, and nobody is logged in", |config| {
        let machine = &mut config.machine;
        machine.disks.clear();
        machine.interfaces.clear();
        machine.sessions.clear();
    }),
    configured("cannot-suspend", "the guest cannot be suspended", |config| {
        config.machine.suspend_modes.clear();
    }),
    plain(
        "bare-items",
        "optional members of results are left out wherever nothing is lost that must be told",
        &[Hook::Reply(|_, context, reply| {
            for (command, optional) in OPTIONAL {
                if let Some(result) = edit::result_of(context, reply, command) {
                    strip(result, optional);
                }
            }
        })],
    ),
    plain(
        "other-lists",
        "lists whose order means nothing are in reverse order",
        &[Hook::Reply(|_, context, reply| {
            for command in UNORDERED {
                if let Some(Node::Array(items)) = edit::result_of(context, reply, command) {
                    items.reverse();
                }
            }
            let info = edit::result_of(context, reply, "guest-info");
            if let Some(Node::Array(commands)) =
                info.and_then(|info| edit::member(info, "supported_commands"))
            {
                commands.reverse();
            }
        })],
    ),
];

/// Members that the items of a list need not have.
const OPTIONAL: [(&str, &[&str]); 3] = [
    ("guest-network-get-interfaces", &["hardware-address", "ip-addresses", "statistics"]),
    ("guest-get-disks", &["dependencies", "address", "alias", "smart"]),
    ("guest-get-fsinfo", &["used-bytes", "total-bytes"]),
];

/// Commands that give a list in any order.
const UNORDERED: [&str; 6] = [
    "guest-get-vcpus",
    "guest-get-memory-blocks",
    "guest-get-disks",
    "guest-get-fsinfo",
    "guest-get-users",
    "guest-network-get-interfaces",
];

fn strip(result: &mut Node, optional: &[&str]) {
    if let Node::Array(items) = result {
        for item in items {
            for name in optional {
                edit::remove(item, name);
            }
        }
    }
}
