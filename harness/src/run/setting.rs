//! What all sessions of a run have in common.

use std::time::Duration;

use crate::agent::Surroundings;
use crate::agent::gate::Gate;
use crate::agent::sandbox::Variation;
use crate::agent::session::{Bounds, Session, SessionError};
use crate::agent::target::{SpawnSpec, TargetKind, TargetSpec};
use crate::classify::{Hazard, HazardContext};
use crate::generate::GuestProfile;
use crate::schema::Schema;
use crate::schema::versions::Version;
use crate::wire::transcript::Head;

use super::options::{CaseChoice, Options, RunError};
use super::plan::{self, Plan};
use super::repertoire::Stock;
use super::selection::{Selection, SelectionError};
use super::verdicts::Header;
use super::yardstick::{SchemaChoice, Yardstick};
use super::{REPLY_BYTES_MAX, TOOL};

/// An agent, and what is to be done with it.
#[derive(Debug)]
pub(super) struct Setting<'r> {
    pub(super) spec: &'r TargetSpec,
    pub(super) options: &'r Options,
    pub(super) yardstick: Yardstick,
    pub(super) allowed: Hazard,
    /// The guests that the plan is for, the first of which is played in any case.
    guests: Vec<Variation>,
}

/// An agent that was met.
pub(super) struct Met {
    pub(super) session: Session<'static>,
    /// How it went to find out what the agent can do.
    pub(super) calibrated: Result<(), SessionError>,
}

impl<'r> Setting<'r> {
    /// Refuses a guest that the target does not have.
    pub(super) fn new(spec: &'r TargetSpec, options: &'r Options) -> Result<Self, RunError> {
        let allowed = options.allow.unwrap_or(spec.default_hazard());
        let yardstick = options.schema.yardstick();
        Ok(Self { spec, options, yardstick, allowed, guests: guests(spec, options)? })
    }

    /// Whether the choice of rows and cases makes sense; nothing is started for that.
    pub(super) fn check(&self) -> Result<(), SelectionError> {
        let profile = profile(self.options, Surroundings::typical(&self.spec.kind));
        plan::check_selection(self.options.schema.widest(), self.options, &profile)
    }

    /// What the agent is measured by.
    pub(super) fn schema(&self) -> &'static Schema {
        self.yardstick.schema
    }

    /// The choice of rows.
    pub(super) fn selection(&self) -> Result<Selection, SelectionError> {
        plan::selection(self.schema(), self.options)
    }

    /// The guest that comes first.
    pub(super) fn first(&self) -> Variation {
        self.guests.first().copied().unwrap_or(Variation::Usual)
    }

    /// Meets the agent in this guest, which starts it if it is ours. Nothing is judged yet.
    pub(super) async fn meet(&self, guest: Variation) -> Result<Met, SessionError> {
        let mut session = self.connect(guest).await?;
        let calibrated = session.calibrate().await;
        Ok(Met { session, calibrated })
    }

    /// Finds out what the agent is to be measured by, if that depends on it.
    pub(super) async fn settle(&mut self, met: &mut Met) {
        let Met { session, calibrated } = met;
        if calibrated.is_err() || session.abilities().fence.is_none() {
            return;
        }
        match self.options.schema.settle(session).await {
            Ok(yardstick) => self.yardstick = yardstick,
            Err(error) => *calibrated = Err(error),
        }
        session.gate_mut().follow(self.schema());
    }

    async fn connect(&self, guest: Variation) -> Result<Session<'static>, SessionError> {
        let bounds = Bounds {
            deadline: Duration::from_millis(self.options.deadline_ms),
            start: Duration::from_millis(self.options.start_ms),
            reply_bytes: REPLY_BYTES_MAX,
            restarts: self.options.max_restarts,
        };
        let gate = Gate::new(self.schema(), self.allowed, HazardContext::default());
        let spec = self.spec.varied(guest);
        let mut session = Session::connect(&spec, gate, bounds, self.options.ignore_early_bytes).await?;
        // The gate learns the scratch folder as soon as the target has told it.
        let scratch = profile(self.options, session.surroundings()).scratch;
        session.gate_mut().context_mut().scratch = scratch;
        Ok(session)
    }

    /// The plan for what is around the agent.
    pub(super) fn plan(
        &self,
        stock: &Stock,
        surroundings: Surroundings,
        selection: Selection,
    ) -> Result<Plan, SelectionError> {
        let profile = profile(self.options, surroundings);
        let repertoire = stock.repertoire(self.schema(), &profile, self.options.seed);
        Plan::new(repertoire, selection, self.options, self.allowed, &self.guests)
    }

    /// What a transcript of the run begins with.
    pub(super) fn head(&self) -> Head {
        Head {
            tool: TOOL.to_owned(),
            target: self.spec.text.clone(),
            kind: self.spec.kind_name().to_owned(),
            schema: self.yardstick.name.clone(),
            seed: self.options.seed,
            hazard: self.allowed.name().to_owned(),
            effort: self.options.effort.name().to_owned(),
            deadline_ms: self.options.deadline_ms,
            reply_bytes: REPLY_BYTES_MAX,
            restarts: self.options.max_restarts,
            reproduce: self.reproduction(),
        }
    }

    /// What the ledger begins with.
    pub(super) fn header(&self) -> Header {
        Header::new(&self.head(), self.allowed, self.options.effort)
    }

    /// The command line that shows a finding again, up to the case.
    fn reproduction(&self) -> String {
        use std::fmt::Write;
        let Self { spec, options, .. } = self;
        let mut line = format!("qgaspec run {}", shell_words::quote(&spec.text));
        let mut add =
            |text: std::fmt::Arguments<'_>| line.write_fmt(text).expect("writing into a string cannot fail");
        if let TargetKind::Spawn(SpawnSpec { sandbox: Some(_), .. }) = spec.kind {
            add(format_args!(" --sandbox"));
        }
        if self.allowed != spec.default_hazard() {
            add(format_args!(" --allow {}", self.allowed.name()));
        }
        match &options.schema {
            SchemaChoice::Version(Version::Seed) => {}
            // What was found out about an agent is not asked again.
            SchemaChoice::Version(_) | SchemaChoice::Auto => {
                add(format_args!(" --schema-version {}", self.yardstick.name));
            }
            SchemaChoice::Own { name, .. } => add(format_args!(" --schema {}", shell_words::quote(name))),
        }
        if options.effort != Options::default().effort {
            add(format_args!(" --effort {}", options.effort.name()));
        }
        if options.seed != 0 {
            add(format_args!(" --seed {}", options.seed));
        }
        if let Some(scratch) = &options.scratch {
            add(format_args!(" --scratch {}", shell_words::quote(scratch)));
        }
        line
    }
}

/// What cases may use of the guest: what is around the agent, unless the user says otherwise.
fn profile(options: &Options, surroundings: Surroundings) -> GuestProfile {
    let Surroundings { scratch, programs, user, facts } = surroundings;
    GuestProfile { scratch: options.scratch.clone().or(scratch), programs, user, facts }
}

/// The one that was asked for, or all that there are; a choice of cases is for the usual guest.
fn guests(spec: &TargetSpec, options: &Options) -> Result<Vec<Variation>, RunError> {
    let available = spec.variations();
    match (options.guest, &options.cases) {
        (Some(guest), _) if available.contains(&guest) => Ok(vec![guest]),
        (Some(guest), _) => Err(RunError::Guest { target: spec.text.clone(), guest }),
        (None, CaseChoice::All) if !available.is_empty() => Ok(available),
        (
            None,
            CaseChoice::All | CaseChoice::One { .. } | CaseChoice::Scenario { .. } | CaseChoice::About(_),
        ) => Ok(vec![Variation::Usual]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::bindings::with_stand_ins;
    use crate::run::{self, Drawn};

    fn plan(options: &Options) -> Plan {
        let spec = TargetSpec::parse("qemu-ga").expect("it is a target");
        run::plan(&spec, options).unwrap()
    }

    #[test]
    fn other_guests_get_what_they_decide_and_add_no_row_to_the_plan() {
        let all = plan(&Options::default());
        let usual = plan(&Options { guest: Some(Variation::Usual), ..Options::default() });
        assert_eq!(all.rows(), usual.rows());
        for guest in Variation::ALL.into_iter().skip(1) {
            let mut about: Vec<_> =
                all.wanted(guest).filter_map(|drawn| drawn.case.command.clone()).collect();
            about.sort_unstable();
            about.dedup();
            let mut expected = guest.commands().to_vec();
            expected.sort_unstable();
            assert_eq!(about, expected, "{guest:?}");
            assert!(all.wanted(guest).all(|drawn| drawn.label.ends_with(&format!("@{}", guest.name()))));
        }
    }

    #[test]
    fn a_frozen_guest_is_thawed_when_everything_else_has_been_asked() {
        let plan = plan(&Options::default());
        let thaws = |drawn: &Drawn<'_>| {
            let mut writes = drawn.case.stimuli.iter().flat_map(with_stand_ins);
            writes.any(|write| String::from_utf8_lossy(&write).contains("guest-fsfreeze-thaw"))
        };
        let frozen: Vec<_> = plan.wanted(Variation::Frozen).collect();
        let (asking, thawing) = frozen.split_at(frozen.iter().position(&thaws).unwrap());
        assert!(asking.iter().any(|drawn| *drawn.label == *"power/guest-shutdown/minimal@frozen"));
        assert!(thawing.iter().all(&thaws));
    }

    #[test]
    fn guests_are_those_of_the_target_and_a_single_case_is_for_one() {
        let guests = |target: &str, options: &Options| {
            super::guests(&TargetSpec::parse(target).expect("it is a target"), options)
        };
        let all = Options::default();
        assert_eq!(guests("qemu-ga", &all).unwrap(), Variation::ALL);
        assert_eq!(guests("reference", &all).unwrap(), [Variation::Usual]);
        let one = Options {
            cases: CaseChoice::One { id: "valid/guest-ping/minimal".to_owned(), after: 0 },
            ..all.clone()
        };
        assert_eq!(guests("qemu-ga", &one).unwrap(), [Variation::Usual]);
        let west = Options { guest: Some(Variation::West), ..one };
        assert_eq!(guests("qemu-ga", &west).unwrap(), [Variation::West]);
        let refused = guests("unix:/run/agent", &west).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the target `unix:/run/agent` cannot be tried in the guest `west`: only a sandbox plays guests"
        );
    }
}
