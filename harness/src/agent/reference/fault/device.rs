//! Faults of what Windows tells about its devices.

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::agent::reference::guest::machine::Machine;
use crate::text::Node;

const DEVICES: &str = "guest-get-devices";

/// A Windows guest, since no other has the command.
const ON_WINDOWS: Hook = Hook::Setup(|config| config.machine = Machine::windows());

pub(super) static FAULTS: [Fault; 6] = [
    Fault {
        name: "driver-without-name",
        trips: "device/driver",
        summary: "the driver of a device whose model is not known has an empty name",
        hooks: &[
            ON_WINDOWS,
            Hook::Reply(|_, context, reply| {
                for device in edit::items(context, reply, DEVICES) {
                    if edit::member(device, "id").is_none() {
                        edit::set(device, "driver-name", "".into());
                    }
                }
            }),
        ],
    },
    Fault {
        name: "drivers-without-names",
        trips: "device/driver",
        summary: "all drivers have empty names",
        hooks: &[
            ON_WINDOWS,
            Hook::Reply(|_, context, reply| {
                for device in edit::items(context, reply, DEVICES) {
                    edit::set(device, "driver-name", "".into());
                }
            }),
        ],
    },
    Fault {
        name: "driver-date-in-seconds",
        trips: "device/driver-date",
        summary: "the date of a driver is in seconds",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| divide_dates(context, reply, 1_000_000_000))],
    },
    Fault {
        name: "driver-date-in-microseconds",
        trips: "device/driver-date",
        summary: "the date of a driver is in microseconds",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| divide_dates(context, reply, 1000))],
    },
    Fault {
        name: "unknown-maker-is-greatest",
        trips: "device/model",
        summary: "the maker of a device whose model is not known is 65535",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| add_models(context, reply, 0xFFFF))],
    },
    Fault {
        name: "unknown-maker-is-nothing",
        trips: "device/model",
        summary: "the maker of a device whose model is not known is 0",
        hooks: &[ON_WINDOWS, Hook::Reply(|_, context, reply| add_models(context, reply, 0))],
    },
];

fn divide_dates(context: &Context<'_>, reply: &mut Node, by: i128) {
    for device in edit::items(context, reply, DEVICES) {
        if let Some(date) = edit::member(device, "driver-date")
            && let Some(value) = edit::integer(date)
        {
            *date = Node::Int(value / by);
        }
    }
}

/// Gives a model to devices that have none.
fn add_models(context: &Context<'_>, reply: &mut Node, maker: i128) {
    for device in edit::items(context, reply, DEVICES) {
        if edit::member(device, "id").is_none() {
            let numbers = [("vendor-id", Node::Int(maker)), ("device-id", Node::Int(maker))];
            edit::set(device, "id", Node::object([("type", "pci".into())].into_iter().chain(numbers)));
        }
    }
}
