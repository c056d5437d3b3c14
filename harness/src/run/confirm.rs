//! Shows findings again: by the case alone, or behind as few of the cases before it as possible.
//!
//! Cases are conversations of their own, so most findings need no other case. Some do: an agent that loses count after
//! a thousand requests, or one that mixes requests up that share a write. The command under such a finding must name
//! what else has to be sent, and a finding that cannot be shown again must not pretend.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::agent::sandbox::Variation;
use crate::agent::target::TargetSpec;
use crate::verdict::{Class, Verdict};

use super::audience::Watching;
use super::drive::{plan, run_from};
use super::ledger::{Ledger, Shown};
use super::options::{CaseChoice, Options};
use super::plan::{CALIBRATION, unlabelled};
use super::repertoire::Stock;
use super::waivers::Waivers;

/// Tries to show the findings of a run again, each on a fresh agent, the gravest first and of each rule one before a
/// second of any. What is found out is written into the ledger. The number of runs for one finding grows with the
/// logarithm of the number of cases before it; all end when `budget` is over. `progress` learns how
/// many of how many findings are done. An agent that cannot be started anew is left alone.
pub fn confirm(
    spec: &TargetSpec,
    options: &Options,
    ledger: &mut Ledger,
    budget: Duration,
    progress: &mut dyn FnMut(usize, usize),
) {
    let findings = findings(ledger);
    if spec.is_attached() || findings.is_empty() || budget.is_zero() {
        return;
    }
    let options =
        &Options { cases: CaseChoice::All, fail_fast: false, waivers: Waivers::default(), ..options.clone() };
    let Ok(whole) = plan(spec, options) else { return };
    let labels = |guest| whole.wanted(guest).map(|drawn| drawn.label).enumerate();
    let before: BTreeMap<Arc<str>, usize> =
        whole.guests().flat_map(labels).map(|(at, label)| (label, at)).collect();
    let mut search = Search {
        spec,
        options,
        until: Instant::now() + budget,
        stock: Stock::default(),
        known: BTreeMap::new(),
    };
    for (done, finding) in findings.iter().enumerate() {
        progress(done, findings.len());
        let before = before.get(&*finding.case).copied().unwrap_or(0);
        // Without time, or without an agent, the rest is left as it is.
        let Ok(shown) = search.finding(finding, before) else { return };
        note(ledger, finding, shown, &search.reproduction(finding, shown));
    }
}

/// One kind of finding, and the first case that showed it.
#[derive(Debug)]
struct Finding {
    fingerprint: String,
    case: String,
    reproduce: String,
}

/// The findings that count, in the order in which they are shown again.
fn findings(ledger: &Ledger) -> Vec<Finding> {
    let mut findings: Vec<((usize, Class), Finding)> = Vec::new();
    let mut of_rule: BTreeMap<&str, usize> = BTreeMap::new();
    for ((code, _), row) in ledger.rows.iter().filter(|(_, row)| row.verdict == Verdict::Fail) {
        let mut known = BTreeSet::new();
        for violation in row.violations.iter().filter(|violation| known.insert(&violation.fingerprint)) {
            let rank = of_rule.entry(*code).or_default();
            let finding = Finding {
                fingerprint: violation.fingerprint.clone(),
                case: violation.case.clone(),
                reproduce: violation.reproduce.clone(),
            };
            findings.push(((*rank, row.class), finding));
            *rank += 1;
        }
    }
    findings.sort_by_key(|(rank, _)| *rank);
    findings.into_iter().map(|(_, finding)| finding).collect()
}

fn note(ledger: &mut Ledger, finding: &Finding, shown: Shown, reproduction: &str) {
    let violations = ledger.rows.values_mut().flat_map(|row| &mut row.violations);
    let same = violations.filter(|violation| violation.fingerprint == finding.fingerprint);
    for violation in same.filter(|violation| violation.case == finding.case) {
        violation.shown = shown;
        reproduction.clone_into(&mut violation.reproduce);
    }
}

/// Why the search ends.
enum Stop {
    /// The time is over.
    Time,
    /// There is no agent any more, or the user wants no more.
    Run,
}

/// Runs of single cases, and of some cases before them.
struct Search<'r> {
    spec: &'r TargetSpec,
    options: &'r Options,
    until: Instant,
    /// What could be sent, once for all runs.
    stock: Stock,
    /// What a case showed behind so many others, by fingerprint: one run often answers for several findings.
    known: BTreeMap<(String, usize), BTreeSet<String>>,
}

impl Search<'_> {
    fn finding(&mut self, finding: &Finding, before: usize) -> Result<Shown, Stop> {
        if self.shows(finding, 0)? {
            return Ok(Shown::Alone);
        }
        if finding.case.starts_with(CALIBRATION) {
            return Ok(Shown::Once { tries: 1 });
        }
        let doubling = iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count < before);
        let (mut too_few, mut tries) = (0, 1);
        for enough in doubling.chain((before > 0).then_some(before)) {
            tries += 1;
            if self.shows(finding, enough)? {
                return Ok(Shown::After(self.fewest(finding, too_few, enough)));
            }
            too_few = enough;
        }
        Ok(Shown::Once { tries })
    }

    /// The fewest cases before it that show the finding, as far as there is time to find out.
    fn fewest(&mut self, finding: &Finding, mut too_few: usize, mut enough: usize) -> usize {
        while enough - too_few > 1 {
            let middle = usize::midpoint(too_few, enough);
            match self.shows(finding, middle) {
                Ok(true) => enough = middle,
                Ok(false) => too_few = middle,
                Err(_) => break,
            }
        }
        enough
    }

    /// Whether the case shows the finding on a fresh agent, behind so many of the cases before it.
    fn shows(&mut self, finding: &Finding, after: usize) -> Result<bool, Stop> {
        let key = (finding.case.clone(), after);
        if let Some(known) = self.known.get(&key) {
            return Ok(known.contains(&finding.fingerprint));
        }
        if Instant::now() >= self.until {
            return Err(Stop::Time);
        }
        let (id, guest) = unlabelled(&finding.case);
        let cases = CaseChoice::One { id: id.to_owned(), after };
        let guest = Some(guest).filter(|guest| *guest != Variation::Usual).or(self.options.guest);
        let options = Options { cases, guest, ..self.options.clone() };
        let ledger =
            run_from(&self.stock, self.spec, &options, &mut Watching(&mut |_| ())).map_err(|_| Stop::Run)?;
        let found: BTreeSet<String> =
            ledger.rows.into_values().flat_map(|row| row.findings.into_keys()).collect();
        let shows = found.contains(&finding.fingerprint);
        self.known.insert(key, found);
        Ok(shows)
    }

    /// The command line that shows it again.
    fn reproduction(&self, finding: &Finding, shown: Shown) -> String {
        let Shown::After(count) = shown else { return finding.reproduce.clone() };
        // The cases before it are those of the same selection.
        let globs = [("--only", &self.options.only), ("--skip", &self.options.skip)];
        let globs =
            globs.into_iter().flat_map(|(option, globs)| globs.iter().map(move |glob| (option, glob)));
        let globs = globs.map(|(option, glob)| format!(" {option} {}", shell_words::quote(glob)));
        let globs = globs.collect::<Vec<_>>().concat();
        format!("{}{globs} --after {count}", finding.reproduce)
    }
}
