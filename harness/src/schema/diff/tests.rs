//! Each kind of change, told and judged.

use super::diff;
use crate::schema::versions::{self, Version, model};
use crate::schema::{Severity, read};

/// A type of each kind that travels in both directions, and one that nobody uses.
const BASE: &str = "{ 'enum': 'E', 'data': [ 'one', 'two' ] }\n\
    { 'struct': 'S', 'data': { 'a': 'int', '*b': 'str' } }\n\
    { 'struct': 'T', 'data': { 'a': 'int' } }\n\
    { 'struct': 'Unused', 'data': { 'a': 'int' } }\n\
    { 'union': 'U', 'base': { 'k': 'E' }, 'discriminator': 'k', 'data': { 'one': 'S' } }\n\
    { 'alternate': 'A', 'data': { 'i': 'int', 'f': 'bool' } }\n\
    { 'command': 'both', 'data': { 's': 'S', 'un': 'U', 'a': 'A', 'e': 'E' }, 'returns': 'All' }\n\
    { 'struct': 'All', 'data': { 's': 'S', 'un': 'U', 'a': 'A', 'e': 'E' } }\n\
    { 'command': 'c', 'data': { 'x': 'int8', '*y': 'str' }, 'returns': 'T' }\n\
    { 'struct': 'Got', 'data': { 'm': 'int8', '*o': 'int' } }\n\
    { 'command': 'get', 'returns': 'Got' }\n\
    { 'event': 'GONE', 'data': { 'why': 'int8' } }\n";

/// What is told when one piece of the text becomes another.
#[track_caller]
fn changes(piece: &str, other: &str) -> Vec<String> {
    assert!(BASE.contains(piece), "{piece}");
    let model = |text: &str| {
        let (schema, diagnostics) = read("t", text);
        let errors = diagnostics.iter().filter(|remark| remark.severity == Severity::Error);
        assert_eq!(errors.map(|remark| &remark.message).collect::<Vec<_>>(), [""; 0], "{text}");
        schema
    };
    let (old, new) = (model(BASE), model(&BASE.replace(piece, other)));
    let mirrored = diff(&new, &old);
    let changes = diff(&old, &new);
    // The way back hurts exactly the other side.
    let sides = |changes: &[super::Change]| {
        changes.iter().fold((true, true), |(clients, agents), change| {
            (clients && change.compatibility.clients, agents && change.compatibility.agents)
        })
    };
    let (clients, agents) = sides(&mirrored);
    assert_eq!(sides(&changes), (agents, clients), "{piece} -> {other}");
    changes.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_changes(cases: &[(&str, &str, &str)]) {
    for (piece, other, expected) in cases {
        assert_eq!(changes(piece, other), [*expected], "{piece} -> {other}");
    }
}

#[test]
fn commands() {
    assert_changes(&[
        (
            "{ 'command': 'get'",
            "{ 'command': 'new' }\n{ 'command': 'get'",
            "command new: added (not for old agents)",
        ),
        ("{ 'command': 'get', 'returns': 'Got' }\n", "", "command get: removed (not for old clients)"),
        ("'x': 'int8', ", "", "command c, argument x: removed (neither for old clients nor for old agents)"),
        (", '*y': 'str'", "", "command c, argument y: removed (not for old clients)"),
        (
            "'*y': 'str'",
            "'*y': 'str', '*z': 'E'",
            "command c, argument z: added, optional E (not for old agents)",
        ),
        (
            "'*y': 'str'",
            "'*y': 'str', 'z': ['E']",
            "command c, argument z: added, mandatory [E] (neither for old clients nor for old agents)",
        ),
        ("'x': 'int8'", "'*x': 'int8'", "command c, argument x: mandatory -> optional (not for old agents)"),
        ("'*y': 'str'", "'y': 'str'", "command c, argument y: optional -> mandatory (not for old clients)"),
        ("'x': 'int8'", "'x': 'int16'", "command c, argument x: type int8 -> int16 (not for old agents)"),
        ("'x': 'int8'", "'x': 'A'", "command c, argument x: type int8 -> A (not for old agents)"),
        ("'*y': 'str'", "'*y': 'E'", "command c, argument y: type str -> E (not for old clients)"),
        (
            "'x': 'int8'",
            "'x': 'uint8'",
            "command c, argument x: type int8 -> uint8 (neither for old clients nor for old agents)",
        ),
        (
            "'returns': 'T'",
            "'success-response': false, 'returns': 'T'",
            "command c: success-response true -> false (neither for old clients nor for old agents)",
        ),
        (
            "'returns': 'Got'",
            "'returns': 'Got', 'features': [ 'deprecated' ]",
            "command get: features +deprecated",
        ),
        (
            "'returns': 'Got'",
            "'returns': 'Got', 'if': 'X'",
            "command get: exists if always -> X (not for old clients)",
        ),
    ]);
}

#[test]
fn flags_and_events() {
    assert_changes(&[
        (
            "'returns': 'Got'",
            "'returns': 'Got', 'allow-oob': true",
            "command get: allow-oob false -> true (not for old agents)",
        ),
        (
            "{ 'event': 'GONE'",
            "{ 'event': 'CAME' }\n{ 'event': 'GONE'",
            "event CAME: added (not for old agents)",
        ),
        ("{ 'event': 'GONE', 'data': { 'why': 'int8' } }\n", "", "event GONE: removed (not for old clients)"),
        (
            "'why': 'int8'",
            "'why': 'int16'",
            "event GONE, member why: type int8 -> int16 (not for old clients)",
        ),
        ("'why': 'int8'", "'why': 'int8', '*how': 'E'", "event GONE, member how: added, optional E"),
    ]);
    // The branches of a union that is all of the arguments are sent as well.
    let boxed = |members: &str| {
        format!(
            "{{ 'enum': 'K', 'data': [ 'k' ] }}\n{{ 'struct': 'B', 'data': {{ {members} }} }}\n\
             {{ 'union': 'V', 'base': {{ 'k': 'K' }}, 'discriminator': 'k', 'data': {{ 'k': 'B' }} }}\n\
             {{ 'command': 'c', 'data': 'V', 'boxed': true }}\n"
        )
    };
    let told = diff(&read("t", &boxed("")).0, &read("t", &boxed("'a': 'int'")).0);
    assert_eq!(
        told.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["struct B, member a: added, mandatory int (neither for old clients nor for old agents)"]
    );
    assert_eq!(changes("'returns': 'Got'", "'returns': 'Got', 'gen': false, 'coroutine': true"), [""; 0]);
}

#[test]
fn returns() {
    assert_changes(&[
        (", 'returns': 'T'", "", "command c: returns T -> nothing (not for old clients)"),
        ("'returns': 'T'", "'returns': 'S'", "command c: returns T -> S"),
        (
            "'returns': 'T'",
            "'returns': ['T']",
            "command c: returns T -> [T] (neither for old clients nor for old agents)",
        ),
        (
            "'returns': 'T'",
            "'returns': 'Got'",
            "command c: returns T -> Got (neither for old clients nor for old agents)",
        ),
        ("'m': 'int8'", "'m': 'int'", "struct Got, member m: type int8 -> int (not for old clients)"),
        ("'m': 'int8'", "'*m': 'int8'", "struct Got, member m: mandatory -> optional (not for old clients)"),
        ("'m': 'int8', ", "", "struct Got, member m: removed (not for old clients)"),
        (", '*o': 'int'", "", "struct Got, member o: removed"),
        ("'*o': 'int'", "'*o': 'int', '*p': 'S'", "struct Got, member p: added, optional S"),
        (
            "'*o': 'int'",
            "'*o': 'int', 'p': 'S'",
            "struct Got, member p: added, mandatory S (not for old agents)",
        ),
    ]);
}

#[test]
fn types_that_travel_both_ways() {
    let neither = "(neither for old clients nor for old agents)";
    for (piece, other, expected) in [
        ("'one', 'two'", "'one', 'two', 'three'", "enum E, value three: added"),
        ("'*b': 'str'", "'*b': 'str', 'c': 'int'", "struct S, member c: added, mandatory int"),
        ("'f': 'bool' }", "'f': 'bool', 'l': ['S'] }", "alternate A, branch l: added, [S]"),
        ("'i': 'int'", "'i': 'null'", "alternate A, branch i: type int -> null"),
        ("'data': { 'one': 'S' }", "'data': { 'one': 'S', 'two': 'T' }", "union U, branch two: added, T"),
        (
            "'base': { 'k': 'E' }, 'discriminator': 'k'",
            "'base': { 'k': 'E', 'l': 'E' }, 'discriminator': 'l'",
            "union U, member l: added, mandatory E",
        ),
    ] {
        assert_eq!(changes(piece, other)[0], format!("{expected} {neither}"));
    }
    assert_changes(&[(
        "'*b': 'str'",
        "'*b': 'str', '*c': 'int'",
        "struct S, member c: added, optional int (not for old agents)",
    )]);
}

#[test]
fn what_does_not_show_on_the_wire_hurts_nobody() {
    assert_changes(&[
        ("{ 'struct': 'Unused', 'data': { 'a': 'int' } }\n", "", "struct Unused: removed"),
        (
            "{ 'struct': 'Unused'",
            "{ 'struct': 'New', 'data': {} }\n{ 'struct': 'Unused'",
            "struct New: added",
        ),
        (
            "{ 'struct': 'Unused', 'data': { 'a': 'int'",
            "{ 'struct': 'Unused', 'data': { 'a': 'str'",
            "struct Unused, member a: type int -> str",
        ),
        (
            "{ 'struct': 'Unused', 'data': { 'a': 'int' } }",
            "{ 'enum': 'Unused', 'data': [ 'a' ] }",
            "struct Unused: is now of kind enum",
        ),
        (
            "{ 'struct': 'T', 'data': { 'a': 'int' } }",
            "{ 'struct': 'T', 'data': { 'a': 'int' }, 'if': 'X' }",
            "struct T: exists if always -> X",
        ),
    ]);
    assert_eq!(changes("'one', 'two'", "'two', 'one'"), [""; 0]);
    let renamed = BASE.replace("'S'", "'R'");
    let told: Vec<String> =
        diff(&read("t", BASE).0, &read("t", &renamed).0).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "command both, argument s: type S -> R",
            "struct S: removed",
            "union U, branch one: type S -> R",
            "struct All, member s: type S -> R",
            "struct R: added",
        ]
    );
}

#[test]
fn a_schema_does_not_differ_from_itself() {
    for version in versions::ALL {
        assert_eq!(diff(model(version), model(version)), []);
    }
}

#[test]
fn the_history_of_the_guest_agent_is_told() {
    let told = |old, new| diff(model(old), model(new)).iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        told(Version::V8_0, Version::V8_1),
        [
            "command guest-exec, argument capture-output: type bool -> GuestExecCaptureOutput \
             (not for old agents)",
            "enum GuestExecCaptureOutputMode: added",
            "alternate GuestExecCaptureOutput: added",
        ]
    );
    assert_eq!(
        told(Version::V6_1, Version::V6_2)[0],
        "command guest-ssh-get-authorized-keys: exists if defined(CONFIG_POSIX) -> CONFIG_POSIX"
    );
    assert_eq!(
        told(Version::V7_0, Version::Seed),
        [
            "enum GuestDiskBusType, value nvme: added (not for old clients)",
            "struct GuestDiskInfo, member smart: added, optional GuestDiskSmart",
            "struct GuestNVMeSmart: added",
            "union GuestDiskSmart: added",
        ]
    );
    assert_eq!(
        told(Version::V10_1, Version::V10_2),
        [
            "command guest-get-load: exists if CONFIG_GETLOADAVG -> any(CONFIG_WIN32, CONFIG_GETLOADAVG) \
             (not for old agents)",
            "struct GuestLoadAverage: exists if CONFIG_GETLOADAVG -> any(CONFIG_WIN32, CONFIG_GETLOADAVG)",
        ]
    );
}
