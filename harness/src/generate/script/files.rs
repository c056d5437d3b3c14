//! Files: opened in every mode, used in every state, closed and used again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::generate::compose::{Given, compose};
use crate::generate::entropy::Entropy;
use crate::generate::{Stimulus, Symbol};
use crate::text::Node;

use super::speaker::Speaker;
use super::{Author, Daring, odd};

/// The modes of C, and some that are none.
const MODES: [&str; 24] = [
    "r", "w", "a", "w+", "r+", "a+", "rb", "wb", "ab", "rb+", "wb+", "ab+", "r+b", "w+b", "a+b", "", "q",
    "rw", "R", "r++", " r", "wx", "re", "b",
];
/// How many of them are modes of C.
const GOOD_MODES: usize = 15;
/// Lengths of contents.
const LENGTHS: [usize; 14] = [0, 1, 2, 3, 4, 5, 6, 10, 255, 256, 257, 4095, 4096, 4097];
/// Counts of reads.
const COUNTS: [i128; 12] = [0, 1, 2, 3, 4, 5, 10, 100, 4095, 4096, 4097, 65_536];
/// Resources that are no ordinary files, for scripts that may do anything. Behind `{}` is the scratch folder. Those in
/// it are spelled with a detour, so that nobody takes them for plain files: programs may make links of them.
const RESOURCES: [&str; 36] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/tty",
    "/dev/ptmx",
    "/dev/stdin",
    "/dev/fd/0",
    "/dev/fd/3",
    "/dev",
    "/proc/self/status",
    "/proc/self/mem",
    "/proc/self/fd/1",
    "/proc/self/fd/5",
    "/proc/self/maps",
    "/proc/self/environ",
    "/proc/self/comm",
    "/proc/kmsg",
    "/proc/version",
    "/sys/power/state",
    "/etc/passwd",
    "/etc/os-release",
    "/",
    "",
    ".",
    "qgaspec-relative",
    "{}",
    "{}/",
    "{}/./fifo",
    "{}/./link",
    "{}/./loop",
    "{}/./dir",
    "{}/./dir/file",
    "{}/../scratch/./up",
    "{}/./none/file",
    "{}//./double",
];

/// The next thing to do with a file.
pub(super) fn next(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    let choice = entropy.byte() % 16;
    if speaker.open.is_empty() && choice < 12 {
        return open(speaker, author, entropy);
    }
    match choice {
        0 | 1 if !speaker.has_many_files() => open(speaker, author, entropy),
        2..=5 => write(handle(speaker, entropy), entropy),
        6..=9 => read(handle(speaker, entropy), entropy),
        10..=12 => seek(handle(speaker, entropy), entropy),
        13 => compose("guest-file-flush", [("handle", handle(speaker, entropy))]),
        _ => close(speaker, entropy),
    }
}

fn open(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    let path = path(speaker, author, entropy);
    let mode = match entropy.byte() % 8 {
        0 => None,
        7 => entropy.pick(&MODES[GOOD_MODES..]),
        _ => entropy.pick(&MODES[..GOOD_MODES]),
    };
    speaker.opens(Node::String(path), mode.map(|mode| Node::string(*mode)))
}

/// Mostly one of a few files of the speaker's own, so that it meets them again.
fn path(speaker: &Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> String {
    let scratch = author.ground.profile.scratch.as_deref().unwrap_or_default();
    let own = |entropy: &mut Entropy<'_>| {
        format!("{scratch}/qgaspec-{}-{}", speaker.number(), entropy.integer(0..=1))
    };
    match entropy.byte() % 8 {
        6 => format!("{scratch}/qgaspec-shared"),
        7 if author.daring == Daring::Anything => {
            entropy.pick(&RESOURCES).map_or_else(String::new, |path| path.replace("{}", scratch))
        }
        7 => format!("{scratch}/./{}", odd::text(entropy).replace(['/', '\\'], "-").replace("..", "-")),
        _ => own(entropy),
    }
}

/// Mostly an open file; sometimes one that was closed, or none at all.
fn handle(speaker: &Speaker, entropy: &mut Entropy<'_>) -> Given {
    let symbol: Option<Symbol> = match entropy.byte() % 12 {
        10 => entropy.pick(&speaker.closed).copied(),
        11 => None,
        _ => entropy.pick(&speaker.open).copied(),
    };
    symbol.map_or_else(|| Given::Known(Node::Int(odd::integer(entropy))), Given::Later)
}

fn write(handle: Given, entropy: &mut Entropy<'_>) -> Stimulus {
    let length = *entropy.pick(&LENGTHS).unwrap_or(&0);
    let start = entropy.byte();
    let bytes: Vec<u8> = (0..length)
        .map(|at| (at as u8).wrapping_mul(7).wrapping_add((at >> 8) as u8).wrapping_add(start))
        .collect();
    let mut text = STANDARD.encode(bytes);
    if entropy.one_in(12) {
        spoil(&mut text, entropy);
    }
    let length = length as i128;
    let count = match entropy.byte() % 8 {
        0 => Some(length),
        1 => Some((length - 1).max(0)),
        2 => Some(entropy.integer(0..=length)),
        3 if entropy.coin() => Some(length + 1),
        4 if entropy.coin() => Some(odd::integer(entropy)),
        _ => None,
    };
    let arguments = [("handle", handle), ("buf-b64", Given::Known(Node::String(text)))];
    let count = count.map(|count| ("count", Given::Known(Node::Int(count))));
    compose("guest-file-write", arguments.into_iter().chain(count))
}

/// Makes base64 that is not right any more, or only just.
fn spoil(text: &mut String, entropy: &mut Entropy<'_>) {
    match entropy.byte() % 8 {
        0 => drop(text.pop()),
        1 => text.push('='),
        2 => text.insert(text.len() / 2, '\n'),
        3 => text.insert(0, ' '),
        4 => *text = text.replace(['+', '/'], "-"),
        5 => text.push('\u{e9}'),
        6 => text.insert(text.len() / 2, '='),
        _ => text.push_str("A\0A"),
    }
}

fn read(handle: Given, entropy: &mut Entropy<'_>) -> Stimulus {
    let count = match entropy.byte() % 8 {
        0..=1 => None,
        7 if entropy.one_in(4) => Some(odd::integer(entropy)),
        _ => entropy.pick(&COUNTS).copied(),
    };
    let count = count.map(|count| ("count", Given::Known(Node::Int(count))));
    compose("guest-file-read", [("handle", handle)].into_iter().chain(count))
}

fn seek(handle: Given, entropy: &mut Entropy<'_>) -> Stimulus {
    let offset = match entropy.byte() % 8 {
        0..=2 => 0,
        3 => entropy.integer(-20..=20),
        4 | 5 => entropy.integer(0..=5000),
        6 => -entropy.integer(0..=5000),
        _ => odd::integer(entropy),
    };
    let whence = match entropy.byte() % 16 {
        15 => odd::value(entropy),
        choice @ 0..=8 => Node::Int(i128::from(choice % 3)),
        choice => Node::string(["set", "cur", "end"][usize::from(choice % 3)]),
    };
    let known = [("offset", Node::Int(offset).into()), ("whence", whence.into())];
    compose("guest-file-seek", [("handle", handle)].into_iter().chain(known))
}

fn close(speaker: &mut Speaker, entropy: &mut Entropy<'_>) -> Stimulus {
    let handle = match entropy.index(speaker.open.len()) {
        Some(at) if !entropy.one_in(6) => {
            let file = speaker.open.remove(at);
            speaker.closed.push(file);
            Given::Later(file)
        }
        _ => self::handle(speaker, entropy),
    };
    compose("guest-file-close", [("handle", handle)])
}
