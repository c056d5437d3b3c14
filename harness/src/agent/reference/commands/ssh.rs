//! Keys that open accounts: `guest-ssh-get-authorized-keys`, `-add-authorized-keys`, `-remove-authorized-keys`.

use std::collections::BTreeSet;

use super::user::account;
use super::{Arguments, Command, CommandError, Guest, Node, nothing};
use crate::agent::reference::guest::machine::{Account, Platform};
use crate::agent::reference::guest::{authorized_keys, write_authorized_keys};

pub(super) static COMMANDS: [Command; 3] = [
    Command::new("guest-ssh-get-authorized-keys", list).only_on(Platform::Linux),
    Command::new("guest-ssh-add-authorized-keys", add).only_on(Platform::Linux),
    Command::new("guest-ssh-remove-authorized-keys", remove).only_on(Platform::Linux),
];

fn list(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let account = account(guest, &arguments.text("username"))?;
    let lines = authorized_keys(&guest.files, &account)
        .map_err(|error| CommandError::new(format!("the keys cannot be read: {error}")))?;
    let keys = lines.into_iter().filter(|line| is_key(line)).map(Node::from);
    Ok(Node::object([("keys", Node::list(keys))]))
}

/// Adds the keys that are not there yet.
pub(crate) fn add(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let account = account(guest, &arguments.text("username"))?;
    let keys = keys(arguments)?;
    let kept = if arguments.flag("reset") {
        Vec::new()
    } else {
        // Without a file there is nothing to keep.
        authorized_keys(&guest.files, &account).unwrap_or_default()
    };
    let mut known: BTreeSet<&str> = kept.iter().map(String::as_str).collect();
    let new: Vec<&str> = keys.iter().map(String::as_str).filter(|key| known.insert(key)).collect();
    write(guest, &account, kept.iter().map(String::as_str).chain(new))
}

/// Removes the keys that are there; without a file there is nothing to do.
pub(crate) fn remove(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let account = account(guest, &arguments.text("username"))?;
    let keys: BTreeSet<String> = keys(arguments)?.into_iter().collect();
    match authorized_keys(&guest.files, &account) {
        Ok(lines) => {
            let kept = lines.iter().filter(|line| !keys.contains(*line));
            write(guest, &account, kept.map(String::as_str))
        }
        Err(_) => Ok(nothing()),
    }
}

fn write<'l>(
    guest: &mut Guest,
    account: &Account,
    lines: impl IntoIterator<Item = &'l str>,
) -> Result<Node, CommandError> {
    write_authorized_keys(&mut guest.files, account, lines)
        .map_err(|error| CommandError::new(format!("the keys cannot be written: {error}")))?;
    Ok(nothing())
}

/// The keys of a request, all of which have to be lines that are read again as keys.
fn keys(arguments: Arguments<'_>) -> Result<Vec<String>, CommandError> {
    let keys = arguments.optional_texts("keys").unwrap_or_default();
    match keys.iter().position(|key| key.contains(['\n', '\r', '\0']) || !is_key(key)) {
        Some(at) => Err(CommandError::new(format!("key {at} is not the line of a key"))),
        None => Ok(keys),
    }
}

/// Whether a line is more than blanks and comment.
fn is_key(line: &str) -> bool {
    !matches!(line.trim_start().bytes().next(), None | Some(b'#'))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, REFUSED};

    const GET: &str = "guest-ssh-get-authorized-keys";
    const ADD: &str = "guest-ssh-add-authorized-keys";
    const REMOVE: &str = "guest-ssh-remove-authorized-keys";
    const ALICE: &str = r#""username":"alice""#;

    fn alice(rest: &str) -> String {
        format!("{ALICE},{rest}")
    }

    #[test]
    fn keys_come_and_go() {
        Bench::default().check(&[
            (GET, ALICE, REFUSED),
            (REMOVE, &alice(r#""keys":["a one"]"#), "{}"),
            (GET, ALICE, REFUSED),
            (ADD, &alice(r#""keys":["a one","b two","a one"]"#), "{}"),
            (GET, ALICE, r#"{"keys": ["a one", "b two"]}"#),
            (ADD, &alice(r#""keys":["b two"],"reset":false"#), "{}"),
            (ADD, &alice(r#""keys":[]"#), "{}"),
            (GET, ALICE, r#"{"keys": ["a one", "b two"]}"#),
            (REMOVE, &alice(r#""keys":["a one","c three"]"#), "{}"),
            (GET, ALICE, r#"{"keys": ["b two"]}"#),
            (ADD, &alice(r#""keys":["c three","c three"],"reset":true"#), "{}"),
            (GET, ALICE, r#"{"keys": ["c three"]}"#),
            (ADD, &alice(r#""keys":[],"reset":true"#), "{}"),
            (GET, ALICE, r#"{"keys": []}"#),
            (GET, r#""username":"bob""#, REFUSED),
        ]);
    }

    #[test]
    fn bad_keys_and_unknown_users_change_nothing() {
        let mut bench = Bench::default();
        bench.check(&[(ADD, &alice(r#""keys":["a one"]"#), "{}")]);
        for command in [ADD, REMOVE] {
            for keys in
                [r##"["#a"]"##, r#"["a\nb"]"#, r#"["b two","a\n"]"#, r#"[""]"#, r#"["  "]"#, r#"[" #a"]"#]
            {
                bench.check(&[(command, &alice(&format!("\"keys\":{keys}")), REFUSED)]);
            }
            bench.check(&[(command, r#""username":"nosuch","keys":["a one"]"#, REFUSED)]);
            bench.check(&[(command, r#""username":"nosuch","keys":[]"#, REFUSED)]);
        }
        bench.check(&[(GET, r#""username":"nosuch""#, REFUSED), (GET, ALICE, r#"{"keys": ["a one"]}"#)]);
    }

    #[test]
    fn comments_stay_in_the_file_and_are_no_keys() {
        let mut bench = Bench::default();
        bench.check(&[(ADD, &alice(r#""keys":["a one"]"#), "{}")]);
        let path = "/home/alice/.ssh/authorized_keys";
        bench.write(path, "# mine\n\n  \na one\n");
        bench.check(&[
            (GET, ALICE, r#"{"keys": ["a one"]}"#),
            (ADD, &alice(r#""keys":["b two"]"#), "{}"),
            (REMOVE, &alice(r#""keys":["a one"]"#), "{}"),
        ]);
        assert_eq!(bench.file(path), "# mine\n  \nb two\n");
    }
}
