//! Why a text is not JSON.

use thiserror::Error;

use crate::text::Span;

/// The first fault of a text, and the bytes it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("{kind} at byte {}", span.start)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// The bytes at fault; empty at the end of the text for [`SyntaxErrorKind::UnexpectedEnd`].
    pub span: Span,
}

/// The ways in which a text can fail to be JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum SyntaxErrorKind {
    /// The text ends too early: some continuation would make it valid. Every other kind means that no
    /// continuation can.
    #[error("unexpected end of text")]
    UnexpectedEnd,
    /// The byte 0xFF, which delimits and is never part of a text.
    #[error("delimiter byte 0xFF")]
    DelimiterByte,
    /// A character that starts no token: a byte order mark, a comment, a control character.
    #[error("unexpected character")]
    UnexpectedCharacter,
    /// A bare word other than `true`, `false` and `null`.
    #[error("unknown word")]
    UnknownWord,
    /// Something like a number that is none: `01`, `+1`, `.5`, `1.`, `0x10`.
    #[error("malformed number")]
    BadNumber,
    /// A backslash followed by what no escape sequence has.
    #[error("malformed escape sequence")]
    BadEscape,
    /// A raw control character in a string.
    #[error("control character in string")]
    ControlCharacter,
    /// A separator, or the closer of an object, where a value must be.
    #[error("missing value")]
    MissingValue,
    /// Something other than a string where a key must be.
    #[error("missing or non-string key")]
    MissingKey,
    /// No colon after a key.
    #[error("missing colon")]
    MissingColon,
    /// No comma between two items.
    #[error("missing comma")]
    MissingComma,
    /// A comma with nothing but the closer behind it.
    #[error("trailing comma")]
    TrailingComma,
    /// A closer that closes nothing, or not what was opened last.
    #[error("unbalanced closer")]
    UnbalancedCloser,
    /// More than white space behind the value.
    #[error("trailing data")]
    TrailingData,
    /// More containers inside each other than the limit allows.
    #[error("nested too deep")]
    TooDeep,
}
