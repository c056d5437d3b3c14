//! Conversations about the clock. What they set, they set back to what the guest told before.

use crate::generate::Effort::Full;
use crate::generate::Symbol;
use crate::generate::variant::{Ground, Variant};
use crate::schema::Command;

use super::scene::{self, Scene};
use super::talk::Talk;

/// The conversations about this command.
pub(in crate::generate) fn variants<'a>(
    ground: Ground<'a>,
    command: Option<&'a Command>,
) -> Vec<Variant<'a>> {
    let clock = Scene::new(SET_TIME, "now", Full, |talk, _| set_clock(talk));
    scene::variants(ground, command, &[GET_TIME, SET_TIME], vec![clock], |_| String::new())
}

const GET_TIME: &str = "guest-get-time";
const SET_TIME: &str = "guest-set-time";

fn set_clock(talk: &mut Talk) {
    talk.learn(Symbol::Time, GET_TIME);
    talk.with(Symbol::Time, "time", SET_TIME, []);
    talk.ask(GET_TIME, []);
}
