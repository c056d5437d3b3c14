//! The report for people: what conforms in a line a chapter, what does not in full.
//!
//! It must be understood by someone who has never seen the harness: every finding says which statement is
//! broken, where that statement stands, what was sent, what came, and which command shows it again.

mod finding;
mod summary;
pub(crate) mod text;

use std::fmt::Write;

use self::text::{Paint, plural};
use super::view::{self, RuleView};
use crate::run::Ledger;
use crate::text::escape;
use crate::verdict::Verdict;

/// How the report is laid out.
#[derive(Clone, Copy, Debug)]
pub struct TerminalOptions {
    /// Whether ANSI colours are used.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Whether every rule has a line, and every failing row its own finding.
    pub verbose: bool,
}

impl Default for TerminalOptions {
    fn default() -> Self {
        Self { colour: false, width: 100, verbose: false }
    }
}

/// The whole report, with a line end.
pub fn render(ledger: &Ledger, options: &TerminalOptions) -> String {
    let page = Page { ledger, views: view::rules(ledger), options, paint: Paint { on: options.colour } };
    let mut out = String::new();
    page.head(&mut out);
    page.chapters(&mut out);
    page.findings(&mut out);
    page.unsettled(&mut out);
    page.remarks(&mut out);
    page.summary(&mut out);
    out
}

/// A report in the making.
struct Page<'l> {
    ledger: &'l Ledger,
    views: Vec<RuleView<'l>>,
    options: &'l TerminalOptions,
    paint: Paint,
}

impl Page<'_> {
    fn head(&self, out: &mut String) {
        let ledger = self.ledger;
        let target = escape::typed(&ledger.target.target);
        line(out, &self.paint.bold(&format!("{} — {target}", ledger.tool)));
        let agent = match &ledger.target.agent_version {
            Some(version) => format!("agent version {}", escape::foreign(version)),
            None => "agent version unknown".to_owned(),
        };
        let (hazard, effort) = (ledger.hazard.name(), ledger.effort.name());
        line(
            out,
            &format!(
                "{agent} · schema {} · hazard {hazard} · effort {effort} · seed {}",
                ledger.schema, ledger.seed
            ),
        );
    }

    /// One line a chapter; with `verbose`, one a rule below it.
    fn chapters(&self, out: &mut String) {
        line(out, "");
        let width = self.views.iter().map(|view| view.chapter().len()).max().unwrap_or(0);
        for rules in self.views.chunk_by(|a, b| a.chapter() == b.chapter()) {
            let counts: Vec<String> = text::VERDICTS
                .iter()
                .map(|verdict| (*verdict, rules.iter().filter(|view| view.verdict == *verdict).count()))
                .filter(|(_, count)| *count > 0)
                .map(|(verdict, count)| {
                    self.paint.verdict(verdict, &format!("{count} {}", text::verdict(verdict)))
                })
                .collect();
            line(out, &format!("  {:<width$}  {}", rules[0].chapter(), counts.join(" · ")));
            if self.options.verbose {
                for view in rules {
                    self.rule_line(out, view);
                }
            }
        }
    }

    fn rule_line(&self, out: &mut String, view: &RuleView<'_>) {
        let verdict = self.paint.verdict(view.verdict, &format!("{:<12}", text::verdict(view.verdict)));
        let evidence = plural(view.exercised, "observation");
        line(out, &format!("    {verdict} {} — {} ({evidence})", view.code, view.title()));
    }

    fn findings(&self, out: &mut String) {
        for view in self.views.iter().filter(|view| view.verdict == Verdict::Fail) {
            line(out, "");
            finding::render(self, view, out);
        }
    }

    /// Rows that should have spoken and did not.
    fn unsettled(&self, out: &mut String) {
        let unsettled =
            [(Verdict::Inconclusive, "Could not be judged:"), (Verdict::NotRun, "Planned, but not run:")];
        for (verdict, title) in unsettled {
            let rows: Vec<_> = self
                .views
                .iter()
                .flat_map(|view| view.rows_with(verdict).map(|(command, row)| (view.code, command, row)))
                .collect();
            if rows.is_empty() {
                continue;
            }
            line(out, "");
            line(out, &self.paint.verdict(verdict, title));
            let shown = if self.options.verbose { rows.len() } else { rows.len().min(text::ROWS_SHOWN) };
            for (code, command, row) in &rows[..shown] {
                let reason = row
                    .reason
                    .as_deref()
                    .map_or_else(String::new, |reason| format!(": {}", escape::foreign(reason)));
                line(out, &format!("  {code} for {}{reason}", text::subject(command)));
            }
            if shown < rows.len() {
                line(out, &format!("  and {} more (-v lists them)", rows.len() - shown));
            }
        }
    }

    fn remarks(&self, out: &mut String) {
        let remarks = [
            ("Notes:", &self.ledger.notes),
            ("Left behind in the guest:", &self.ledger.left_behind),
            ("How the agent ended:", &self.ledger.target.exits),
        ];
        for (title, lines) in remarks.into_iter().filter(|(_, lines)| !lines.is_empty()) {
            line(out, "");
            line(out, &self.paint.bold(title));
            for remark in lines {
                text::paragraph(out, "  ", "  ", &escape::foreign(remark), self.options.width);
            }
        }
    }

    fn summary(&self, out: &mut String) {
        summary::render(self, out);
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{}", text.trim_end()).expect("writing into a string cannot fail");
}

#[cfg(test)]
mod tests;
