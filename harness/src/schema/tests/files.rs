//! Schemas of several files.

use std::collections::HashMap;

use crate::schema::{Diagnostic, Dialect, Schema, read_files};

/// Reads the first of the files, with the others at hand. Gives also the paths that were asked for.
fn read_all(files: &[(&str, &str)]) -> (Schema, Vec<Diagnostic>, Vec<String>) {
    let texts: HashMap<&str, &str> = files.iter().copied().collect();
    let mut asked = Vec::new();
    let (root, text) = files[0];
    let (schema, diagnostics) = read_files(Dialect::Strict, root, text, |path| {
        asked.push(path.to_owned());
        texts.get(path).map(|text| (*text).to_owned()).ok_or_else(|| "no such file".to_owned())
    });
    (schema, diagnostics, asked)
}

/// Source, line and code of each remark.
fn remarks(diagnostics: &[Diagnostic], files: &[(&str, &str)]) -> Vec<(String, usize, &'static str)> {
    let line = |diagnostic: &Diagnostic| {
        let (_, text) = files.iter().find(|(name, _)| **name == *diagnostic.source).expect("a file of ours");
        text[..diagnostic.span.start].lines().count().max(1)
    };
    diagnostics.iter().map(|found| (found.source.to_string(), line(found), found.code)).collect()
}

#[test]
fn definitions_come_where_their_file_is_included() {
    let files = [
        (
            "qapi/root.json",
            "{ 'command': 'first' }\n{ 'include': 'sub/a.json' }\n{ 'command': 'last', 'returns': 'A' }",
        ),
        (
            "qapi/sub/a.json",
            "{ 'include': '../b.json' }\n{ 'struct': 'A', 'data': { 'b': 'B', 'late': 'Late' } }",
        ),
        (
            "qapi/b.json",
            "# only a comment\n{ 'command': 'middle' }\n  { 'struct': 'B', 'data': {} }\n\
                         { 'struct': 'Late', 'data': {} }",
        ),
    ];
    let (schema, diagnostics, asked) = read_all(&files);
    assert_eq!(diagnostics, []);
    assert_eq!(asked, ["qapi/sub/a.json", "qapi/b.json"]);
    let names: Vec<_> = schema.commands().iter().map(|command| command.name.as_str()).collect();
    assert_eq!(names, ["first", "middle", "last"]);
    let place = &schema.definition("B").unwrap().place;
    assert_eq!((&*place.source, place.line, place.column, place.span.start), ("qapi/b.json", 3, 3, 43));
    let (_, text) = files[2];
    assert_eq!(&text[place.span.range()], "{ 'struct': 'B', 'data': {} }");
}

#[test]
fn a_file_is_read_once() {
    let files = [
        ("root.json", "{ 'include': 'a.json' }\n{ 'include': './b.json' }\n{ 'include': 'a.json' }"),
        ("a.json", "{ 'include': 'common.json' }"),
        ("b.json", "{ 'include': 'x/../common.json' }"),
        ("common.json", "{ 'command': 'c' }"),
    ];
    let (schema, diagnostics, asked) = read_all(&files);
    assert_eq!(diagnostics, []);
    assert_eq!(asked, ["a.json", "common.json", "b.json"]);
    assert_eq!(schema.commands().len(), 1);
}

#[test]
fn pragmas_hold_in_all_files() {
    let files = [
        ("root.json", "{ 'include': 'a.json' }\n{ 'pragma': { 'command-returns-exceptions': [ 'c' ] } }"),
        ("a.json", "{ 'command': 'c', 'returns': 'int' }"),
    ];
    assert_eq!(read_all(&files).1, []);
}

#[test]
fn what_cannot_be_included_is_said_where_it_is_asked_for() {
    for (files, expected) in [
        (vec![("r", "{ 'include': 'r' }")], ("r", 1, "include-loop")),
        (vec![("x/r", "\n{ 'include': '../x/r' }")], ("x/r", 2, "include-loop")),
        (vec![("r", "{ 'include': 'a' }"), ("a", "\n\n{ 'include': 'r' }")], ("a", 3, "include-loop")),
        (
            vec![
                ("r", "{ 'include': 'a' }"),
                ("a", "{ 'include': 'b' }"),
                ("b", "{ 'command': 'c' }\n{ 'include': 'a' }"),
            ],
            ("b", 2, "include-loop"),
        ),
        (vec![("r", "{ 'include': 'nowhere' }")], ("r", 1, "include-unreadable")),
        // What is missing may define the type.
        (
            vec![("r", "{ 'include': 'nowhere' }\n{ 'command': 'c', 'returns': 'T' }")],
            ("r", 1, "include-unreadable"),
        ),
        (
            vec![("r", "{ 'include': 'a' }\n{ 'include': 'a' }"), ("a", "{ 'include': 'b' }")],
            ("a", 1, "include-unreadable"),
        ),
        (vec![("r", "{ 'include': [ 'a' ] }")], ("r", 1, "wrong-kind")),
        (vec![("r", "{ 'include': 'a', 'if': 'X' }"), ("a", "")], ("r", 1, "unknown-key")),
        (vec![("r", "{ 'include': 'a' }\n"), ("a", "{ 'command': 'c' ")], ("a", 1, "unclosed-bracket")),
        (vec![("r", "{ 'include': 'a' }"), ("a", "'")], ("a", 1, "unclosed-string")),
    ] {
        let (_, diagnostics, _) = read_all(&files);
        let (source, line, code) = expected;
        let found = remarks(&diagnostics, &files);
        assert_eq!(found[0], (source.to_owned(), line, code), "{files:?}");
    }
}

#[test]
fn a_place_in_another_file_is_told_in_words() {
    let files = [
        ("root.json", "{ 'include': 'a.json' }\n{ 'command': 'c' }"),
        ("a.json", "\n{ 'command': 'c' }\n{ 'struct': 'S', 'data': { 'x': 'int', 'x': 'int' } }"),
    ];
    let (_, diagnostics, _) = read_all(&files);
    assert_eq!(
        remarks(&diagnostics, &files),
        [("root.json".to_owned(), 2, "duplicate-definition"), ("a.json".to_owned(), 3, "duplicate-key")]
    );
    assert_eq!(diagnostics[0].related, None);
    assert_eq!(diagnostics[0].label.as_deref(), Some("defined again here; first defined here: a.json:2"));
    let (span, _) = diagnostics[1].related.as_ref().expect("both are in one file");
    assert_eq!(&files[1].1[span.range()], "'x'");
}

#[test]
fn documentation_knows_its_file() {
    let files = [
        ("root.json", "##\n# = Root\n##\n{ 'include': 'a.json' }\n"),
        ("a.json", "##\n# = Chapter\n##\n\n##\n# @c:\n#\n# Since: 1\n##\n{ 'command': 'c' }\n"),
    ];
    let (schema, diagnostics, _) = read_all(&files);
    assert_eq!(diagnostics, []);
    let free: Vec<_> = schema.free_docs().iter().map(|doc| &*doc.source).collect();
    assert_eq!(free, ["root.json", "a.json"]);
    let doc = &schema.command("c").unwrap().doc;
    assert_eq!(&*doc.source, "a.json");
    assert_eq!(&files[1].1[doc.sections[0].span.range()], "Since: 1");
}

#[test]
fn includes_are_bounded() {
    // Each file includes the next one, for ever.
    let next = |path: &str| path.parse::<u32>().map_or(0, |number| number + 1);
    let mut count = 0;
    let (_, diagnostics) = read_files(Dialect::Strict, "0", "{ 'include': '1' }", |path| {
        count += 1;
        Ok(format!("{{ 'include': '{}' }}", next(path)))
    });
    assert_eq!(count, 31);
    assert_eq!(diagnostics[0].code, "include-unreadable");
    // One file includes many.
    let many: String =
        (0..2000).fold(String::new(), |text, number| text + &format!("{{ 'include': '{number}' }}\n"));
    let mut count = 0;
    let (_, diagnostics) = read_files(Dialect::Strict, "root", &many, |_| {
        count += 1;
        Ok(String::new())
    });
    assert_eq!((count, diagnostics[0].code), (999, "include-unreadable"));
}
