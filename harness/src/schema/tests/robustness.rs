//! No text makes the reader panic or hang, and every place that it names is in the text.

use proptest::prelude::*;

use crate::schema::{Diagnostic, Dialect, Member, Place, Schema, builtin, read, read_as, read_files};
use crate::text::{LineIndex, Span};

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

/// Reads a text, alone or in pieces that include each other, and judges what every reading must keep.
fn assert_sound(text: &str) {
    let single = Files::new([("t", text), ("", ""), ("", "")]);
    single.assert_inside_all(&read("t", text));
    single.assert_inside_all(&read_as(Dialect::Lenient, "t", text));
    // Pieces start and end anywhere, as broken files do.
    let thirds = |at: usize| text.floor_char_boundary(text.len() / 3 * at);
    let (first, rest) = text.split_at(thirds(1));
    let (second, third) = rest.split_at(thirds(2) - thirds(1));
    let root = format!("{first}\n{{ 'include': 'b' }}\n{{ 'include': 'c' }}\n");
    let third = format!("{third}\n{{ 'include': 'b' }}\n{{ 'include': 'a' }}\n");
    let several = Files::new([("a", &root), ("b", second), ("c", &third)]);
    several.assert_inside_all(&read_files(Dialect::Strict, "a", &root, |path| several.load(path)));
}

/// The files of one reading.
struct Files<'t> {
    files: [(&'t str, &'t str); 3],
    lines: [LineIndex; 3],
}

impl<'t> Files<'t> {
    fn new(files: [(&'t str, &'t str); 3]) -> Self {
        Self { files, lines: files.map(|(_, text)| LineIndex::new(text.as_bytes())) }
    }

    fn load(&self, path: &str) -> Result<String, String> {
        let found = self.files.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(String::new)
    }

    fn file(&self, name: &str) -> (&str, &LineIndex) {
        let at = self.files.iter().position(|(known, _)| *known == name).expect("it is one of the files");
        (self.files[at].1, &self.lines[at])
    }

    fn assert_inside_all(&self, (schema, diagnostics): &(Schema, Vec<Diagnostic>)) {
        for diagnostic in diagnostics {
            self.assert_inside(&diagnostic.source, diagnostic.span);
            if let Some((span, _)) = &diagnostic.related {
                self.assert_inside(&diagnostic.source, *span);
            }
        }
        self.assert_places_inside(schema);
    }

    fn assert_inside(&self, source: &str, span: Span) {
        let (text, _) = self.file(source);
        assert!(text.get(span.range()).is_some(), "{span:?} is not in the {} bytes of {text:?}", text.len());
    }

    fn assert_placed(&self, place: &Place) {
        self.assert_inside(&place.source, place.span);
        let (_, lines) = self.file(&place.source);
        assert_eq!(lines.position(place.span.start).line, place.line);
    }

    fn assert_members_inside(&self, members: &[Member]) {
        for Member { place, .. } in members {
            self.assert_inside(&place.source, place.span);
        }
    }

    fn assert_places_inside(&self, schema: &Schema) {
        let docs = schema.commands().iter().map(|command| &command.doc);
        let docs = docs.chain(schema.events().iter().map(|event| &event.doc));
        let docs = docs.chain(schema.types().iter().map(|definition| &definition.doc));
        for doc in docs.chain(schema.free_docs()) {
            doc.span.iter().for_each(|span| self.assert_inside(&doc.source, *span));
            doc.sections.iter().for_each(|section| self.assert_inside(&doc.source, section.span));
        }
        for command in schema.commands() {
            self.assert_placed(&command.place);
            self.assert_members_inside(&command.arguments);
        }
        for event in schema.events() {
            self.assert_placed(&event.place);
            self.assert_members_inside(&event.data);
        }
        for definition in schema.types() {
            self.assert_placed(&definition.place);
            // It must end, whatever the bases are.
            self.assert_members_inside(
                &schema.members_of(&definition.name).into_iter().cloned().collect::<Vec<_>>(),
            );
        }
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
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        assert_sound(&text);
    }

    #[test]
    fn any_sequence_of_fragments_is_read(fragments in prop::collection::vec(fragment(), 0..60)) {
        assert_sound(&fragments.concat());
    }
}

proptest! {
    // Each of these is long.
    #![proptest_config(ProptestConfig::with_cases(2000))]

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
