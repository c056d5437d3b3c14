//! Conversations about programs: they are started, awaited, and asked what came of them.
//!
//! Only programs that do nothing but end, print or copy are started, with arguments that the hazard gate knows.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::generate::Effort::{Full, Quick, Stress};
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
    let scenes = scenes().into_iter().filter(|(program, _)| ground.profile.has(program));
    let mut scenes: Vec<Scene> = scenes.map(|(_, scene)| scene).collect();
    if folder.is_some() && ground.profile.has("cat") && ground.schema.command("guest-file-write").is_some() {
        scenes.push(Scene::new(EXEC, "large-output", Full, |talk, path| print_large(talk, path, 1, 11)));
        scenes.push(Scene::new(EXEC, "huge-output", Stress, |talk, path| print_large(talk, path, 16, 17)));
    }
    scene::variants(ground, command, &[EXEC, STATUS], scenes, move |draw| {
        format!("{}/qgaspec-{}", folder.unwrap_or_default(), draw.slug)
    })
}

const EXEC: &str = "guest-exec";
const STATUS: &str = "guest-exec-status";
/// Written to a file at once, in bytes.
const PIECE_BYTES: u32 = 64 << 10;

/// Each scene with the program that it needs.
fn scenes() -> Vec<(&'static str, Scene)> {
    let scene = |command, name, effort, tell: fn(&mut Talk, &str)| Scene::new(command, name, effort, tell);
    vec![
        ("true", scene(EXEC, "true", Quick, |talk, _| end(talk, "true"))),
        ("false", scene(EXEC, "false", Quick, |talk, _| end(talk, "false"))),
        ("true", scene(EXEC, "by-path", Full, |talk, _| end(talk, "/bin/true"))),
        ("echo", scene(EXEC, "arguments", Quick, |talk, _| echo(talk, &["two  blanks", "", "end"]))),
        ("echo", scene(EXEC, "no-arguments", Full, |talk, _| echo(talk, &[]))),
        (
            "echo",
            scene(EXEC, "odd-arguments", Full, |talk, _| echo(talk, &["\u{e9}\u{1f600}", "'\"", "%s *"])),
        ),
        ("echo", scene(EXEC, "uncaptured", Quick, uncaptured)),
        ("cat", scene(EXEC, "input", Quick, |talk, _| copy(talk, &all_bytes()))),
        ("cat", scene(EXEC, "input-empty", Full, |talk, _| copy(talk, b""))),
        ("cat", scene(EXEC, "input-long", Full, |talk, _| copy(talk, &all_bytes().repeat(300)))),
        ("cat", scene(EXEC, "no-input", Full, no_input)),
        ("env", scene(EXEC, "environment", Quick, environment)),
        ("sh", scene(EXEC, "exit-codes", Quick, exit_codes)),
        ("sh", scene(EXEC, "signal", Quick, |talk, _| shell(talk, "kill -9 $$"))),
        ("sh", scene(EXEC, "both-streams", Quick, |talk, _| shell(talk, "echo out; echo err >&2"))),
        ("true", scene(STATUS, "twice", Quick, twice)),
        ("sleep", scene(STATUS, "running", Full, running)),
        ("true", scene(STATUS, "in-any-order", Full, several)),
    ]
}

fn all_bytes() -> Vec<u8> {
    (0..=u8::MAX).collect()
}

fn words(words: &[&str]) -> Node {
    Node::list(words.iter().map(|word| Node::string(*word)))
}

fn captured() -> (&'static str, Node) {
    ("capture-output", Node::Bool(true))
}

fn end(talk: &mut Talk, program: &str) {
    let process = talk.start(program, []);
    talk.wait(process);
}

fn echo(talk: &mut Talk, arguments: &[&str]) {
    let process = talk.start("echo", [("arg", words(arguments)), captured()]);
    talk.wait(process);
}

fn uncaptured(talk: &mut Talk, _: &str) {
    let process = talk.start("echo", [("arg", words(&["lost"]))]);
    talk.wait(process);
    let process = talk.start("echo", [("arg", words(&["lost"])), ("capture-output", Node::Bool(false))]);
    talk.wait(process);
}

fn copy(talk: &mut Talk, input: &[u8]) {
    let input = ("input-data", Node::String(STANDARD.encode(input)));
    let process = talk.start("cat", [input, captured()]);
    talk.wait(process);
}

fn no_input(talk: &mut Talk, _: &str) {
    let process = talk.start("cat", [captured()]);
    talk.wait(process);
}

fn environment(talk: &mut Talk, _: &str) {
    let variables =
        words(&["QGASPEC_ONE=1", "QGASPEC_BLANKS=two  blanks", "QGASPEC_EMPTY=", "QGASPEC_SIGN=a=b"]);
    let process = talk.start("env", [("env", variables), captured()]);
    talk.wait(process);
    let process = talk.start("env", [("env", words(&[])), captured()]);
    talk.wait(process);
}

fn shell(talk: &mut Talk, script: &str) {
    let process = talk.start("sh", [("arg", words(&["-c", script])), captured()]);
    talk.wait(process);
}

fn exit_codes(talk: &mut Talk, _: &str) {
    for script in ["exit 0", "exit 1", "exit 7", "exit 255"] {
        shell(talk, script);
    }
}

/// The end of a process is told once.
fn twice(talk: &mut Talk, _: &str) {
    let process = talk.start("true", []);
    talk.wait(process);
    talk.status(process);
}

/// Two processes that live for a while, at the same time.
fn running(talk: &mut Talk, _: &str) {
    let second = || [("arg", words(&["1"]))];
    let (one, other) = (talk.start("sleep", second()), talk.start("sleep", second()));
    talk.status(one);
    talk.status(other);
    talk.wait(other);
    talk.wait(one);
    talk.status(other);
}

/// Processes whose ends are asked for in another order than they began.
fn several(talk: &mut Talk, _: &str) {
    let processes: Vec<_> = (0..4).map(|_| talk.start("true", [])).collect();
    for process in processes.into_iter().rev() {
        talk.wait(process);
    }
}

/// Prints a file of so many pieces so many times.
fn print_large(talk: &mut Talk, path: &str, pieces: u32, times: usize) {
    let file = talk.open(path, Some("w"));
    let piece: Vec<u8> = (0..PIECE_BYTES).map(|at| (at.wrapping_mul(7) + at / 256) as u8).collect();
    for _ in 0..pieces {
        talk.on(file, "guest-file-write", [("buf-b64", Node::String(STANDARD.encode(&piece)))]);
    }
    talk.on(file, "guest-file-close", []);
    let process = talk.start("cat", [("arg", words(&vec![path; times])), captured()]);
    talk.wait(process);
}
