//! Agents that are a part of this process: bytes in, bytes out, no connection and no runtime.
//!
//! Whoever writes an agent in Rust implements [`Agent`] and has its code judged in a test or a fuzz target;
//! [`Reference`] is the reference agent in that shape. An [`Embedded`] agent is asked what it can do, spoken to with
//! fences and brought back into step like one behind a transport, but nothing waits: whatever an agent has not
//! answered when it returns is not answered.

mod conversation;
mod reference;

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant};

use crate::wire::{Abilities, AgentExit, Facts, FakeCall, FenceKind, Framer, Observation};

use super::fence::Fences;
use super::gate::{Gate, Refused};
use super::questions;

pub use conversation::Gone;
pub use reference::Reference;

/// An agent in this process.
pub trait Agent {
    /// Takes bytes that a client sent, and appends to `output` what the client gets for them.
    fn receive(&mut self, input: &[u8], output: &mut Vec<u8>) -> Line;

    /// A client connected, the first one or another. Most agents say nothing then.
    fn connected(&mut self, _output: &mut Vec<u8>) -> Line {
        Line::Open
    }

    /// How much time has passed for the agent since it began, if it lives in a time of its own.
    fn elapsed(&self) -> Option<Duration> {
        None
    }

    /// Nothing happens for a while. An agent that lives in a time of its own lets it pass.
    fn rest(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    /// What is true of the guest, as far as that is known without asking.
    fn facts(&self) -> Option<Facts> {
        None
    }

    /// Calls of programs that would have acted on the machine, since the last time.
    fn take_calls(&mut self) -> Vec<FakeCall> {
        Vec::new()
    }
}

/// What has become of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// It stands.
    Open,
    /// The agent closed it and lives on.
    Closed,
    /// The agent ended, with this status.
    Ended(i32),
}

/// A conversation with an agent in this process.
pub struct Embedded<'s, A> {
    start: Box<dyn FnMut() -> A + 's>,
    agent: A,
    began: Instant,
    line: Line,
    gate: Gate<'s>,
    reply_bytes_max: usize,
    abilities: Abilities,
    fences: Fences,
    framer: Framer,
    observations: VecDeque<Observation>,
    requests: u64,
    restarts: u64,
}

impl<A> fmt::Debug for Embedded<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded")
            .field("line", &self.line)
            .field("abilities", &self.abilities)
            .finish_non_exhaustive()
    }
}

impl<'s, A: Agent> Embedded<'s, A> {
    /// A first agent made by `start`, which makes another one whenever that one is lost. Replies of more than
    /// `reply_bytes_max` are not kept.
    pub fn new(mut start: impl FnMut() -> A + 's, gate: Gate<'s>, reply_bytes_max: usize) -> Self {
        let agent = start();
        let mut embedded = Self {
            start: Box::new(start),
            agent,
            began: Instant::now(),
            line: Line::Open,
            gate,
            reply_bytes_max,
            abilities: questions::UNKNOWN,
            fences: Fences::new(),
            framer: Framer::new(reply_bytes_max),
            observations: VecDeque::new(),
            requests: 0,
            restarts: 0,
        };
        embedded.meet();
        embedded
    }

    /// Puts a new agent in the place of the old one.
    pub fn renew(&mut self) {
        self.agent = (self.start)();
        self.began = Instant::now();
        self.gate.in_step();
        self.framer = Framer::new(self.reply_bytes_max);
        self.meet();
        self.observations.push_back(Observation::Reconnected { restarted: true });
    }

    /// The client leaves, after these words, and another one comes.
    pub fn rejoin(&mut self, last_words: Vec<u8>) -> Result<(), Gone> {
        if !last_words.is_empty() {
            let cleared = self.gate.clear(last_words)?;
            self.hand_over(&cleared);
            self.framer = Framer::new(self.reply_bytes_max);
        }
        self.reconnect()
    }

    /// What calibration found out.
    pub const fn abilities(&self) -> Abilities {
        self.abilities
    }

    /// The gate, to which the caller tells handles and processes as they are made.
    pub fn gate_mut(&mut self) -> &mut Gate<'s> {
        &mut self.gate
    }

    /// Requests sent so far, fences included.
    pub const fn requests(&self) -> u64 {
        self.requests
    }

    /// How often the agent was lost and another one took its place.
    pub const fn restarts(&self) -> u64 {
        self.restarts
    }

    /// Lets time pass.
    pub fn rest(&mut self, time: Duration) {
        self.agent.rest(time);
    }

    /// The next observation, in the order of time.
    pub fn next_observation(&mut self) -> Option<Observation> {
        self.observations.pop_front()
    }

    /// A new agent is met: what is known of its guest, and what it says unasked.
    fn meet(&mut self) {
        self.observations.extend(self.agent.facts().map(Observation::Facts));
        self.line = Line::Open;
        self.connect();
        if let Some(frames) = self.unasked() {
            self.observations.push_back(Observation::Unsolicited(frames));
        }
    }

    fn connect(&mut self) {
        let mut output = Vec::new();
        self.line = self.agent.connected(&mut output);
        self.framer.feed(&output);
    }

    fn unasked(&mut self) -> Option<Vec<crate::wire::Frame>> {
        self.framer.finish();
        let frames: Vec<_> = std::iter::from_fn(|| self.framer.next_frame()).collect();
        (!frames.is_empty()).then_some(frames)
    }

    /// Hands cleared bytes to the agent and takes what it answers; false if the connection is gone.
    fn hand_over(&mut self, cleared: &super::gate::Cleared) -> bool {
        if self.line == Line::Open {
            let mut output = Vec::new();
            self.line = self.agent.receive(cleared.bytes(), &mut output);
            self.framer.feed(&output);
            self.observations.extend(self.agent.take_calls().into_iter().map(Observation::Call));
        }
        self.line == Line::Open
    }

    fn now(&self) -> Duration {
        self.agent.elapsed().unwrap_or_else(|| self.began.elapsed())
    }

    /// A fence of this kind, with a fresh id.
    fn fence(&mut self, kind: FenceKind) -> crate::wire::Fence {
        self.fences.next(kind, self.abilities)
    }

    /// A new connection to the same agent, or to a new one where the old one has ended.
    fn reconnect(&mut self) -> Result<(), Gone> {
        if let Line::Ended(status) = self.line {
            let exit =
                AgentExit { status: Some(status), signal: None, stderr_tail: Vec::new(), by_harness: false };
            self.observations.push_back(Observation::AgentExit(exit));
            self.restarts += 1;
            self.renew();
            return Ok(());
        }
        self.connect();
        self.observations.push_back(Observation::Reconnected { restarted: false });
        self.resynchronise()
    }
}

impl From<Refused> for Gone {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}
