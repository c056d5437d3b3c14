//! Words for failures: every byte of an agent in them is escaped and cut here.

use crate::text::{Json, printable};
use crate::wire::{Malformed, Outcome as Says, Reply};

use super::{Failure, Outcome};

/// Bytes shown of one stretch.
const SHOWN_MAX: usize = 160;
/// Bytes of an agent's word that become part of a bucket.
const BUCKET_WORD_MAX: usize = 40;

/// The rule is broken in this way.
pub(super) fn fail(
    bucket: impl Into<String>,
    expected: impl Into<String>,
    got: impl Into<String>,
) -> Outcome {
    Outcome::Fail(Failure { expected: expected.into(), got: got.into(), bucket: bucket.into() })
}

/// Passes if it holds, and fails otherwise with the words that `failure` gives.
pub(super) fn pass_if(holds: bool, failure: impl FnOnce() -> Outcome) -> Outcome {
    if holds { Outcome::Pass } else { failure() }
}

/// An agent's bytes as printable ASCII, cut where they get long.
pub(super) fn shown(bytes: &[u8]) -> String {
    let shown = printable(bytes, SHOWN_MAX);
    match shown.omitted {
        0 => shown.text,
        omitted => format!("{} ({omitted} bytes more)", shown.text),
    }
}

/// A text in quotation marks, escaped and cut.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", shown(text.as_bytes()))
}

/// A part of an agent's message as it stands in its bytes.
pub(super) fn shown_json(value: &Json<'_>, message: &[u8]) -> String {
    message.get(value.span.range()).map_or_else(|| value.type_name().to_owned(), shown)
}

/// What a reply says, in a few words.
pub(super) fn shown_reply(reply: &Reply<'_>, message: &[u8]) -> String {
    match reply.outcome() {
        Says::Return(value) => format!("return {}", shown_json(value, message)),
        Says::Error(value) => format!("error {}", shown_json(value, message)),
    }
}

/// Why a frame is no reply, with what it is.
pub(super) fn shown_malformed(malformed: &Malformed, message: &[u8]) -> String {
    format!("{malformed}: {}", shown(message))
}

/// A word of an agent that becomes part of a bucket: short, and nothing but printable ASCII.
pub(super) fn bucket_word(word: &str) -> String {
    printable(word.as_bytes(), BUCKET_WORD_MAX).text
}
