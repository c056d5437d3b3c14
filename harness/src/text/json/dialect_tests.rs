//! The dialect, row by row: what is accepted, with which notes, and what is refused where.

use super::*;
use crate::text::Span;

fn accepted(text: &[u8]) -> Document<'_> {
    read(text, Limits::default()).unwrap_or_else(|error| panic!("{}: {error}", text.escape_ascii()))
}

fn notes(text: &[u8]) -> Vec<(NoteKind, std::ops::Range<usize>)> {
    accepted(text).notes.iter().map(|note| (note.kind, note.span.range())).collect()
}

#[track_caller]
fn assert_refused(text: impl AsRef<[u8]>, kind: SyntaxErrorKind, span: std::ops::Range<usize>) {
    let text = text.as_ref();
    let error = read(text, Limits::default()).map(|document| document.value).unwrap_err();
    let expected = SyntaxError { kind, span: Span::new(span.start, span.end) };
    assert_eq!(error, expected, "{}", text.escape_ascii());
}

#[test]
fn every_type_is_read_with_its_span() {
    let text = br#" {"a": [null, true, false, -1.5, "x"], "b": {}} "#;
    let document = accepted(text);
    assert_eq!(document.depth, 2);
    assert!(document.notes.is_empty());
    assert_eq!(document.value.span, Span::new(1, text.len() - 1));
    let items = document.value.member("a").unwrap().as_array().unwrap();
    let names: Vec<_> = items.iter().map(Json::type_name).collect();
    assert_eq!(names, ["null", "boolean", "boolean", "number", "string"]);
    let spellings: Vec<_> = items.iter().map(|item| &text[item.span.range()]).collect();
    assert_eq!(spellings, [&b"null"[..], b"true", b"false", b"-1.5", b"\"x\""]);
    let member = &document.value.members()[1];
    assert_eq!(&text[member.key_span.range()], b"\"b\"");
    assert!(member.value.is_object() && member.value.members().is_empty());
}

#[test]
fn scalars_are_texts_too() {
    assert_eq!(accepted(b"12").value.as_i64(), Some(12));
    assert_eq!(accepted(b"\t\"s\"\r\n").value.as_str().unwrap(), "s");
    assert_eq!(accepted(b"true").value.as_bool(), Some(true));
    assert_eq!(accepted(b"null").depth, 0);
}

#[test]
fn single_quotes_are_accepted_with_a_note() {
    assert_eq!(notes(b"{'a':1}"), [(NoteKind::SingleQuotes, 1..4)]);
    assert_eq!(notes(br#""it\'s it\'s""#), [(NoteKind::SingleQuotes, 3..5)]);
    assert_eq!(accepted(br#"'say \'"hi"\''"#).value.as_str().unwrap(), r#"say '"hi"'"#);
    assert_refused("'a\"", SyntaxErrorKind::UnexpectedEnd, 3..3);
}

#[test]
fn duplicate_keys_are_kept_in_order_with_a_note() {
    let text = br#"{"a":1,"b":{"c":0,"c":0},"\u0061":2,"a":3}"#;
    let duplicate = |span| (NoteKind::DuplicateKey, span);
    assert_eq!(notes(text), [duplicate(18..21), duplicate(25..33), duplicate(36..39)]);
    let document = accepted(text);
    assert_eq!(document.value.members().len(), 4);
    assert_eq!(document.value.member("a").unwrap().as_i64(), Some(1));
}

#[test]
fn duplicate_keys_are_found_among_many() {
    let mut text = (0..100).fold("{".to_owned(), |text, key| format!("{text}\"k{key}\":0,"));
    let start = text.len();
    text += r#""\u006B50":1}"#;
    assert_eq!(notes(text.as_bytes()), [(NoteKind::DuplicateKey, start..start + 10)]);
}

#[test]
fn escapes_are_resolved() {
    let text = br#""\"\\\/\b\f\n\r\t\u0000\u00e9\uD83D\ude00""#;
    assert_eq!(notes(text), []);
    assert_eq!(accepted(text).value.as_str().unwrap(), "\"\\/\x08\x0C\n\r\t\0é😀");
    let document = accepted(br#"{"\u0065xecute":"x"}"#);
    assert!(document.value.members()[0].key == "execute");
    assert_eq!(document.value.members()[0].key.raw(), br"\u0065xecute");
}

#[test]
fn lone_surrogates_are_kept_as_wtf_8_with_a_note() {
    for (text, meant) in [
        (&br#""\ud83d""#[..], &b"\xED\xA0\xBD"[..]),
        (br#""\uDE00\uD83D""#, b"\xED\xB8\x80\xED\xA0\xBD"),
        (br#""\ud83d\ud83d\ude00""#, b"\xED\xA0\xBD\xF0\x9F\x98\x80"),
        (br#""\ud83d\n""#, b"\xED\xA0\xBD\n"),
    ] {
        assert_eq!(notes(text), [(NoteKind::LoneSurrogate, 1..7)]);
        let document = accepted(text);
        let Kind::String(string) = document.value.kind else { panic!("not a string") };
        assert_eq!(*string.decoded(), *meant);
        assert_eq!(string.to_str(), None);
    }
}

#[test]
fn noncharacters_are_noted_raw_and_escaped() {
    for escaped in [&br#""\uFFFE""#[..], br#""\uffff""#, br#""\uFDD0""#] {
        assert_eq!(notes(escaped), [(NoteKind::Noncharacter, 1..7)]);
    }
    assert_eq!(notes(br#""\uD83F\uDFFF""#), [(NoteKind::Noncharacter, 1..13)]);
    assert_eq!(notes(br#""\uFFFD""#), []);
    let raw = "\"é\u{FDEF}\"";
    assert_eq!(notes(raw.as_bytes()), [(NoteKind::NonAscii, 1..3), (NoteKind::Noncharacter, 3..6)]);
}

#[test]
fn invalid_utf_8_is_kept_with_a_note() {
    let overlong = b"\"\xC0\xAF\"";
    let beyond_unicode = b"\"\xF4\x90\x80\x80\"";
    let cesu_8 = b"\"\xED\xA0\xBD\xED\xB8\x80\"";
    for text in [&overlong[..], beyond_unicode, cesu_8, b"\"\x80\"", b"\"\xF5\"", b"\"\xFE\""] {
        assert_eq!(notes(text), [(NoteKind::InvalidUtf8, 1..2)], "{}", text.escape_ascii());
        let document = accepted(text);
        let Kind::String(string) = document.value.kind else { panic!("not a string") };
        assert_eq!(*string.decoded(), text[1..text.len() - 1]);
        assert_eq!(string.to_str(), None);
    }
    assert_eq!(notes(b"\"a\xC0\x80b\""), [(NoteKind::OverlongNul, 2..4)]);
    assert_eq!(notes(b"\"\xC0\x80\x80\""), [(NoteKind::OverlongNul, 1..3), (NoteKind::InvalidUtf8, 3..4)]);
    assert_eq!(notes(b"\"\xE2\x82\""), [(NoteKind::InvalidUtf8, 1..3)]);
    assert_eq!(notes(b"\"\xC3\xA9\x80\""), [(NoteKind::NonAscii, 1..3), (NoteKind::InvalidUtf8, 3..4)]);
}

#[test]
fn raw_characters_beyond_ascii_are_noted_once_a_string() {
    let notes = notes("{\"é\":\"aüü\"}".as_bytes());
    assert_eq!(notes, [(NoteKind::NonAscii, 2..4), (NoteKind::NonAscii, 8..10)]);
}

#[test]
fn the_delimiter_is_refused_everywhere() {
    for (text, at) in [
        (&b"\xFF"[..], 0),
        (b"[\xFF", 1),
        (b"[1\xFF", 2),
        (b"{\xFF", 1),
        (b"{\"a\"\xFF", 4),
        (b"\"gue\xFFst\"", 4),
        (b"\"\\\xFF\"", 2),
        (b"\"\\u1\xFF\"", 4),
    ] {
        assert_refused(text, SyntaxErrorKind::DelimiterByte, at..at + 1);
    }
}

#[test]
fn control_characters_are_data_nowhere() {
    assert_refused("\"a\n\"", SyntaxErrorKind::ControlCharacter, 2..3);
    assert_refused("\"\0\"", SyntaxErrorKind::ControlCharacter, 1..2);
    assert_refused("\"\\\t\"", SyntaxErrorKind::ControlCharacter, 2..3);
    assert_refused("\x0B", SyntaxErrorKind::UnexpectedCharacter, 0..1);
    assert_refused("[\x0C]", SyntaxErrorKind::UnexpectedCharacter, 1..2);
    assert_eq!(notes(b"\"\x7F\""), []);
}

#[test]
fn wrong_numbers_are_refused_as_a_whole() {
    for number in ["+1", ".5", "01", "-01", "0x10", "--1", "-Infinity", "1.5.2", "1_000", "-+1"] {
        assert_refused(number, SyntaxErrorKind::BadNumber, 0..number.len());
        assert_refused(format!("[{number}]"), SyntaxErrorKind::BadNumber, 1..number.len() + 1);
    }
    for number in ["1.", "1e", "1e+", "-"] {
        assert_refused(format!("[{number}]"), SyntaxErrorKind::BadNumber, 1..number.len() + 1);
        assert_refused(number, SyntaxErrorKind::UnexpectedEnd, number.len()..number.len());
    }
}

#[test]
fn unknown_words_are_refused_as_a_whole() {
    for word in ["NaN", "nan", "Infinity", "inf", "True", "undefined", "nulll", "truefalse", "tru3"] {
        assert_refused(word, SyntaxErrorKind::UnknownWord, 0..word.len());
        assert_refused(format!("[{word} "), SyntaxErrorKind::UnknownWord, 1..word.len() + 1);
    }
    assert_refused("tru ", SyntaxErrorKind::UnknownWord, 0..3);
    assert_refused("tru", SyntaxErrorKind::UnexpectedEnd, 3..3);
}

#[test]
fn foreign_characters_are_refused() {
    for text in ["/* hi */{}", "// hi", "# hi", "%s", "@"] {
        assert_refused(text, SyntaxErrorKind::UnexpectedCharacter, 0..1);
    }
    assert_refused("\u{FEFF}{}", SyntaxErrorKind::UnexpectedCharacter, 0..3);
    assert_refused("[é]", SyntaxErrorKind::UnexpectedCharacter, 1..3);
    assert_refused("{a:1}", SyntaxErrorKind::MissingKey, 1..2);
    assert_eq!(accepted(b"\"%s%\"").value.as_str().unwrap(), "%s%");
}

#[test]
fn wrong_escapes_are_refused() {
    for (text, end) in [
        (r#""\x41""#, 3),
        (r#""\a""#, 3),
        (r#""\0""#, 3),
        (r#""\U0041""#, 3),
        (r#""\u12""#, 6),
        (r#""\u12g4""#, 6),
        (r#""\u+123""#, 4),
        (r#""\é""#, 4),
    ] {
        assert_refused(text, SyntaxErrorKind::BadEscape, 1..end);
    }
}

#[test]
fn wrong_structure_is_refused_where_it_goes_wrong() {
    use SyntaxErrorKind::*;
    for (text, kind, span) in [
        ("[1,]", TrailingComma, 2..3),
        (r#"{"a":1,}"#, TrailingComma, 6..7),
        ("[,1]", MissingValue, 1..2),
        ("[1,,2]", MissingValue, 3..4),
        (",", MissingValue, 0..1),
        (":", MissingValue, 0..1),
        ("{,", MissingKey, 1..2),
        ("{1:2}", MissingKey, 1..2),
        (r#"{"a":1,2"#, MissingKey, 7..8),
        ("[1 2]", MissingComma, 3..4),
        (r#"["a""b"]"#, MissingComma, 4..5),
        (r#"[1{"a":2}"#, MissingComma, 2..3),
        (r#"{"a":1 "b""#, MissingComma, 7..8),
        (r#"{"a" 1}"#, MissingColon, 5..6),
        (r#"{"a",1}"#, MissingColon, 4..5),
        ("}", UnbalancedCloser, 0..1),
        ("]", UnbalancedCloser, 0..1),
        ("[}", UnbalancedCloser, 1..2),
        ("{]", UnbalancedCloser, 1..2),
        (r#"{"a"}"#, MissingColon, 4..5),
        (r#"{"a":}"#, MissingValue, 5..6),
        (r#"{"a":]"#, UnbalancedCloser, 5..6),
        (r#"{"a":[1,2}"#, UnbalancedCloser, 9..10),
        ("{}}", TrailingData, 2..3),
        ("{}  {} ", TrailingData, 4..7),
        (r#"true"x""#, TrailingData, 4..7),
        ("", UnexpectedEnd, 0..0),
        (" \n", UnexpectedEnd, 2..2),
        (r#"{"a":[1,2]"#, UnexpectedEnd, 10..10),
    ] {
        assert_refused(text, kind, span);
    }
}

#[test]
fn a_prefix_ends_with_its_value() {
    for (text, consumed) in [
        (&br#" {"a":1}{"b":2}"#[..], 8),
        (b"{}\n", 2),
        (b"true\"x\"", 4),
        (b"\"a\"\"b\"", 3),
        (b"12{", 2),
        (b"12", 2),
        (b"{}\xFF", 2),
        (b"{}}", 2),
    ] {
        assert_eq!(read_prefix(text, Limits::default()).unwrap().1, consumed, "{}", text.escape_ascii());
    }
    let error = read_prefix(b" \n", Limits::default()).unwrap_err();
    assert_eq!(error.kind, SyntaxErrorKind::UnexpectedEnd);
}

#[test]
fn the_depth_limit_counts_containers() {
    let limits = Limits { depth: 2 };
    assert_eq!(read(b"[{}, []]", limits).unwrap().depth, 2);
    assert_eq!(read(b"[[", limits).unwrap_err().kind, SyntaxErrorKind::UnexpectedEnd);
    let error = read(br#"[{"a":[]}]"#, limits).unwrap_err();
    assert_eq!(error, SyntaxError { kind: SyntaxErrorKind::TooDeep, span: Span::new(6, 7) });
    assert!(read(b"1", Limits { depth: 0 }).is_ok());
}

#[test]
fn the_default_depth_is_safe_on_a_small_stack() {
    let depth = Limits::default().depth;
    let nested = |opener: &str, closer: &str| [&opener.repeat(depth), "1", &closer.repeat(depth)].concat();
    let texts = [nested("[", "]"), nested("{\"a\":", "}"), nested("{\"a\":", ",\"a\":0}")];
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
        for text in texts {
            let document = read(text.as_bytes(), Limits::default()).unwrap();
            assert_eq!(document.depth, depth);
            let again = read(text.as_bytes(), Limits::default()).unwrap();
            assert!(document.value.same_value(&again.value));
        }
    });
    thread.unwrap().join().unwrap();
    let error = read("[".repeat(depth + 1).as_bytes(), Limits::default()).unwrap_err();
    assert_eq!(error.kind, SyntaxErrorKind::TooDeep);
}

#[test]
fn values_are_the_same_irrespective_of_spelling_and_order() {
    let same = |left: &str, right: &str| {
        accepted(left.as_bytes()).value.same_value(&accepted(right.as_bytes()).value)
    };
    for (left, right) in [
        (r#"{"a":1,"b":[true,null]}"#, r#"{ 'b' : [true, null], "\u0061": 1.0 }"#),
        (r#"{"a":1,"b":0,"a":2}"#, r#"{"a":2,"a":1,"b":0}"#),
        (
            r#"{"a":[{"b":1,"b":2},3],"a":[{"b":2,"b":2},3]}"#,
            r#"{"a":[{"b":2,"b":2},3],"a":[{"b":2,"b":1},3]}"#,
        ),
        (r#""\ud83d\ude00""#, "\"😀\""),
    ] {
        assert!(same(left, right), "{left} {right}");
    }
    for (left, right) in [
        ("1", "\"1\""),
        ("null", "false"),
        ("[1,2]", "[2,1]"),
        ("[1]", "[1,1]"),
        ("{}", "[]"),
        (r#"{"a":1}"#, r#"{"b":1}"#),
        (r#"{"a":1,"b":1}"#, r#"{"a":1,"a":1}"#),
        (r#"{"a":1,"a":1,"a":2}"#, r#"{"a":1,"a":2,"a":2}"#),
        (r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#),
        (r#"{"a":{"b":1,"b":2},"a":0,"c":3}"#, r#"{"a":{"b":2,"b":2},"a":0,"c":3}"#),
        (r#"{"a":0,"a":1,"c":3}"#, r#"{"a":1,"a":0,"c":4}"#),
    ] {
        assert!(!same(left, right), "{left} {right}");
    }
}

#[test]
fn errors_say_what_and_where() {
    let error = read(b"[01]", Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "malformed number at byte 1");
}
