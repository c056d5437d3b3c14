//! The guest in which the reference agent believes to live. Everything is memory; nothing is real.

mod accounts;
mod files;
pub mod machine;
mod processes;
mod programs;
mod shell;

use std::collections::{BTreeMap, BTreeSet};

use super::Config;
use super::commands::{self, Command};
use crate::schema::Schema;
use crate::wire::{Facts, FakeCall, Kernel, TimeZone};
pub(super) use accounts::{authorized_keys, set_password, write_authorized_keys};
pub(super) use files::{FileError, FileSystem, Mode, Whence};
use machine::{Ability, Machine, Platform, SuspendMode};
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
    turns: u64,
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
    /// Programs that were run to act on the guest, and that nobody has asked for yet.
    pub(super) calls: Vec<FakeCall>,
}

/// Calls that are kept until somebody asks for them.
const CALLS_MAX: usize = 1000;
/// The members of the system's description that its os-release file tells, each with its key there.
const OS_RELEASE: [(&str, &str); 7] = [
    ("id", "ID"),
    ("name", "NAME"),
    ("pretty-name", "PRETTY_NAME"),
    ("version", "VERSION"),
    ("version-id", "VERSION_ID"),
    ("variant", "VARIANT"),
    ("variant-id", "VARIANT_ID"),
];

/// The guest's clocks, each by how far it is ahead of the time that really passes.
#[derive(Debug)]
pub(super) struct Clocks {
    /// The operating system's clock.
    pub(super) system_ahead_ns: i64,
    /// The hardware clock.
    pub(super) hardware_ahead_ns: i64,
}

/// How a command is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Skill {
    /// By its own function.
    Written(&'static Command),
    /// By making something up that its type allows.
    Improvised,
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
            turns: 0,
            now_ns: 0,
            clocks: Clocks { system_ahead_ns: config.clock_lag_ns.saturating_neg(), hardware_ahead_ns: 0 },
            files: FileSystem::new(config.file_capacity_bytes, config.first_handle, files),
            host_name: config.host_name,
            processes: Processes::new(config.process_limit, config.output_capacity_bytes, config.first_pid),
            machine: config.machine,
            power_request: None,
            suspended: None,
            calls: Vec::new(),
        };
        if config.frozen {
            for mount in &mut guest.machine.mounts {
                mount.frozen = mount.freezing == Ability::Works;
            }
        }
        guest
    }

    /// How the agent does this command, if it has it.
    pub(super) fn skill(&self, name: &str) -> Option<Skill> {
        if self.absent.contains(name) {
            return None;
        }
        match commands::find(name) {
            Some(command) => self.offers(command).then_some(Skill::Written(command)),
            // What a version of the schema says of a command is not all that is expected of it.
            None => (self.schema.version().is_none() && self.schema.command(name).is_some())
                .then_some(Skill::Improvised),
        }
    }

    /// Whether the platform has this command. What it does not offer is still there when the configuration says that
    /// it is disabled, as it is with older versions of `qemu-ga`.
    fn offers(&self, command: &Command) -> bool {
        let fits = command.platform.is_none_or(|platform| platform == self.machine.platform);
        fits || self.disabled.contains(command.name)
    }

    /// Whether this command may be executed now.
    pub(super) fn is_enabled(&self, name: &str, skill: Skill) -> bool {
        let while_frozen = match skill {
            Skill::Written(command) => command.while_frozen,
            Skill::Improvised => false,
        };
        !self.disabled.contains(name) && (while_frozen || !self.is_frozen())
    }

    /// A number that is another one each time.
    pub(super) fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    /// Whether any file system is frozen.
    pub(super) fn is_frozen(&self) -> bool {
        self.machine.mounts.iter().any(|mount| mount.frozen)
    }

    /// Runs a program that acts on the guest, which here means that it is noted. It succeeds.
    pub(super) fn call(&mut self, program: &str, arguments: &[&str], input: &[u8]) {
        self.call_with_status(program, arguments, input, 0);
    }

    /// Runs a program that ends with this status.
    pub(super) fn call_with_status(&mut self, program: &str, arguments: &[&str], input: &[u8], status: u8) {
        if self.calls.len() < CALLS_MAX {
            self.calls.push(FakeCall {
                program: program.to_owned(),
                arguments: arguments.iter().map(|argument| argument.as_bytes().to_vec()).collect(),
                input: input.to_vec(),
                status,
            });
        }
    }

    /// What can be known about the guest without asking its agent.
    pub(super) fn facts(&self) -> Facts {
        let system = |wanted: &str| {
            let row = self.machine.system.iter().find(|(name, _)| *name == wanted);
            row.map(|(_, value)| (*value).to_owned())
        };
        let kernel = |member| system(member).unwrap_or_default();
        let os_release =
            OS_RELEASE.iter().filter_map(|(member, key)| Some(((*key).to_owned(), system(member)?)));
        let mut users: BTreeMap<String, i64> = BTreeMap::new();
        for session in &self.machine.sessions {
            let login_us = session.login_ms.saturating_mul(1000);
            let earliest = users.entry(session.user.to_owned()).or_insert(login_us);
            *earliest = login_us.min(*earliest);
        }
        let (zone, offset_s) = self.machine.time_zone;
        Facts {
            guest: None,
            platform: Some(self.machine.platform),
            host_name: Some(self.host_name.clone()),
            kernel: Some(Kernel {
                release: kernel("kernel-release"),
                version: kernel("kernel-version"),
                machine: kernel("machine"),
            }),
            os_release: (self.machine.platform == Platform::Linux).then(|| os_release.collect()),
            processors: Some(self.machine.cpus.len()),
            time_zone: i32::try_from(offset_s)
                .ok()
                .map(|offset_s| TimeZone { abbreviation: zone.unwrap_or_default().to_owned(), offset_s }),
            users: Some(users),
            accounts: Some(self.machine.accounts.iter().map(|account| account.name.to_owned()).collect()),
            frozen: Some(self.is_frozen()),
            blocked: Some(self.disabled.clone()),
            clock_ns: Some(self.time_ns()),
            has_fakes: true,
        }
    }

    /// What the guest's own clock shows, in nanoseconds since the epoch.
    pub(super) fn time_ns(&self) -> i64 {
        self.now_ns.saturating_add(self.clocks.system_ahead_ns)
    }
}
