//! Conversations about what the guest is made of: processors, memory, its clock. They set what is already so.

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
    let mut variants = Vec::new();
    for (get, set, what) in [
        ("guest-get-vcpus", "guest-set-vcpus", "vcpus"),
        ("guest-get-memory-blocks", "guest-set-memory-blocks", "mem-blks"),
    ] {
        let scenes = vec![
            Scene::new(set, "nothing", Quick, move |talk, _| set_nothing(talk, get, set, what)),
            Scene::new(set, "as-they-are", Full, move |talk, _| set_as_they_are(talk, get, set, what)),
        ];
        variants.extend(scene::variants(ground, command, &[get, set], scenes, |_| String::new()));
    }
    let unknown = Scene::new(SET_MEMORY, "unknown", Quick, |talk, _| set_unknown_memory(talk));
    variants.extend(scene::variants(ground, command, &[SET_MEMORY], vec![unknown], |_| String::new()));
    let clock = Scene::new(SET_TIME, "now", Full, |talk, _| set_clock(talk));
    variants.extend(scene::variants(ground, command, &[GET_TIME, SET_TIME], vec![clock], |_| String::new()));
    variants
}

const SET_MEMORY: &str = "guest-set-memory-blocks";
const GET_TIME: &str = "guest-get-time";
const SET_TIME: &str = "guest-set-time";

fn set_nothing(talk: &mut Talk, get: &str, set: &str, what: &str) {
    talk.ask(get, []);
    talk.ask(set, [(what, Node::list([]))]);
    talk.ask(get, []);
}

fn set_as_they_are(talk: &mut Talk, get: &str, set: &str, what: &str) {
    talk.learn(Symbol::List, get);
    talk.with(Symbol::List, what, set, []);
    talk.ask(get, []);
}

/// Blocks that no guest has, one of them twice.
fn set_unknown_memory(talk: &mut Talk) {
    let block = |number: i128| {
        Node::object([("phys-index", Node::Int(IMPOSSIBLE + number)), ("online", Node::Bool(true))])
    };
    talk.ask(SET_MEMORY, [("mem-blks", Node::list([block(2), block(1), block(2)]))]);
}

fn set_clock(talk: &mut Talk) {
    talk.learn(Symbol::Time, GET_TIME);
    talk.with(Symbol::Time, "time", SET_TIME, []);
    talk.ask(GET_TIME, []);
}
