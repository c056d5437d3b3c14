//! What the agent said of its commands, and what it did with them.

use std::collections::{HashMap, HashSet};

use crate::text::Json;
use crate::wire::Reply;

/// Commands remembered of one `guest-info`; a longer list is not remembered at all.
const LISTED_MAX: usize = 10_000;

/// Commands whose result nothing in a session changes.
const CONSTANT: [&str; 2] = ["guest-get-host-name", "guest-get-osinfo"];
/// Longer replies to them are not kept.
const CONSTANT_BYTES_MAX: usize = 16 << 10;

/// What is known about the agent's commands.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    listed: Option<HashMap<String, bool>>,
    reactions: HashMap<String, Known>,
    plainly: HashSet<String>,
    outcomes: HashMap<&'static str, Vec<u8>>,
}

/// What the agent did with valid requests for a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The last one succeeded.
    Answered,
    /// The last one got `CommandNotFound`.
    Unsupported,
}

impl Commands {
    /// Learns from a valid request's reply.
    pub fn record(&mut self, command: &str, reply: Option<&Reply<'_>>) {
        if command.starts_with("guest-fsfreeze-") && command != "guest-fsfreeze-status" {
            // While file systems are frozen most commands are disabled, and it may be either now.
            self.listed = None;
            self.reactions.clear();
            return;
        }
        let Some(reply) = reply else { return };
        if let Some(value) = reply.success() {
            self.remember(command, Known::Answered);
            if command == "guest-info" {
                self.listed = listed(value);
            }
        } else if reply.error_class().is_some_and(|class| class == "CommandNotFound") {
            self.remember(command, Known::Unsupported);
        }
    }

    /// The command has succeeded, sent in the plainest way.
    pub fn answered_plainly(&mut self, command: &str) {
        if !self.plainly.contains(command) {
            self.plainly.insert(command.to_owned());
        }
    }

    /// Whether the command has succeeded when it was sent in the plainest way.
    pub fn has_answered_plainly(&self, command: &str) -> bool {
        self.plainly.contains(command)
    }

    /// The command has succeeded with this reply, sent in the plainest way.
    pub fn returned_plainly(&mut self, command: &str, reply: &[u8]) {
        if let Some(constant) = CONSTANT.iter().find(|constant| **constant == command)
            && reply.len() <= CONSTANT_BYTES_MAX
        {
            self.outcomes.insert(constant, reply.to_vec());
        }
    }

    /// The last reply to the command in its plainest form, if it returns the same each time.
    pub fn plain_outcome(&self, command: &str) -> Option<&[u8]> {
        self.outcomes.get(command).map(Vec::as_slice)
    }

    /// Whether the last `guest-info` is known.
    pub fn is_listing_known(&self) -> bool {
        self.listed.is_some()
    }

    /// What the last `guest-info` says of the command: whether it is enabled, if it is listed at all.
    pub fn listed(&self, command: &str) -> Option<bool> {
        self.listed.as_ref()?.get(command).copied()
    }

    /// What the agent did with valid requests, as far as that still holds.
    pub fn reactions(&self) -> impl Iterator<Item = (&str, Known)> {
        self.reactions.iter().map(|(command, known)| (command.as_str(), *known))
    }

    fn remember(&mut self, command: &str, known: Known) {
        match self.reactions.get_mut(command) {
            Some(last) => *last = known,
            None => drop(self.reactions.insert(command.to_owned(), known)),
        }
    }
}

/// The commands that a value of `guest-info` lists; `None` if it cannot be read.
fn listed(value: &Json<'_>) -> Option<HashMap<String, bool>> {
    let entries = value.member("supported_commands")?.as_array()?;
    if entries.len() > LISTED_MAX {
        return None;
    }
    let read = |entry: &Json<'_>| {
        Some((entry.member("name")?.as_str()?.into_owned(), entry.member("enabled")?.as_bool()?))
    };
    entries.iter().map(read).collect()
}
