//! The commands that the reference agent has: one file a group, each with its part of the table.
//!
//! A command finds checked arguments and does its work on the guest. Whether it is enabled, whether its
//! arguments are those of the schema and how its result is sent is decided before and after it.

pub(super) mod file;
mod freeze;
mod hardware;
mod info;
mod network;
mod power;
mod sync;
mod system;

use super::arguments::Arguments;
use super::dispatch::CommandError;
use super::guest::Guest;
use crate::text::Node;

/// One command.
#[derive(Debug)]
pub(super) struct Command {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it is also executed while file systems are frozen.
    pub(super) while_frozen: bool,
    /// Does it.
    pub(super) execute: Execute,
}

/// Does a command.
pub(super) type Execute = fn(&mut Guest, Arguments<'_>) -> Result<Node, CommandError>;

impl Command {
    const fn new(name: &'static str, execute: Execute) -> Self {
        Self { name, while_frozen: false, execute }
    }

    const fn also_while_frozen(self) -> Self {
        Self { while_frozen: true, ..self }
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

static GROUPS: [&[Command]; 8] = [
    &sync::COMMANDS,
    &info::COMMANDS,
    &system::COMMANDS,
    &power::COMMANDS,
    &file::COMMANDS,
    &freeze::COMMANDS,
    &network::COMMANDS,
    &hardware::COMMANDS,
];

/// The result of commands that have nothing to say.
pub(super) fn nothing() -> Node {
    Node::Object(Vec::new())
}
