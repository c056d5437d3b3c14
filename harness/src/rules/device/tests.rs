//! Conversations that the rules about devices accept and reject.

use crate::rules::witness::{Witness, returned};

/// A reply with a device about which nothing is known, and one with these members.
fn device(name: &str, members: &str) -> Witness {
    let good = r#"{"driver-name":"bridge"}"#;
    Witness::of([returned("guest-get-devices", &format!(r#"[{good},{{"driver-name":"{name}"{members}}}]"#))])
}

#[test]
fn a_driver_has_a_name() {
    device("net", "").accepts("device/driver");
    device("", "").rejects("device/driver", "empty");
}

#[test]
fn a_date_is_in_nanoseconds() {
    let code = "device/driver-date";
    let dated = |date: i64| device("net", &format!(r#","driver-date":{date}"#));
    dated(1_674_172_800_000_000_000).accepts(code);
    dated(-45_792_000_000_000_000).accepts(code);
    dated(0).accepts(code);
    for date in [1_674_172_800, 1_674_172_800_000, 1_674_172_800_000_000, -45_792_000] {
        dated(date).rejects(code, "unit");
    }
}

#[test]
fn a_maker_has_a_number() {
    let code = "device/model";
    let made = |maker| device("net", &format!(r#","id":{{"type":"pci","vendor-id":{maker},"device-id":0}}"#));
    made(6900).accepts(code);
    made(0).rejects(code, "nobody");
    made(65535).rejects(code, "nobody");
}
