//! Cuts a script down to what still breaks the same rule in the same way, on a fresh agent each time.
//!
//! First whole steps go, then pieces of what is sent. Every try keeps rule, command and bucket, or is given up.

use std::time::{Duration, Instant};

use crate::generate::{Action, Part, Step};

use super::bytes::shorter;
use super::finding::{Offence, Reproduced, Sighting};
use super::player::Player;
use super::stage::Stage;

/// How much minimising may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Tries in all.
    pub(super) tries: u32,
    /// Time in all.
    pub(super) time: Duration,
    /// How often the result is tried at the end.
    pub(super) confirmations: u32,
}

/// The shortest script that was found.
#[derive(Debug)]
pub(super) struct Minimised {
    pub(super) steps: Vec<Step>,
    /// The offence as it was last seen; `None` if it was not seen again.
    pub(super) sighting: Option<Sighting>,
    pub(super) reproduced: Reproduced,
    pub(super) tries: u32,
}

/// Minimises scripts for one offence.
pub(super) struct Minimiser<'m, 's, S> {
    player: &'m mut Player<'s, S>,
    offence: Offence,
    patience: Patience,
    began: Instant,
    tries: u32,
    seen: Option<Sighting>,
}

impl<'m, 's, S: Stage<'s>> Minimiser<'m, 's, S> {
    pub(super) fn new(player: &'m mut Player<'s, S>, offence: Offence, patience: Patience) -> Self {
        Self { player, offence, patience, began: Instant::now(), tries: 0, seen: None }
    }

    /// Minimises the first of these scripts that shows the offence; they are longer and longer, each ending with the
    /// same steps. Without one the first comes back as it is.
    pub(super) async fn run(mut self, candidates: impl IntoIterator<Item = Vec<Step>>) -> Minimised {
        let (mut first, mut shown) = (None, None);
        for steps in candidates {
            // What comes of chance deserves a second look.
            if self.shows(&steps).await.is_some() || self.shows(&steps).await.is_some() {
                shown = Some(steps);
                break;
            }
            first.get_or_insert(steps);
        }
        let Some(steps) = shown else {
            let steps = first.unwrap_or_default();
            let reproduced = Reproduced { times: 0, of: self.tries };
            return Minimised { steps, sighting: None, reproduced, tries: self.tries };
        };
        let steps = self.fewer_steps(steps).await;
        let steps = self.simpler_steps(steps).await;
        let reproduced = self.confirm(&steps).await;
        Minimised { steps, sighting: self.seen, reproduced, tries: self.tries }
    }

    fn is_patient(&self) -> bool {
        self.tries < self.patience.tries && self.began.elapsed() < self.patience.time
    }

    /// Plays the steps on a fresh agent, and returns those that were taken until the offence was seen.
    async fn shows(&mut self, steps: &[Step]) -> Option<Vec<Step>> {
        self.tries += 1;
        self.player.renew().await.ok()?;
        let played = self.player.play(steps, Some(&self.offence)).await;
        let is_it = |sighting: &Sighting| {
            self.offence.is(sighting.offence.rule, &sighting.offence.command, &sighting.offence.bucket)
        };
        let sighting = played.sightings.into_iter().find(is_it)?;
        let taken = played.order.iter().take(sighting.step + 1).map(|at| steps[*at].clone()).collect();
        self.seen = Some(sighting);
        Some(taken)
    }

    async fn fewer_steps(&mut self, steps: Vec<Step>) -> Vec<Step> {
        let mut steps = self.shows(&steps).await.filter(|taken| taken.len() < steps.len()).unwrap_or(steps);
        // Most offences need their last step alone, or with others of the same speaker.
        for guess in [last_alone(&steps), of_last_speaker(&steps)] {
            if guess.len() < steps.len() && self.is_patient() && self.shows(&guess).await.is_some() {
                steps = guess;
                break;
            }
        }
        let mut size = steps.len().div_ceil(2);
        while size > 0 && steps.len() > 1 && self.is_patient() {
            let mut at = steps.len();
            let mut removed = false;
            while at > 0 && self.is_patient() {
                let from = at.saturating_sub(size);
                let shorter = [&steps[..from], &steps[at.min(steps.len())..]].concat();
                if !shorter.is_empty() && self.shows(&shorter).await.is_some() {
                    steps = shorter;
                    removed = true;
                }
                at = from;
            }
            if size == 1 && !removed {
                break;
            }
            size = if size == 1 { 1 } else { size.div_ceil(2).min(size - 1) };
        }
        steps
    }

    /// Makes each step simpler: one write, no retries, fewer bytes.
    async fn simpler_steps(&mut self, mut steps: Vec<Step>) -> Vec<Step> {
        for at in (0..steps.len()).rev() {
            for simpler in plainer(&steps[at]) {
                self.exchange_step(&mut steps, at, simpler).await;
            }
            let pieces = match &steps[at].action {
                Action::Say(stimulus) => stimulus.writes.iter().map(Vec::len).sum(),
                Action::Leave { .. } => 1,
            };
            for piece in 0..pieces {
                self.fewer_bytes(&mut steps, at, piece).await;
            }
        }
        steps
    }

    async fn fewer_bytes(&mut self, steps: &mut [Step], at: usize, piece: usize) {
        let mut proposals = match bytes_of(&steps[at], piece) {
            Some(bytes) => shorter(bytes),
            None => return,
        };
        while self.is_patient()
            && let Some(current) = bytes_of(&steps[at], piece).map(<[u8]>::to_vec)
            && let Some(proposal) = proposals.next(&current)
        {
            let simpler = with_bytes(&steps[at], piece, proposal.clone());
            let accepted = self.exchange_step(steps, at, simpler).await;
            proposals.settle(accepted, &proposal);
        }
    }

    async fn exchange_step(&mut self, steps: &mut [Step], at: usize, simpler: Step) -> bool {
        if !self.is_patient() || simpler == steps[at] {
            return false;
        }
        let former = std::mem::replace(&mut steps[at], simpler);
        let shown = self.shows(steps).await.is_some();
        if !shown {
            steps[at] = former;
        }
        shown
    }

    async fn confirm(&mut self, steps: &[Step]) -> Reproduced {
        let mut reproduced = Reproduced { times: 0, of: self.patience.confirmations };
        for _ in 0..self.patience.confirmations {
            reproduced.times += u32::from(self.shows(steps).await.is_some());
        }
        reproduced
    }
}

fn last_alone(steps: &[Step]) -> Vec<Step> {
    steps.last().cloned().into_iter().collect()
}

fn of_last_speaker(steps: &[Step]) -> Vec<Step> {
    let Some(last) = steps.last() else { return Vec::new() };
    steps.iter().filter(|step| step.speaker == last.speaker).cloned().collect()
}

/// The step without what it may not need.
fn plainer(step: &Step) -> Vec<Step> {
    let Action::Say(stimulus) = &step.action else { return Vec::new() };
    let mut plainer = Vec::new();
    let mut with = |change: &dyn Fn(&mut crate::generate::Stimulus)| {
        let mut changed = stimulus.clone();
        change(&mut changed);
        plainer.push(Step { action: Action::Say(changed), ..step.clone() });
    };
    if stimulus.until.is_some() {
        with(&|stimulus| stimulus.until = None);
    }
    if stimulus.writes.len() > 1 {
        with(&|stimulus| stimulus.writes = vec![stimulus.writes.concat()]);
    }
    plainer
}

/// The bytes of a piece that is known.
fn bytes_of(step: &Step, piece: usize) -> Option<&[u8]> {
    match &step.action {
        Action::Say(stimulus) => match stimulus.writes.iter().flatten().nth(piece)? {
            Part::Bytes(bytes) => Some(bytes),
            Part::Hole(_) => None,
        },
        Action::Leave { last_words } => (piece == 0).then_some(last_words),
    }
}

fn with_bytes(step: &Step, piece: usize, bytes: Vec<u8>) -> Step {
    let mut changed = step.clone();
    match &mut changed.action {
        Action::Say(stimulus) => {
            if let Some(part) = stimulus.writes.iter_mut().flatten().nth(piece) {
                *part = Part::Bytes(bytes);
            }
        }
        Action::Leave { last_words } => *last_words = bytes,
    }
    changed
}
