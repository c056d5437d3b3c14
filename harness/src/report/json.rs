//! The report for programs: `qgaspec-report/1`, described by `reports/schema/qgaspec-report-1.schema.json`.
//!
//! The types here are the contract. They are written out apart from the ledger's, so that the ledger may
//! change without changing what users read.

use serde::Serialize;

use super::view::{self, RuleView};
use crate::classify::Hazard;
use crate::generate::Effort;
use crate::run::ledger::{EXCERPT_BYTES, VIOLATIONS_KEPT};
use crate::run::{
    CommandRecord, Excerpt, ExitRecord, Ledger, Limits, Row, Shown, TargetRecord, ViolationRecord, Waived,
    WaiverRecord,
};
use crate::text::escape;
use crate::verdict::{Class, Evidence, SkipReason, Verdict};

/// The name of the format; the number changes when a member goes away or changes its meaning.
pub const FORMAT: &str = "qgaspec-report/1";

/// The whole report, with a line end.
#[expect(clippy::missing_panics_doc, reason = "it cannot panic, as the expectation says")]
pub fn render(ledger: &Ledger) -> String {
    let mut text = serde_json::to_string_pretty(&Report::new(ledger))
        .expect("maps with string keys and finite numbers always have a JSON form");
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Report<'l> {
    format: &'static str,
    tool: &'l str,
    target: TargetReport<'l>,
    schema: &'l str,
    seed: u64,
    hazard: Hazard,
    effort: Effort,
    strict: bool,
    limits: &'l Limits,
    summary: SummaryReport,
    rules: Vec<RuleReport<'l>>,
    commands: &'l [CommandRecord],
    clients: [(); 0],
    left_behind: Vec<String>,
    shards: [(); 0],
    waivers: &'l [WaiverRecord],
    notes: Vec<String>,
}

impl<'l> Report<'l> {
    fn new(ledger: &'l Ledger) -> Self {
        let views = view::rules(ledger);
        Self {
            format: FORMAT,
            tool: &ledger.tool,
            target: TargetReport::new(&ledger.target),
            schema: &ledger.schema,
            seed: ledger.seed,
            hazard: ledger.hazard,
            effort: ledger.effort,
            strict: ledger.strict,
            limits: &ledger.limits,
            summary: SummaryReport::new(ledger, &views),
            rules: views.iter().map(RuleReport::new).collect(),
            commands: &ledger.commands,
            clients: [],
            left_behind: foreign(&ledger.left_behind),
            shards: [],
            waivers: &ledger.waivers,
            notes: foreign(&ledger.notes),
        }
    }
}

#[derive(Serialize)]
struct TargetReport<'l> {
    target: &'l str,
    kind: &'l str,
    transport: &'static str,
    agent_version: Option<String>,
    facts: Facts,
    guests: &'l [&'static str],
    exits: Vec<ExitReport<'l>>,
}

/// What was found out about the guest besides its version. Nothing yet; the member keeps its place.
#[derive(Serialize)]
struct Facts {}

impl<'l> TargetReport<'l> {
    fn new(target: &'l TargetRecord) -> Self {
        Self {
            target: &target.target,
            kind: &target.kind,
            transport: transport(target),
            agent_version: target.agent_version.as_deref().map(escape::foreign),
            facts: Facts {},
            guests: &target.guests,
            exits: target.exits.iter().map(ExitReport::new).collect(),
        }
    }
}

/// One end of a spawned agent.
#[derive(Serialize)]
struct ExitReport<'l> {
    status: Option<i32>,
    signal: Option<i32>,
    by_harness: bool,
    case: Option<&'l str>,
    stderr: String,
}

impl<'l> ExitReport<'l> {
    fn new(exit: &'l ExitRecord) -> Self {
        Self {
            status: exit.status,
            signal: exit.signal,
            by_harness: exit.by_harness,
            case: Some(exit.case.as_str()).filter(|case| !case.is_empty()),
            stderr: escape::exact(&exit.stderr, EXCERPT_BYTES).text,
        }
    }
}

/// How the bytes travelled: for a spawned agent the place holder in its command tells.
fn transport(target: &TargetRecord) -> &'static str {
    let holders = [("{socket}", "unix"), ("{device}", "char"), ("{port}", "tcp"), ("{stdio}", "stdio")];
    let listens = [("listen:unix:", "unix"), ("listen:tcp:", "tcp")];
    match target.kind.as_str() {
        "reference" => "in-process",
        "unix" | "qemu-ga" => "unix",
        "tcp" => "tcp",
        "char" => "char",
        _ => holders
            .into_iter()
            .chain(listens)
            .find(|(mark, _)| target.target.contains(mark))
            .map_or("unknown", |(_, transport)| transport),
    }
}

#[derive(Serialize)]
struct SummaryReport {
    conforms: bool,
    exit: u8,
    violation: Counts,
    robustness: Counts,
    difference: Counts,
    cases: u64,
    requests: u64,
    seconds: f64,
    commands_conforming: usize,
}

impl SummaryReport {
    fn new(ledger: &Ledger, views: &[RuleView<'_>]) -> Self {
        let summary = &ledger.summary;
        Self {
            conforms: summary.conforms,
            exit: summary.exit.code(),
            violation: Counts::new(views, Class::Violation),
            robustness: Counts::new(views, Class::Robustness),
            difference: Counts::new(views, Class::Difference),
            cases: summary.cases,
            requests: summary.requests,
            seconds: summary.seconds,
            commands_conforming: summary.commands_conforming,
        }
    }
}

/// Rules of one class, by verdict.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Counts {
    fail: usize,
    inconclusive: usize,
    not_run: usize,
    pass: usize,
    skipped: usize,
}

impl Counts {
    fn new(views: &[RuleView<'_>], class: Class) -> Self {
        let count = |verdict| view::count(views, class, verdict);
        Self {
            fail: count(Verdict::Fail),
            inconclusive: count(Verdict::Inconclusive),
            not_run: count(Verdict::NotRun),
            pass: count(Verdict::Pass),
            skipped: count(Verdict::Skipped),
        }
    }
}

#[derive(Serialize)]
struct RuleReport<'l> {
    code: &'static str,
    class: Class,
    title: &'static str,
    verdict: Verdict,
    clause: &'static [&'static str],
    evidence: Evidence,
    exercised: u64,
    waived: bool,
    rows: Vec<RowReport<'l>>,
}

impl<'l> RuleReport<'l> {
    fn new(view: &RuleView<'l>) -> Self {
        Self {
            code: view.code,
            class: view.class,
            title: view.title(),
            verdict: view.verdict,
            clause: view.clauses(),
            evidence: view.evidence,
            exercised: view.exercised,
            waived: view.is_waived(),
            rows: view.rows.iter().map(|(command, row)| RowReport::new(command, row)).collect(),
        }
    }
}

#[derive(Serialize)]
struct RowReport<'l> {
    command: Option<&'l str>,
    verdict: Verdict,
    skip: Option<SkipReason>,
    reason: Option<String>,
    exercised: u64,
    guests: &'l [&'static str],
    violations_total: u64,
    violations: Vec<ViolationReport<'l>>,
    waived: &'l [Waived],
}

impl<'l> RowReport<'l> {
    fn new(command: &'l str, row: &'l Row) -> Self {
        Self {
            command: (!command.is_empty()).then_some(command),
            verdict: row.verdict,
            skip: row.skip,
            reason: row.reason.as_deref().map(escape::foreign),
            exercised: row.exercised,
            guests: &row.guests,
            violations_total: row.violations_total,
            violations: row.violations.iter().take(VIOLATIONS_KEPT).map(ViolationReport::new).collect(),
            waived: &row.waived,
        }
    }
}

#[derive(Serialize)]
struct ViolationReport<'l> {
    case: &'l str,
    fingerprint: &'l str,
    expected: String,
    got: String,
    sent: String,
    received: String,
    omitted: Omitted,
    reproduce: &'l str,
    shown: &'static str,
}

/// Bytes left out at the end of each of the two.
#[derive(Serialize)]
struct Omitted {
    sent: usize,
    received: usize,
}

impl<'l> ViolationReport<'l> {
    fn new(violation: &'l ViolationRecord) -> Self {
        Self {
            case: &violation.case,
            fingerprint: &violation.fingerprint,
            expected: escape::foreign(&violation.expected),
            got: escape::foreign(&violation.got),
            sent: bytes(&violation.sent),
            received: bytes(&violation.received),
            omitted: Omitted { sent: violation.sent.omitted, received: violation.received.omitted },
            reproduce: &violation.reproduce,
            shown: match violation.shown {
                Shown::Unchecked => "unchecked",
                Shown::Alone => "alone",
                Shown::After(_) => "after",
                Shown::Once { .. } => "once",
            },
        }
    }
}

fn bytes(excerpt: &Excerpt) -> String {
    escape::exact(&excerpt.bytes, EXCERPT_BYTES).text
}

fn foreign(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| escape::foreign(text)).collect()
}

#[cfg(test)]
mod tests;
