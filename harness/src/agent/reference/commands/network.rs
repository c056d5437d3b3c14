//! The guest's network: `guest-network-get-interfaces`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::Interface;

pub(super) static COMMANDS: [Command; 1] = [Command::new("guest-network-get-interfaces", interfaces)];

const STATISTICS: [&str; 8] =
    ["rx-bytes", "rx-packets", "rx-errs", "rx-dropped", "tx-bytes", "tx-packets", "tx-errs", "tx-dropped"];

fn interfaces(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(Node::list(guest.machine.interfaces.iter().map(interface)))
}

fn interface(interface: &Interface) -> Node {
    let addresses = interface.addresses.iter().map(|address| {
        Node::object([
            ("ip-address", address.text.into()),
            ("ip-address-type", address.kind.into()),
            ("prefix", address.prefix.into()),
        ])
    });
    let counters = interface.statistics.into_iter().map(Node::from);
    let statistics = Node::object(STATISTICS.into_iter().zip(counters));
    let hardware_address = interface.hardware_address.map(|address| ("hardware-address", address.into()));
    Node::object(
        [("name", interface.name.into())]
            .into_iter()
            .chain(hardware_address)
            .chain([("ip-addresses", Node::list(addresses)), ("statistics", statistics)]),
    )
}
