//! Several exchanges under way at once: the fences keep their replies apart.
//!
//! The agent reads in order and replies in order, so the first unanswered fence names the exchange that went
//! wrong, and what was under way behind it can be sent again.

use std::time::Duration;

use tokio::time::Instant;

use crate::agent::Queued;
use crate::wire::{Ending, Exchange, Fence, FenceKind, Observation, Role, Rung};

use super::channel::Heard;
use super::{Session, SessionError};

/// What comes back for a batch, in bytes: requests that are sent together have short replies.
const BATCH_REPLY_BYTES_MAX: usize = 16 * 1024 * 1024;

impl Session<'_> {
    /// Sends the stimuli together, each with its plain fence, and returns how many are settled: all of them, or
    /// up to the first that did not leave the agent in step. Those behind it are to be sent again.
    pub async fn exchange_batch(&mut self, batch: Vec<Queued>) -> Result<usize, SessionError> {
        if self.channel.is_none() {
            self.reconnect().await?;
        }
        let began = Instant::now();
        let mut exchanges: Vec<Exchange> =
            batch.into_iter().map(|queued| self.queue(queued, began - self.opened)).collect();
        let bytes = exchanges.iter().flat_map(|exchange| [&*exchange.writes[0], &*exchange.fence.bytes]);
        let cleared = self.gate.clear(bytes.collect::<Vec<_>>().concat())?;
        self.requests += exchanges.len() as u64 * 2;
        let deadline = self.bounds.deadline;
        let channel = self.channel.as_mut().expect("connected above");
        channel.send(&cleared, deadline).await;

        let last_id = exchanges.last().map_or(0, |exchange| exchange.fence.id);
        let mut settled = 0;
        let mut bytes_left = BATCH_REPLY_BYTES_MAX;
        for exchange in &mut exchanges {
            let heard = channel
                .hear_in_order(
                    &mut exchange.fence,
                    last_id,
                    &mut exchange.received,
                    deadline,
                    &mut bytes_left,
                )
                .await;
            exchange.elapsed = began.elapsed();
            settled += 1;
            if heard != Heard::Reply {
                exchange.ending = Ending::Closed;
                return self.settle_batch(exchanges, settled, heard, last_id).await;
            }
        }
        self.gate.in_step();
        self.take_calls();
        self.observations.extend(exchanges.into_iter().map(Observation::Exchange));
        Ok(settled)
    }

    /// Takes note of a batch whose last settled exchange did not go well.
    async fn settle_batch(
        &mut self,
        mut exchanges: Vec<Exchange>,
        settled: usize,
        heard: Heard,
        last_id: i64,
    ) -> Result<usize, SessionError> {
        exchanges.truncate(settled);
        let Some(mut failed) = exchanges.pop() else { return Ok(settled) };
        self.take_calls();
        self.observations.extend(exchanges.into_iter().map(Observation::Exchange));
        failed.ending = match heard {
            Heard::Closed | Heard::Reply => Ending::Closed,
            Heard::Overtaken => self.drop_the_rest(last_id).await?,
            Heard::Quiet => self.climb(&mut failed.fence).await?,
            Heard::TooMuch => self.flee().await?,
        };
        self.settle(failed).await?;
        Ok(settled)
    }

    /// A fence was passed over, but the agent goes on: the rest of the batch must not be taken for replies to
    /// what is sent next.
    async fn drop_the_rest(&mut self, last_id: i64) -> Result<Ending, SessionError> {
        let mut last = Fence { kind: FenceKind::Plain, id: last_id, bytes: vec![b'\n'], reply: None };
        if let Some(channel) = self.channel.as_mut() {
            channel.hear(&mut last, &mut Vec::new(), self.bounds.deadline).await;
        }
        let mut fence = self.fence(FenceKind::Plain);
        if self.try_fence(&mut fence, self.bounds.deadline).await? {
            return Ok(Ending::LostStep { regained: Rung::Patience, received: Vec::new() });
        }
        self.climb(&mut fence).await
    }

    fn queue(&mut self, queued: Queued, began: Duration) -> Exchange {
        Exchange {
            case: queued.case,
            role: Role::Case,
            writes: vec![queued.bytes],
            fence: self.fence(FenceKind::Plain),
            received: Vec::new(),
            ending: Ending::InStep,
            began,
            elapsed: Duration::ZERO,
        }
    }
}
