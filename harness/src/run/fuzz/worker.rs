//! One worker of a campaign: an agent of its own, and every n-th script.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::time::Duration;

use crate::agent::embedded::{Embedded, Reference};
use crate::agent::gate::Gate;
use crate::agent::reference::{Config, fault, variant};
use crate::agent::session::{Bounds, Session};
use crate::agent::target::{TargetKind, TargetSpec};
use crate::agent::{Surroundings, embedded};
use crate::classify::{Hazard, HazardContext};
use crate::generate::{Author, GuestProfile, Script, Step, script_bytes};
use crate::run::REPLY_BYTES_MAX;
use crate::run::options::RunError;
use crate::schema::{Schema, builtin};

use super::campaign::{CampaignOptions, News, Shared};
use super::finding::{Finding, Sighting};
use super::minimise::{Minimiser, Patience};
use super::player::{Played, Player};
use super::stage::Stage;
use super::trial::{daring, keep};

/// Scripts that one agent is played. Messy ones leave files open, and there is a limit to those.
const SCRIPTS_OF_AN_AGENT: usize = 400;
/// Scripts before the one in which something was seen that are tried with it, if it is not seen without.
const HISTORIES: [usize; 4] = [2, 8, 32, 128];
/// An agent that is lost so often in a row is lost for good.
const LOSSES_MAX: u32 = 5;

/// What minimising may cost where agents are made at once.
const PATIENCE_IN_PROCESS: Patience =
    Patience { tries: 4000, time: Duration::from_secs(8), confirmations: 5 };
/// And where each has to be started.
const PATIENCE: Patience = Patience { tries: 300, time: Duration::from_secs(40), confirmations: 5 };

/// Who works, on what.
pub(super) struct Worker<'w> {
    pub(super) spec: &'w TargetSpec,
    pub(super) options: &'w CampaignOptions,
    pub(super) number: u32,
    pub(super) of: u32,
    pub(super) shared: &'w Shared,
    pub(super) news: Sender<News>,
}

/// Works until the campaign is over, or the agent is lost for good.
pub(super) fn work(worker: Worker<'_>) {
    let news = worker.news.clone();
    if let Err(error) = try_to_work(worker) {
        // Nobody listens only when the campaign is over.
        let _ = news.send(News::Failed(error));
    }
}

fn try_to_work(worker: Worker<'_>) -> Result<(), RunError> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(RunError::Runtime)?;
    let schema = builtin::seed();
    let allowed = worker.options.allow.unwrap_or(worker.spec.default_hazard());
    let gate = Gate::new(schema, allowed, HazardContext::default());
    if let TargetKind::Reference { quirks, schema: served } = &worker.spec.kind {
        let config = Config {
            faults: quirks.iter().filter_map(|name| fault::by_name(name)).collect(),
            variants: quirks.iter().filter_map(|name| variant::by_name(name)).collect(),
            schema: served,
            ..Config::default()
        };
        let start = move || Reference::new(config.clone());
        let mut stage = Embedded::new(start, gate, REPLY_BYTES_MAX);
        let surroundings = Surroundings::typical(&worker.spec.kind);
        let calibrated = stage.calibrate().map_err(|gone: embedded::Gone| gone.to_string());
        let profile = worker.profile(surroundings);
        stage.gate_mut().context_mut().scratch.clone_from(&profile.scratch);
        return runtime.block_on(worker.run(schema, stage, &profile, calibrated.err(), PATIENCE_IN_PROCESS));
    }
    let bounds = Bounds {
        deadline: Duration::from_millis(worker.options.deadline_ms),
        start: Duration::from_millis(worker.options.start_ms),
        reply_bytes: REPLY_BYTES_MAX,
        restarts: u32::MAX,
    };
    runtime.block_on(async {
        let mut session =
            Session::connect(worker.spec, gate, bounds, worker.options.ignore_early_bytes).await?;
        let profile = worker.profile(session.surroundings());
        session.gate_mut().context_mut().scratch.clone_from(&profile.scratch);
        let calibrated = session.calibrate().await.map_err(|error| error.to_string());
        worker.run(schema, session, &profile, calibrated.err(), PATIENCE).await
    })
}

impl Worker<'_> {
    fn profile(&self, surroundings: Surroundings) -> GuestProfile {
        let Surroundings { scratch, programs, user, facts } = surroundings;
        GuestProfile { scratch: self.options.scratch.clone().or(scratch), programs, user, facts }
    }

    async fn run<'s, S: Stage<'s>>(
        self,
        schema: &'s Schema,
        mut stage: S,
        profile: &'s GuestProfile,
        gone: Option<String>,
        patience: Patience,
    ) -> Result<(), RunError> {
        let allowed = stage.gate_mut().allowed();
        let context = stage.gate_mut().context_mut().clone();
        let keep = keep(schema, allowed, &context);
        let author = Author::new(schema, profile, daring(allowed), &keep);
        let mut player = Player::new(schema, stage);
        player.spares = true;
        let mut shift = Shift { worker: &self, author, played: Vec::new(), counted: 0, rows: 0, patience };
        let first = player.begin();
        shift.report(first, &[], 0, &mut player).await;
        if let Some(gone) = gone {
            self.tell(News::Gone(gone));
            return Ok(());
        }
        if player.stage.abilities().fence.is_none() {
            self.tell(News::Gone("it answers no sync with its id, so no reply can be attributed".to_owned()));
            return Ok(());
        }
        if allowed > Hazard::Read && !self.spec.is_disposable() && player.is_frozen().await {
            return Err(RunError::Frozen);
        }
        shift.play(&mut player).await;
        player.stage.part().await;
        Ok(())
    }

    fn tell(&self, news: News) {
        // Nobody listens only when the campaign is over.
        let _ = self.news.send(news);
    }
}

/// A worker at work.
struct Shift<'w, 'a> {
    worker: &'w Worker<'w>,
    author: Author<'a>,
    /// The scripts that the present agent was played.
    played: Vec<u64>,
    /// Requests that were counted already.
    counted: u64,
    /// Rows that were told already.
    rows: usize,
    patience: Patience,
}

impl Shift<'_, '_> {
    async fn play<'s, S: Stage<'s>>(&mut self, player: &mut Player<'s, S>) {
        let options = self.worker.options;
        let mut losses = 0;
        let mut number = options.first_script + u64::from(self.worker.number);
        let end = options.scripts.map(|scripts| options.first_script.saturating_add(scripts));
        while !self.worker.shared.is_over() && end.is_none_or(|end| number < end) {
            if self.played.len() >= SCRIPTS_OF_AN_AGENT {
                self.renew(player).await;
            }
            let Script { steps } = self.script(number);
            let restarts = player.restarts;
            let outcome = player.play(&steps, None).await;
            if player.restarts > restarts {
                self.played.clear();
            }
            self.played.push(number);
            self.count(player, number);
            let gone = outcome.gone.clone();
            self.report(outcome, &steps, number, player).await;
            losses = if gone.is_some() { losses + 1 } else { 0 };
            if let Some(reason) = gone
                && (!self.renew(player).await || losses >= LOSSES_MAX)
            {
                self.worker.tell(News::Gone(reason));
                return;
            }
            number += u64::from(self.worker.of);
        }
    }

    fn script(&self, number: u64) -> Script {
        self.author.script(&script_bytes(self.worker.options.seed, number))
    }

    async fn renew<'s, S: Stage<'s>>(&mut self, player: &mut Player<'s, S>) -> bool {
        self.played.clear();
        player.renew().await.is_ok()
    }

    fn count<'s, S: Stage<'s>>(&mut self, player: &Player<'s, S>, script: u64) {
        let shared = self.worker.shared;
        let requests = player.stage.requests();
        shared.requests.fetch_add(requests.saturating_sub(self.counted), Ordering::Relaxed);
        self.counted = requests;
        shared.scripts.fetch_add(1, Ordering::Relaxed);
        self.worker.tell(News::Played { worker: self.worker.number, script });
        if player.rows.len() > self.rows {
            self.rows = player.rows.len();
            self.worker.tell(News::Rows(player.rows.clone()));
        }
    }

    /// Tells what was found and is new, and makes it shorter.
    async fn report<'s, S: Stage<'s>>(
        &mut self,
        outcome: Played,
        steps: &[Step],
        number: u64,
        player: &mut Player<'s, S>,
    ) {
        for sighting in outcome.sightings {
            if !self.worker.shared.claims(&sighting.offence.fingerprint()) {
                continue;
            }
            let taken: Vec<Step> =
                outcome.order.iter().take(sighting.step + 1).map(|at| steps[*at].clone()).collect();
            let found = self.found(&sighting, taken.clone(), number, player.stage.requests());
            let Finding { cost, .. } = found.clone();
            self.worker.tell(News::Found(Box::new(found)));
            let offence = sighting.offence.clone();
            player.spares = false;
            let search = Minimiser::new(player, offence, self.patience);
            let shortest = search.run(self.candidates(&taken)).await;
            player.spares = true;
            let mut finding =
                self.found(&shortest.sighting.unwrap_or(sighting), shortest.steps, number, cost.requests);
            finding.cost.tries = shortest.tries;
            finding.cost.steps_before = cost.steps_before;
            finding.reproduced = shortest.reproduced;
            self.worker.tell(News::Minimised(Box::new(finding)));
            self.counted = player.stage.requests();
            self.renew(player).await;
        }
    }

    fn found(&self, sighting: &Sighting, steps: Vec<Step>, number: u64, requests: u64) -> Finding {
        let mut finding = Finding::new(sighting.clone(), steps);
        finding.seed = self.worker.options.seed;
        finding.script = number;
        finding.cost.requests = requests;
        finding.cost.steps_before = finding.steps.len();
        finding
    }

    /// The steps, and with more and more of the scripts before them: what they left behind may be needed.
    fn candidates(&self, taken: &[Step]) -> impl Iterator<Item = Vec<Step>> {
        let before = self.played.split_last().map_or(&[][..], |(_, before)| before);
        let mut lengths: Vec<usize> = HISTORIES.iter().map(|length| before.len().min(*length)).collect();
        lengths.insert(0, 0);
        lengths.dedup();
        lengths.into_iter().map(move |length| {
            let scripts = &before[before.len() - length..];
            let mut steps: Vec<Step> = scripts.iter().flat_map(|number| self.script(*number).steps).collect();
            steps.extend_from_slice(taken);
            steps
        })
    }
}
