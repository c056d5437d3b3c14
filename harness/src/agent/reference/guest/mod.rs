//! The guest in which the reference agent believes to live. Everything is memory; nothing is real.

mod accounts;
mod files;
pub mod machine;
mod processes;
mod programs;
mod shell;

use std::collections::BTreeSet;

use super::Config;
use super::commands::{self, Command};
use crate::schema::Schema;
pub(super) use accounts::{authorized_keys, set_password, write_authorized_keys};
pub(super) use files::{FileSystem, Mode, Whence};
use machine::{Ability, Machine, SuspendMode};
pub(super) use processes::{Ending, Process, Processes, Status};
pub(super) use programs::{Run, Stream, find as find_program};

/// The whole guest, the agent's own settings included.
#[derive(Debug)]
pub(super) struct Guest {
    /// What the commands take and return.
    pub(super) schema: &'static Schema,
    /// The version that the agent reports.
    pub(super) version: String,
    absent: BTreeSet<String>,
    disabled: BTreeSet<String>,
    /// The time that really passes, in nanoseconds since the epoch.
    pub(super) now_ns: i64,
    /// The guest's clocks.
    pub(super) clocks: Clocks,
    /// The guest's name.
    pub(super) host_name: String,
    /// Its files.
    pub(super) files: FileSystem,
    /// Its processes.
    pub(super) processes: Processes,
    /// Its hardware and users.
    pub(super) machine: Machine,
    /// What was last asked of its power.
    pub(super) power_request: Option<PowerMode>,
    /// How it was last suspended.
    pub(super) suspended: Option<SuspendMode>,
}

/// The guest's clocks, each by how far it is ahead of the time that really passes.
#[derive(Debug)]
pub(super) struct Clocks {
    /// The operating system's clock.
    pub(super) system_ahead_ns: i64,
    /// The hardware clock.
    pub(super) hardware_ahead_ns: i64,
}

/// What can be asked of a guest's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerMode {
    /// Switch it off.
    PowerDown,
    /// Stop it and leave the power on.
    Halt,
    /// Start it again.
    Reboot,
}

impl Guest {
    pub(super) fn new(config: Config) -> Self {
        let names = commands::all().map(|command| command.name);
        let lacks = |name: &&str| config.variants.iter().any(|variant| (variant.lacks)(name));
        let disabled = names.filter(lacks).map(str::to_owned).chain(config.disabled).collect();
        let hostname = ("/etc/hostname".to_owned(), format!("{}\n", config.host_name));
        let files = accounts::files(&config.machine.accounts).into_iter().chain([hostname]);
        let mut guest = Self {
            schema: config.schema,
            version: config.version,
            absent: config.absent.into_iter().collect(),
            disabled,
            now_ns: 0,
            clocks: Clocks { system_ahead_ns: config.clock_lag_ns.saturating_neg(), hardware_ahead_ns: 0 },
            files: FileSystem::new(config.file_capacity_bytes, files),
            host_name: config.host_name,
            processes: Processes::new(config.process_limit, config.output_capacity_bytes),
            machine: config.machine,
            power_request: None,
            suspended: None,
        };
        if config.frozen {
            for mount in &mut guest.machine.mounts {
                mount.frozen = mount.freezing == Ability::Works;
            }
        }
        guest
    }

    /// Whether the agent has this command. What the platform does not offer is still there when the
    /// configuration says that it is disabled, as it is with older versions of `qemu-ga`.
    pub(super) fn has(&self, command: &Command) -> bool {
        let fits = command.platform.is_none_or(|platform| platform == self.machine.platform);
        !self.absent.contains(command.name) && (fits || self.disabled.contains(command.name))
    }

    /// Whether this command may be executed now.
    pub(super) fn is_enabled(&self, command: &Command) -> bool {
        !self.disabled.contains(command.name) && (command.while_frozen || !self.is_frozen())
    }

    /// Whether any file system is frozen.
    pub(super) fn is_frozen(&self) -> bool {
        self.machine.mounts.iter().any(|mount| mount.frozen)
    }

    /// What the guest's own clock shows, in nanoseconds since the epoch.
    pub(super) fn time_ns(&self) -> i64 {
        self.now_ns.saturating_add(self.clocks.system_ahead_ns)
    }
}
