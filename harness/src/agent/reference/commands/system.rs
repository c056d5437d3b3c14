//! The system as it sees itself: its clock, its name, its kind and who uses it.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};

pub(super) static COMMANDS: [Command; 5] = [
    Command::new("guest-get-time", time),
    Command::new("guest-get-timezone", time_zone),
    Command::new("guest-get-osinfo", system),
    Command::new("guest-get-host-name", host_name),
    Command::new("guest-get-users", users),
];

type Executed = Result<Node, CommandError>;

fn time(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    // The clock of a system call has microseconds.
    Ok((guest.now_ns - guest.now_ns.rem_euclid(1000)).into())
}

fn time_zone(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    let (zone, offset) = guest.machine.time_zone;
    Ok(Node::object([("zone", zone.into()), ("offset", offset.into())]))
}

fn system(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::object(guest.machine.system.iter().map(|(name, value)| (*name, Node::from(*value)))))
}

fn host_name(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::object([("host-name", guest.host_name.as_str().into())]))
}

fn users(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::list(guest.machine.users.iter().map(|user| {
        let login_time = Node::Number(user.login_time.to_string());
        Node::object([("user", user.name.into()), ("login-time", login_time)])
    })))
}
