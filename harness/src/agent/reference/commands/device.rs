//! Devices of a Windows guest: `guest-get-devices`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::machine::{Device, Platform};

pub(super) static COMMANDS: [Command; 1] =
    [Command::new("guest-get-devices", devices).only_on(Platform::Windows)];

fn devices(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(Node::list(guest.machine.devices.iter().map(device)))
}

fn device(device: &Device) -> Node {
    let mut members = vec![("driver-name", device.driver.into())];
    if let Some((date_ns, version)) = device.release {
        members.extend([("driver-date", date_ns.into()), ("driver-version", version.into())]);
    }
    members.extend(device.model.map(|(vendor, model)| {
        let numbers = [("vendor-id", i64::from(vendor)), ("device-id", i64::from(model))];
        let numbers = numbers.into_iter().map(|(name, number)| (name, number.into()));
        ("id", Node::object([("type", "pci".into())].into_iter().chain(numbers)))
    }));
    Node::object(members)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, NOT_FOUND};
    use crate::agent::reference::Config;
    use crate::agent::reference::guest::machine::Machine;

    const DEVICES: &str = "guest-get-devices";

    #[test]
    fn windows_tells_of_its_drivers() {
        let machine = Machine::windows();
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        let id = r#""id": {"type": "pci", "vendor-id": 6900, "device-id": 4096}"#;
        bench.check(&[(
            DEVICES,
            "",
            &format!(
                r#"[{{"driver-name": "Red Hat VirtIO Ethernet Adapter", "driver-date": 1674172800000000000, "driver-version": "100.92.104.22900", {id}}}, {{"driver-name": "PCI standard host CPU bridge"}}]"#
            ),
        )]);
        for other in ["guest-set-vcpus", "guest-get-memory-blocks", "guest-suspend-hybrid"] {
            bench.check(&[(other, "", NOT_FOUND)]);
            assert!(!bench.ask("guest-info", "").contains(other));
        }
    }

    #[test]
    fn elsewhere_the_command_is_absent_or_disabled() {
        let mut bench = Bench::default();
        bench.check(&[(DEVICES, "", NOT_FOUND)]);
        assert!(!bench.ask("guest-info", "").contains(DEVICES));

        let disabled = vec![DEVICES.to_owned()];
        let mut bench = Bench::new(Config { disabled, ..Config::default() });
        bench.check(&[(DEVICES, "", NOT_FOUND)]);
        let entry = r#"{"name": "guest-get-devices", "enabled": false, "success-response": true}"#;
        assert!(bench.ask("guest-info", "").contains(entry));
    }
}
