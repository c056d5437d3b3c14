//! Properties: the reader agrees with another one, undoes the writer, and knows an unfinished text.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;
use crate::text::writer::{Escapes, Node, Style};

/// Strings, with the characters that matter more often than by chance.
fn string() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        select(vec!['a', '"', '\'', '\\', '\n', '\0', '\u{7F}', 'é', '\u{FFFE}', '\u{D7FF}', '😀']),
        any::<char>(),
    ];
    prop::collection::vec(character, 0..5).prop_map(|characters| characters.into_iter().collect())
}

fn scalar() -> impl Strategy<Value = Node> {
    let spelling = select(vec![
        "-0",
        "1.0",
        "0.1",
        "-12.50e-3",
        "1E+2",
        "5e-324",
        "1e400",
        "123456789012345678901234567890",
    ]);
    prop_oneof![
        Just(Node::Null),
        any::<bool>().prop_map(Node::from),
        any::<i64>().prop_map(Node::from),
        any::<u64>().prop_map(Node::from),
        spelling.prop_map(|spelling| Node::Number(spelling.to_owned())),
        string().prop_map(Node::String),
    ]
}

fn containers_of(leaf: impl Strategy<Value = Node> + 'static) -> impl Strategy<Value = Node> {
    leaf.prop_recursive(4, 16, 4, |inner| {
        let member = (string().prop_map(Node::String), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Node::Array),
            prop::collection::vec(member, 0..4).prop_map(Node::Object),
        ]
    })
}

fn node() -> impl Strategy<Value = Node> {
    containers_of(scalar())
}

/// Nodes that have also what is accepted with a note.
fn remarkable_node() -> impl Strategy<Value = Node> {
    let spellings: [&[u8]; 5] =
        [b"'it\\'s \"'", b"\"\\'\"", b"\"\\uD800\"", b"\"\\uD800\\u0041\"", b"\"\xC3\xFE\xE2\x82\""];
    let raw = select(spellings.to_vec()).prop_map(|bytes| Node::Raw(bytes.to_vec()));
    containers_of(prop_oneof![3 => scalar(), 1 => raw])
}

fn style() -> impl Strategy<Value = Style> {
    let layout = select(vec![Style::COMPACT, Style::QEMU, Style::SPACED, Style::PRETTY]);
    let escapes = select(vec![Escapes::Minimal, Escapes::Ascii, Escapes::All]);
    (layout, escapes).prop_map(|(layout, escapes)| Style { escapes, ..layout })
}

fn written(node: &Node, style: &Style) -> Vec<u8> {
    let mut out = Vec::new();
    node.write(style, &mut out);
    out
}

fn byte() -> impl Strategy<Value = u8> {
    let meaningful = b"{}[]:,\"'\\/u0159-+.eEtrufalsn \t\n\x01\x80\xC3\xFE\xFF";
    prop_oneof![4 => select(meaningful.to_vec()), 1 => any::<u8>()]
}

/// Texts with some bytes put in, taken out or cut off.
fn mutated_text() -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), 0..4, byte());
    (node(), style(), prop::collection::vec(edit, 0..4)).prop_map(|(node, style, edits)| {
        let mut text = written(&node, &style);
        for (place, edit, byte) in edits {
            let at = place.index(text.len() + 1);
            match edit {
                0 => text.insert(at, byte),
                1 if at < text.len() => text[at] = byte,
                2 if at < text.len() => drop(text.remove(at)),
                3 => text.truncate(at),
                _ => {}
            }
        }
        text
    })
}

/// Whether the other reader got the same. It may miss a double by a little.
fn agree(ours: &Json<'_>, theirs: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (&ours.kind, theirs) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Kind::Number(ours), Value::Number(theirs)) => {
            let (double, their_double) = (ours.as_f64(), theirs.as_f64().unwrap());
            let near = (double - their_double).abs() <= double.abs() * 1e-14 + f64::MIN_POSITIVE;
            theirs.as_i128().map_or(near, |theirs| ours.as_i128() == Some(theirs))
        }
        (Kind::String(ours), Value::String(theirs)) => ours.to_str().as_deref() == Some(theirs),
        (Kind::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| agree(ours, theirs))
        }
        (Kind::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|member| agree(&member.value, &theirs[&*member.key.to_str().unwrap()]))
        }
        _ => false,
    }
}

/// Whether nothing was accepted that RFC 8259 or the other reader refuses.
fn is_strict(document: &Document<'_>) -> bool {
    document.notes.iter().all(|note| match note.kind {
        NoteKind::DuplicateKey | NoteKind::Noncharacter | NoteKind::NonAscii => true,
        NoteKind::SingleQuotes | NoteKind::LoneSurrogate | NoteKind::InvalidUtf8 | NoteKind::OverlongNul => {
            false
        }
    })
}

/// Whether a number is beyond the doubles, which the other reader refuses.
fn has_infinity(json: &Json<'_>) -> bool {
    match &json.kind {
        Kind::Number(number) => number.as_f64().is_infinite(),
        Kind::Array(items) => items.iter().any(has_infinity),
        Kind::Object(members) => members.iter().any(|member| has_infinity(&member.value)),
        _ => false,
    }
}

/// Some text that `text` is the beginning of, made by trying out ways to finish the token it ends in, the
/// member it ends in, and all containers.
fn completion(text: &[u8]) -> Option<Vec<u8>> {
    const TOKEN_ENDS: [&str; 22] = [
        "", "\"", "'", "\\\"", "\\'", "0\"", "00\"", "000\"", "0000\"", "0'", "00'", "000'", "0000'", "0",
        "ull", "ll", "l", "rue", "ue", "e", "alse", "lse",
    ];
    const MEMBER_ENDS: [&str; 4] = ["", "0", ":0", "\"\":0"];
    let mut closers = Vec::new();
    let mut quote = None;
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => drop(bytes.next()),
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'[') => closers.push(b']'),
            (None, b'{') => closers.push(b'}'),
            (None, b']' | b'}') => drop(closers.pop()),
            _ => {}
        }
    }
    closers.reverse();
    let ends = TOKEN_ENDS
        .iter()
        .chain(&["se"])
        .flat_map(|token| MEMBER_ENDS.iter().map(move |member| (token, member)));
    ends.map(|(token, member)| [text, token.as_bytes(), member.as_bytes(), &closers].concat())
        .find(|completed| read(completed, Limits::default()).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn another_reader_agrees(text in mutated_text()) {
        let ours = read(&text, Limits::default());
        let shown = text.escape_ascii().to_string();
        match (&ours, serde_json::from_slice::<serde_json::Value>(&text)) {
            (Ok(ours), Ok(theirs)) => {
                prop_assert!(is_strict(ours), "they accept {shown}");
                let duplicates = ours.notes.iter().any(|note| note.kind == NoteKind::DuplicateKey);
                prop_assert!(duplicates || agree(&ours.value, &theirs), "they differ on {shown}");
            }
            (Ok(ours), Err(error)) => {
                prop_assert!(!is_strict(ours) || has_infinity(&ours.value), "they say {error} of {shown}");
            }
            (Err(error), Ok(_)) => prop_assert!(false, "we say {error} of {shown}"),
            (Err(ours), Err(theirs)) => {
                // They look at the bytes of a string when it ends, and at an escape when it has four digits.
                let last_bytes = &text[text.len().saturating_sub(5)..];
                let in_last_escape = last_bytes.windows(2).any(|pair| pair == b"\\u");
                let sooner = in_last_escape || ours.kind == SyntaxErrorKind::DelimiterByte;
                let unfinished = ours.kind == SyntaxErrorKind::UnexpectedEnd;
                prop_assert!(unfinished || sooner || !theirs.is_eof(), "we say {ours} of {shown}");
            }
        }
    }

    #[test]
    fn reading_undoes_writing(node in remarkable_node(), styles in (style(), style())) {
        let (one, other) = (written(&node, &styles.0), written(&node, &styles.1));
        let (one, other) = (read(&one, Limits::default()).unwrap(), read(&other, Limits::default()).unwrap());
        prop_assert!(one.value.same_value(&other.value));
        let again = Node::from_json(&one.value).to_bytes();
        prop_assert!(read(&again, Limits::default()).unwrap().value.same_value(&one.value));
    }

    #[test]
    fn every_proper_prefix_of_an_object_is_unfinished(value in remarkable_node(), style in style()) {
        let text = written(&Node::object([("", value)]), &style);
        prop_assert!(read(&text, Limits::default()).is_ok());
        for end in 0..text.len() {
            let error = read(&text[..end], Limits::default()).unwrap_err();
            prop_assert_eq!(error.kind, SyntaxErrorKind::UnexpectedEnd, "{}", text[..end].escape_ascii());
        }
    }

    #[test]
    fn what_is_unfinished_can_be_finished(text in mutated_text(), cut in any::<Index>()) {
        let text = &text[..cut.index(text.len() + 1)];
        if read(text, Limits::default()).is_err_and(|error| error.kind == SyntaxErrorKind::UnexpectedEnd) {
            prop_assert!(completion(text).is_some(), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn places_are_inside_of_any_text(text in prop::collection::vec(byte(), 0..40)) {
        match read_prefix(&text, Limits { depth: 8 }) {
            Ok((document, consumed)) => {
                prop_assert!(document.value.span.end == consumed && consumed <= text.len());
                let mut notes = document.notes.iter();
                prop_assert!(notes.all(|note| note.span.end <= consumed && !note.span.is_empty()));
                prop_assert!(read(&text[..consumed], Limits::default()).is_ok());
            }
            Err(error) => {
                prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len());
                prop_assert_eq!(read(&text, Limits { depth: 8 }).unwrap_err(), error);
            }
        }
    }
}
