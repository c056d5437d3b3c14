//! The guest's network: `guest-network-get-interfaces`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::machine::Interface;

pub(super) static COMMANDS: [Command; 1] = [Command::new("guest-network-get-interfaces", interfaces)];

const STATISTICS: [&str; 8] =
    ["rx-bytes", "rx-packets", "rx-errs", "rx-dropped", "tx-bytes", "tx-packets", "tx-errs", "tx-dropped"];

/// What an interface counts from one request to the next: it carries what nobody asks for.
const TRAFFIC: [u64; 8] = [128, 2, 0, 0, 64, 1, 0, 0];

fn interfaces(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    let list = Node::list(guest.machine.interfaces.iter().map(interface));
    for counters in guest.machine.interfaces.iter_mut().filter_map(|interface| interface.statistics.as_mut())
    {
        for (counter, more) in counters.iter_mut().zip(TRAFFIC) {
            *counter += more;
        }
    }
    Ok(list)
}

/// What the interface does not have, its element does not have either.
fn interface(interface: &Interface) -> Node {
    let addresses = interface.addresses.iter().map(|address| {
        Node::object([
            ("ip-address", address.text.into()),
            ("ip-address-type", address.kind.into()),
            ("prefix", address.prefix.into()),
        ])
    });
    let mut members = vec![("name", interface.name.into())];
    members.extend(interface.hardware_address.map(|address| ("hardware-address", address.into())));
    if !interface.addresses.is_empty() {
        members.push(("ip-addresses", Node::list(addresses)));
    }
    members.extend(interface.statistics.map(|counters| {
        let counters = STATISTICS.into_iter().zip(counters.into_iter().map(Node::from));
        ("statistics", Node::object(counters))
    }));
    Node::object(members)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Bench;

    #[test]
    fn an_interface_has_what_it_has() {
        let list = Bench::default().ask("guest-network-get-interfaces", "");
        assert!(list.starts_with(concat!(
            r#"[{"name": "lo", "hardware-address": "00:00:00:00:00:00", "ip-addresses": [{"ip-address": "127.0.0.1", "#,
            r#""ip-address-type": "ipv4", "prefix": 8}, "#
        )));
        assert!(list.contains(r#""statistics": {"rx-bytes": 840, "rx-packets": 10, "rx-errs": 0, "#));
        assert!(list.ends_with(r#", {"name": "tun0"}]"#));
    }
}
