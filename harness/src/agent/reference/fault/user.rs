//! Faults of the list of those who are logged in.

use super::{Fault, Hook, edit};
use crate::agent::reference::guest::Guest;
use crate::text::Node;

const USERS: &str = "guest-get-users";

pub(super) static FAULTS: [Fault; 14] = [
    Fault {
        name: "users-once-for-each-login",
        trips: "user/unique",
        summary: "a user is listed as often as logged in",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            let logins = guest.machine.sessions.iter().map(|session| user(session.user, session.login_ms));
            Ok(Node::list(logins))
        })],
    },
    Fault {
        name: "last-user-again",
        trips: "user/unique",
        summary: "the last user is listed a second time",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(users)) = edit::result_of(context, reply, USERS) {
                users.extend(users.last().cloned());
            }
        })],
    },
    Fault {
        name: "nobody-is-logged-in",
        trips: "user/logged-in",
        summary: "the list of users is always empty",
        hooks: &[Hook::Command(USERS, |_, _, _| Ok(Node::list([])))],
    },
    Fault {
        name: "last-user-left-out",
        trips: "user/logged-in",
        summary: "the last user is left out",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(Node::Array(users)) = edit::result_of(context, reply, USERS) {
                users.pop();
            }
        })],
    },
    Fault {
        name: "everybody-is-logged-in",
        trips: "user/logged-in",
        summary: "all who have an account are listed",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            let everybody = guest.machine.accounts.iter();
            Ok(Node::list(everybody.map(|account| user(account.name, earliest(guest, account.name)))))
        })],
    },
    Fault {
        name: "users-of-four-letters",
        trips: "user/logged-in",
        summary: "names of users are cut behind the fourth letter",
        hooks: &[Hook::Reply(|_, context, reply| {
            for user in edit::items(context, reply, USERS) {
                edit::map_text(user, "user", |name| name.chars().take(4).collect());
            }
        })],
    },
    Fault {
        name: "logins-in-milliseconds",
        trips: "user/login-time",
        summary: "the time of a login is in milliseconds",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            Ok(list(guest, |login_ms| Node::Int(i128::from(login_ms))))
        })],
    },
    Fault {
        name: "logins-of-32-bits",
        trips: "user/login-time",
        summary: "the time of a login has gone through 32 bits while it was in milliseconds",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            Ok(list(guest, |login_ms| spelled(i64::from(login_ms as i32))))
        })],
    },
    Fault {
        name: "latest-login-counts",
        trips: "user/earliest",
        summary: "of several logins of a user the latest one counts",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            let of_user = |name| guest.machine.sessions.iter().filter(move |session| session.user == name);
            let latest = |name| of_user(name).map(|session| session.login_ms).max().unwrap_or_default();
            Ok(Node::list(names(guest).into_iter().map(|name| user(name, latest(name)))))
        })],
    },
    Fault {
        name: "earliest-login-of-anybody",
        trips: "user/earliest",
        summary: "all users have the time of the earliest login of anybody",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            let first_ms = guest.machine.sessions.iter().map(|session| session.login_ms).min();
            Ok(list(guest, |_| spelled(first_ms.unwrap_or_default())))
        })],
    },
    Fault {
        name: "logins-in-local-time",
        trips: "user/earliest",
        summary: "the time of a login is that of the guest's time zone",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            let (_, offset_s) = guest.machine.time_zone;
            Ok(list(guest, |login_ms| spelled(login_ms + offset_s * 1000)))
        })],
    },
    Fault {
        name: "logins-in-whole-seconds",
        trips: "user/login-fraction",
        summary: "the time of a login has no fraction",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            Ok(list(guest, |login_ms| Node::Int(i128::from(login_ms / 1000))))
        })],
    },
    Fault {
        name: "logins-in-tenths",
        trips: "user/login-fraction",
        summary: "the time of a login has one digit of its fraction",
        hooks: &[Hook::Command(USERS, |_, guest, _| {
            Ok(list(guest, |login_ms| spelled(login_ms / 100 * 100)))
        })],
    },
    Fault {
        name: "domain-of-root",
        trips: "user/domain",
        summary: "the first user has a domain, and an empty one",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(first) = edit::items(context, reply, USERS).first_mut() {
                edit::set(first, "domain", "".into());
            }
        })],
    },
];

/// Those who are logged in, each once.
fn names(guest: &Guest) -> Vec<&'static str> {
    let mut names = Vec::new();
    for session in &guest.machine.sessions {
        if !names.contains(&session.user) {
            names.push(session.user);
        }
    }
    names
}

fn earliest(guest: &Guest, name: &str) -> i64 {
    let logins = guest.machine.sessions.iter().filter(|session| session.user == name);
    logins.map(|session| session.login_ms).min().unwrap_or_default()
}

/// The right list, but for how times are told.
fn list(guest: &Guest, tell: impl Fn(i64) -> Node) -> Node {
    Node::list(
        names(guest)
            .into_iter()
            .map(|name| Node::object([("user", name.into()), ("login-time", tell(earliest(guest, name)))])),
    )
}

fn user(name: &str, login_ms: i64) -> Node {
    Node::object([("user", name.into()), ("login-time", spelled(login_ms))])
}

fn spelled(time_ms: i64) -> Node {
    Node::Number((time_ms as f64 / 1000.0).to_string())
}
