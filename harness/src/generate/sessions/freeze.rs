//! Conversations about freezing. Each first asks how things are and ends with everything thawed; what an agent
//! leaves frozen all the same, the run thaws.

use crate::generate::Effort::{Full, Quick};
use crate::generate::variant::{Ground, Variant};
use crate::schema::Command;
use crate::text::Node;

use super::scene::{self, Scene};
use super::talk::Talk;

/// The conversations about this command.
pub(in crate::generate) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
) -> Vec<Variant<'a>> {
    let scene = |command, name, effort, tell: fn(&mut Talk)| {
        Scene::new(command, name, effort, move |talk: &mut Talk, _: &str| tell(talk))
    };
    let scenes = vec![
        scene(FREEZE, "cycle", Quick, cycle),
        scene(THAW, "twice", Quick, thaw_twice),
        scene(LIST, "nothing", Quick, |talk| freeze_listed(talk, &[])),
        scene(LIST, "nonsense", Quick, |talk| {
            freeze_listed(talk, &["/qgaspec-nonexistent", "", "qgaspec-nonexistent/\u{e9}"]);
        }),
        scene(LIST, "all", Full, freeze_all_by_list),
    ];
    scene::variants(ground, command, &[STATUS, FREEZE, LIST, THAW], scenes, |_| String::new())
}

const STATUS: &str = "guest-fsfreeze-status";
const FREEZE: &str = "guest-fsfreeze-freeze";
const LIST: &str = "guest-fsfreeze-freeze-list";
const THAW: &str = "guest-fsfreeze-thaw";

/// What clients do while they take a snapshot.
fn cycle(talk: &mut Talk) {
    talk.ask(STATUS, []);
    talk.ask(FREEZE, []);
    talk.ask(STATUS, []);
    talk.ask("guest-ping", []);
    talk.ask("guest-sync", [("id", Node::Int(4_711))]);
    talk.ask("guest-info", []);
    talk.ask(THAW, []);
    talk.ask(STATUS, []);
    talk.ask(THAW, []);
    talk.ask(STATUS, []);
    // What is enabled may have changed twice.
    talk.ask("guest-info", []);
}

fn thaw_twice(talk: &mut Talk) {
    talk.ask(STATUS, []);
    for _ in 0..2 {
        talk.ask(THAW, []);
        talk.ask(STATUS, []);
    }
}

fn freeze_listed(talk: &mut Talk, places: &[&str]) {
    talk.ask(STATUS, []);
    talk.ask(LIST, [("mountpoints", Node::list(places.iter().map(|place| Node::string(*place))))]);
    talk.ask(STATUS, []);
    talk.ask(THAW, []);
    talk.ask(STATUS, []);
}

fn freeze_all_by_list(talk: &mut Talk) {
    talk.ask(STATUS, []);
    talk.ask(LIST, []);
    talk.ask(STATUS, []);
    talk.ask(THAW, []);
    talk.ask(STATUS, []);
    talk.ask("guest-info", []);
}
