//! No agent means harm here, but the schema is wide: ten times as many cases, and no more memory than before.

use std::fmt::Write;

use crate::watch::{Watched, run};

/// So many commands, each with arguments of some types.
fn schema(commands: usize) -> String {
    let mut text = String::from(
        "{ 'pragma': { 'command-returns-exceptions': [ 'guest-sync', 'guest-sync-delimited' ] } }
         { 'command': 'guest-sync', 'data': { 'id': 'int' }, 'returns': 'int' }
         { 'command': 'guest-sync-delimited', 'data': { 'id': 'int' }, 'returns': 'int' }
         { 'command': 'guest-ping' }
         { 'enum': 'Colour', 'data': [ 'red', 'green', 'blue' ] }\n",
    );
    for number in 0..commands {
        let data = "{ 'name': 'str', '*size': 'int', '*colour': 'Colour', '*on': 'bool', '*list': ['int8'] }";
        writeln!(text, "{{ 'command': 'guest-made-{number}', 'data': {data} }}").unwrap();
    }
    text
}

fn measured(commands: usize) -> (u64, Watched) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.json");
    std::fs::write(&path, schema(commands)).unwrap();
    let watched = run(&["reference", "--schema", path.to_str().unwrap()]);
    assert_eq!(watched.exit, 0, "{}{}", watched.out, watched.err);
    let json: serde_json::Value = serde_json::from_str(watched.json.as_deref().unwrap()).unwrap();
    (json["summary"]["cases"].as_u64().unwrap(), watched)
}

#[test]
fn ten_times_the_cases_need_no_more_memory() {
    let (few, narrow) = measured(10);
    let (many, wide) = measured(250);
    assert!(many > 10 * few, "{few} cases, {many} cases");
    let more_kib = wide.peak_kib.saturating_sub(narrow.peak_kib);
    assert!(more_kib < 8 << 10, "{few} cases: {} KiB, {many} cases: {} KiB", narrow.peak_kib, wide.peak_kib);
}
