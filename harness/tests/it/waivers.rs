//! Waivers as users meet them: what they cover, when they fail the run, what is refused.

use std::fs;
use std::path::PathBuf;

use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

use crate::cli::qgaspec;

const FAULTY: &str = "reference:generic-error-for-unknown-commands";
/// The only rule that this fault breaks.
const RULE: &str = "error/command-not-found";

/// A folder with a file of waivers.
struct File(TempDir);

impl File {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("waivers.toml"), text).unwrap();
        Self(folder)
    }

    /// One waiver without a fingerprint, up to the end of May 2030.
    fn about(rule: &str) -> Self {
        Self::new(&format!("[[waiver]]\nrule = \"{rule}\"\nreason = \"bug 7\"\nexpires = 2030-05-31\n"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, target: &str, today: &str, more: &[&str]) -> assert_cmd::assert::Assert {
        let path = self.path("waivers.toml").display().to_string();
        let mut arguments = vec!["run", target, "--waivers", &path, "--today", today];
        arguments.extend(more);
        qgaspec(&arguments)
    }
}

#[test]
fn a_waived_failure_is_shown_and_does_not_count() {
    let file = File::about(RULE);
    let (json, junit) = (file.path("r.json"), file.path("r.xml"));
    let (json_target, junit_target) =
        (format!("json={}", json.display()), format!("junit={}", junit.display()));
    file.run(FAULTY, "2030-05-31", &["--report", &json_target, "--report", &junit_target])
        .code(0)
        .stdout(contains(format!("waived {RULE}")).and(contains("waived    bug 7 (until 2030-05-31)")));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let rules = report["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["code"] == RULE).unwrap();
    assert_eq!((&rule["verdict"], &rule["waived"]), (&"fail".into(), &true.into()));
    assert_eq!(rule["rows"][0]["waived"][0]["reason"], "bug 7");
    assert_eq!((&report["summary"]["exit"], &report["waivers"][0]["state"]), (&0.into(), &"used".into()));
    assert!(fs::read_to_string(junit).unwrap().contains("waived: bug 7 (until 2030-05-31)"));
}

#[test]
fn a_fingerprint_waives_one_kind_of_finding() {
    let file = File::new("");
    let json = file.path("r.json");
    file.run(FAULTY, "2030-01-01", &["--report", &format!("json={}", json.display())]).code(1);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let rules = report["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["code"] == RULE).unwrap();
    let fingerprint = rule["rows"][0]["violations"][0]["fingerprint"].as_str().unwrap();
    for (fingerprint, code) in [(fingerprint, 0), ("0123456789abcdef", 1)] {
        let waiver = format!(
            "[[waiver]]\nrule = \"{RULE}\"\nfingerprint = \"{fingerprint}\"\nreason = \"x\"\nexpires = 2030-05-31\n"
        );
        File::new(&waiver).run(FAULTY, "2030-01-01", &[]).code(code);
    }
}

#[test]
fn a_waiver_that_outlives_its_cause_fails_the_run() {
    File::about(RULE)
        .run("reference", "2030-05-31", &[])
        .code(1)
        .stdout(contains("Stale waivers").and(contains(format!("{RULE} (until 2030-05-31): bug 7"))));
    File::about(RULE).run(FAULTY, "2030-06-01", &[]).code(1).stdout(contains("Waivers that have expired"));
    // One case cannot tell that nothing else shows what the waiver is for.
    File::about(RULE)
        .run("reference", "2030-05-31", &["--case", "envelope/-/command-unknown"])
        .code(0)
        .stdout(contains("Waivers for what was not tried"));
}

#[test]
fn the_day_is_the_clocks_unless_given() {
    let file = File::new("[[waiver]]\nrule = \"core/ping\"\nreason = \"x\"\nexpires = 2020-01-01\n");
    let path = file.path("waivers.toml").display().to_string();
    qgaspec(&["run", "reference", "--effort", "quick", "--waivers", &path])
        .code(1)
        .stdout(contains("expired"));
}

#[test]
fn a_transcript_is_judged_with_waivers() {
    let file = File::about(RULE);
    let transcript = file.path("t.jsonl").display().to_string();
    qgaspec(&["run", FAULTY, "--effort", "quick", "--transcript", &transcript]).code(1);
    let path = file.path("waivers.toml").display().to_string();
    qgaspec(&["judge", &transcript, "--waivers", &path, "--today", "2030-01-01"]).code(0);
}

#[test]
fn mistakes_are_refused_with_their_place() {
    File::about("error/comand-not-found").run("reference", "2030-01-01", &[]).code(3).stdout("").stderr(
        contains("error[unknown-rule]: there is no rule `error/comand-not-found`")
            .and(contains("waivers.toml:2:8"))
            .and(contains("help: did you mean `error/command-not-found`?")),
    );
    File::new("[[waiver]]\nrule = \"core/ping\"\nreason = \"x\"\nexpires = \"soon\"\n")
        .run("reference", "2030-01-01", &[])
        .code(3)
        .stderr(contains("error[bad-date]").and(contains("waivers.toml:4:11")));
    qgaspec(&["run", "reference", "--waivers", "/nonexistent"]).code(3).stderr(contains("cannot read"));
    qgaspec(&["run", "reference", "--today", "2030-01-01"]).code(2);
    File::about(RULE).run("reference", "2030-13-01", &[]).code(2).stderr(contains("YYYY-MM-DD"));
}
