//! Changes that several faults make: to the text of a message and to the nodes of a reply.

use super::{Context, Memory};
use crate::agent::reference::Effect;
use crate::text::{Json, Limits, Node, json};

/// The member of this name.
pub(in crate::agent::reference) fn member<'n>(node: &'n mut Node, name: &str) -> Option<&'n mut Node> {
    let Node::Object(members) = node else { return None };
    members.iter_mut().find(|(key, _)| *key == Node::string(name)).map(|(_, value)| value)
}

/// Sets a member, which may be there or not.
pub(in crate::agent::reference) fn set(node: &mut Node, name: &str, value: Node) {
    match (member(node, name), value) {
        (Some(old), value) => *old = value,
        (None, value) => push(node, name, value),
    }
}

/// Adds a member, also if there is one of that name.
pub(in crate::agent::reference) fn push(node: &mut Node, name: &str, value: Node) {
    if let Node::Object(members) = node {
        members.push((Node::string(name), value));
    }
}

/// Takes a member away.
pub(in crate::agent::reference) fn remove(node: &mut Node, name: &str) -> Option<Node> {
    let Node::Object(members) = node else { return None };
    let at = members.iter().position(|(key, _)| *key == Node::string(name))?;
    Some(members.remove(at).1)
}

/// Gives a member another name.
pub(in crate::agent::reference) fn rename(node: &mut Node, name: &str, new: &str) {
    if let Node::Object(members) = node {
        for (key, _) in members.iter_mut().filter(|(key, _)| *key == Node::string(name)) {
            *key = Node::string(new);
        }
    }
}

/// The result of this command, if it has just been executed.
pub(in crate::agent::reference) fn result_of<'n>(
    context: &Context<'_>,
    reply: &'n mut Node,
    command: &str,
) -> Option<&'n mut Node> {
    if context.succeeded(command) { member(reply, "return") } else { None }
}

/// The elements of the list that this command returned, if it has just been executed.
pub(in crate::agent::reference) fn items<'n>(
    context: &Context<'_>,
    reply: &'n mut Node,
    command: &str,
) -> &'n mut [Node] {
    match result_of(context, reply, command) {
        Some(Node::Array(items)) => items,
        _ => &mut [],
    }
}

/// Changes the text of a member.
pub(in crate::agent::reference) fn map_text(
    node: &mut Node,
    name: &str,
    change: impl FnOnce(&str) -> String,
) {
    if let Some(Node::String(text)) = member(node, name) {
        *text = change(text);
    }
}

/// The first item of an array.
pub(in crate::agent::reference) fn first(node: &mut Node) -> Option<&mut Node> {
    match node {
        Node::Array(items) => items.first_mut(),
        _ => None,
    }
}

/// The value of an integer.
pub(in crate::agent::reference) fn integer(node: &Node) -> Option<i128> {
    match node {
        Node::Int(value) => Some(*value),
        Node::Number(spelling) => spelling.parse().ok(),
        _ => None,
    }
}

/// Sends this instead.
pub(in crate::agent::reference) fn send(bytes: impl Into<Vec<u8>>) -> Vec<Effect> {
    vec![Effect::Send(bytes.into())]
}

/// Sends the line as it is.
pub(in crate::agent::reference) fn as_is(line: Vec<u8>) -> Vec<Effect> {
    send(line)
}

/// Whether this is the first message with that mark, such as the line or the chunk that it is on.
pub(in crate::agent::reference) fn is_first(memory: &mut Memory, mark: u64) -> bool {
    // Marks count from 0, and so does a fresh memory.
    let is_first = memory.count != mark + 1;
    memory.count = mark + 1;
    is_first
}

/// Reads a message, and writes what `change` makes of it. Without that it stays as it is.
pub(in crate::agent::reference) fn reread(
    text: Vec<u8>,
    change: impl FnOnce(&Json<'_>) -> Option<Node>,
) -> Vec<u8> {
    let changed = json::read(&text, Limits::default()).ok().and_then(|document| change(&document.value));
    changed.map_or(text, |node| node.to_bytes())
}

/// Changes every string of a message. `change` gets what is between the quotes, and whether it is a key.
pub(in crate::agent::reference) fn map_strings(
    text: &[u8],
    mut change: impl FnMut(&[u8], bool) -> Vec<u8>,
) -> Vec<u8> {
    let pieces = pieces(text);
    let mut changed = Vec::with_capacity(text.len());
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            [quote @ (b'"' | b'\''), inside @ .., _] => {
                let next = pieces.get(at + 1).map_or(&[][..], |next| next.trim_ascii_start());
                changed.push(*quote);
                changed.extend(change(inside, next.starts_with(b":")));
                changed.push(*quote);
            }
            _ => changed.extend_from_slice(piece),
        }
    }
    changed
}

/// Changes what is between the strings of a message.
pub(in crate::agent::reference) fn map_rest(
    text: &[u8],
    mut change: impl FnMut(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let mut changed = Vec::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            [b'"' | b'\'', ..] => changed.extend_from_slice(piece),
            _ => changed.extend(change(piece)),
        }
    }
    changed
}

/// Changes the words of a message: numbers, literals, and whatever else stands there without quotes. `change`
/// also gets to know whether a word is a key.
pub(in crate::agent::reference) fn map_words(
    text: &[u8],
    change: impl Fn(&str, bool) -> Option<String>,
) -> Vec<u8> {
    let is_gap = |byte: &u8| matches!(byte, b' ' | b',' | b':' | b'{' | b'}' | b'[' | b']');
    map_rest(text, |mut rest| {
        let mut changed = Vec::new();
        while !rest.is_empty() {
            let gap = rest.iter().position(|byte| !is_gap(byte)).unwrap_or(rest.len());
            changed.extend_from_slice(&rest[..gap]);
            rest = &rest[gap..];
            let end = rest.iter().position(is_gap).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            let is_key = after.trim_ascii_start().starts_with(b":");
            match change(&String::from_utf8_lossy(word), is_key).filter(|_| !word.is_empty()) {
                Some(other) => changed.extend(other.into_bytes()),
                None => changed.extend_from_slice(word),
            }
            rest = after;
        }
        changed
    })
}

/// The strings of a text with their quotes, and what is between them.
fn pieces(text: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(&byte) = rest.first() {
        let end = if matches!(byte, b'"' | b'\'') {
            string_end(rest)
        } else {
            memchr::memchr2(b'"', b'\'', rest).unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Where the string at the beginning of `text` ends.
fn string_end(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate().skip(1) {
        match *byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            byte if byte == text[0] => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_words_are_told_apart() {
        let text = br#"{"a\"b" : 'c', d: [e,"", 1]}"#;
        let marked = map_strings(text, |inside, is_key| [inside, if is_key { b"K" } else { b"V" }].concat());
        assert_eq!(marked, br#"{"a\"bK" : 'cV', d: [e,"V", 1]}"#);
        let marked =
            map_words(text, |word, is_key| Some(format!("<{word}{}>", if is_key { "K" } else { "" })));
        assert_eq!(marked, br#"{"a\"b" : 'c', <dK>: [<e>,"", <1>]}"#);
    }

    #[test]
    fn members_are_set_renamed_and_removed() {
        let mut node = Node::object([("a", Node::Null)]);
        set(&mut node, "a", true.into());
        set(&mut node, "b", 1.into());
        rename(&mut node, "b", "c");
        assert_eq!(remove(&mut node, "a"), Some(true.into()));
        assert_eq!(node.to_bytes(), b"{\"c\":1}");
    }
}
