//! What authors see for typical slips. One snapshot for each schema: the text, then all remarks.

use std::fmt::Write as _;

use crate::schema::{Diagnostic, Severity, read};
use crate::text::{LineIndex, Span};

/// The schemas of the folder `bad`, each with the name of its snapshot.
macro_rules! bad_schemas {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("bad/", $name, ".json")))),*] };
}

const SCHEMAS: [(&str, &str); 21] = bad_schemas![
    "missing_comma",
    "missing_brace",
    "wrong_bracket",
    "trailing_comma",
    "json_habits",
    "unquoted",
    "unclosed_string",
    "unknown_keyword",
    "undefined_types",
    "duplicates",
    "base_loop",
    "bad_union",
    "bad_alternate",
    "wrong_kinds",
    "names",
    "documentation",
    "flags",
    "conditions",
    "features",
    "other_ages",
    "reserved_names",
];

#[test]
fn remarks_say_what_and_where_and_how_to_go_on() {
    for (name, text) in SCHEMAS {
        let (_, diagnostics) = read("bad.json", text);
        let mut shown = format!("{text}\n");
        for diagnostic in &diagnostics {
            show(&mut shown, text, diagnostic);
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, shown));
    }
}

/// A remark in plain lines; how it looks on a terminal is the command line's business.
fn show(out: &mut String, text: &str, diagnostic: &Diagnostic) {
    let severity = match diagnostic.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    writeln!(out, "{severity}[{}] {}", diagnostic.code, diagnostic.message)
        .expect("a string takes everything");
    let mut line =
        |word: &str, rest: &str| writeln!(out, "  {word}: {rest}").expect("a string takes everything");
    let label = diagnostic.label.as_deref().unwrap_or_default();
    line("at", &format!("{} {label}", place(text, diagnostic.span)));
    if let Some((span, words)) = &diagnostic.related {
        line("see", &format!("{} {words}", place(text, *span)));
    }
    if let Some(help) = &diagnostic.help {
        line("help", help);
    }
}

fn place(text: &str, span: Span) -> String {
    let position = LineIndex::new(text.as_bytes()).position(span.start);
    format!("{}:{} {:?}", position.line, position.column, &text[span.range()])
}
