//! Request bytes, cut into messages.
//!
//! Only the cutting is here: what a message is worth is for `envelope` to say, and where a reader recovers
//! after an error for `stretch`.

use std::borrow::Cow;

use crate::schema::Schema;
use crate::text::json::read_prefix;
use crate::text::{Document, Json, Kind, Limits, Span, SyntaxErrorKind};

use super::envelope;
use super::standing::{Defect, DefectKind, Latitude, Standing};
use super::stretch::{exceeds_limits, is_reset, malformed};

/// What a strict reader sees in a stretch of request bytes, starting from a clean state.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The messages, in order. A message that is unfinished at the end is not among them.
    pub messages: Vec<Message<'a>>,
    /// The state after the last byte.
    pub tail: Tail,
    /// Whether every message has exactly one reply (silent successes aside). False as soon as the bytes hold
    /// a delimiter, a stray byte, a malformed message or one that a reader may take for malformed: the number
    /// of error replies is then not defined.
    pub counted: bool,
}

/// The state of a strict reader after the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// Nothing is unfinished.
    Clean,
    /// A message may be unfinished, or the reader may still be skipping after an error.
    Open,
}

/// One message of a stimulus.
#[derive(Debug)]
pub struct Message<'a> {
    /// Where it is in the stimulus.
    pub span: Span,
    /// The message as JSON, if it is that. Spans in it count from the start of the message.
    pub document: Option<Document<'a>>,
    /// Valid, invalid or open.
    pub standing: Standing,
    /// The name in `execute`, if it is a string.
    pub command: Option<Cow<'a, str>>,
    /// Whether a line end follows before the next message.
    pub terminated: bool,
}

impl<'a> Message<'a> {
    /// The value of `arguments`.
    pub fn arguments(&self) -> Option<&Json<'a>> {
        self.document.as_ref()?.value.member("arguments")
    }

    /// The value of `id`.
    pub fn id(&self) -> Option<&Json<'a>> {
        self.document.as_ref()?.value.member("id")
    }
}

/// Reads a stimulus.
pub fn read<'a>(bytes: &'a [u8], schema: &Schema) -> Reading<'a> {
    let mut reading = Reading { messages: Vec::new(), tail: Tail::Clean, counted: true };
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => {
                if let Some(last) = reading.messages.last_mut() {
                    last.terminated = true;
                }
                at += 1;
            }
            b' ' | b'\t' | b'\r' => at += 1,
            reset if is_reset(*reset) => {
                reading.tail = Tail::Clean;
                reading.counted = false;
                at += 1;
            }
            _ => at = reading.take(bytes, at, schema),
        }
    }
    reading
}

impl<'a> Reading<'a> {
    /// Takes what begins at `start`, a message or not, and returns where it ends.
    fn take(&mut self, bytes: &'a [u8], start: usize, schema: &Schema) -> usize {
        let rest = &bytes[start..];
        if exceeds_limits(rest) {
            return self.take_stretch(rest, start, Standing::Open(vec![Latitude::Limits]));
        }
        match read_prefix(rest, Limits::default()) {
            // Only the byte behind a number or a word tells that it ends.
            Ok((document, length)) if length == rest.len() && is_open_ended(&document.value) => {
                self.tail = Tail::Open;
                bytes.len()
            }
            Ok((document, length)) => {
                self.take_message(document, Span::new(start, start + length), schema);
                start + length
            }
            Err(error) => match error.kind {
                SyntaxErrorKind::UnexpectedEnd => {
                    self.tail = Tail::Open;
                    bytes.len()
                }
                SyntaxErrorKind::TooDeep => {
                    self.take_stretch(rest, start, Standing::Open(vec![Latitude::Limits]))
                }
                _ => self.take_stretch(rest, start, malformed_standing()),
            },
        }
    }

    fn take_message(&mut self, document: Document<'a>, span: Span, schema: &Schema) {
        if !envelope::is_json(&document) {
            self.counted = false;
            self.push(span, None, malformed_standing());
            return;
        }
        if !self.counted && document.value.is_string() {
            // A reader that skips what is malformed may skip the quote in front and take the one behind for the first.
            self.tail = Tail::Open;
        }
        let lexical = envelope::lexical_latitudes(&document);
        self.counted &= lexical.is_empty();
        if lexical.contains(&Latitude::SingleQuotes) {
            // A reader without this extension cannot even tell which brackets are within strings.
            self.tail = Tail::Open;
        }
        let standing = envelope::standing(&document, lexical, schema);
        self.push(span, Some(document), standing);
    }

    /// Takes a stretch that is no message by itself.
    fn take_stretch(&mut self, rest: &[u8], start: usize, standing: Standing) -> usize {
        let stretch = malformed(rest);
        let end = start + stretch.length;
        self.counted = false;
        self.push(Span::new(start, end), None, standing);
        if !stretch.over {
            self.tail = Tail::Open;
        }
        end
    }

    fn push(&mut self, span: Span, document: Option<Document<'a>>, standing: Standing) {
        let execute = document.as_ref().and_then(|document| document.value.member("execute"));
        let command = execute.and_then(Json::as_str);
        self.messages.push(Message { span, document, standing, command, terminated: false });
    }
}

fn is_open_ended(value: &Json<'_>) -> bool {
    matches!(value.kind, Kind::Number(_) | Kind::Bool(_) | Kind::Null)
}

fn malformed_standing() -> Standing {
    Standing::Invalid(vec![Defect { kind: DefectKind::Malformed, path: String::new() }])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::builtin;

    const REQUESTS: [&str; 4] = [
        r#"{"execute":"guest-ping"}"#,
        r#"{"execute":"guest-sync","arguments":{"id":1},"id":"a\"}{\\"}"#,
        r#"{ "id": [1.5, {"}": null}], "execute": "guest-info" }"#,
        r#"{"execute":"guest-file-open","arguments":{"path":"/ü"},"id":true}"#,
    ];

    fn seed(bytes: &[u8]) -> Reading<'_> {
        read(bytes, builtin::seed())
    }

    /// The spans of the messages and whether each is malformed, the tail, and whether replies can be counted.
    fn outline(bytes: &[u8]) -> (Vec<(usize, usize, bool)>, Tail, bool) {
        let reading = seed(bytes);
        let span = |message: &Message<'_>| {
            (message.span.start, message.span.end, message.standing == malformed_standing())
        };
        (reading.messages.iter().map(span).collect(), reading.tail, reading.counted)
    }

    #[test]
    fn messages_need_nothing_between_them() {
        assert_eq!(
            outline(b" {}{}\r\n\t[]12\"x\"null "),
            (
                vec![
                    (1, 3, false),
                    (3, 5, false),
                    (8, 10, false),
                    (10, 12, false),
                    (12, 15, false),
                    (15, 19, false)
                ],
                Tail::Clean,
                true
            )
        );
        assert_eq!(outline(b" \t\r\n"), (vec![], Tail::Clean, true));
    }

    #[test]
    fn a_message_knows_its_command_and_line_end() {
        let reading =
            seed(b"{\"execute\":\"guest-ping\",\"id\":1} \n{\"execute\":5}{\"execute\":\"guest-x\"}");
        let seen: Vec<_> =
            reading.messages.iter().map(|message| (message.command.as_deref(), message.terminated)).collect();
        assert_eq!(seen, [(Some("guest-ping"), true), (None, false), (Some("guest-x"), false)]);
        assert_eq!(reading.messages[0].id().and_then(Json::as_i64), Some(1));
        assert!(reading.messages[0].arguments().is_none());
    }

    #[test]
    fn what_is_unfinished_leaves_the_tail_open() {
        for text in ["12", "tru", "true", "-", "\"a", "\"a\\", "{\"a\":[", "{'a", "{} 1"] {
            let reading = seed(text.as_bytes());
            assert_eq!(reading.tail, Tail::Open, "{text}");
            assert!(reading.messages.len() <= 1 && reading.counted, "{text}");
        }
    }

    #[test]
    fn a_reset_ends_an_unfinished_message() {
        for reset in [0xFF, 0x1B, 0x00] {
            assert_eq!(
                outline(&[b"{\"execute\":\"gu", &[reset][..], b"{}\n"].concat()),
                (vec![(0, 14, true), (15, 17, false)], Tail::Clean, false)
            );
            assert_eq!(
                outline(&[b"{}\n", &[reset][..], b"{}"].concat()),
                (vec![(0, 2, false), (4, 6, false)], Tail::Clean, false)
            );
        }
        assert_eq!(outline(b"12\xFF"), (vec![(0, 2, false)], Tail::Clean, false));
    }

    #[test]
    fn an_error_swallows_its_line_if_that_is_intact_and_else_everything_up_to_a_reset() {
        let clean = |spans: &[(usize, usize, bool)]| (spans.to_vec(), Tail::Clean, false);
        let open = |spans: &[(usize, usize, bool)]| (spans.to_vec(), Tail::Open, false);
        assert_eq!(outline(b"{\"execute\":NaN}\n{}"), clean(&[(0, 15, true), (16, 18, false)]));
        assert_eq!(outline(b"{},{}\n{}"), clean(&[(0, 2, false), (2, 5, true), (6, 8, false)]));
        assert_eq!(outline(b"{\"a\":1,}{}"), open(&[(0, 10, true)]));
        assert_eq!(outline(b"{}}\n{}\n"), open(&[(0, 2, false), (2, 7, true)]));
        assert_eq!(outline(b"{}}\n{}\n\x01{}"), clean(&[(0, 2, false), (2, 7, true), (8, 10, false)]));
        assert_eq!(outline(b"{\"a\n\"}\n"), open(&[(0, 7, true)]));
    }

    #[test]
    fn single_quotes_leave_the_tail_open_up_to_a_reset() {
        assert_eq!(outline(b"{'a':1}\n{}\n"), (vec![(0, 7, false), (8, 10, false)], Tail::Open, false));
        assert_eq!(outline(b"{'a':1}\n\x1B"), (vec![(0, 7, false)], Tail::Clean, false));
    }

    #[test]
    fn too_much_is_never_built() {
        let deep = [b"[".repeat(100_000), b"]".repeat(100_000), b"\n{}".to_vec()].concat();
        let reading = seed(&deep);
        assert_eq!((reading.messages.len(), reading.tail, reading.counted), (2, Tail::Clean, false));
        assert_eq!(reading.messages[0].standing, Standing::Open(vec![Latitude::Limits]));
        let long = [b"[".to_vec(), b"1,".repeat(2 * 1024 * 1024), b"1]\n".to_vec()].concat();
        let reading = seed(&long);
        assert_eq!(reading.messages.len(), 1);
        assert!(reading.messages[0].document.is_none() && !reading.counted);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let reading = seed(&bytes);
            prop_assert!(reading.messages.iter().all(|message| message.span.end <= bytes.len()));
        }

        #[test]
        fn json_like_bytes_are_cut_in_order(bytes in proptest::collection::vec(proptest::sample::select(
            &b"{}[]\",:'\\ \n\x00\xFFa1-eut"[..]
        ), 0..60)) {
            let reading = seed(&bytes);
            let mut last = 0;
            for message in &reading.messages {
                prop_assert!(message.span.start >= last && message.span.end > message.span.start);
                last = message.span.end;
            }
        }

        #[test]
        fn requests_are_found_whatever_white_space_is_between(
            picks in proptest::collection::vec((0..REQUESTS.len(), "[ \t\r\n]{0,3}"), 0..12)
        ) {
            let text: String = picks.iter().flat_map(|(pick, gap)| [REQUESTS[*pick], gap]).collect();
            let reading = seed(text.as_bytes());
            prop_assert_eq!(reading.messages.len(), picks.len());
            prop_assert_eq!(reading.tail, Tail::Clean);
            prop_assert!(reading.counted);
            for (message, (_, gap)) in reading.messages.iter().zip(&picks) {
                prop_assert_eq!(&message.standing, &Standing::Valid);
                prop_assert_eq!(message.terminated, gap.contains('\n'));
            }
        }

        #[test]
        fn a_proper_prefix_of_a_request_is_open(pick in 0..REQUESTS.len(), cut in 1_usize..60) {
            let request = REQUESTS[pick].as_bytes();
            let prefix = &request[..cut.min(request.len() - 1)];
            let reading = seed(prefix);
            prop_assert!(reading.messages.is_empty());
            prop_assert_eq!(reading.tail, Tail::Open);
        }
    }
}
