//! Bytes and values in a string: text as it is, `${name}` for a value, `${xHH}` for a byte that is no text.

use memchr::memmem;

use super::Piece;
use crate::generate::Symbol;

/// Understands a string; the error is the name that nobody knows.
pub(super) fn parse(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Pieces::default();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        // A doubled dollar stands for one that begins no name.
        if let Some(plain) = before.strip_suffix('$') {
            pieces.bytes(plain.as_bytes());
            pieces.bytes(b"${");
            rest = &from[2..];
            continue;
        }
        pieces.bytes(before.as_bytes());
        let (name, after) = from[2..].split_once('}').ok_or_else(|| from[2..].to_owned())?;
        match name.strip_prefix('x').and_then(byte) {
            Some(byte) => pieces.bytes(&[byte]),
            None if name == "scratch" => pieces.0.push(Piece::Scratch),
            None => pieces.0.push(Piece::Value(symbol(name).ok_or_else(|| name.to_owned())?)),
        }
        rest = after;
    }
    pieces.bytes(rest.as_bytes());
    Ok(pieces.0)
}

/// The string that is understood as these pieces.
pub(super) fn spell(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => {
                for chunk in bytes.utf8_chunks() {
                    text += &chunk.valid().replace("${", "$${");
                    for byte in chunk.invalid() {
                        push_name(&mut text, &format!("x{byte:02X}"));
                    }
                }
            }
            Piece::Value(symbol) => push_name(&mut text, &name(*symbol)),
            Piece::Scratch => push_name(&mut text, "scratch"),
        }
    }
    text
}

/// Adds a name; dollars directly before it are written as bytes, so that they do not take its own away.
fn push_name(text: &mut String, name: &str) {
    let dollars = text.len() - text.trim_end_matches('$').len();
    text.truncate(text.len() - dollars);
    *text += &"${x24}".repeat(dollars);
    text.extend(["${", name, "}"]);
}

/// The bytes, with the scratch folder by its name where it stands.
pub(super) fn without_scratch(bytes: &[u8], scratch: Option<&str>) -> Vec<Piece> {
    let mut pieces = Pieces::default();
    let mut rest = bytes;
    while let Some((scratch, at)) =
        scratch.and_then(|scratch| Some((scratch, memmem::find(rest, scratch.as_bytes())?)))
    {
        pieces.bytes(&rest[..at]);
        pieces.0.push(Piece::Scratch);
        rest = &rest[at + scratch.len()..];
    }
    pieces.bytes(rest);
    pieces.0
}

/// The name of a value: what it is, and which of them.
pub(super) fn name(symbol: Symbol) -> String {
    match symbol {
        Symbol::Handle(number) => format!("handle{number}"),
        Symbol::Pid(number) => format!("pid{number}"),
        Symbol::Time => "time".to_owned(),
        Symbol::List => "list".to_owned(),
        Symbol::MountPoints => "mount-points".to_owned(),
    }
}

/// The value of this name.
pub(super) fn symbol(name: &str) -> Option<Symbol> {
    let number = |prefix| name.strip_prefix(prefix)?.parse().ok().filter(|number: &u8| *number > 0);
    match name {
        "time" => Some(Symbol::Time),
        "list" => Some(Symbol::List),
        "mount-points" => Some(Symbol::MountPoints),
        _ => number("handle").map(Symbol::Handle).or_else(|| number("pid").map(Symbol::Pid)),
    }
}

/// A byte in two hexadecimal digits.
fn byte(digits: &str) -> Option<u8> {
    let is_byte = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_byte.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

/// Pieces, neighbouring bytes in one.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn bytes(&mut self, bytes: &[u8]) {
        match self.0.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Piece::Bytes(last)) => last.extend_from_slice(bytes),
            _ => self.0.push(Piece::Bytes(bytes.to_vec())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stand_for_values_and_bytes() {
        let pieces = parse("a${handle2}${scratch}/b${xFF}$${x} $").unwrap();
        assert_eq!(
            pieces,
            [
                Piece::Bytes(b"a".to_vec()),
                Piece::Value(Symbol::Handle(2)),
                Piece::Scratch,
                Piece::Bytes(b"/b\xFF${x} $".to_vec()),
            ]
        );
        assert_eq!(parse("${handle0}"), Err("handle0".to_owned()));
        assert_eq!(parse("x${pid1"), Err("pid1".to_owned()));
        assert_eq!(parse("${x+F}"), Err("x+F".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_spelled_is_understood(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'$'), Just(b'{'), Just(b'/')], 0..40)) {
            let pieces = without_scratch(&bytes, Some("/{"));
            prop_assert_eq!(parse(&spell(&pieces)), Ok(pieces));
        }
    }
}
