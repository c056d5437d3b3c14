//! Conversations that the rules about the system accept and reject.

use std::collections::BTreeMap;

use crate::rules::witness::{Step, Witness, returned};
use crate::wire::{Facts, Kernel, TimeZone};

fn zone(value: &str) -> Step {
    returned("guest-get-timezone", value)
}

fn name(name: &str) -> Step {
    returned("guest-get-host-name", &format!("{{\"host-name\":\"{name}\"}}"))
}

fn system(members: &str) -> Step {
    returned("guest-get-osinfo", &format!("{{{members}}}"))
}

#[test]
fn an_offset_is_in_seconds_and_has_its_sign() {
    let code = "system/zone-offset";
    Witness::of([zone(r#"{"offset":50400}"#)]).accepts(code);
    Witness::of([zone(r#"{"offset":-86400}"#)]).accepts(code);
    Witness::of([zone(r#"{"offset":86401}"#)]).rejects(code, "range");
    Witness::of([zone(r#"{"offset":-12600000}"#)]).rejects(code, "range");
    let time_zone = Some(TimeZone { abbreviation: "WST".to_owned(), offset_s: -12_600 });
    let west = Facts { time_zone, ..Facts::default() };
    let told = |offset: i64| Witness::knowing(&west, [zone(&format!("{{\"offset\":{offset}}}"))]);
    told(-12_600).accepts(code);
    told(12_600).rejects(code, "sign");
    told(-210).rejects(code, "value");
    told(0).rejects(code, "value");
}

#[test]
fn a_zone_has_a_name_or_none() {
    let code = "system/zone-name";
    Witness::of([zone(r#"{"zone":"UTC","offset":0}"#)]).accepts(code);
    Witness::of([zone(r#"{"offset":0}"#)]).accepts(code);
    Witness::of([zone(r#"{"zone":"","offset":0}"#)]).rejects(code, "empty");
}

#[test]
fn a_host_name_is_the_guests() {
    let code = "system/host-name";
    Witness::of([name("any")]).accepts(code);
    Witness::of([name("")]).rejects(code, "empty");
    let told = |known: &str, told| {
        let facts = Facts { host_name: Some(known.to_owned()), ..Facts::default() };
        Witness::knowing(&facts, [name(told)])
    };
    told("guest", "guest").accepts(code);
    told("guest", "GUEST.example.org").accepts(code);
    told("guest.example.org", "guest").accepts(code);
    told("guest", "gues").rejects(code, "other");
    told("guest", "guest2.example.org").rejects(code, "other");
    told("guest", "guest.").rejects(code, "other");
    told("guest", "localhost").rejects(code, "other");
}

#[test]
fn what_lasts_stays() {
    let code = "system/stable";
    Witness::of([name("a"), name("a")]).accepts(code);
    Witness::of([name("a"), name("A")]).rejects(code, "host-name");
    let kernel = |version| system(&format!(r#""kernel-version":"{version}","version":"{version}""#));
    Witness::of([kernel("1"), kernel("2")]).rejects(code, "kernel-version");
    Witness::of([system(r#""version":"1""#), system(r#""version":"2""#)]).accepts(code);
    Witness::of([name("a"), system(""), kernel("1")]).accepts(code);
}

#[test]
fn a_kernel_is_that_of_uname() {
    let code = "system/kernel";
    let text = str::to_owned;
    let kernel = Kernel { release: text("6.1"), version: text("#1 SMP"), machine: text("x86_64") };
    let facts = Facts { kernel: Some(kernel), ..Facts::default() };
    let told = |members| Witness::knowing(&facts, [system(members)]);
    told(r##""kernel-release":"6.1","kernel-version":"#1 SMP","machine":"x86_64""##).accepts(code);
    told("").accepts(code);
    told(r#""kernel-release":"6""#).rejects(code, "kernel-release");
    told(r##""kernel-version":"#1""##).rejects(code, "kernel-version");
    told(r#""machine":"amd64""#).rejects(code, "machine");
    Witness::of([system(r#""machine":"amd64""#)]).silences(code);
}

fn fields(fields: &[(&str, &str)]) -> Facts {
    let fields: BTreeMap<_, _> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Facts { os_release: Some(fields), ..Facts::default() }
}

#[test]
fn fields_of_the_distribution_are_those_of_its_file() {
    let code = "system/os-release";
    let known = fields(&[("ID", "deb"), ("VERSION", "1 (one)"), ("HOME_URL", "x")]);
    let told = |members| Witness::knowing(&known, [system(members)]);
    told(r#""id":"deb","version":"1 (one)""#).accepts(code);
    told(r#""id":"deb""#).accepts(code);
    told(r#""version":"1""#).rejects(code, "value:version");
    told(r#""id":"deb","variant":"""#).rejects(code, "invented:variant");
    told(r#""name":"Linux""#).rejects(code, "invented:name");
    Witness::knowing(&fields(&[]), [system(r#""id":"linux""#)]).rejects(code, "invented:id");
    Witness::of([system(r#""id":"linux""#)]).silences(code);
}

#[test]
fn quotes_are_no_part_of_a_field() {
    let code = "system/os-release-quotes";
    Witness::of([system(r#""id":"deb","name":"'t Systeem""#)]).accepts(code);
    Witness::of([system(r#""name":"\"Deb 1\"""#)]).rejects(code, "quoted:name");
    Witness::of([system(r#""name":"'Deb 1'""#)]).rejects(code, "quoted:name");
    let known = fields(&[("VERSION", "1 (one)"), ("NAME", "'t Systeem")]);
    let told = |members| Witness::knowing(&known, [system(members)]);
    told(r#""version":"1 (one)","name":"'t Systeem""#).accepts(code);
    told(r#""version":"'1""#).rejects(code, "quoted:version");
    told(r#""version":"\"1 (one)\"""#).rejects(code, "quoted:version");
}

#[test]
fn windows_has_words_of_its_own() {
    let code = "system/windows";
    let windows =
        |rest: &str| Witness::of([system(&format!(r#""id":"mswindows","name":"Microsoft Windows"{rest}"#))]);
    windows(r#","machine":"x86_64","variant":"client","variant-id":"client""#).accepts(code);
    windows(r#","machine":"aarch64""#).accepts(code);
    windows(r#","machine":"AMD64""#).rejects(code, "machine");
    windows(r#","variant":"Server""#).rejects(code, "variant");
    windows(r#","variant-id":"""#).rejects(code, "variant-id");
    Witness::of([system(r#""id":"windows","name":"Microsoft Windows""#)]).rejects(code, "id");
    Witness::of([system(r#""id":"mswindows","name":"Windows""#)]).rejects(code, "name");
    Witness::of([system(r#""id":"deb","machine":"sparc","variant":"x""#)]).accepts(code);
}

#[test]
fn every_processor_is_listed() {
    let code = "system/processors";
    let vcpus = |count: usize| {
        let one = |id| format!(r#"{{"logical-id":{id},"online":true,"can-offline":true}}"#);
        returned("guest-get-vcpus", &format!("[{}]", (0..count).map(one).collect::<Vec<_>>().join(",")))
    };
    let facts = Facts { processors: Some(2), ..Facts::default() };
    Witness::knowing(&facts, [vcpus(2)]).accepts(code);
    Witness::knowing(&facts, [vcpus(1)]).rejects(code, "fewer");
    Witness::knowing(&facts, [vcpus(3)]).rejects(code, "more");
    Witness::of([vcpus(3)]).silences(code);
}
