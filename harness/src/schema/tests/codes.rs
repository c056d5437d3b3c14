//! Each fault of a schema has its permanent code, and nothing else is said about it.

use crate::schema::{Severity, read};

/// A type for the cases that need one.
const S: &str = "{ 'struct': 'S', 'data': { 'a': 'int' } }\n";
const E: &str = "{ 'enum': 'E', 'data': [ 'one', 'two' ] }\n";

/// The codes of all remarks about a text.
fn codes(text: &str) -> Vec<&'static str> {
    let (_, diagnostics) = read("t", text);
    for diagnostic in &diagnostics {
        assert!(diagnostic.help.is_some(), "{} helps nobody", diagnostic.code);
        let first = diagnostic.message.chars().next().expect("a message says something");
        assert!(!first.is_uppercase() && !diagnostic.message.ends_with('.'), "{}", diagnostic.message);
    }
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[track_caller]
fn assert_codes(cases: &[(&str, &str)]) {
    for (text, code) in cases {
        assert_eq!(codes(&format!("{S}{E}{text}")), [*code], "{text}");
    }
}

#[test]
fn definitions() {
    assert_codes(&[
        ("{ 'comand': 'a' }", "unknown-definition"),
        ("{ }", "unknown-definition"),
        ("{ 'command': 'a', 'enum': 'F', 'data': {} }", "several-kinds"),
        ("{ 'command': ['a'] }", "wrong-kind"),
        ("{ 'command': 'a', 'return': 'S' }", "unknown-key"),
        ("{ 'struct': 'T' }", "missing-key"),
        ("{ 'enum': 'T' }", "missing-key"),
        ("{ 'alternate': 'T' }", "missing-key"),
        ("{ 'struct': 'S', 'data': {} }", "duplicate-definition"),
        ("{ 'command': 'a' }\n{ 'command': 'a' }", "duplicate-definition"),
        ("{ 'command': 'a', 'command': 'b' }", "duplicate-key"),
        ("{ 'type': 'T', 'data': {} }", "old-keyword"),
        ("{ 'include': 'other.json' }", "include-unsupported"),
        ("{ 'include': 'other.json' }\n{ 'command': 'a', 'returns': 'Elsewhere' }", "include-unsupported"),
        ("{ 'pragma': { 'doc-requried': true } }", "unknown-key"),
        ("{ 'pragma': { 'doc-required': 'yes' } }", "wrong-kind"),
        ("{ 'pragma': { 'member-name-exceptions': 'S' } }", "wrong-kind"),
        ("{ 'pragma': { 'doc-required': false }, 'if': 'X' }", "unknown-key"),
        (
            "{ 'pragma': { 'doc-required': false } }\n{ 'pragma': { } }\n##\n# @b:\n##\n{ 'command': 'a' }",
            "doc-mismatch",
        ),
    ]);
    let documented = "{ 'pragma': { 'doc-required': true } }\n##\n# @a:\n##\n{ 'command': 'a' }\n";
    assert_eq!(codes(documented), [""; 0]);
    assert_eq!(codes(&format!("{documented}{{ 'command': 'b' }}")), ["undocumented"]);
}

#[test]
fn names() {
    assert_codes(&[
        ("{ 'command': 'a b' }", "bad-name"),
        ("{ 'command': '' }", "bad-name"),
        ("{ 'command': '1a' }", "bad-name"),
        ("{ 'command': 'guest_ping' }", "name-style"),
        ("{ 'event': 'shutdown' }", "name-style"),
        ("{ 'struct': 'lower', 'data': {} }", "name-style"),
        ("{ 'struct': 'T', 'data': { 'Upper': 'int' } }", "name-style"),
        ("{ 'struct': 'T', 'data': { '**a': 'int' } }", "bad-name"),
        ("{ 'struct': 'T', 'data': { 'has-a': 'int' } }", "reserved-name"),
        ("{ 'struct': 'TList', 'data': {} }", "reserved-name"),
        ("{ 'struct': 'QType', 'data': {} }", "reserved-name"),
        ("{ 'struct': 'T', 'data': { 'u': 'int' } }", "reserved-name"),
        ("{ 'struct': 'T', 'data': { 'has_a': 'int' } }", "reserved-name"),
        ("{ 'enum': 'F', 'data': [ 'q_x' ] }", "reserved-name"),
        ("{ 'command': 'q-x' }", "reserved-name"),
        ("{ 'command': 'int' }", "reserved-name"),
        ("{ 'struct': 'T', 'data': { '_a': 'int' } }", "bad-name"),
        ("{ 'event': 'S' }", "duplicate-definition"),
        ("{ 'command': 'x', 'features': [ 'a b' ] }", "bad-name"),
        ("{ 'struct': 'T', 'data': { 'a': 'int', '*a': 'int' } }", "member-clash"),
        ("{ 'enum': 'F', 'data': [ 'a', 'a' ] }", "duplicate-value"),
    ]);
    let alike_in_c = "{ 'struct': 'T', 'data': { 'a-b': 'int', 'a_b': 'int' } }";
    assert_eq!(codes(alike_in_c), ["name-style", "member-clash"]);
    assert_eq!(codes("{ 'enum': 'F', 'data': [ '1', '2x' ] }"), [""; 0]);
    assert_eq!(codes("{ 'command': '__org.example_do-it' }"), [""; 0]);
    let exempt =
        "{ 'pragma': { 'command-name-exceptions': [ 'a_b' ], 'member-name-exceptions': [ 'T' ] } }\n";
    let exempted = "{ 'command': 'a_b' }\n{ 'struct': 'T', 'data': { 'A_b': 'int' } }";
    assert_eq!(codes(&format!("{exempt}{exempted}")), [""; 0]);
}

#[test]
fn types() {
    assert_codes(&[
        ("{ 'command': 'a', 'returns': 'T' }", "undefined-type"),
        ("{ 'command': 'a', 'returns': ['T'] }", "undefined-type"),
        ("{ 'command': 'a', 'data': 'T' }", "undefined-type"),
        ("{ 'command': 'a', 'data': { 'b': 'string' } }", "undefined-type"),
        ("{ 'command': 'a', 'data': { 'b': 'a' } }", "undefined-type"),
        ("{ 'event': 'A', 'data': { 'b': 'T' } }", "undefined-type"),
        ("{ 'event': 'A', 'data': { 'b': 'A' } }", "undefined-type"),
        ("{ 'event': 'A', 'data': 'T' }", "undefined-type"),
        ("{ 'command': 'a', 'data': { 'b': ['int', 'str'] } }", "bad-array"),
        ("{ 'command': 'a', 'data': { 'b': [['int']] } }", "bad-array"),
        ("{ 'command': 'a', 'data': { 'b': true } }", "wrong-kind"),
        ("{ 'command': 'a', 'data': { 'b': { 'c': 'int' , 'type': 'int' } } }", "unknown-key"),
        ("{ 'command': 'a', 'data': { 'b': { } } }", "missing-key"),
        ("{ 'command': 'a', 'data': ['S'] }", "wrong-kind"),
        ("{ 'command': 'a', 'data': 'int' }", "data-not-object"),
        ("{ 'command': 'a', 'data': 'E' }", "data-not-object"),
        ("{ 'command': 'a', 'returns': 'int' }", "returns-not-object"),
        ("{ 'command': 'a', 'returns': ['E'] }", "returns-not-object"),
    ]);
    let exempt = "{ 'pragma': { 'returns-whitelist': [ 'a' ] } }\n{ 'command': 'a', 'returns': 'int' }";
    assert_eq!(codes(exempt), [""; 0]);
}

#[test]
fn flags_conditions_and_features() {
    assert_codes(&[
        ("{ 'command': 'a', 'success-response': 'no' }", "old-flag"),
        ("{ 'command': 'a', 'success-response': 'false' }", "wrong-kind"),
        ("{ 'command': 'a', 'allow-oob': 'no' }", "wrong-kind"),
        ("{ 'command': 'a', 'gen': true }", "redundant-flag"),
        ("{ 'command': 'a', 'boxed': true, 'data': { 'b': 'int' } }", "boxed-members"),
        ("{ 'command': 'a', 'boxed': true, 'data': 'int' }", "data-not-object"),
        ("{ 'event': 'A', 'boxed': true }", "missing-key"),
        ("{ 'event': 'A', 'coroutine': true }", "unknown-key"),
        ("{ 'command': 'a', 'success-response': true }", "redundant-flag"),
        ("{ 'command': 'a', 'allow-oob': false }", "redundant-flag"),
        ("{ 'command': 'a', 'allow-oob': true, 'coroutine': true }", "conflicting-flags"),
        ("{ 'command': 'a', 'boxed': true }", "missing-key"),
        ("{ 'command': 'a', 'if': '' }", "bad-condition"),
        ("{ 'command': 'a', 'if': {} }", "bad-condition"),
        ("{ 'command': 'a', 'if': { 'all': [] } }", "bad-condition"),
        ("{ 'command': 'a', 'if': { 'all': ['X'], 'not': 'Y' } }", "bad-condition"),
        ("{ 'command': 'a', 'if': { 'any': 'X' } }", "wrong-kind"),
        ("{ 'command': 'a', 'if': { 'nto': 'X' } }", "unknown-key"),
        ("{ 'command': 'a', 'if': true }", "wrong-kind"),
        ("{ 'command': 'a', 'if': 'X = Y' }", "bad-condition"),
        ("{ 'command': 'a', 'if': { 'any': [ 'X', ' ' ] } }", "bad-condition"),
        ("{ 'command': 'a', 'if': { 'not': 'x' } }", "bad-condition"),
        ("{ 'command': 'a', 'if': 'defined(X)' }", "old-condition"),
        ("{ 'command': 'a', 'if': [ 'X' ] }", "old-condition"),
        ("{ 'struct': 'T', 'data': {}, 'features': [ 'deprecated' ] }", "misplaced-feature"),
        ("{ 'enum': 'F', 'data': [], 'features': [ 'x', { 'name': 'unstable' } ] }", "misplaced-feature"),
        ("{ 'command': 'a', 'features': 'deprecated' }", "wrong-kind"),
        ("{ 'command': 'a', 'features': [ 'x', 'x' ] }", "duplicate-feature"),
        ("{ 'command': 'a', 'features': [ { 'if': 'X' } ] }", "missing-key"),
    ]);
    let features: Vec<String> = (0..65).map(|number| format!("'f{number}'")).collect();
    let text = format!("{{ 'command': 'a', 'features': [ {} ] }}", features.join(", "));
    assert_eq!(codes(&text), ["too-many-features"]);
}

#[test]
fn structs_and_bases() {
    assert_codes(&[
        ("{ 'struct': 'T', 'base': 'U', 'data': {} }", "undefined-type"),
        ("{ 'struct': 'T', 'base': 'E', 'data': {} }", "base-not-struct"),
        ("{ 'struct': 'T', 'base': { 'x': 'int' }, 'data': {} }", "wrong-kind"),
        ("{ 'struct': 'T', 'base': 'T', 'data': {} }", "base-loop"),
        (
            "{ 'struct': 'T', 'base': 'U', 'data': {} }\n{ 'struct': 'U', 'base': 'T', 'data': {} }",
            "base-loop",
        ),
        ("{ 'struct': 'T', 'base': 'S', 'data': { '*a': 'str' } }", "member-clash"),
    ]);
    let level = |level| format!("{{ 'struct': 'T{}', 'base': 'T{level}', 'data': {{}} }}\n", level + 1);
    let deep: String = (0..40).map(level).collect();
    assert_eq!(codes(&format!("{{ 'struct': 'T0', 'data': {{}} }}\n{deep}")), ["base-too-deep"]);
}

#[test]
fn unions() {
    let union = |base: &str, discriminator: &str, data: &str| {
        format!(
            "{S}{E}{{ 'union': 'U', 'base': {base}, 'discriminator': '{discriminator}', 'data': {data} }}"
        )
    };
    let fine = "{ 'kind': 'E' }";
    assert_eq!(codes(&union(fine, "kind", "{ 'one': 'S' }")), [""; 0]);
    for (text, code) in [
        (union(fine, "knid", "{ 'one': 'S' }"), "unknown-discriminator"),
        (union("{ '*kind': 'E' }", "kind", "{ 'one': 'S' }"), "optional-discriminator"),
        (
            union("{ 'kind': { 'type': 'E', 'if': 'X' } }", "kind", "{ 'one': 'S' }"),
            "conditional-discriminator",
        ),
        (union("{ 'kind': 'str' }", "kind", "{ 'one': 'S' }"), "discriminator-not-enum"),
        (union("{ 'kind': 'S' }", "kind", "{ 'one': 'S' }"), "discriminator-not-enum"),
        (union("{ 'kind': 'X' }", "kind", "{ 'one': 'S' }"), "undefined-type"),
        (union(fine, "kind", "{ 'tow': 'S' }"), "unknown-branch"),
        (union(fine, "kind", "{ 'one': 'int' }"), "branch-not-object"),
        (union(fine, "kind", "{ 'one': ['S'] }"), "branch-not-object"),
        (union(fine, "kind", "{ }"), "empty-branches"),
        (union("{ 'kind': 'E', 'a': 'int' }", "kind", "{ 'one': 'S' }"), "member-clash"),
        (union("'E'", "kind", "{ 'one': 'S' }"), "base-not-struct"),
    ] {
        assert_eq!(codes(&text), [code], "{text}");
    }
    assert_codes(&[
        ("{ 'union': 'U', 'base': { 'k': 'E' }, 'data': { 'one': 'S' } }", "missing-key"),
        ("{ 'union': 'U', 'discriminator': 'k', 'data': { 'one': 'S' } }", "missing-key"),
        ("{ 'union': 'U', 'data': { 'one': 'S' } }", "simple-union"),
        (
            "{ 'union': 'U', 'base': { 'k': 'E' }, 'discriminator': 'k',\n\
             'data': { 'one': { 'type': 'S', 'features': [ 'f' ] } } }",
            "unknown-key",
        ),
        ("{ 'union': 'U', 'base': { 'k': 'E' }, 'discriminator': 'k' }", "missing-key"),
    ]);
    let boxed = union(fine, "kind", "{ 'one': 'S' }") + "\n{ 'command': 'a', 'data': 'U', 'boxed': true }";
    assert_eq!(codes(&boxed), [""; 0]);
    let unboxed = union(fine, "kind", "{ 'one': 'S' }") + "\n{ 'event': 'A', 'data': 'U' }";
    assert_eq!(codes(&unboxed), ["data-not-object"]);
}

#[test]
fn alternates() {
    assert_codes(&[
        ("{ 'alternate': 'A', 'data': { 's': 'str', 'e': 'E' } }", "indistinguishable-branches"),
        ("{ 'alternate': 'A', 'data': { 'i': 'int', 'n': 'number' } }", "indistinguishable-branches"),
        ("{ 'alternate': 'A', 'data': { 'x': ['S'], 'y': ['E'] } }", "indistinguishable-branches"),
        ("{ 'alternate': 'A', 'data': { 'x': 'any', 'y': 'int' } }", "bad-branch"),
        ("{ 'alternate': 'A', 'data': { 'x': 'str', 'y': 'int' } }", "ambiguous-branches"),
        ("{ 'alternate': 'A', 'data': { 'x': 'bool', 'y': 'str' } }", "ambiguous-branches"),
        (
            "{ 'enum': 'F', 'data': [ 'x', 'on' ] }\n{ 'alternate': 'A', 'data': { 'x': 'bool', 'y': 'F' } }",
            "ambiguous-branches",
        ),
        (
            "{ 'enum': 'F', 'data': [ '4k' ] }\n{ 'alternate': 'A', 'data': { 'x': 'size', 'y': 'F' } }",
            "ambiguous-branches",
        ),
        ("{ 'alternate': 'A', 'data': { } }", "empty-branches"),
        ("{ 'alternate': 'A', 'data': { 'x': 'A', 'y': 'int' } }", "bad-branch"),
    ]);
    let distinct = "{ 'alternate': 'A', 'data': {\n\
                    'o': 'S', 's': 'E', 'b': 'bool', 'n': 'null', 'i': 'int', 'l': ['S'] } }";
    assert_eq!(codes(&format!("{S}{E}{distinct}")), [""; 0]);
}

#[test]
fn remarks_are_bounded() {
    let (_, diagnostics) = read("t", &"@ ".repeat(100_000));
    assert_eq!(diagnostics.len(), 201);
    assert_eq!(diagnostics[200].code, "too-many-remarks");
    assert_eq!(diagnostics[200].severity, Severity::Error);
}

#[test]
fn warnings_without_end_make_no_error_and_hide_none() {
    let commands: Vec<String> = (0..300).map(|number| format!("{{ 'command': 'c{number}' }}")).collect();
    let commands = format!("{{ 'pragma': {{ 'doc-required': true }} }}\n{}\n", commands.join("\n"));
    let (_, warned) = read("t", &commands);
    assert!(warned.iter().all(|remark| remark.severity == Severity::Warning));
    assert_eq!(warned.last().unwrap().code, "too-many-remarks");
    let (_, refused) = read("t", &format!("{commands}{{ 'command': 'c', 'data': 'Nowhere' }}\n"));
    assert!(refused.iter().any(|remark| remark.severity == Severity::Error));
}

#[test]
fn copies_of_members_are_bounded() {
    let members: Vec<String> = (0..1000).map(|number| format!("'m{number}': 'int'")).collect();
    let command = |number| format!("{{ 'command': 'c{number}', 'data': 'T' }}\n");
    let commands: String = (0..200).map(command).collect();
    let text = format!("{{ 'struct': 'T', 'data': {{ {} }} }}\n{commands}", members.join(", "));
    let (schema, diagnostics) = read("t", &text);
    assert_eq!(diagnostics[0].code, "too-many-members");
    assert_eq!(schema.commands().iter().map(|command| command.arguments.len()).sum::<usize>(), 100_000);
}
