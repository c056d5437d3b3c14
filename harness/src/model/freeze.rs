//! Whether file systems are frozen, how many of them, and how that is known.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::text::Json;
use crate::wire::{Facts, Reply};

use super::is_unsupported;

/// Mount points remembered of one reply; of a longer list nothing is.
const MOUNT_POINTS_MAX: usize = 10_000;
/// Requests after which the same file systems are still mounted, as far as this session can tell.
const QUIET: [&str; 9] = [
    "guest-fsfreeze-status",
    "guest-fsfreeze-freeze",
    "guest-fsfreeze-freeze-list",
    "guest-fsfreeze-thaw",
    "guest-get-fsinfo",
    "guest-info",
    "guest-ping",
    "guest-sync",
    "guest-sync-delimited",
];

/// What is known about frozen file systems.
#[derive(Clone, Debug, Default)]
pub struct Freezing {
    state: State,
    /// How many a freeze of all of them froze, while the same are mounted.
    all: Option<i64>,
    mount_points: Option<BTreeSet<String>>,
    /// The last list that was frozen without an error, and how many file systems that were.
    listed: Option<Listed>,
}

/// Names of which some may be mount points, and how many file systems were frozen for them.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The names.
    pub names: BTreeSet<String>,
    /// The count in the reply.
    pub count: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing was done since the agent was started.
    #[default]
    AtStart,
    Unknown,
    Known(Frost),
}

/// How things are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frost {
    /// Nothing is frozen.
    Thawed(Cause),
    /// Something is.
    Frozen {
        /// How many file systems, if a freeze told.
        count: Option<i64>,
        /// When the freeze was over, since the session began.
        since: Duration,
    },
}

/// Why nothing is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The agent or somebody else says so.
    Told,
    /// A thaw succeeded.
    Thaw,
    /// A freeze failed.
    Error,
    /// A freeze found nothing to freeze.
    Nothing,
}

impl Freezing {
    /// Learns from a valid request and its reply, if that is known. `at` is when the reply was there.
    pub fn record(
        &mut self,
        command: &str,
        arguments: Option<&Json<'_>>,
        reply: Option<&Reply<'_>>,
        at: Duration,
    ) {
        if !QUIET.contains(&command) {
            self.all = None;
            self.mount_points = None;
            self.listed = None;
        }
        if is_unsupported(reply) {
            return;
        }
        let success = reply.and_then(Reply::success);
        match command {
            "guest-fsfreeze-status" => self.told(success, at),
            "guest-fsfreeze-freeze" => self.froze(None, reply, at),
            "guest-fsfreeze-freeze-list" => self.froze(arguments.and_then(names), reply, at),
            "guest-fsfreeze-thaw" => {
                let thawed = success.and_then(Json::as_i64).is_some();
                self.state = if thawed { State::Known(Frost::Thawed(Cause::Thaw)) } else { State::Unknown };
            }
            "guest-get-fsinfo" => self.mount_points = success.and_then(mount_points),
            // A program may freeze and thaw as well.
            "guest-exec" if reply.is_none() || success.is_some() => self.state = State::Unknown,
            _ => {}
        }
    }

    /// Something may have been frozen or thawed.
    pub fn forget(&mut self) {
        *self = Self { state: State::Unknown, ..Self::default() };
    }

    /// How things are now, if that is known.
    pub fn frost(&self, facts: &Facts) -> Option<Frost> {
        match self.state {
            State::Known(frost) => Some(frost),
            State::Unknown => None,
            State::AtStart => facts.frozen.map(|frozen| told(frozen, Duration::ZERO)),
        }
    }

    /// How many file systems were frozen by a freeze of all, if the same are still mounted.
    pub fn all(&self) -> Option<i64> {
        self.all
    }

    /// The mount points that the agent told, if they are still the same.
    pub fn mount_points(&self) -> Option<&BTreeSet<String>> {
        self.mount_points.as_ref()
    }

    /// The last list that was frozen without an error, if the same file systems are still mounted.
    pub fn listed(&self) -> Option<&Listed> {
        self.listed.as_ref()
    }

    fn told(&mut self, success: Option<&Json<'_>>, at: Duration) {
        let frozen = match success.and_then(Json::as_str).as_deref() {
            Some("frozen") => true,
            Some("thawed") => false,
            _ => return,
        };
        let agrees = match self.state {
            State::Known(Frost::Frozen { .. }) => frozen,
            State::Known(Frost::Thawed(_)) => !frozen,
            State::AtStart | State::Unknown => false,
        };
        if !agrees {
            self.state = State::Known(told(frozen, at));
        }
    }

    /// Something was frozen: what these names stand for, or without names everything.
    fn froze(&mut self, names: Option<BTreeSet<String>>, reply: Option<&Reply<'_>>, at: Duration) {
        let was_thawed = !matches!(self.state, State::Known(Frost::Frozen { .. }) | State::Unknown);
        let count = reply.and_then(Reply::success).and_then(Json::as_i64).filter(|count| *count >= 0);
        let Some(count) = count else {
            let failed = was_thawed && reply.is_some_and(|reply| reply.error().is_some());
            self.state = if failed { State::Known(Frost::Thawed(Cause::Error)) } else { State::Unknown };
            return;
        };
        if count > 0 {
            self.state = State::Known(Frost::Frozen { count: Some(count), since: at });
        } else if was_thawed {
            self.state = State::Known(Frost::Thawed(Cause::Nothing));
        }
        match names {
            Some(names) => self.listed = Some(Listed { names, count }),
            None => self.all = was_thawed.then_some(count),
        }
    }
}

fn told(frozen: bool, since: Duration) -> Frost {
    if frozen { Frost::Frozen { count: None, since } } else { Frost::Thawed(Cause::Told) }
}

/// The names in a request to freeze what is listed; `None` if it has no list.
pub fn names(arguments: &Json<'_>) -> Option<BTreeSet<String>> {
    let names = arguments.member("mountpoints")?.as_array()?;
    Some(names.iter().filter_map(|name| Some(name.as_str()?.into_owned())).collect())
}

fn mount_points(value: &Json<'_>) -> Option<BTreeSet<String>> {
    let entries = value.as_array().filter(|entries| entries.len() <= MOUNT_POINTS_MAX)?;
    entries.iter().map(|entry| Some(entry.member("mountpoint")?.as_str()?.into_owned())).collect()
}
