//! Faults of what the guest says of its distribution, and of what Windows says of itself.

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::agent::reference::guest::machine::Machine;
use crate::text::Node;

const SYSTEM: &str = "guest-get-osinfo";
/// The members that come from the os-release file.
const FIELDS: [&str; 7] = ["id", "name", "pretty-name", "version", "version-id", "variant", "variant-id"];

/// A Windows guest.
const ON_WINDOWS: Hook = Hook::Setup(|config| config.machine = Machine::windows());

pub(super) static FAULTS: [Fault; 13] = [
    Fault {
        name: "os-version-is-its-id",
        trips: "system/os-release",
        summary: "the version of the distribution is the one for programs",
        hooks: &[Hook::Reply(|_, context, reply| set(context, reply, "version", "1"))],
    },
    Fault {
        name: "os-variant-empty",
        trips: "system/os-release",
        summary: "a variant that the distribution does not have is an empty text",
        hooks: &[Hook::Reply(|_, context, reply| set(context, reply, "variant", ""))],
    },
    Fault {
        name: "os-release-by-default",
        trips: "system/os-release",
        summary: "a distribution without an os-release file is called Linux",
        hooks: &[
            Hook::Setup(|config| config.machine.system.retain(|(member, _)| !FIELDS.contains(member))),
            Hook::Reply(|_, context, reply| set(context, reply, "name", "Linux")),
        ],
    },
    Fault {
        name: "os-names-keep-escapes",
        trips: "system/os-release",
        summary: "quotes within a field of the distribution keep their backslashes",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_fields(context, reply, |text| text.replace('"', "\\\""));
        })],
    },
    Fault {
        name: "os-fields-of-one-word",
        trips: "system/os-release",
        summary: "a field of the distribution ends at its first blank",
        hooks: &[Hook::Reply(|_, context, reply| {
            on_fields(context, reply, |text| text.split(' ').next().unwrap_or_default().to_owned());
        })],
    },
    Fault {
        name: "os-fields-in-quotes",
        trips: "system/os-release-quotes",
        summary: "the fields of the distribution are in the quotes of their file",
        hooks: &[Hook::Reply(|_, context, reply| on_fields(context, reply, |text| format!("\"{text}\"")))],
    },
    Fault {
        name: "os-quotes-of-one-kind",
        trips: "system/os-release-quotes",
        summary: "a field in single quotes is cut at its first blank, behind the quote",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(result) = edit::result_of(context, reply, SYSTEM) {
                edit::map_text(result, "version", |text| match text.split_once(' ') {
                    Some((first, _)) => format!("'{first}"),
                    None => text.to_owned(),
                });
            }
        })],
    },
    Fault {
        name: "windows-by-another-id",
        trips: "system/windows",
        summary: "Windows calls itself windows",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| set(context, reply, "id", "windows"))],
    },
    Fault {
        name: "windows-by-its-edition",
        trips: "system/windows",
        summary: "Windows has the name of its edition",
        hooks: &[
            ON_WINDOWS,
            Hook::Reply(|_, context, reply| set(context, reply, "name", "Windows Server 2022")),
        ],
    },
    Fault {
        name: "windows-machine-of-its-own",
        trips: "system/windows",
        summary: "the machine is called what Windows calls it",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| set(context, reply, "machine", "AMD64"))],
    },
    Fault {
        name: "windows-variant-by-number",
        trips: "system/windows",
        summary: "the variant of Windows is the number of its product",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| set(context, reply, "variant", "3"))],
    },
    Fault {
        name: "windows-variant-in-capitals",
        trips: "system/windows",
        summary: "the variant of Windows for programs begins with a capital letter",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| set(context, reply, "variant-id", "Server"))],
    },
    Fault {
        name: "windows-controller-is-domain",
        trips: "system/windows",
        summary: "a Windows server that is a domain controller has a variant of its own",
        hooks: &[
            ON_WINDOWS,
            Hook::Reply(|_, context, reply| set(context, reply, "variant", "domain-controller")),
        ],
    },
];

fn set(context: &Context<'_>, reply: &mut Node, member: &str, text: &str) {
    if let Some(result) = edit::result_of(context, reply, SYSTEM) {
        edit::set(result, member, text.into());
    }
}

fn on_fields(context: &Context<'_>, reply: &mut Node, change: impl Fn(&str) -> String + Copy) {
    if let Some(result) = edit::result_of(context, reply, SYSTEM) {
        for field in FIELDS {
            edit::map_text(result, field, change);
        }
    }
}
