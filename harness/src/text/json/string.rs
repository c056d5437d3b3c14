//! Strings, kept as spelled and decoded on demand.

use std::borrow::Cow;
use std::fmt;

use memchr::memchr;

/// A string as spelled between its quotes. Copies are cheap; escapes are resolved when asked for.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    raw: &'a [u8],
    quote: u8,
    escaped: bool,
}

impl<'a> Text<'a> {
    /// `raw` has been read: every backslash in it, if `escaped` says there is any, begins a right escape.
    pub(super) fn new(raw: &'a [u8], quote: u8, escaped: bool) -> Self {
        Self { raw, quote, escaped }
    }

    /// The bytes between the quotes.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The spelling with the quotes it was read with.
    pub fn quoted(&self) -> Vec<u8> {
        [&[self.quote], self.raw, &[self.quote]].concat()
    }

    /// The bytes meant: escapes are resolved, a lone surrogate becomes its three bytes of WTF-8, and bytes
    /// that are not UTF-8 stay as they are.
    pub fn decoded(&self) -> Cow<'a, [u8]> {
        if self.escaped { Cow::Owned(unescape(self.raw)) } else { Cow::Borrowed(self.raw) }
    }

    /// The text, if it is well-formed Unicode.
    pub fn to_str(&self) -> Option<Cow<'a, str>> {
        match self.decoded() {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
        }
    }

    /// Whether the text means exactly `other`.
    pub fn eq_str(&self, other: &str) -> bool {
        *self.decoded() == *other.as_bytes()
    }
}

impl PartialEq for Text<'_> {
    /// Equality of what is meant, not of spelling.
    fn eq(&self, other: &Self) -> bool {
        self.decoded() == other.decoded()
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.eq_str(other)
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.eq_str(other)
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.quoted().escape_ascii())
    }
}

/// The code point of the `\uXXXX` that `bytes` begins with, and how many bytes spell it: a surrogate pair
/// is one code point of twelve. The code point is a surrogate if it stands alone.
pub(super) fn unicode_escape(bytes: &[u8]) -> Option<(u32, usize)> {
    let unit = code_unit(bytes)?;
    if let 0xD800..=0xDBFF = unit
        && let Some(low @ 0xDC00..=0xDFFF) = bytes.get(6..).and_then(code_unit)
    {
        return Some((0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), 12));
    }
    Some((unit, 6))
}

/// The code unit of one `\uXXXX`.
fn code_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// Whether Unicode reserves the code point as a noncharacter.
pub(super) fn is_noncharacter(code_point: u32) -> bool {
    matches!(code_point, 0xFDD0..=0xFDEF) || code_point & 0xFFFE == 0xFFFE
}

fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut meant = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(backslash) = memchr(b'\\', rest) {
        meant.extend_from_slice(&rest[..backslash]);
        rest = &rest[backslash..];
        let length = if let Some((code_point, length)) = unicode_escape(rest) {
            push_wtf8(&mut meant, code_point);
            length
        } else {
            meant.extend(rest.get(1).map(|letter| short_escape(*letter)));
            rest.len().min(2)
        };
        rest = &rest[length..];
    }
    meant.extend_from_slice(rest);
    meant
}

/// What the escape of one letter means; the quotes, the slash and the backslash mean themselves.
fn short_escape(letter: u8) -> u8 {
    match letter {
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        itself => itself,
    }
}

fn push_wtf8(meant: &mut Vec<u8>, code_point: u32) {
    if let Some(char) = char::from_u32(code_point) {
        meant.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
    } else {
        // Only a lone surrogate is no character, and all of them take three bytes.
        let continuation = |shift: u32| 0x80 | (code_point >> shift & 0x3F) as u8;
        meant.extend_from_slice(&[0xE0 | (code_point >> 12) as u8, continuation(6), continuation(0)]);
    }
}
