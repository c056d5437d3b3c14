//! Freezing of file systems: `guest-fsfreeze-status`, `-freeze`, `-freeze-list`, `-thaw`; and `guest-fstrim`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::machine::{Ability, Mount};

pub(super) static COMMANDS: [Command; 5] = [
    Command::new("guest-fsfreeze-status", status).also_while_frozen(),
    Command::new("guest-fsfreeze-freeze", freeze_all),
    Command::new("guest-fsfreeze-freeze-list", freeze_list),
    Command::new("guest-fsfreeze-thaw", thaw).also_while_frozen(),
    Command::new("guest-fstrim", trim),
];

type Executed = Result<Node, CommandError>;

pub(crate) fn status(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(if guest.is_frozen() { "frozen" } else { "thawed" }.into())
}

/// Freezes everything that can be frozen.
pub(crate) fn freeze_all(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    freeze(guest, |_| true)
}

/// Freezes what is listed; without a list everything that can be frozen.
pub(crate) fn freeze_list(guest: &mut Guest, arguments: Arguments<'_>) -> Executed {
    match arguments.optional_texts("mountpoints") {
        None => freeze(guest, |_| true),
        Some(paths) => freeze(guest, |mount| paths.iter().any(|path| path == mount.path)),
    }
}

/// Freezes the mounts that are chosen, the last one first, so that none is below one that is frozen.
fn freeze(guest: &mut Guest, is_chosen: impl Fn(&Mount) -> bool) -> Executed {
    for mount in guest.machine.mounts.iter_mut().rev().filter(|mount| is_chosen(mount)) {
        match mount.freezing {
            Ability::Works => mount.frozen = true,
            Ability::Lacks => {}
            Ability::Fails => {
                let path = mount.path;
                thaw_mounts(guest);
                return Err(CommandError::new(format!("'{path}' cannot be frozen")));
            }
        }
    }
    let frozen = guest.machine.mounts.iter().filter(|mount| mount.frozen).count();
    Ok(Node::Int(frozen as i128))
}

/// Thaws everything, and tells how many file systems it were.
pub(crate) fn thaw(guest: &mut Guest, _: Arguments<'_>) -> Executed {
    Ok(Node::Int(thaw_mounts(guest) as i128))
}

fn thaw_mounts(guest: &mut Guest) -> usize {
    let frozen = guest.machine.mounts.iter_mut().filter(|mount| mount.frozen);
    frozen.map(|mount| mount.frozen = false).count()
}

/// Discards the free bytes of each file system.
pub(crate) fn trim(guest: &mut Guest, arguments: Arguments<'_>) -> Executed {
    let minimum = arguments.optional_int("minimum").unwrap_or(0).max(0);
    let paths = guest.machine.mounts.iter_mut().map(|mount| trim_mount(mount, minimum));
    Ok(Node::object([("paths", Node::list(paths))]))
}

fn trim_mount(mount: &mut Mount, minimum: i64) -> Node {
    let failed = |error: &str| Node::object([("path", mount.path.into()), ("error", error.into())]);
    match mount.trimming {
        Ability::Lacks => failed("this file system cannot be trimmed"),
        Ability::Fails => failed("the disk does not discard anything"),
        Ability::Works if minimum.cast_unsigned() > mount.total_bytes => {
            failed("the least length is greater than the file system")
        }
        Ability::Works => Node::object([
            ("path", mount.path.into()),
            ("trimmed", std::mem::take(&mut mount.untrimmed_bytes).into()),
            ("minimum", minimum.into()),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, NOT_FOUND, REFUSED};
    use crate::agent::reference::Config;
    use crate::agent::reference::guest::machine::{Ability, Machine};

    const STATUS: &str = "guest-fsfreeze-status";
    const FREEZE: &str = "guest-fsfreeze-freeze";
    const LIST: &str = "guest-fsfreeze-freeze-list";
    const THAW: &str = "guest-fsfreeze-thaw";

    #[test]
    fn what_is_frozen_is_thawed_again() {
        Bench::default().check(&[
            (STATUS, "", "\"thawed\""),
            (THAW, "", "0"),
            (FREEZE, "", "3"),
            (STATUS, "", "\"frozen\""),
            (FREEZE, "", NOT_FOUND),
            (LIST, "", NOT_FOUND),
            (THAW, "", "3"),
            (THAW, "", "0"),
            (STATUS, "", "\"thawed\""),
            (LIST, "", "3"),
            (THAW, "", "3"),
            (LIST, r#""mountpoints":["/srv","/nosuch","/srv","/media","srv"]"#, "1"),
            (STATUS, "", "\"frozen\""),
            (THAW, "", "1"),
            (LIST, r#""mountpoints":["/nosuch"]"#, "0"),
            (LIST, r#""mountpoints":[]"#, "0"),
            (STATUS, "", "\"thawed\""),
            ("guest-get-host-name", "", r#"{"host-name": "reference"}"#),
        ]);
    }

    #[test]
    fn while_frozen_six_commands_are_enabled_and_the_list_says_so() {
        let mut bench = Bench::default();
        let before = bench.ask("guest-info", "");
        assert!(!before.contains(r#""enabled": false"#));
        bench.check(&[(FREEZE, "", "3"), ("guest-get-time", "", NOT_FOUND)]);
        let frozen = bench.ask("guest-info", "");
        let enabled: Vec<&str> = frozen
            .split(r#"{"name": ""#)
            .filter(|entry| entry.contains(r#""enabled": true"#))
            .filter_map(|entry| entry.split('"').next())
            .collect();
        assert_eq!(enabled, ["guest-sync-delimited", "guest-sync", "guest-ping", "guest-info", STATUS, THAW]);
        bench.check(&[(THAW, "", "3")]);
        assert_eq!(bench.ask("guest-info", ""), before);
    }

    #[test]
    fn a_failure_thaws_everything() {
        let mut machine = Machine::linux();
        machine.mounts[0].freezing = Ability::Fails;
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        bench.check(&[
            (FREEZE, "", REFUSED),
            (STATUS, "", "\"thawed\""),
            (THAW, "", "0"),
            (LIST, r#""mountpoints":["/srv"]"#, "1"),
        ]);
    }

    #[test]
    fn a_guest_can_be_frozen_from_the_start() {
        let mut bench = Bench::new(Config { frozen: true, ..Config::default() });
        bench.check(&[(STATUS, "", "\"frozen\""), (THAW, "", "3"), (STATUS, "", "\"thawed\"")]);
    }

    #[test]
    fn each_file_system_is_trimmed_or_says_why_not() {
        let never = |path| format!(r#"{{"path": "{path}", "error": "this file system cannot be trimmed"}}"#);
        let media = ["/media", "/mnt/memory card"].map(never).join(", ");
        let paths = |minimum: i64, trimmed: [u64; 3]| {
            let each = ["/", "/qgaspec", "/srv"].into_iter().zip(trimmed).map(|(path, trimmed)| {
                format!(r#"{{"path": "{path}", "trimmed": {trimmed}, "minimum": {minimum}}}, "#)
            });
            format!(r#"{{"paths": [{}{media}]}}"#, each.collect::<String>())
        };
        let mut bench = Bench::default();
        bench.check(&[
            ("guest-fstrim", "", &paths(0, [8 << 30, 255 << 20, 17 << 30])),
            ("guest-fstrim", r#""minimum":1048576"#, &paths(1 << 20, [0, 0, 0])),
            ("guest-fstrim", r#""minimum":-1"#, &paths(0, [0, 0, 0])),
        ]);
        let great = bench.ask("guest-fstrim", r#""minimum":9223372036854775807"#);
        assert_eq!(great.matches("error").count(), 5);
    }
}
