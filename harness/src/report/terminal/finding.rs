//! One failing rule, told so that nobody has to look anything up.

use super::text::{self, Paint, ROWS_SHOWN, plural};
use super::{Page, line};
use crate::report::view::RuleView;
use crate::run::ledger::EXCERPT_BYTES;
use crate::run::{Row, ViolationRecord};
use crate::spec;
use crate::text::escape;
use crate::verdict::Verdict;

/// Bytes of a request or reply shown unless more is asked for.
const BYTES_SHORT: usize = 320;
/// Clauses cited unless more is asked for.
const CLAUSES_SHOWN: usize = 2;
/// Columns of the labels before a finding's fields.
const LABEL_WIDTH: usize = 10;

/// The rule, its clauses and its failing rows: the first in full, the others by name; all in full when verbose.
pub(super) fn render(page: &Page<'_>, view: &RuleView<'_>, out: &mut String) {
    let finding = page.finding(view);
    let head = page.paint.finding(finding, &format!("{} {}", finding.word(), view.code));
    let head = format!("{head} ({}): ", text::class(view.class));
    text::paragraph(out, &head, "  ", view.title(), page.options.width);
    clauses(page, view, out);
    let mut rows: Vec<(&str, &Row)> = view.rows_with(Verdict::Fail).collect();
    // What is tolerated must not stand in the place of what is not.
    rows.sort_by_key(|(_, row)| !row.fails());
    let in_full = if page.options.verbose { rows.len() } else { rows.len().min(1) };
    for (command, row) in &rows[..in_full] {
        failing_row(page, command, row, out);
    }
    let others: Vec<String> = rows[in_full..]
        .iter()
        .take(ROWS_SHOWN)
        .map(|(command, row)| format!("{} ({})", text::subject(command), text::number(row.violations_total)))
        .collect();
    if !others.is_empty() {
        let more = match rows.len() - in_full - others.len() {
            0 => String::new(),
            hidden => format!(", and {hidden} more"),
        };
        field(page, out, "also for", &format!("{}{more} (-v shows each)", others.join(", ")));
    }
}

fn clauses(page: &Page<'_>, view: &RuleView<'_>, out: &mut String) {
    let ids = view.clauses();
    let shown = if page.options.verbose { ids.len() } else { ids.len().min(CLAUSES_SHOWN) };
    for id in &ids[..shown] {
        let cited = match spec::clause(id) {
            Some(clause) => format!("{id} ({}, {}): {}", clause.source, clause.place, clause.says),
            None => (*id).to_owned(),
        };
        field(page, out, "clause", &cited);
    }
    if shown < ids.len() {
        field(page, out, "", &format!("and {} more (qgaspec rules {})", ids.len() - shown, view.code));
    }
}

fn failing_row(page: &Page<'_>, command: &str, row: &Row, out: &mut String) {
    field(page, out, "for", text::subject(command));
    for waived in &row.waived {
        let text = format!("{} (until {})", escape::typed(&waived.reason), waived.expires);
        field(page, out, "waived", &text);
    }
    if let Some(reason) = &row.reason {
        field(page, out, "because", &escape::foreign(reason));
    }
    let Some(violation) = row.violations.first() else { return };
    field(page, out, "case", &escape::typed(&violation.case));
    field(page, out, "expected", &escape::foreign(&violation.expected));
    field(page, out, "got", &escape::foreign(&violation.got));
    bytes(page, violation, out);
    let more = row.violations_total.saturating_sub(1);
    if more > 0 {
        field(page, out, "more", &format!("{} of this rule here", plural(more, "other violation")));
    }
    if let Some(doubt) = text::doubt(violation.shown) {
        field(page, out, "once", &doubt);
    }
    // On one line however long, so that it can be copied.
    line(out, &format!("{}{}", label(page.paint, "again"), escape::typed(&violation.reproduce)));
}

fn bytes(page: &Page<'_>, violation: &ViolationRecord, out: &mut String) {
    let limit = if page.options.verbose { EXCERPT_BYTES } else { BYTES_SHORT };
    for (name, excerpt) in [("sent", &violation.sent), ("received", &violation.received)] {
        let shown = escape::printable(&excerpt.bytes, limit);
        let text = if excerpt.bytes.is_empty() { page.paint.faint("(nothing)") } else { shown.text };
        let omitted = match shown.omitted + excerpt.omitted {
            0 => String::new(),
            omitted => page.paint.faint(&format!(" … {} more", plural(omitted as u64, "byte"))),
        };
        line(out, &format!("{}{text}{omitted}", label(page.paint, name)));
    }
}

fn field(page: &Page<'_>, out: &mut String, name: &str, value: &str) {
    let indent = " ".repeat(LABEL_WIDTH + 2);
    text::paragraph(out, &label(page.paint, name), &indent, value, page.options.width);
}

fn label(paint: Paint, name: &str) -> String {
    format!("  {}", paint.faint(&format!("{name:<LABEL_WIDTH$}")))
}
