//! What is kept of an observation that broke a rule: the bytes that were sent, and those that came.

use std::iter::repeat_n;

use crate::wire::{DELIMITER, Exchange, Frame, LineEnd, Observation};

use super::ledger::Excerpt;

/// The beginnings of what was sent and of what was received.
pub(super) fn evidence(observation: &Observation) -> (Excerpt, Excerpt) {
    match observation {
        Observation::Exchange(exchange) => (sent(exchange), received(exchange)),
        Observation::Unsolicited(frames) => {
            (Excerpt::default(), Excerpt::of(frames.iter().flat_map(spelled)))
        }
        Observation::AgentExit(exit) => (Excerpt::default(), Excerpt::of([exit.stderr_tail.as_slice()])),
        Observation::Calibrated(_)
        | Observation::Reconnected { .. }
        | Observation::Facts(_)
        | Observation::Call(_) => (Excerpt::default(), Excerpt::default()),
    }
}

/// The stimulus, or the fence where the fence is the question.
fn sent(exchange: &Exchange) -> Excerpt {
    if exchange.writes.is_empty() {
        Excerpt::of([exchange.fence.bytes.as_slice()])
    } else {
        Excerpt::of(exchange.writes.iter().map(Vec::as_slice))
    }
}

fn received(exchange: &Exchange) -> Excerpt {
    let fence = if exchange.writes.is_empty() { exchange.fence.reply.as_ref() } else { None };
    Excerpt::of(exchange.received.iter().chain(fence).flat_map(spelled))
}

/// A frame as it came over the wire.
fn spelled(frame: &Frame) -> impl Iterator<Item = &[u8]> {
    let end: &[u8] = match frame.end {
        LineEnd::Lf => b"\n",
        LineEnd::CrLf => b"\r\n",
        LineEnd::None => b"",
    };
    repeat_n(&[DELIMITER][..], frame.delimiters).chain([&*frame.bytes, end])
}
