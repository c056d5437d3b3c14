//! Writes a transcript, line by line, as things happen.

use std::io::{self, BufWriter, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};

use super::{End, FORMAT, Head};
use crate::wire::Observation;

/// Bytes that are collected before they are written. Nearly every line fits in, and so goes out in one piece, whole
/// or not at all.
const BUFFER_BYTES: usize = 256 * 1024;

/// A transcript in the making. It keeps nothing: when a method returns, its line is written.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: BufWriter<W>,
}

impl<W: Write> Writer<W> {
    /// Begins a transcript.
    pub fn new(out: W, head: &Head) -> io::Result<Self> {
        let mut writer = Self { out: BufWriter::with_capacity(BUFFER_BYTES, out) };
        writer.line(&FirstLine { format: FORMAT, head })?;
        Ok(writer)
    }

    /// Adds what was observed next.
    pub fn observation(&mut self, observation: &Observation) -> io::Result<()> {
        self.line(observation)
    }

    /// Closes the transcript.
    pub fn end(mut self, end: &End) -> io::Result<()> {
        self.line(&LastLine { end })
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        value.serialize(&mut Serializer::with_formatter(&mut self.out, Ascii(CompactFormatter)))?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}

#[derive(Serialize)]
struct FirstLine<'h> {
    format: &'static str,
    #[serde(flatten)]
    head: &'h Head,
}

#[derive(Serialize)]
struct LastLine<'e> {
    end: &'e End,
}

/// JSON in printable ASCII: what an agent says reaches no terminal that shows the file.
struct Ascii(CompactFormatter);

impl Formatter for Ascii {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(|character: char| !matches!(character, ' '..='~')) {
            let (plain, other) = rest.split_at(at);
            self.0.write_string_fragment(writer, plain)?;
            let mut characters = other.chars();
            let mut units = [0; 2];
            for unit in characters
                .next()
                .into_iter()
                .flat_map(|character| character.encode_utf16(&mut units).to_vec())
            {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        self.0.write_string_fragment(writer, rest)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    /// A file that everyone can look into.
    #[derive(Clone, Default)]
    struct File(Rc<RefCell<Vec<u8>>>);

    impl Write for File {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn head() -> Head {
        Head {
            tool: "qgaspec 0.1.0".to_owned(),
            target: "unix:/tmp/\u{e4}\u{1f600}".to_owned(),
            kind: "unix".to_owned(),
            schema: "seed".to_owned(),
            seed: 7,
            hazard: "read".to_owned(),
            effort: "full".to_owned(),
            deadline_ms: 2000,
            reply_bytes: 75_497_472,
            restarts: 20,
            reproduce: "qgaspec run".to_owned(),
        }
    }

    #[test]
    fn a_line_is_in_the_file_as_soon_as_it_is_written() {
        let file = File::default();
        let lines = || file.0.borrow().split(|byte| *byte == b'\n').count() - 1;
        let mut writer = Writer::new(file.clone(), &head()).unwrap();
        assert_eq!(lines(), 1);
        writer.observation(&Observation::Reconnected { restarted: true }).unwrap();
        assert_eq!(lines(), 2);
        writer.end(&End::default()).unwrap();
        let text = String::from_utf8(file.0.take()).unwrap();
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                r#"{"format":"qgaspec-transcript/1","tool":"qgaspec 0.1.0","target":"unix:/tmp/\u00e4\ud83d\ude00","kind":"unix","schema":"seed","seed":7,"hazard":"read","effort":"full","deadline_ms":2000,"reply_bytes":75497472,"restarts":20,"reproduce":"qgaspec run"}"#,
                r#"{"reconnected":{"restarted":true}}"#,
                r#"{"end":{"gone":null,"cases":0,"requests":0,"seconds":0.0}}"#,
            ]
        );
    }
}
