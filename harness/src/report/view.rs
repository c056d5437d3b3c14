//! The ledger seen by rule: what every format needs and none should count for itself.

use crate::rules::{self, Rule};
use crate::run::{Ledger, Row};
use crate::verdict::{Class, Evidence, Verdict};

/// One rule with its rows.
#[derive(Debug)]
pub(super) struct RuleView<'l> {
    /// Its code.
    pub(super) code: &'static str,
    /// Its entry in the table of rules.
    pub(super) rule: Option<&'static Rule>,
    /// What breaking it means.
    pub(super) class: Class,
    /// What it needs to be exercised.
    pub(super) evidence: Evidence,
    /// The worst of its rows.
    pub(super) verdict: Verdict,
    /// How often the needed evidence was seen, over all rows.
    pub(super) exercised: u64,
    /// The rows, by command; an empty command stands for the connection.
    pub(super) rows: Vec<(&'l str, &'l Row)>,
}

impl RuleView<'_> {
    /// The part of the code before the slash.
    pub(super) fn chapter(&self) -> &'static str {
        self.code.split_once('/').map_or(self.code, |(chapter, _)| chapter)
    }

    /// What conforms, in one sentence.
    pub(super) fn title(&self) -> &'static str {
        self.rule.map_or("", |rule| rule.title)
    }

    /// The ids of the clauses it tests.
    pub(super) fn clauses(&self) -> &'static [&'static str] {
        self.rule.map_or(&[], |rule| rule.clauses)
    }

    /// Whether it fails, and only in rows whose failure is tolerated.
    pub(super) fn is_waived(&self) -> bool {
        self.verdict == Verdict::Fail && !self.rows.iter().any(|(_, row)| row.fails())
    }

    /// The rows with this verdict.
    pub(super) fn rows_with(&self, verdict: Verdict) -> impl Iterator<Item = (&str, &Row)> {
        self.rows.iter().filter(move |(_, row)| row.verdict == verdict).copied()
    }
}

/// All rules of a ledger, by code.
pub(super) fn rules(ledger: &Ledger) -> Vec<RuleView<'_>> {
    let mut views: Vec<RuleView<'_>> = Vec::new();
    for ((code, command), row) in &ledger.rows {
        match views.last_mut().filter(|view| view.code == *code) {
            Some(view) => {
                view.verdict = view.verdict.min(row.verdict);
                view.exercised += row.exercised;
                view.rows.push((command, row));
            }
            None => views.push(RuleView {
                code,
                rule: rules::rule(code),
                class: row.class,
                evidence: row.evidence,
                verdict: row.verdict,
                exercised: row.exercised,
                rows: vec![(command, row)],
            }),
        }
    }
    views
}

/// How many of these rules have this class and this verdict.
pub(super) fn count(views: &[RuleView<'_>], class: Class, verdict: Verdict) -> usize {
    views.iter().filter(|view| view.class == class && view.verdict == verdict).count()
}
