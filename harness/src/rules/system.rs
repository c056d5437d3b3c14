//! Chapter `system`: the guest's name, its place on the globe, its kernel and its processors.

mod distribution;

use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::{Kernel, TimeZone};

use super::listing;
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, pass_if, quoted};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[
    &ZONE_OFFSET,
    &ZONE_NAME,
    &HOST_NAME,
    &STABLE,
    &KERNEL,
    &PROCESSORS,
    &distribution::OS_RELEASE,
    &distribution::QUOTES,
    &distribution::WINDOWS,
];

const ZONE: &str = "guest-get-timezone";
const NAME: &str = "guest-get-host-name";
const SYSTEM: &str = "guest-get-osinfo";
/// No place on earth is further from UTC.
const DAY_S: i64 = 86_400;

static ZONE_OFFSET: Rule = Rule {
    code: "system/zone-offset",
    class: Class::Violation,
    title: "The offset of the time zone is its distance from UTC in seconds, positive in the east",
    clauses: &["schema.GuestTimezone.offset-seconds", "schema.GuestTimezone.offset-sign"],
    evidence: Evidence::Success,
    explanation: "The time zone is asked for. A reply conforms if the offset is not more than a day in either \
        direction and, where the guest's zone is known, if it is that of the zone: -12600 three and a half hours \
        west of Greenwich. Minutes, milliseconds, and the sign of the C library's `timezone`, which counts \
        westwards, violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(ZONE), judge: zone_offset },
};

fn zone_offset(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(offset) = turn.success().and_then(|value| value.member("offset")?.as_i64()) else {
        return Outcome::Silent;
    };
    let got = || format!("offset {offset}");
    if !(-DAY_S..=DAY_S).contains(&offset) {
        return fail("range", format!("an offset from -{DAY_S} to {DAY_S}"), got());
    }
    let Some(TimeZone { offset_s, .. }) = turn.facts.time_zone else { return Outcome::Pass };
    let wanted = i64::from(offset_s);
    pass_if(offset == wanted, || {
        let bucket = if offset == -wanted { "sign" } else { "value" };
        fail(bucket, format!("offset {wanted}"), got())
    })
}

static ZONE_NAME: Rule = Rule {
    code: "system/zone-name",
    class: Class::Difference,
    title: "A time zone without a name has no member `zone`",
    clauses: &["schema.guest-get-timezone.zone"],
    evidence: Evidence::Success,
    explanation: "The time zone is asked for. A reply conforms if `zone` is absent or is not empty. Which name it is \
        does not matter: operating systems name zones differently.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(ZONE), judge: zone_name },
};

fn zone_name(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(value) = turn.success() else { return Outcome::Silent };
    let is_empty = value.member("zone").and_then(Json::as_str).is_some_and(|zone| zone.is_empty());
    pass_if(!is_empty, || fail("empty", "a name, or no member `zone`", "an empty name"))
}

static HOST_NAME: Rule = Rule {
    code: "system/host-name",
    class: Class::Violation,
    title: "The host name is that of the guest",
    clauses: &["schema.guest-get-host-name.name", "schema.GuestHostName.host-name"],
    evidence: Evidence::Success,
    explanation: "The host name is asked for. A reply conforms if the name is not empty and, where the guest's name \
        is known, if it is that name, with or without a domain. Capitals do not matter.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(NAME), judge: host_name },
};

fn host_name(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(told) = turn.success().and_then(|value| value.member("host-name")?.as_str()) else {
        return Outcome::Silent;
    };
    if told.is_empty() {
        return fail("empty", "a name", "an empty name");
    }
    let Some(known) = &turn.facts.host_name else { return Outcome::Pass };
    pass_if(is_same_host(known, &told), || fail("other", quoted(known), quoted(&told)))
}

/// Whether two names are equal, or one is the other with a domain behind it.
fn is_same_host(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let extends = |long: &str, short: &str| {
        long.strip_prefix(short).is_some_and(|domain| domain.len() > 1 && domain.starts_with('.'))
    };
    one == other || extends(&one, &other) || extends(&other, &one)
}

static STABLE: Rule = Rule {
    code: "system/stable",
    class: Class::Difference,
    title: "A guest that runs on keeps its name and its kernel",
    clauses: &["schema.guest-get-host-name.name", "schema.guest-get-osinfo.describes"],
    evidence: Evidence::Success,
    explanation: "The host name and the operating system are asked for again and again. A reply conforms if the host \
        name, the kernel's release and version and the machine are those of the reply before. Clients recognize \
        guests by them.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(NAME) || turn.asks(SYSTEM), judge: stable },
};

fn stable(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(model), Some(value)) = (turn.model, turn.success()) else { return Outcome::Silent };
    let changed = value.members().iter().find_map(|member| {
        let name = member.key.to_str()?;
        let before = model.system.told(&name)?;
        let now = member.value.as_str()?;
        (now != before).then(|| (name.into_owned(), before, now))
    });
    match changed {
        None => Outcome::Pass,
        Some((name, before, now)) => {
            let expected = format!("{name} {}, as before", quoted(before));
            fail(name, expected, quoted(&now))
        }
    }
}

static KERNEL: Rule = Rule {
    code: "system/kernel",
    class: Class::Violation,
    title: "The kernel and the machine are those that uname tells",
    clauses: &[
        "schema.GuestOSInfo.kernel-release",
        "schema.GuestOSInfo.kernel-version",
        "schema.GuestOSInfo.machine",
        "schema.guest-get-osinfo.describes",
    ],
    evidence: Evidence::Success,
    explanation: "The operating system is asked for where the guest's kernel is known. A reply conforms if \
        `kernel-release`, `kernel-version` and `machine` are what `uname -r`, `-v` and `-m` say, as far as they are \
        there.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(SYSTEM) && turn.facts.kernel.is_some(), judge: kernel },
};

fn kernel(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(value), Some(kernel)) = (turn.success(), &turn.facts.kernel) else { return Outcome::Silent };
    let Kernel { release, version, machine } = kernel;
    let known = [("kernel-release", release), ("kernel-version", version), ("machine", machine)];
    let wrong = known.into_iter().find_map(|(member, known)| {
        let told = value.member(member)?.as_str()?;
        (told != *known).then(|| fail(member, format!("{member} {}", quoted(known)), quoted(&told)))
    });
    wrong.unwrap_or(Outcome::Pass)
}

static PROCESSORS: Rule = Rule {
    code: "system/processors",
    class: Class::Violation,
    title: "guest-get-vcpus lists as many processors as the guest has",
    clauses: &["schema.guest-get-vcpus.once"],
    evidence: Evidence::Success,
    explanation: "The processors are asked for where their number is known. A reply conforms if it has an element \
        for each of them, whether it is in use or not. Processors behind a gap in the numbers are easily forgotten; \
        `qemu-ga` did so before 6.0.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.asks("guest-get-vcpus") && turn.facts.processors.is_some(),
        judge: processors,
    },
};

fn processors(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(listed), Some(known)) = (listing::elements(turn), turn.facts.processors) else {
        return Outcome::Silent;
    };
    let listed = listed.len();
    pass_if(listed == known, || {
        let bucket = if listed < known { "fewer" } else { "more" };
        fail(bucket, format!("{known} processors"), listed.to_string())
    })
}

#[cfg(test)]
mod tests;
