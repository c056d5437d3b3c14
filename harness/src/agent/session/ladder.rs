//! The ladder: what a session tries after an unanswered fence, least intrusive first.

use std::time::Duration;

use crate::agent::fence::{rungs, sync, take_late_reply};
use crate::wire::{Ending, Fence, FenceKind, Frame, Reset, Rung, SyncCommand};

use super::channel::{Channel, Heard};
use super::{RECONNECT_PATIENCE, Session, SessionError};

/// The deadline on a rung, as a part of the whole deadline.
const RUNG_PART: u32 = 2;
/// The sum of setbacks, by weight, after which an agent is given up.
const SETBACKS_MAX: u32 = 48;
/// What a fence without an answer weighs.
const QUIET_WEIGHT: u32 = 1;
/// What it weighs when so much came instead that the rest was not read.
const FLOOD_WEIGHT: u32 = 8;

impl Session<'_> {
    /// Climbs until the agent answers, and tells where it did.
    pub(super) async fn climb(&mut self, unanswered: &mut Fence) -> Result<Ending, SessionError> {
        let mut received = Vec::new();
        if self.abilities.fence.is_none() {
            return Ok(Ending::Lost);
        }
        self.count_setback(QUIET_WEIGHT)?;
        for (rung, bytes) in rungs(self.abilities) {
            if self.rung(unanswered, &bytes, &mut received).await? {
                let regained = if unanswered.reply.is_some() { Rung::Patience } else { rung };
                return Ok(Ending::LostStep { regained, received });
            }
        }
        self.replace_any(received).await
    }

    /// Leaves an agent that floods us: listening to it any longer would only cost more.
    pub(super) async fn flee(&mut self) -> Result<Ending, SessionError> {
        if self.abilities.fence.is_none() {
            return Ok(Ending::Lost);
        }
        self.count_setback(FLOOD_WEIGHT)?;
        self.replace_any(Vec::new()).await
    }

    async fn replace_any(&mut self, received: Vec<Frame>) -> Result<Ending, SessionError> {
        for rung in [Rung::Reconnect, Rung::Restart] {
            if self.replace(rung).await? {
                return Ok(Ending::LostStep { regained: rung, received });
            }
        }
        Ok(Ending::Lost)
    }

    /// Each unanswered fence costs deadlines. An agent that costs too many is given up, since its findings are no
    /// longer new.
    fn count_setback(&mut self, weight: u32) -> Result<(), SessionError> {
        self.setbacks += weight;
        if self.setbacks > SETBACKS_MAX {
            return Err(SessionError::Gone("it was late, lost step or flooded us too often".to_owned()));
        }
        Ok(())
    }

    /// Tries one rung: the bytes, then a sync of each kind that may work.
    async fn rung(
        &mut self,
        unanswered: &mut Fence,
        bytes: &[u8],
        received: &mut Vec<Frame>,
    ) -> Result<bool, SessionError> {
        let Some(mut channel) = self.channel.take() else { return Ok(false) };
        let deadline = self.bounds.deadline / RUNG_PART;
        let heard = channel.hear(unanswered, received, Duration::ZERO).await;
        let mut regained = heard == Heard::Reply;
        if !regained && heard != Heard::Closed {
            let mut fence = self.fence(FenceKind::Plain);
            let command = self.abilities.fence.unwrap_or(SyncCommand::Plain);
            let mut text = bytes.to_vec();
            text.extend(sync(command, fence.id));
            fence.bytes.clone_from(&text);
            let cleared = self.gate.clear(text)?;
            self.requests += 1;
            channel.send(&cleared, deadline).await;
            regained = channel.hear(&mut fence, received, deadline).await == Heard::Reply;
        }
        if regained {
            // The late reply of the first fence may be among what was heard.
            take_late_reply(unanswered, received);
            self.gate.in_step();
        }
        self.channel = Some(channel);
        Ok(regained)
    }

    /// Tries a new connection, to the same agent or to a new one.
    async fn replace(&mut self, rung: Rung) -> Result<bool, SessionError> {
        self.hang_up().await;
        if rung == Rung::Restart {
            if !self.endpoint.can_restart() || self.restarts_left == 0 {
                return Ok(false);
            }
            self.restarts_left -= 1;
            self.endpoint.stop().await;
        }
        let Ok(link) = self.endpoint.connect(RECONNECT_PATIENCE).await else { return Ok(false) };
        self.channel = Some(Channel::new(link, self.bounds.reply_bytes));
        if rung == Rung::Restart {
            self.gate.in_step();
        }
        let kind = if self.abilities.survives_delimiter {
            FenceKind::AfterReset(self.abilities.reset.unwrap_or(Reset::Newline))
        } else {
            FenceKind::Plain
        };
        let mut fence = self.fence(kind);
        self.try_fence(&mut fence, self.bounds.deadline).await
    }
}
