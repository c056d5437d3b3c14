//! Half messages and garbage, after which the agent must find back into step. What brings it back is the driver's
//! business: here is only what went before.

use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

use super::requests::{is_carrier, is_sync};
use super::variant::{Ground, Variant};
use super::{Need, Purpose, Stimulus};

/// Unfinished and reset messages, most of them of harmless requests.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    match command {
        None => garbage(),
        Some(command) if is_carrier(ground.schema, command) => {
            let request = Request::new(&command.name).to_line();
            let mut variants = prefixes(&request);
            variants.extend(resets(command));
            variants.extend(unclosed(command));
            variants
        }
        Some(command) if is_sync(ground.schema, command) => {
            let id = Node::list([
                Node::Number("-1.5e3".to_owned()),
                Node::Raw(br#""\u00e9\n\\""#.to_vec()),
                Node::string("\u{e9}\u{1f600}"),
                Node::object([("a", Node::Null)]),
                Node::Bool(false),
            ]);
            let arguments = Node::object([("id", Node::Int(-1234))]);
            prefixes(&Request::new(&command.name).arguments(arguments).id(id).to_line())
        }
        Some(_) => Vec::new(),
    }
}

/// Every beginning of a message, so that the reset comes in every state of a reader: the session's own, which follows in
/// a write of its own, and each byte that resets, right behind the beginning.
fn prefixes(line: &[u8]) -> Vec<Variant<'static>> {
    let message = line.strip_suffix(b"\n").unwrap_or(line);
    let mut variants = Vec::new();
    for length in 1..message.len() {
        let prefix = &message[..length];
        let name = format!("prefix-{length:03}");
        let quick = length == 1 || length == message.len() / 2 || length == message.len() - 1;
        for (reset, bytes, need) in RESETS.iter().filter(|(_, bytes, _)| bytes.len() == 1) {
            let reset = format!("{name}-{reset}");
            variants.push(Variant::bytes(reset, Purpose::Invalid, [prefix, bytes].concat()).need(*need));
        }
        let unfinished = Variant::bytes(name, Purpose::Unfinished, prefix);
        variants.push(unfinished.need(Need::AnyReset).quick_if(quick));
    }
    variants
}

/// Half messages with a reset in the same write: the delimiter, or a control character.
fn resets(command: &Command) -> Vec<Variant<'static>> {
    let whole = Request::new(&command.name).to_line();
    let key = br#"{"execute":"#;
    let halves: [(&str, Vec<u8>); 8] = [
        ("nothing", Vec::new()),
        ("opener", b"{".to_vec()),
        ("value-due", key.to_vec()),
        ("string", [&key[..], b"\"", command.name.as_bytes()].concat()),
        ("backslash", [&key[..], b"\"", command.name.as_bytes(), b"\\"].concat()),
        ("escape", [&key[..], b"\"", command.name.as_bytes(), b"\\u00"].concat()),
        ("number", br#"{"id":-12"#.to_vec()),
        ("openers", [&key[..], &b"[{\"a\":".repeat(50)[..]].concat()),
    ];
    let mut variants = Vec::new();
    for (name, half) in &halves {
        for (reset, bytes, need) in RESETS {
            let bytes = [&half[..], bytes].concat();
            let name = format!("{reset}-after-{name}");
            let variant = Variant::bytes(name, Purpose::Invalid, bytes).need(*need);
            variants.push(variant.quick_if(matches!(*reset, "delimiter" | "escape")));
        }
    }
    // The message that comes behind the reset in the same write is no part of what went before.
    for (reset, bytes, need) in RESETS {
        let bytes = [&halves[3].1[..], bytes, b"\n", &whole].concat();
        variants.push(Variant::bytes(format!("{reset}-then-request"), Purpose::Valid, bytes).need(*need));
    }
    variants
}

const RESETS: &[(&str, &[u8], Need)] = &[
    ("delimiter", b"\xFF", Need::DelimiterResets),
    ("delimiter-twice", b"\xFF\xFF", Need::DelimiterResets),
    ("delimiter-5-times", b"\xFF\xFF\xFF\xFF\xFF", Need::DelimiterResets),
    ("delimiter-line-end", b"\xFF\n", Need::DelimiterResets),
    ("escape", b"\x1B", Need::ControlResets),
    ("nul", b"\0", Need::ControlResets),
    ("control-a", b"\x01", Need::ControlResets),
];

/// Messages whose end never comes, though line ends do.
fn unclosed(command: &Command) -> Vec<Variant<'static>> {
    let name = &command.name;
    let unclosed = [
        ("line-end", "{\"execute\":\n".to_owned()),
        ("brace", format!("{{\"execute\":\"{name}\"\n")),
        ("bracket", format!("{{\"execute\":\"{name}\",\"id\":[1,2\n")),
        ("openers-10", "[".repeat(10)),
        ("openers-1000", "[".repeat(1000)),
        ("objects-100", "{\"a\":".repeat(100)),
        ("comma", format!("{{\"execute\":\"{name}\",\n\n\n")),
        ("swallows-requests", format!("{{\"id\":[{{\"execute\":\"{name}\"}},{{\"execute\":\"{name}\"}}\n")),
    ];
    unclosed
        .into_iter()
        .map(|(name, text)| {
            Variant::bytes(format!("unclosed-{name}"), Purpose::Unfinished, text).need(Need::AnyReset)
        })
        .collect()
}

fn garbage() -> Vec<Variant<'static>> {
    let known: [(&str, &[u8]); 5] = [
        ("http", b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"),
        ("login", b"\r\nroot\r\nexit\r\n"),
        ("modem", b"AT\r\nATZ\r\n+++\r\n"),
        ("xml", b"<?xml version=\"1.0\"?><qgaspec/>\n"),
        ("shell", b"$ \x1B[0m ; : \n"),
    ];
    let mut variants: Vec<Variant<'static>> = known
        .into_iter()
        .map(|(name, bytes)| {
            Variant::bytes(format!("garbage-{name}"), Purpose::Invalid, bytes).need(Need::AnyReset)
        })
        .collect();
    for number in 1..=RANDOM {
        let variant = Variant::new(format!("garbage-random-{number}"), Purpose::Invalid, |draw| {
            // A byte that nobody can take for the beginning of a token, then any but the delimiter.
            let mut bytes = vec![b'@'];
            for _ in 0..64 {
                bytes.push(match draw.entropy.byte() {
                    0xFF => 0xFE,
                    // No letters of a command's name, so that no reader whatsoever finds one.
                    letter if letter.is_ascii_alphabetic() => letter | 0x80,
                    other => other,
                });
            }
            Some(vec![Stimulus::bytes(bytes)])
        });
        variants.push(variant.need(Need::AnyReset).quick_if(number == 1));
    }
    variants
}

/// How many cases of random bytes there are.
const RANDOM: usize = 8;
