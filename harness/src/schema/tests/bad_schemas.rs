//! What authors see for typical slips. One snapshot for each schema: the text, then all remarks.

use std::fmt::Write as _;

use crate::schema::{Diagnostic, Severity, read};
use crate::text::{LineIndex, Span};

/// Name of the snapshot, and the schema.
const SCHEMAS: [(&str, &str); 16] = [
    ("missing_comma", "{ 'command': 'guest-sync'\n  'data': { 'id': 'int' }\n  'returns': 'int' }\n"),
    ("missing_brace", "{ 'struct': 'A', 'data': { 'x': 'int' }\n\n{ 'struct': 'B', 'data': { 'a': 'A' } }\n"),
    ("wrong_bracket", "{ 'enum': 'E', 'data': [ 'a', 'b' } ]\n\n{ 'command': 'c' }\n"),
    ("trailing_comma", "{ 'enum': 'E', 'data': [ 'a', 'b', ], }\n"),
    ("json_habits", "// a comment\n{ \"command\": \"guest-x\", \"returns\": null, 'gen': False }\n"),
    ("unquoted", "{ command: 'guest-x', 'data': { 'id': int } }\n"),
    ("unclosed_string", "{ 'command': 'guest-x,\n  'data': { 'id': 'int' } }\n\n{ 'command': 'guest-y' }\n"),
    (
        "unknown_keyword",
        "{ 'comand': 'guest-x' }\n{ 'union': 'U', 'discriminater': 'x', 'base': {}, 'data': {} }\n",
    ),
    (
        "undefined_types",
        "{ 'struct': 'GuestExec', 'data': { 'pid': 'integer', 'name': 'Str' } }\n\
         { 'command': 'guest-exec', 'returns': 'GuestExce' }\n{ 'command': 'guest-list', 'returns': ['Unheard'] }\n",
    ),
    (
        "duplicates",
        "{ 'command': 'a', 'data': { 'x': 'int', 'x': 'str', '*x': 'bool' } }\n\n{ 'command': 'a' }\n",
    ),
    (
        "base_loop",
        "{ 'struct': 'A', 'base': 'B', 'data': {} }\n{ 'struct': 'B', 'base': 'C', 'data': {} }\n\
         { 'struct': 'C', 'base': 'A', 'data': {} }\n{ 'command': 'c', 'data': 'A' }\n",
    ),
    (
        "bad_union",
        "{ 'enum': 'Kind', 'data': [ 'disk', 'net' ] }\n{ 'struct': 'Disk', 'data': { 'kind': 'int' } }\n\
         { 'union': 'Device', 'base': { '*kind': 'Kind' }, 'discriminator': 'kind',\n  'data': { 'disc': 'Disk', 'net': 'str' } }\n",
    ),
    (
        "bad_alternate",
        "{ 'enum': 'Mode', 'data': [ 'on' ] }\n\
         { 'alternate': 'Which', 'data': { 'name': 'str', 'mode': 'Mode', 'number': 'int', 'size': 'size' } }\n",
    ),
    (
        "wrong_kinds",
        "{ 'command': 'a', 'data': [ 'S' ], 'returns': { 'x': 'int' }, 'success-response': 'no', 'features': {},\n\
         \x20 'if': { 'all': 'X' } }\n{ 'enum': 'E', 'data': { 'a': 'b' } }\n",
    ),
    (
        "names",
        "{ 'struct': 'T', 'data': { 'a b': 'int', 'Count': 'int', 'has-x': 'int' } }\n{ 'enum': 'GuestList', 'data': [ '' ] }\n",
    ),
    (
        "documentation",
        "{ 'pragma': { 'doc-required': true } }\n\n##\n# @guest-a:\n##\n{ 'command': 'guest-b' }\n\n{ 'command': 'guest-c' }\n\n##\n# @guest-d:\n{ 'command': 'guest-d' }\n",
    ),
];

#[test]
fn remarks_say_what_and_where_and_how_to_go_on() {
    for (name, text) in SCHEMAS {
        let (_, diagnostics) = read("bad.json", text);
        let mut shown = format!("{text}\n");
        for diagnostic in &diagnostics {
            show(&mut shown, text, diagnostic);
        }
        insta::with_settings!({ snapshot_path => "../snapshots", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, shown);
        });
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
