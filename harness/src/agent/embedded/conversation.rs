//! Exchanges with an agent in this process: what is sent, what comes back, and how step is regained.

use std::sync::Arc;

use crate::agent::fence::{returned_id, rungs, sync, take_late_reply};
use crate::agent::gate::Refused;
use crate::agent::questions::{self, OTHERS, SYNCS};
use crate::wire::{
    Ending, Exchange, Fence, FenceKind, Frame, FrameKind, LineEnd, Observation, ProbeKind, Role, Rung,
    SyncCommand,
};

use super::{Agent, Embedded, Line};

/// Frames of one exchange that are kept; an agent that sends more is not answering us.
const FRAMES_MAX: usize = 200_000;

/// Why a conversation does not go on.
#[derive(Debug, thiserror::Error)]
pub enum Gone {
    /// The gate keeps the stimulus back; nothing was sent.
    #[error(transparent)]
    Refused(Refused),
    /// Not even a new agent answers a sync.
    #[error("it answers no sync, not even when it has just begun")]
    Mute,
}

impl<A: Agent> Embedded<'_, A> {
    /// Finds out what the agent can do and leaves the questions among the observations, `Calibrated` last.
    pub fn calibrate(&mut self) -> Result<(), Gone> {
        self.ask(&SYNCS)?;
        if self.abilities.fence.is_some() {
            self.ask(&OTHERS)?;
        }
        self.observations.push_back(Observation::Calibrated(self.abilities));
        Ok(())
    }

    fn ask(&mut self, kinds: &[ProbeKind]) -> Result<(), Gone> {
        for kind in kinds {
            let Some((writes, fence)) = questions::question(*kind, self.abilities, &mut self.fences) else {
                continue;
            };
            let case: Arc<str> = Arc::from(format!("calibration/{}", kind.name()));
            let ending = self.exchange_with(&case, Role::Probe(*kind), writes, fence)?;
            questions::learn(*kind, ending == Ending::InStep, &mut self.abilities);
        }
        Ok(())
    }

    /// Sends a stimulus and a fence of this kind behind it, and sees that the agent is in step again. The exchange,
    /// and whatever else happened, is left among the observations.
    pub fn exchange(&mut self, case: &Arc<str>, writes: Vec<Vec<u8>>, kind: FenceKind) -> Result<(), Gone> {
        let fence = self.fence(kind);
        self.exchange_with(case, Role::Case, writes, fence).map(drop)
    }

    fn exchange_with(
        &mut self,
        case: &Arc<str>,
        role: Role,
        writes: Vec<Vec<u8>>,
        mut fence: Fence,
    ) -> Result<Ending, Gone> {
        let began = self.now();
        let mut pieces = writes.clone();
        match pieces.last_mut() {
            // An agent that loses the second of two requests in one write must not get them together.
            Some(last) if self.abilities.several_in_one_write => last.extend_from_slice(&fence.bytes),
            _ => pieces.push(fence.bytes.clone()),
        }
        let cleared = self.gate.clear_all(pieces)?;
        self.requests += writes.len() as u64 + 1;
        for write in &cleared {
            if !self.hand_over(write) {
                break;
            }
        }
        let mut received = Vec::new();
        let ending = self.hear(&mut fence, &mut received);
        let elapsed = self.now().saturating_sub(began);
        let exchange =
            Exchange { case: Arc::clone(case), role, writes, fence, received, ending, began, elapsed };
        self.settle(exchange)
    }

    /// Collects frames until the fence's reply is among them, or the agent has said all that it says.
    fn hear(&mut self, fence: &mut Fence, received: &mut Vec<Frame>) -> Ending {
        let is_open = self.line == Line::Open;
        if !is_open {
            self.framer.finish();
        }
        loop {
            while let Some(frame) = self.framer.next_frame() {
                self.abilities.terminates_lines &=
                    frame.kind != FrameKind::Message || frame.end != LineEnd::None || !is_open;
                if !fence.bytes.is_empty() && returned_id(&frame) == Some(fence.id) {
                    fence.reply = Some(frame);
                    self.gate.in_step();
                    return Ending::InStep;
                }
                if received.len() < FRAMES_MAX {
                    received.push(frame);
                }
            }
            if !self.framer.holds_message() {
                break;
            }
            self.framer.release();
        }
        match fence.kind {
            _ if !is_open => Ending::Closed,
            FenceKind::Absent => Ending::Waited,
            FenceKind::Plain | FenceKind::AfterReset(_) => Ending::Lost,
        }
    }

    /// Takes note of an exchange that has ended, and gets the agent back if it is lost.
    fn settle(&mut self, mut exchange: Exchange) -> Result<Ending, Gone> {
        if exchange.ending == Ending::Lost && self.abilities.fence.is_some() {
            exchange.ending = self.climb(&mut exchange.fence)?;
        }
        let ending = exchange.ending.clone();
        self.observations.push_back(Observation::Exchange(exchange));
        match &ending {
            Ending::LostStep { regained: Rung::Reconnect, .. } => {
                self.observations.push_back(Observation::Reconnected { restarted: false });
            }
            Ending::LostStep { regained: Rung::Restart, .. } => {
                self.restarts += 1;
                self.renew();
            }
            Ending::InStep | Ending::Waited | Ending::LostStep { .. } => {}
            Ending::Closed => self.reconnect()?,
            // Before a sync has worked there is no step to lose.
            Ending::Lost if self.abilities.fence.is_none() => {}
            Ending::Lost => return Err(Gone::Mute),
        }
        Ok(ending)
    }

    /// Climbs until the agent answers, and tells where it did.
    fn climb(&mut self, unanswered: &mut Fence) -> Result<Ending, Gone> {
        let mut received = Vec::new();
        for (rung, bytes) in rungs(self.abilities) {
            if self.line == Line::Open && self.rung(&bytes, &mut received)? {
                take_late_reply(unanswered, &mut received);
                let regained = if unanswered.reply.is_some() { Rung::Patience } else { rung };
                return Ok(Ending::LostStep { regained, received });
            }
        }
        if !matches!(self.line, Line::Ended(_)) {
            self.connect();
            if self.rung(b"", &mut received)? {
                return Ok(Ending::LostStep { regained: Rung::Reconnect, received });
            }
        }
        // A new agent has not been spoken to. That it answers is for the next exchange to show.
        Ok(Ending::LostStep { regained: Rung::Restart, received })
    }

    /// Sends these bytes with a sync behind them, and tells whether it was answered.
    fn rung(&mut self, bytes: &[u8], received: &mut Vec<Frame>) -> Result<bool, Gone> {
        let mut fence = self.fence(FenceKind::Plain);
        let mut text = bytes.to_vec();
        text.extend(sync(self.abilities.fence.unwrap_or(SyncCommand::Plain), fence.id));
        fence.bytes.clone_from(&text);
        let cleared = self.gate.clear(text)?;
        self.requests += 1;
        self.hand_over(&cleared);
        Ok(self.hear(&mut fence, received) == Ending::InStep)
    }

    /// Gets a fence answered on a fresh connection; stale bytes before it are dropped.
    pub(super) fn resynchronise(&mut self) -> Result<(), Gone> {
        if self.abilities.fence.is_none() {
            return Ok(());
        }
        let kind = self.abilities.reset.map_or(FenceKind::Plain, FenceKind::AfterReset);
        let mut fence = self.fence(kind);
        let cleared = self.gate.clear(fence.bytes.clone())?;
        self.requests += 1;
        self.hand_over(&cleared);
        if self.hear(&mut fence, &mut Vec::new()) == Ending::InStep {
            return Ok(());
        }
        if let Ending::LostStep { regained: Rung::Restart, .. } = self.climb(&mut fence)? {
            self.restarts += 1;
            self.renew();
        }
        Ok(())
    }
}
