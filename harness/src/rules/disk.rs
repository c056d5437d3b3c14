//! Chapter `disk`: disks, what they are built on, and where they are in the hardware.

use std::collections::BTreeSet;

use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::Platform;

use super::listing::{distinct, each, elements};
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, quoted};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] =
    &[&NAME, &UNIQUE, &DEPENDENCIES, &PARENT, &ADDRESS, &CONTROLLER, &CHANNEL, &HEALTH, &ALIAS];

const DISKS: &str = "guest-get-disks";

fn asks_disks(turn: &Turn<'_>) -> bool {
    turn.asks(DISKS)
}

static NAME: Rule = Rule {
    code: "disk/name",
    class: Class::Violation,
    title: "The name of a disk is its device node, or on Windows its UNC path",
    clauses: &["schema.GuestDiskInfo.name"],
    evidence: Evidence::Success,
    explanation: "The disks are asked for. A reply conforms if each name begins with `/dev/`, on Windows with two \
        backslashes. Where the platform is not known, either will do, and so will any other absolute path.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_disks, judge: name },
};

fn name(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    const UNC: &str = r"\\";
    each(turn, |disk| {
        let name = disk.member("name")?.as_str()?;
        let (fits, expected) = match turn.facts.platform {
            Some(Platform::Linux) => (name.starts_with("/dev/"), "a device node in /dev"),
            Some(Platform::Windows) => (name.starts_with(UNC), "a UNC path"),
            None => (name.starts_with('/') || name.starts_with(UNC), "a device node or a UNC path"),
        };
        (!fits).then(|| fail("form", expected, quoted(&name)))
    })
}

static UNIQUE: Rule = Rule {
    code: "disk/unique",
    class: Class::Difference,
    title: "guest-get-disks lists no disk twice",
    clauses: &["schema.guest-get-disks.list"],
    evidence: Evidence::Success,
    explanation: "The disks are asked for. A reply conforms if no name occurs in it twice.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_disks, judge: |turn, _| distinct(turn, "name") },
};

static DEPENDENCIES: Rule = Rule {
    code: "disk/dependencies",
    class: Class::Violation,
    title: "A partition is built on a disk, and nothing on itself",
    clauses: &["schema.GuestDiskInfo.dependencies", "schema.GuestDiskInfo.partition"],
    evidence: Evidence::Success,
    explanation: "The disks are asked for. A reply conforms if the list `dependencies` of a partition, if it is there, is \
        not empty, and if no element has its own name in the list. `qemu-ga` lost the disks of partitions once, up to \
        6.0. On Windows the member is absent.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_disks, judge: dependencies },
};

fn is_partition(disk: &Json<'_>) -> bool {
    disk.member("partition").and_then(Json::as_bool) == Some(true)
}

fn dependencies(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |disk| {
        let name = disk.member("name")?.as_str()?;
        let built_on = disk.member("dependencies")?.as_array()?;
        if is_partition(disk) && built_on.is_empty() {
            return Some(fail(
                "none",
                format!("the disk of the partition {}", quoted(&name)),
                "an empty list",
            ));
        }
        let is_own = built_on.iter().any(|other| other.as_str().is_some_and(|other| other == name));
        is_own.then(|| fail("itself", "names of other devices", format!("{} for itself", quoted(&name))))
    })
}

static PARENT: Rule = Rule {
    code: "disk/parent",
    class: Class::Violation,
    title: "The disk of a partition is listed",
    clauses: &["schema.guest-get-disks.linux", "schema.GuestDiskInfo.dependencies"],
    evidence: Evidence::Success,
    explanation: "The disks are asked for. A reply conforms if each name in the list `dependencies` of a partition is the \
        name of a disk in the reply: a disk with a partition has a size, and all such disks are listed.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_disks, judge: parent },
};

fn parent(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let names: BTreeSet<_> =
        elements(turn).into_iter().flatten().filter_map(|disk| disk.member("name")?.as_str()).collect();
    each(turn, |disk| {
        let built_on = disk.member("dependencies").filter(|_| is_partition(disk))?.as_array()?;
        let lost = built_on.iter().filter_map(Json::as_str).find(|other| !names.contains(other))?;
        Some(fail("unlisted", format!("an element for {}", quoted(&lost)), "none"))
    })
}

static ADDRESS: Rule = Rule {
    code: "disk/address",
    class: Class::Violation,
    title: "A virtual device has no address in the hardware",
    clauses: &["schema.GuestDiskInfo.address"],
    evidence: Evidence::Success,
    explanation: "The disks are asked for. A reply conforms if no device of the device mapper, no loop device, no \
        device of several disks, no network block device and no disk in memory has the member `address`. They are known \
        by their device nodes: /dev/dm-0, /dev/mapper/root, /dev/loop0, /dev/md127, /dev/nbd0, /dev/ram0, /dev/zram0.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_disks, judge: address },
};

/// Device nodes of virtual devices, up to their numbers.
const VIRTUAL: [&str; 5] = ["/dev/loop", "/dev/md", "/dev/nbd", "/dev/ram", "/dev/zram"];

fn is_virtual(name: &str) -> bool {
    let is_numbered = |stem: &str| {
        name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(|next: char| next.is_ascii_digit()))
    };
    is_mapped(name) || VIRTUAL.into_iter().any(is_numbered)
}

/// Whether this is a device of the device mapper.
fn is_mapped(name: &str) -> bool {
    ["/dev/dm-", "/dev/mapper/"].into_iter().any(|stem| name.starts_with(stem))
}

fn address(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |disk| {
        let name = disk.member("name")?.as_str()?;
        disk.member("address")?;
        is_virtual(&name).then(|| fail("virtual", format!("no address of {}", quoted(&name)), "an address"))
    })
}

static CONTROLLER: Rule = Rule {
    code: "disk/controller",
    class: Class::Violation,
    title: "What is not known of a controller's PCI address is -1",
    clauses: &[
        "schema.GuestDiskAddress.pci-controller",
        "schema.GuestDiskAddress.pci-unknown",
        "schema.GuestPCIAddress.members",
    ],
    evidence: Evidence::Success,
    explanation: "Disks and file systems are asked for. A reply conforms if in each `pci-controller` the members are not \
        below -1, and `bus`, `slot` and `function` not above 255. An unknown number that lost its sign violates the \
        rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_places, judge: controller },
};

fn asks_places(turn: &Turn<'_>) -> bool {
    turn.asks(DISKS) || turn.asks("guest-get-fsinfo")
}

/// Passes if nothing is wrong with any address of a disk, of which a file system may have several.
fn each_place<'t>(turn: &Turn<'t>, wrong: impl Fn(&'t Json<'t>) -> Option<Outcome>) -> Outcome {
    each(turn, |element| {
        let several = element.member("disk").and_then(Json::as_array).unwrap_or_default();
        element.member("address").into_iter().chain(several).find_map(&wrong)
    })
}

fn controller(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let limits = [("domain", i64::from(i32::MAX)), ("bus", 255), ("slot", 255), ("function", 255)];
    each_place(turn, |place| {
        let controller = place.member("pci-controller")?;
        limits.into_iter().find_map(|(member, most)| {
            let number = controller.member(member)?.as_i64()?;
            let bucket = if number < -1 { "negative" } else { "large" };
            let failure = || fail(bucket, format!("{member} from 0 to {most}, or -1"), number.to_string());
            (!(-1..=most).contains(&number)).then(failure)
        })
    })
}

static CHANNEL: Rule = Rule {
    code: "disk/channel",
    class: Class::Violation,
    title: "Only disks of s390x machines have a channel address",
    clauses: &["schema.GuestDiskAddress.ccw-address"],
    evidence: Evidence::Success,
    explanation: "Disks and file systems are asked for where the machine is known. A reply conforms if no address of a \
        disk has the member `ccw-address`, unless the machine is an s390x. Since 6.0.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            let kernel = turn.facts.kernel.as_ref();
            asks_places(turn) && kernel.is_some_and(|kernel| !kernel.machine.starts_with("s390"))
        },
        judge: channel,
    },
};

fn channel(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each_place(turn, |place| {
        place.member("ccw-address").map(|_| fail("elsewhere", "no `ccw-address`", "a channel address"))
    })
}

static HEALTH: Rule = Rule {
    code: "disk/health",
    class: Class::Violation,
    title: "The kind of a health report is the kind of bus of its disk",
    clauses: &["schema.GuestDiskInfo.smart", "schema.GuestDiskSmart.nvme"],
    evidence: Evidence::Success,
    explanation: "The disks are asked for. A reply conforms if the `type` of each `smart` is the `bus-type` in the \
        address of the same disk, if that is known: only NVMe disks have the health report of NVMe. Since 7.1.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_disks, judge: health },
};

fn health(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |disk| {
        let kind = disk.member("smart")?.member("type")?.as_str()?;
        let bus = disk.member("address")?.member("bus-type")?.as_str()?;
        let failure = || fail("other-bus", format!("a report for {}", quoted(&bus)), quoted(&kind));
        (bus != "unknown" && kind != bus).then(failure)
    })
}

static ALIAS: Rule = Rule {
    code: "disk/alias",
    class: Class::Violation,
    title: "An alias is a name, on Linux one that the device mapper gave",
    clauses: &["schema.GuestDiskInfo.alias"],
    evidence: Evidence::Success,
    explanation: "The disks are asked for. A reply conforms if no `alias` is empty and, on Linux, if only devices of the \
        device mapper have one: those whose names begin with /dev/dm- or /dev/mapper/.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_disks, judge: alias },
};

fn alias(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |disk| {
        let alias = disk.member("alias")?.as_str()?;
        if alias.is_empty() {
            return Some(fail("empty", "a name, or no member `alias`", "an empty alias"));
        }
        let name = disk.member("name")?.as_str()?;
        let is_odd = turn.facts.platform == Some(Platform::Linux) && !is_mapped(&name);
        is_odd.then(|| fail("unmapped", format!("no alias of {}", quoted(&name)), quoted(&alias)))
    })
}

#[cfg(test)]
mod tests;
