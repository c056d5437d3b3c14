//! Calibration: what an agent can do, asked with separate writes, least harmful first.

use std::sync::Arc;
use std::time::Duration;

use crate::agent::fence::ESCAPE;
use crate::agent::questions::{self, OTHERS, SYNCS, prefixed};
use crate::wire::{DELIMITER, Ending, FenceKind, Observation, ProbeKind, Role, SyncCommand};

use super::{Session, SessionError};

/// How long a fresh connection is listened to before the first byte is sent.
pub(super) const EARLY_BYTES: Duration = Duration::from_millis(50);

impl Session<'_> {
    /// Finds out what the agent can do and leaves the probes among the observations, `Calibrated` last.
    /// Without a working sync there is nothing to go on with; the caller sees it in the abilities.
    pub async fn calibrate(&mut self) -> Result<(), SessionError> {
        let outcome = self.ask_everything().await;
        if let Some(channel) = &self.channel {
            self.abilities.terminates_lines = channel.terminates_lines();
        }
        self.observations.push_back(Observation::Calibrated(self.abilities));
        match outcome {
            // That an agent never answered a sync is for the rules to say, not a failure of ours.
            Err(SessionError::Gone(_)) if self.abilities.fence.is_none() => Ok(()),
            other => other,
        }
    }

    async fn ask_everything(&mut self) -> Result<(), SessionError> {
        let before = self.observations.len();
        self.ask(&SYNCS).await?;
        if self.abilities.fence.is_none() && self.wake().await? {
            // The first probes met what an earlier client had left behind; they say nothing about the agent.
            self.observations.truncate(before);
            self.ask(&SYNCS).await?;
        }
        if self.abilities.fence.is_some() {
            self.ask(&OTHERS).await?;
        }
        Ok(())
    }

    /// An agent that answers no sync may hold half a message of an earlier client.
    async fn wake(&mut self) -> Result<bool, SessionError> {
        for (prefix, command) in [(DELIMITER, SyncCommand::Delimited), (ESCAPE, SyncCommand::Plain)] {
            let mut fence = self.fence(FenceKind::Plain);
            fence.bytes = prefixed(prefix, command, fence.id);
            // Two whole deadlines have passed in silence already.
            if self.try_fence(&mut fence, self.bounds.deadline / 2).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn ask(&mut self, kinds: &[ProbeKind]) -> Result<(), SessionError> {
        for kind in kinds {
            let Some((writes, fence)) = questions::question(*kind, self.abilities, &mut self.fences) else {
                continue;
            };
            let case: Arc<str> = Arc::from(format!("calibration/{}", kind.name()));
            let ending = self.exchange_with(&case, Role::Probe(*kind), writes, fence).await?;
            questions::learn(*kind, ending == Ending::InStep, &mut self.abilities);
        }
        Ok(())
    }
}
