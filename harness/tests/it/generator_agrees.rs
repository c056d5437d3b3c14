//! The generator says what a case is meant to be, and the classifier, which knows nothing of cases, sees it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use proptest::prelude::*;
use qgaspec::classify::{Hazard, HazardContext, Message, Reading, Standing, Tail, hazard, read};
use qgaspec::generate::{Case, Family, GuestProfile, Part, Purpose, Stimulus, Symbol, cases, drawn};
use qgaspec::schema::builtin::seed;
use qgaspec::schema::versions::{ALL, Version, model};
use qgaspec::schema::{self, Schema};
use qgaspec::wire::Facts;

fn profile() -> GuestProfile {
    GuestProfile {
        scratch: Some("/tmp/scratch".to_owned()),
        programs: ["cat", "echo", "env", "false", "printf", "sh", "sleep", "true"]
            .map(str::to_owned)
            .to_vec(),
        user: Some("somebody".to_owned()),
        facts: Facts::default(),
    }
}

/// All writes in one, each hole filled with a number.
fn bytes(stimulus: &Stimulus) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in stimulus.writes.iter().flatten() {
        match part {
            Part::Bytes(known) => bytes.extend_from_slice(known),
            Part::Hole(symbol) => bytes.extend_from_slice(symbol.stand_in().as_bytes()),
        }
    }
    bytes
}

fn last(case: &Case) -> Vec<u8> {
    bytes(case.stimuli.last().expect("a case sends something"))
}

/// Whether the classifier sees what the case is meant to be.
fn agrees(case: &Case, reading: &Reading<'_>) -> bool {
    let is_valid = |message: &Message<'_>| message.standing == Standing::Valid;
    let is_invalid = |message: &Message<'_>| matches!(message.standing, Standing::Invalid(_));
    let is_open = |message: &Message<'_>| matches!(message.standing, Standing::Open(_));
    match case.purpose {
        // What went before a reset is no part of a message behind it.
        Purpose::Valid if case.family == Family::Recovery => reading.messages.last().is_some_and(is_valid),
        Purpose::Valid => {
            !reading.messages.is_empty()
                && reading.messages.iter().all(is_valid)
                && reading.tail == Tail::Clean
        }
        // A reset on its own is no message, but at most one error.
        Purpose::Invalid => !reading.counted || reading.messages.iter().any(is_invalid),
        Purpose::Open => reading.messages.iter().any(is_open) && !reading.messages.iter().any(is_invalid),
        Purpose::Unfinished => reading.messages.is_empty() && reading.tail == Tail::Open,
    }
}

/// A schema of nobody's, with what the agent's own does not use.
fn made_up() -> Schema {
    let text = "
        { 'enum': 'Colour', 'data': [ 'red', 'blue-green', 'none' ] }
        { 'struct': 'Base', 'data': { 'weight': 'uint8' } }
        { 'struct': 'Thing', 'base': 'Base', 'data': { 'name': 'str', '*colours': ['Colour'] } }
        { 'struct': 'Loop', 'data': { '*next': 'Loop', '*others': ['Loop'] } }
        { 'struct': 'Red', 'data': { 'shade': 'int16', '*thing': 'Thing' } }
        { 'union': 'Paint', 'base': { 'kind': 'Colour', '*note': 'str' }, 'discriminator': 'kind',
          'data': { 'red': 'Red', 'blue-green': 'Loop' } }
        { 'alternate': 'Choice', 'data': { 'flag': 'bool', 'colour': 'Colour', 'thing': 'Thing', 'no': 'null' } }
        { 'command': 'made-ask', 'returns': 'Thing' }
        { 'command': 'made-lists', 'data': { 'paints': ['Paint'], 'choices': ['Choice'], '*bytes': ['int8'] } }
        { 'command': 'made-up', 'data': { 'thing': 'Thing', '*paint': 'Paint', 'choice': 'Choice', '*size': 'size',
          '*ratio': 'number', '*anything': 'any', '*nothing': 'null', '*loop': 'Loop', 'flag': 'bool',
          '*wide': 'uint32', '*narrow': 'int32', '*short': 'uint16' } }
        { 'command': 'made-silent', 'data': { '*how': 'Colour' }, 'success-response': false }";
    let (schema, diagnostics) = schema::read("made-up", text);
    assert!(diagnostics.iter().all(|found| found.severity < schema::Severity::Error), "{diagnostics:?}");
    schema
}

#[test]
fn every_case_is_what_it_is_meant_to_be() {
    all_agree(seed());
}

#[test]
fn every_case_for_a_new_schema_is_what_it_is_meant_to_be() {
    all_agree(&made_up());
}

#[test]
fn every_case_for_a_version_is_what_it_is_meant_to_be() {
    for version in [Version::V5_2, Version::V8_0, Version::V8_1, Version::LAST] {
        all_agree(model(version));
    }
}

/// The later spelling is sent to agents that are measured by an older schema, and open there.
#[test]
fn later_spellings_are_cases_of_earlier_versions() {
    let later = |version| {
        let cases = cases(model(version), &profile(), 0);
        cases
            .into_iter()
            .filter(|case| case.id.0.contains("/later-"))
            .map(|case| case.id.0)
            .collect::<Vec<_>>()
    };
    let modes = later(Version::Seed);
    assert!(modes.contains(&"open/guest-exec/later-capture-output:mode-merged".to_owned()), "{modes:?}");
    assert_eq!(later(Version::V8_0), modes);
    assert_eq!(later(Version::V8_1), [""; 0]);
}

/// Otherwise "right by the last version" would not mean "newer".
#[test]
fn no_version_refuses_what_an_earlier_one_takes() {
    for version in ALL {
        for case in cases(model(version), &profile(), 0) {
            // Recovery is about bytes: what went before a reset is no message.
            if case.purpose == Purpose::Valid && case.family != Family::Recovery {
                let sent = last(&case);
                let reading = read(&sent, model(Version::LAST));
                let stands = reading.messages.iter().map(|message| &message.standing);
                assert!(
                    stands.clone().all(|it| *it == Standing::Valid),
                    "{}: {:?}",
                    case.id,
                    stands.collect::<Vec<_>>()
                );
            }
        }
    }
}

/// Real releases widen types and add commands; their cases come without any change to the generator.
#[test]
#[expect(clippy::print_stdout, reason = "a test that cannot run must say so")]
fn every_case_for_real_releases_is_what_it_is_meant_to_be() {
    let beside = || concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared").into();
    let folder = PathBuf::from(std::env::var_os("QGASPEC_SHARED").unwrap_or_else(beside)).join("schemas");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: no schemas in {}", folder.display());
        return;
    };
    for path in files.map(|file| file.expect("the folder can be read").path()) {
        let text = std::fs::read_to_string(&path).expect("the schema can be read");
        let (schema, _) = schema::read(&path.to_string_lossy(), &text);
        all_agree(&schema);
    }
}

fn all_agree(schema: &Schema) {
    let mut disagreements = BTreeSet::new();
    for run_seed in [0, 1, 0xDEAD_BEEF, u64::MAX] {
        for case in cases(schema, &profile(), run_seed) {
            let bytes = last(&case);
            let reading = read(&bytes, schema);
            if !agrees(&case, &reading) {
                let standings: Vec<_> = reading.messages.iter().map(|message| &message.standing).collect();
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
                disagreements.insert(format!("{} {:?} {:?}\n    {shown}", case.id, case.purpose, standings));
            }
        }
    }
    let listed: Vec<String> = disagreements.into_iter().collect();
    assert!(listed.is_empty(), "{} disagreements:\n{}", listed.len(), listed.join("\n"));
}

#[test]
fn the_requests_before_the_last_are_valid_or_change_nothing() {
    for case in cases(seed(), &profile(), 0) {
        // A conversation may hold requests that must be refused, to see what comes after them.
        let may = |standing: &Standing| match standing {
            Standing::Valid => true,
            Standing::Invalid(_) => matches!(case.family, Family::Session | Family::Takeover),
            Standing::Open(_) => false,
        };
        for stimulus in case.stimuli.iter().rev().skip(1) {
            let bytes = bytes(stimulus);
            let reading = read(&bytes, seed());
            assert!(
                reading.messages.iter().all(|message| may(&message.standing)),
                "{}: {}",
                case.id,
                String::from_utf8_lossy(&bytes)
            );
        }
    }
}

#[test]
fn what_is_wrong_differs_on_the_wire_from_what_is_right() {
    for schema in [seed(), &made_up(), model(Version::LAST)] {
        let all = cases(schema, &profile(), 0);
        let right: BTreeSet<Vec<u8>> =
            all.iter().filter(|case| case.purpose == Purpose::Valid).map(last).collect();
        for case in all.iter().filter(|case| matches!(case.purpose, Purpose::Invalid | Purpose::Unfinished)) {
            assert!(!right.contains(&last(case)), "{}", case.id);
        }
    }
}

fn is_about_files(case: &Case) -> bool {
    case.command
        .as_deref()
        .is_some_and(|name| name.starts_with("guest-file-") || name.starts_with("guest-exec"))
}

/// The level of the most dangerous of a case's stimuli.
fn hazard_of(case: &Case) -> Hazard {
    let context = HazardContext {
        scratch: profile().scratch,
        handles: BTreeSet::from([Symbol::STAND_IN]),
        pids: BTreeSet::from([Symbol::STAND_IN]),
    };
    let level = |stimulus| hazard::assess(&bytes(stimulus), seed(), &context).hazard;
    case.stimuli.iter().map(level).max().unwrap_or(Hazard::Read)
}

/// Whether arguments hold what means something to a shell, for which an agent may hold itself, or a program is named
/// that no guest is known not to have.
fn has_signs_of_a_shell(case: &Case) -> bool {
    ["lines-in-arguments", "signs-in-arguments", "no-program"].iter().any(|name| case.id.0.ends_with(name))
}

#[test]
fn what_is_about_bytes_and_not_about_commands_only_asks() {
    for case in cases(seed(), &profile(), 0) {
        let level = hazard_of(&case);
        match case.family {
            Family::Lexical | Family::Framing | Family::Recovery => {
                assert_eq!(level, Hazard::Read, "{}", case.id);
            }
            Family::Session if is_about_files(&case) && !has_signs_of_a_shell(&case) => {
                assert_eq!(level, Hazard::Scratch, "{}", case.id);
            }
            _ => {}
        }
    }
}

#[test]
fn files_and_programs_are_met_below_the_level_of_state() {
    let all = cases(seed(), &profile(), 0);
    for command in seed().commands().iter().map(|command| command.name.as_str()) {
        if command.starts_with("guest-file-") || command.starts_with("guest-exec") {
            for family in [Family::Valid, Family::Argument, Family::Envelope] {
                let of = all
                    .iter()
                    .filter(|case| case.command.as_deref() == Some(command) && case.family == family);
                let (low, high): (Vec<_>, Vec<_>) = of.partition(|case| hazard_of(case) <= Hazard::Scratch);
                assert!(high.len() * 2 < low.len(), "{command} {family:?}: {} of {}", high.len(), low.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn a_case_drawn_from_any_bytes_is_what_it_is_meant_to_be(bytes in prop::collection::vec(any::<u8>(), 8..600)) {
        let schema = seed();
        if let Some(case) = drawn(schema, &profile(), &bytes) {
            let sent = last(&case);
            prop_assert!(agrees(&case, &read(&sent, schema)), "{}: {}", case.id, String::from_utf8_lossy(&sent));
        }
    }
}
