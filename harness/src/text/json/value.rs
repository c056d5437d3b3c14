//! What was read: values with their places, and notes on what is remarkable about them.

use std::borrow::Cow;

use crate::text::Span;

use super::{Number, Text};

/// One value that was read, and what was remarkable on the way.
#[derive(Debug)]
pub struct Document<'a> {
    /// The value.
    pub value: Json<'a>,
    /// What was accepted although it deserves a word, in the order of the text.
    pub notes: Vec<Note>,
    /// How many containers are inside each other at the deepest place; 0 for a scalar.
    pub depth: usize,
}

/// A value and the bytes it was read from.
#[derive(Debug)]
pub struct Json<'a> {
    /// The bytes of the value, quotes and brackets included.
    pub span: Span,
    /// The value itself.
    pub kind: Kind<'a>,
}

/// The six types of JSON.
#[derive(Debug)]
pub enum Kind<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as spelled.
    Number(Number<'a>),
    /// A string, as spelled.
    String(Text<'a>),
    /// An array.
    Array(Vec<Json<'a>>),
    /// An object: all its members in order, also those whose key comes more than once.
    Object(Vec<Member<'a>>),
}

/// One member of an object.
#[derive(Debug)]
pub struct Member<'a> {
    /// The key, as spelled.
    pub key: Text<'a>,
    /// The bytes of the key, quotes included.
    pub key_span: Span,
    /// The value.
    pub value: Json<'a>,
}

/// Something that was accepted but is remarkable. A string has at most one note of each kind, which points
/// at the first occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub kind: NoteKind,
    /// Where it is.
    pub span: Span,
}

/// What can be remarkable about an accepted text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteKind {
    /// A single-quoted string, or the escape `\'` in a string of either kind.
    SingleQuotes,
    /// A key that an earlier member of the same object has too.
    DuplicateKey,
    /// An escaped surrogate without its other half.
    LoneSurrogate,
    /// A code point that Unicode reserves as a noncharacter, raw or escaped.
    Noncharacter,
    /// Bytes in a string that are not UTF-8.
    InvalidUtf8,
    /// The bytes C0 80 in a string: not UTF-8 either, but how "modified UTF-8" writes U+0000.
    OverlongNul,
    /// Raw characters beyond ASCII in a string: right JSON, but not what an agent writes.
    NonAscii,
}

impl<'a> Json<'a> {
    /// The value of the first member with this key, if this is an object that has one.
    pub fn member(&self, key: &str) -> Option<&Json<'a>> {
        self.members().iter().find(|member| member.key.eq_str(key)).map(|member| &member.value)
    }

    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Member<'a>] {
        match &self.kind {
            Kind::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of an array.
    pub fn as_array(&self) -> Option<&[Json<'a>]> {
        match &self.kind {
            Kind::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string that is well-formed Unicode.
    pub fn as_str(&self) -> Option<Cow<'a, str>> {
        match &self.kind {
            Kind::String(text) => text.to_str(),
            _ => None,
        }
    }

    /// The number.
    pub fn as_number(&self) -> Option<Number<'a>> {
        match &self.kind {
            Kind::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a number that is spelled as an integer and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// The value of a number that is spelled as an integer and fits.
    pub fn as_u64(&self) -> Option<u64> {
        self.as_number()?.as_u64()
    }

    /// The truth value.
    pub fn as_bool(&self) -> Option<bool> {
        match &self.kind {
            Kind::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Whether this is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Object(_))
    }

    /// Whether this is an array.
    pub fn is_array(&self) -> bool {
        matches!(self.kind, Kind::Array(_))
    }

    /// Whether this is a string.
    pub fn is_string(&self) -> bool {
        matches!(self.kind, Kind::String(_))
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The name of the type, as RFC 8259 has it.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "boolean",
            Kind::Number(_) => "number",
            Kind::String(_) => "string",
            Kind::Array(_) => "array",
            Kind::Object(_) => "object",
        }
    }
}
