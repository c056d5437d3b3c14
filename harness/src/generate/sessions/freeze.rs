//! Conversations about freezing and trimming. Each freeze is followed by a thaw; what an agent leaves frozen all the
//! same, the run thaws.

use crate::generate::Effort::{Full, Quick};
use crate::generate::Symbol;
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
    let freezes = vec![
        scene(FREEZE, "cycle", Quick, cycle),
        scene(THAW, "twice", Quick, thaw_twice),
        scene(LIST, "nothing", Quick, |talk| freeze_listed(talk, &[])),
        scene(LIST, "nonsense", Quick, |talk| {
            freeze_listed(talk, &["/qgaspec-nonexistent", "", "qgaspec-nonexistent/\u{e9}"]);
        }),
        scene(LIST, "one", Full, |talk| freeze_listed(talk, &["/"])),
        scene(LIST, "one-twice", Full, |talk| freeze_listed(talk, &["/", "/"])),
        scene(LIST, "all", Full, freeze_all_by_list),
        scene(LIST, "mount-points", Quick, freeze_mount_points),
    ];
    let trims = vec![scene(TRIM, "minimum", Full, trim_with_and_without)];
    let mut variants =
        scene::variants(ground, command, &[STATUS, FREEZE, LIST, THAW, FSINFO], freezes, |_| String::new());
    variants.extend(scene::variants(ground, command, &[TRIM, FSINFO], trims, |_| String::new()));
    variants
}

const STATUS: &str = "guest-fsfreeze-status";
const FREEZE: &str = "guest-fsfreeze-freeze";
const LIST: &str = "guest-fsfreeze-freeze-list";
const THAW: &str = "guest-fsfreeze-thaw";
const FSINFO: &str = "guest-get-fsinfo";
const TRIM: &str = "guest-fstrim";
/// A command that need not work while file systems are frozen.
const OTHER: &str = "guest-get-osinfo";

/// What clients do while they take a snapshot.
fn cycle(talk: &mut Talk) {
    talk.ask(STATUS, []);
    talk.ask(FREEZE, []);
    talk.ask(STATUS, []);
    talk.ask("guest-ping", []);
    for sync in ["guest-sync", "guest-sync-delimited"] {
        talk.ask(sync, [("id", Node::Int(4_711))]);
    }
    // What is enabled changes twice, and what is said of it must change with it.
    talk.ask("guest-info", []);
    talk.ask(OTHER, []);
    thaw_and_look(talk);
    talk.ask("guest-info", []);
    talk.ask(OTHER, []);
    thaw_and_look(talk);
}

fn thaw_and_look(talk: &mut Talk) {
    talk.ask(THAW, []);
    talk.ask(STATUS, []);
}

fn thaw_twice(talk: &mut Talk) {
    talk.ask(STATUS, []);
    thaw_and_look(talk);
    thaw_and_look(talk);
}

/// A freeze after which nothing else is asked than how things are.
fn freeze_listed(talk: &mut Talk, places: &[&str]) {
    talk.ask(STATUS, []);
    talk.ask(LIST, [("mountpoints", Node::list(places.iter().map(|place| Node::string(*place))))]);
    talk.ask(STATUS, []);
    thaw_and_look(talk);
    thaw_and_look(talk);
}

fn freeze_all_by_list(talk: &mut Talk) {
    for freeze in [FREEZE, LIST] {
        talk.ask(freeze, []);
        talk.ask(STATUS, []);
        thaw_and_look(talk);
    }
    talk.ask("guest-info", []);
}

/// The mount points that the guest tells, alone and among names that are none.
fn freeze_mount_points(talk: &mut Talk) {
    talk.ask(FREEZE, []);
    talk.ask(THAW, []);
    talk.learn(Symbol::MountPoints, FSINFO);
    // A guest that tells of no mount points has nothing more to say behind this.
    talk.ask(LIST, [("mountpoints", Node::list([Node::string("/qgaspec-nonexistent")]))]);
    thaw_and_look(talk);
    for (before, behind) in [
        (r#""mountpoints":["#, "]"),
        (r#""mountpoints":["/qgaspec-nonexistent","#, r#","qgaspec-nonexistent"]"#),
        (r#""mountpoints":["#, r#","/qgaspec-nonexistent"]"#),
    ] {
        talk.with_arguments(LIST, before, Symbol::MountPoints, behind);
        talk.ask(STATUS, []);
        thaw_and_look(talk);
    }
}

fn trim_with_and_without(talk: &mut Talk) {
    talk.ask(FSINFO, []);
    talk.ask(TRIM, []);
    talk.ask(TRIM, [("minimum", Node::Int(0))]);
    talk.ask(TRIM, []);
    talk.ask(TRIM, [("minimum", Node::Int(1 << 20))]);
}
