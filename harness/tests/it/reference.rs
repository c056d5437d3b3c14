//! The reference agent under the judge: it conforms, and each of its faults trips the rule that it names.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use qgaspec::agent::reference::{Fault, fault};
use qgaspec::agent::target::TargetSpec;
use qgaspec::generate::Effort;
use qgaspec::rules;
use qgaspec::run::{Ledger, Options, run};
use qgaspec::verdict::{Class, Exit, Verdict};

#[test]
fn the_reference_agent_conforms_and_every_planned_row_speaks() {
    let ledger = judge(&[], Effort::Full);
    let silent: Vec<_> = ledger
        .rows
        .iter()
        .filter(|(_, row)| matches!(row.verdict, Verdict::NotRun | Verdict::Inconclusive))
        .map(|(key, row)| (key, &row.reason))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
    assert_eq!(failing(&ledger), Vec::<String>::new());
    assert_eq!(ledger.summary.exit, Exit::Conforms);
}

#[test]
fn each_fault_trips_the_rule_that_it_names() {
    let faults: Vec<&Fault> = fault::all().collect();
    let next = AtomicUsize::new(0);
    let missed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(fault) = faults.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let ledger = judge(&[fault.name], Effort::Quick);
                    let failing = failing(&ledger);
                    if !failing.iter().any(|code| code == fault.trips) {
                        let line = format!(
                            "{} should trip {}, but failing are {failing:?}",
                            fault.name, fault.trips
                        );
                        missed.lock().expect("no thread panics while it holds this lock").push(line);
                    }
                }
            });
        }
    });
    let missed = missed.into_inner().expect("no thread panicked while it held this lock");
    assert!(missed.is_empty(), "{} of {} faults:\n{}", missed.len(), faults.len(), missed.join("\n"));
}

#[test]
fn each_rule_has_a_fault() {
    let without: Vec<&str> = rules::rules()
        .map(|rule| rule.code)
        .filter(|code| !fault::all().any(|fault| fault.trips == *code))
        .collect();
    assert!(without.is_empty(), "{without:?}");
    let unknown: Vec<&str> =
        fault::all().filter(|fault| rules::rule(fault.trips).is_none()).map(|fault| fault.name).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// What an agent cannot do is reported once, under the rule for that ability, and the rest is judged.
#[test]
fn a_missing_ability_is_one_finding() {
    for (name, rule) in [
        ("ignores-delimiter", "recovery/delimiter"),
        ("no-delimited-sync", "core/delimited-sync"),
        ("dies-on-delimiter", "recovery/delimiter-first"),
        ("needs-newline", "framing/newline-optional"),
    ] {
        let ledger = judge(&[name], Effort::Full);
        let violated: Vec<String> = failing(&ledger)
            .into_iter()
            .filter(|code| {
                code == rule || rules::rule(code).is_some_and(|rule| rule.class != Class::Difference)
            })
            .collect();
        assert_eq!(violated, [rule], "{name}");
        let lost: Vec<_> =
            ledger.rows.iter().filter(|(_, row)| row.verdict == Verdict::Inconclusive).collect();
        assert!(lost.is_empty(), "{name}: {lost:#?}");
    }
}

fn judge(faults: &[&str], effort: Effort) -> Ledger {
    let options = Options { effort, ..Options::default() };
    run(&TargetSpec::reference(faults), &options, &mut |_| ()).expect("the reference agent is always there")
}

fn failing(ledger: &Ledger) -> Vec<String> {
    let mut codes: Vec<String> = ledger
        .rows
        .iter()
        .filter(|(_, row)| row.verdict == Verdict::Fail)
        .map(|((code, _), _)| (*code).to_owned())
        .collect();
    codes.dedup();
    codes
}
