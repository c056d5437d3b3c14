//! Conversations that the rules about users accept and reject.

use std::collections::BTreeMap;

use crate::rules::witness::{Step, Witness, returned};
use crate::wire::{Facts, Platform};

/// A reply with these users and the times of their logins as they are spelled.
fn users(list: &[(&str, &str)]) -> Step {
    let one = |(user, time): &(&str, &str)| format!(r#"{{"user":"{user}","login-time":{time}}}"#);
    returned("guest-get-users", &format!("[{}]", list.iter().map(one).collect::<Vec<_>>().join(",")))
}

/// `alice` has been logged in since 1700000050.125, and nobody else.
fn facts() -> Facts {
    Facts { users: Some(BTreeMap::from([("alice".to_owned(), 1_700_000_050_125_000)])), ..Facts::default() }
}

fn told(list: &[(&str, &str)]) -> Witness {
    Witness::knowing(&facts(), [users(list)])
}

#[test]
fn users_are_listed_once() {
    let code = "user/unique";
    Witness::of([users(&[])]).accepts(code);
    Witness::of([users(&[("a", "1"), ("b", "1")])]).accepts(code);
    Witness::of([users(&[("a", "1"), ("b", "1"), ("a", "2")])]).rejects(code, "repeated");
    let domains = |one, other| {
        let user = |domain| format!(r#"{{"user":"a","login-time":1,"domain":"{domain}"}}"#);
        Witness::of([returned("guest-get-users", &format!("[{},{}]", user(one), user(other)))])
    };
    domains("X", "Y").accepts(code);
    domains("X", "X").rejects(code, "repeated");
}

#[test]
fn those_who_are_logged_in_are_listed() {
    let code = "user/logged-in";
    told(&[("alice", "1700000050.125")]).accepts(code);
    told(&[]).rejects(code, "missing");
    told(&[("alice", "1700000050.125"), ("bob", "1700000050")]).rejects(code, "unknown");
    Witness::of([users(&[("bob", "1")])]).silences(code);
}

#[test]
fn a_login_is_in_seconds() {
    let code = "user/login-time";
    Witness::of([users(&[("a", "0"), ("b", "1.7e9"), ("c", "4102444800.5")])]).accepts(code);
    Witness::of([users(&[("a", "1700000050125")])]).rejects(code, "range");
    Witness::of([users(&[("a", "-1")])]).rejects(code, "range");
    // It is for no other rule.
    told(&[("alice", "1700000050125")]).rejects(code, "range");
}

#[test]
fn the_earliest_login_counts() {
    let code = "user/earliest";
    told(&[("alice", "1700000050.125")]).accepts(code);
    told(&[("alice", "1700000200")]).rejects(code, "later");
    told(&[("alice", "1699987450.125")]).rejects(code, "earlier");
    Witness::of([users(&[("alice", "1")])]).silences(code);
}

#[test]
fn a_login_keeps_its_fraction() {
    let code = "user/login-fraction";
    told(&[("alice", "1700000050.1250001")]).accepts(code);
    told(&[("alice", "1700000050")]).rejects(code, "cut");
    told(&[("alice", "1700000050.13")]).rejects(code, "cut");
}

#[test]
fn domains_are_for_windows() {
    let code = "user/domain";
    let on = |platform, member| {
        let facts = Facts { platform, ..Facts::default() };
        let user = format!(r#"[{{"user":"a","login-time":1{member}}}]"#);
        Witness::knowing(&facts, [returned("guest-get-users", &user)])
    };
    on(Some(Platform::Linux), "").accepts(code);
    on(Some(Platform::Linux), r#","domain":"""#).rejects(code, "elsewhere");
    on(Some(Platform::Windows), r#","domain":"X""#).silences(code);
    on(None, r#","domain":"X""#).silences(code);
}
