//! Conversations with the reference agent, as its clients see them.

mod bounds;
mod chunks;
mod faults;
mod files;
mod recordings;
mod requests;
mod state;

use super::{Config, Effect, ReferenceAgent};

/// Some moment in 2026, with more digits than the guest's clock has.
const NOW_NS: i64 = 1_790_000_000_123_456_789;

/// The bytes that come back.
fn replies(agent: &mut ReferenceAgent, input: &[u8]) -> Vec<u8> {
    sent(agent.feed(input, NOW_NS))
}

/// The bytes that effects send. Of what is repeated, once is enough.
fn sent(effects: Vec<Effect>) -> Vec<u8> {
    effects
        .into_iter()
        .flat_map(|effect| match effect {
            Effect::Send(bytes) | Effect::Repeat { bytes, .. } => bytes,
            Effect::Pause(_) | Effect::CloseConnection | Effect::Exit(_) => Vec::new(),
        })
        .collect()
}

/// What a fresh agent that obeys every rule replies.
fn correct_replies(input: impl AsRef<[u8]>) -> String {
    let mut agent = ReferenceAgent::new(Config::default());
    printable(&replies(&mut agent, input.as_ref()))
}

/// Bytes as text, with a mark for each delimiter and without the words of descriptions.
fn printable(bytes: &[u8]) -> String {
    let text: String =
        bytes.iter().map(|byte| if *byte == 0xFF { '\u{B6}' } else { char::from(*byte) }).collect();
    let mut parts = text.split("\"desc\": \"");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let after = part.split_once("\"}").map_or("", |(_, after)| after);
        text + "\"desc\": \"...\"}" + after
    })
}
