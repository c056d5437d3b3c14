//! Reads a transcript, one line at a time, and says where it is wrong.

use std::io::{self, BufRead, Read};

use serde::Deserialize;

use super::{End, FORMAT, Head};
use crate::text::escape::foreign;
use crate::wire::Observation;

/// Longest line, in bytes: the largest exchange that a session keeps, with every byte spelled in six characters.
const LINE_BYTES_MAX: u64 = 1 << 30;

/// Why a transcript was refused.
#[derive(Debug, thiserror::Error)]
pub enum TranscriptError {
    /// It could not be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is no transcript, or one of another version.
    #[error("line 1: expected a first line with \"format\":\"{FORMAT}\", got {0}")]
    Format(String),
    /// A line is not what belongs there.
    #[error("line {line}, column {column}: {problem}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// Where in it, in bytes from 1.
        column: usize,
        /// What is wrong.
        problem: String,
    },
}

/// A transcript that is being read. It keeps no more than a line.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    buffer: Vec<u8>,
    line: usize,
    head: Head,
    end: Option<End>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the first line.
    pub fn new(mut input: R) -> Result<Self, TranscriptError> {
        let mut buffer = Vec::new();
        fill(&mut input, &mut buffer, 1)?;
        let format = match serde_json::from_slice::<Format>(&buffer) {
            Ok(Format { format: Some(format) }) => format,
            Ok(Format { format: None }) => return Err(TranscriptError::Format("none".to_owned())),
            Err(error) => return Err(TranscriptError::Format(format!("no such object ({})", told(&error)))),
        };
        if format != FORMAT {
            return Err(TranscriptError::Format(format!("{format:?}")));
        }
        let head = serde_json::from_slice(&buffer).map_err(|error| refusal(&buffer, 1, &error))?;
        Ok(Self { input, buffer, line: 1, head, end: None })
    }

    /// The first line.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The last line, once everything before it has been read; a recording that was cut short has none.
    pub const fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// The next observation, or `None` after the last.
    pub fn next_observation(&mut self) -> Result<Option<Observation>, TranscriptError> {
        loop {
            self.line += 1;
            fill(&mut self.input, &mut self.buffer, self.line)?;
            if self.buffer.is_empty() {
                return Ok(None);
            }
            if self.buffer.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if self.end.is_some() {
                let problem = "nothing may follow the line of the end".to_owned();
                return Err(TranscriptError::Line { line: self.line, column: 1, problem });
            }
            let no_observation = match serde_json::from_slice(&self.buffer) {
                Ok(observation) => return Ok(Some(observation)),
                Err(error) => error,
            };
            match serde_json::from_slice(&self.buffer) {
                Ok(LastLine { end }) => self.end = Some(end),
                // Whichever could be read further is what was meant.
                Err(no_end) if no_end.column() > no_observation.column() => {
                    return Err(refusal(&self.buffer, self.line, &no_end));
                }
                Err(_) => return Err(refusal(&self.buffer, self.line, &no_observation)),
            }
        }
    }
}

#[derive(Deserialize)]
struct Format {
    format: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LastLine {
    end: End,
}

/// Reads one line, of which nothing is left at the end of the input.
fn fill(input: &mut impl BufRead, buffer: &mut Vec<u8>, line: usize) -> Result<(), TranscriptError> {
    buffer.clear();
    // What a single long line needed is not kept for all the others.
    buffer.shrink_to(64 * 1024);
    let read = input.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', buffer)?;
    if read as u64 == LINE_BYTES_MAX {
        let problem = format!("longer than {LINE_BYTES_MAX} bytes");
        return Err(TranscriptError::Line { line, column: read, problem });
    }
    Ok(())
}

fn refusal(buffer: &[u8], line: usize, error: &serde_json::Error) -> TranscriptError {
    let cut = error.is_eof() && !buffer.ends_with(b"\n");
    let remedy =
        if cut { "; the recording was cut here: without this line the rest can be judged" } else { "" };
    // Behind the last byte of a line its reader is in the next one.
    let column = if error.line() > 1 { buffer.len() } else { error.column().max(1) };
    TranscriptError::Line { line, column, problem: format!("{}{remedy}", told(error)) }
}

/// What the error says, without the place, which counts from the beginning of the line.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // It may quote the line, and so an agent.
    foreign(text.rsplit_once(" at line ").map_or(&*text, |(message, _)| message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"format":"qgaspec-transcript/1","tool":"t","target":"reference","kind":"reference","schema":"seed","seed":0,"hazard":"power","effort":"full","deadline_ms":1,"reply_bytes":1,"restarts":1,"reproduce":"","later":1}"#;

    fn refusal(lines: &[&str]) -> String {
        let text = lines.join("\n");
        let mut reader = match Reader::new(text.as_bytes()) {
            Ok(reader) => reader,
            Err(error) => return error.to_string(),
        };
        loop {
            match reader.next_observation() {
                Ok(Some(_)) => {}
                Ok(None) => return "accepted".to_owned(),
                Err(error) => return error.to_string(),
            }
        }
    }

    #[test]
    fn a_recording_with_an_end_is_told_from_one_without() {
        let reconnected = r#"{"reconnected":{"restarted":false}}"#;
        let end = r#"{"end":{"gone":null,"cases":3,"requests":9,"seconds":0.5}}"#;
        for (text, expected) in [
            (format!("{HEAD}\n{reconnected}\n\n{end}\n\n"), Some(9)),
            (format!("{HEAD}\n{reconnected}\n"), None),
            (format!("{HEAD}\n{reconnected}"), None),
        ] {
            let mut reader = Reader::new(text.as_bytes()).unwrap();
            assert!(matches!(
                reader.next_observation(),
                Ok(Some(Observation::Reconnected { restarted: false }))
            ));
            assert!(matches!(reader.next_observation(), Ok(None)));
            assert_eq!(reader.end().map(|end| end.requests), expected);
        }
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let expected = r#"line 1: expected a first line with "format":"qgaspec-transcript/1", got "#;
        assert_eq!(refusal(&[""]), format!("{expected}no such object (EOF while parsing a value)"));
        assert_eq!(refusal(&["{}"]), format!("{expected}none"));
        let other = r#"{"format":"qgaspec-transcript/2"}"#;
        assert_eq!(refusal(&[other]), format!("{expected}\"qgaspec-transcript/2\""));
        let lacking = r#"{"format":"qgaspec-transcript/1","tool":""}"#;
        assert_eq!(refusal(&[lacking]), "line 1, column 43: missing field `target`");
        assert!(
            refusal(&[HEAD, r#"{"exchnage":{}}"#])
                .starts_with("line 2, column 11: unknown variant `exchnage`")
        );
        let cut = refusal(&[HEAD, r#"{"reconnected":{"restar"#]);
        assert!(
            cut.starts_with("line 2, column 23: EOF while parsing a string; the recording was cut here"),
            "{cut}"
        );
        assert_eq!(
            refusal(&[
                HEAD,
                "",
                r#"{"unsolicited":[{"kind":"garbage","bytes":"\u0100","delimiters":0,"end":"lf"}]}"#
            ]),
            "line 3, column 50: invalid value: character `\\u{100}`, expected a string of the characters U+0000 to U+00FF, each of them a byte"
        );
        let cut = refusal(&[HEAD, r#"{"end":{"gone":nu"#]);
        assert!(
            cut.starts_with("line 2, column 17: EOF while parsing a value; the recording was cut"),
            "{cut}"
        );
        let end = r#"{"end":{"gone":null,"cases":0,"requests":0,"seconds":0}}"#;
        assert_eq!(refusal(&[HEAD, end, end]), "line 3, column 1: nothing may follow the line of the end");
    }
}
