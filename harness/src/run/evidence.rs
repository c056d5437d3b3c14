//! What is kept of an observation that broke a rule: the bytes that were sent, those that came, how the agent ended.

use std::iter::repeat_n;

use crate::text::printable;
use crate::wire::{AgentExit, DELIMITER, Exchange, Frame, LineEnd, Observation};

use super::ledger::Excerpt;

/// Shown of an agent's last words, in bytes.
const STDERR_SHOWN: usize = 1000;

/// The beginnings of what was sent and of what was received.
pub(super) fn evidence(observation: &Observation) -> (Excerpt, Excerpt) {
    match observation {
        Observation::Exchange(exchange) => (sent(exchange), received(exchange)),
        Observation::Unsolicited(frames) => {
            (Excerpt::default(), Excerpt::of(frames.iter().flat_map(spelled)))
        }
        // How an agent ended, and its last words, are told in words.
        Observation::AgentExit(_)
        | Observation::Calibrated(_)
        | Observation::Reconnected { .. }
        | Observation::TakenOver { .. }
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

/// How an agent ended, in words, with its last ones escaped.
pub(super) fn describe_exit(exit: &AgentExit) -> String {
    let how = match (exit.status, exit.signal) {
        (Some(status), _) => format!("exit status {status}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".to_owned(),
    };
    let by = if exit.by_harness { ", ended by the harness" } else { "" };
    if exit.stderr_tail.is_empty() {
        format!("{how}{by}")
    } else {
        format!("{how}{by}; stderr ends with: {}", printable(&exit.stderr_tail, STDERR_SHOWN).text)
    }
}
