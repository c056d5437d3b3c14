//! Chapter `user`, its rules about keys that open accounts.

use std::collections::BTreeSet;

use crate::model::keys::{KeyFile, Origin, keys, listed, user};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::error::refused;
use super::scene::{ExchangeScene, Turn};
use super::words::{fail, pass_if, shown};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&LISTED, &ADDED, &ONCE, &RESET, &REMOVED, &MISSING_REMOVED, &CHECKED];

const GET: &str = "guest-ssh-get-authorized-keys";
const ADD: &str = "guest-ssh-add-authorized-keys";
const REMOVE: &str = "guest-ssh-remove-authorized-keys";

fn is_valid(turn: &Turn<'_>, command: &str) -> bool {
    turn.is_valid() && turn.command_name() == Some(command)
}

/// What is known about the file of the user that the request is about.
fn file<'t>(turn: &Turn<'t>) -> Option<&'t KeyFile> {
    turn.model?.keys.file(&user(turn.message.arguments()?)?)
}

/// The keys that the reply lists.
fn told(turn: &Turn<'_>) -> Option<Vec<String>> {
    listed(turn.success()?).filter(|_| is_valid(turn, GET))
}

/// Whether the request changes keys in this way, or lists them after it was done.
fn changes_or_shows(turn: &Turn<'_>, command: &str, shows: fn(&KeyFile) -> bool) -> bool {
    is_valid(turn, command) || (is_valid(turn, GET) && file(turn).is_some_and(shows))
}

static LISTED: Rule = Rule {
    code: "account/keys-listed",
    class: Class::Violation,
    title: "What is listed as a key is the line of a key",
    clauses: &["schema.guest-ssh-get-authorized-keys.keys", "schema.GuestAuthorizedKeys.keys"],
    evidence: Evidence::Success,
    explanation: "Keys are listed. The reply conforms if no element of it is blank, begins with `#`, as comments do, or \
        has several lines.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, GET), judge: lines_of_keys },
};

fn lines_of_keys(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(keys) = told(turn) else { return Outcome::Silent };
    for key in &keys {
        let bucket = match key.trim_start().chars().next() {
            None => "blank",
            Some('#') => "comment",
            Some(_) if key.trim_end().contains('\n') => "several-lines",
            Some(_) => continue,
        };
        return fail(bucket, "the line of a key", shown(key.as_bytes()));
    }
    Outcome::Pass
}

static ADDED: Rule = Rule {
    code: "account/keys-added",
    class: Class::Violation,
    title: "Keys that are added are listed, and so are those that were there",
    clauses: &[
        "schema.guest-ssh-add-authorized-keys.appends",
        "schema.guest-ssh-add-authorized-keys.format",
        "schema.guest-ssh-get-authorized-keys.keys",
    ],
    evidence: Evidence::Success,
    explanation: "Keys are added for a user, removed and listed. A list conforms if it contains every key that was added \
        or listed before and not removed since. The order is free.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(ADD),
    scope: Scope::Turn {
        concerns: |turn| changes_or_shows(turn, ADD, |file| !file.present().is_empty()),
        judge: added,
    },
};

fn added(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(file), Some(told)) = (file(turn), told(turn)) else { return Outcome::Silent };
    let told: BTreeSet<String> = told.into_iter().collect();
    match file.present().iter().find(|(key, _)| !told.contains(*key)) {
        None => Outcome::Pass,
        Some((key, origin)) => {
            let bucket = match origin {
                Origin::Added => "missing",
                Origin::Listed => "lost",
            };
            fail(bucket, format!("the key {} among others", shown(key.as_bytes())), "a list without it")
        }
    }
}

static ONCE: Rule = Rule {
    code: "account/keys-once",
    class: Class::Difference,
    title: "A key that is added again is there once",
    clauses: &["client.keys-once"],
    evidence: Evidence::Success,
    explanation: "Keys are added that a user has already, and one key twice in one request. The list conforms if none of \
        them is in it twice. The schema says only that keys are appended; the tests of `qemu-ga` rely on this.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(ADD),
    scope: Scope::Turn {
        concerns: |turn| changes_or_shows(turn, ADD, |file| file.added().next().is_some()),
        judge: once,
    },
};

fn once(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(file), Some(told)) = (file(turn), told(turn)) else { return Outcome::Silent };
    let mut added = file.added();
    match added.find(|key| told.iter().filter(|told| told == key).count() > 1) {
        None => Outcome::Pass,
        Some(key) => fail("doubled", format!("the key {} once", shown(key.as_bytes())), "the key twice"),
    }
}

static RESET: Rule = Rule {
    code: "account/keys-reset",
    class: Class::Violation,
    title: "After a reset there are only the keys that were given",
    clauses: &["schema.guest-ssh-add-authorized-keys.reset"],
    evidence: Evidence::Success,
    explanation: "Keys are added with `reset`, some and none, and listed. The list conforms if it contains no other key.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(ADD),
    scope: Scope::Turn {
        concerns: |turn| resets(turn) || (is_valid(turn, GET) && file(turn).is_some_and(KeyFile::was_reset)),
        judge: reset,
    },
};

fn resets(turn: &Turn<'_>) -> bool {
    is_valid(turn, ADD) && turn.argument("reset").and_then(Json::as_bool) == Some(true)
}

fn reset(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(file), Some(told)) = (file(turn), told(turn)) else { return Outcome::Silent };
    match told.iter().find(|key| !file.present().contains_key(*key)) {
        None => Outcome::Pass,
        Some(key) => fail("kept", "the keys that were given alone", shown(key.as_bytes())),
    }
}

static REMOVED: Rule = Rule {
    code: "account/keys-removed",
    class: Class::Violation,
    title: "Keys that are removed are not listed any more",
    clauses: &[
        "schema.guest-ssh-remove-authorized-keys.removes",
        "schema.guest-ssh-remove-authorized-keys.format",
    ],
    evidence: Evidence::Success,
    explanation: "Keys are removed, one and several, and listed. The list conforms if none of them is in it.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(REMOVE),
    scope: Scope::Turn {
        concerns: |turn| changes_or_shows(turn, REMOVE, |file| !file.absent().is_empty()),
        judge: removed,
    },
};

fn removed(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(file), Some(told)) = (file(turn), told(turn)) else { return Outcome::Silent };
    match told.iter().find(|key| file.absent().contains(*key)) {
        None => Outcome::Pass,
        Some(key) => fail("still-there", "a list without the removed key", shown(key.as_bytes())),
    }
}

static MISSING_REMOVED: Rule = Rule {
    code: "account/keys-missing",
    class: Class::Violation,
    title: "Removing a key that is not there is no error",
    clauses: &["schema.guest-ssh-remove-authorized-keys.missing"],
    evidence: Evidence::Success,
    explanation: "Keys are removed that the user does not have, alone and beside others, where keys of the user could be \
        changed before. That conforms if it succeeds.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, REMOVE), judge: missing_removed },
};

fn missing_removed(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(file), Some(keys)) = (file(turn), turn.message.arguments().and_then(keys)) else {
        return Outcome::Silent;
    };
    let is_known = |key: &String| file.lacks(key) || file.present().contains_key(key);
    let comparable =
        file.is_writable() && keys.iter().all(is_known) && keys.iter().any(|key| file.lacks(key));
    if !comparable || turn.is_unsupported() || (turn.success().is_none() && turn.error().is_none()) {
        return Outcome::Silent;
    }
    pass_if(turn.error().is_none(), || fail("refused", "a success", "an error"))
}

static CHECKED: Rule = Rule {
    code: "account/keys-checked",
    class: Class::Difference,
    title: "What is not one line of a key is not taken for a key",
    clauses: &["client.keys-checked"],
    evidence: Evidence::Error,
    explanation: "Keys are added and removed that begin with `#` or have a line break. That conforms if the reply is an \
        error. The schema says only which format keys have; the tests of `qemu-ga` rely on this, and a key with a line \
        break brings a second one that nobody has asked for.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| defect(turn).is_some(), judge: checked },
};

fn defect(turn: &Turn<'_>) -> Option<&'static str> {
    let keys =
        turn.message.arguments().and_then(keys).filter(|_| is_valid(turn, ADD) || is_valid(turn, REMOVE))?;
    let any = |is: fn(&String) -> bool| keys.iter().any(is);
    if any(|key| key.contains('\n')) {
        Some("line-break")
    } else {
        any(|key| key.starts_with('#')).then_some("comment")
    }
}

fn checked(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    defect(turn).map_or(Outcome::Silent, |defect| refused(turn, scene, defect))
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call};

    const OK: &str = "{\"return\":{}}";
    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    fn of(command: &str, keys: &[&str], more: &str, reply: &str) -> Step {
        let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        let arguments = format!("{{\"username\":\"u\",\"keys\":[{}]{more}}}", keys.join(","));
        call(&format!("guest-ssh-{command}-authorized-keys"), &arguments, reply)
    }

    fn add(keys: &[&str]) -> Step {
        of("add", keys, "", OK)
    }

    fn reset(keys: &[&str]) -> Step {
        of("add", keys, ",\"reset\":true", OK)
    }

    fn remove(keys: &[&str]) -> Step {
        of("remove", keys, "", OK)
    }

    fn get(keys: &[&str]) -> Step {
        let keys: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
        let reply = format!("{{\"return\":{{\"keys\":[{}]}}}}", keys.join(","));
        call("guest-ssh-get-authorized-keys", "{\"username\":\"u\"}", &reply)
    }

    #[test]
    fn lines_of_keys_are_listed() {
        Witness::of([get(&["a 1"])]).accepts("account/keys-listed");
        Witness::of([get(&["a 1", "# mine"])]).rejects("account/keys-listed", "comment");
        Witness::of([get(&[" "])]).rejects("account/keys-listed", "blank");
        Witness::of([get(&["a 1\\nb 2"])]).rejects("account/keys-listed", "several-lines");
    }

    #[test]
    fn what_is_added_is_listed() {
        Witness::of([add(&["a 1"]), get(&["b 2", "a 1"])]).accepts("account/keys-added");
        Witness::of([add(&["a 1"]), get(&["b 2"])]).rejects("account/keys-added", "missing");
        Witness::of([get(&["b 2"]), add(&["a 1"]), get(&["a 1"])]).rejects("account/keys-added", "lost");
        Witness::of([get(&["b 2"]), remove(&["b 2"]), get(&[])]).accepts("account/keys-removed");
    }

    #[test]
    fn a_key_is_there_once() {
        Witness::of([get(&["a 1"]), add(&["a 1"]), get(&["a 1"])]).accepts("account/keys-once");
        Witness::of([get(&["a 1"]), add(&["a 1"]), get(&["a 1", "a 1"])])
            .rejects("account/keys-once", "doubled");
        Witness::of([get(&["a 1", "a 1"]), add(&["a 1"]), get(&["a 1", "a 1"])])
            .silences("account/keys-once");
        Witness::of([reset(&["a 1", "a 1"]), get(&["a 1", "a 1"])]).rejects("account/keys-once", "doubled");
    }

    #[test]
    fn a_reset_leaves_nothing_else() {
        Witness::of([reset(&["a 1"]), get(&["a 1"])]).accepts("account/keys-reset");
        Witness::of([reset(&["a 1"]), get(&["a 1", "b 2"])]).rejects("account/keys-reset", "kept");
        Witness::of([reset(&[]), get(&["b 2"])]).rejects("account/keys-reset", "kept");
        Witness::of([add(&["a 1"]), get(&["a 1", "b 2"])]).silences("account/keys-reset");
    }

    #[test]
    fn what_is_removed_is_gone() {
        Witness::of([remove(&["a 1"]), get(&["b 2"])]).accepts("account/keys-removed");
        Witness::of([remove(&["a 1"]), get(&["a 1"])]).rejects("account/keys-removed", "still-there");
        Witness::of([remove(&["a 1"]), add(&["a 1"]), get(&["a 1"])]).silences("account/keys-removed");
    }

    #[test]
    fn what_is_not_there_can_be_removed() {
        let known = || [add(&["a 1"]), get(&["a 1"])];
        let then = |reply| Witness::of(known().into_iter().chain([of("remove", &["b 2"], "", reply)]));
        then(OK).accepts("account/keys-missing");
        then(ERROR).rejects("account/keys-missing", "refused");
        Witness::of([of("remove", &["b 2"], "", ERROR)]).silences("account/keys-missing");
    }

    #[test]
    fn keys_are_checked() {
        Witness::of([of("add", &["# a"], "", ERROR)]).accepts("account/keys-checked");
        Witness::of([of("add", &["# a"], "", OK)]).rejects("account/keys-checked", "comment");
        Witness::of([of("remove", &["a\\nb"], "", OK)]).rejects("account/keys-checked", "line-break");
    }
}
