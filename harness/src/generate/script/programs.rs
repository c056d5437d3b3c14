//! Programs: started in every way, asked about at every time, left alone.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::generate::Stimulus;
use crate::generate::compose::{Given, compose};
use crate::generate::entropy::Entropy;
use crate::text::Node;

use super::speaker::Speaker;
use super::{Author, Daring, odd};

/// Scripts that do no harm wherever they run.
const TAME: [&str; 6] = ["exit 0", "exit 1", "exit 7", "exit 255", "kill -9 $$", "echo out; echo err >&2"];
/// Scripts for guests that may be thrown away. Behind `{}` is the scratch folder.
const BOLD: [&str; 30] = [
    "exit 300",
    "kill -11 $$",
    "kill -15 $$",
    "kill -1 $$; exit 2",
    "sleep 0.01",
    "exec sleep 0.01",
    "exec 1>&-; exit 4",
    "exec 2>&- 1>&-; sleep 0.01; exit 5",
    "exec 0<&-; exit 6",
    "cat; exit 3",
    "cat >&2",
    "read line; echo \"$line\"",
    "head -c 65537 /dev/zero",
    "head -c 70000 /dev/zero >&2; head -c 70000 /dev/zero",
    "printf '\\377\\000\\n'",
    "printf x",
    "(sleep 0.02; echo late) & echo early",
    "sleep 0.1 & exit 0",
    "(trap '' 1 15; sleep 0.05) & exit 9",
    "(sleep 0.02; exit 1) & wait; exit 8",
    "ulimit -n 3; cat /dev/null",
    "ls -l /proc/self/fd",
    "mkfifo {}/fifo",
    "ln -sf qgaspec-shared {}/link",
    "ln -sf loop {}/loop",
    "mkdir -p {}/dir; echo x > {}/dir/file",
    "rm -rf {}/link {}/loop {}/fifo",
    "chmod 000 {}/dir; chmod 755 {}/dir",
    "cd /; kill -9 $$",
    "while read -r line; do echo \"$line$line\"; done",
];
/// Programs that are none, or only nearly.
const ODD_PROGRAMS: [&str; 12] = [
    "",
    "/",
    ".",
    "/etc/passwd",
    "/dev/null",
    "{}",
    "{}/qgaspec-shared",
    "qgaspec-nonexistent",
    "/qgaspec-nonexistent/x",
    "./true",
    "/usr/bin/true/",
    "TRUE",
];
/// Entries of an environment, right ones and others.
const VARIABLES: [&str; 9] =
    ["A=1", "A=2", "EMPTY=", "=x", "NOEQUALS", "", "PATH=/usr/bin:/bin", "LC_ALL=C", "B=\u{e9} =\t"];
/// Lengths of input.
const LENGTHS: [usize; 7] = [0, 1, 5, 255, 4096, 65_536, 65_537];

/// The next thing to do with a program.
pub(super) fn next(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    if !speaker.processes.is_empty() && entropy.coin() {
        return status(speaker, entropy);
    }
    let request = start(author, entropy);
    if entropy.one_in(6) { request } else { speaker.starts(request) }
}

fn status(speaker: &Speaker, entropy: &mut Entropy<'_>) -> Stimulus {
    let symbol = if entropy.one_in(8) { None } else { entropy.pick(&speaker.processes).copied() };
    let pid = symbol.map_or_else(|| Given::Known(Node::Int(odd::integer(entropy))), Given::Later);
    compose("guest-exec-status", [("pid", pid)])
}

fn start(author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    let scratch = author.ground.profile.scratch.as_deref().unwrap_or("/qgaspec-nonexistent");
    let is_bold = author.daring == Daring::Anything;
    let mut path = entropy
        .pick(&author.ground.profile.programs)
        .map_or("qgaspec-nonexistent", String::as_str)
        .to_owned();
    let mut arguments = Vec::new();
    match path.as_str() {
        "sh" => {
            let script =
                if is_bold && !entropy.one_in(4) { entropy.pick(&BOLD) } else { entropy.pick(&TAME) };
            arguments = vec!["-c".to_owned(), script.unwrap_or(&"exit 0").replace("{}", scratch)];
        }
        "sleep" => arguments.push(if is_bold { "0.005".to_owned() } else { "0".to_owned() }),
        "cat" => {
            for _ in 0..entropy.byte() % 3 {
                arguments.push(format!("{scratch}/qgaspec-{}-{}", entropy.byte() % 3, entropy.byte() % 2));
            }
        }
        "env" if !is_bold => {}
        _ => {
            for _ in 0..entropy.byte() % 4 {
                let text = odd::text(entropy);
                // Nothing that a shell in between would obey.
                arguments.push(if is_bold { text } else { text.replace(['$', '(', ')', '\n', '`'], "") });
            }
        }
    }
    if is_bold && entropy.one_in(8) {
        path = entropy.pick(&ODD_PROGRAMS).unwrap_or(&"").replace("{}", scratch);
    } else if entropy.one_in(4) {
        path = format!("/bin/{path}");
    }
    let mut members: Vec<(&str, Given)> = vec![("path", Node::String(path).into())];
    if !arguments.is_empty() || entropy.one_in(8) {
        members.push(("arg", Node::list(arguments.into_iter().map(Node::String)).into()));
    }
    members.extend(extras(is_bold, entropy));
    compose("guest-exec", members)
}

/// The optional arguments.
fn extras(is_bold: bool, entropy: &mut Entropy<'_>) -> Vec<(&'static str, Given)> {
    let mut extras = Vec::new();
    if entropy.one_in(4) {
        let entries = (0..entropy.byte() % 4).filter_map(|_| entropy.pick(&VARIABLES));
        extras
            .push(("env", Node::list(entries.map(|entry| Node::string(*entry)).collect::<Vec<_>>()).into()));
    }
    if entropy.one_in(3) {
        let length = *entropy.pick(&LENGTHS).unwrap_or(&0);
        let input: Vec<u8> = (0..length).map(|at| (at / 3) as u8).collect();
        let mut text = STANDARD.encode(input);
        if is_bold && entropy.one_in(8) {
            text.push('=');
        }
        extras.push(("input-data", Node::String(text).into()));
    }
    if !entropy.one_in(3) {
        extras.push(("capture-output", Node::Bool(!entropy.one_in(4)).into()));
    }
    extras
}
