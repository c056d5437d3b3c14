//! Conversations about the clock. What they set, they set back to what the guest told before.

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
    let scene = |name, effort, tell: fn(&mut Talk)| {
        Scene::new(SET_TIME, name, effort, move |talk: &mut Talk, _: &str| tell(talk))
    };
    let scenes = vec![
        scene("now", Full, |talk| and_back(talk, |_| ())),
        scene("other", Quick, |talk| and_back(talk, |talk| set(talk, OTHER_NS))),
        scene("hardware", Full, |talk| {
            and_back(talk, |talk| {
                set(talk, OTHER_NS);
                talk.ask(SET_TIME, []);
                talk.ask(GET_TIME, []);
            });
        }),
        scene("extremes", Full, |talk| {
            and_back(talk, |talk| {
                for time_ns in EXTREMES_NS {
                    set(talk, time_ns);
                }
            });
        }),
    ];
    let mut variants = scene::variants(ground, command, &[GET_TIME, SET_TIME], scenes, |_| String::new());
    if ground.profile.has("sleep") {
        let later = Scene::new(GET_TIME, "a-second-later", Full, |talk, _| ask_twice(talk));
        let needed = [GET_TIME, "guest-exec", "guest-exec-status"];
        variants.extend(scene::variants(ground, command, &needed, vec![later], |_| String::new()));
    }
    variants
}

const GET_TIME: &str = "guest-get-time";
const SET_TIME: &str = "guest-set-time";
/// In 2020, with a fraction of a second.
const OTHER_NS: i64 = 1_600_000_000_123_456_789;
/// The limits of the type, and times that few clocks know: before 1970, in 2100, and the very start.
const EXTREMES_NS: [i64; 5] = [i64::MIN, i64::MAX, -1_000_000_000, 4_102_444_800_000_000_000, 0];

/// Time passes, which only a program in the guest can make sure of.
fn ask_twice(talk: &mut Talk) {
    talk.ask(GET_TIME, []);
    let process = talk.start("sleep", [("arg", Node::list([Node::string("1")]))]);
    talk.wait(process);
    talk.ask(GET_TIME, []);
}

fn set(talk: &mut Talk, time_ns: i64) {
    talk.ask(SET_TIME, [("time", Node::Int(time_ns.into()))]);
    talk.ask(GET_TIME, []);
}

/// Does it between asking for the time and setting that again.
fn and_back(talk: &mut Talk, tell: fn(&mut Talk)) {
    talk.learn(Symbol::Time, GET_TIME);
    tell(talk);
    talk.with(Symbol::Time, "time", SET_TIME, []);
    talk.ask(GET_TIME, []);
}
