//! Our reader of JSON and `serde_json` agree on everything that is strict JSON.

use qgaspec::text::json::{self, Document, Json, Kind, Limits, NoteKind, SyntaxErrorKind};
use serde_json::Value;

/// Containers inside each other that both readers take.
const DEPTH_MAX: usize = 127;

/// Reads the bytes with both readers and compares what they say.
///
/// # Panics
///
/// When they differ on strict JSON, or when one of our spans is outside of the text.
pub fn json_text(bytes: &[u8]) {
    let ours = json::read(bytes, Limits { depth: DEPTH_MAX });
    let theirs = serde_json::from_slice::<Value>(bytes);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert!(is_strict(ours), "only we see something remarkable: {:?}", ours.notes);
            assert!(has_duplicates(ours) || agree(&ours.value, theirs), "the values differ");
        }
        (Ok(ours), Err(error)) => {
            assert!(!is_strict(ours) || has_infinity(&ours.value), "we accept what they refuse: {error}");
        }
        (Err(error), Ok(_)) => {
            assert!(error.kind == SyntaxErrorKind::TooDeep, "we refuse what they accept: {error:?}");
        }
        (Err(_), Err(_)) => {}
    }
    match &ours {
        Ok(document) => {
            assert!(
                document.notes.iter().all(|note| bytes.get(note.span.range()).is_some()),
                "a note is outside"
            );
            assert_spans(&document.value, bytes);
        }
        Err(error) => assert!(bytes.get(error.span.range()).is_some(), "the error is outside: {error:?}"),
    }
}

/// Every value can be read again from its own bytes.
fn assert_spans(value: &Json<'_>, bytes: &[u8]) {
    let own = bytes.get(value.span.range()).expect("the bytes of a value are in the text");
    let again = json::read(own, Limits { depth: DEPTH_MAX }).expect("the bytes of a value are a text");
    assert!(again.value.same_value(value), "{} is another value by itself", own.escape_ascii());
    for item in value.as_array().into_iter().flatten() {
        assert_spans(item, bytes);
    }
    for member in value.members() {
        assert_spans(&member.value, bytes);
    }
}

/// Whether nothing was accepted that `serde_json` refuses.
fn is_strict(document: &Document<'_>) -> bool {
    document.notes.iter().all(|note| match note.kind {
        NoteKind::DuplicateKey | NoteKind::Noncharacter | NoteKind::NonAscii => true,
        NoteKind::SingleQuotes | NoteKind::LoneSurrogate | NoteKind::InvalidUtf8 | NoteKind::OverlongNul => {
            false
        }
    })
}

/// They keep the last of equal keys, we keep all.
fn has_duplicates(document: &Document<'_>) -> bool {
    document.notes.iter().any(|note| note.kind == NoteKind::DuplicateKey)
}

/// They refuse numbers beyond the doubles.
fn has_infinity(value: &Json<'_>) -> bool {
    match &value.kind {
        Kind::Number(number) => number.as_f64().is_infinite(),
        Kind::Array(items) => items.iter().any(has_infinity),
        Kind::Object(members) => members.iter().any(|member| has_infinity(&member.value)),
        Kind::Null | Kind::Bool(_) | Kind::String(_) => false,
    }
}

/// Whether both readers got the same. Theirs may miss a double by a little.
fn agree(ours: &Json<'_>, theirs: &Value) -> bool {
    match (&ours.kind, theirs) {
        (Kind::Null, Value::Null) => true,
        (Kind::Bool(ours), Value::Bool(theirs)) => ours == theirs,
        (Kind::Number(ours), Value::Number(theirs)) => match theirs.as_i128() {
            Some(theirs) => ours.as_i128() == Some(theirs),
            None => theirs.as_f64().is_some_and(|theirs| near(ours.as_f64(), theirs)),
        },
        (Kind::String(ours), Value::String(theirs)) => ours.to_str().as_deref() == Some(theirs),
        (Kind::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| agree(ours, theirs))
        }
        (Kind::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|member| {
                    let key = member.key.to_str();
                    key.and_then(|key| theirs.get(&*key)).is_some_and(|theirs| agree(&member.value, theirs))
                })
        }
        _ => false,
    }
}

fn near(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= ours.abs() * 1e-14 + f64::MIN_POSITIVE
}
