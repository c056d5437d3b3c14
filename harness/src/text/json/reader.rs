//! How values are made of tokens. The reader keeps its own stack, so that no nesting of the text can
//! exhaust the thread's.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::text::Span;

use super::scanner::Scanner;
use super::{Document, Json, Kind, Member, Note, NoteKind, SyntaxError, SyntaxErrorKind, Text};

/// Up to this many members, comparing each key with all before it finds duplicates faster than a set does.
const FEW_MEMBERS: usize = 16;

/// What a text may ask of the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many containers may be inside each other. Reading and comparing need no stack for them, but
    /// dropping does: the default is safe on a thread of 1 MiB.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 2048 }
    }
}

/// Reads a text that is one value, with nothing but white space around it.
pub fn read(bytes: &[u8], limits: Limits) -> Result<Document<'_>, SyntaxError> {
    let mut reader = Reader::new(bytes, limits);
    let value = reader.value()?;
    reader.scan.skip_white_space();
    if reader.scan.at < bytes.len() {
        let span = Span::new(reader.scan.at, bytes.len());
        return Err(SyntaxError { kind: SyntaxErrorKind::TrailingData, span });
    }
    Ok(reader.finish(value))
}

/// Reads the first value of a text, and says how many bytes that took. White space in front of the value
/// counts, what is behind it does not. A number that reaches the end of the text is taken for whole.
pub fn read_prefix(bytes: &[u8], limits: Limits) -> Result<(Document<'_>, usize), SyntaxError> {
    let mut reader = Reader::new(bytes, limits);
    let value = reader.value()?;
    let consumed = reader.scan.at;
    Ok((reader.finish(value), consumed))
}

struct Reader<'a> {
    scan: Scanner<'a>,
    limits: Limits,
    /// The containers that are open here, outermost first.
    open: Vec<Open<'a>>,
    /// The length that `open` had at most.
    depth: usize,
}

/// A container whose closer has not been read yet.
struct Open<'a> {
    start: usize,
    inside: Inside<'a>,
}

enum Inside<'a> {
    Array(Vec<Json<'a>>),
    /// The members so far, and the key of the value that comes next.
    Object(Vec<Member<'a>>, Key<'a>),
}

impl Inside<'_> {
    fn closer(&self) -> u8 {
        match self {
            Self::Array(_) => b']',
            Self::Object(..) => b'}',
        }
    }
}

struct Key<'a> {
    text: Text<'a>,
    span: Span,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], limits: Limits) -> Self {
        Self { scan: Scanner::new(bytes), limits, open: Vec::new(), depth: 0 }
    }

    fn finish(mut self, value: Json<'a>) -> Document<'a> {
        // Duplicate keys are found when their object closes, later than what is inside it.
        self.scan.notes.sort_by_key(|note| note.span.start);
        Document { value, notes: self.scan.notes, depth: self.depth }
    }

    /// Reads one value with everything inside it.
    fn value(&mut self) -> Result<Json<'a>, SyntaxError> {
        loop {
            if let Some(complete) = self.begin_value()?
                && let Some(outermost) = self.settle(complete)?
            {
                return Ok(outermost);
            }
        }
    }

    /// Reads a scalar or an empty container, or opens a container, in which a value must come next.
    fn begin_value(&mut self) -> Result<Option<Json<'a>>, SyntaxError> {
        let first = self.scan.peek()?;
        let start = self.scan.at;
        let kind = match first {
            b'[' => {
                self.enter()?;
                if self.scan.peek()? != b']' {
                    self.open.push(Open { start, inside: Inside::Array(Vec::new()) });
                    return Ok(None);
                }
                self.scan.at += 1;
                Kind::Array(Vec::new())
            }
            b'{' => {
                self.enter()?;
                if self.scan.peek()? != b'}' {
                    let key = self.key()?;
                    self.open.push(Open { start, inside: Inside::Object(Vec::new(), key) });
                    return Ok(None);
                }
                self.scan.at += 1;
                Kind::Object(Vec::new())
            }
            b'"' | b'\'' => Kind::String(self.scan.string()?),
            b'-' | b'+' | b'.' | b'0'..=b'9' => Kind::Number(self.scan.number()?),
            b'a'..=b'z' | b'A'..=b'Z' => self.scan.word()?,
            _ => {
                let closer = self.open.last().map(|container| container.inside.closer());
                return Err(self.scan.misplaced(SyntaxErrorKind::MissingValue, closer));
            }
        };
        Ok(Some(Json { span: Span::new(start, self.scan.at), kind }))
    }

    /// Steps over an opening bracket, if the limit allows another one.
    fn enter(&mut self) -> Result<(), SyntaxError> {
        let depth = self.open.len() + 1;
        if depth > self.limits.depth {
            let span = Span::new(self.scan.at, self.scan.at + 1);
            return Err(SyntaxError { kind: SyntaxErrorKind::TooDeep, span });
        }
        self.depth = self.depth.max(depth);
        self.scan.at += 1;
        Ok(())
    }

    /// Puts a complete value into the container it belongs to, and closes every container that ends with
    /// it. The outermost value comes back; as long as there is none, a value must come next.
    fn settle(&mut self, mut complete: Json<'a>) -> Result<Option<Json<'a>>, SyntaxError> {
        while let Some(mut container) = self.open.pop() {
            let more = match &mut container.inside {
                Inside::Array(items) => {
                    items.push(complete);
                    self.comma_or(b']')?
                }
                Inside::Object(members, key) => {
                    members.push(Member { key: key.text, key_span: key.span, value: complete });
                    let more = self.comma_or(b'}')?;
                    if more {
                        *key = self.key()?;
                    }
                    more
                }
            };
            if more {
                self.open.push(container);
                return Ok(None);
            }
            complete = self.close(container);
        }
        Ok(Some(complete))
    }

    /// Steps over what follows an item: a comma with another item behind it, or the closer.
    fn comma_or(&mut self, closer: u8) -> Result<bool, SyntaxError> {
        let first = self.scan.peek()?;
        if first != b',' && first != closer {
            return Err(self.scan.misplaced(SyntaxErrorKind::MissingComma, Some(closer)));
        }
        let comma = Span::new(self.scan.at, self.scan.at + 1);
        self.scan.at += 1;
        if first == b',' && self.scan.peek()? == closer {
            return Err(SyntaxError { kind: SyntaxErrorKind::TrailingComma, span: comma });
        }
        Ok(first == b',')
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<Key<'a>, SyntaxError> {
        let (b'"' | b'\'') = self.scan.peek()? else {
            return Err(self.scan.misplaced(SyntaxErrorKind::MissingKey, Some(b'}')));
        };
        let start = self.scan.at;
        let text = self.scan.string()?;
        let span = Span::new(start, self.scan.at);
        if self.scan.peek()? != b':' {
            return Err(self.scan.misplaced(SyntaxErrorKind::MissingColon, Some(b'}')));
        }
        self.scan.at += 1;
        Ok(Key { text, span })
    }

    /// Makes a value of a container whose closer was the last thing read.
    fn close(&mut self, container: Open<'a>) -> Json<'a> {
        let kind = match container.inside {
            Inside::Array(items) => Kind::Array(items),
            Inside::Object(members, _) => {
                self.note_duplicates(&members);
                Kind::Object(members)
            }
        };
        Json { span: Span::new(container.start, self.scan.at), kind }
    }

    fn note_duplicates(&mut self, members: &[Member<'a>]) {
        if members.len() <= FEW_MEMBERS {
            for (index, member) in members.iter().enumerate() {
                if members[..index].iter().any(|earlier| earlier.key == member.key) {
                    self.note_duplicate(member);
                }
            }
        } else {
            let mut seen: HashSet<Cow<'a, [u8]>> = HashSet::with_capacity(members.len());
            for member in members {
                if !seen.insert(member.key.decoded()) {
                    self.note_duplicate(member);
                }
            }
        }
    }

    fn note_duplicate(&mut self, member: &Member<'a>) {
        self.scan.notes.push(Note { kind: NoteKind::DuplicateKey, span: member.key_span });
    }
}
