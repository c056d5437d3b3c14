//! Chapter `fsinfo`: what is mounted in the guest.

use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::Platform;

use super::listing::each;
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, quoted};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&TOLD, &MOUNT_POINT, &BYTES, &NO_NETWORK];

fn asks_mounts(turn: &Turn<'_>) -> bool {
    turn.asks("guest-get-fsinfo")
}

static TOLD: Rule = Rule {
    code: "fsinfo/told",
    class: Class::Violation,
    title: "A file system has a name, a mount point and a type",
    clauses: &[
        "schema.GuestFilesystemInfo.name",
        "schema.GuestFilesystemInfo.mountpoint",
        "schema.GuestFilesystemInfo.type",
    ],
    evidence: Evidence::Success,
    explanation: "The file systems are asked for. A reply conforms if `name`, `mountpoint` and `type` are empty for none.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_mounts, judge: told },
};

fn told(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |mount| {
        let is_empty =
            |member: &&str| mount.member(member).and_then(Json::as_str).is_some_and(|it| it.is_empty());
        let empty = ["name", "mountpoint", "type"].into_iter().find(is_empty)?;
        Some(fail(empty, format!("`{empty}` of each file system"), "an empty text"))
    })
}

static MOUNT_POINT: Rule = Rule {
    code: "fsinfo/mount-point",
    class: Class::Violation,
    title: "A mount point is an absolute path, spelled as it is",
    clauses: &["schema.GuestFilesystemInfo.mountpoint"],
    evidence: Evidence::Success,
    explanation: "The file systems of a Linux guest are asked for. A reply conforms if each `mountpoint` begins with a \
        slash and has no blank that is spelled \\040: the kernel writes blanks, tabs, line feeds and backslashes like \
        this in its table, and clients hand mount points back as they are.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| asks_mounts(turn) && turn.facts.platform == Some(Platform::Linux),
        judge: mount_point,
    },
};

/// How the kernel spells what would break a line of its table.
const ESCAPES: [&str; 4] = [r"\011", r"\012", r"\040", r"\134"];

fn mount_point(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |mount| {
        let path = mount.member("mountpoint")?.as_str().filter(|path| !path.is_empty())?;
        if !path.starts_with('/') {
            return Some(fail("relative", "an absolute path", quoted(&path)));
        }
        let is_escaped = ESCAPES.iter().any(|escape| path.contains(escape));
        is_escaped.then(|| fail("escaped", "a path without the escapes of the kernel", quoted(&path)))
    })
}

static BYTES: Rule = Rule {
    code: "fsinfo/bytes",
    class: Class::Violation,
    title: "No more bytes are in use than there are",
    clauses: &["schema.GuestFilesystemInfo.used-bytes", "schema.GuestFilesystemInfo.total-bytes"],
    evidence: Evidence::Success,
    explanation: "The file systems are asked for. A reply conforms if no `used-bytes` is greater than the `total-bytes` \
        beside it. Either may be absent. Since 3.0.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_mounts, judge: bytes },
};

fn bytes(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |mount| {
        let (used, total) = (mount.member("used-bytes")?.as_u64()?, mount.member("total-bytes")?.as_u64()?);
        (used > total).then(|| fail("more", format!("up to {total} bytes in use"), format!("{used} bytes")))
    })
}

static NO_NETWORK: Rule = Rule {
    code: "fsinfo/no-network",
    class: Class::Violation,
    title: "Network file systems are not listed",
    clauses: &["schema.guest-get-fsinfo.no-network", "schema.guest-get-fsinfo.list"],
    evidence: Evidence::Success,
    explanation: "The file systems are asked for. A reply conforms if none of them is of a type that is known for a network \
        file system, such as nfs, nfs4, cifs, smb3, afs and ceph.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_mounts, judge: no_network },
};

/// Types of file systems that are always somewhere else.
const NETWORK: [&str; 13] = [
    "afs",
    "ceph",
    "cifs",
    "coda",
    "fuse.glusterfs",
    "fuse.sshfs",
    "ncp",
    "ncpfs",
    "nfs",
    "nfs4",
    "smb2",
    "smb3",
    "smbfs",
];

fn no_network(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |mount| {
        let kind = mount.member("type")?.as_str()?;
        let is_remote = NETWORK.iter().any(|remote| kind.eq_ignore_ascii_case(remote));
        is_remote.then(|| fail("listed", "file systems on disks", format!("type {}", quoted(&kind))))
    })
}

#[cfg(test)]
mod tests;
