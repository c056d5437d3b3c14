//! Whether two values are the same, however they are spelled.
//!
//! What is left to compare is kept in lists and not in calls, so that no nesting of the values can exhaust
//! the thread's stack.

use std::mem;

use super::{Json, Kind, Member};

impl Json<'_> {
    /// Whether both mean the same value: objects irrespective of the order of their members (of members
    /// with one key, each needs a partner), numbers as an agent keeps them, strings by the bytes they mean.
    pub fn same_value(&self, other: &Json<'_>) -> bool {
        let mut pending = vec![Task::Pair(self, other)];
        let mut trials: Vec<Trial<'_>> = Vec::new();
        loop {
            let same = match pending.pop() {
                Some(Task::Pair(left, right)) => compare(left, right, &mut pending),
                Some(Task::Group(group)) => {
                    trials.push(Trial { group, partner: 0, later: mem::take(&mut pending) });
                    pending.extend(trials.last().and_then(Trial::pair));
                    true
                }
                // Nothing was different: the partner on trial is one.
                None => {
                    let Some(mut trial) = trials.pop() else { return true };
                    trial.group.left.pop();
                    trial.group.right.swap_remove(trial.partner);
                    trial.partner = 0;
                    match trial.pair() {
                        Some(pair) => {
                            pending.push(pair);
                            trials.push(trial);
                        }
                        None => pending = trial.later,
                    }
                    true
                }
            };
            if !same {
                let Some(next) = next_partner(&mut trials) else { return false };
                pending = vec![next];
            }
        }
    }
}

/// Something that must be found the same.
enum Task<'j> {
    Pair(&'j Json<'j>, &'j Json<'j>),
    Group(Group<'j>),
}

/// Members that share one key, equally many on both sides.
struct Group<'j> {
    left: Vec<&'j Member<'j>>,
    right: Vec<&'j Member<'j>>,
}

/// The search for the partner of the last member on the left.
struct Trial<'j> {
    group: Group<'j>,
    /// Which member on the right is being tried.
    partner: usize,
    /// What is to be compared once every member has a partner.
    later: Vec<Task<'j>>,
}

impl<'j> Trial<'j> {
    fn pair(&self) -> Option<Task<'j>> {
        Some(Task::Pair(&self.group.left.last()?.value, &self.group.right.get(self.partner)?.value))
    }
}

/// Gives up the partner on trial, and where there is no other one also the values around it.
fn next_partner<'j>(trials: &mut Vec<Trial<'j>>) -> Option<Task<'j>> {
    loop {
        let trial = trials.last_mut()?;
        trial.partner += 1;
        match trial.pair() {
            Some(pair) => return Some(pair),
            None => drop(trials.pop()),
        }
    }
}

/// Whether the values themselves are the same; what is inside of them is left to `pending`.
fn compare<'j>(left: &'j Json<'j>, right: &'j Json<'j>, pending: &mut Vec<Task<'j>>) -> bool {
    match (&left.kind, &right.kind) {
        (Kind::Null, Kind::Null) => true,
        (Kind::Bool(left), Kind::Bool(right)) => left == right,
        (Kind::Number(left), Kind::Number(right)) => left.same_value(right),
        (Kind::String(left), Kind::String(right)) => left == right,
        (Kind::Array(left), Kind::Array(right)) => {
            pending.extend(left.iter().zip(right).map(|(left, right)| Task::Pair(left, right)));
            left.len() == right.len()
        }
        (Kind::Object(left), Kind::Object(right)) => compare_members(left, right, pending),
        _ => false,
    }
}

/// Whether the keys are the same; the values are left to `pending`.
fn compare_members<'j>(left: &'j [Member<'j>], right: &'j [Member<'j>], pending: &mut Vec<Task<'j>>) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let (left, right) = (by_key(left), by_key(right));
    let same_key = |one: &&Member<'_>, next: &&Member<'_>| one.key == next.key;
    for (left, right) in left.chunk_by(same_key).zip(right.chunk_by(same_key)) {
        if left.len() != right.len() || left[0].key != right[0].key {
            return false;
        }
        pending.push(match (left, right) {
            ([left], [right]) => Task::Pair(&left.value, &right.value),
            _ => Task::Group(Group { left: left.to_vec(), right: right.to_vec() }),
        });
    }
    true
}

fn by_key<'j>(members: &'j [Member<'j>]) -> Vec<&'j Member<'j>> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|left, right| left.key.decoded().cmp(&right.key.decoded()));
    sorted
}
