//! The command under a finding shows it again.

use std::collections::BTreeSet;
use std::time::Duration;

use qgaspec::agent::target::TargetSpec;
use qgaspec::generate::Effort;
use qgaspec::run::{Ledger, Options, Shown, ViolationRecord, confirm, run};

use crate::cli::qgaspec;

/// The ledger of a quick run with nothing but its first finding, which was shown again.
fn confirmed(fault: &str) -> Ledger {
    let spec = TargetSpec::reference(&[fault]);
    let options = Options { effort: Effort::Quick, ..Options::default() };
    let mut ledger = run(&spec, &options, &mut |_| ()).expect("the reference agent is always there");
    let mut rows = std::mem::take(&mut ledger.rows).into_iter();
    let (key, mut row) = rows.find(|(_, row)| !row.violations.is_empty()).expect("the fault shows");
    row.violations.truncate(1);
    ledger.rows.insert(key, row);
    confirm(&spec, &options, &mut ledger, Duration::from_mins(10), &mut |_, _| ());
    ledger
}

/// The one finding.
fn finding(ledger: &Ledger) -> (&'static str, &ViolationRecord) {
    let ((code, _), row) = ledger.rows.first_key_value().expect("one was kept");
    (code, &row.violations[0])
}

/// Runs the command as a user would, and tells the fingerprints of this rule's findings.
fn shown_by(command: &str, rule: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("again.json");
    let words = shell_words::split(command).unwrap();
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert_eq!(words.remove(0), "qgaspec");
    let report = format!("json={}", path.display());
    words.extend(["--confirm-s", "0", "--report", &report]);
    qgaspec(&words);
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let rules = report["rules"].as_array().unwrap().iter().filter(|found| found["code"] == rule);
    let rows = rules.flat_map(|rule| rule["rows"].as_array().unwrap());
    let violations = rows.flat_map(|row| row["violations"].as_array().unwrap());
    violations.map(|violation| violation["fingerprint"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_printed_command_shows_the_finding_again() {
    let faults = [
        ("generic-error-for-unknown-commands", Shown::Alone),
        ("one-handle-for-all", Shown::Alone),
        ("no-line-end", Shown::Alone),
        ("aborts-on-malformed", Shown::Alone),
        ("replies-to-shutdown", Shown::Alone),
        ("old-replies-again", Shown::After(3)),
    ];
    for (fault, expected) in faults {
        let ledger = confirmed(fault);
        let (rule, finding) = finding(&ledger);
        assert_eq!(finding.shown, expected, "{fault}: {finding:?}");
        let shown = shown_by(&finding.reproduce, rule);
        assert!(shown.contains(&finding.fingerprint), "{fault}: {}", finding.reproduce);
    }
}

/// A fault that only shows late needs what was sent before, and no more of it than necessary.
#[test]
fn what_shows_late_is_shown_behind_other_cases() {
    let ledger = confirmed("hangs-after-500-messages");
    let (rule, finding) = finding(&ledger);
    let Shown::After(count) = finding.shown else { panic!("{finding:?}") };
    assert!(count > 100, "each case is little more than a request and a fence: {finding:?}");
    assert!(finding.reproduce.ends_with(&format!(" --after {count}")), "{}", finding.reproduce);
    assert!(shown_by(&finding.reproduce, rule).contains(&finding.fingerprint));
    let one_less = finding.reproduce.replace(&format!("--after {count}"), &format!("--after {}", count - 1));
    assert!(!shown_by(&one_less, rule).contains(&finding.fingerprint));
}

#[test]
fn without_time_nothing_is_claimed() {
    let spec = TargetSpec::reference(&["no-line-end"]);
    let options = Options { effort: Effort::Quick, ..Options::default() };
    let mut ledger = run(&spec, &options, &mut |_| ()).expect("the reference agent is always there");
    confirm(&spec, &options, &mut ledger, Duration::ZERO, &mut |_, _| ());
    let violations: Vec<_> = ledger.rows.values().flat_map(|row| &row.violations).collect();
    assert!(!violations.is_empty() && violations.iter().all(|found| found.shown == Shown::Unchecked));
}
