//! Chapter `network`: interfaces, their addresses and what they count.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::network::COUNTERS;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::listing::{distinct, each};
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, quoted};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] =
    &[&UNIQUE, &ADDRESS, &FAMILY, &PREFIX, &HARDWARE_ADDRESS, &COUNTERS_GROW, &COUNTERS_FIT];

fn asks_interfaces(turn: &Turn<'_>) -> bool {
    turn.asks("guest-network-get-interfaces")
}

static UNIQUE: Rule = Rule {
    code: "network/unique",
    class: Class::Difference,
    title: "guest-network-get-interfaces lists no interface twice",
    clauses: &["schema.GuestNetworkInterface.name", "schema.guest-network-get-interfaces.list"],
    evidence: Evidence::Success,
    explanation: "The interfaces are asked for. A reply conforms if no name occurs in it twice: an interface with several \
        addresses has one element with all of them.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_interfaces, judge: |turn, _| distinct(turn, "name") },
};

static ADDRESS: Rule = Rule {
    code: "network/address",
    class: Class::Violation,
    title: "An IP address is one",
    clauses: &["schema.GuestIpAddress.ip-address", "schema.GuestNetworkInterface.ip-addresses"],
    evidence: Evidence::Success,
    explanation: "The interfaces are asked for. A reply conforms if each `ip-address` is an address of version 4 or 6 in \
        its usual notation. A name, a prefix length behind the address and brackets around it violate the rule; an \
        address of version 6 may end in `%` and a zone.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_interfaces, judge: address },
};

/// Passes if nothing is wrong with any address of any interface.
fn each_address<'t>(turn: &Turn<'t>, wrong: impl Fn(&'t Json<'t>) -> Option<Outcome>) -> Outcome {
    each(turn, |interface| interface.member("ip-addresses")?.as_array()?.iter().find_map(&wrong))
}

fn parse(text: &str) -> Option<IpAddr> {
    let v6 =
        || text.split_once('%').filter(|(_, zone)| !zone.is_empty()).map_or(text, |(address, _)| address);
    let v4 = text.parse::<Ipv4Addr>().map(IpAddr::V4);
    v4.or_else(|_| v6().parse::<Ipv6Addr>().map(IpAddr::V6)).ok()
}

fn address(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each_address(turn, |address| {
        let text = address.member("ip-address")?.as_str()?;
        parse(&text).is_none().then(|| fail("malformed", "an IP address", quoted(&text)))
    })
}

static FAMILY: Rule = Rule {
    code: "network/family",
    class: Class::Violation,
    title: "The type of an IP address is its own",
    clauses: &["schema.GuestIpAddress.ip-address-type", "schema.GuestIpAddressType.values"],
    evidence: Evidence::Success,
    explanation: "The interfaces are asked for. A reply conforms if `ip-address-type` is ipv4 for addresses of version 4 \
        and ipv6 for those of version 6.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_interfaces, judge: family },
};

fn family(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each_address(turn, |address| {
        let text = address.member("ip-address")?.as_str()?;
        let own = match parse(&text)? {
            IpAddr::V4(_) => "ipv4",
            IpAddr::V6(_) => "ipv6",
        };
        let told = address.member("ip-address-type")?.as_str()?;
        (told != own).then(|| fail("other", format!("{own} for {}", quoted(&text)), quoted(&told)))
    })
}

static PREFIX: Rule = Rule {
    code: "network/prefix",
    class: Class::Violation,
    title: "A prefix is not longer than its address",
    clauses: &["schema.GuestIpAddress.prefix"],
    evidence: Evidence::Success,
    explanation: "The interfaces are asked for. A reply conforms if each `prefix` is from 0 to 32 for an address of \
        version 4, and from 0 to 128 for one of version 6. A netmask as a number violates the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_interfaces, judge: prefix },
};

fn prefix(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each_address(turn, |address| {
        let text = address.member("ip-address")?.as_str()?;
        let bits = match parse(&text)? {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let prefix = address.member("prefix")?.as_i64()?;
        let failure = || fail("range", format!("0 to {bits} for {}", quoted(&text)), prefix.to_string());
        (!(0..=bits).contains(&prefix)).then(failure)
    })
}

static HARDWARE_ADDRESS: Rule = Rule {
    code: "network/hardware-address",
    class: Class::Difference,
    title: "A hardware address is written in pairs of hexadecimal digits with colons in between",
    clauses: &["schema.GuestNetworkInterface.hardware-address"],
    evidence: Evidence::Success,
    explanation: "The interfaces are asked for. A reply conforms if each `hardware-address` is of the form \
        52:54:00:12:34:56, of any length and in small or capital letters, and if an interface without one does not have \
        the member. No document demands the form, but clients compare the address with that of the virtual network card.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_interfaces, judge: hardware_address },
};

fn hardware_address(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |interface| {
        let text = interface.member("hardware-address")?.as_str()?;
        if text.is_empty() {
            return Some(fail("empty", "an address, or no member `hardware-address`", "an empty text"));
        }
        let is_pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|byte| byte.is_ascii_hexdigit());
        (!text.split(':').all(is_pair))
            .then(|| fail("form", "an address like 52:54:00:12:34:56", quoted(&text)))
    })
}

static COUNTERS_GROW: Rule = Rule {
    code: "network/counters-grow",
    class: Class::Difference,
    title: "The counters of an interface do not fall",
    clauses: &[
        "schema.GuestNetworkInterface.statistics",
        "schema.GuestNetworkInterfaceStat.rx-bytes",
        "schema.GuestNetworkInterfaceStat.rx-packets",
        "schema.GuestNetworkInterfaceStat.rx-errs",
        "schema.GuestNetworkInterfaceStat.rx-dropped",
        "schema.GuestNetworkInterfaceStat.tx-bytes",
        "schema.GuestNetworkInterfaceStat.tx-packets",
        "schema.GuestNetworkInterfaceStat.tx-errs",
        "schema.GuestNetworkInterfaceStat.tx-dropped",
    ],
    evidence: Evidence::Success,
    explanation: "The interfaces are asked for several times. A reply conforms if no counter is less than in the reply \
        before: they are totals, and not what was counted since the last request. As a guest may set them back, this \
        is no violation.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_interfaces, judge: counters_grow },
};

/// Passes if nothing is wrong with any counter of any interface; `wrong` gets the names of both.
fn each_counter(turn: &Turn<'_>, wrong: impl Fn(&str, &'static str, u64) -> Option<Outcome>) -> Outcome {
    each(turn, |interface| {
        let name = interface.member("name")?.as_str()?;
        let statistics = interface.member("statistics")?;
        COUNTERS.into_iter().find_map(|counter| wrong(&name, counter, statistics.member(counter)?.as_u64()?))
    })
}

fn counters_grow(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(model) = turn.model else { return Outcome::Silent };
    each_counter(turn, |interface, counter, now| {
        let before = model.network.counted(interface, counter).filter(|before| now < *before)?;
        Some(fail("fell", format!("{counter} of {} not below {before}", quoted(interface)), now.to_string()))
    })
}

static COUNTERS_FIT: Rule = Rule {
    code: "network/counters-fit",
    class: Class::Difference,
    title: "The counters of an interface fit a signed number of 64 bits",
    clauses: &["client.counters-fit"],
    evidence: Evidence::Success,
    explanation: "The interfaces are asked for. A reply conforms if no counter is above 9223372036854775807. Clients read \
        them into signed numbers, and an agent that subtracts below 0 makes them fail.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: asks_interfaces, judge: counters_fit },
};

fn counters_fit(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each_counter(turn, |interface, counter, now| {
        let failure = || {
            let expected = format!("{counter} of {} up to {}", quoted(interface), i64::MAX);
            fail("large", expected, now.to_string())
        };
        i64::try_from(now).is_err().then(failure)
    })
}

#[cfg(test)]
mod tests;
