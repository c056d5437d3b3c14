//! No text makes the reader panic or hang, and every place that it names is in the text.

use proptest::prelude::*;

use crate::schema::{Schema, builtin, read};
use crate::text::Span;

/// A schema with every construct of the language.
const EVERYTHING: &str = include_str!("everything.json");

/// What people and fuzzers put into schemas.
const FRAGMENTS: [&str; 24] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "'",
    "\"",
    "#",
    "##",
    "\n",
    "\n\n",
    "\\",
    "true",
    "null",
    "'command'",
    "'data'",
    "'S'",
    "{ 'struct': 'S', 'base': 'S', 'data': {} }",
    "# @S:",
    "# ",
    "é",
    "\u{0}",
    "\u{202e}",
];

fn fragment() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&FRAGMENTS[..])
}

/// Reads a text and judges what every reading must keep.
fn assert_sound(text: &str) {
    let (schema, diagnostics) = read("t", text);
    for diagnostic in &diagnostics {
        assert_inside(text, diagnostic.span);
        if let Some((span, _)) = &diagnostic.related {
            assert_inside(text, *span);
        }
    }
    assert_places_inside(text, &schema);
}

fn assert_inside(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{span:?} is not in the {} bytes of {text:?}", text.len());
}

fn assert_places_inside(text: &str, schema: &Schema) {
    let docs = schema.commands().iter().map(|command| &command.doc);
    let docs = docs.chain(schema.types().iter().map(|definition| &definition.doc)).chain(schema.free_docs());
    for doc in docs {
        doc.span.iter().for_each(|span| assert_inside(text, *span));
        doc.sections.iter().for_each(|section| assert_inside(text, section.span));
    }
    for command in schema.commands() {
        assert_inside(text, command.place.span);
        command.arguments.iter().for_each(|member| assert_inside(text, member.place.span));
    }
    for definition in schema.types() {
        assert_inside(text, definition.place.span);
        // It must end, whatever the bases are.
        schema.members_of(&definition.name);
    }
}

/// One change of a text, at a place that is given as a share of its length.
#[derive(Clone, Debug)]
enum Edit {
    Delete { at: u16, length: u8 },
    Insert { at: u16, fragment: &'static str },
    Swap { at: u16, length: u8 },
    Truncate { at: u16 },
    Repeat { at: u16, length: u8 },
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<u16>(), 1..16_u8).prop_map(|(at, length)| Edit::Delete { at, length }),
        (any::<u16>(), fragment()).prop_map(|(at, fragment)| Edit::Insert { at, fragment }),
        (any::<u16>(), 1..32_u8).prop_map(|(at, length)| Edit::Swap { at, length }),
        any::<u16>().prop_map(|at| Edit::Truncate { at }),
        (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Edit::Repeat { at, length }),
    ]
}

fn apply(characters: &mut Vec<char>, edit: &Edit) {
    let place = |at: u16| usize::from(at) * characters.len() / (usize::from(u16::MAX) + 1);
    let piece = |at: u16, length: u8| place(at)..(place(at) + usize::from(length)).min(characters.len());
    match edit {
        Edit::Delete { at, length } => drop(characters.drain(piece(*at, *length))),
        Edit::Insert { at, fragment } => {
            let at = place(*at);
            characters.splice(at..at, fragment.chars());
        }
        Edit::Swap { at, length } => {
            let piece = piece(*at, *length);
            characters[piece].reverse();
        }
        Edit::Truncate { at } => characters.truncate(place(*at)),
        Edit::Repeat { at, length } => {
            let piece = piece(*at, *length);
            let end = piece.end;
            let copy: Vec<char> = characters[piece].to_vec();
            characters.splice(end..end, copy);
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn any_sequence_of_fragments_is_read(fragments in prop::collection::vec(fragment(), 0..60)) {
        assert_sound(&fragments.concat());
    }

    #[test]
    fn a_schema_with_slips_is_read(edits in prop::collection::vec(edit(), 1..6)) {
        let mut characters: Vec<char> = EVERYTHING.chars().collect();
        for edit in &edits {
            apply(&mut characters, edit);
        }
        assert_sound(&characters.into_iter().collect::<String>());
    }
}

#[test]
fn the_schema_with_everything_is_flawless() {
    let (_, diagnostics) = read("t", EVERYTHING);
    assert_eq!(diagnostics, []);
}

#[test]
fn every_beginning_of_a_schema_is_read() {
    for (end, _) in EVERYTHING.char_indices() {
        assert_sound(&EVERYTHING[..end]);
    }
    let source = builtin::SOURCE;
    // It is long; some of its lines will do.
    for (end, _) in source.char_indices().filter(|(_, c)| *c == '\n').step_by(20) {
        assert_sound(&source[..end]);
    }
}

#[test]
fn large_texts_are_read_in_reasonable_time() {
    for piece in [
        "{",
        "[",
        "'a',",
        "{ 'command': ",
        "##\n",
        "# @a:\n",
        " ",
        "\n",
        "{ 'struct': 'S', 'base': 'S', 'data': {} }\n",
    ] {
        assert_sound(&piece.repeat(200_000 / piece.len()));
    }
}
