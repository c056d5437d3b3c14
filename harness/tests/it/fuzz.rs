//! Campaigns from the command line: what they find, what they keep, and how they go on.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tempfile::TempDir;

/// Sessions in which a fault of the agent must have shown.
const SESSIONS: &str = "60";

fn fuzz(target: &str) -> Command {
    let mut command = Command::cargo_bin("qgaspec").unwrap();
    command.args(["fuzz", target, "--cases", SESSIONS]);
    command
}

#[test]
fn nothing_is_found_in_the_reference_agent() {
    let output = fuzz("reference").args(["--workers", "2"]).assert().code(0).get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("0 findings in 60 sessions: "), "{text}");
}

#[test]
fn a_finding_is_saved_and_not_made_again() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    let target = "reference:closes-after-errors";
    let output = fuzz(target).args(["--findings", path]).assert().code(1).get_output().clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("liveness/connection") && text.contains("again 5 of 5"), "{text}");
    let files = findings(folder.path());
    assert!(!files.is_empty());
    for file in &files {
        let finding: toml::Table = fs::read_to_string(file).unwrap().parse().unwrap();
        let steps = finding["step"].as_array().unwrap();
        assert!(steps.len() == 1 && steps[0].get("send").is_some(), "{}", file.display());
    }
    let resumed = fuzz(target).args(["--findings", path, "--resume"]).assert().code(1).get_output().clone();
    let text = String::from_utf8(resumed.stdout).unwrap();
    // Other sessions may find other things, but nothing twice.
    let new = findings(folder.path()).len() - files.len();
    assert!(text.contains(&format!("{new} finding")) && text.contains("next session 120"), "{text}");
}

fn findings(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap() != "campaign.toml")
        .collect()
}

#[test]
fn one_client_at_a_time_means_one_worker() {
    let refused = fuzz("unix:/nonexistent").args(["--workers", "2"]).assert().code(2).get_output().clone();
    assert!(String::from_utf8(refused.stderr).unwrap().contains("one client at a time"));
    fuzz("unix:/nonexistent").assert().code(4);
}
