//! Cuts an agent's byte stream into frames, whatever the chunks in which it arrives.
//!
//! A message is found by its structure, not by its line end, so that an agent that forgets the line end or
//! prints over several lines can still be judged. A delimiter byte always ends what was open.

use serde::{Deserialize, Serialize};

use super::DELIMITER;
use super::transcript::encoding;

/// Kept of a frame that exceeded the limit, in bytes.
const OVERSIZE_KEPT: usize = 4096;
/// Garbage is handed on in pieces of at most this many bytes.
const GARBAGE_MAX: usize = 64 * 1024;

/// A stretch of the agent's byte stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// What the stretch is.
    pub kind: FrameKind,
    /// Its bytes, without delimiters before it and line end after it.
    #[serde(with = "encoding::bytes")]
    pub bytes: Vec<u8>,
    /// How many delimiter bytes came directly before it.
    pub delimiters: usize,
    /// How it ended.
    pub end: LineEnd,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FrameKind {
    /// Balanced braces or brackets from `{` or `[` on. Whether it is valid JSON is for the reader to say.
    Message,
    /// A message that began and did not end: a delimiter, a line end within a string, or the end of the
    /// connection came first.
    Cut,
    /// Bytes outside any message, up to the next line end or delimiter.
    Garbage,
    /// A message beyond the limit; only its beginning is kept.
    Oversize,
}

/// The bytes after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineEnd {
    /// A single line feed.
    Lf,
    /// Carriage return and line feed.
    #[serde(rename = "crlf")]
    CrLf,
    /// Something else, or nothing within the time that the session waited.
    None,
}

/// The incremental cutter. Feeding the same bytes in any chunks gives the same frames.
#[derive(Debug)]
pub struct Framer {
    limit_bytes: usize,
    state: State,
    delimiters: usize,
    buffer: Vec<u8>,
    frames: std::collections::VecDeque<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Between,
    Message {
        depth: u32,
        string: StringState,
    },
    /// A balanced message waits for the bytes that tell its line end; `cr` after a carriage return.
    Ended {
        cr: bool,
    },
    Garbage,
    /// Beyond the limit: skip up to the next line end or delimiter.
    Skipping,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StringState {
    Outside,
    Inside,
    Escaped,
}

impl Framer {
    /// A cutter that keeps at most `limit_bytes` of one message.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            state: State::Between,
            delimiters: 0,
            buffer: Vec::new(),
            frames: std::collections::VecDeque::new(),
        }
    }

    /// Takes the next bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let used = match self.state {
                State::Message { .. } => self.message(rest),
                State::Between => self.between(rest[0]),
                State::Ended { cr } => self.ended(cr, rest[0]),
                State::Garbage => self.garbage(rest),
                State::Skipping => self.skipping(rest),
            };
            rest = &rest[used..];
        }
    }

    /// The next whole frame.
    pub fn next_frame(&mut self) -> Option<Frame> {
        self.frames.pop_front()
    }

    /// Whether a balanced message is there whose line end has not been seen yet.
    pub fn holds_message(&self) -> bool {
        matches!(self.state, State::Ended { .. })
    }

    /// Whether bytes of an unfinished frame are there.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, State::Between) || self.delimiters > 0
    }

    /// Hands out a held message although its line end did not come.
    pub fn release(&mut self) {
        if self.holds_message() {
            self.emit(FrameKind::Message, LineEnd::None);
        }
    }

    /// The stream has ended: whatever is open becomes a frame.
    pub fn finish(&mut self) {
        match self.state {
            State::Between if self.delimiters > 0 => self.emit(FrameKind::Garbage, LineEnd::None),
            State::Between | State::Skipping => {}
            State::Message { .. } => self.emit(FrameKind::Cut, LineEnd::None),
            State::Ended { .. } => self.emit(FrameKind::Message, LineEnd::None),
            State::Garbage => self.emit(FrameKind::Garbage, LineEnd::None),
        }
        self.state = State::Between;
    }

    fn emit(&mut self, kind: FrameKind, end: LineEnd) {
        let mut bytes = std::mem::take(&mut self.buffer);
        // Frames wait for their judgement, many at a time.
        bytes.shrink_to_fit();
        let delimiters = std::mem::take(&mut self.delimiters);
        self.frames.push_back(Frame { kind, bytes, delimiters, end });
        self.state = State::Between;
    }

    fn between(&mut self, byte: u8) -> usize {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {}
            DELIMITER => self.delimiters += 1,
            // The byte is looked at again in its new state.
            b'{' | b'[' => {
                self.state = State::Message { depth: 0, string: StringState::Outside };
                return 0;
            }
            _ => {
                self.state = State::Garbage;
                return 0;
            }
        }
        1
    }

    fn message(&mut self, bytes: &[u8]) -> usize {
        let State::Message { mut depth, mut string } = self.state else { return 0 };
        let mut balanced = false;
        let mut cut = false;
        let mut used = 0;
        // One byte over the limit decides; what follows must not depend on how much of it is here already.
        let decisive = self.limit_bytes.saturating_sub(self.buffer.len()).saturating_add(1);
        for &byte in &bytes[..bytes.len().min(decisive)] {
            if byte == DELIMITER || (byte == b'\n' && string != StringState::Outside) {
                cut = true;
                break;
            }
            used += 1;
            match (string, byte) {
                (StringState::Outside, b'{' | b'[') => depth += 1,
                (StringState::Outside, b'}' | b']') => {
                    depth -= 1;
                    balanced = depth == 0;
                }
                (StringState::Outside, b'"') | (StringState::Escaped, _) => string = StringState::Inside,
                (StringState::Inside, b'\\') => string = StringState::Escaped,
                (StringState::Inside, b'"') => string = StringState::Outside,
                (StringState::Outside | StringState::Inside, _) => {}
            }
            if balanced {
                break;
            }
        }
        self.buffer.extend_from_slice(&bytes[..used]);
        if self.buffer.len() > self.limit_bytes {
            self.buffer.truncate(OVERSIZE_KEPT.min(self.limit_bytes));
            self.emit(FrameKind::Oversize, LineEnd::None);
            self.state = State::Skipping;
        } else if cut {
            self.emit(FrameKind::Cut, LineEnd::None);
        } else if balanced {
            self.state = State::Ended { cr: false };
        } else {
            self.state = State::Message { depth, string };
        }
        used
    }

    fn ended(&mut self, cr: bool, byte: u8) -> usize {
        match byte {
            b'\n' => {
                self.emit(FrameKind::Message, if cr { LineEnd::CrLf } else { LineEnd::Lf });
                1
            }
            b'\r' if !cr => {
                self.state = State::Ended { cr: true };
                1
            }
            b' ' | b'\t' if !cr => 1,
            _ => {
                self.emit(FrameKind::Message, LineEnd::None);
                0
            }
        }
    }

    fn garbage(&mut self, bytes: &[u8]) -> usize {
        match bytes[0] {
            b'\n' => {
                let cr = self.buffer.last() == Some(&b'\r');
                if cr {
                    self.buffer.pop();
                }
                self.emit(FrameKind::Garbage, if cr { LineEnd::CrLf } else { LineEnd::Lf });
                1
            }
            DELIMITER => {
                self.emit(FrameKind::Garbage, LineEnd::None);
                0
            }
            _ => {
                let room = &bytes[..bytes.len().min(GARBAGE_MAX - self.buffer.len())];
                let used = memchr::memchr2(b'\n', DELIMITER, room).unwrap_or(room.len());
                self.buffer.extend_from_slice(&room[..used]);
                if self.buffer.len() >= GARBAGE_MAX {
                    self.emit(FrameKind::Garbage, LineEnd::None);
                    self.state = State::Garbage;
                }
                used
            }
        }
    }

    fn skipping(&mut self, bytes: &[u8]) -> usize {
        match memchr::memchr2(b'\n', DELIMITER, bytes) {
            Some(at) => {
                self.state = State::Between;
                at
            }
            None => bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(chunks: &[&[u8]]) -> Vec<Frame> {
        let mut framer = Framer::new(1000);
        for chunk in chunks {
            framer.feed(chunk);
        }
        framer.finish();
        std::iter::from_fn(|| framer.next_frame()).collect()
    }

    fn frame(kind: FrameKind, bytes: &str, delimiters: usize, end: LineEnd) -> Frame {
        Frame { kind, bytes: bytes.into(), delimiters, end }
    }

    #[test]
    fn messages_end_by_structure_and_tell_their_line_end() {
        assert_eq!(
            frames(&[b"{\"a\":\"}\"}\n\xFF{\"b\":[1]}\r\n{}{}"]),
            [
                frame(FrameKind::Message, "{\"a\":\"}\"}", 0, LineEnd::Lf),
                frame(FrameKind::Message, "{\"b\":[1]}", 1, LineEnd::CrLf),
                frame(FrameKind::Message, "{}", 0, LineEnd::None),
                frame(FrameKind::Message, "{}", 0, LineEnd::None),
            ]
        );
    }

    #[test]
    fn a_delimiter_ends_what_was_open() {
        assert_eq!(
            frames(&[b"{\"a\":\"x\xFF{}\nnoise\xFF\xFF{}\n"]),
            [
                frame(FrameKind::Cut, "{\"a\":\"x", 0, LineEnd::None),
                frame(FrameKind::Message, "{}", 1, LineEnd::Lf),
                frame(FrameKind::Garbage, "noise", 0, LineEnd::None),
                frame(FrameKind::Message, "{}", 2, LineEnd::Lf),
            ]
        );
    }

    #[test]
    fn a_line_end_within_a_string_cuts_but_between_tokens_does_not() {
        assert_eq!(
            frames(&[b"{\"a\n{\n \"b\": 1\n}\n"]),
            [
                frame(FrameKind::Cut, "{\"a", 0, LineEnd::None),
                frame(FrameKind::Message, "{\n \"b\": 1\n}", 0, LineEnd::Lf),
            ]
        );
    }

    #[test]
    fn a_message_beyond_the_limit_is_skipped_up_to_the_next_line() {
        let mut framer = Framer::new(10);
        for _ in 0..1000 {
            framer.feed(b"[1,2,3,4,5,6,7,8");
        }
        framer.feed(b"\n{}\n");
        assert_eq!(framer.next_frame().map(|frame| frame.kind), Some(FrameKind::Oversize));
        assert_eq!(framer.next_frame(), Some(frame(FrameKind::Message, "{}", 0, LineEnd::Lf)));
    }

    #[test]
    fn what_follows_a_message_beyond_the_limit_does_not_depend_on_chunks() {
        let stream = b"[1,2,3,4,5,6,7,8\n{}\n";
        let cut_with = |size: usize| {
            let mut framer = Framer::new(10);
            stream.chunks(size).for_each(|chunk| framer.feed(chunk));
            std::iter::from_fn(move || framer.next_frame()).collect::<Vec<_>>()
        };
        assert_eq!(cut_with(1).last(), Some(&frame(FrameKind::Message, "{}", 0, LineEnd::Lf)));
        assert_eq!(cut_with(stream.len()), cut_with(1));
    }

    #[test]
    fn a_held_message_is_released_on_request() {
        let mut framer = Framer::new(1000);
        framer.feed(b"{}");
        assert!(framer.holds_message() && framer.next_frame().is_none());
        framer.release();
        assert_eq!(framer.next_frame(), Some(frame(FrameKind::Message, "{}", 0, LineEnd::None)));
    }

    proptest! {
        #[test]
        fn chunks_do_not_matter(bytes in proptest::collection::vec(prop_oneof![
            Just(b'{'), Just(b'}'), Just(b'['), Just(b'"'), Just(b'\\'), Just(b'\n'), Just(b'\r'), Just(0xFF), any::<u8>()
        ], 0..80), cut in 0_usize..80) {
            let cut = cut.min(bytes.len());
            let one_by_one: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(frames(&[&bytes]), frames(&one_by_one));
            prop_assert_eq!(frames(&[&bytes]), frames(&[&bytes[..cut], &bytes[cut..]]));
        }
    }
}
