//! The report for CI servers: `JUnit`'s XML, a suite for each chapter and a test case for each row.
//!
//! A row that broke a clause is a failure, a row without the verdict that was planned is an error, and a
//! difference fails only a strict run.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::terminal::text::doubt;
use super::view::{self, RuleView};
use crate::run::{Ledger, Row, WaiverRecord, WaiverState};
use crate::text::escape::{exact, foreign};
use crate::verdict::{Class, Verdict};

/// Violations of one row that are told in full.
const VIOLATIONS_TOLD: usize = 3;
/// Bytes of a request or reply that are told.
const BYTES_TOLD: usize = 1000;

/// The whole report.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, as the expectation says")]
pub fn render(ledger: &Ledger) -> String {
    let mut report = Report::new("qgaspec");
    report.set_time(Duration::from_secs_f64(ledger.summary.seconds));
    let views = view::rules(ledger);
    report.add_test_suites(waivers(&ledger.waivers));
    for chapter in views.chunk_by(|one, other| one.chapter() == other.chapter()) {
        let mut suite = TestSuite::new(chapter[0].chapter());
        for rule in chapter {
            suite.add_test_cases(
                rule.rows.iter().map(|(command, row)| test_case(rule, command, row, ledger.strict)),
            );
        }
        report.add_test_suite(suite);
    }
    report.to_string().expect("text without control characters always has an XML form")
}

/// A suite for waivers, if there are any: one that has outlived its cause is a failure.
fn waivers(waivers: &[WaiverRecord]) -> Option<TestSuite> {
    let test_case = |waiver: &WaiverRecord| {
        let status = match waiver.state {
            WaiverState::Used | WaiverState::Unused => TestCaseStatus::success(),
            WaiverState::Stale | WaiverState::Expired => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let what = if waiver.state == WaiverState::Stale { "stale" } else { "expired" };
                status.set_message(format!("{what}: {} (until {})", foreign(&waiver.reason), waiver.expires));
                status
            }
        };
        let name = [waiver.command.as_deref(), waiver.fingerprint.as_deref()];
        let name = name.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let mut case = TestCase::new(if name.is_empty() { "*".to_owned() } else { foreign(&name) }, status);
        case.set_classname(foreign(&waiver.rule));
        case
    };
    let mut suite = TestSuite::new("waivers");
    suite.add_test_cases(waivers.iter().map(test_case));
    (!waivers.is_empty()).then_some(suite)
}

fn test_case(rule: &RuleView<'_>, command: &str, row: &Row, strict: bool) -> TestCase {
    let name = if command.is_empty() { "connection" } else { command };
    let mut case = TestCase::new(name, status(rule, row, strict));
    case.set_classname(rule.code);
    if row.verdict == Verdict::Fail && tolerated(row, strict) {
        case.set_system_out(format!("difference, which only --strict counts\n{}", told(row)));
    }
    case
}

fn status(rule: &RuleView<'_>, row: &Row, strict: bool) -> TestCaseStatus {
    let mut status = match row.verdict {
        Verdict::Pass => return TestCaseStatus::success(),
        Verdict::Fail if tolerated(row, strict) => return TestCaseStatus::success(),
        Verdict::Fail if !row.fails() => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(waived(row));
            status.set_description(told(row));
            return status;
        }
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive | Verdict::NotRun => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Skipped => TestCaseStatus::skipped(),
    };
    let reason = row.reason.as_deref().map_or_else(|| rule.title().to_owned(), foreign);
    status.set_message(reason);
    if row.verdict == Verdict::Fail {
        status.set_type(match row.class {
            Class::Violation => "violation",
            Class::Robustness => "robustness",
            Class::Difference => "difference",
        });
        status.set_description(told(row));
    }
    status
}

fn tolerated(row: &Row, strict: bool) -> bool {
    row.class == Class::Difference && !strict
}

/// Why the failure of the row does not count.
fn waived(row: &Row) -> String {
    let reasons = row.waived.iter();
    let reasons = reasons.map(|waived| format!("{} (until {})", foreign(&waived.reason), waived.expires));
    format!("waived: {}", reasons.collect::<Vec<_>>().join("; "))
}

fn told(row: &Row) -> String {
    let tell = |violation: &crate::run::ViolationRecord| {
        let doubt = doubt(violation.shown).map(|doubt| format!("once: {doubt}\n")).unwrap_or_default();
        format!(
            "expected: {}\ngot: {}\nsent: {}\nreceived: {}\n{doubt}reproduce: {}\n",
            foreign(&violation.expected),
            foreign(&violation.got),
            exact(&violation.sent.bytes, BYTES_TOLD).text,
            exact(&violation.received.bytes, BYTES_TOLD).text,
            foreign(&violation.reproduce)
        )
    };
    let mut text: Vec<String> = row.violations.iter().take(VIOLATIONS_TOLD).map(tell).collect();
    let more = row.violations_total.saturating_sub(VIOLATIONS_TOLD as u64);
    if more > 0 {
        text.push(format!("and {more} more of the same row\n"));
    }
    text.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn the_example_is_well_formed_and_hides_nothing() {
        let xml = render(&example::ledger());
        assert!(xml.bytes().all(|byte| byte == b'\n' || byte >= b' '), "control characters: {xml}");
        assert!(!xml.contains("<script>") && xml.contains("&lt;script&gt;"), "{xml}");
        let parsed = Report::deserialize_from_str(&xml).expect("what was written can be read");
        assert_eq!((parsed.tests, parsed.failures, parsed.errors), (11, 3, 2));
        assert!(xml.contains("waived: known &lt;bug&gt; \\u{1B} (until 2030-12-31)"), "{xml}");
    }

    #[test]
    fn a_difference_fails_a_strict_run_only() {
        let mut ledger = example::ledger();
        let failures = |ledger: &Ledger| Report::deserialize_from_str(&render(ledger)).unwrap().failures;
        let tolerant = failures(&ledger);
        ledger.strict = true;
        assert_eq!(failures(&ledger), tolerant + 1);
    }
}
