//! Conversations that the rules about file systems accept and reject.

use crate::rules::witness::{Step, Witness, returned};
use crate::wire::{Facts, Platform};

/// A reply with a good file system, and one with these members.
fn mounts(name: &str, path: &str, kind: &str, bytes: &str) -> Step {
    let mount = |name: &str, path: &str, kind: &str, bytes: &str| {
        format!(r#"{{"name":"{name}","mountpoint":"{path}","type":"{kind}"{bytes},"disk":[]}}"#)
    };
    let good = mount("vda1", "/", "ext4", r#","used-bytes":1,"total-bytes":1"#);
    returned("guest-get-fsinfo", &format!("[{good},{}]", mount(name, path, kind, bytes)))
}

#[test]
fn a_file_system_has_a_name_a_place_and_a_type() {
    let code = "fsinfo/told";
    Witness::of([returned("guest-get-fsinfo", "[]")]).accepts(code);
    Witness::of([mounts("vda2", "/srv", "xfs", "")]).accepts(code);
    Witness::of([mounts("", "/srv", "xfs", "")]).rejects(code, "name");
    Witness::of([mounts("vda2", "", "xfs", "")]).rejects(code, "mountpoint");
    Witness::of([mounts("vda2", "/srv", "", "")]).rejects(code, "type");
}

#[test]
fn a_mount_point_is_a_path() {
    let code = "fsinfo/mount-point";
    let on = |platform, path| {
        let facts = Facts { platform: Some(platform), ..Facts::default() };
        Witness::knowing(&facts, [mounts("vda2", path, "xfs", "")])
    };
    on(Platform::Linux, "/srv/a b").accepts(code);
    on(Platform::Linux, "srv").rejects(code, "relative");
    on(Platform::Linux, r"/srv/a\\040b").rejects(code, "escaped");
    on(Platform::Windows, r"C:\\").silences(code);
}

#[test]
fn bytes_in_use_are_among_all() {
    let code = "fsinfo/bytes";
    let with = |bytes| Witness::of([mounts("vda2", "/srv", "xfs", bytes)]);
    with(r#","used-bytes":5,"total-bytes":5"#).accepts(code);
    with(r#","used-bytes":6,"total-bytes":5"#).rejects(code, "more");
    with(r#","used-bytes":6"#).accepts(code);
}

#[test]
fn what_is_elsewhere_is_not_listed() {
    let code = "fsinfo/no-network";
    let with = |kind| Witness::of([mounts("vda2", "/srv", kind, "")]);
    for kind in ["xfs", "nfsd", "NTFS", "fuse.ntfs", "9p"] {
        with(kind).accepts(code);
    }
    for kind in ["nfs", "NFS", "nfs4", "cifs", "fuse.sshfs"] {
        with(kind).rejects(code, "listed");
    }
}
