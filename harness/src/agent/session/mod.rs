//! One conversation with one agent: fences instead of sleeps.
//!
//! A session calibrates, sends stimuli with a fence behind each, and when a fence stays unanswered climbs a
//! ladder until the agent answers again. It records what happened as observations and judges nothing.

mod batch;
mod calibrate;
mod channel;
mod ladder;
mod renewal;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::text::printable;
use crate::wire::{Abilities, Ending, Exchange, Fence, FenceKind, Observation, Role, Rung};

use super::fence::Fences;
use super::gate::{Gate, Refused};
use super::questions;
use super::surroundings::Surroundings;
use super::target::TargetSpec;
use super::transport::{Endpoint, TransportError};
use channel::{Channel, Heard};

/// Between the writes of one stimulus, so that an agent gets to see them apart. Nothing depends on it.
const WRITE_GAP: Duration = Duration::from_micros(200);
/// The part of a deadline that a reply may take in lockstep before the fence is sent regardless.
const LOCKSTEP_PART: u32 = 8;
/// How long the end of a spawned agent may take to be noticed after its connection broke.
const EXIT_NOTICE: Duration = Duration::from_millis(300);
/// How long an agent may take to end with the client that has left.
const LEAVE_NOTICE: Duration = Duration::from_millis(20);
/// How long an agent that was there before us may take to accept again.
const RECONNECT_PATIENCE: Duration = Duration::from_millis(1500);

/// Times and sizes that bound a session.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Longest silence before a fence counts as unanswered.
    pub deadline: Duration,
    /// How long a spawned agent may take until it can be connected to.
    pub start: Duration,
    /// Largest reply, and most bytes in one exchange.
    pub reply_bytes: usize,
    /// How often a spawned agent is started again.
    pub restarts: u32,
}

/// Why the harness could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// There is no connection.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The gate keeps the stimulus back; nothing was sent.
    #[error(transparent)]
    Hazard(#[from] Refused),
    /// Somebody else seems to be on the channel.
    #[error(
        "bytes came before anything was sent, so another client may be using this channel: {0}; end that client, or pass --ignore-early-bytes"
    )]
    EarlyBytes(String),
    /// The agent does not come back.
    #[error("the agent is gone: {0}")]
    Gone(String),
}

/// One conversation.
#[derive(Debug)]
pub struct Session<'s> {
    spec: TargetSpec,
    endpoint: Endpoint,
    /// When the session began.
    opened: Instant,
    gate: Gate<'s>,
    bounds: Bounds,
    channel: Option<Channel>,
    abilities: Abilities,
    fences: Fences,
    restarts_left: u32,
    /// How often the agent did not answer in time, by weight.
    setbacks: u32,
    requests: u64,
    observations: VecDeque<Observation>,
}

impl<'s> Session<'s> {
    /// Connects. Bytes that arrive before anything is sent are an observation, or, if the agent was there
    /// before us and `ignore_early_bytes` is false, a reason to leave.
    pub async fn connect(
        spec: &TargetSpec,
        gate: Gate<'s>,
        bounds: Bounds,
        ignore_early_bytes: bool,
    ) -> Result<Self, SessionError> {
        let endpoint = Endpoint::new(spec, bounds.start)?;
        let mut session = Self {
            spec: spec.clone(),
            endpoint,
            opened: Instant::now(),
            gate,
            bounds,
            channel: None,
            abilities: questions::UNKNOWN,
            fences: Fences::new(),
            restarts_left: bounds.restarts,
            setbacks: 0,
            requests: 0,
            observations: VecDeque::new(),
        };
        let link = session.endpoint.connect(Duration::ZERO).await?;
        // Some facts are known only once the agent runs, but nothing has been asked yet.
        session.opened = Instant::now();
        session.observations.extend(session.endpoint.facts().map(Observation::Facts));
        let mut channel = Channel::new(link, bounds.reply_bytes);
        let early = channel.listen(calibrate::EARLY_BYTES).await;
        session.channel = Some(channel);
        if !early.is_empty() {
            if spec.is_attached() && !ignore_early_bytes {
                let bytes: Vec<u8> = early.into_iter().flat_map(|frame| frame.bytes).collect();
                return Err(SessionError::EarlyBytes(printable(&bytes, 200).text));
            }
            session.observations.push_back(Observation::Unsolicited(early));
        }
        Ok(session)
    }

    /// The gate, to which the caller tells handles and processes as they are made.
    pub fn gate_mut(&mut self) -> &mut Gate<'s> {
        &mut self.gate
    }

    /// What is around the agent, as far as the target tells.
    pub fn surroundings(&self) -> Surroundings {
        self.endpoint.surroundings()
    }

    /// What calibration found out.
    pub const fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// Requests sent so far, fences included.
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// The last exchange, if nobody has taken it from the observations yet.
    pub fn last_exchange(&self) -> Option<&Exchange> {
        self.observations.iter().rev().find_map(|observation| match observation {
            Observation::Exchange(exchange) => Some(exchange),
            _ => None,
        })
    }

    /// The next observation, in the order of time.
    pub fn next_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }

    /// Sends a stimulus and a fence of this kind behind it, and waits until the agent is in step again. The
    /// exchange, and whatever else happened, is left among the observations.
    pub async fn exchange(
        &mut self,
        case: &Arc<str>,
        role: Role,
        writes: Vec<Vec<u8>>,
        kind: FenceKind,
    ) -> Result<(), SessionError> {
        let fence = self.fence(kind);
        self.exchange_with(case, role, writes, fence).await.map(drop)
    }

    async fn exchange_with(
        &mut self,
        case: &Arc<str>,
        role: Role,
        writes: Vec<Vec<u8>>,
        fence: Fence,
    ) -> Result<Ending, SessionError> {
        if self.channel.is_none() {
            self.reconnect().await?;
        }
        let began = Instant::now();
        let mut exchange = Exchange {
            case: Arc::clone(case),
            role,
            writes,
            fence,
            received: Vec::new(),
            ending: Ending::Closed,
            began: began - self.opened,
            elapsed: Duration::ZERO,
        };
        exchange.ending = match self.send_and_hear(&mut exchange).await? {
            Heard::Reply => Ending::InStep,
            Heard::Closed => Ending::Closed,
            // Only one fence is under way.
            Heard::Overtaken => Ending::Lost,
            Heard::Quiet if exchange.fence.kind == FenceKind::Absent => Ending::Waited,
            Heard::Quiet => self.climb(&mut exchange.fence).await?,
            Heard::TooMuch => self.flee().await?,
        };
        exchange.elapsed = began.elapsed();
        self.settle(exchange).await
    }

    /// Whether the agent sees its clients come and go.
    pub fn has_clients(&self) -> bool {
        self.endpoint.has_connections()
    }

    /// Lets another client take over: the one before it sends what it will not finish, reads whatever comes, and
    /// leaves. False if the agent went with it; then there is a new one.
    pub async fn take_over(&mut self, left: Vec<u8>) -> Result<bool, SessionError> {
        if self.channel.is_none() {
            self.reconnect().await?;
        }
        let cleared = self.gate.clear(left)?;
        if let Some(channel) = self.channel.as_mut() {
            channel.send(&cleared, self.bounds.deadline).await;
        }
        self.hang_up().await;
        let exit = self.endpoint.take_exit(LEAVE_NOTICE).await;
        if exit.is_none()
            && let Ok(link) = self.endpoint.connect(RECONNECT_PATIENCE).await
        {
            self.channel = Some(Channel::new(link, self.bounds.reply_bytes));
            self.observations.push_back(Observation::TakenOver { left: cleared.bytes().to_vec() });
            return Ok(true);
        }
        // To end in good order when the only client leaves is a way to serve.
        let exit = exit.filter(|exit| exit.status != Some(0));
        self.observations.extend(exit.map(Observation::AgentExit));
        self.reconnect().await?;
        Ok(false)
    }

    /// Ends the conversation: what the agent still says is read first, because `qemu-ga` exits when a client
    /// leaves replies unread. A spawned agent is ended.
    pub async fn finish(&mut self) {
        self.hang_up().await;
        if let Some(exit) = self.endpoint.stop().await {
            self.observations.push_back(Observation::AgentExit(exit));
        }
        self.take_calls();
    }

    async fn send_and_hear(&mut self, exchange: &mut Exchange) -> Result<Heard, SessionError> {
        // An agent that loses the second of two requests in one read must not get them close together.
        let lockstep = !self.abilities.several_in_one_write;
        let mut writes = exchange.writes.clone();
        match writes.last_mut() {
            Some(last) if !lockstep => last.extend_from_slice(&exchange.fence.bytes),
            _ => writes.push(exchange.fence.bytes.clone()),
        }
        self.requests += writes.len() as u64;
        let cleared = self.gate.clear_all(writes)?;
        let deadline = self.bounds.deadline;
        let channel = self.channel.as_mut().expect("the caller has connected");
        for (at, write) in cleared.iter().enumerate() {
            if at > 0 && lockstep && at + 1 == cleared.len() {
                channel.hear_one(&mut exchange.received, deadline / LOCKSTEP_PART).await;
            } else if at > 0 {
                tokio::time::sleep(WRITE_GAP).await;
            }
            if !channel.send(write, deadline).await {
                break;
            }
        }
        let heard = channel.hear(&mut exchange.fence, &mut exchange.received, deadline).await;
        if heard == Heard::Reply {
            self.gate.in_step();
        }
        Ok(heard)
    }

    /// Takes note of what fake programs were called for until now.
    fn take_calls(&mut self) {
        self.observations.extend(self.endpoint.take_calls().into_iter().map(Observation::Call));
    }

    /// Takes note of an exchange that has ended, and gets the agent back if it left.
    async fn settle(&mut self, exchange: Exchange) -> Result<Ending, SessionError> {
        let ending = exchange.ending.clone();
        let case = Arc::clone(&exchange.case);
        self.take_calls();
        self.observations.push_back(Observation::Exchange(exchange));
        match &ending {
            Ending::LostStep { regained: Rung::Reconnect, .. } => {
                self.observations.push_back(Observation::Reconnected { restarted: false });
            }
            Ending::LostStep { regained: Rung::Restart, .. } => {
                self.observations.push_back(Observation::Reconnected { restarted: true });
            }
            Ending::InStep | Ending::Waited | Ending::LostStep { .. } => {}
            Ending::Closed => {
                self.channel = None;
                if let Some(exit) = self.endpoint.take_exit(EXIT_NOTICE).await {
                    self.observations.push_back(Observation::AgentExit(exit));
                }
                self.reconnect().await?;
            }
            // Before a sync has worked there is no step to lose.
            Ending::Lost if self.abilities.fence.is_none() => {}
            Ending::Lost => return Err(SessionError::Gone(format!("nothing brings it back since {case}"))),
        }
        Ok(ending)
    }

    /// A new connection to the same agent, or to a new one where the old one is dead.
    async fn reconnect(&mut self) -> Result<(), SessionError> {
        let mut restarted = false;
        if self.endpoint.can_restart() {
            if self.restarts_left == 0 {
                return Err(SessionError::Gone(
                    "it was restarted as often as allowed (--max-restarts)".to_owned(),
                ));
            }
            self.restarts_left -= 1;
            restarted = self.endpoint.stop().await.is_none_or(|exit| exit.by_harness);
        }
        let link = match self.endpoint.connect(RECONNECT_PATIENCE).await {
            Ok(link) => link,
            Err(error) => return Err(SessionError::Gone(error.to_string())),
        };
        self.channel = Some(Channel::new(link, self.bounds.reply_bytes));
        if restarted {
            // Only a new agent has surely forgotten what was sent: `qemu-ga` keeps half a message over clients.
            self.gate.in_step();
        }
        self.observations.push_back(Observation::Reconnected { restarted });
        self.resynchronise().await
    }

    /// Gets a fence answered on a fresh connection; stale bytes before it are dropped.
    async fn resynchronise(&mut self) -> Result<(), SessionError> {
        if self.abilities.fence.is_none() {
            return Ok(());
        }
        let kind = self.abilities.reset.map_or(FenceKind::Plain, FenceKind::AfterReset);
        let mut fence = self.fence(kind);
        if self.try_fence(&mut fence, self.bounds.deadline).await? {
            return Ok(());
        }
        match self.climb(&mut fence).await? {
            Ending::LostStep { .. } => Ok(()),
            _ => Err(SessionError::Gone("it accepts connections but answers no sync".to_owned())),
        }
    }

    /// Sends nothing but a fence and tells whether it was answered.
    async fn try_fence(&mut self, fence: &mut Fence, deadline: Duration) -> Result<bool, SessionError> {
        let cleared = self.gate.clear(fence.bytes.clone())?;
        self.requests += 1;
        let Some(channel) = self.channel.as_mut() else { return Ok(false) };
        channel.send(&cleared, deadline).await;
        let heard = channel.hear(fence, &mut Vec::new(), deadline).await;
        if heard == Heard::Reply {
            self.gate.in_step();
        }
        Ok(heard == Heard::Reply)
    }

    async fn hang_up(&mut self) {
        if let Some(channel) = self.channel.take() {
            channel.close(self.bounds.deadline).await;
        }
    }

    /// A fence with a fresh id.
    fn fence(&mut self, kind: FenceKind) -> Fence {
        self.fences.next(kind, self.abilities)
    }
}
