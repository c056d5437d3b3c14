//! The report for CI servers: `JUnit`'s XML, a suite for each chapter and a test case for each row.
//!
//! A row that broke a clause is a failure, a row without the verdict that was planned is an error, and a
//! difference fails only a strict run.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::view::{self, RuleView};
use crate::run::{Ledger, Row};
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

fn told(row: &Row) -> String {
    let tell = |violation: &crate::run::ViolationRecord| {
        format!(
            "expected: {}\ngot: {}\nsent: {}\nreceived: {}\nreproduce: {}\n",
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
        assert_eq!((parsed.tests, parsed.failures, parsed.errors), (8, 2, 2));
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
