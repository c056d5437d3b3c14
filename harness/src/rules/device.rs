//! Chapter `device`: the devices of a Windows guest and their drivers.

use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::listing::each;
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, quoted};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&DRIVER, &DATE, &MODEL];

fn asks_devices(turn: &Turn<'_>) -> bool {
    turn.asks("guest-get-devices")
}

static DRIVER: Rule = Rule {
    code: "device/driver",
    class: Class::Violation,
    title: "The driver of a device has a name",
    clauses: &["schema.GuestDeviceInfo.driver-name", "schema.guest-get-devices.list"],
    evidence: Evidence::Success,
    explanation: "The devices of a Windows guest are asked for. A reply conforms if no `driver-name` is empty.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_devices, judge: driver },
};

fn driver(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |device| {
        let name = device.member("driver-name")?.as_str()?;
        name.is_empty().then(|| fail("empty", "the name of a driver", "an empty text"))
    })
}

static DATE: Rule = Rule {
    code: "device/driver-date",
    class: Class::Violation,
    title: "The date of a driver is a number of nanoseconds since 1970",
    clauses: &["schema.GuestDeviceInfo.driver-date"],
    evidence: Evidence::Success,
    explanation: "The devices of a Windows guest are asked for. A reply conforms if each `driver-date` is at least some \
        months from 1970-01-01, or exactly then: what is nearer, are seconds, milliseconds or microseconds. Some makers \
        give dates before 1970, which are negative.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_devices, judge: date },
};

/// About four months. A date in microseconds is nearer to 1970 than this, up to the year 2286.
const MONTHS_NS: u64 = 10_000_000_000_000_000;

fn date(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |device| {
        let date_ns = device.member("driver-date")?.as_i64()?;
        let is_near = (1..MONTHS_NS).contains(&date_ns.unsigned_abs());
        is_near.then(|| fail("unit", "nanoseconds since 1970-01-01", date_ns.to_string()))
    })
}

static MODEL: Rule = Rule {
    code: "device/model",
    class: Class::Violation,
    title: "The maker of a PCI device has a number",
    clauses: &["schema.GuestDeviceInfo.id", "schema.GuestDeviceId.pci", "schema.GuestDeviceIdPCI.vendor-id"],
    evidence: Evidence::Success,
    explanation: "The devices of a Windows guest are asked for. A reply conforms if no `vendor-id` is 0 or 65535, which \
        belong to nobody: a device whose model is not known has no `id`.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_devices, judge: model },
};

fn model(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |device| {
        let maker = device.member("id")?.member("vendor-id")?.as_i64()?;
        let failure = || {
            let name = device.member("driver-name").and_then(Json::as_str).unwrap_or_default();
            fail("nobody", "the number of a maker", format!("{maker} for {}", quoted(&name)))
        };
        matches!(maker, 0 | 0xFFFF).then(failure)
    })
}

#[cfg(test)]
mod tests;
