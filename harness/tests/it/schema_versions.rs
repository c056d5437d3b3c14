//! What we say about releases is what the schemas of real releases say.

use qgaspec::schema::diff::diff;
use qgaspec::schema::versions::{Version, model};
use qgaspec::schema::{Schema, read};

use crate::shared::schema_text;

/// The schemas at hand, and the versions that describe them.
const RELEASES: [(&str, Version); 6] = [
    ("upstream-5.2", Version::V5_2),
    ("mission-7.1", Version::Seed),
    ("upstream-7.2", Version::V7_2),
    ("upstream-10.0", Version::V10_0),
    ("upstream-10.2", Version::V10_2),
    ("upstream-11.1", Version::V11_1),
];

#[test]
fn our_versions_are_those_of_real_releases() {
    for (name, version) in RELEASES {
        let Some(text) = schema_text(name) else { continue };
        let (theirs, _) = read(name, &text);
        let changes: Vec<String> = diff(model(version), &theirs).iter().map(ToString::to_string).collect();
        assert!(changes.is_empty(), "from ours to {name}:\n{}", changes.join("\n"));
        assert_eq!(order(model(version)), order(&theirs), "{name}");
    }
}

/// What a difference does not tell: the order of definitions.
fn order(schema: &Schema) -> [Vec<&str>; 2] {
    let commands = schema.commands().iter().map(|command| command.name.as_str()).collect();
    let types = schema.types().iter().map(|definition| definition.name.as_str()).collect();
    [commands, types]
}

#[test]
fn a_release_differs_from_its_neighbours() {
    for (name, version) in RELEASES {
        let Some(text) = schema_text(name) else { continue };
        let (theirs, _) = read(name, &text);
        for (_, other) in RELEASES.iter().filter(|(_, other)| *other != version) {
            assert!(!diff(model(*other), &theirs).is_empty(), "{name} is {other}");
        }
    }
}
