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
    let has_files = folder.is_some() && ground.schema.command("guest-file-write").is_some();
    let with_files = if has_files { file_scenes() } else { Vec::new() };
    let scenes = scenes().into_iter().chain(sized_scenes()).chain(with_files);
    let scenes = scenes.filter(|(program, _)| ground.profile.has(program)).map(|(_, scene)| scene).collect();
    scene::variants(ground, command, &[EXEC, STATUS], scenes, move |draw| {
        format!("{}/qgaspec-{}", folder.unwrap_or_default(), draw.slug)
    })
}

const EXEC: &str = "guest-exec";
const STATUS: &str = "guest-exec-status";
/// Written to a file at once, in bytes.
const PIECE_BYTES: u32 = 64 << 10;
/// More than a pipe holds, and less than a megabyte in base64.
const LONG_BYTES: usize = 512 << 10;
/// What no base64 text has in it.
const NO_BASE64: [&str; 4] = ["!!!!", "cWdh!", "-_-_", "c!=="];

/// Each scene with the program that it needs.
fn scenes() -> Vec<(&'static str, Scene)> {
    let scene = |command, name, effort, tell: fn(&mut Talk, &str)| Scene::new(command, name, effort, tell);
    vec![
        ("true", scene(EXEC, "true", Quick, |talk, _| end(talk, "true"))),
        ("false", scene(EXEC, "false", Quick, |talk, _| end(talk, "false"))),
        ("true", scene(EXEC, "by-path", Full, by_path)),
        ("true", scene(EXEC, "no-output", Quick, no_output)),
        ("true", scene(EXEC, "missing", Quick, missing)),
        ("echo", scene(EXEC, "arguments", Quick, |talk, _| echo(talk, &["two  blanks", "", "end"]))),
        ("echo", scene(EXEC, "no-arguments", Full, |talk, _| echo(talk, &[]))),
        (
            "echo",
            scene(EXEC, "odd-arguments", Full, |talk, _| echo(talk, &["\u{e9}\u{1f600}", "'\"", "%s *"])),
        ),
        ("printf", scene(EXEC, "many-arguments", Full, many_arguments)),
        (
            "printf",
            scene(EXEC, "long-arguments", Full, |talk, _| list(talk, &["x".repeat(5000).as_str(), "end"])),
        ),
        (
            "printf",
            scene(EXEC, "lines-in-arguments", Full, |talk, _| list(talk, &["two\nlines", "\ttab\r\n"])),
        ),
        ("printf", scene(EXEC, "signs-in-arguments", Full, |talk, _| list(talk, &SHELL_WORDS))),
        ("echo", scene(EXEC, "uncaptured", Quick, uncaptured)),
        ("sh", scene(EXEC, "uncaptured-errors", Full, uncaptured_errors)),
        ("echo", scene(EXEC, "outputs-apart", Full, outputs_apart)),
        ("cat", scene(EXEC, "input", Quick, |talk, _| copy(talk, &all_bytes()))),
        ("cat", scene(EXEC, "no-input", Full, no_input)),
        ("true", scene(EXEC, "input-wrong", Quick, wrong_input)),
        ("true", scene(EXEC, "input-unread", Full, |talk, _| leave_unread(talk, LONG_BYTES))),
        ("env", scene(EXEC, "environment", Quick, environment)),
        ("sh", scene(EXEC, "exit-codes", Quick, exit_codes)),
        ("sh", scene(EXEC, "signal", Quick, |talk, _| shell(talk, "kill -9 $$"))),
        ("sh", scene(EXEC, "other-signal", Full, |talk, _| shell(talk, "kill -15 $$"))),
        ("sh", scene(EXEC, "both-streams", Quick, |talk, _| shell(talk, "echo out; echo err >&2"))),
        ("sh", scene(EXEC, "error-stream", Full, |talk, _| shell(talk, "echo err >&2"))),
        ("true", scene(STATUS, "twice", Quick, |talk, _| ask_twice(talk, "true"))),
        ("false", scene(STATUS, "twice-after-failure", Full, |talk, _| ask_twice(talk, "false"))),
        ("sh", scene(STATUS, "twice-after-signal", Full, twice_after_signal)),
        ("sleep", scene(STATUS, "running", Full, running)),
        ("true", scene(STATUS, "in-any-order", Full, several)),
        ("true", scene(STATUS, "impossible", Quick, |talk, _| ask_for(talk, &[-1, i64::MIN, i64::MAX]))),
        ("true", scene(STATUS, "zero", Full, |talk, _| ask_for(talk, &[0]))),
    ]
}

/// Input of lengths at which buffers end.
fn sized_scenes() -> Vec<(&'static str, Scene)> {
    let sizes = [0, 1, 4095, 4096, 4097, 65_536, 65_537];
    let mut scenes: Vec<_> = sizes.map(|size| (format!("input-size-{size}"), Full, size)).into();
    scenes.push(("input-long".to_owned(), Full, LONG_BYTES));
    scenes.push(("input-huge".to_owned(), Stress, 1 << 20));
    let tell = |size| move |talk: &mut Talk, _: &str| copy(talk, &contents(size));
    let mut scenes: Vec<_> = scenes
        .into_iter()
        .map(|(name, effort, size)| ("cat", Scene::new(EXEC, name, effort, tell(size))))
        .collect();
    let unread = |talk: &mut Talk, _: &str| leave_unread(talk, 1 << 20);
    scenes.push(("true", Scene::new(EXEC, "input-huge-unread", Stress, unread)));
    scenes
}

/// Scenes with files of the conversation's own.
fn file_scenes() -> Vec<(&'static str, Scene)> {
    let print = |name, effort, length, times| {
        Scene::new(EXEC, name, effort, move |talk: &mut Talk, path: &str| {
            print_file(talk, path, length, times);
        })
    };
    vec![
        ("true", Scene::new(EXEC, "no-program", Full, no_program)),
        ("cat", print("output-size-1", Full, 1, 1)),
        ("cat", print("output-size-4096", Full, 4096, 1)),
        ("cat", print("output-size-4097", Full, 4097, 1)),
        ("cat", print("output-size-65536", Quick, PIECE_BYTES, 1)),
        ("cat", print("large-output", Full, PIECE_BYTES, 11)),
        ("cat", print("output-size-1048576", Stress, PIECE_BYTES, 16)),
        ("cat", print("huge-output", Stress, 16 * PIECE_BYTES, 17)),
    ]
}

/// Words that mean something to a shell, and nothing to a program that is started without one.
const SHELL_WORDS: [&str; 6] =
    ["$HOME $(id) `id`", "a; b | c & d", "> x < y", "* ? ~ {a,b}", "\\$\\\\", "#!'\""];

fn all_bytes() -> Vec<u8> {
    (0..=u8::MAX).collect()
}

/// Contents of this length: all byte values, in an order that differs from one 256 bytes to the next.
fn contents(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(7) + at / 256) as u8).collect()
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

/// Prints each word on a line of its own.
fn list(talk: &mut Talk, arguments: &[&str]) {
    let arguments: Vec<&str> = ["[%s]\\n"].iter().chain(arguments).copied().collect();
    let process = talk.start("printf", [("arg", words(&arguments)), captured()]);
    talk.wait(process);
}

fn many_arguments(talk: &mut Talk, _: &str) {
    list(talk, &["one", "two words", "", "-n", "--", "\u{e9}", "seven", "", "nine", ""]);
    let numbers: Vec<String> = (0..300).map(|number| number.to_string()).collect();
    list(talk, &numbers.iter().map(String::as_str).collect::<Vec<_>>());
}

fn by_path(talk: &mut Talk, _: &str) {
    end(talk, "/bin/true");
    end(talk, "true");
}

fn no_output(talk: &mut Talk, _: &str) {
    let process = talk.start("true", [captured()]);
    talk.wait(process);
}

/// Nothing has these names. What an agent starts all the same it is not asked for.
fn missing(talk: &mut Talk, _: &str) {
    for path in ["qgaspec-nonexistent", "/qgaspec-nonexistent/program", ""] {
        talk.ask(EXEC, [("path", Node::string(path)), captured()]);
    }
}

/// A folder and a file that nobody can execute.
fn no_program(talk: &mut Talk, path: &str) {
    write_file(talk, path, PIECE_BYTES / 1024);
    let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
    for path in [folder, path] {
        talk.ask(EXEC, [("path", Node::string(path))]);
    }
}

fn uncaptured(talk: &mut Talk, _: &str) {
    let process = talk.start("echo", [("arg", words(&["lost"]))]);
    talk.wait(process);
    let process = talk.start("echo", [("arg", words(&["lost"])), ("capture-output", Node::Bool(false))]);
    talk.wait(process);
}

fn uncaptured_errors(talk: &mut Talk, _: &str) {
    let process = talk.start("sh", [("arg", words(&["-c", "echo err >&2"]))]);
    talk.wait(process);
}

/// Processes that print different words, at the same time.
fn outputs_apart(talk: &mut Talk, _: &str) {
    let start = |talk: &mut Talk, word| talk.start("echo", [("arg", words(&[word])), captured()]);
    let processes = ["one", "two", "three"].map(|word| start(talk, word));
    for process in processes.into_iter().rev() {
        talk.wait(process);
    }
}

fn wrong_input(talk: &mut Talk, _: &str) {
    for wrong in NO_BASE64 {
        talk.ask(EXEC, [("path", Node::string("true")), ("input-data", Node::string(wrong))]);
    }
}

/// A program that reads nothing is given much.
fn leave_unread(talk: &mut Talk, length: usize) {
    let input = Node::String(STANDARD.encode(contents(length)));
    let process = talk.start("true", [("input-data", input)]);
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
fn ask_twice(talk: &mut Talk, program: &str) {
    let process = talk.start(program, []);
    talk.wait(process);
    talk.status(process);
}

fn twice_after_signal(talk: &mut Talk, _: &str) {
    let process = talk.start("sh", [("arg", words(&["-c", "kill -9 $$"]))]);
    talk.wait(process);
    talk.status(process);
}

fn ask_for(talk: &mut Talk, pids: &[i64]) {
    // An agent has to have an answer before a refusal says anything.
    end(talk, "true");
    for pid in pids {
        talk.ask(STATUS, [("pid", Node::from(*pid))]);
    }
}

/// Two processes that live for a while, at the same time.
fn running(talk: &mut Talk, _: &str) {
    let second = || [("arg", words(&["1"]))];
    let (one, other) = (talk.start("sleep", second()), talk.start("sleep", second()));
    for process in [one, other, one] {
        talk.status(process);
    }
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

/// Prints a file of this length so many times.
fn print_file(talk: &mut Talk, path: &str, length: u32, times: usize) {
    write_file(talk, path, length);
    let process = talk.start("cat", [("arg", words(&vec![path; times])), captured()]);
    talk.wait(process);
}

/// Makes a file, piece by piece.
fn write_file(talk: &mut Talk, path: &str, length: u32) {
    let file = talk.open(path, Some("w"));
    for piece in contents(length as usize).chunks(PIECE_BYTES as usize) {
        talk.on(file, "guest-file-write", [("buf-b64", Node::String(STANDARD.encode(piece)))]);
    }
    talk.on(file, "guest-file-close", []);
}
