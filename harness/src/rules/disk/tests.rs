//! Conversations that the rules about disks accept and reject.

use crate::rules::witness::{Step, Witness, returned};
use crate::wire::{Facts, Kernel, Platform};

/// A reply with these elements.
fn disks(elements: &[&str]) -> Step {
    returned("guest-get-disks", &format!("[{}]", elements.join(",")))
}

/// A whole disk with these further members.
fn disk(name: &str, members: &str) -> String {
    format!(r#"{{"name":"{name}","partition":false{members}}}"#)
}

fn partition(name: &str, dependencies: &str) -> String {
    format!(r#"{{"name":"{name}","partition":true,"dependencies":[{dependencies}]}}"#)
}

fn place(bus_type: &str, bus: i64, more: &str) -> String {
    let controller = format!(r#"{{"domain":0,"bus":{bus},"slot":2,"function":0}}"#);
    format!(r#"{{"pci-controller":{controller},"bus-type":"{bus_type}","bus":0,"target":0,"unit":0{more}}}"#)
}

fn of(elements: &[String]) -> Witness {
    let elements: Vec<_> = elements.iter().map(String::as_str).collect();
    Witness::of([disks(&elements)])
}

fn on(platform: Platform, element: &str) -> Witness {
    let facts = Facts { platform: Some(platform), ..Facts::default() };
    Witness::knowing(&facts, [disks(&[element])])
}

#[test]
fn a_name_is_a_path() {
    let code = "disk/name";
    let windows = disk(r"\\\\.\\PhysicalDrive0", "");
    of(&[disk("/dev/vda", ""), windows.clone()]).accepts(code);
    of(&[disk("vda", "")]).rejects(code, "form");
    on(Platform::Linux, &disk("/dev/vda", "")).accepts(code);
    on(Platform::Linux, &disk("/vda", "")).rejects(code, "form");
    on(Platform::Windows, &windows).accepts(code);
    on(Platform::Windows, &disk("C:", "")).rejects(code, "form");
}

#[test]
fn disks_are_listed_once() {
    let code = "disk/unique";
    Witness::of([disks(&[])]).accepts(code);
    of(&[disk("/dev/vda", ""), disk("/dev/vdb", "")]).accepts(code);
    of(&[disk("/dev/vda", ""), disk("/dev/vda", "")]).rejects(code, "repeated");
}

#[test]
fn partitions_are_on_disks() {
    let code = "disk/dependencies";
    let vda = || disk("/dev/vda", r#","dependencies":[]"#);
    of(&[vda(), partition("/dev/vda1", r#""/dev/vda""#)]).accepts(code);
    of(&[vda(), partition("/dev/vda1", "")]).rejects(code, "none");
    of(&[disk("/dev/vda", r#","dependencies":["/dev/vda"]"#)]).rejects(code, "itself");
    of(&[r#"{"name":"/dev/vda1","partition":true}"#.to_owned()]).accepts(code);
}

#[test]
fn the_disk_of_a_partition_is_listed() {
    let code = "disk/parent";
    of(&[partition("/dev/vda1", r#""/dev/vda""#), disk("/dev/vda", "")]).accepts(code);
    of(&[partition("/dev/vda1", r#""/dev/vda""#)]).rejects(code, "unlisted");
    // An agent may list whole disks only, and what is built on their partitions.
    of(&[disk("/dev/dm-0", r#","dependencies":["/dev/vda2"]"#)]).accepts(code);
}

#[test]
fn virtual_devices_are_nowhere() {
    let code = "disk/address";
    let with = |name| of(&[disk(name, &format!(r#","address":{}"#, place("virtio", 0, "")))]);
    with("/dev/vda").accepts(code);
    with("/dev/loopback").accepts(code);
    for name in ["/dev/loop7", "/dev/dm-0", "/dev/mapper/root", "/dev/md127", "/dev/nbd0", "/dev/zram0"] {
        with(name).rejects(code, "virtual");
    }
    of(&[disk("/dev/loop0", "")]).accepts(code);
}

#[test]
fn the_unknown_part_of_an_address_is_minus_one() {
    let code = "disk/controller";
    let with = |bus| of(&[disk("/dev/vda", &format!(r#","address":{}"#, place("virtio", bus, "")))]);
    with(255).accepts(code);
    with(-1).accepts(code);
    with(-2).rejects(code, "negative");
    with(4_294_967_295).rejects(code, "large");
    let mounted = |bus| {
        let mount = r#""name":"vda","mountpoint":"/","type":"ext4""#;
        let places = format!("{},{}", place("virtio", 0, ""), place("virtio", bus, ""));
        Witness::of([returned("guest-get-fsinfo", &format!(r#"[{{{mount},"disk":[{places}]}}]"#))])
    };
    mounted(0).accepts(code);
    mounted(256).rejects(code, "large");
}

#[test]
fn channels_are_for_one_machine() {
    let code = "disk/channel";
    let on = |machine: &str| {
        let text = || "x".to_owned();
        let kernel = Kernel { release: text(), version: text(), machine: machine.to_owned() };
        let facts = Facts { kernel: Some(kernel), ..Facts::default() };
        let channel = r#","ccw-address":{"cssid":254,"ssid":0,"subchno":1,"devno":2}"#;
        let address = format!(r#","address":{}"#, place("virtio", -1, channel));
        Witness::knowing(&facts, [disks(&[&disk("/dev/vda", &address)])])
    };
    on("s390x").silences(code);
    on("x86_64").rejects(code, "elsewhere");
}

#[test]
fn a_health_report_is_of_its_disk() {
    let code = "disk/health";
    let with = |bus| {
        let members = format!(r#","smart":{{"type":"ide"}},"address":{}"#, place(bus, 0, ""));
        of(&[disk("/dev/nvme0n1", &members)])
    };
    with("ide").accepts(code);
    with("unknown").accepts(code);
    with("virtio").rejects(code, "other-bus");
}

#[test]
fn an_alias_comes_from_the_device_mapper() {
    let code = "disk/alias";
    let with = |name, alias| disk(name, &format!(r#","alias":"{alias}""#));
    on(Platform::Linux, &with("/dev/dm-0", "root")).accepts(code);
    on(Platform::Linux, &with("/dev/mapper/root", "root")).accepts(code);
    on(Platform::Linux, &with("/dev/vda", "vda")).rejects(code, "unmapped");
    on(Platform::Linux, &with("/dev/vda", "")).rejects(code, "empty");
    of(&[with("/dev/vda", "system")]).accepts(code);
}
