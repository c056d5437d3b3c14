//! Where an agent stands: what a player can do with one, wherever it is.

use std::sync::Arc;
use std::time::Duration;

use crate::agent::Queued;
use crate::agent::embedded::{Agent, Embedded, Gone};
use crate::agent::gate::Gate;
#[cfg(feature = "drive")]
use crate::agent::session::{Session, SessionError};
use crate::wire::{Abilities, FenceKind, Observation};

/// Why a step was not taken, or why nothing can be any more.
#[derive(Debug, thiserror::Error)]
pub(super) enum StageError {
    /// The gate keeps the step back; nothing was sent.
    #[error("held back")]
    HeldBack,
    /// There is no agent any more.
    #[error("{0}")]
    Gone(String),
}

/// An agent, and the way to it. Whatever happens is left among the observations.
pub(super) trait Stage<'s> {
    /// What calibration found out.
    fn abilities(&self) -> Abilities;

    /// The gate, to which handles and processes are told as they are made.
    fn gate_mut(&mut self) -> &mut Gate<'s>;

    /// Requests sent so far, fences included.
    fn requests(&self) -> u64;

    /// The next observation, in the order of time.
    fn next_observation(&mut self) -> Option<Observation>;

    /// Sends a stimulus with a fence behind it.
    async fn exchange(
        &mut self,
        case: &Arc<str>,
        writes: Vec<Vec<u8>>,
        kind: FenceKind,
    ) -> Result<(), StageError>;

    /// Sends several stimuli together, each with its fence, and tells how many are settled. The others are to be sent
    /// again.
    async fn exchange_batch(&mut self, batch: Vec<Queued>) -> Result<usize, StageError>;

    /// The client leaves, after these words, and another one comes.
    async fn rejoin(&mut self, last_words: Vec<u8>) -> Result<(), StageError>;

    /// Puts a fresh agent, in a fresh guest, in the place of this one.
    async fn renew(&mut self) -> Result<(), StageError>;

    /// Nothing happens for a while.
    async fn rest(&mut self, time: Duration);

    /// Ends the conversation, and the agent if it is ours.
    async fn part(&mut self);
}

impl From<Gone> for StageError {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::Refused(_) => Self::HeldBack,
            Gone::Mute => Self::Gone(gone.to_string()),
        }
    }
}

impl<'s, A: Agent> Stage<'s> for Embedded<'s, A> {
    fn abilities(&self) -> Abilities {
        Embedded::abilities(self)
    }

    fn gate_mut(&mut self) -> &mut Gate<'s> {
        Embedded::gate_mut(self)
    }

    fn requests(&self) -> u64 {
        Embedded::requests(self)
    }

    fn next_observation(&mut self) -> Option<Observation> {
        Embedded::next_observation(self)
    }

    async fn exchange(
        &mut self,
        case: &Arc<str>,
        writes: Vec<Vec<u8>>,
        kind: FenceKind,
    ) -> Result<(), StageError> {
        Ok(Embedded::exchange(self, case, writes, kind)?)
    }

    async fn exchange_batch(&mut self, batch: Vec<Queued>) -> Result<usize, StageError> {
        let settled = batch.len();
        for Queued { case, bytes } in batch {
            Embedded::exchange(self, &case, vec![bytes], FenceKind::Plain)?;
        }
        Ok(settled)
    }

    async fn rejoin(&mut self, last_words: Vec<u8>) -> Result<(), StageError> {
        Ok(Embedded::rejoin(self, last_words)?)
    }

    async fn renew(&mut self) -> Result<(), StageError> {
        Embedded::renew(self);
        Ok(())
    }

    async fn rest(&mut self, time: Duration) {
        Embedded::rest(self, time);
    }

    async fn part(&mut self) {}
}

#[cfg(feature = "drive")]
impl From<SessionError> for StageError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Hazard(_) => Self::HeldBack,
            other => Self::Gone(other.to_string()),
        }
    }
}

#[cfg(feature = "drive")]
impl<'s> Stage<'s> for Session<'s> {
    fn abilities(&self) -> Abilities {
        Session::abilities(self)
    }

    fn gate_mut(&mut self) -> &mut Gate<'s> {
        Session::gate_mut(self)
    }

    fn requests(&self) -> u64 {
        Session::requests(self)
    }

    fn next_observation(&mut self) -> Option<Observation> {
        Session::next_observation(self)
    }

    async fn exchange(
        &mut self,
        case: &Arc<str>,
        writes: Vec<Vec<u8>>,
        kind: FenceKind,
    ) -> Result<(), StageError> {
        Ok(Session::exchange(self, case, crate::wire::Role::Case, writes, kind).await?)
    }

    async fn exchange_batch(&mut self, batch: Vec<Queued>) -> Result<usize, StageError> {
        Ok(Session::exchange_batch(self, batch).await?)
    }

    async fn rejoin(&mut self, last_words: Vec<u8>) -> Result<(), StageError> {
        Ok(Session::rejoin(self, last_words).await?)
    }

    async fn renew(&mut self) -> Result<(), StageError> {
        Ok(Session::renew(self).await?)
    }

    async fn rest(&mut self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    async fn part(&mut self) {
        self.finish().await;
    }
}
