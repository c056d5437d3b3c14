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
    now: State,
    /// What was known when file systems were frozen, while they are: most commands are disabled then, and what was
    /// true before is true again when they are thawed.
    thawed: Option<State>,
    plainly: HashSet<String>,
    outcomes: HashMap<&'static str, Vec<u8>>,
}

/// What is known about commands for as long as nothing is frozen or thawed.
#[derive(Clone, Debug, Default)]
struct State {
    listed: Option<HashMap<String, bool>>,
    reactions: HashMap<String, Known>,
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
        let result = reply.and_then(Reply::success);
        match command {
            "guest-fsfreeze-freeze" | "guest-fsfreeze-freeze-list" => {
                self.remember(command, reply);
                // Behind an error and behind 0 nothing is frozen.
                if reply.is_none() || result.is_some_and(|count| count.as_i64() != Some(0)) {
                    let state = std::mem::take(&mut self.now);
                    self.thawed.get_or_insert(state);
                }
            }
            "guest-fsfreeze-thaw" => {
                if result.is_some() {
                    self.now = self.thawed.take().unwrap_or_default();
                } else if reply.is_none() {
                    self.now = State::default();
                }
                self.remember(command, reply);
            }
            _ => {
                self.remember(command, reply);
                if command == "guest-info"
                    && let Some(value) = result
                {
                    self.now.listed = listed(value);
                }
            }
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
        self.now.listed.is_some()
    }

    /// What the last `guest-info` says of the command: whether it is enabled, if it is listed at all.
    pub fn listed(&self, command: &str) -> Option<bool> {
        self.now.listed.as_ref()?.get(command).copied()
    }

    /// What the agent did with valid requests, as far as that still holds.
    pub fn reactions(&self) -> impl Iterator<Item = (&str, Known)> {
        self.now.reactions.iter().map(|(command, known)| (command.as_str(), *known))
    }

    /// Takes note of what the agent did with the command, if that is known.
    fn remember(&mut self, command: &str, reply: Option<&Reply<'_>>) {
        let is_unsupported =
            |reply: &Reply<'_>| reply.error_class().is_some_and(|class| class == "CommandNotFound");
        let known = match reply {
            Some(reply) if reply.success().is_some() => Known::Answered,
            Some(reply) if is_unsupported(reply) => Known::Unsupported,
            Some(_) | None => return,
        };
        match self.now.reactions.get_mut(command) {
            Some(last) => *last = known,
            None => drop(self.now.reactions.insert(command.to_owned(), known)),
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
