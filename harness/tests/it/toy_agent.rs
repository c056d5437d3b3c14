//! A schema of nobody's: its commands get their cases, and their replies their judgement, without a line of code.
//!
//! The agent is the reference agent, which makes up results for commands that it does not know. An agent with a
//! mistake is one that follows a schema with that mistake, measured by the schema without it.

use std::collections::BTreeSet;

use qgaspec::agent::target::TargetSpec;
use qgaspec::run::{Ledger, Options, SchemaChoice, run};
use qgaspec::schema::{Schema, Severity, read};
use qgaspec::verdict::{Exit, Verdict};

const TOY: &str = include_str!("toy.json");

fn schema(text: &str) -> &'static Schema {
    let (schema, remarks) = read("toy.json", text);
    let errors: Vec<_> = remarks.iter().filter(|remark| remark.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    // There are a dozen of them in this test, and the run wants them for good.
    Box::leak(Box::new(schema))
}

/// What comes of an agent that follows one text, measured by the toy schema.
fn measured(followed: &str) -> Ledger {
    let own = SchemaChoice::Own { name: "toy.json".to_owned(), schema: schema(TOY) };
    let target = TargetSpec::reference(&[]).following(schema(followed));
    let options = Options { schema: own, strict: true, ..Options::default() };
    run(&target, &options, &mut |_| ()).expect("the agent is always there")
}

#[test]
fn an_agent_that_follows_a_made_up_schema_conforms() {
    let ledger = measured(TOY);
    let wrong: Vec<_> = ledger
        .rows
        .iter()
        .filter(|(_, row)| row.verdict != Verdict::Pass)
        .map(|(key, row)| (key, row.verdict, &row.reason, row.violations.first()))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!((ledger.summary.exit, ledger.schema.as_str()), (Exit::Conforms, "toy.json"));
    assert_eq!(ledger.summary.commands_conforming, ledger.commands.len());
    for command in schema(TOY).commands().iter().filter(|command| command.name.starts_with("toy-")) {
        let rules: Vec<&str> =
            ledger.rows.keys().filter(|(_, of)| *of == command.name).map(|(code, _)| *code).collect();
        let expected: &[&str] = if command.success_response {
            &["argument/unknown", "reply/type"]
        } else {
            &["argument/unknown", "silence/success"]
        };
        assert!(expected.iter().all(|code| rules.contains(code)), "{}: {rules:?}", command.name);
    }
}

/// Each mistake fails on the row that it is about, and on no row of another command; only that guest-info tells of it,
/// too, if it tells such things.
#[test]
fn one_mistake_in_one_made_up_command_is_found_there() {
    for (right, mistaken, command, rule) in MISTAKES {
        assert!(TOY.contains(right), "{right}");
        let ledger = measured(&TOY.replacen(right, mistaken, 1));
        let failing: BTreeSet<(&str, &str)> = ledger
            .rows
            .iter()
            .filter(|(_, row)| row.verdict == Verdict::Fail)
            .map(|((code, of), _)| (of.as_str(), *code))
            .collect();
        assert!(failing.contains(&(*command, *rule)), "{mistaken}: {failing:?}");
        assert!(failing.iter().all(|row| row.0 == *command || *row == TOLD), "{mistaken}: {failing:?}");
        assert_eq!(ledger.summary.exit, Exit::DoesNotConform, "{mistaken}");
    }
}

/// Where guest-info tells which commands are silent.
const TOLD: (&str, &str) = ("guest-info", "info/success-response");

/// What is right in the schema, what the agent takes it for, and where that shows.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("'returns': 'ToyShape' }", "'returns': ['ToyShape'] }", "toy-shape", "reply/type"),
    ("'returns': 'ToyShape' }", "'returns': 'ToyThing' }", "toy-shape", "reply/type"),
    ("'returns': ['ToyColour'] }", "'returns': ['str'] }", "toy-colours", "reply/type"),
    ("'returns': 'bool' }", "'returns': 'int' }", "toy-paint", "reply/type"),
    ("'brush': 'str', ", "'*brush': 'str', ", "toy-paint", "argument/missing"),
    ("'*layers': 'int8'", "'*layers': 'int16'", "toy-paint", "argument/range"),
    ("'*thin': 'bool'", "'*thin': 'any'", "toy-paint", "argument/type"),
    ("'colour': 'ToyColour', ", "'colour': 'str', ", "toy-paint", "argument/enum"),
    ("'brush': 'str', ", "'brush': 'str', '*qgaspec-unknown': 'any', ", "toy-paint", "argument/unknown"),
    (", 'success-response': false", "", "toy-hush", "silence/success"),
];
