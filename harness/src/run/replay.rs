//! Plays scenarios: does an agent still do what was once found, does it conform in a conversation?

use std::sync::Arc;

use crate::agent::target::TargetSpec;
use crate::rules::{self, Scope, fingerprint};
use crate::scenario::{Finding, Scenario};
use crate::verdict::{Exit, SkipReason, Verdict};

use super::drive::run;
use super::ledger::{Ledger, Row};
use super::options::{CaseChoice, Options, RunError};

/// What came of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The outcome.
    pub outcome: Outcome,
    /// What there is to say about it, in words; agent bytes in it are escaped already.
    pub detail: String,
}

/// The outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What was found does not show any more.
    Fixed,
    /// What was found shows again.
    StillFails,
    /// The agent conforms in this conversation.
    Conforms,
    /// It does not.
    Fails,
    /// Nothing can be said.
    CouldNotRun,
}

impl Outcome {
    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fixed => "FIXED",
            Self::StillFails => "STILL FAILS",
            Self::Conforms => "CONFORMS",
            Self::Fails => "FAILS",
            Self::CouldNotRun => "COULD NOT RUN",
        }
    }

    /// What the program ends with after this.
    pub const fn exit(self) -> Exit {
        match self {
            Self::Fixed | Self::Conforms => Exit::Conforms,
            Self::StillFails | Self::Fails => Exit::DoesNotConform,
            Self::CouldNotRun => Exit::Incomplete,
        }
    }
}

/// Plays a scenario against an agent. The only error is that the user interrupts it; whatever else goes wrong is an
/// outcome of this scenario, and others may still be played.
pub fn replay(
    spec: &TargetSpec,
    options: &Options,
    name: &str,
    scenario: &Arc<Scenario>,
) -> Result<Replayed, RunError> {
    let cases = CaseChoice::Scenario { name: name.to_owned(), scenario: Arc::clone(scenario) };
    let (outcome, detail) = match run(spec, &Options { cases, ..options.clone() }, &mut |_| ()) {
        Err(RunError::Interrupted) => return Err(RunError::Interrupted),
        Err(error) => (Outcome::CouldNotRun, error.to_string()),
        Ok(ledger) => match &scenario.finding {
            Some(finding) => of_finding(finding, &ledger),
            None => of_conversation(scenario, &ledger),
        },
    };
    Ok(Replayed { outcome, detail })
}

fn of_finding(finding: &Finding, ledger: &Ledger) -> (Outcome, String) {
    let command = finding.command.clone().unwrap_or_default();
    let name = fingerprint(&finding.rule, &command, &finding.bucket);
    let rows = || ledger.rows.iter().filter(|((rule, _), _)| *rule == finding.rule);
    if let Some((_, row)) = rows().find(|(_, row)| row.findings.contains_key(&name)) {
        return (Outcome::StillFails, told(row));
    }
    let row = rows().find(|((_, found), _)| *found == command).map(|(_, row)| row);
    // A rule about events has nothing to say as long as none takes place.
    let is_about_events =
        rules::rule(&finding.rule).is_some_and(|rule| matches!(rule.scope, Scope::Event { .. }));
    match row {
        Some(row) if row.exercised > 0 => (Outcome::Fixed, String::new()),
        None if is_about_events => (Outcome::Fixed, String::new()),
        row => {
            let reason = row.and_then(|row| row.reason.clone());
            let reason = reason.unwrap_or_else(|| format!("nothing speaks about {}", finding.rule));
            (Outcome::CouldNotRun, reason)
        }
    }
}

fn of_conversation(scenario: &Scenario, ledger: &Ledger) -> (Outcome, String) {
    // A conversation that was not allowed, or whose commands are not there, shows nothing.
    let left_out = |row: &&Row| {
        let missing = matches!(row.skip, Some(SkipReason::Unsupported | SkipReason::Refused));
        let shows_nothing = ledger.summary.cases == 0 || (scenario.expect.is_empty() && missing);
        shows_nothing && ledger.summary.exit != Exit::DoesNotConform
    };
    if let Some(reason) = ledger.rows.values().filter(|row| row.skip.is_some()).find(left_out) {
        return (Outcome::CouldNotRun, reason.reason.clone().unwrap_or_default());
    }
    let failing = || ledger.rows.iter().filter(|(_, row)| row.fails());
    match ledger.summary.exit {
        Exit::Conforms => {}
        Exit::DoesNotConform => {
            let detail = failing().next().map(|((rule, _), row)| format!("{rule}: {}", told(row)));
            return (Outcome::Fails, detail.unwrap_or_default());
        }
        // What a conversation could have been about besides is not what it is for.
        Exit::Incomplete if has_spoken(ledger) => {}
        _ => {
            let open = ledger.rows.values().find(|row| row.verdict < Verdict::Pass && !row.fails());
            return (Outcome::CouldNotRun, open.and_then(|row| row.reason.clone()).unwrap_or_default());
        }
    }
    let passes =
        |code: &str| ledger.rows.iter().any(|((rule, _), row)| *rule == code && row.verdict == Verdict::Pass);
    match scenario.expect.iter().find(|code| !passes(code)) {
        Some(code) => (Outcome::CouldNotRun, format!("nothing that came speaks about {code}")),
        None => (Outcome::Conforms, String::new()),
    }
}

/// Whether all was heard that was to be heard, though some rules found nothing to speak about.
fn has_spoken(ledger: &Ledger) -> bool {
    let verdicts = || ledger.rows.values().map(|row| row.verdict);
    verdicts().any(|verdict| verdict == Verdict::Pass)
        && verdicts().all(|verdict| verdict != Verdict::Inconclusive)
}

/// What a failing row has to say.
fn told(row: &Row) -> String {
    let found = row.violations.first();
    let found = found.map(|found| format!("expected {}, got {}", found.expected, found.got));
    found.or_else(|| row.reason.clone()).unwrap_or_default()
}
