//! Trials: an agent that is a part of this process, judged in a test or a fuzz target.
//!
//! Bytes make a script, or are sent as they are; a fresh agent gets them, and whatever breaks a rule comes back as a
//! finding. Nothing here needs a runtime, a socket or a clock.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::agent::embedded::{Agent, Embedded};
use crate::agent::gate::Gate;
use crate::classify::{Hazard, HazardContext};
use crate::generate::{Action, Author, Case, Daring, GuestProfile, Step, Stimulus};
use crate::run::REPLY_BYTES_MAX;
use crate::schema::{Schema, builtin};
use crate::verdict::Class;

use super::finding::{Finding, Offence, Sighting};
use super::minimise::{Minimiser, Patience};
use super::player::{Played, Player};

/// What an agent is tried with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What the guest has, as far as requests may use it.
    pub profile: GuestProfile,
    /// What may be done to the guest. It is your machine unless the agent only plays.
    pub allow: Hazard,
    /// Whether differences from `qemu-ga` count, too.
    pub strict: bool,
    /// What requests and replies are measured by.
    pub schema: &'static Schema,
}

impl Default for Setup {
    /// Questions alone.
    fn default() -> Self {
        Self { profile: GuestProfile::default(), allow: Hazard::Read, strict: false, schema: builtin::seed() }
    }
}

/// Tries one agent again and again.
pub struct Trial<'a, A> {
    author: Author<'a>,
    player: Player<'a, Embedded<'a, A>>,
    strict: bool,
}

impl<A> std::fmt::Debug for Trial<'_, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trial").field("author", &self.author).finish_non_exhaustive()
    }
}

impl<'a, A: Agent + 'a> Trial<'a, A> {
    /// Tries the agents that `start` makes.
    pub fn new(setup: &'a Setup, start: impl FnMut() -> A + 'a) -> Self {
        let context = HazardContext { scratch: setup.profile.scratch.clone(), ..HazardContext::default() };
        let keep = keep(setup.schema, setup.allow, &context);
        let author = Author::new(setup.schema, &setup.profile, daring(setup.allow), &keep);
        drop(keep);
        let gate = Gate::new(setup.schema, setup.allow, context);
        let mut player = Player::new(setup.schema, Embedded::new(start, gate, REPLY_BYTES_MAX));
        // An agent that answers nothing shows that at once, in every trial.
        let _ = player.stage.calibrate();
        player.begin();
        Self { author, player, strict: setup.strict }
    }

    /// Plays the script that the bytes make.
    ///
    /// # Errors
    ///
    /// What broke a rule, if something did.
    pub fn session(&mut self, bytes: &[u8]) -> Result<(), Box<Finding>> {
        let steps = self.author.script(bytes).steps;
        self.steps(&steps)
    }

    /// Sends the bytes as they are, and a fence behind them.
    ///
    /// # Errors
    ///
    /// What broke a rule, if something did.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Box<Finding>> {
        let action = Action::Say(Stimulus::bytes(bytes));
        self.steps(&[Step { speaker: 0, label: Arc::from("bytes"), action }])
    }

    /// Plays these steps.
    ///
    /// # Errors
    ///
    /// What broke a rule, if something did.
    pub fn steps(&mut self, steps: &[Step]) -> Result<(), Box<Finding>> {
        let played = immediately(self.play(steps));
        let counts = |sighting: &Sighting| self.strict || sighting.offence.rule.class != Class::Difference;
        let Some(sighting) = played.sightings.into_iter().find(counts) else { return Ok(()) };
        let taken = played.order.iter().take(sighting.step + 1).map(|at| steps[*at].clone()).collect();
        Err(Box::new(Finding::new(sighting, taken)))
    }

    /// The shortest steps that were found to break the same rule in the same way.
    pub fn minimise(&mut self, finding: Finding) -> Finding {
        const PATIENCE: Patience =
            Patience { tries: 20_000, time: std::time::Duration::from_secs(10), confirmations: 3 };
        let Some(rule) = crate::rules::rule(finding.rule) else { return finding };
        let offence =
            Offence { rule, command: Arc::from(finding.command.as_str()), bucket: finding.bucket.clone() };
        let before = finding.steps.len();
        let search = Minimiser::new(&mut self.player, offence, PATIENCE);
        let shortest = immediately(search.run(vec![finding.steps.clone()]));
        let mut minimised = match shortest.sighting {
            Some(sighting) => Finding::new(sighting, shortest.steps),
            None => finding,
        };
        minimised.reproduced = shortest.reproduced;
        minimised.cost.steps_before = before;
        minimised.cost.tries = shortest.tries;
        minimised
    }

    async fn play(&mut self, steps: &[Step]) -> Played {
        match self.player.renew().await {
            Ok(()) => self.player.play(steps, None).await,
            Err(error) => Played { gone: Some(error.to_string()), ..Played::default() },
        }
    }
}

/// How far scripts go if this may be done.
pub(super) const fn daring(allow: Hazard) -> Daring {
    match allow {
        Hazard::Read => Daring::Asks,
        Hazard::Scratch => Daring::Makes,
        Hazard::State => Daring::Sets,
        Hazard::Power => Daring::Anything,
    }
}

/// Whether a case may be sent if this may be done.
pub(super) fn keep<'k>(
    schema: &'k Schema,
    allow: Hazard,
    context: &'k HazardContext,
) -> impl Fn(&Case) -> bool + 'k {
    let context = HazardContext {
        handles: [crate::generate::Symbol::STAND_IN].into(),
        pids: [crate::generate::Symbol::STAND_IN].into(),
        scratch: context.scratch.clone(),
    };
    move |case| {
        let assess = |stimulus: &Stimulus| {
            let bytes = crate::run::bindings::with_stand_ins(stimulus).concat();
            crate::classify::hazard::assess(&bytes, schema, &context).hazard
        };
        allow == Hazard::Power || case.stimuli.iter().all(|stimulus| assess(stimulus) <= allow)
    }
}

/// What a future comes to that never waits.
pub(super) fn immediately<F: Future>(future: F) -> F::Output {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("nothing in this process is waited for"),
    }
}

#[cfg(test)]
mod tests {
    use crate::agent::embedded::Reference;
    use crate::agent::reference::{Config, fault};
    use crate::generate::script_bytes;

    use super::*;

    fn setup() -> Setup {
        let programs = ["cat", "echo", "env", "false", "sh", "sleep", "true"].map(str::to_owned).to_vec();
        let profile = GuestProfile {
            scratch: Some("/qgaspec".to_owned()),
            programs,
            user: Some("root".to_owned()),
            ..GuestProfile::default()
        };
        Setup { profile, allow: Hazard::Power, strict: true, ..Setup::default() }
    }

    #[test]
    fn the_reference_agent_breaks_no_rule() {
        let setup = setup();
        let mut trial = Trial::new(&setup, || Reference::new(Config::default()));
        for number in 0..300 {
            if let Err(finding) = trial.session(&script_bytes(0, number)) {
                let finding = trial.minimise(*finding);
                panic!("script {number}: {finding:#?}");
            }
        }
    }

    #[test]
    fn faults_are_found_and_come_down_to_few_steps() {
        let setup = setup();
        for (name, steps) in [
            ("ids-in-32-bits", 1),
            ("closes-after-errors", 1),
            ("third-handle-again", 3),
            ("seek-does-not-move", 4),
            ("aborts-on-huge-counts", 1),
        ] {
            let fault = fault::by_name(name).unwrap();
            let config = move || Config { faults: vec![fault], ..Config::default() };
            let mut trial = Trial::new(&setup, move || Reference::new(config()));
            // What was written at another place can be read back, which needs more steps than to seek again.
            let found = (0..3000).find_map(|number| {
                trial
                    .session(&script_bytes(0, number))
                    .err()
                    .filter(|finding| finding.rule != "file/read-content")
            });
            let minimised = trial.minimise(*found.unwrap_or_else(|| panic!("{name} was not found")));
            assert!(
                minimised.steps.len() <= steps,
                "{name}: {} steps: {minimised:#?}",
                minimised.steps.len()
            );
            assert_eq!(minimised.reproduced.times, minimised.reproduced.of, "{name}");
        }
    }
}
