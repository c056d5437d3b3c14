//! Requests about the guest's power: the default beside what it stands for, and modes that must fail, since the schema's
//! types allow them and its words do not.

use crate::generate::Effort::{Full, Quick};
use crate::generate::variant::{Ground, Variant};
use crate::schema::Command;
use crate::text::Node;

use super::scene::{self, Scene};

/// The conversations about this command.
pub(in crate::generate) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
) -> Vec<Variant<'a>> {
    let default = Scene::new(SHUTDOWN, "default", Quick, |talk, _| {
        talk.ask(SHUTDOWN, []);
        talk.ask(SHUTDOWN, [("mode", Node::string("powerdown"))]);
    });
    let wrong = MODES.map(|(name, mode)| {
        Scene::new(SHUTDOWN, format!("wrong-{name}"), Full, move |talk, _| {
            talk.ask(SHUTDOWN, [("mode", Node::string(mode))]);
        })
    });
    let scenes = std::iter::once(default).chain(wrong).collect();
    scene::variants(ground, command, &[SHUTDOWN], scenes, |_| String::new())
}

const SHUTDOWN: &str = "guest-shutdown";
/// Modes that there are not, each with its name in case IDs.
const MODES: [(&str, &str); 7] = [
    ("empty", ""),
    ("word", "qgaspec"),
    ("several", "halt|powerdown"),
    ("capitals", "Reboot"),
    ("blank", "powerdown "),
    ("longer", "rebooting"),
    ("shorter", "power"),
];
