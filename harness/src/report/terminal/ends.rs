//! How a spawned agent ended, with its last words.

use super::text::{ROWS_SHOWN, number, paragraph};
use super::{Page, line};
use crate::run::ExitRecord;
use crate::text::escape;

/// Lines of its stderr that are shown unless more is asked for.
const LINES_SHOWN: usize = 10;
/// Bytes of one of these lines.
const LINE_BYTES: usize = 300;

/// The ends that nobody wanted, equal ones once; all of them when verbose.
pub(super) fn render(page: &Page<'_>, out: &mut String) {
    let verbose = page.options.verbose;
    let mut ends: Vec<(&ExitRecord, u64)> = Vec::new();
    for exit in page.ledger.target.exits.iter().filter(|exit| verbose || !exit.by_harness) {
        match ends.iter_mut().find(|(known, _)| !verbose && is_like(known, exit)) {
            Some((_, count)) => *count += 1,
            None => ends.push((exit, 1)),
        }
    }
    if ends.is_empty() {
        return;
    }
    line(out, "");
    line(out, &page.paint.bold("How the agent ended:"));
    let shown = if verbose { ends.len() } else { ends.len().min(ROWS_SHOWN) };
    for (exit, count) in &ends[..shown] {
        end(page, exit, *count, out);
    }
    if shown < ends.len() {
        line(out, &format!("  and in {} other ways (-v shows each end)", ends.len() - shown));
    }
}

/// Whether two ends differ in nothing but when they came.
fn is_like(one: &ExitRecord, other: &ExitRecord) -> bool {
    (one.status, one.signal, &one.stderr) == (other.status, other.signal, &other.stderr)
}

fn end(page: &Page<'_>, exit: &ExitRecord, count: u64, out: &mut String) {
    let how = match (exit.status, exit.signal) {
        (Some(status), _) => format!("exit status {status}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".to_owned(),
    };
    let by = if exit.by_harness { ", ended by the harness" } else { "" };
    let when = match (count, exit.case.as_str()) {
        (_, "") => String::new(),
        (1, case) => format!(", after case {}", escape::typed(case)),
        (_, case) => format!(", {} times, first after case {}", number(count), escape::typed(case)),
    };
    let words = exit.stderr.trim_ascii();
    let more = if words.is_empty() { "" } else { "; its stderr ends with:" };
    paragraph(out, "  ", "    ", &format!("{how}{by}{when}{more}"), page.options.width);
    if !words.is_empty() {
        let words: Vec<&[u8]> = words.split(|byte| *byte == b'\n').collect();
        let skipped = if page.options.verbose { 0 } else { words.len().saturating_sub(LINES_SHOWN) };
        for words in &words[skipped..] {
            line(out, &format!("    {}", escape::printable(words, LINE_BYTES).text));
        }
    }
}
