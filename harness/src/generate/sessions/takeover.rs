//! Conversations in which one client goes on with what another one has begun.

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
    let folder = ground.profile.scratch.as_deref();
    let path = move |draw: &crate::generate::variant::Draw<'_, '_>| {
        format!("{}/qgaspec-{}", folder.unwrap_or_default(), draw.slug)
    };
    let mut variants = Vec::new();
    if folder.is_some() {
        variants.extend(scene::variants(ground, command, &[OPEN, "guest-file-write"], files(), path));
    }
    if ground.profile.has("true") && ground.profile.has("cat") {
        variants.extend(scene::variants(ground, command, &["guest-exec", STATUS], processes(), path));
    }
    variants
}

const OPEN: &str = "guest-file-open";
const STATUS: &str = "guest-exec-status";

fn files() -> Vec<Scene> {
    let whole: fn(&mut Talk, &str) = |talk, path| {
        let file = talk.open(path, Some("w+"));
        talk.on(file, "guest-file-write", [("buf-b64", Node::string("cWdhc3BlYw=="))]);
        talk.take_over();
        let start = [("offset", Node::Int(0)), ("whence", Node::string("set"))];
        talk.on(file, "guest-file-seek", start);
        talk.take_over();
        talk.on(file, "guest-file-read", []);
        talk.take_over();
        talk.on(file, "guest-file-write", [("buf-b64", Node::string(""))]);
        talk.take_over();
        talk.on(file, "guest-file-flush", []);
        talk.take_over();
        talk.on(file, "guest-file-close", []);
    };
    let second: fn(&mut Talk, &str) = |talk, path| {
        let first = talk.open(path, Some("w+"));
        let second = talk.open(path, Some("r"));
        talk.take_over();
        talk.on(second, "guest-file-close", []);
        talk.on(first, "guest-file-close", []);
    };
    vec![
        Scene::new("guest-file-seek", "handle", Quick, whole),
        Scene::new("guest-file-close", "second-handle", Full, second),
    ]
}

fn processes() -> Vec<Scene> {
    let plain: fn(&mut Talk, &str) = |talk, _| {
        let process = talk.start("true", []);
        talk.take_over();
        talk.wait(process);
    };
    let captured: fn(&mut Talk, &str) = |talk, _| {
        let input = ("input-data", Node::string("cWdhc3BlYw=="));
        let process = talk.start("cat", [input, ("capture-output", Node::Bool(true))]);
        talk.take_over();
        talk.wait(process);
    };
    vec![Scene::new(STATUS, "process", Quick, plain), Scene::new(STATUS, "captured-process", Full, captured)]
}
