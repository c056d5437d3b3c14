//! The guest in which the reference agent believes to live. Everything is memory; nothing is real.

mod files;
mod machine;

use std::collections::BTreeSet;

use super::Config;
use super::commands::{self, Command};
use crate::schema::Schema;
pub(super) use files::{FileSystem, Mode, Whence};
pub(super) use machine::{Interface, Machine, Mount};

/// The whole guest, the agent's own settings included.
#[derive(Debug)]
pub(super) struct Guest {
    /// What the commands take and return.
    pub(super) schema: &'static Schema,
    /// The version that the agent reports.
    pub(super) version: String,
    disabled: BTreeSet<String>,
    /// The clock, in nanoseconds since the epoch.
    pub(super) now_ns: i64,
    /// Whether file systems are frozen.
    pub(super) frozen: bool,
    /// The guest's name.
    pub(super) host_name: String,
    /// Its files.
    pub(super) files: FileSystem,
    /// Its hardware and users.
    pub(super) machine: Machine,
    /// What was last asked of its power.
    pub(super) power_request: Option<PowerMode>,
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
        Self {
            schema: config.schema,
            version: config.version,
            disabled,
            now_ns: 0,
            frozen: config.frozen,
            files: FileSystem::new(config.file_capacity_bytes, &config.host_name),
            host_name: config.host_name,
            machine: Machine::default(),
            power_request: None,
        }
    }

    /// Whether this command may be executed now.
    pub(super) fn is_enabled(&self, command: &Command) -> bool {
        !self.disabled.contains(command.name) && (command.while_frozen || !self.frozen)
    }
}
