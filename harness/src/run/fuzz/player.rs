//! Plays scripts: fills in what only the run knows, sends what can be under way together, and has every step judged.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::agent::Queued;
use crate::classify::{self, Hazard, Reading, Tail};
use crate::generate::{Action, Part, Step, Stimulus, Symbol};
use crate::rules::{Judge, Judgement};
use crate::run::bindings::{Bindings, is_over};
use crate::run::evidence::evidence;
use crate::run::freeze::{self, Freeze, THAWS_MAX};
use crate::schema::Schema;
use crate::verdict::Class;
use crate::wire::{Exchange, FenceKind, Observation, Reset, Role};

use super::finding::{Offence, Sighting};
use super::stage::{Stage, StageError};

/// Steps under way at once; their replies must fit into what a socket holds while nobody reads, and `qemu-ga` fills a
/// Unix socket with fewer than 300 short replies.
const BATCH_STEPS_MAX: usize = 48;
/// Bytes under way at once, for the same reason.
const BATCH_BYTES_MAX: usize = 16 * 1024;
/// Steps that are looked at for a batch.
const LOOK_AHEAD: usize = 160;
/// Commands that make an agent call programs; such a call could not be attributed within a batch.
const CALLERS: [&str; 6] = [
    "guest-shutdown",
    "guest-suspend-ram",
    "guest-suspend-disk",
    "guest-suspend-hybrid",
    "guest-set-time",
    "guest-set-user-password",
];
/// The first pause before a step is tried again, and the longest.
const PAUSE_MIN: Duration = Duration::from_millis(1);
const PAUSE_MAX: Duration = Duration::from_millis(20);
/// After so many equal findings of robustness with steps of one label these are not played any more: each costs a
/// deadline or an agent.
const EQUAL_FINDINGS_MAX: u32 = 3;

/// Plays scripts on one stage.
pub(super) struct Player<'s, S> {
    schema: &'s Schema,
    pub(super) stage: S,
    judge: Judge<'s>,
    voices: Vec<Bindings>,
    freeze: Freeze,
    worn: HashMap<(String, Arc<str>), u32>,
    /// Whether steps that wear the agent out are left out.
    pub(super) spares: bool,
    /// The rows that have spoken: rule and command.
    pub(super) rows: HashSet<(&'static str, Option<Arc<str>>)>,
    /// How often the agent was replaced by another one.
    pub(super) restarts: u64,
}

/// What came of a script.
#[derive(Debug, Default)]
pub(super) struct Played {
    /// The steps in the order in which they were taken, by their place in the script.
    pub(super) order: Vec<usize>,
    /// Each offence, the first time that it was seen.
    pub(super) sightings: Vec<Sighting>,
    /// Why the rest of the script was not played.
    pub(super) gone: Option<String>,
}

/// A step that is still to be taken.
#[derive(Clone, Copy, Debug)]
struct Due {
    at: usize,
    tries_left: u16,
    pause: Duration,
}

/// What is done next.
enum Move {
    Together(Vec<(Due, Queued)>),
    Alone(Due, Vec<Vec<u8>>),
    Leave(Due),
}

impl<'s, S: Stage<'s>> Player<'s, S> {
    pub(super) fn new(schema: &'s Schema, stage: S) -> Self {
        Self {
            schema,
            stage,
            judge: Judge::new(schema),
            voices: Vec::new(),
            freeze: Freeze::default(),
            worn: HashMap::new(),
            spares: false,
            rows: HashSet::new(),
            restarts: 0,
        }
    }

    /// Judges what has happened on the stage so far, such as calibration.
    pub(super) fn begin(&mut self) -> Played {
        let mut played = Played::default();
        self.drain(&[], &mut VecDeque::new(), &mut VecDeque::new(), &mut played);
        played
    }

    /// Asks whether file systems are frozen. An agent that refuses to tell has none.
    pub(super) async fn is_frozen(&mut self) -> bool {
        let asked = self.stage.exchange(&freeze::label(), vec![freeze::ask()], FenceKind::Plain).await;
        let mut frozen = false;
        while let Some(observation) = self.stage.next_observation() {
            if let Observation::Exchange(exchange) = &observation {
                frozen |= freeze::says_frozen(exchange);
            }
            self.judge.observe(&observation);
        }
        asked.is_ok() && frozen
    }

    /// A fresh agent in a fresh guest, and a judge who has seen nothing of another.
    pub(super) async fn renew(&mut self) -> Result<(), StageError> {
        self.judge = Judge::new(self.schema);
        self.judge.observe(&Observation::Calibrated(self.stage.abilities()));
        self.stage.renew().await?;
        self.begin();
        Ok(())
    }

    /// Plays the steps, or up to the first sighting of `wanted`.
    pub(super) async fn play(&mut self, steps: &[Step], wanted: Option<&Offence>) -> Played {
        let speakers = steps.iter().map(|step| usize::from(step.speaker) + 1).max().unwrap_or(0);
        self.voices.clear();
        self.voices.resize_with(speakers, Bindings::default);
        let mut played = Played::default();
        let mut due: VecDeque<Due> = steps
            .iter()
            .enumerate()
            .filter(|(_, step)| !self.is_worn(step))
            .map(|(at, step)| Due { at, tries_left: tries(step), pause: PAUSE_MIN })
            .collect();
        let is_found = |played: &Played| {
            wanted.is_some_and(|wanted| {
                let is_it = |offence: &Offence| offence.is(wanted.rule, &wanted.command, &wanted.bucket);
                played.sightings.iter().any(|sighting| is_it(&sighting.offence))
            })
        };
        while !is_found(&played)
            && let Some(next) = self.next_move(steps, &mut due)
        {
            if let Err(StageError::Gone(reason)) = self.take(next, steps, &mut due, &mut played).await {
                played.gone = Some(reason);
                return played;
            }
        }
        self.thaw(&mut played).await;
        played
    }

    async fn take(
        &mut self,
        next: Move,
        steps: &[Step],
        due: &mut VecDeque<Due>,
        played: &mut Played,
    ) -> Result<(), StageError> {
        let mut under_way = VecDeque::new();
        let outcome = match next {
            Move::Leave(one) => {
                let Action::Leave { last_words } = &steps[one.at].action else { return Ok(()) };
                played.order.push(one.at);
                self.stage.rejoin(last_words.clone()).await
            }
            Move::Alone(one, writes) => {
                self.rest_before([one].iter(), steps).await;
                let label = Arc::clone(&steps[one.at].label);
                let sent = writes.concat();
                self.freeze.before(&sent);
                let kind = self.fence_kind(&sent);
                under_way.push_back(one);
                self.stage.exchange(&label, writes, kind).await
            }
            Move::Together(batch) => {
                self.rest_before(batch.iter().map(|(one, _)| one), steps).await;
                let (all, queued): (Vec<Due>, Vec<Queued>) = batch.into_iter().unzip();
                under_way.extend(all);
                match self.stage.exchange_batch(queued).await {
                    Ok(settled) => {
                        for unsent in under_way.drain(settled.min(under_way.len())..).rev() {
                            due.push_front(unsent);
                        }
                        Ok(())
                    }
                    Err(error) => Err(error),
                }
            }
        };
        self.drain(steps, &mut under_way, due, played);
        outcome
    }

    /// The next thing to do: as many steps as can be under way together, in the order of the script. A speaker whose
    /// step must wait says nothing else before it.
    fn next_move(&self, steps: &[Step], due: &mut VecDeque<Due>) -> Option<Move> {
        let mut waiting = vec![false; self.voices.len()];
        let mut learning = waiting.clone();
        let mut batch: Vec<(Due, Queued)> = Vec::new();
        let mut bytes_under_way = 0;
        let mut at = 0;
        while at < due.len().min(LOOK_AHEAD) && batch.len() < BATCH_STEPS_MAX {
            let one = due[at];
            let step = &steps[one.at];
            let speaker = usize::from(step.speaker);
            let Action::Say(stimulus) = &step.action else {
                if !batch.is_empty() {
                    break;
                }
                due.remove(at);
                return Some(Move::Leave(one));
            };
            if waiting[speaker] || (learning[speaker] && has_holes(stimulus)) {
                waiting[speaker] = true;
                at += 1;
                continue;
            }
            let mut writes = self.voices[speaker].fill_all(stimulus);
            if !self.goes_together(&writes) {
                if batch.is_empty() {
                    due.remove(at);
                    return Some(Move::Alone(one, writes));
                }
                waiting[speaker] = true;
                at += 1;
                continue;
            }
            let bytes = writes.pop().unwrap_or_default();
            bytes_under_way += bytes.len();
            if bytes_under_way > BATCH_BYTES_MAX && !batch.is_empty() {
                break;
            }
            learning[speaker] |= stimulus.binding.is_some();
            waiting[speaker] |= stimulus.until.is_some();
            due.remove(at);
            batch.push((one, Queued { case: Arc::clone(&step.label), bytes }));
        }
        (!batch.is_empty()).then_some(Move::Together(batch))
    }

    /// Whether the writes are complete messages whose replies a plain fence ends, and make no calls.
    fn goes_together(&self, writes: &[Vec<u8>]) -> bool {
        let ([bytes], true) = (writes, self.stage.abilities().several_in_one_write) else { return false };
        if !bytes.ends_with(b"\n") || freeze::may_freeze(bytes) {
            return false;
        }
        let reading = classify::read(bytes, self.schema);
        reading.tail == Tail::Clean && reading.counted && !calls_programs(&reading)
    }

    /// If there is nothing to do but to try again, some time passes first.
    async fn rest_before<'d>(&mut self, mut dues: impl Iterator<Item = &'d Due>, steps: &[Step]) {
        let all_again = dues.try_fold(PAUSE_MIN, |pause, one| {
            let is_again = one.tries_left < tries(&steps[one.at]);
            is_again.then_some(pause.max(one.pause))
        });
        if let Some(pause) = all_again {
            self.stage.rest(pause).await;
        }
    }

    /// Has everything judged that happened on the stage.
    fn drain(
        &mut self,
        steps: &[Step],
        under_way: &mut VecDeque<Due>,
        due: &mut VecDeque<Due>,
        played: &mut Played,
    ) {
        let mut again = Vec::new();
        while let Some(observation) = self.stage.next_observation() {
            let judgement = self.judge.observe(&observation);
            match &observation {
                Observation::Exchange(exchange) if exchange.role == Role::Case => {
                    self.freeze.note(exchange);
                    if let Some(one) = under_way.pop_front() {
                        played.order.push(one.at);
                        again.extend(self.learn(one, &steps[one.at], exchange));
                    }
                }
                Observation::AgentExit(exit) => {
                    for sighting in &mut played.sightings {
                        sighting.exit.get_or_insert_with(|| exit.clone());
                    }
                }
                Observation::Reconnected { restarted: true } => self.forget(),
                _ => {}
            }
            self.note(judgement, &observation, steps, played);
        }
        for one in again.into_iter().rev() {
            due.push_front(one);
        }
    }

    /// Learns from an exchange what later steps need, and says whether its step is to be tried again.
    fn learn(&mut self, one: Due, step: &Step, exchange: &Exchange) -> Option<Due> {
        let Action::Say(stimulus) = &step.action else { return None };
        let voice = self.voices.get_mut(usize::from(step.speaker))?;
        if let Some(binding) = &stimulus.binding
            && let Some(number) = voice.learn(binding, exchange)
            && self.stage.gate_mut().allowed() < Hazard::Power
        {
            let context = self.stage.gate_mut().context_mut();
            match binding.symbol {
                Symbol::Handle(_) => drop(context.handles.insert(number)),
                Symbol::Pid(_) => drop(context.pids.insert(number)),
                Symbol::Time | Symbol::List | Symbol::MountPoints => {}
            }
        }
        let until = stimulus.until?;
        let tries_left = one.tries_left.saturating_sub(1);
        let pause = (one.pause * 2).min(PAUSE_MAX);
        (tries_left > 0 && !is_over(until, exchange)).then_some(Due { tries_left, pause, ..one })
    }

    /// Another agent knows nothing of what was said before.
    fn forget(&mut self) {
        self.restarts += 1;
        self.voices.iter_mut().for_each(Bindings::clear);
        self.freeze = Freeze::default();
        let context = self.stage.gate_mut().context_mut();
        context.handles.clear();
        context.pids.clear();
    }

    fn note(&mut self, judgement: Judgement, observation: &Observation, steps: &[Step], played: &mut Played) {
        for ruling in judgement.rulings {
            let Some(failure) = ruling.failure else {
                if !self.rows.contains(&(ruling.rule.code, ruling.command.clone())) {
                    self.rows.insert((ruling.rule.code, ruling.command));
                }
                continue;
            };
            let command = ruling.command.unwrap_or_default();
            let is_known = |sighting: &Sighting| sighting.offence.is(ruling.rule, &command, &failure.bucket);
            let step = played.order.len().saturating_sub(1);
            if ruling.rule.class == Class::Robustness && self.spares {
                self.wear(&failure.bucket, played.order.get(step).and_then(|at| steps.get(*at)));
            }
            if played.sightings.iter().any(is_known) {
                continue;
            }
            let (sent, received) = evidence(observation);
            let exit = match observation {
                Observation::AgentExit(exit) => Some(exit.clone()),
                _ => None,
            };
            let offence = Offence { rule: ruling.rule, command, bucket: failure.bucket.clone() };
            played.sightings.push(Sighting { offence, failure, step, sent, received, exit });
        }
    }

    fn wear(&mut self, bucket: &str, step: Option<&Step>) {
        if let Some(step) = step {
            *self.worn.entry((bucket.to_owned(), Arc::clone(&step.label))).or_default() += 1;
        }
    }

    fn is_worn(&self, step: &Step) -> bool {
        // Labels of shapes stand for too much to be left out.
        step.label.contains('/')
            && self
                .worn
                .iter()
                .any(|((_, label), count)| *count >= EQUAL_FINDINGS_MAX && *label == step.label)
    }

    /// Whether the stimulus may leave a message open decides how the fence is sent.
    fn fence_kind(&self, bytes: &[u8]) -> FenceKind {
        match classify::read(bytes, self.schema).tail {
            Tail::Clean => FenceKind::Plain,
            Tail::Open => FenceKind::AfterReset(self.stage.abilities().reset.unwrap_or(Reset::Newline)),
        }
    }

    /// Thaws what the script has frozen and left so.
    async fn thaw(&mut self, played: &mut Played) {
        let label: Arc<str> = Arc::from("thaw");
        for _ in 0..THAWS_MAX {
            if !self.freeze.is_owed() {
                break;
            }
            let outcome = self.stage.exchange(&label, vec![freeze::thaw()], self.fence_kind(b"")).await;
            self.drain(&[], &mut VecDeque::new(), &mut VecDeque::new(), played);
            if outcome.is_err() {
                break;
            }
        }
    }
}

fn tries(step: &Step) -> u16 {
    match &step.action {
        Action::Say(Stimulus { until: Some(until), .. }) => until.tries,
        Action::Say(_) | Action::Leave { .. } => 1,
    }
}

fn has_holes(stimulus: &Stimulus) -> bool {
    stimulus.writes.iter().flatten().any(|part| matches!(part, Part::Hole(_)))
}

fn calls_programs(reading: &Reading<'_>) -> bool {
    let is_caller = |name: &str| CALLERS.contains(&name);
    reading.messages.iter().any(|message| message.command.as_deref().is_some_and(is_caller))
}
