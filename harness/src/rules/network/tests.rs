//! Conversations that the rules about the network accept and reject.

use crate::rules::witness::{Step, Witness, returned};

/// A reply with these elements.
fn interfaces(elements: &[&str]) -> Step {
    returned("guest-network-get-interfaces", &format!("[{}]", elements.join(",")))
}

fn address(text: &str, family: &str, prefix: i64) -> Witness {
    let address = format!(r#"{{"ip-address":"{text}","ip-address-type":"{family}","prefix":{prefix}}}"#);
    let good = r#"{"ip-address":"127.0.0.1","ip-address-type":"ipv4","prefix":8}"#;
    Witness::of([interfaces(&[
        r#"{"name":"tun0"}"#,
        &format!(r#"{{"name":"eth0","ip-addresses":[{good},{address}]}}"#),
    ])])
}

fn counters(name: &str, bytes: u64) -> String {
    let rest: Vec<_> = ["rx-packets", "rx-errs", "rx-dropped", "tx-packets", "tx-errs", "tx-dropped"]
        .into_iter()
        .map(|counter| format!(r#""{counter}":1"#))
        .collect();
    let rest = rest.join(",");
    format!(r#"{{"name":"{name}","statistics":{{"rx-bytes":{bytes},"tx-bytes":7,{rest}}}}}"#)
}

#[test]
fn interfaces_are_listed_once() {
    let code = "network/unique";
    Witness::of([interfaces(&[])]).accepts(code);
    Witness::of([interfaces(&[r#"{"name":"lo"}"#, r#"{"name":"eth0"}"#])]).accepts(code);
    Witness::of([interfaces(&[r#"{"name":"lo"}"#, r#"{"name":"lo"}"#])]).rejects(code, "repeated");
}

#[test]
fn addresses_are_addresses() {
    let code = "network/address";
    address("192.0.2.1", "ipv4", 24).accepts(code);
    address("fe80::1%eth0", "ipv6", 64).accepts(code);
    address("::ffff:192.0.2.1", "ipv6", 96).accepts(code);
    for text in ["192.0.2.1/24", "localhost", "[::1]", "192.0.2", "192.0.2.001", "", "fe80::1%", "::1/128"] {
        address(text, "ipv4", 24).rejects(code, "malformed");
    }
}

#[test]
fn a_type_is_that_of_the_address() {
    let code = "network/family";
    address("::1", "ipv6", 128).accepts(code);
    address("::1", "ipv4", 0).rejects(code, "other");
    address("192.0.2.1", "ipv6", 24).rejects(code, "other");
}

#[test]
fn a_prefix_fits_its_address() {
    let code = "network/prefix";
    address("192.0.2.1", "ipv4", 32).accepts(code);
    address("192.0.2.1", "ipv4", 33).rejects(code, "range");
    address("192.0.2.1", "ipv4", -1).rejects(code, "range");
    address("::1", "ipv6", 128).accepts(code);
    address("::1", "ipv6", 129).rejects(code, "range");
    address("::1", "ipv6", 0).accepts(code);
}

#[test]
fn a_hardware_address_has_its_form() {
    let code = "network/hardware-address";
    let with = |text: &str| {
        Witness::of([interfaces(&[&format!(r#"{{"name":"eth0","hardware-address":"{text}"}}"#)])])
    };
    with("52:54:00:12:34:56").accepts(code);
    with("AA:bb:00:12:34:56:78:9a").accepts(code);
    with("52-54-00-12-34-56").rejects(code, "form");
    with("52:54:0:12:34:56").rejects(code, "form");
    with("525400123456").rejects(code, "form");
    with("52:54:00:12:34:5g").rejects(code, "form");
    with("").rejects(code, "empty");
}

#[test]
fn counters_grow() {
    let code = "network/counters-grow";
    let told = |bytes| interfaces(&[&counters("lo", 0), &counters("eth0", bytes)]);
    Witness::of([told(5), told(5), told(6)]).accepts(code);
    Witness::of([told(5), told(4)]).rejects(code, "fell");
    Witness::of([told(5), interfaces(&[]), told(4)]).accepts(code);
    let twice = || interfaces(&[&counters("eth0", 9), &counters("eth0", 8)]);
    Witness::of([twice(), twice()]).rejects("network/unique", "repeated");
    let suspended = crate::rules::witness::ask(r#"{"execute":"guest-suspend-ram"}"#, "");
    Witness::of([told(5), suspended, told(4)]).accepts(code);
}

#[test]
fn counters_fit_signed_numbers() {
    let code = "network/counters-fit";
    Witness::of([interfaces(&[&counters("lo", i64::MAX as u64)])]).accepts(code);
    Witness::of([interfaces(&[&counters("lo", u64::MAX)])]).rejects(code, "large");
}
