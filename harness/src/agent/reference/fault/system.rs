//! Faults of what the guest says of itself: its time zone, its name, its kernel and its processors.

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::text::Node;

const ZONE: &str = "guest-get-timezone";
const NAME: &str = "guest-get-host-name";
const SYSTEM: &str = "guest-get-osinfo";
const PROCESSORS: &str = "guest-get-vcpus";

pub(super) static FAULTS: [Fault; 20] = [
    Fault {
        name: "zone-offset-without-sign",
        trips: "system/zone-offset",
        summary: "the offset of the time zone is never negative",
        hooks: &[Hook::Reply(|_, context, reply| on_offset(context, reply, i128::abs))],
    },
    Fault {
        name: "zone-offset-westwards",
        trips: "system/zone-offset",
        summary: "the offset of the time zone counts westwards, which shows in the east",
        hooks: &[
            Hook::Setup(|config| config.machine.time_zone = (Some("EST"), 20_700)),
            Hook::Reply(|_, context, reply| on_offset(context, reply, |offset| -offset)),
        ],
    },
    Fault {
        name: "zone-offset-in-minutes",
        trips: "system/zone-offset",
        summary: "the offset of the time zone is in minutes",
        hooks: &[Hook::Reply(|_, context, reply| on_offset(context, reply, |offset| offset / 60))],
    },
    Fault {
        name: "zone-offset-in-whole-hours",
        trips: "system/zone-offset",
        summary: "the half hour of a time zone is forgotten",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_offset(context, reply, |offset| offset / 3600 * 3600);
        })],
    },
    Fault {
        name: "zone-offset-in-milliseconds",
        trips: "system/zone-offset",
        summary: "the offset of the time zone is in milliseconds",
        hooks: &[Hook::Reply(|_, context, reply| on_offset(context, reply, |offset| offset * 1000))],
    },
    Fault {
        name: "zone-offset-unsigned",
        trips: "system/zone-offset",
        summary: "a negative offset of the time zone has gone through an unsigned number of 32 bits",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_offset(context, reply, |offset| offset.rem_euclid(1 << 32));
        })],
    },
    Fault {
        name: "zone-name-empty",
        trips: "system/zone-name",
        summary: "the name of the time zone is empty",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, ZONE) {
                edit::set(result, "zone", "".into());
            }
        })],
    },
    Fault {
        name: "host-name-empty",
        trips: "system/host-name",
        summary: "the host name is empty",
        hooks: &[Hook::Reply(|_, context, reply| on_name(context, reply, |_| String::new()))],
    },
    Fault {
        name: "host-name-is-localhost",
        trips: "system/host-name",
        summary: "the host name is that of the loopback interface",
        hooks: &[Hook::Reply(|_, context, reply| on_name(context, reply, |_| "localhost".to_owned()))],
    },
    Fault {
        name: "host-name-with-line-end",
        trips: "system/host-name",
        summary: "the host name has the line end of the file that it is in",
        hooks: &[Hook::Reply(|_, context, reply| on_name(context, reply, |name| format!("{name}\n")))],
    },
    Fault {
        name: "host-name-of-eight-letters",
        trips: "system/host-name",
        summary: "a host name is cut behind its eighth letter",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_name(context, reply, |name| name.chars().take(8).collect());
        })],
    },
    Fault {
        name: "host-name-in-other-letters",
        trips: "system/stable",
        summary: "every third time the host name is in capital letters",
        hooks: &[Hook::Reply(|memory, context, reply| {
            memory.count += u64::from(context.succeeded(NAME));
            if memory.count.is_multiple_of(3) {
                on_name(context, reply, str::to_ascii_uppercase);
            }
        })],
    },
    Fault {
        name: "host-name-loses-domain",
        trips: "system/stable",
        summary: "the host name has its domain the first time only",
        hooks: &[
            Hook::Setup(|config| "reference.example.org".clone_into(&mut config.host_name)),
            Hook::Reply(|memory, context, reply| {
                if memory.count > 0 {
                    on_name(context, reply, |name| name.split('.').next().unwrap_or_default().to_owned());
                }
                memory.count += u64::from(context.succeeded(NAME));
            }),
        ],
    },
    Fault {
        name: "kernel-version-counts",
        trips: "system/stable",
        summary: "the version of the kernel grows with each request for it",
        hooks: &[Hook::Reply(|memory, context, reply| {
            memory.count += u64::from(context.succeeded(SYSTEM));
            let count = memory.count;
            on_system(context, reply, "kernel-version", |version| format!("{version} ({count})"));
        })],
    },
    Fault {
        name: "kernel-release-is-version",
        trips: "system/kernel",
        summary: "the release of the kernel is its version",
        hooks: &[Hook::Reply(|_, context, reply| {
            let version = edit::result_of(context, reply, SYSTEM)
                .and_then(|result| edit::member(result, "kernel-version").cloned());
            if let (Some(result), Some(version)) = (edit::result_of(context, reply, SYSTEM), version) {
                edit::set(result, "kernel-release", version);
            }
        })],
    },
    Fault {
        name: "kernel-version-of-one-word",
        trips: "system/kernel",
        summary: "the version of the kernel ends at its first blank",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_system(context, reply, "kernel-version", |version| {
                version.split(' ').next().unwrap_or_default().to_owned()
            });
        })],
    },
    Fault {
        name: "machine-in-other-words",
        trips: "system/kernel",
        summary: "the machine is called what packages call it",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_system(context, reply, "machine", |_| "amd64".to_owned());
        })],
    },
    Fault {
        name: "offline-processors-left-out",
        trips: "system/processors",
        summary: "a processor that is out of use is not listed",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(processors)) = edit::result_of(context, reply, PROCESSORS) {
                processors.retain_mut(|processor| {
                    edit::member(processor, "online").is_some_and(|online| *online == Node::Bool(true))
                });
            }
        })],
    },
    Fault {
        name: "processors-up-to-a-gap",
        trips: "system/processors",
        summary: "processors behind a gap in the numbers are not listed",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(processors)) = edit::result_of(context, reply, PROCESSORS) {
                let mut next = 0;
                processors.retain_mut(|processor| {
                    let is_next =
                        edit::member(processor, "logical-id").and_then(|id| edit::integer(id)) == Some(next);
                    next += 1;
                    is_next
                });
            }
        })],
    },
    Fault {
        name: "gaps-are-processors",
        trips: "system/processors",
        summary: "a number that is left out is listed as a processor that is out of use",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(processors)) = edit::result_of(context, reply, PROCESSORS) {
                processors.push(Node::object([
                    ("logical-id", Node::Int(2)),
                    ("online", false.into()),
                    ("can-offline", true.into()),
                ]));
            }
        })],
    },
];

fn on_offset(context: &Context<'_>, reply: &mut Node, change: impl Fn(i128) -> i128) {
    if let Some(offset) = edit::result_of(context, reply, ZONE).and_then(|zone| edit::member(zone, "offset"))
        && let Some(value) = edit::integer(offset)
    {
        *offset = Node::Int(change(value));
    }
}

fn on_name(context: &Context<'_>, reply: &mut Node, change: impl Fn(&str) -> String) {
    if let Some(result) = edit::result_of(context, reply, NAME) {
        edit::map_text(result, "host-name", change);
    }
}

fn on_system(context: &Context<'_>, reply: &mut Node, member: &str, change: impl Fn(&str) -> String) {
    if let Some(result) = edit::result_of(context, reply, SYSTEM) {
        edit::map_text(result, member, change);
    }
}
