//! Conversations about what the guest is made of: processors and memory. What they take out of use they bring back.

use crate::generate::Effort::{Full, Quick};
use crate::generate::Symbol;
use crate::generate::variant::{Ground, Variant};
use crate::generate::vocabulary::IMPOSSIBLE;
use crate::schema::Command;
use crate::text::Node;

use super::scene::{self, Scene};
use super::talk::Talk;

/// The conversations about this command.
pub(in crate::generate) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
) -> Vec<Variant<'a>> {
    let kinds = [(PROCESSORS, processor_scenes()), (MEMORY_BLOCKS, memory_scenes())];
    let mut variants = Vec::new();
    for (kind, scenes) in kinds {
        let of_kind = |(name, effort, tell): (&'static str, _, fn(&mut Talk, Kind))| {
            Scene::new(kind.set, name, effort, move |talk, _| tell(talk, kind))
        };
        let scenes = common_scenes().into_iter().chain(scenes).map(of_kind).collect();
        variants.extend(scene::variants(ground, command, &[kind.get, kind.set], scenes, |_| String::new()));
    }
    variants
}

/// One kind of unit, by the words of its commands, and the number of one that can probably be taken out of use.
#[derive(Clone, Copy)]
struct Kind {
    get: &'static str,
    set: &'static str,
    list: &'static str,
    number: &'static str,
    spare: i128,
}

const PROCESSORS: Kind =
    Kind { get: "guest-get-vcpus", set: "guest-set-vcpus", list: "vcpus", number: "logical-id", spare: 1 };
const MEMORY_BLOCKS: Kind = Kind {
    get: "guest-get-memory-blocks",
    set: "guest-set-memory-blocks",
    list: "mem-blks",
    number: "phys-index",
    spare: 32,
};
/// The unit that the guest has booted from, and cannot do without.
const FIRST: i128 = 0;

type Told = (&'static str, crate::generate::Effort, fn(&mut Talk, Kind));

fn common_scenes() -> [Told; 6] {
    [
        ("nothing", Quick, |talk, kind| kind.set(talk, &[])),
        ("as-they-are", Full, set_as_they_are),
        ("off-and-on", Full, |talk, kind| {
            kind.set(talk, &[(kind.spare, false)]);
            kind.set(talk, &[]);
            kind.set(talk, &[(kind.spare, true)]);
        }),
        ("repeated", Full, |talk, kind| {
            kind.set(talk, &[(kind.spare, false), (kind.spare, true), (kind.spare, false)]);
            kind.set(talk, &[(kind.spare, false), (kind.spare, true)]);
        }),
        ("first", Full, |talk, kind| {
            kind.set(talk, &[(FIRST, false)]);
            kind.set(talk, &[(kind.spare, false), (FIRST, false), (kind.spare, true)]);
            kind.set(talk, &[(FIRST, true), (kind.spare, true)]);
        }),
        ("can-offline", Quick, say_can_offline),
    ]
}

fn processor_scenes() -> Vec<Told> {
    vec![
        ("unknown", Quick, |talk, kind| {
            for unknown in [IMPOSSIBLE, -1, 1 << 32, i64::MIN.into()] {
                kind.set(talk, &[(unknown, true), (FIRST, true)]);
                kind.set(talk, &[(unknown, false)]);
                kind.set(talk, &[(FIRST, true), (unknown, true), (FIRST, true)]);
                kind.set(talk, &[(FIRST, true), (unknown, true)]);
            }
        }),
        ("rest", Full, |talk, kind| {
            // Whatever stopped the list stops it again.
            kind.send(talk, &[(FIRST, true), (IMPOSSIBLE, true), (FIRST, true)]);
            kind.send(talk, &[(IMPOSSIBLE, true), (FIRST, true)]);
            talk.ask(kind.get, []);
            for length in [2, 3, 5] {
                kind.send(talk, &vec![(FIRST, true); length]);
                kind.send(talk, &[(FIRST, true)]);
            }
        }),
        ("changed-by-error", Full, |talk, kind| kind.set(talk, &[(IMPOSSIBLE, true), (kind.spare, false)])),
    ]
}

fn memory_scenes() -> Vec<Told> {
    vec![
        ("unknown", Quick, |talk, kind| {
            // Blocks that no guest has, one of them twice.
            kind.set(talk, &[(IMPOSSIBLE + 2, true), (IMPOSSIBLE + 1, true), (IMPOSSIBLE + 2, true)]);
            kind.set(talk, &[(u64::MAX.into(), true), (1 << 63, true), ((1 << 52) + 1, false)]);
        }),
        ("mixed", Full, |talk, kind| {
            kind.set(
                talk,
                &[(33, true), (IMPOSSIBLE, true), (1, false), (FIRST, false), (kind.spare, false)],
            );
            kind.set(talk, &[(kind.spare, true), (33, false), (1, true)]);
        }),
    ]
}

impl Kind {
    /// The list of all, before and after a change.
    fn set(self, talk: &mut Talk, units: &[(i128, bool)]) {
        talk.ask(self.get, []);
        self.send(talk, units);
        talk.ask(self.get, []);
    }

    fn send(self, talk: &mut Talk, units: &[(i128, bool)]) {
        let units = units.iter().map(|(number, online)| self.unit(*number, *online, None));
        talk.ask(self.set, [(self.list, Node::list(units))]);
    }

    fn unit(self, number: i128, online: bool, can_offline: Option<bool>) -> Node {
        let members = [(self.number, Node::Int(number)), ("online", Node::Bool(online))];
        let can_offline = can_offline.map(|can| ("can-offline", Node::Bool(can)));
        Node::object(members.into_iter().chain(can_offline))
    }
}

fn set_as_they_are(talk: &mut Talk, kind: Kind) {
    talk.learn(Symbol::List, kind.get);
    talk.with(Symbol::List, kind.list, kind.set, []);
    talk.ask(kind.get, []);
}

/// The same request with and without what it need not have.
fn say_can_offline(talk: &mut Talk, kind: Kind) {
    for number in [FIRST, kind.spare] {
        talk.ask(kind.get, []);
        for can_offline in [None, Some(true), Some(false)] {
            talk.ask(kind.set, [(kind.list, Node::list([kind.unit(number, true, can_offline)]))]);
        }
        talk.ask(kind.get, []);
        talk.ask(kind.set, [(kind.list, Node::list([kind.unit(number, true, Some(true))]))]);
        talk.ask(kind.get, []);
    }
}
