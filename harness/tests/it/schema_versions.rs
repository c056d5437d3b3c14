//! What we say about releases is what the schemas of real releases say, and agents are measured by it.

use qgaspec::agent::target::TargetSpec;
use qgaspec::run::{Ledger, Options, SchemaChoice, run};
use qgaspec::schema::diff::diff;
use qgaspec::schema::versions::{Version, model};
use qgaspec::schema::{Schema, read};
use qgaspec::verdict::{Exit, SkipReason, Verdict};

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

fn measured_by(schema: SchemaChoice) -> Ledger {
    run(&TargetSpec::reference(&[]), &Options { schema, ..Options::default() }, &mut |_| ())
        .expect("the reference agent is always there")
}

/// The reference agent has the commands of the built-in schema, so it lacks some and knows newer spellings of others.
#[test]
fn the_reference_agent_conforms_by_every_version() {
    for version in [Version::V5_2, Version::V7_1, Version::V8_1, Version::V11_1] {
        let ledger = measured_by(SchemaChoice::Version(version));
        let wrong: Vec<_> = ledger
            .rows
            .iter()
            .filter(|(_, row)| !matches!(row.verdict, Verdict::Pass | Verdict::Skipped))
            .map(|(key, row)| (key, &row.reason, row.violations.first()))
            .collect();
        assert!(wrong.is_empty(), "{version}: {wrong:#?}");
        assert_eq!(ledger.summary.exit, Exit::Conforms, "{version}");
        assert_eq!(ledger.schema, version.name());
        let is_unsupported = |name: &str| {
            let mut records = ledger.commands.iter();
            records.any(|command| command.name == name && command.skip == Some(SkipReason::Unsupported))
        };
        let seed = model(Version::Seed);
        for command in model(version).commands() {
            // Devices are a matter of Windows.
            let lacks = seed.command(&command.name).is_none() || command.name == "guest-get-devices";
            assert_eq!(is_unsupported(&command.name), lacks, "{} by {version}", command.name);
        }
    }
}

#[test]
fn an_agent_without_a_known_version_is_measured_by_the_built_in_schema() {
    let ledger = measured_by(SchemaChoice::Auto);
    assert_eq!((ledger.schema.as_str(), ledger.summary.exit), ("seed", Exit::Conforms));
    assert!(
        ledger.notes.iter().any(|note| note.contains("no schema is known for the version")),
        "{:?}",
        ledger.notes
    );
}
