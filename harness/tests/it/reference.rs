//! The reference agent under the judge: it conforms, each of its faults trips the rule that it names, and
//! its variants are accepted.

use std::collections::BTreeMap;

use qgaspec::agent::reference::fault;
use qgaspec::agent::target::TargetSpec;
use qgaspec::report::selftest::page;
use qgaspec::run::selftest::selftest;
use qgaspec::run::{Ledger, Options, run};
use qgaspec::verdict::{Class, Exit, Verdict};
use qgaspec::{rules, spec};

#[test]
fn the_reference_agent_conforms_and_every_planned_row_speaks() {
    let ledger = judge(&[]);
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
fn every_fault_is_caught_by_its_rule_and_every_variant_accepted() {
    let report = selftest(&[], &mut |_, _| ()).expect("the reference agent is always there");
    assert!(report.is_clean(), "{}", page(&report, 110));
}

#[test]
fn every_rule_has_a_fault_and_cites_clauses_that_exist() {
    for rule in rules::rules() {
        assert!(fault::all().any(|fault| fault.trips == rule.code), "no fault is about {}", rule.code);
        assert!(!rule.clauses.is_empty(), "{} cites nothing", rule.code);
        for id in rule.clauses {
            assert!(spec::clause(id).is_some(), "{} cites {id}, which does not exist", rule.code);
        }
    }
    for fault in fault::all() {
        assert!(
            rules::rule(fault.trips).is_some(),
            "{} is about {}, which is no rule",
            fault.name,
            fault.trips
        );
    }
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
        let ledger = judge(&[name]);
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

/// Twenty milliseconds more for each reply change no verdict.
#[test]
fn a_slow_agent_gets_the_verdicts_of_a_quick_one() {
    let verdicts = |quirks: &[&str]| -> BTreeMap<_, _> {
        let rows = judge(quirks).rows.into_iter();
        rows.map(|(key, row)| (key, (row.verdict, row.skip, row.violations_total))).collect()
    };
    assert_eq!(verdicts(&["slow"]), verdicts(&[]));
    let broken = verdicts(&["no-ids-on-errors"]);
    assert!(broken.values().any(|(verdict, ..)| *verdict == Verdict::Fail));
    assert_eq!(verdicts(&["slow", "no-ids-on-errors"]), broken);
}

fn judge(faults: &[&str]) -> Ledger {
    run(&TargetSpec::reference(faults), &Options::default(), &mut |_| ())
        .expect("the reference agent is always there")
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
