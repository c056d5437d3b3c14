//! Chapter `user`: who is logged in, and since when.

use std::collections::BTreeSet;

use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::Platform;

use super::listing::{distinct, each, elements};
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, quoted};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&UNIQUE, &LOGGED_IN, &LOGIN_TIME, &EARLIEST, &LOGIN_FRACTION, &DOMAIN];

const USERS: &str = "guest-get-users";
/// In the year 2242: what is later is no count of seconds.
const SECONDS_END: f64 = 8_589_934_592.0;
/// A time that is nearer to another than this may be the same one without its fraction.
const SECOND_US: i64 = 1_000_000;
/// Finer than this no clock has to tell a login.
const MILLISECOND_US: i64 = 1000;

static UNIQUE: Rule = Rule {
    code: "user/unique",
    class: Class::Violation,
    title: "guest-get-users lists no user twice",
    clauses: &["schema.guest-get-users.unique"],
    evidence: Evidence::Success,
    explanation: "The users are asked for, some of whom may be logged in more than once. A reply conforms if no user \
        occurs in it twice. Users of the same name in different domains are different users.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(USERS), judge: unique },
};

fn unique(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let has_domains = |list: &[Json<'_>]| list.iter().any(|user| user.member("domain").is_some());
    if !elements(turn).is_some_and(has_domains) {
        return distinct(turn, "user");
    }
    let mut seen = BTreeSet::new();
    each(turn, |element| {
        let text = |name: &str| element.member(name).and_then(Json::as_str);
        let user = text("user")?;
        let is_new = seen.insert((user.clone(), text("domain")));
        (!is_new).then(|| fail("repeated", "each user once", format!("{} twice", quoted(&user))))
    })
}

static LOGGED_IN: Rule = Rule {
    code: "user/logged-in",
    class: Class::Violation,
    title: "guest-get-users lists those who are logged in, and nobody else",
    clauses: &["schema.guest-get-users.active", "schema.GuestUser.user"],
    evidence: Evidence::Success,
    explanation: "The users are asked for where it is known who is logged in. A reply conforms if it names these users, \
        all of them and no others.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(USERS) && turn.facts.users.is_some(), judge: logged_in },
};

fn logged_in(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(listed), Some(known)) = (elements(turn), &turn.facts.users) else { return Outcome::Silent };
    let told: BTreeSet<_> = listed.iter().filter_map(|user| user.member("user")?.as_str()).collect();
    if let Some(missing) = known.keys().find(|user| !told.contains(user.as_str())) {
        return fail("missing", format!("the user {}", quoted(missing)), "no such element");
    }
    match told.iter().find(|user| !known.contains_key(&***user)) {
        None => Outcome::Pass,
        Some(unknown) => fail("unknown", "users who are logged in", quoted(unknown)),
    }
}

static LOGIN_TIME: Rule = Rule {
    code: "user/login-time",
    class: Class::Violation,
    title: "The time of a login is a number of seconds since 1970",
    clauses: &["schema.GuestUser.login-time"],
    evidence: Evidence::Success,
    explanation: "The users are asked for. A reply conforms if no `login-time` is negative or beyond the year 2242: \
        milliseconds are.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(USERS), judge: login_time },
};

fn seconds(user: &Json<'_>) -> Option<f64> {
    Some(user.member("login-time")?.as_number()?.as_f64())
}

fn is_plausible(seconds: f64) -> bool {
    (0.0..SECONDS_END).contains(&seconds)
}

fn login_time(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |user| {
        let told = seconds(user)?;
        let failure = || fail("range", "seconds since 1970-01-01 00:00:00 UTC", told.to_string());
        (!is_plausible(told)).then(failure)
    })
}

static EARLIEST: Rule = Rule {
    code: "user/earliest",
    class: Class::Violation,
    title: "Of several logins of a user the earliest one counts",
    clauses: &["schema.GuestUser.earliest-login", "schema.GuestUser.login-time"],
    evidence: Evidence::Success,
    explanation: "The users are asked for where their logins are known. A reply conforms if each `login-time` is that of \
        the user's earliest login; a second more or less is let pass.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_logins, judge: earliest },
};

fn knows_logins(turn: &Turn<'_>) -> bool {
    turn.asks(USERS) && turn.facts.users.is_some()
}

/// By how many microseconds a user's time is later than it should be, if that is known.
fn late_us(turn: &Turn<'_>, user: &Json<'_>) -> Option<i64> {
    let told = seconds(user).filter(|seconds| is_plausible(*seconds))?;
    let known = turn.facts.users.as_ref()?.get(&*user.member("user")?.as_str()?)?;
    // Microseconds of plausible times fit a double exactly.
    Some((told * 1e6).round() as i64 - known)
}

fn earliest(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |user| {
        let late_us = late_us(turn, user)?;
        let bucket = if late_us > 0 { "later" } else { "earlier" };
        (late_us.abs() > SECOND_US).then(|| failed(bucket, user, late_us))
    })
}

fn failed(bucket: &str, user: &Json<'_>, late_us: i64) -> Outcome {
    let name = user.member("user").and_then(Json::as_str).unwrap_or_default();
    let off = late_us as f64 / 1e6;
    fail(bucket, format!("the earliest login of {}", quoted(&name)), format!("a time that is off by {off} s"))
}

static LOGIN_FRACTION: Rule = Rule {
    code: "user/login-fraction",
    class: Class::Difference,
    title: "The time of a login keeps its fraction of a second",
    clauses: &["schema.GuestUser.login-time"],
    evidence: Evidence::Success,
    explanation: "The users are asked for where their logins are known. A reply conforms if each `login-time` is right to \
        the millisecond: the time is in seconds with a fraction. Times that are wrong by more than a second are \
        another rule's concern.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_logins, judge: login_fraction },
};

fn login_fraction(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |user| {
        let late_us = late_us(turn, user)?;
        (MILLISECOND_US + 1..=SECOND_US).contains(&late_us.abs()).then(|| failed("cut", user, late_us))
    })
}

static DOMAIN: Rule = Rule {
    code: "user/domain",
    class: Class::Violation,
    title: "Only users of Windows have a domain",
    clauses: &["schema.GuestUser.domain"],
    evidence: Evidence::Success,
    explanation: "The users of a Linux guest are asked for. A reply conforms if no element has the member `domain`, not \
        even an empty one.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.asks(USERS) && turn.facts.platform == Some(Platform::Linux),
        judge: domain,
    },
};

fn domain(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    each(turn, |user| {
        let domain = user.member("domain")?.as_str()?;
        Some(fail("elsewhere", "no `domain`", format!("`domain` {}", quoted(&domain))))
    })
}

#[cfg(test)]
mod tests;
