//! The table of variants: other ways to be a correct agent. No rule may complain about any of them.
//!
//! A variant is made of the same hooks as a fault, and uses them for what the specification leaves open: white
//! space, order, spelling, the pace, texts for people, which commands there are. What breaks a rule, a mere
//! difference from `qemu-ga` included, is a fault and no variant.

mod form;
mod guest;
mod set_up;
mod state;

use std::time::Duration;

use super::arguments::Arguments;
use super::commands::file;
use super::dispatch::{CommandError, Stage};
use super::fault::{Context, Hook, Intake, Memory, edit};
use super::guest::Guest;
use super::{Config, Effect, reply};
use crate::text::writer::Escapes;
use crate::text::{Node, Style};
use crate::wire::DELIMITER;

/// Another way to be right.
#[derive(Debug)]
pub struct Variant {
    /// Permanent name.
    pub name: &'static str,
    /// One sentence on what the agent does otherwise.
    pub summary: &'static str,
    /// Where and how it does it.
    pub(super) hooks: &'static [Hook],
    /// Whether it lacks the command of this name.
    pub(super) lacks: fn(&str) -> bool,
    /// How its configuration differs.
    pub(super) configure: fn(&mut Config),
}

/// All variants.
pub fn all() -> impl Iterator<Item = &'static Variant> {
    let chapters = [&VARIANTS[..], &form::VARIANTS, &guest::VARIANTS, &set_up::VARIANTS, &state::VARIANTS];
    chapters.into_iter().flatten()
}

/// The variant of this name.
pub fn by_name(name: &str) -> Option<&'static Variant> {
    all().find(|variant| variant.name == name)
}

/// What every agent has. A variant may lack or refuse all other commands.
const CORE: [&str; 4] = ["guest-ping", "guest-sync", "guest-sync-delimited", "guest-info"];

const fn plain(name: &'static str, summary: &'static str, hooks: &'static [Hook]) -> Variant {
    Variant { name, summary, hooks, lacks: |_| false, configure: |_| () }
}

static VARIANTS: [Variant; 27] = [
    plain(
        "crlf",
        "lines end in CR and LF",
        &[Hook::Output(|_, _, mut line| {
            line.insert(line.len() - 1, b'\r');
            edit::send(line)
        })],
    ),
    plain("compact", "replies have no white space", &[Hook::Write(compact)]),
    plain(
        "spacious",
        "replies have blanks and tabs between all tokens",
        &[Hook::Write(|_, context, node| reply::write(context, node, &SPACIOUS))],
    ),
    plain(
        "other-order",
        "members of all objects are in reverse order",
        &[Hook::Reply(|_, _, node| turn(node))],
    ),
    plain("extra-members", "objects have members that the schema does not know", &[Hook::Reply(extend)]),
    plain("other-escapes", "replies spell every character of a string as an escape", &[Hook::Write(escaped)]),
    plain(
        "escaped-slashes",
        "slashes in strings are escaped",
        &[Hook::Output(|_, _, line| {
            edit::send(edit::map_strings(&line, |inside, _| {
                String::from_utf8_lossy(inside).replace('/', "\\/").into_bytes()
            }))
        })],
    ),
    plain("byte-by-byte", "replies come a byte at a time", &[Hook::Output(|_, _, line| drip(&line))]),
    plain("in-halves", "replies come in two pieces", &[Hook::Output(halves)]),
    plain(
        "slow",
        "replies take 20 milliseconds",
        &[Hook::Output(|_, _, line| vec![Effect::Pause(Duration::from_millis(20)), Effect::Send(line)])],
    ),
    plain(
        "other-texts",
        "descriptions of errors are in another language",
        &[Hook::Reply(|_, _, node| describe(node, "\u{43d}\u{435}\u{442} \"\\/\" \u{1f6ab}\n"))],
    ),
    plain("no-texts", "descriptions of errors are empty", &[Hook::Reply(|_, _, node| describe(node, ""))]),
    plain(
        "ids-in-exponents",
        "an `id` that is an integer comes back with an exponent",
        &[Hook::Reply(|_, _, node| {
            if let Some(id) = edit::member(node, "id")
                && let Some(value) = edit::integer(id)
            {
                *id = Node::Number(format!("{value}E0"));
            }
        })],
    ),
    plain(
        "silent-reset",
        "the delimiter resets without an error line",
        &[Hook::Input(|_, bytes| at_delimiters(bytes, || vec![Intake::Reset]))],
    ),
    plain(
        "reset-with-two-errors",
        "the delimiter gets two error lines",
        &[Hook::Input(|_, bytes| {
            at_delimiters(bytes, || vec![Intake::Refuse, Intake::Bytes(vec![DELIMITER])])
        })],
    ),
    plain(
        "malformed-twice",
        "malformed input gets two error lines",
        &[Hook::Output(|_, context, line| {
            let again = context.is_malformed().then(|| Effect::Send(line.clone()));
            again.into_iter().chain([Effect::Send(line)]).collect()
        })],
    ),
    plain(
        "byte-order-mark",
        "a byte order mark may come before a message",
        &[Hook::Input(|_, bytes| {
            vec![Intake::Bytes(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).to_vec())]
        })],
    ),
    plain(
        "double-quotes-only",
        "strings in single quotes are refused",
        &[Hook::Text(|_, text| if has_single_quotes(&text) { b"}".to_vec() } else { text })],
    ),
    plain(
        "last-name-counts",
        "the last of several members of one name counts",
        &[Hook::Text(|_, text| {
            edit::reread(text, |document| Some(without_repetition(Node::from_json(document))))
        })],
    ),
    plain(
        "short-reads",
        "a read returns at most 100 bytes",
        &[Hook::Command("guest-file-read", read_shortly)],
    ),
    plain(
        "short-writes",
        "a write takes at most 100 bytes",
        &[Hook::Command("guest-file-write", write_shortly)],
    ),
    plain(
        "early-eof",
        "a read that returns the last bytes reports the end",
        &[Hook::Command("guest-file-read", read_with_foresight)],
    ),
    plain("full-disk", "every third write fails", &[Hook::Command("guest-file-write", write_now_and_then)]),
    plain(
        "handles-again",
        "a new file gets the smallest free handle",
        &[Hook::Command("guest-file-open", |_, guest, arguments| {
            let opened = file::open(guest, arguments)?;
            let handle = edit::integer(&opened).and_then(|handle| i64::try_from(handle).ok());
            Ok(handle.map_or(opened, |handle| guest.files.renumber(handle).into()))
        })],
    ),
    Variant {
        name: "commands-disabled",
        summary: "the commands about files and users are disabled",
        hooks: &[],
        lacks: |command| command.starts_with("guest-file-") || command == "guest-get-users",
        configure: |_| (),
    },
    Variant {
        name: "core-only",
        summary: "there are no commands but those that every agent has",
        hooks: &[Hook::Reply(|_, context, node| {
            let commands = edit::result_of(context, node, "guest-info");
            if let Some(Node::Array(commands)) =
                commands.and_then(|info| edit::member(info, "supported_commands"))
            {
                commands.retain_mut(|command| {
                    edit::member(command, "enabled").is_some_and(|enabled| *enabled == Node::Bool(true))
                });
            }
        })],
        lacks: |command| !CORE.contains(&command),
        configure: |_| (),
    },
    plain(
        "refuses-most",
        "all commands but those that every agent has fail",
        &[Hook::Reply(|_, context, node| {
            let fails = context.command.is_some_and(|command| !CORE.contains(&command));
            // Nor does it matter whether file systems are frozen behind its back.
            let refused = context.failed_at(Stage::Permission) && edit::remove(node, "error").is_some();
            if fails && (refused || edit::remove(node, "return").is_some()) {
                let desc = "not in this guest".into();
                edit::push(node, "error", Node::object([("class", "GenericError".into()), ("desc", desc)]));
            }
        })],
    ),
];

const SPACIOUS: Style = Style { item_separator: "\t, ", key_separator: "  :\t", padding: " ", ..Style::QEMU };

/// The most bytes that one read or write moves where it moves few.
const SHORT_BYTES: usize = 100;

/// As many bytes of a line come one by one; the rest follows in few pieces, or the deadline would end the reply.
const DRIPPED_BYTES: usize = 80;

fn compact(_: &mut Memory, context: &Context<'_>, node: &Node) -> Vec<u8> {
    reply::write(context, node, &Style { escapes: Style::QEMU.escapes, ..Style::COMPACT })
}

fn escaped(_: &mut Memory, context: &Context<'_>, node: &Node) -> Vec<u8> {
    reply::write(context, node, &Style { escapes: Escapes::All, ..Style::QEMU })
}

fn turn(node: &mut Node) {
    match node {
        Node::Object(members) => {
            members.reverse();
            for (_, value) in members.iter_mut() {
                turn(value);
            }
        }
        Node::Array(items) => items.iter_mut().for_each(turn),
        _ => {}
    }
}

/// Adds a member to the reply, and to the objects in its result.
fn extend(_: &mut Memory, _: &Context<'_>, reply: &mut Node) {
    for part in ["return", "error"] {
        if let Some(part) = edit::member(reply, part) {
            extend_within(part);
        }
    }
    edit::push(reply, "qgaspec-took", Node::Int(1));
}

fn extend_within(node: &mut Node) {
    match node {
        Node::Object(members) => {
            for (_, value) in members.iter_mut() {
                extend_within(value);
            }
            edit::push(node, "qgaspec-more", Node::list([Node::Null]));
        }
        Node::Array(items) => items.iter_mut().for_each(extend_within),
        _ => {}
    }
}

fn describe(reply: &mut Node, desc: &str) {
    if let Some(error) = edit::member(reply, "error") {
        edit::set(error, "desc", desc.into());
    }
}

fn drip(line: &[u8]) -> Vec<Effect> {
    let (dripped, rest) = line.split_at(line.len().min(DRIPPED_BYTES));
    let pieces = dripped.chunks(1).chain(rest.chunks(rest.len().div_ceil(4).max(1)));
    pieces.flat_map(|piece| [Effect::Send(piece.to_vec()), Effect::Pause(Duration::from_millis(1))]).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "all hooks of one kind have one signature")]
fn halves(_: &mut Memory, _: &Context<'_>, line: Vec<u8>) -> Vec<Effect> {
    let (first, second) = line.split_at(line.len() / 2);
    vec![Effect::Send(first.to_vec()), Effect::Pause(Duration::from_millis(1)), Effect::Send(second.to_vec())]
}

fn at_delimiters(bytes: &[u8], reset: fn() -> Vec<Intake>) -> Vec<Intake> {
    let mut intakes = Vec::new();
    for (at, piece) in bytes.split(|byte| *byte == DELIMITER).enumerate() {
        if at > 0 {
            intakes.extend(reset());
        }
        intakes.push(Intake::Bytes(piece.to_vec()));
    }
    intakes
}

/// Whether some string is in single quotes. Within double quotes they mean nothing.
fn has_single_quotes(text: &[u8]) -> bool {
    let mut bytes = text.iter();
    let mut within = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if within => drop(bytes.next()),
            b'"' => within = !within,
            b'\'' if !within => return true,
            _ => {}
        }
    }
    false
}

fn without_repetition(node: Node) -> Node {
    match node {
        Node::Object(members) => {
            let mut kept: Vec<(Node, Node)> = Vec::new();
            for (key, value) in members {
                let value = without_repetition(value);
                match kept.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, known)) => *known = value,
                    None => kept.push((key, value)),
                }
            }
            Node::Object(kept)
        }
        Node::Array(items) => Node::Array(items.into_iter().map(without_repetition).collect()),
        other => other,
    }
}

fn read_shortly(_: &mut Memory, guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    file::read_at_most(guest, arguments, SHORT_BYTES)
}

fn write_shortly(_: &mut Memory, guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    file::write_at_most(guest, arguments, SHORT_BYTES)
}

fn read_with_foresight(
    _: &mut Memory,
    guest: &mut Guest,
    arguments: Arguments<'_>,
) -> Result<Node, CommandError> {
    let mut result = file::read(guest, arguments)?;
    if guest.files.is_at_end(arguments.int("handle")) {
        edit::set(&mut result, "eof", true.into());
    }
    Ok(result)
}

fn write_now_and_then(
    memory: &mut Memory,
    guest: &mut Guest,
    arguments: Arguments<'_>,
) -> Result<Node, CommandError> {
    memory.count += 1;
    if memory.count.is_multiple_of(3) {
        return Err(CommandError::new("no space is left"));
    }
    file::write(guest, arguments)
}
