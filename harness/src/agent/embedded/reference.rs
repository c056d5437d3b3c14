//! The reference agent as an agent in this process, in a time of its own.

use std::time::Duration;

use crate::agent::reference::{Config, Effect, ReferenceAgent};
use crate::wire::{Facts, FakeCall};

use super::{Agent, Line};

/// The agent reads at most this many bytes at a time, like `qemu-ga`.
const READ_BYTES: usize = 4096;
/// What dealing with one piece of input takes.
const TICK: Duration = Duration::from_micros(20);
/// What comes later than this counts as not answered, and shows up with the next answers.
const PATIENCE: Duration = Duration::from_secs(2);
/// Where the simulated guest's clock starts: 2024-01-01T00:00:00Z, in nanoseconds. A fixed start keeps runs equal.
const CLOCK_START_NS: i64 = 1_704_067_200_000_000_000;

/// A reference agent.
#[derive(Debug)]
pub struct Reference {
    agent: ReferenceAgent,
    elapsed: Duration,
    late: Vec<u8>,
}

impl Reference {
    /// A freshly started agent.
    pub fn new(config: Config) -> Self {
        Self { agent: ReferenceAgent::new(config), elapsed: Duration::ZERO, late: Vec::new() }
    }

    fn clock_ns(&self) -> i64 {
        CLOCK_START_NS + i64::try_from(self.elapsed.as_nanos()).unwrap_or(i64::MAX / 2)
    }

    fn perform(&mut self, effects: Vec<Effect>, patience: Duration, output: &mut Vec<u8>) -> Line {
        for effect in effects {
            let is_late = self.elapsed > patience;
            let written = if is_late { &mut self.late } else { &mut *output };
            match effect {
                Effect::Send(bytes) => written.extend_from_slice(&bytes),
                Effect::Repeat { bytes, times } => {
                    (0..times).for_each(|_| written.extend_from_slice(&bytes));
                }
                Effect::Pause(time) => self.elapsed += time,
                Effect::CloseConnection => return Line::Closed,
                Effect::Exit(status) => return Line::Ended(status),
            }
        }
        Line::Open
    }
}

impl Agent for Reference {
    fn receive(&mut self, input: &[u8], output: &mut Vec<u8>) -> Line {
        output.append(&mut self.late);
        let patience = self.elapsed + PATIENCE;
        for piece in input.chunks(READ_BYTES) {
            self.elapsed += TICK;
            let effects = self.agent.feed(piece, self.clock_ns());
            let line = self.perform(effects, patience, output);
            if line != Line::Open {
                return line;
            }
        }
        Line::Open
    }

    fn connected(&mut self, output: &mut Vec<u8>) -> Line {
        self.late.clear();
        let effects = self.agent.connected();
        self.perform(effects, self.elapsed + PATIENCE, output)
    }

    fn elapsed(&self) -> Option<Duration> {
        Some(self.elapsed)
    }

    fn rest(&mut self, time: Duration) {
        self.elapsed += time;
    }

    fn facts(&self) -> Option<Facts> {
        Some(Facts { clock_ns: Some(self.clock_ns()), ..self.agent.facts() })
    }

    fn take_calls(&mut self) -> Vec<FakeCall> {
        self.agent.take_calls()
    }
}
