//! The commands that the reference agent has: one file a group, each with its part of the table.
//!
//! A command finds checked arguments and does its work on the guest. Whether it is enabled, whether its
//! arguments are those of the schema and how its result is sent is decided before and after it.

mod device;
mod disk;
pub(super) mod file;
pub(super) mod freeze;
mod info;
pub(super) mod memory;
mod network;
pub(super) mod power;
pub(super) mod process;
pub(super) mod processor;
pub(super) mod ssh;
mod sync;
pub(super) mod system;
#[cfg(test)]
mod testing;
pub(super) mod user;

use super::arguments::Arguments;
use super::dispatch::CommandError;
use super::guest::Guest;
use super::guest::machine::Platform;
use crate::text::Node;

/// One command.
#[derive(Debug)]
pub(super) struct Command {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it is also executed while file systems are frozen.
    pub(super) while_frozen: bool,
    /// The only platform that has it, if not all have it.
    pub(super) platform: Option<Platform>,
    /// Does it.
    pub(super) execute: Execute,
}

/// Does a command.
pub(super) type Execute = fn(&mut Guest, Arguments<'_>) -> Result<Node, CommandError>;

impl Command {
    const fn new(name: &'static str, execute: Execute) -> Self {
        Self { name, while_frozen: false, platform: None, execute }
    }

    const fn also_while_frozen(self) -> Self {
        Self { while_frozen: true, ..self }
    }

    const fn only_on(self, platform: Platform) -> Self {
        Self { platform: Some(platform), ..self }
    }
}

/// All commands.
pub(super) fn all() -> impl Iterator<Item = &'static Command> {
    GROUPS.into_iter().flatten()
}

/// The command of this exact name.
pub(super) fn find(name: &str) -> Option<&'static Command> {
    all().find(|command| command.name == name)
}

static GROUPS: [&[Command]; 14] = [
    &sync::COMMANDS,
    &info::COMMANDS,
    &system::COMMANDS,
    &power::COMMANDS,
    &file::COMMANDS,
    &freeze::COMMANDS,
    &network::COMMANDS,
    &processor::COMMANDS,
    &memory::COMMANDS,
    &disk::COMMANDS,
    &process::COMMANDS,
    &user::COMMANDS,
    &ssh::COMMANDS,
    &device::COMMANDS,
];

/// The result of commands that have nothing to say.
pub(super) fn nothing() -> Node {
    Node::Object(Vec::new())
}
