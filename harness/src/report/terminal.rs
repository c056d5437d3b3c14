//! The report for people: what conforms in a line a chapter, what does not in full.
//!
//! It must be understood by someone who has never seen the harness: every finding says which statement is
//! broken, where that statement stands, what was sent, what came, and which command shows it again.

mod ends;
mod finding;
mod summary;
pub(crate) mod text;

use std::collections::BTreeMap;
use std::fmt::Write;

use self::text::{Finding, Paint, plural};
use super::view::{self, RuleView};
use crate::run::{Ledger, WaiverState};
use crate::text::escape;
use crate::verdict::{Class, Verdict};

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
    page.waivers(&mut out);
    page.unsettled(&mut out);
    page.remarks(&mut out);
    ends::render(&page, &mut out);
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
        if !ledger.target.guests.is_empty() {
            let guests = ledger.target.guests.join(", ");
            text::paragraph(out, "", "  ", &format!("sandboxed guests: {guests}"), self.options.width);
        }
    }

    /// One line a chapter; with `verbose`, one a rule below it.
    fn chapters(&self, out: &mut String) {
        line(out, "");
        let width = self.views.iter().map(|view| view.chapter().len()).max().unwrap_or(0);
        for rules in self.views.chunk_by(|a, b| a.chapter() == b.chapter()) {
            let counts: Vec<String> = Finding::ALL
                .iter()
                .map(|finding| (*finding, rules.iter().filter(|view| self.finding(view) == *finding).count()))
                .filter(|(_, count)| *count > 0)
                .map(|(finding, count)| self.paint.finding(finding, &format!("{count} {}", finding.word())))
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
        let finding = self.finding(view);
        let word = self.paint.finding(finding, &format!("{:<12}", finding.word()));
        let evidence = plural(view.exercised, "observation");
        line(out, &format!("    {word} {} — {} ({evidence})", view.code, view.title()));
    }

    /// The failing rules, the gravest class first, and at the end what is tolerated.
    fn findings(&self, out: &mut String) {
        let mut failing: Vec<_> = self.views.iter().filter(|view| view.verdict == Verdict::Fail).collect();
        failing.sort_by_key(|view| (view.is_waived(), view.class));
        for view in failing {
            line(out, "");
            finding::render(self, view, out);
        }
    }

    /// How a rule came out, where a difference that does not count is no failure.
    fn finding(&self, view: &RuleView<'_>) -> Finding {
        match view.verdict {
            Verdict::Fail if view.is_waived() => Finding::Waived,
            Verdict::Fail if view.class == Class::Difference && !self.ledger.strict => Finding::Differs,
            verdict => Finding::Plain(verdict),
        }
    }

    /// What became of waivers, apart from those that did their work.
    fn waivers(&self, out: &mut String) {
        let told = [
            (WaiverState::Expired, Verdict::Fail, "Waivers that have expired, which fails the run:"),
            (
                WaiverState::Stale,
                Verdict::Fail,
                "Stale waivers, for what does not fail any more; they fail the run:",
            ),
            (WaiverState::Unused, Verdict::Skipped, "Waivers for what was not tried:"),
        ];
        for (state, verdict, title) in told {
            let waivers: Vec<_> = self.ledger.waivers.iter().filter(|waiver| waiver.state == state).collect();
            if waivers.is_empty() {
                continue;
            }
            line(out, "");
            line(out, &self.paint.finding(Finding::Plain(verdict), title));
            for waiver in waivers {
                let command = waiver.command.as_deref().map(|command| format!(" for {command}"));
                let fingerprint = waiver.fingerprint.as_deref().map(|name| format!(", fingerprint {name}"));
                let (command, fingerprint) = (command.unwrap_or_default(), fingerprint.unwrap_or_default());
                let (rule, reason, expires) = (&waiver.rule, &waiver.reason, &waiver.expires);
                let text = format!("{rule}{command}{fingerprint} (until {expires}): {reason}");
                text::paragraph(out, "  ", "    ", &escape::typed(&text), self.options.width);
            }
        }
    }

    /// Rows that should have spoken and did not, by reason: one cause often silences many.
    fn unsettled(&self, out: &mut String) {
        let unsettled =
            [(Verdict::Inconclusive, "Could not be judged:"), (Verdict::NotRun, "Planned, but not run:")];
        for (verdict, title) in unsettled {
            let mut rows: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
            for view in &self.views {
                for (command, row) in view.rows_with(verdict) {
                    rows.entry(row.reason.as_deref().unwrap_or("")).or_default().push((view.code, command));
                }
            }
            if rows.is_empty() {
                continue;
            }
            line(out, "");
            line(out, &self.paint.finding(Finding::Plain(verdict), title));
            for (reason, rows) in rows {
                self.unsettled_rows(out, reason, &rows);
            }
        }
    }

    fn unsettled_rows(&self, out: &mut String, reason: &str, rows: &[(&str, &str)]) {
        let shown = if self.options.verbose { rows.len() } else { rows.len().min(text::ROWS_SHOWN) };
        let mut list: Vec<String> = rows[..shown]
            .iter()
            .map(|(code, command)| format!("{code} for {}", text::subject(command)))
            .collect();
        if shown < rows.len() {
            list.push(format!("and {} more (-v lists them)", text::number((rows.len() - shown) as u64)));
        }
        let because =
            if reason.is_empty() { String::new() } else { format!("{}: ", escape::foreign(reason)) };
        text::paragraph(out, "  ", "    ", &format!("{because}{}", list.join(", ")), self.options.width);
    }

    fn remarks(&self, out: &mut String) {
        let remarks =
            [("Notes:", &self.ledger.notes), ("Left behind in the guest:", &self.ledger.left_behind)];
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
