//! What schemas of other ages say is understood, and whether that is a fault depends on the reader's dialect.

use crate::schema::{Definition, Dialect, Schema, Severity, TypeRef, read_as};

/// Reads a text of another age. Strictly it has faults, all of these codes; leniently the same are warnings.
#[track_caller]
fn old(text: &str, codes: &[&str]) -> Schema {
    let (_, strict) = read_as(Dialect::Strict, "t", text);
    let (schema, lenient) = read_as(Dialect::Lenient, "t", text);
    for (diagnostics, severity) in [(strict, Severity::Error), (lenient, Severity::Warning)] {
        let found: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(found, codes, "{text}");
        assert!(diagnostics.iter().all(|diagnostic| diagnostic.severity == severity), "{diagnostics:?}");
    }
    schema
}

#[test]
fn commas_were_missing_until_1_4() {
    let schema = old(
        "{ 'command': 'guest-sync'\n  'data': { 'id': 'int' '*more': 'str' } }\n\
         { 'enum': 'E', 'data': [ 'a' 'b' ] }",
        &["missing-comma", "missing-comma", "missing-comma"],
    );
    assert_eq!(schema.command("guest-sync").unwrap().arguments.len(), 2);
}

#[test]
fn structs_were_called_types_and_false_was_no_until_2_4() {
    let schema = old(
        "{ 'type': 'T', 'data': { 'a': 'int' } }\n\
         { 'command': 'a', 'data': 'T', 'success-response': 'no' }\n\
         { 'command': 'b', 'gen': 'no', 'returns': 'int' }",
        &["old-keyword", "old-flag", "old-flag"],
    );
    assert!(!schema.command("a").unwrap().success_response);
    assert_eq!(schema.command("a").unwrap().arguments.len(), 1);
    assert!(schema.definition("T").is_some());
}

#[test]
fn numbers_were_returned_without_a_pragma_until_2_9() {
    let schema = old("{ 'command': 'a', 'returns': 'int' }", &["returns-not-object"]);
    assert_eq!(schema.command("a").unwrap().returns.as_ref().unwrap().to_string(), "int");
}

#[test]
fn conditions_were_lists_until_6_2() {
    let schema = old("{ 'command': 'a', 'if': [ 'X', 'Y' ] }", &["old-condition"]);
    assert_eq!(schema.command("a").unwrap().condition.as_ref().unwrap().to_string(), "all(X, Y)");
}

#[test]
fn unions_did_without_a_discriminator_until_6_2() {
    let schema = old(
        "{ 'struct': 'S', 'data': { 'a': 'int' } }\n\
         { 'union': 'U', 'data':\n\
         { 'one': 'S', 'two': { 'type': 'str', 'if': 'X' }, 'more': ['S'], 'again': 'S' } }",
        &["simple-union"],
    );
    let Some(Definition::Union(union)) = schema.definition("U").map(|ty| &ty.definition) else {
        panic!("a union")
    };
    assert_eq!(union.discriminator, "type");
    assert_eq!(union.base[0].ty, TypeRef::Named("UKind".to_owned()));
    let Some(Definition::Enum(kind)) = schema.definition("UKind").map(|ty| &ty.definition) else {
        panic!("an enum")
    };
    assert_eq!(
        kind.values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>(),
        ["one", "two", "more", "again"]
    );
    assert!(kind.values[1].condition.is_some() && union.branches[1].condition.is_some());
    let held: Vec<String> = union
        .branches
        .iter()
        .map(|branch| schema.members_of(&branch.ty.to_string())[0].ty.to_string())
        .collect();
    assert_eq!(held, ["S", "str", "[S]", "S"]);
    let clash = "{ 'union': 'U', 'data': { 'one': 'str' } }\n{ 'enum': 'UKind', 'data': [ 'a' ] }";
    let (_, diagnostics) = read_as(Dialect::Lenient, "t", clash);
    assert_eq!(diagnostics.last().unwrap().code, "duplicate-definition");
}

#[test]
fn faults_of_all_ages_stay_faults() {
    for text in [
        "{ 'command': 'a', }",
        "{ 'command': 'a', 'data': 'T' }",
        "{ 'comand': 'a' }",
        "{ 'union': 'U', 'data': {} }",
    ] {
        let (_, diagnostics) = read_as(Dialect::Lenient, "t", text);
        assert!(diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error), "{text}");
    }
}
