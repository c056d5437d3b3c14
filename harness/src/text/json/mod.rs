//! A lossless JSON reader: it says what a text means without losing how it was spelled.
//!
//! It reads RFC 8259 strictly, and lets pass with a [`Note`] what agents and clients really send: the
//! single-quoted strings QEMU documents, duplicate keys, lone surrogates and bad UTF-8 in strings. Every
//! value knows its bytes. An unfinished text is told apart from a wrong one, since a reply may still be on
//! its way. What the values are about is never decided here.

mod compare;
mod error;
mod number;
mod reader;
mod scanner;
mod string;
mod value;

#[cfg(test)]
mod dialect_tests;
#[cfg(test)]
mod property_tests;

pub use error::{SyntaxError, SyntaxErrorKind};
pub use number::Number;
pub use reader::{Limits, read, read_prefix};
pub use string::Text;
pub use value::{Document, Json, Kind, Member, Note, NoteKind};
