//! The input reader: cuts a stream of bytes into messages by their structure, as `qemu-ga` does.
//!
//! It knows tokens and counts braces and brackets; whether a whole message is good JSON is the parser's
//! concern. The same bytes give the same messages however they are split. What it was reading survives a
//! new connection, since on a serial line there are no connections.

use crate::wire::DELIMITER;

/// How much one message may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReaderLimits {
    /// How many braces and brackets may be open at a time.
    pub nesting: usize,
    /// Bytes of all tokens; white space between them is free.
    pub token_bytes: usize,
    /// How many tokens.
    pub tokens: usize,
}

impl Default for ReaderLimits {
    fn default() -> Self {
        Self { nesting: 1024, token_bytes: 64 << 20, tokens: 2 << 20 }
    }
}

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Incoming {
    /// The text of a message that is structurally complete.
    Message(Vec<u8>),
    /// Something that cannot become a message.
    Malformed(Malformed),
}

/// Why input was refused before its message was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// A byte that no token can have here. What was read before it is forgotten.
    #[error("byte {0:#04x} cannot stand here")]
    Stray(u8),
    /// The message nests too deep.
    #[error("the message nests too deep")]
    Nesting,
    /// The message has too many bytes.
    #[error("the message is too long")]
    Size,
    /// The message has too many tokens.
    #[error("the message has too many tokens")]
    Tokens,
    /// The message should have been complete by now. Only line-based faults know such a moment.
    #[error("the message is not complete")]
    Unfinished,
}

/// What the reader lets pass although it is wrong; only faults set these.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tolerance {
    /// Any bytes that begin no token make a word.
    pub(super) words: bool,
    /// Control characters may stand in strings.
    pub(super) controls_in_strings: bool,
}

/// The state of reading.
#[derive(Debug)]
pub(super) struct Reader {
    limits: ReaderLimits,
    tolerance: Tolerance,
    lexer: Lexer,
    /// The message so far, with at most one blank between two tokens.
    text: Vec<u8>,
    braces: i64,
    brackets: i64,
    tokens: usize,
    token_bytes: usize,
    /// A limit was exceeded and reported: the rest of the message counts its brackets and nothing else.
    skipping: bool,
    line: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lexer {
    Between,
    String {
        quote: u8,
        escaped: bool,
    },
    Number(NumberPart),
    Word,
    /// After a stray byte: everything up to a structural or control character is passed over.
    Recovering,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NumberPart {
    Sign,
    Zero,
    Digits,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

/// What one step used of the input, and what it brought.
type Step = (usize, Option<Incoming>);

impl Reader {
    /// A reader in its initial state.
    pub(super) fn new(limits: ReaderLimits, tolerance: Tolerance) -> Self {
        Self {
            limits,
            tolerance,
            lexer: Lexer::Between,
            text: Vec::new(),
            braces: 0,
            brackets: 0,
            tokens: 0,
            token_bytes: 0,
            skipping: false,
            line: 0,
        }
    }

    /// How many line feeds were read in all.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Reads on until something came in, and moves `rest` behind what was read.
    pub(super) fn next(&mut self, rest: &mut &[u8]) -> Option<Incoming> {
        while let Some(&byte) = rest.first() {
            let (used, incoming) = match self.lexer {
                Lexer::Between => self.between(byte),
                Lexer::String { quote, escaped: false } => self.string(quote, rest),
                Lexer::String { quote, escaped: true } => self.escaped(quote, byte),
                Lexer::Number(part) => self.number(part, byte),
                Lexer::Word => self.word(byte),
                Lexer::Recovering => self.recovering(byte),
            };
            self.line += u64::from(used > 0 && byte == b'\n');
            *rest = &rest[used..];
            if incoming.is_some() {
                return incoming;
            }
        }
        None
    }

    /// Forgets what is unfinished.
    pub(super) fn reset(&mut self) {
        self.start_message();
        self.lexer = Lexer::Between;
    }

    /// Ends what is being read here and now, as a reader of lines does at a line end.
    pub(super) fn cut(&mut self) -> Option<Incoming> {
        let ended = match self.lexer {
            Lexer::Number(_) | Lexer::Word => self.end_token(),
            Lexer::Between | Lexer::String { .. } | Lexer::Recovering => None,
        };
        let unfinished = ended.is_none() && (!self.text.is_empty() || self.skipping);
        self.reset();
        if unfinished { Some(Incoming::Malformed(Malformed::Unfinished)) } else { ended }
    }

    fn between(&mut self, byte: u8) -> Step {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                if self.text.last().is_some_and(|last| *last != b' ') {
                    self.text.push(b' ');
                }
                (1, None)
            }
            b'{' | b'}' | b'[' | b']' | b':' | b',' => (1, self.structural(byte)),
            b'"' | b'\'' => {
                self.lexer = Lexer::String { quote: byte, escaped: false };
                (1, self.collect(&[byte]))
            }
            b'-' => self.begin(Lexer::Number(NumberPart::Sign), byte),
            b'0' => self.begin(Lexer::Number(NumberPart::Zero), byte),
            b'1'..=b'9' => self.begin(Lexer::Number(NumberPart::Digits), byte),
            b'a'..=b'z' => self.begin(Lexer::Word, byte),
            _ if self.tolerance.words && !is_control(byte) => self.begin(Lexer::Word, byte),
            _ => self.stray(byte),
        }
    }

    fn begin(&mut self, lexer: Lexer, byte: u8) -> Step {
        self.lexer = lexer;
        (1, self.collect(&[byte]))
    }

    /// Reads a string up to the first byte that matters.
    fn string(&mut self, quote: u8, bytes: &[u8]) -> Step {
        let matters = |byte: &u8| *byte == quote || *byte == b'\\' || is_control(*byte);
        let plain = bytes.iter().position(matters).unwrap_or(bytes.len());
        if plain > 0 {
            return (plain, self.collect(&bytes[..plain]));
        }
        let byte = bytes[0];
        if byte == b'\\' {
            return self.begin(Lexer::String { quote, escaped: true }, byte);
        }
        if byte == quote {
            self.lexer = Lexer::Between;
            let overrun = self.collect(&[byte]);
            return (1, self.end_token().or(overrun));
        }
        self.control_in_string(byte)
    }

    fn escaped(&mut self, quote: u8, byte: u8) -> Step {
        self.lexer = Lexer::String { quote, escaped: false };
        if is_control(byte) { self.control_in_string(byte) } else { (1, self.collect(&[byte])) }
    }

    fn control_in_string(&mut self, byte: u8) -> Step {
        if self.tolerance.controls_in_strings && byte < b' ' {
            (1, self.collect(&[byte]))
        } else {
            self.stray(byte)
        }
    }

    fn number(&mut self, part: NumberPart, byte: u8) -> Step {
        match part.after(byte) {
            NumberStep::On(part) => self.begin(Lexer::Number(part), byte),
            NumberStep::Ended if !(self.tolerance.words && is_word(byte)) => {
                self.lexer = Lexer::Between;
                (0, self.end_token())
            }
            // With tolerance whatever is glued to a number, or is an odd number, is one long word.
            NumberStep::Ended | NumberStep::Bad if self.tolerance.words => {
                self.lexer = Lexer::Word;
                (0, None)
            }
            NumberStep::Ended | NumberStep::Bad => self.stray(byte),
        }
    }

    fn word(&mut self, byte: u8) -> Step {
        if byte.is_ascii_lowercase() || (self.tolerance.words && is_word(byte)) {
            return (1, self.collect(&[byte]));
        }
        self.lexer = Lexer::Between;
        (0, self.end_token())
    }

    fn recovering(&mut self, byte: u8) -> Step {
        let resumes = (is_control(byte) && byte != b'\t') || is_structural(byte);
        if resumes {
            self.lexer = Lexer::Between;
        }
        (usize::from(!resumes), None)
    }

    fn structural(&mut self, byte: u8) -> Option<Incoming> {
        match byte {
            b'{' => self.braces += 1,
            b'}' => self.braces -= 1,
            b'[' => self.brackets += 1,
            b']' => self.brackets -= 1,
            _ => {}
        }
        let mut overrun = self.collect(&[byte]);
        let nesting = usize::try_from(self.braces + self.brackets).unwrap_or(0);
        if nesting > self.limits.nesting && !self.skipping {
            overrun = Some(self.overrun(Malformed::Nesting));
        }
        self.end_token().or(overrun)
    }

    /// Adds bytes of a token to the message.
    fn collect(&mut self, bytes: &[u8]) -> Option<Incoming> {
        if self.skipping {
            return None;
        }
        self.token_bytes += bytes.len();
        if self.token_bytes > self.limits.token_bytes {
            return Some(self.overrun(Malformed::Size));
        }
        self.text.extend_from_slice(bytes);
        None
    }

    /// A token is complete, and with it perhaps the message.
    fn end_token(&mut self) -> Option<Incoming> {
        self.tokens += 1;
        let overrun =
            (self.tokens > self.limits.tokens && !self.skipping).then(|| self.overrun(Malformed::Tokens));
        let open = self.braces >= 0 && self.brackets >= 0 && self.braces + self.brackets > 0;
        if open {
            return overrun;
        }
        let skipped = self.skipping;
        let text = std::mem::take(&mut self.text);
        self.start_message();
        if skipped { overrun } else { Some(Incoming::Message(text)) }
    }

    fn overrun(&mut self, limit: Malformed) -> Incoming {
        self.skipping = true;
        self.text = Vec::new();
        Incoming::Malformed(limit)
    }

    fn stray(&mut self, byte: u8) -> Step {
        self.start_message();
        self.lexer = Lexer::Recovering;
        (1, Some(Incoming::Malformed(Malformed::Stray(byte))))
    }

    fn start_message(&mut self) {
        self.text.clear();
        self.braces = 0;
        self.brackets = 0;
        self.tokens = 0;
        self.token_bytes = 0;
        self.skipping = false;
    }
}

enum NumberStep {
    On(NumberPart),
    /// The byte is not part of the number, which is complete.
    Ended,
    Bad,
}

impl NumberPart {
    fn after(self, byte: u8) -> NumberStep {
        use NumberPart::{Digits, Exponent, ExponentDigits, ExponentSign, Fraction, Point, Sign, Zero};
        let next = match (self, byte) {
            (Sign, b'0') => Zero,
            (Sign, b'1'..=b'9') | (Digits, b'0'..=b'9') => Digits,
            (Zero | Digits, b'.') => Point,
            (Point | Fraction, b'0'..=b'9') => Fraction,
            (Zero | Digits | Fraction, b'e' | b'E') => Exponent,
            (Exponent, b'+' | b'-') => ExponentSign,
            (Exponent | ExponentSign | ExponentDigits, b'0'..=b'9') => ExponentDigits,
            (Zero, b'0'..=b'9') | (Sign | Point | Exponent | ExponentSign, _) => return NumberStep::Bad,
            (Zero | Digits | Fraction | ExponentDigits, _) => return NumberStep::Ended,
        };
        NumberStep::On(next)
    }
}

fn is_structural(byte: u8) -> bool {
    matches!(byte, b'{' | b'}' | b'[' | b']' | b':' | b',')
}

/// Bytes that are legal in no token.
fn is_control(byte: u8) -> bool {
    !(b' '..DELIMITER - 1).contains(&byte)
}

/// Bytes that go on with a word when anything may be a word.
fn is_word(byte: u8) -> bool {
    !is_control(byte) && !is_structural(byte) && !matches!(byte, b' ' | b'"' | b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(limits: ReaderLimits, input: &[u8]) -> Vec<String> {
        let mut reader = Reader::new(limits, Tolerance::default());
        let mut rest = input;
        std::iter::from_fn(|| reader.next(&mut rest))
            .map(|incoming| match incoming {
                Incoming::Message(text) => String::from_utf8_lossy(&text).into_owned(),
                Incoming::Malformed(malformed) => format!("!{malformed:?}"),
            })
            .collect()
    }

    fn read(input: &[u8]) -> Vec<String> {
        read_with(ReaderLimits::default(), input)
    }

    #[test]
    fn messages_end_where_their_structure_ends() {
        assert_eq!(read(b"{\"a\":1}{\"b\":[2]}"), ["{\"a\":1}", "{\"b\":[2]}"]);
        assert_eq!(read(b"{\n\"a\" : \t1 }"), ["{ \"a\" : 1 }"]);
        assert_eq!(read(b"[1,2"), [] as [&str; 0]);
        assert_eq!(read(b"'}\\''{}"), ["'}\\''", "{}"]);
        assert_eq!(read(b"}{}],"), ["}", "{}", "]", ","]);
        assert_eq!(read(b"{\"a\":[1,2}"), [] as [&str; 0]);
        assert_eq!(read(b"{\"a\":[1,2}]{}"), ["{\"a\":[1,2}]", "{}"]);
    }

    #[test]
    fn a_number_or_word_is_complete_at_the_next_byte() {
        assert_eq!(read(b"12"), [] as [&str; 0]);
        assert_eq!(read(b"12 true\nnull{}"), ["12", "true", "null", "{}"]);
        assert_eq!(read(b"-1.5e+3,0]"), ["-1.5e+3", ",", "0", "]"]);
    }

    #[test]
    fn a_stray_byte_forgets_what_was_open() {
        assert_eq!(read(b"\xFF\xFF{}"), ["!Stray(255)", "!Stray(255)", "{}"]);
        assert_eq!(read(b"{\"a\":\"x\xFF{}"), ["!Stray(255)", "{}"]);
        assert_eq!(read(b"{\"a\":\"x\\\xFF{}"), ["!Stray(255)", "{}"]);
        assert_eq!(read(b"{\"a\":\"x\n{}"), ["!Stray(10)", "{}"]);
        assert_eq!(read(b"[12\x1B[]"), ["!Stray(27)", "[]"]);
        assert_eq!(read(b"tru\xFF{}"), ["tru", "!Stray(255)", "{}"]);
        assert_eq!(read(b"\x0B\x0C\n"), ["!Stray(11)", "!Stray(12)"]);
        assert_eq!(read(b"\"\x7F\""), ["\"\x7F\""]);
    }

    #[test]
    fn after_a_stray_byte_the_next_separator_is_read_again() {
        assert_eq!(read(b"FOO BAR baz \"x\" 12\n{}"), ["!Stray(70)", "{}"]);
        assert_eq!(read(b"-{\"a\":1}"), ["!Stray(123)", ":", "1", "}"]);
        assert_eq!(read(b"01 {}"), ["!Stray(49)", "{}"]);
        assert_eq!(read(b"GET / HTTP/1.1\r\nHost: x\r\n"), ["!Stray(71)", "!Stray(72)", ":", "x"]);
    }

    #[test]
    fn a_message_beyond_a_limit_is_one_error_and_is_skipped() {
        let limits = ReaderLimits { nesting: 3, token_bytes: 20, tokens: 10 };
        assert_eq!(read_with(limits, b"[[[1]]]{}"), ["[[[1]]]", "{}"]);
        assert_eq!(read_with(limits, b"[[[[1]]]]{}"), ["!Nesting", "{}"]);
        assert_eq!(read_with(limits, b"[1,2,3,4,5,6]{}"), ["!Tokens", "{}"]);
        assert_eq!(read_with(limits, b"[\"0123456789012345678901\",1]{}"), ["!Size", "{}"]);
        assert_eq!(read_with(limits, b"\"0123456789012345678901\"{}"), ["!Size", "{}"]);
        assert_eq!(read_with(limits, b"[[[[\xFF{}"), ["!Nesting", "!Stray(255)", "{}"]);
        assert_eq!(read_with(limits, &[&[b' '; 100][..], b"{}"].concat()), ["{}"]);
    }
}
