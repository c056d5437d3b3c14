//! Conversations about what the guest says of itself: the same questions again, with the same answers to come.

use crate::generate::Effort::{Full, Quick};
use crate::generate::variant::{Ground, Variant};
use crate::schema::Command;
use crate::text::Node;

use super::scene::{self, Scene};

/// The questions that need no arguments and change nothing.
const QUESTIONS: [&str; 9] = [
    "guest-info",
    "guest-get-timezone",
    "guest-get-host-name",
    "guest-get-osinfo",
    "guest-get-users",
    "guest-network-get-interfaces",
    "guest-get-disks",
    "guest-get-fsinfo",
    "guest-get-devices",
];
/// How often a question is asked: an answer may be wrong every second time, or every third.
const TIMES: usize = 4;

/// The conversations about this command.
pub(in crate::generate) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
) -> Vec<Variant<'a>> {
    let mut variants = Vec::new();
    for question in QUESTIONS {
        let again = Scene::new(question, "again", Full, move |talk, _| {
            (0..TIMES).for_each(|_| talk.ask(question, []));
        });
        variants.extend(scene::variants(ground, command, &[question], vec![again], |_| String::new()));
    }
    for sync in [SYNC, DELIMITED] {
        let beside = Scene::new(sync, "beside-errors", Quick, move |talk, _| {
            let id = |number: i128| [("id", Node::Int(number))];
            talk.ask(sync, id(1));
            talk.ask(DELIMITED, [("id", Node::string("1"))]);
            talk.ask(sync, id(2));
            talk.ask(DELIMITED, []);
            talk.ask(SYNC, id(-3));
        });
        variants
            .extend(scene::variants(ground, command, &[SYNC, DELIMITED], vec![beside], |_| String::new()));
    }
    variants
}

const SYNC: &str = "guest-sync";
const DELIMITED: &str = "guest-sync-delimited";
