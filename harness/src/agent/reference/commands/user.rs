//! Users of the guest: `guest-get-users`, `guest-set-user-password`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Arguments, Command, CommandError, Guest, Node, nothing};
use crate::agent::reference::guest::machine::{Account, Session};
use crate::agent::reference::guest::set_password;

pub(super) static COMMANDS: [Command; 2] =
    [Command::new("guest-get-users", users), Command::new("guest-set-user-password", password)];

/// The user of this name.
pub(crate) fn account(guest: &Guest, name: &str) -> Result<Account, CommandError> {
    let found = guest.machine.accounts.iter().find(|account| account.name == name);
    found.cloned().ok_or_else(|| CommandError::new(format!("there is no user '{name}'")))
}

/// Lists each user once, with the earliest login.
fn users(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    let mut earliest: Vec<&Session> = Vec::new();
    for session in &guest.machine.sessions {
        match earliest.iter_mut().find(|known| known.user == session.user) {
            Some(known) if session.login_ms < known.login_ms => *known = session,
            Some(_) => {}
            None => earliest.push(session),
        }
    }
    Ok(Node::list(earliest.into_iter().map(|session| {
        let login_time = Node::Number((session.login_ms as f64 / 1000.0).to_string());
        let domain = session.domain.map(|domain| ("domain", domain.into()));
        let members = [("user", session.user.into()), ("login-time", login_time)];
        Node::object(members.into_iter().chain(domain))
    })))
}

/// Gives a user another password.
pub(crate) fn password(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let refused = |why: &str| Err(CommandError::new(why));
    let password = STANDARD
        .decode(arguments.text("password"))
        .map_err(|error| CommandError::new(format!("'password' is not base64: {error}")))?;
    let name = arguments.text("username");
    let crypted = arguments.flag("crypted");
    if name.contains([':', '\n', '\0']) {
        return refused("the user's name has characters that it cannot have");
    }
    if password.contains(&b'\n') || password.contains(&0) || (crypted && password.contains(&b':')) {
        return refused("the password has characters that it cannot have");
    }
    let account = account(guest, &name)?;
    set_password(&mut guest.files, account.name, &password, crypted)
        .map_err(|error| CommandError::new(format!("the password cannot be changed: {error}")))?;
    let encrypted: &[&str] = if crypted { &["-e"] } else { &[] };
    guest.call("chpasswd", encrypted, &[name.as_bytes(), b":", &password, b"\n"].concat());
    Ok(nothing())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, REFUSED};
    use crate::agent::reference::Config;
    use crate::agent::reference::guest::machine::Machine;

    const SET: &str = "guest-set-user-password";

    #[test]
    fn each_user_is_listed_once_with_the_earliest_login() {
        Bench::default().check(&[(
            "guest-get-users",
            "",
            r#"[{"user": "root", "login-time": 1700000100}, {"user": "alice", "login-time": 1700000050.125}]"#,
        )]);
        let mut bench = Bench::new(Config { machine: Machine::windows(), ..Config::default() });
        bench.check(&[(
            "guest-get-users",
            "",
            r#"[{"user": "Administrator", "login-time": 1700000100.5, "domain": "REFERENCE"}]"#,
        )]);
        let machine = Machine { sessions: Vec::new(), ..Machine::linux() };
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        bench.check(&[("guest-get-users", "", "[]")]);
    }

    #[test]
    fn a_password_is_changed_and_nothing_else() {
        let mut bench = Bench::default();
        let mut expect = |rows: &[(&str, &str, &str)], shadow: &str| {
            bench.check(rows);
            assert_eq!(bench.file("/etc/shadow"), shadow);
        };
        expect(
            &[(SET, r#""username":"alice","password":"U2VjcmV0LTE=","crypted":false"#, "{}")],
            "root:!:\nbob:!:\nalice:$plain$U2VjcmV0LTE=:\n",
        );
        expect(
            &[(SET, r#""username":"bob","password":"JDYkc2FsdCRoYXNo","crypted":true"#, "{}")],
            "root:!:\nalice:$plain$U2VjcmV0LTE=:\nbob:$6$salt$hash:\n",
        );
        expect(
            &[
                (SET, r#""username":"nosuch","password":"eA==","crypted":false"#, REFUSED),
                (SET, r#""username":"alice","password":"@@@","crypted":false"#, REFUSED),
                (SET, r#""username":"alice","password":"eA","crypted":true"#, REFUSED),
                (SET, r#""username":"al:ice","password":"eA==","crypted":false"#, REFUSED),
                (SET, r#""username":"alice\n","password":"eA==","crypted":false"#, REFUSED),
                (SET, r#""username":"alice","password":"YQpi","crypted":false"#, REFUSED),
                (SET, r#""username":"alice","password":"YTpi","crypted":true"#, REFUSED),
                (SET, r#""username":"alice","password":"eA==""#, REFUSED),
            ],
            "root:!:\nalice:$plain$U2VjcmV0LTE=:\nbob:$6$salt$hash:\n",
        );
        expect(
            &[(SET, r#""username":"alice","password":"","crypted":false"#, "{}")],
            "root:!:\nbob:$6$salt$hash:\nalice:$plain$:\n",
        );
    }
}
