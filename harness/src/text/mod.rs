//! Bytes and the places in them.
//!
//! Everything that reads or writes text without knowing what it is about: spans, a lossless JSON reader
//! (it keeps duplicate keys, the spelling of numbers and bad bytes) and an exact JSON writer that can also
//! write what is wrong. Nothing here knows the guest agent protocol.

pub mod escape;
pub mod json;
pub mod span;
pub mod suggest;
pub mod writer;

pub use escape::printable;
pub use json::{
    Document, Json, Kind, Limits, Member, Note, NoteKind, Number, SyntaxError, SyntaxErrorKind, Text,
};
pub use span::{LineIndex, Position, Span};
pub use writer::{Node, Style};
