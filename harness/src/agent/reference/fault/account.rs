//! Faults of passwords and keys.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::hook::Context;
use super::{Fault, Hook, edit};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::nothing;
use crate::agent::reference::commands::ssh::{add, remove};
use crate::agent::reference::commands::user::{account, password};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::{Guest, authorized_keys, write_authorized_keys};
use crate::text::Node;

const PASSWORD: &str = "guest-set-user-password";
const GET: &str = "guest-ssh-get-authorized-keys";
const ADD: &str = "guest-ssh-add-authorized-keys";
const REMOVE: &str = "guest-ssh-remove-authorized-keys";

type Executed = Result<Node, CommandError>;

pub(super) static FAULTS: [Fault; 28] = [
    Fault {
        name: "password-in-any-alphabet",
        trips: "account/password-base64",
        summary: "a password that is not base64 is taken as it is",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            let text = arguments.text("password");
            password(guest, arguments).or_else(|_| Ok(call(guest, arguments, text.as_bytes())))
        })],
    },
    Fault {
        name: "crypted-password-in-any-alphabet",
        trips: "account/password-base64",
        summary: "an encrypted password that is not base64 is taken as it is",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            let text = arguments.text("password");
            match STANDARD.decode(&text) {
                Err(_) if arguments.flag("crypted") => Ok(call(guest, arguments, text.as_bytes())),
                _ => password(guest, arguments),
            }
        })],
    },
    Fault {
        name: "password-in-the-alphabet-of-urls",
        trips: "account/password-base64",
        summary: "a password may be in the alphabet for URLs",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            let text = arguments.text("password");
            if text.contains(['-', '_']) && text.is_ascii() {
                let text = text.replace('-', "+").replace('_', "/");
                if let Ok(decoded) = STANDARD.decode(text) {
                    return Ok(call(guest, arguments, &decoded));
                }
            }
            password(guest, arguments)
        })],
    },
    Fault {
        name: "password-stays-base64",
        trips: "account/password-passed",
        summary: "the password is passed on without decoding it",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            password(guest, arguments)?;
            guest.calls.pop();
            Ok(call(guest, arguments, arguments.text("password").as_bytes()))
        })],
    },
    Fault {
        name: "password-ends-at-a-colon",
        trips: "account/password-passed",
        summary: "a password is cut at a colon",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            change_input(guest, arguments, |input| {
                let mut colons =
                    input.iter().enumerate().filter(|(_, byte)| **byte == b':').map(|(at, _)| at);
                if let Some(second) = colons.nth(1) {
                    input.truncate(second);
                }
            })
        })],
    },
    Fault {
        name: "password-ends-at-256-bytes",
        trips: "account/password-passed",
        summary: "what is passed on is cut at 256 bytes",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            change_input(guest, arguments, |input| input.truncate(256))
        })],
    },
    Fault {
        name: "password-without-blanks-around",
        trips: "account/password-passed",
        summary: "blanks at the end of a password are dropped",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            change_input(guest, arguments, |input| input.truncate(input.trim_ascii_end().len()))
        })],
    },
    Fault {
        name: "crypted-password-as-plain",
        trips: "account/password-passed",
        summary: "an encrypted password is encrypted once more",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            let done = password(guest, arguments)?;
            guest.calls.last_mut().into_iter().for_each(|call| call.arguments.clear());
            Ok(done)
        })],
    },
    Fault {
        name: "crypted-for-good",
        trips: "account/password-passed",
        summary: "behind an encrypted password every one is taken for encrypted",
        hooks: &[Hook::Command(PASSWORD, |memory, guest, arguments| {
            let done = password(guest, arguments)?;
            memory.count |= u64::from(arguments.flag("crypted"));
            if let Some(call) = guest.calls.last_mut().filter(|_| memory.count == 1) {
                call.arguments = vec![b"-e".to_vec()];
            }
            Ok(done)
        })],
    },
    Fault {
        name: "chpasswd-failure-ignored",
        trips: "account/password-passed",
        summary: "chpasswd fails, and the success is told all the same",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            let done = password(guest, arguments)?;
            guest.calls.last_mut().into_iter().for_each(|call| call.status = 1);
            Ok(done)
        })],
    },
    Fault {
        name: "password-of-several-lines",
        trips: "account/password-passed",
        summary: "a password with a line break is passed on",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            match STANDARD.decode(arguments.text("password")) {
                Ok(decoded) if decoded.contains(&b'\n') => Ok(call(guest, arguments, &decoded)),
                _ => password(guest, arguments),
            }
        })],
    },
    Fault {
        name: "password-for-a-name-with-colon",
        trips: "account/name",
        summary: "a name with a colon is passed on as if it were one",
        hooks: &[Hook::Command(PASSWORD, |_, guest, arguments| {
            if arguments.text("username").contains(':') {
                return Ok(nothing());
            }
            password(guest, arguments)
        })],
    },
    Fault {
        name: "keys-for-nobody",
        trips: "account/name",
        summary: "keys for a user that there is not are dropped, which is a success",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            if account(guest, &arguments.text("username")).is_err() {
                Ok(nothing())
            } else {
                add(guest, arguments)
            }
        })],
    },
    Fault {
        name: "no-keys-for-nobody",
        trips: "account/name",
        summary: "an empty list of keys succeeds whoever the user is",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            if keys(arguments).is_empty() && account(guest, &arguments.text("username")).is_err() {
                return Ok(nothing());
            }
            add(guest, arguments)
        })],
    },
    Fault {
        name: "lists-comments",
        trips: "account/keys-listed",
        summary: "a comment is listed among the keys",
        hooks: &[Hook::Reply(|_, context, reply| push_key(context, reply, "# added by the agent"))],
    },
    Fault {
        name: "lists-a-blank-key",
        trips: "account/keys-listed",
        summary: "an empty file is listed as one blank key",
        hooks: &[Hook::Reply(|_, context, reply| {
            if listed(context, reply).is_some_and(|keys| keys.is_empty()) {
                push_key(context, reply, "");
            }
        })],
    },
    Fault {
        name: "lists-the-file-as-one-key",
        trips: "account/keys-listed",
        summary: "two keys or more are listed as one of several lines",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(keys) = listed(context, reply).filter(|keys| keys.len() > 1) {
                let texts: Vec<String> = keys
                    .iter()
                    .filter_map(|key| if let Node::String(text) = key { Some(text.clone()) } else { None })
                    .collect();
                *keys = vec![texts.join("\n").into()];
            }
        })],
    },
    Fault {
        name: "adds-the-first-key-only",
        trips: "account/keys-added",
        summary: "of several keys only the first is added",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            keeping(guest, arguments, add, |before, after| {
                let new = after.iter().filter(|key| !before.contains(key)).take(1).cloned();
                before.iter().filter(|key| after.contains(key)).cloned().chain(new).collect()
            })
        })],
    },
    Fault {
        name: "always-resets-keys",
        trips: "account/keys-added",
        summary: "keys that are added replace the others",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            let given = keys(arguments);
            keeping(guest, arguments, add, |_, after| {
                after.iter().filter(|key| given.contains(key)).cloned().collect()
            })
        })],
    },
    Fault {
        name: "keeps-32-keys",
        trips: "account/keys-added",
        summary: "only the first 32 keys are kept",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            keeping(guest, arguments, add, |_, after| after.iter().take(32).cloned().collect())
        })],
    },
    Fault {
        name: "adds-keys-again",
        trips: "account/keys-once",
        summary: "a key that the user has already is added once more",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            let given = keys(arguments);
            keeping(guest, arguments, add, |before, after| {
                let again = given.iter().filter(|key| before.contains(key)).cloned();
                after.iter().cloned().chain(again).collect()
            })
        })],
    },
    Fault {
        name: "adds-repeated-keys",
        trips: "account/keys-once",
        summary: "a key that one request has twice is added twice",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            let given = keys(arguments);
            let is_repeated = |key: &&String| given.iter().filter(|other| other == key).count() > 1;
            let repeated: Vec<String> = given.iter().filter(is_repeated).take(1).cloned().collect();
            keeping(guest, arguments, add, |_, after| after.iter().chain(&repeated).cloned().collect())
        })],
    },
    Fault {
        name: "reset-is-ignored",
        trips: "account/keys-reset",
        summary: "keys are kept in spite of a reset",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            keeping(guest, arguments, add, |before, after| {
                let old = before.iter().filter(|key| !after.contains(key));
                old.chain(after).cloned().collect()
            })
        })],
    },
    Fault {
        name: "empty-reset-is-ignored",
        trips: "account/keys-reset",
        summary: "a reset without keys changes nothing",
        hooks: &[Hook::Command(ADD, |_, guest, arguments| {
            if keys(arguments).is_empty() && account(guest, &arguments.text("username")).is_ok() {
                return Ok(nothing());
            }
            add(guest, arguments)
        })],
    },
    Fault {
        name: "removes-the-first-key-only",
        trips: "account/keys-removed",
        summary: "of several keys only the first is removed",
        hooks: &[Hook::Command(REMOVE, |_, guest, arguments| {
            let others: Vec<String> = keys(arguments).into_iter().skip(1).collect();
            keeping(guest, arguments, remove, |before, after| {
                let kept = before.iter().filter(|key| after.contains(key) || others.contains(key));
                kept.cloned().collect()
            })
        })],
    },
    Fault {
        name: "keeps-the-last-key",
        trips: "account/keys-removed",
        summary: "the last key of a user is not removed",
        hooks: &[Hook::Command(REMOVE, |_, guest, arguments| {
            keeping(guest, arguments, remove, |before, after| match after {
                [] => before.iter().take(1).cloned().collect(),
                _ => after.to_vec(),
            })
        })],
    },
    Fault {
        name: "refuses-to-remove-missing-keys",
        trips: "account/keys-missing",
        summary: "removing a key that is not there is an error",
        hooks: &[Hook::Command(REMOVE, |_, guest, arguments| {
            let there = stored(guest, arguments);
            if keys(arguments).iter().any(|key| !there.contains(key)) {
                return Err(CommandError::new("there is no such key"));
            }
            remove(guest, arguments)
        })],
    },
    Fault {
        name: "takes-any-line-for-a-key",
        trips: "account/keys-checked",
        summary: "comments and several lines are taken for keys and dropped",
        hooks: &[
            Hook::Command(ADD, |_, guest, arguments| {
                add(guest, arguments).or_else(|error| dropped(arguments, error))
            }),
            Hook::Command(REMOVE, |_, guest, arguments| {
                remove(guest, arguments).or_else(|error| dropped(arguments, error))
            }),
        ],
    },
];

/// Calls chpasswd with this for the user.
fn call(guest: &mut Guest, arguments: Arguments<'_>, password: &[u8]) -> Node {
    let line = [arguments.text("username").as_bytes(), b":", password, b"\n"].concat();
    let encrypted: &[&str] = if arguments.flag("crypted") { &["-e"] } else { &[] };
    guest.call("chpasswd", encrypted, &line);
    nothing()
}

/// Sets a password and changes what chpasswd was given.
fn change_input(guest: &mut Guest, arguments: Arguments<'_>, change: impl Fn(&mut Vec<u8>)) -> Executed {
    let done = password(guest, arguments)?;
    guest.calls.last_mut().into_iter().for_each(|call| {
        call.input.pop();
        change(&mut call.input);
    });
    Ok(done)
}

fn keys(arguments: Arguments<'_>) -> Vec<String> {
    arguments.optional_texts("keys").unwrap_or_default()
}

/// The keys in the user's file.
fn stored(guest: &Guest, arguments: Arguments<'_>) -> Vec<String> {
    let account = account(guest, &arguments.text("username"));
    account.ok().and_then(|account| authorized_keys(&guest.files, &account).ok()).unwrap_or_default()
}

/// Changes keys, and keeps of those that were there before and after it what `choose` says.
fn keeping(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    change: fn(&mut Guest, Arguments<'_>) -> Executed,
    choose: impl FnOnce(&[String], &[String]) -> Vec<String>,
) -> Executed {
    let before = stored(guest, arguments);
    let done = change(guest, arguments)?;
    let kept = choose(&before, &stored(guest, arguments));
    let account = account(guest, &arguments.text("username"))?;
    write_authorized_keys(&mut guest.files, &account, kept.iter().map(String::as_str))
        .map_err(|error| CommandError::new(error.to_string()))?;
    Ok(done)
}

fn dropped(arguments: Arguments<'_>, error: CommandError) -> Executed {
    let is_wrong = |key: &String| key.contains('\n') || key.starts_with('#');
    if keys(arguments).iter().any(is_wrong) { Ok(nothing()) } else { Err(error) }
}

fn listed<'n>(context: &Context<'_>, reply: &'n mut Node) -> Option<&'n mut Vec<Node>> {
    match edit::member(edit::result_of(context, reply, GET)?, "keys")? {
        Node::Array(keys) => Some(keys),
        _ => None,
    }
}

fn push_key(context: &Context<'_>, reply: &mut Node, key: &str) {
    if let Some(keys) = listed(context, reply) {
        keys.push(key.into());
    }
}
