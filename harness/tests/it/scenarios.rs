//! Scenarios and saved findings, played like a user plays them.

use std::fs;
use std::path::{Path, PathBuf};

use predicates::prelude::*;
use predicates::str::contains;

use crate::cli::qgaspec;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

#[test]
fn the_reference_agent_conforms_in_every_scenario() {
    let played = qgaspec(&["replay", folder("scenarios").to_str().unwrap(), "reference"]).code(0);
    let output = String::from_utf8(played.get_output().stdout.clone()).unwrap();
    let conforming = output.lines().filter(|line| line.starts_with("CONFORMS")).count();
    assert!(conforming >= 6, "{output}");
    assert!(output.ends_with(&format!("{conforming} files played\n")), "{output}");
}

#[test]
fn found_inputs_show_their_fault_and_nothing_on_the_correct_agent() {
    let mut played = 0;
    for entry in fs::read_dir(folder("corpus/found")).unwrap() {
        let path = entry.unwrap().path();
        let fault = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let path = path.to_str().unwrap();
        qgaspec(&["replay", path, &format!("reference:{fault}")]).code(1).stdout(contains("STILL FAILS"));
        qgaspec(&["replay", path, "reference"]).code(0).stdout(contains("FIXED"));
        played += 1;
    }
    assert!(played >= 4);
}

#[test]
fn a_finding_is_saved_at_once_and_never_overwritten() {
    let findings = tempfile::tempdir().unwrap();
    let folder = findings.path().to_str().unwrap();
    let fault = "reference:generic-error-for-unknown-commands";
    let run = ["run", fault, "--effort", "quick", "--confirm-s", "0", "--findings", folder];
    qgaspec(&run).code(1);
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    fs::write(&file, "mine").unwrap();
    qgaspec(&run).code(1);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    qgaspec(&["replay", folder, fault]).code(3).stdout("").stderr(contains("error[toml]"));
}

#[test]
fn what_cannot_be_played_is_not_called_fixed() {
    let scenario = folder("scenarios/silent/shutdown-with-an-id.toml");
    let finding = folder("corpus/found/replies-to-shutdown.toml");
    for file in [&scenario, &finding] {
        let file = file.to_str().unwrap();
        qgaspec(&["replay", file, "reference", "--allow", "read"])
            .code(5)
            .stdout(contains("COULD NOT RUN").and(contains("needs --allow power")));
        qgaspec(&["replay", file, "unix:/nonexistent/agent.sock"]).code(5).stdout(contains("COULD NOT RUN"));
    }
    qgaspec(&["replay", scenario.to_str().unwrap(), "reference:replies-to-shutdown"])
        .code(1)
        .stdout(contains("FAILS").and(contains("silence/success")));
    qgaspec(&["replay", "/nonexistent.toml", "reference"]).code(3);
    qgaspec(&["replay", "reference"]).code(2);
}
