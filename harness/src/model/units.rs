//! Parts of the guest's machine that are taken into and out of use by number: processors and memory blocks.

use std::collections::BTreeMap;

use crate::text::Json;
use crate::wire::Reply;

use super::is_unsupported;

/// Units remembered; of a longer list nothing is.
const UNITS_MAX: usize = 100_000;

/// The words by which the commands of one kind of unit go.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The command that lists the units.
    pub get: &'static str,
    /// The command that changes them.
    pub set: &'static str,
    /// The argument with the list of changes.
    pub list: &'static str,
    /// The member with a unit's number.
    pub number: &'static str,
    /// How many elements of a list were carried out, from its start or one by one; `None` if it cannot be read.
    pub carried_out: fn(&[Wish], &Json<'_>) -> Option<Vec<Done>>,
}

/// Processors.
pub const PROCESSORS: Words = Words {
    get: "guest-get-vcpus",
    set: "guest-set-vcpus",
    list: "vcpus",
    number: "logical-id",
    carried_out: prefix,
};

/// Memory blocks.
pub const MEMORY_BLOCKS: Words = Words {
    get: "guest-get-memory-blocks",
    set: "guest-set-memory-blocks",
    list: "mem-blks",
    number: "phys-index",
    carried_out: one_by_one,
};

/// What became of one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It was carried out.
    Yes,
    /// It was not, and changed nothing.
    No,
    /// It was tried, and nobody knows what it changed.
    Failed,
}

/// An element of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Which unit is meant.
    pub number: i128,
    /// Whether it shall be in use.
    pub online: bool,
    /// The member that a request may have and that means nothing in it.
    pub can_offline: Option<bool>,
}

/// What is known about a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Whether it is in use.
    pub online: Option<bool>,
    /// Whether it can be taken out of use.
    pub can_offline: Option<bool>,
}

/// The last attempt to change units, and what came of it.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The elements of the request.
    pub wishes: Vec<Wish>,
    /// What became of each; `None` after an error.
    pub done: Option<Vec<Done>>,
    /// Whether everything was as before afterwards, as far as is known.
    pub is_idle: bool,
}

/// All units of one kind.
#[derive(Clone, Debug)]
pub struct Units {
    words: Words,
    known: Option<BTreeMap<i128, Unit>>,
    attempt: Option<Attempt>,
}

impl Units {
    /// Units of which nothing is known.
    pub const fn new(words: Words) -> Self {
        Self { words, known: None, attempt: None }
    }

    /// Learns from a valid request and its reply, if that is known.
    pub fn record(&mut self, command: &str, arguments: Option<&Json<'_>>, reply: Option<&Reply<'_>>) {
        let success = reply.and_then(Reply::success);
        if is_unsupported(reply) {
            return;
        }
        if command == self.words.get {
            if let Some(list) = success {
                self.known = units(list, &self.words);
                self.attempt = None;
            }
        } else if command == self.words.set {
            self.attempted(arguments.and_then(|arguments| wishes(arguments, &self.words)), reply);
        } else if matches!(command, "guest-exec") || command.starts_with("guest-suspend-") {
            // Programs may switch units, and the system does so when it falls asleep.
            self.known = None;
            self.attempt = None;
        }
    }

    /// The unit of this number, if the list of all is known and has it.
    pub fn unit(&self, number: i128) -> Option<Unit> {
        self.known.as_ref()?.get(&number).copied()
    }

    /// Whether the list of all is known and does not have this number.
    pub fn lacks(&self, number: i128) -> bool {
        self.known.as_ref().is_some_and(|known| !known.contains_key(&number))
    }

    /// What was last tried since the units were last listed.
    pub fn attempt(&self) -> Option<&Attempt> {
        self.attempt.as_ref()
    }

    fn attempted(&mut self, wishes: Option<Vec<Wish>>, reply: Option<&Reply<'_>>) {
        self.attempt = None;
        let (Some(wishes), Some(reply)) = (wishes, reply) else {
            self.known = None;
            return;
        };
        let done = match reply.success().map(|value| (self.words.carried_out)(&wishes, value)) {
            Some(Some(done)) => Some(done),
            Some(None) => {
                self.known = None;
                return;
            }
            // An error leaves everything as it was.
            None => None,
        };
        let mut is_idle = true;
        for (wish, done) in wishes.iter().zip(done.iter().flatten()) {
            let Some(unit) = self.known.as_mut().and_then(|known| known.get_mut(&wish.number)) else {
                is_idle &= *done == Done::No;
                continue;
            };
            let before = unit.online;
            match done {
                Done::Yes => unit.online = Some(wish.online),
                Done::No => {}
                Done::Failed => unit.online = None,
            }
            is_idle &= unit.online == before && before.is_some();
        }
        self.attempt = Some(Attempt { wishes, done, is_idle });
    }
}

/// The elements of a request; `None` if they cannot be read.
pub fn wishes(arguments: &Json<'_>, words: &Words) -> Option<Vec<Wish>> {
    let elements = arguments.member(words.list)?.as_array()?;
    let wish = |element: &Json<'_>| {
        Some(Wish {
            number: element.member(words.number)?.as_number()?.as_i128()?,
            online: element.member("online")?.as_bool()?,
            can_offline: element.member("can-offline").and_then(Json::as_bool),
        })
    };
    elements.iter().map(wish).collect()
}

/// The units of a list; `None` if it cannot be read.
fn units(list: &Json<'_>, words: &Words) -> Option<BTreeMap<i128, Unit>> {
    let entries = list.as_array().filter(|entries| entries.len() <= UNITS_MAX)?;
    let unit = |entry: &Json<'_>| {
        let online = entry.member("online")?.as_bool();
        let can_offline = entry.member("can-offline").and_then(Json::as_bool);
        Some((entry.member(words.number)?.as_number()?.as_i128()?, Unit { online, can_offline }))
    };
    entries.iter().map(unit).collect()
}

/// The reply counts the elements that were carried out, from the first one on.
fn prefix(wishes: &[Wish], value: &Json<'_>) -> Option<Vec<Done>> {
    let count = usize::try_from(value.as_i64()?).ok().filter(|count| *count <= wishes.len())?;
    Some((0..wishes.len()).map(|at| if at < count { Done::Yes } else { Done::No }).collect())
}

/// The reply holds a result for each element.
fn one_by_one(wishes: &[Wish], value: &Json<'_>) -> Option<Vec<Done>> {
    let results = value.as_array().filter(|results| results.len() == wishes.len())?;
    let done = |result: &Json<'_>| {
        Some(match result.member("response")?.as_str()?.as_ref() {
            "success" => Done::Yes,
            "not-found" | "operation-not-supported" => Done::No,
            _ => Done::Failed,
        })
    };
    results.iter().map(done).collect()
}
