//! The reader of schemas takes any text.

use qgaspec::schema;
use qgaspec::text::Span;

/// Reads the bytes as a schema: it must come back, and every place that it names must be in the text.
///
/// # Panics
///
/// When a span is outside of the text or cuts a character.
pub fn schema_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (model, diagnostics) = schema::read("fuzz.json", &text);
    for diagnostic in &diagnostics {
        assert_within(diagnostic.span, &text);
        if let Some((span, _)) = diagnostic.related {
            assert_within(span, &text);
        }
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?} says nothing");
    }
    for command in model.commands() {
        assert_within(command.place.span, &text);
        assert!(model.command(&command.name).is_some(), "`{}` is not found by its name", command.name);
    }
    for definition in model.types() {
        assert_within(definition.place.span, &text);
    }
}

fn assert_within(span: Span, text: &str) {
    assert!(text.get(span.range()).is_some(), "{span:?} is not a part of {text:?}");
}
