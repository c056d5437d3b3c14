//! The guest's power: `guest-shutdown`, `guest-suspend-disk`, `-ram`, `-hybrid`. What is asked for is noted; nothing
//! ever goes off, and the agent goes on as one does after the guest has resumed.

use super::{Arguments, Command, CommandError, Guest, Node, nothing};
use crate::agent::reference::PowerMode;
use crate::agent::reference::guest::machine::{Platform, SuspendMode};

pub(super) static COMMANDS: [Command; 4] = [
    Command::new("guest-shutdown", shutdown),
    Command::new("guest-suspend-disk", |guest, _| suspend(guest, SuspendMode::Disk)),
    Command::new("guest-suspend-ram", |guest, _| suspend(guest, SuspendMode::Ram)),
    Command::new("guest-suspend-hybrid", |guest, _| suspend(guest, SuspendMode::Hybrid))
        .only_on(Platform::Linux),
];

pub(crate) fn shutdown(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let mode = match arguments.optional_text("mode").as_deref() {
        None | Some("powerdown") => PowerMode::PowerDown,
        Some("halt") => PowerMode::Halt,
        Some("reboot") => PowerMode::Reboot,
        Some(other) => return Err(CommandError::new(format!("there is no mode '{other}'"))),
    };
    let how = match mode {
        PowerMode::PowerDown => "-P",
        PowerMode::Halt => "-H",
        PowerMode::Reboot => "-r",
    };
    guest.call("shutdown", &["-h", how, "+0"], b"");
    guest.power_request = Some(mode);
    Ok(nothing())
}

pub(crate) fn suspend(guest: &mut Guest, mode: SuspendMode) -> Result<Node, CommandError> {
    if !guest.machine.suspend_modes.contains(&mode) {
        return Err(CommandError::new("the guest cannot be suspended in this way"));
    }
    let verb = match mode {
        SuspendMode::Disk => "hibernate",
        SuspendMode::Ram => "suspend",
        SuspendMode::Hybrid => "hybrid-sleep",
    };
    guest.call("systemctl", &[verb], b"");
    guest.suspended = Some(mode);
    Ok(nothing())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, REFUSED, SILENCE};
    use super::*;
    use crate::agent::reference::Config;
    use crate::agent::reference::guest::machine::Machine;

    #[test]
    fn a_suspended_guest_says_nothing_and_is_back_at_once() {
        let mut bench = Bench::default();
        assert_eq!(bench.agent.suspended(), None);
        for (command, mode) in [
            ("guest-suspend-disk", SuspendMode::Disk),
            ("guest-suspend-ram", SuspendMode::Ram),
            ("guest-suspend-hybrid", SuspendMode::Hybrid),
        ] {
            bench.check(&[(command, "", SILENCE), ("guest-sync", r#""id":1"#, "1")]);
            assert_eq!(bench.agent.suspended(), Some(mode));
            bench.check(&[(command, r#""x":1"#, REFUSED)]);
        }
    }

    #[test]
    fn what_is_not_supported_is_an_error() {
        let machine = Machine { suspend_modes: vec![SuspendMode::Ram], ..Machine::linux() };
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        bench.check(&[
            ("guest-suspend-disk", "", REFUSED),
            ("guest-suspend-hybrid", "", REFUSED),
            ("guest-suspend-ram", "", SILENCE),
        ]);
        assert_eq!(bench.agent.suspended(), Some(SuspendMode::Ram));
    }
}
