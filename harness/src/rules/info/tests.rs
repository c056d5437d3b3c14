//! Conversations that the rules about `guest-info` accept and reject.

use crate::rules::witness::{Step, Witness, call, returned};
use crate::wire::Facts;

const NOT_FOUND: &str = "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"no\"}}";

/// A reply to `guest-info` with itself and these entries: name, enabled, success-response.
fn info(entries: &[(&str, bool, bool)]) -> Step {
    let entries: Vec<String> = [("guest-info", true, true)]
        .iter()
        .chain(entries)
        .map(|(name, enabled, success)| {
            format!("{{\"name\":\"{name}\",\"enabled\":{enabled},\"success-response\":{success}}}")
        })
        .collect();
    let list = entries.join(",");
    call(
        "guest-info",
        "{}",
        &format!("{{\"return\":{{\"version\":\"1.2.3\",\"supported_commands\":[{list}]}}}}"),
    )
}

fn ping(reply: &str) -> Step {
    call("guest-ping", "{}", reply)
}

const THAW: (&str, bool, bool) = ("guest-fsfreeze-thaw", true, true);

const PONG: &str = "{\"return\":{}}";

#[test]
fn names_are_listed_once() {
    Witness::of([info(&[])]).accepts("info/unique");
    Witness::of([info(&[("guest-info", true, true)])]).rejects("info/unique", "repeated");
}

#[test]
fn what_is_enabled_works() {
    let enabled = || info(&[("guest-ping", true, true)]);
    let disabled = || info(&[("guest-ping", false, true)]);
    Witness::of([enabled(), ping(PONG)]).accepts("info/enabled");
    Witness::of([disabled(), ping(NOT_FOUND)]).accepts("info/enabled");
    Witness::of([enabled(), ping(NOT_FOUND)]).rejects("info/enabled", "missing:guest-ping");
    Witness::of([ping(NOT_FOUND), enabled()]).rejects("info/enabled", "missing:guest-ping");
    Witness::of([disabled(), ping(PONG)]).rejects("info/enabled", "works:guest-ping");
    let freeze = call("guest-fsfreeze-freeze", "{}", "{\"return\":1}");
    let fsfreeze = ("guest-fsfreeze-freeze", true, true);
    Witness::of([info(&[("guest-ping", true, true), fsfreeze]), freeze, ping(NOT_FOUND)])
        .silences("info/enabled");
}

#[test]
fn what_works_is_listed() {
    Witness::of([ping(PONG), info(&[("guest-ping", true, true)])]).accepts("info/listed");
    Witness::of([info(&[]), ping(PONG)]).rejects("info/listed", "unlisted:guest-ping");
    Witness::of([ping(PONG), info(&[])]).rejects("info/listed", "unlisted:guest-ping");
    Witness::of([info(&[]), ping(NOT_FOUND)]).silences("info/listed");
    let names =
        call("guest-info", "{}", "{\"return\":{\"version\":\"1.2.3\",\"supported_commands\":[\"guest-x\"]}}");
    Witness::of([ping(PONG), names]).rejects("reply/type", "type:return.supported_commands[]");
}

#[test]
fn silent_commands_are_told() {
    Witness::of([info(&[("guest-shutdown", true, false)])]).accepts("info/success-response");
    Witness::of([info(&[("guest-shutdown", true, true)])])
        .rejects("info/success-response", "wrong:guest-shutdown");
    Witness::of([info(&[("vendor-command", true, false)])]).accepts("info/success-response");
}

#[test]
fn thawing_brings_the_list_back() {
    let freeze = |count: i64| call("guest-fsfreeze-freeze", "{}", &format!("{{\"return\":{count}}}"));
    let thaw = || call("guest-fsfreeze-thaw", "{}", "{\"return\":1}");
    let listed = || info(&[("guest-ping", true, true), ("guest-fsfreeze-freeze", true, true), THAW]);
    let frozen = || info(&[("guest-ping", false, true), THAW]);
    Witness::of([listed(), freeze(1), thaw(), ping(NOT_FOUND)]).rejects("info/enabled", "missing:guest-ping");
    Witness::of([listed(), freeze(1), frozen(), ping(NOT_FOUND), thaw(), ping(PONG)]).accepts("info/enabled");
    Witness::of([frozen(), thaw(), ping(PONG)]).silences("info/enabled");
    // Nothing was frozen, so nothing has changed.
    Witness::of([listed(), freeze(0), ping(NOT_FOUND)]).rejects("info/enabled", "missing:guest-ping");
}

#[test]
fn a_version_is_told() {
    let version = |version: &str| {
        let entry = "{\"name\":\"guest-info\",\"enabled\":true,\"success-response\":true}";
        let info = format!("{{\"version\":\"{version}\",\"supported_commands\":[{entry}]}}");
        Witness::of([returned("guest-info", &info)])
    };
    version("7.2.22").accepts("info/version");
    version("").rejects("info/version", "empty");
    version("11.1.255").accepts("info/version-numbers");
    for odd in ["1", "7.2", "7.2.22.1", "7.2.rc1", "v7.2.1", "7.2.256", "7..2", "+1.0.0"] {
        version(odd).rejects("info/version-numbers", "form");
    }
}

#[test]
fn what_is_blocked_is_disabled_and_refused() {
    let facts = Facts { blocked: Some(["guest-ping".to_owned()].into()), ..Facts::default() };
    let told = |steps: Vec<Step>| Witness::knowing(&facts, steps);
    told(vec![info(&[("guest-ping", false, true)])]).accepts("info/blocked-listed");
    told(vec![info(&[])]).accepts("info/blocked-listed");
    told(vec![info(&[("guest-ping", true, true)])]).rejects("info/blocked-listed", "enabled:guest-ping");
    told(vec![ping(NOT_FOUND)]).accepts("info/blocked-refused");
    told(vec![ping(PONG)]).rejects("info/blocked-refused", "executed");
    told(vec![ping(NOT_FOUND)]).accepts("info/blocked-class");
    told(vec![ping(&NOT_FOUND.replace("CommandNotFound", "GenericError"))])
        .rejects("info/blocked-class", "other");
}
