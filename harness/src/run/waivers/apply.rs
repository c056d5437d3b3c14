//! Waivers over rows.

use std::collections::BTreeMap;

use super::{Waiver, Waivers};
use crate::run::ledger::{Row, Waived, WaiverRecord, WaiverState};
use crate::run::plan::RowKey;
use crate::verdict::Verdict;

/// Lays waivers over the failing rows whose every finding they cover, and says what became of each. Only a run that
/// left nothing out (`is_whole`) can tell that a waiver is stale: what was not sent may be what it is for.
pub(in crate::run) fn apply(
    waivers: &Waivers,
    rows: &mut BTreeMap<RowKey, Row>,
    is_whole: bool,
) -> Vec<WaiverRecord> {
    let mut standings: Vec<Standing<'_>> =
        waivers.list.iter().map(|waiver| Standing::new(waiver, waivers)).collect();
    for ((rule, command), row) in rows {
        let mut about: Vec<&mut Standing<'_>> =
            standings.iter_mut().filter(|standing| standing.waiver.is_about(rule, command)).collect();
        for standing in &mut about {
            standing.is_exercised |= row.exercised > 0;
        }
        if row.verdict == Verdict::Fail {
            row.waived = cover(row, &mut about).unwrap_or_default();
        }
    }
    standings.into_iter().map(|standing| standing.record(is_whole)).collect()
}

/// The reasons for tolerating the row, if each of its findings is covered.
fn cover(row: &Row, about: &mut [&mut Standing<'_>]) -> Option<Vec<Waived>> {
    let told: u64 = row.findings.values().sum();
    // A row may fail without a finding, or with more kinds of findings than were kept.
    let untold = (told < row.violations_total || row.findings.is_empty()).then_some(None);
    let mut waived: Vec<Waived> = Vec::new();
    let mut is_covered = true;
    for finding in row.findings.keys().map(|name| Some(name.as_str())).chain(untold) {
        let mut covering = about.iter_mut().filter(|standing| standing.covers(finding)).peekable();
        is_covered &= covering.peek().is_some();
        for standing in covering {
            standing.is_used = true;
            let reason = Waived {
                reason: standing.waiver.reason.clone(),
                expires: standing.waiver.expires.to_string(),
            };
            if !waived.contains(&reason) {
                waived.push(reason);
            }
        }
    }
    is_covered.then_some(waived)
}

/// How a waiver stands, as far as rows were looked at.
struct Standing<'w> {
    waiver: &'w Waiver,
    is_expired: bool,
    /// Whether one of its rows was exercised.
    is_exercised: bool,
    /// Whether it covers a finding.
    is_used: bool,
}

impl<'w> Standing<'w> {
    fn new(waiver: &'w Waiver, waivers: &Waivers) -> Self {
        let is_expired = waiver.expires < waivers.today;
        Self { waiver, is_expired, is_exercised: false, is_used: false }
    }

    fn covers(&self, finding: Option<&str>) -> bool {
        !self.is_expired && self.waiver.covers(finding)
    }

    fn record(self, is_whole: bool) -> WaiverRecord {
        let state = if self.is_expired {
            WaiverState::Expired
        } else if self.is_used {
            WaiverState::Used
        } else if self.is_exercised && is_whole {
            WaiverState::Stale
        } else {
            WaiverState::Unused
        };
        WaiverRecord {
            rule: self.waiver.rule.text.clone(),
            command: self.waiver.command.as_ref().map(|pattern| pattern.text.clone()),
            fingerprint: self.waiver.fingerprint.clone(),
            reason: self.waiver.reason.clone(),
            expires: self.waiver.expires.to_string(),
            state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::waivers::read;
    use crate::schema::builtin;
    use crate::verdict::{Class, Evidence};

    const ONE: &str = "0000000000000001";
    const TWO: &str = "0000000000000002";

    fn row(verdict: Verdict, findings: &[(&str, u64)]) -> Row {
        Row {
            class: Class::Violation,
            evidence: Evidence::AnyReply,
            verdict,
            skip: None,
            reason: None,
            exercised: 9,
            guests: Vec::new(),
            violations_total: findings.iter().map(|(_, count)| count).sum(),
            findings: findings.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect(),
            violations: Vec::new(),
            waived: Vec::new(),
        }
    }

    fn failing(findings: &[(&str, u64)]) -> Row {
        row(Verdict::Fail, findings)
    }

    fn passing() -> Row {
        row(Verdict::Pass, &[])
    }

    /// Whether a row of `core/ping` is waived, and the states of waivers for it with these fingerprints, on this day.
    fn outcome(row: Row, waivers: &[Option<&str>], today: &str, is_whole: bool) -> (bool, Vec<WaiverState>) {
        let fingerprint = |name: &str| format!("fingerprint = \"{name}\"\n");
        let entry = |name: Option<&str>| {
            format!(
                "[[waiver]]\nrule = \"core/*\"\nreason = \"x\"\nexpires = 2030-06-15\n{}",
                name.map(fingerprint).unwrap_or_default()
            )
        };
        let text: String = waivers.iter().copied().map(entry).collect();
        let list = read("w", &text, builtin::seed()).expect("it is right");
        let key = ("core/ping", "guest-ping".to_owned());
        let mut rows = BTreeMap::from([(key.clone(), row), (("sync/echo", String::new()), passing())]);
        let records = apply(&Waivers::new(list, today.parse().unwrap()), &mut rows, is_whole);
        (!rows[&key].waived.is_empty(), records.iter().map(|record| record.state).collect())
    }

    fn on_time(row: Row, waivers: &[Option<&str>]) -> (bool, Vec<WaiverState>) {
        outcome(row, waivers, "2030-06-15", true)
    }

    #[test]
    fn a_row_is_waived_when_each_of_its_findings_is() {
        use WaiverState::{Stale, Used};
        let both = || failing(&[(ONE, 5), (TWO, 1)]);
        assert_eq!(on_time(both(), &[None]), (true, vec![Used]));
        assert_eq!(on_time(both(), &[Some(ONE)]), (false, vec![Used]));
        assert_eq!(on_time(both(), &[Some(ONE), Some(TWO)]), (true, vec![Used, Used]));
        assert_eq!(on_time(failing(&[(ONE, 5)]), &[Some(ONE), Some(TWO)]), (true, vec![Used, Stale]));
        assert_eq!(on_time(failing(&[]), &[None]), (true, vec![Used]));
        assert_eq!(on_time(failing(&[]), &[Some(ONE)]), (false, vec![Stale]));
        let more = Row { violations_total: 9, ..failing(&[(ONE, 5)]) };
        assert_eq!(on_time(more, &[Some(ONE)]), (false, vec![Used]));
    }

    #[test]
    fn a_waiver_for_what_passes_is_stale_in_a_whole_run() {
        use WaiverState::{Stale, Unused};
        assert_eq!(on_time(passing(), &[None]), (false, vec![Stale]));
        assert_eq!(outcome(passing(), &[None], "2030-06-15", false), (false, vec![Unused]));
        let skipped = Row { exercised: 0, verdict: Verdict::Skipped, ..passing() };
        assert_eq!(on_time(skipped, &[None]), (false, vec![Unused]));
    }

    #[test]
    fn a_waiver_holds_up_to_its_last_day() {
        use WaiverState::{Expired, Used};
        let on = |day| outcome(failing(&[(ONE, 1)]), &[None], day, true);
        assert_eq!(on("2030-06-15"), (true, vec![Used]));
        assert_eq!(on("2030-06-16"), (false, vec![Expired]));
        assert_eq!(outcome(passing(), &[None], "2031-01-01", true), (false, vec![Expired]));
    }
}
