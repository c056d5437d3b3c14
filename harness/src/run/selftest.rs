//! The harness judges itself: each fault of the reference agent must make its rule fail, and no rule may
//! complain about a variant, which is correct in another way.
//!
//! Two scores come of it. How many faults were caught tells how much the rules see; how many variants were
//! accepted tells how far their complaints can be trusted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::thread;

use crate::agent::reference::{Fault, Variant, fault, variant};
use crate::agent::target::TargetSpec;
use crate::rules;
use crate::verdict::{Exit, Verdict};

use super::audience::Watching;
use super::drive::run_from;
use super::ledger::Ledger;
use super::options::{CaseChoice, Options, RunError};
use super::repertoire::Stock;
use super::selection::compile;

/// What came of it.
#[derive(Debug)]
pub struct SelftestReport {
    /// One for each fault, in the order of the table.
    pub faults: Vec<FaultResult>,
    /// One for each variant, in the order of the table.
    pub variants: Vec<VariantResult>,
    /// Codes of rules that no fault is about.
    pub unguarded: Vec<&'static str>,
}

/// What came of one fault.
#[derive(Debug)]
pub struct FaultResult {
    /// The fault.
    pub fault: &'static Fault,
    /// Whether its rule failed.
    pub caught: bool,
    /// In which ways its rule was broken.
    pub buckets: BTreeSet<String>,
    /// Codes of the other rules that failed with it.
    pub others: Vec<&'static str>,
}

/// What came of one variant.
#[derive(Debug)]
pub struct VariantResult {
    /// The variant.
    pub variant: &'static Variant,
    /// What was found wrong with it: nothing, if all is well.
    pub complaints: Vec<Complaint>,
}

/// A row that should not be like this.
#[derive(Clone, Debug)]
pub struct Complaint {
    /// The rule's code.
    pub code: &'static str,
    /// The command, empty for the connection.
    pub command: String,
    /// What the row says, escaped.
    pub detail: String,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Those that came out right.
    pub right: usize,
    /// All.
    pub of: usize,
}

/// The scores of a chapter of the specification, or of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// Faults that their rule caught.
    pub caught: Score,
    /// Variants that no rule complained about.
    pub accepted: Score,
}

impl Score {
    fn count(&mut self, right: bool) {
        self.right += usize::from(right);
        self.of += 1;
    }

    /// Whether all came out right.
    pub const fn is_full(self) -> bool {
        self.right == self.of
    }
}

impl SelftestReport {
    /// Whether every fault was caught, every variant accepted, and every rule has a fault.
    pub fn is_clean(&self) -> bool {
        let Scores { caught, accepted } = self.scores();
        caught.is_full() && accepted.is_full() && self.unguarded.is_empty()
    }

    /// The ways in which rules were broken, each by a fault that is about the rule.
    pub fn buckets(&self) -> BTreeMap<&'static str, BTreeSet<&str>> {
        let mut buckets: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
        for result in &self.faults {
            let own = buckets.entry(result.fault.trips).or_default();
            own.extend(result.buckets.iter().map(String::as_str));
        }
        buckets
    }

    /// The scores over everything.
    pub fn scores(&self) -> Scores {
        let mut scores = Scores::default();
        self.faults.iter().for_each(|result| scores.caught.count(result.caught));
        self.variants.iter().for_each(|result| scores.accepted.count(result.complaints.is_empty()));
        scores
    }

    /// The scores of each chapter, in the order in which rules are listed.
    pub fn chapters(&self) -> Vec<(&'static str, Scores)> {
        let mut scores: BTreeMap<&str, Scores> = BTreeMap::new();
        for result in &self.faults {
            scores.entry(chapter(result.fault.trips)).or_default().caught.count(result.caught);
        }
        let mut listed: Vec<&'static str> = rules::rules().map(|rule| chapter(rule.code)).collect();
        listed.dedup();
        let of = |name: &'static str| {
            let mut scores = scores.get(name).copied().unwrap_or_default();
            for result in &self.variants {
                let spoken_of = result.complaints.iter().any(|complaint| chapter(complaint.code) == name);
                scores.accepted.count(!spoken_of);
            }
            (name, scores)
        };
        listed.into_iter().map(of).collect()
    }
}

/// The part of a rule's code before the slash.
fn chapter(code: &str) -> &str {
    code.split_once('/').map_or(code, |(chapter, _)| chapter)
}

/// Tries the faults and variants that match one of the globs (by name, or a fault by the code of its rule), or all of
/// them if there are no globs; as many at a time as there are processors. `progress` learns how many of how many are
/// done.
pub fn selftest(only: &[String], progress: &mut dyn FnMut(usize, usize)) -> Result<SelftestReport, RunError> {
    let trials = trials(only)?;
    let mut results: BTreeMap<usize, TrialResult> = BTreeMap::new();
    let (next, given_up, stock) = (AtomicUsize::new(0), AtomicBool::new(false), Stock::with_cases());
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (sender, trials, next, given_up, stock) = (sender.clone(), &trials, &next, &given_up, &stock);
            scope.spawn(move || work(trials, stock, next, given_up, &sender));
        }
        drop(sender);
        for (at, result) in receiver {
            match result {
                Ok(result) => results.insert(at, result),
                Err(error) => {
                    given_up.store(true, Ordering::SeqCst);
                    return Err(error);
                }
            };
            progress(results.len(), trials.len());
        }
        Ok(())
    })?;
    let mut report = SelftestReport { faults: Vec::new(), variants: Vec::new(), unguarded: unguarded() };
    for result in results.into_values() {
        match result {
            TrialResult::Fault(result) => report.faults.push(result),
            TrialResult::Variant(result) => report.variants.push(result),
        }
    }
    Ok(report)
}

/// The chosen faults and variants.
fn trials(only: &[String]) -> Result<Vec<Trial>, RunError> {
    let all = || fault::all().map(Trial::Fault).chain(variant::all().map(Trial::Variant));
    let names: Vec<&str> = all().flat_map(Trial::names).collect();
    let globs = compile("--only", only, &names)?;
    let is_chosen = |trial: &Trial| {
        globs.is_empty() || trial.names().any(|name| globs.iter().any(|glob| glob.is_match(name)))
    };
    Ok(all().filter(is_chosen).collect())
}

/// One run of the harness.
#[derive(Clone, Copy)]
enum Trial {
    Fault(&'static Fault),
    Variant(&'static Variant),
}

impl Trial {
    /// What it can be chosen by.
    fn names(self) -> impl Iterator<Item = &'static str> {
        let (name, rule) = match self {
            Self::Fault(fault) => (fault.name, Some(fault.trips)),
            Self::Variant(variant) => (variant.name, None),
        };
        std::iter::once(name).chain(rule)
    }
}

enum TrialResult {
    Fault(FaultResult),
    Variant(VariantResult),
}

fn work(
    trials: &[Trial],
    stock: &Stock,
    next: &AtomicUsize,
    given_up: &AtomicBool,
    results: &Sender<(usize, Result<TrialResult, RunError>)>,
) {
    while !given_up.load(Ordering::SeqCst) {
        let at = next.fetch_add(1, Ordering::SeqCst);
        let Some(trial) = trials.get(at) else { return };
        let result = match trial {
            Trial::Fault(fault) => try_fault(fault, stock).map(TrialResult::Fault),
            Trial::Variant(variant) => try_variant(variant, stock).map(TrialResult::Variant),
        };
        if results.send((at, result)).is_err() {
            return;
        }
    }
}

fn try_fault(fault: &'static Fault, stock: &Stock) -> Result<FaultResult, RunError> {
    // Most faults show in the cases that their rule is about; some only behind others, which takes longer.
    let mut broken = broken(fault, stock, CaseChoice::About(fault.trips))?;
    if !broken.contains_key(fault.trips) {
        broken = self::broken(fault, stock, CaseChoice::All)?;
    }
    let own = broken.remove(fault.trips);
    Ok(FaultResult {
        fault,
        caught: own.is_some(),
        buckets: own.unwrap_or_default(),
        others: broken.into_keys().collect(),
    })
}

/// The rules that fail with a fault, by code, and in which ways.
fn broken(
    fault: &Fault,
    stock: &Stock,
    cases: CaseChoice,
) -> Result<BTreeMap<&'static str, BTreeSet<String>>, RunError> {
    let options = Options { cases, ..Options::default() };
    let ledger =
        run_from(stock, &TargetSpec::reference(&[fault.name]), &options, &mut Watching(&mut |_| ()))?;
    let mut broken: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for ((code, _), row) in ledger.rows.iter().filter(|(_, row)| row.verdict == Verdict::Fail) {
        let buckets = row.violations.iter().map(|violation| violation.bucket.clone());
        broken.entry(*code).or_default().extend(buckets);
    }
    Ok(broken)
}

fn try_variant(variant: &'static Variant, stock: &Stock) -> Result<VariantResult, RunError> {
    let options = Options { strict: true, ..Options::default() };
    let ledger =
        run_from(stock, &TargetSpec::reference(&[variant.name]), &options, &mut Watching(&mut |_| ()))?;
    let complaints = if ledger.summary.exit == Exit::Conforms { Vec::new() } else { complaints(&ledger) };
    Ok(VariantResult { variant, complaints })
}

/// Rows that failed, and those that should have spoken and did not.
fn complaints(ledger: &Ledger) -> Vec<Complaint> {
    let is_wrong = |verdict| matches!(verdict, Verdict::Fail | Verdict::NotRun | Verdict::Inconclusive);
    let wrong = ledger.rows.iter().filter(|(_, row)| is_wrong(row.verdict));
    wrong
        .map(|((code, command), row)| {
            let found = row.violations.first();
            let found =
                found.map(|found| format!("{}: expected {}, got {}", found.case, found.expected, found.got));
            let detail = found.or_else(|| row.reason.clone()).unwrap_or_default();
            Complaint { code, command: command.clone(), detail }
        })
        .collect()
}

fn unguarded() -> Vec<&'static str> {
    let codes = rules::rules().map(|rule| rule.code);
    codes.filter(|code| !fault::all().any(|fault| fault.trips == *code)).collect()
}
