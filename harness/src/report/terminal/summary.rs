//! What was not tested, and the verdict in three lines.

use std::collections::BTreeMap;

use super::text::{self, Finding, ROWS_SHOWN, number, plural};
use super::{Page, line};
use crate::run::{CommandRecord, WaiverState};
use crate::verdict::{Class, Exit, SkipReason, Verdict};

/// Ends the report: gaps, verdict, counts.
pub(super) fn render(page: &Page<'_>, out: &mut String) {
    gaps(page, out);
    line(out, "");
    if let Some(verdict) = verdict(page) {
        line(out, &verdict);
    }
    let headline = headline(page);
    line(
        out,
        &if page.ledger.summary.conforms {
            page.paint.finding(Finding::Plain(Verdict::Pass), &headline)
        } else {
            headline
        },
    );
    let summary = &page.ledger.summary;
    let (cases, requests) = (plural(summary.cases, "case"), plural(summary.requests, "request"));
    let (exit, meaning) = (summary.exit.code(), meaning(summary.exit));
    line(out, &format!("{cases}, {requests}, {:.1} s; exit code {exit} ({meaning})", summary.seconds));
}

/// Commands and rules that were left out, by reason, with the flag that would bring them back.
fn gaps(page: &Page<'_>, out: &mut String) {
    let mut commands: BTreeMap<SkipReason, Vec<&str>> = BTreeMap::new();
    for command in &page.ledger.commands {
        if let Some(reason) = command.skip {
            commands.entry(reason).or_default().push(&command.name);
        }
    }
    let mut rules: BTreeMap<SkipReason, Vec<&str>> = BTreeMap::new();
    for view in page.views.iter().filter(|view| view.verdict == Verdict::Skipped) {
        if let Some(reason) = view.rows.iter().find_map(|(_, row)| row.skip) {
            rules.entry(reason).or_default().push(view.code);
        }
    }
    if commands.is_empty() && rules.is_empty() {
        return;
    }
    line(out, "");
    line(out, &page.paint.bold("Not tested:"));
    for (noun, groups) in [("command", &commands), ("rule", &rules)] {
        for (reason, names) in groups {
            let shown = if page.options.verbose { names.len() } else { names.len().min(ROWS_SHOWN) };
            let more = match names.len() - shown {
                0 => String::new(),
                hidden => format!(", and {hidden} more"),
            };
            let count = plural(names.len() as u64, noun);
            let why = text::skip(*reason, page.ledger.hazard);
            let list = names[..shown].join(", ");
            text::paragraph(out, "  ", "    ", &format!("{count}, {why}: {list}{more}"), page.options.width);
        }
    }
}

/// `does not conform: 2 rules of class violation fail`; nothing where the headline says it all.
fn verdict(page: &Page<'_>) -> Option<String> {
    let count = |class, finding| {
        page.views.iter().filter(|view| view.class == class && page.finding(view) == finding).count() as u64
    };
    let failing: Vec<(Class, u64)> = [Class::Violation, Class::Robustness, Class::Difference]
        .into_iter()
        .map(|class| (class, count(class, Finding::Plain(Verdict::Fail))))
        .filter(|(_, count)| *count > 0)
        .collect();
    let list: Vec<String> = failing
        .iter()
        .map(|(class, count)| format!("{} of class {}", plural(*count, "rule"), text::class(*class)))
        .collect();
    let (verdict, word) = match page.ledger.summary.exit {
        Exit::Conforms => (Verdict::Pass, None),
        Exit::DoesNotConform => (Verdict::Fail, Some("does not conform")),
        Exit::Incomplete | Exit::Usage | Exit::InputRefused | Exit::CouldNotRun | Exit::Interrupted => {
            (Verdict::Inconclusive, Some("no verdict"))
        }
    };
    let word = word.map(|word| page.paint.finding(Finding::Plain(verdict), word));
    let failures = (!list.is_empty()).then(|| {
        let fail = if matches!(failing[..], [(_, 1)]) { "fails" } else { "fail" };
        format!("{} {fail}", list.join(", "))
    });
    let verdict: Vec<String> = word.into_iter().chain(failures).collect();
    let differences = match count(Class::Difference, Finding::Differs) {
        0 => None,
        count => Some(format!("{} from qemu-ga, which only --strict counts", plural(count, "difference"))),
    };
    let waived = page.views.iter().filter(|view| view.is_waived()).count() as u64;
    let waived = (waived > 0).then(|| format!("{} waived", plural(waived, "rule")));
    let outlived = page
        .ledger
        .waivers
        .iter()
        .filter(|waiver| matches!(waiver.state, WaiverState::Stale | WaiverState::Expired))
        .count() as u64;
    let outlived = (outlived > 0).then(|| format!("{} stale or expired", plural(outlived, "waiver")));
    let verdict = Some(verdict.join(": ")).filter(|text| !text.is_empty());
    let parts: Vec<String> = [verdict, differences, waived, outlived].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// `conforms for 31 of 40 commands at hazard scratch; 6 refused, 3 not allowed (--allow power)`
fn headline(page: &Page<'_>) -> String {
    let ledger = page.ledger;
    let count = |wanted: &dyn Fn(&CommandRecord) -> bool| {
        ledger.commands.iter().filter(|command| wanted(command)).count() as u64
    };
    let skipped = |reason| count(&|command: &CommandRecord| command.skip == Some(reason));
    let failing = count(&|command| command.verdict == Verdict::Fail);
    let parts: Vec<String> = [
        (failing, "failing"),
        (skipped(SkipReason::Refused), "refused"),
        (skipped(SkipReason::Unsupported), "unsupported"),
        (skipped(SkipReason::Hazard), "not allowed (--allow power)"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, words)| format!("{} {words}", number(count)))
    .collect();
    let rest = if parts.is_empty() { String::new() } else { format!("; {}", parts.join(", ")) };
    let conforming = number(ledger.summary.commands_conforming as u64);
    let commands = plural(ledger.commands.len() as u64, "command");
    let hazard = ledger.hazard.name();
    format!("conforms for {conforming} of {commands} at hazard {hazard}{rest}")
}

const fn meaning(exit: Exit) -> &'static str {
    match exit {
        Exit::Conforms => "conforms",
        Exit::DoesNotConform => "does not conform",
        Exit::Usage => "the command line could not be understood",
        Exit::InputRefused => "an input was refused",
        Exit::CouldNotRun => "the harness could not do its job",
        Exit::Incomplete => "something that was planned got no verdict",
        Exit::Interrupted => "interrupted",
    }
}
