//! Whether two values are the same, however they are spelled.

use super::{Json, Kind, Member};

impl Json<'_> {
    /// Whether both mean the same value: objects irrespective of the order of their members (of members
    /// with one key, each needs a partner), numbers as an agent keeps them, strings by the bytes they mean.
    pub fn same_value(&self, other: &Json<'_>) -> bool {
        // The pairs that are left to compare are kept here and not in calls, so that depth needs no stack.
        let mut pending = Vec::new();
        let mut next = Some((self, other));
        while let Some((left, right)) = next {
            let same_so_far = match (&left.kind, &right.kind) {
                (Kind::Null, Kind::Null) => true,
                (Kind::Bool(left), Kind::Bool(right)) => left == right,
                (Kind::Number(left), Kind::Number(right)) => left.same_value(right),
                (Kind::String(left), Kind::String(right)) => left == right,
                (Kind::Array(left), Kind::Array(right)) => {
                    pending.extend(left.iter().zip(right));
                    left.len() == right.len()
                }
                (Kind::Object(left), Kind::Object(right)) => pair_members(left, right, &mut pending),
                _ => false,
            };
            if !same_so_far {
                return false;
            }
            next = pending.pop();
        }
        true
    }
}

/// Adds the pairs of values that must be the same for the objects to be; false if a key has no partner.
fn pair_members<'l, 'r>(
    left: &'l [Member<'l>],
    right: &'r [Member<'r>],
    pending: &mut Vec<(&'l Json<'l>, &'r Json<'r>)>,
) -> bool {
    if left.len() != right.len() {
        return false;
    }
    let (left, right) = (by_key(left), by_key(right));
    let same_key = |one: &&Member<'_>, next: &&Member<'_>| one.key == next.key;
    for (left, right) in left.chunk_by(same_key).zip(right.chunk_by(same_key)) {
        if left.len() != right.len() || left[0].key != right[0].key {
            return false;
        }
        if let ([left], [right]) = (left, right) {
            pending.push((&left.value, &right.value));
        } else if !same_in_some_order(left, right) {
            return false;
        }
    }
    true
}

fn by_key<'m>(members: &'m [Member<'m>]) -> Vec<&'m Member<'m>> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|left, right| left.key.decoded().cmp(&right.key.decoded()));
    sorted
}

/// Whether members that share one key have the same values, each as often as the other side.
fn same_in_some_order(left: &[&Member<'_>], right: &[&Member<'_>]) -> bool {
    let mut partners = right.to_vec();
    for member in left {
        let Some(found) = partners.iter().position(|partner| member.value.same_value(&partner.value)) else {
            return false;
        };
        partners.remove(found);
    }
    true
}
