//! The tokens of a text: strings, numbers, words, and what is wrong where another token should be.

use crate::text::Span;

use super::number::{self, Shape};
use super::string::{is_noncharacter, unicode_escape};
use super::{Kind, Note, NoteKind, Number, SyntaxError, SyntaxErrorKind, Text};

/// U+0000 in "modified UTF-8", which some readers accept on purpose.
const OVERLONG_NUL: &[u8] = b"\xC0\x80";

/// The byte that delimits messages and is part of none.
const DELIMITER: u8 = 0xFF;

/// A place in a text, and what was remarkable before it.
pub(super) struct Scanner<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) notes: Vec<Note>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, notes: Vec::new() }
    }

    /// Steps to the next token, and returns its first byte.
    pub(super) fn peek(&mut self) -> Result<u8, SyntaxError> {
        self.skip_white_space();
        self.bytes.get(self.at).copied().ok_or_else(|| self.unexpected_end())
    }

    pub(super) fn skip_white_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// Reads a string, whose opening quote is here.
    pub(super) fn string(&mut self) -> Result<Text<'a>, SyntaxError> {
        let start = self.at;
        let quote = self.bytes[start];
        let earlier_notes = self.notes.len();
        let mut escaped = false;
        let mut ascii = true;
        self.at += 1;
        loop {
            match self.bytes.get(self.at) {
                None => return Err(self.unexpected_end()),
                Some(byte) if *byte == quote => break,
                Some(b'\\') => {
                    escaped = true;
                    self.escape(earlier_notes)?;
                }
                Some(b' '..0x80) => self.at += 1,
                Some(0x80..=0xFE) => {
                    ascii = false;
                    self.at += 1;
                }
                Some(_) => return Err(self.misplaced_in_string()),
            }
        }
        let raw = &self.bytes[start + 1..self.at];
        self.at += 1;
        if quote == b'\'' {
            self.note_once(earlier_notes, NoteKind::SingleQuotes, Span::new(start, self.at));
        }
        if !ascii {
            self.note_raw_characters(earlier_notes, start + 1, raw);
        }
        Ok(Text::new(raw, quote, escaped))
    }

    /// Steps over an escape, whose backslash is here.
    fn escape(&mut self, earlier_notes: usize) -> Result<(), SyntaxError> {
        let start = self.at;
        let kind = match self.bytes.get(start + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                return Ok(());
            }
            Some(b'\'') => {
                self.at += 2;
                NoteKind::SingleQuotes
            }
            Some(b'u') => {
                let Some((code_point, length)) = unicode_escape(&self.bytes[start..]) else {
                    let digits =
                        self.bytes[start + 2..].iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
                    self.at += 2 + digits;
                    return Err(self.bad_escape(start));
                };
                self.at += length;
                match code_point {
                    0xD800..=0xDFFF => NoteKind::LoneSurrogate,
                    _ if is_noncharacter(code_point) => NoteKind::Noncharacter,
                    _ => return Ok(()),
                }
            }
            _ => {
                self.at += 1;
                return Err(self.bad_escape(start));
            }
        };
        self.note_once(earlier_notes, kind, Span::new(start, self.at));
        Ok(())
    }

    /// The fault of an escape that is right up to here.
    fn bad_escape(&self, start: usize) -> SyntaxError {
        match self.bytes.get(self.at).copied() {
            None => self.unexpected_end(),
            Some(0..b' ' | DELIMITER) => self.misplaced_in_string(),
            Some(_) => {
                SyntaxError { kind: SyntaxErrorKind::BadEscape, span: Span::new(start, self.character().end) }
            }
        }
    }

    /// The fault of a byte that no string can have.
    fn misplaced_in_string(&self) -> SyntaxError {
        let kind = match self.bytes[self.at] {
            DELIMITER => SyntaxErrorKind::DelimiterByte,
            _ => SyntaxErrorKind::ControlCharacter,
        };
        SyntaxError { kind, span: Span::new(self.at, self.at + 1) }
    }

    /// Notes what is remarkable in `raw`, the bytes of a string from `offset` on.
    fn note_raw_characters(&mut self, earlier_notes: usize, offset: usize, raw: &[u8]) {
        let mut at = offset;
        let mut second_half = false;
        for chunk in raw.utf8_chunks() {
            for (index, character) in
                chunk.valid().char_indices().filter(|(_, character)| !character.is_ascii())
            {
                let span = Span::new(at + index, at + index + character.len_utf8());
                self.note_once(earlier_notes, NoteKind::NonAscii, span);
                if is_noncharacter(character.into()) {
                    self.note_once(earlier_notes, NoteKind::Noncharacter, span);
                }
            }
            at += chunk.valid().len();
            let invalid = Span::new(at, at + chunk.invalid().len());
            let is_second_half = std::mem::take(&mut second_half) && chunk.valid().is_empty();
            if raw[at - offset..].starts_with(OVERLONG_NUL) {
                self.note_once(earlier_notes, NoteKind::OverlongNul, Span::new(at, at + OVERLONG_NUL.len()));
                second_half = true;
            } else if !invalid.is_empty() && !is_second_half {
                self.note_once(earlier_notes, NoteKind::InvalidUtf8, invalid);
            }
            at = invalid.end;
        }
    }

    /// Adds a note, unless one of its kind is there already among those after `earlier_notes`.
    fn note_once(&mut self, earlier_notes: usize, kind: NoteKind, span: Span) {
        if self.notes[earlier_notes..].iter().all(|note| note.kind != kind) {
            self.notes.push(Note { kind, span });
        }
    }

    /// Reads a number. What follows without a break belongs to it, so that `0x10` is one bad number.
    pub(super) fn number(&mut self) -> Result<Number<'a>, SyntaxError> {
        let (span, run) =
            self.run(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_'));
        match number::shape(run.as_bytes()) {
            Shape::Whole => Ok(Number { spelling: run }),
            Shape::Cut if span.end == self.bytes.len() => Err(self.unexpected_end()),
            Shape::Cut | Shape::Bad => Err(SyntaxError { kind: SyntaxErrorKind::BadNumber, span }),
        }
    }

    /// Reads a bare word.
    pub(super) fn word(&mut self) -> Result<Kind<'a>, SyntaxError> {
        let (span, word) = self.run(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match word {
            "null" => Ok(Kind::Null),
            "true" => Ok(Kind::Bool(true)),
            "false" => Ok(Kind::Bool(false)),
            _ if span.end == self.bytes.len()
                && ["null", "true", "false"].iter().any(|known| known.starts_with(word)) =>
            {
                Err(self.unexpected_end())
            }
            _ => Err(SyntaxError { kind: SyntaxErrorKind::UnknownWord, span }),
        }
    }

    /// Steps over all bytes from here on that belong to a token; these must be ASCII.
    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> (Span, &'a str) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        let span = Span::new(self.at, self.at + length);
        self.at = span.end;
        (span, std::str::from_utf8(&rest[..length]).expect("the bytes of a number or word are ASCII"))
    }

    /// The fault of the token here, where `missing` should be; `closer` closes the innermost container.
    pub(super) fn misplaced(&self, missing: SyntaxErrorKind, closer: Option<u8>) -> SyntaxError {
        let kind = match self.bytes[self.at] {
            DELIMITER => SyntaxErrorKind::DelimiterByte,
            byte @ (b']' | b'}') if closer != Some(byte) => SyntaxErrorKind::UnbalancedCloser,
            b'[' | b']' | b'{' | b'}' | b',' | b':' | b'"' | b'\'' | b'+' | b'-' | b'.' => missing,
            byte if byte.is_ascii_alphanumeric() => missing,
            _ => SyntaxErrorKind::UnexpectedCharacter,
        };
        SyntaxError { kind, span: self.character() }
    }

    pub(super) fn unexpected_end(&self) -> SyntaxError {
        SyntaxError { kind: SyntaxErrorKind::UnexpectedEnd, span: Span::at(self.bytes.len()) }
    }

    /// The bytes of the character here.
    fn character(&self) -> Span {
        let rest = &self.bytes[self.at..];
        let first = rest[..rest.len().min(4)].utf8_chunks().next();
        let length = first.and_then(|chunk| chunk.valid().chars().next()).map_or(1, char::len_utf8);
        Span::new(self.at, self.at + length)
    }
}
