//! Tokens into expressions with spans, and each definition together with its documentation.
//!
//! Knows how the language is written, not what it means: objects with their members in order, arrays,
//! strings, booleans. After an error it goes on, inside the expression where the slip is clear and otherwise
//! at the next definition, so that one reading finds as much as it can.

use std::collections::HashMap;

use super::diagnostic::Remarks;
use super::doc::{self, Block};
use super::lexer::{Token, TokenKind};
use super::model::Doc;
use crate::text::Span;

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Expression {
    pub(super) kind: ExpressionKind,
    pub(super) span: Span,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum ExpressionKind {
    Object(Object),
    Array(Vec<Expression>),
    String(String),
    Bool(bool),
    /// Not readable; that has been reported.
    Unreadable,
}

/// An object; its members in the order of the text, those with equal keys too.
#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    pub(super) entries: Vec<Entry>,
}

impl Object {
    /// The first member of this key.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// One member of an object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) key_span: Span,
    pub(super) value: Expression,
    /// Whether an earlier member has the same key; that has been reported.
    pub(super) repeated: bool,
}

/// One expression at the top level.
#[derive(Debug)]
pub(super) struct TopLevel {
    pub(super) object: Object,
    pub(super) span: Span,
    /// The documentation block directly before it, if that names a definition.
    pub(super) block: Option<Block>,
    /// False if the expression could not be read to its end; what is there was understood.
    pub(super) complete: bool,
}

/// All files, before they have a meaning.
#[derive(Debug, Default)]
pub(super) struct Syntax {
    pub(super) expressions: Vec<TopLevel>,
    /// Documentation that belongs to no definition, such as headings.
    pub(super) free_docs: Vec<Doc>,
    /// Whether definitions may be missing because a file was not read.
    pub(super) partial: bool,
}

/// Deeper nesting is refused; real schemas need six levels.
const MAX_DEPTH: usize = 64;

/// The keys that make an object a definition.
pub(super) const KINDS: [&str; 9] =
    ["command", "struct", "enum", "union", "alternate", "event", "include", "pragma", "type"];

/// Reads the structure of `text` from its `tokens`.
pub(super) fn parse(text: &str, tokens: &[Token], remarks: &mut Remarks) -> Syntax {
    let (significant, mut blocks) = collect_blocks(text, tokens, remarks);
    blocks.reverse();
    let mut parser = Parser { text, tokens: significant, at: 0, remarks };
    let mut syntax = Syntax::default();
    while let Some(token) = parser.tokens.get(parser.at) {
        let block = take_block(&mut blocks, parser.at, &mut syntax.free_docs);
        if token.kind == TokenKind::OpenBrace {
            syntax.expressions.push(parser.top_level(block));
        } else {
            syntax.free_docs.extend(block.map(|block| block.doc));
            parser.no_definition();
        }
    }
    syntax.free_docs.extend(blocks.into_iter().rev().map(|(_, block)| block.doc));
    syntax
}

/// The block directly before token `at`, if it is for a definition. All others up to there are free-form.
fn take_block(blocks: &mut Vec<(usize, Block)>, at: usize, free_docs: &mut Vec<Doc>) -> Option<Block> {
    let mut attached = None;
    while blocks.last().is_some_and(|(before, _)| *before <= at) {
        let (before, block) = blocks.pop()?;
        if before == at && block.symbol.is_some() {
            free_docs.extend(attached.replace(block).map(|block: Block| block.doc));
        } else {
            free_docs.push(block.doc);
        }
    }
    attached
}

/// Separates documentation blocks from what matters to the structure. Each block comes with the index of the
/// token that follows it.
fn collect_blocks<'a>(
    text: &str,
    tokens: &'a [Token],
    remarks: &mut Remarks,
) -> (Vec<&'a Token>, Vec<(usize, Block)>) {
    let mut significant = Vec::new();
    let mut blocks = Vec::new();
    let mut open: Option<(Span, Vec<Span>)> = None;
    for token in tokens {
        if token.kind != TokenKind::Comment {
            if let Some((marker, lines)) = open.take() {
                blocks.push((significant.len(), unclosed_block(text, marker, &lines, remarks)));
            }
            significant.push(token);
            continue;
        }
        let is_marker = text[token.span.range()].trim_end() == "##";
        match &mut open {
            Some((_, lines)) if !is_marker => lines.push(token.span),
            Some((marker, lines)) => {
                blocks.push((significant.len(), doc::read_block(text, lines, marker.to(token.span))));
                open = None;
            }
            None if is_marker => open = Some((token.span, Vec::new())),
            None => {}
        }
    }
    if let Some((marker, lines)) = open {
        blocks.push((significant.len(), unclosed_block(text, marker, &lines, remarks)));
    }
    (significant, blocks)
}

fn unclosed_block(text: &str, marker: Span, lines: &[Span], remarks: &mut Remarks) -> Block {
    let remark = remarks.error("unclosed-doc", marker, "this documentation block is never closed");
    remark.label("opened here").help("end the block with a line `##`");
    let end = lines.last().copied().unwrap_or(marker);
    doc::read_block(text, lines, marker.to(end))
}

/// What is wrong was reported, and the expression cannot be read any further.
struct Lost;

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<&'a Token>,
    at: usize,
    remarks: &'a mut Remarks,
}

impl<'a> Parser<'a> {
    fn top_level(&mut self, block: Option<Block>) -> TopLevel {
        let start = self.tokens[self.at].span;
        let mut object = Object::default();
        let complete = self.object(&mut object, 1).is_ok();
        if !complete {
            self.go_to_next_definition();
        }
        let end = self.at.checked_sub(1).map_or(start, |last| self.tokens[last].span);
        TopLevel { object, span: start.to(end), block, complete }
    }

    /// Steps over what is not a definition at the top level.
    fn no_definition(&mut self) {
        let token = self.tokens[self.at];
        if !matches!(token.kind, TokenKind::Word | TokenKind::Stray) {
            let message = format!("expected a definition, found {}", token.kind.describe());
            let remark = self.remarks.error("expected-definition", token.span, message);
            remark.help("at the top level there are only objects such as `{ 'command': 'guest-ping' }`");
        }
        self.at += 1;
        self.go_to_next_definition();
    }

    fn go_to_next_definition(&mut self) {
        while self.at < self.tokens.len() && !self.may_start_definition(self.at) {
            self.at += 1;
        }
    }

    fn object(&mut self, object: &mut Object, depth: usize) -> Result<Span, Lost> {
        let open = self.open(depth)?;
        let mut keys: HashMap<String, Span> = HashMap::new();
        let mut comma = None;
        loop {
            let Some(token) = self.peek_inside(open) else { return Err(self.unclosed(open)) };
            match &token.kind {
                TokenKind::CloseBrace => return Ok(self.close(open, comma)),
                TokenKind::CloseBracket => return Ok(self.close_wrongly(open, token)),
                TokenKind::Comma => self.surplus_comma(token),
                TokenKind::String(_) | TokenKind::Word => {
                    let mut entry = self.entry(token, open, depth)?;
                    if let Some(first) = keys.get(&entry.key) {
                        entry.repeated = true;
                        let remark =
                            self.remarks.error("duplicate-key", entry.key_span, "this key occurs twice");
                        remark.related(*first, "first here").help("keep one of the two");
                    } else {
                        keys.insert(entry.key.clone(), entry.key_span);
                    }
                    object.entries.push(entry);
                    comma = self.separator(open, &TokenKind::CloseBrace)?;
                }
                TokenKind::Stray => return Err(Lost),
                _ => return Err(self.unexpected("expected-key", "expected a key", token)),
            }
        }
    }

    fn entry(&mut self, key: &Token, open: Span, depth: usize) -> Result<Entry, Lost> {
        self.at += 1;
        let name = match &key.kind {
            TokenKind::String(name) => name.clone(),
            _ => self.text[key.span.range()].to_owned(),
        };
        let next = self.peek_inside(open);
        match next.map(|token| &token.kind) {
            Some(TokenKind::Colon) => self.at += 1,
            Some(TokenKind::Stray | TokenKind::Word) => {}
            _ => {
                let remark = self.remarks.error("missing-colon", key.span, "this key has no value");
                remark.label("expected `:` after it").help("a member is written `'key': value`");
            }
        }
        let value = self.value(open, depth)?;
        Ok(Entry { key: name, key_span: key.span, value, repeated: false })
    }

    fn array(&mut self, elements: &mut Vec<Expression>, depth: usize) -> Result<Span, Lost> {
        let open = self.open(depth)?;
        let mut comma = None;
        loop {
            let Some(token) = self.peek_inside(open) else { return Err(self.unclosed(open)) };
            match &token.kind {
                TokenKind::CloseBracket => return Ok(self.close(open, comma)),
                TokenKind::CloseBrace => return Ok(self.close_wrongly(open, token)),
                TokenKind::Comma => self.surplus_comma(token),
                TokenKind::Colon => return Err(self.unexpected("expected-value", "expected a value", token)),
                _ => {
                    elements.push(self.value(open, depth)?);
                    comma = self.separator(open, &TokenKind::CloseBracket)?;
                }
            }
        }
    }

    /// A value. Where none is, that is reported and nothing is consumed, so that what is around it goes on.
    fn value(&mut self, open: Span, depth: usize) -> Result<Expression, Lost> {
        let Some(token) = self.peek_inside(open) else { return Err(self.unclosed(open)) };
        let (kind, span) = match &token.kind {
            TokenKind::OpenBrace => {
                let mut object = Object::default();
                let span = self.object(&mut object, depth + 1)?;
                return Ok(Expression { kind: ExpressionKind::Object(object), span });
            }
            TokenKind::OpenBracket => {
                let mut elements = Vec::new();
                let span = self.array(&mut elements, depth + 1)?;
                return Ok(Expression { kind: ExpressionKind::Array(elements), span });
            }
            TokenKind::String(value) => (ExpressionKind::String(value.clone()), token.span),
            TokenKind::True => (ExpressionKind::Bool(true), token.span),
            TokenKind::False => (ExpressionKind::Bool(false), token.span),
            TokenKind::Word | TokenKind::Stray => (ExpressionKind::Unreadable, token.span),
            TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::Comma => {
                if self.tokens[self.at - 1].kind == TokenKind::Colon {
                    self.unexpected("expected-value", "expected a value", token);
                }
                return Ok(Expression { kind: ExpressionKind::Unreadable, span: Span::at(token.span.start) });
            }
            TokenKind::Colon | TokenKind::Comment => {
                return Err(self.unexpected("expected-value", "expected a value", token));
            }
        };
        self.at += 1;
        Ok(Expression { kind, span })
    }

    /// What stands behind a member or an element: the comma's place, if there is one.
    fn separator(&mut self, open: Span, closer: &TokenKind) -> Result<Option<Span>, Lost> {
        let Some(token) = self.peek_inside(open) else { return Err(self.unclosed(open)) };
        match &token.kind {
            TokenKind::Comma => {
                self.at += 1;
                Ok(Some(token.span))
            }
            TokenKind::CloseBrace | TokenKind::CloseBracket => Ok(None),
            // The only place that knows about missing commas; schemas before 1.4 had some.
            TokenKind::String(_)
            | TokenKind::OpenBrace
            | TokenKind::OpenBracket
            | TokenKind::True
            | TokenKind::False => {
                let before = self.tokens[self.at - 1];
                // An unclosed string may have swallowed the comma.
                if before.kind == TokenKind::Stray {
                    return Ok(None);
                }
                let remark =
                    self.remarks.outdated("missing-comma", token.span, "a comma is missing before this");
                remark
                    .related(Span::at(before.span.end), "expected `,` here")
                    .help("members and elements are separated by `,`");
                Ok(None)
            }
            TokenKind::Word | TokenKind::Stray => Err(Lost),
            TokenKind::Colon | TokenKind::Comment => {
                let expected = format!("expected `,` or {}", closer.describe());
                Err(self.unexpected("expected-separator", &expected, token))
            }
        }
    }

    /// Steps into an object or array.
    fn open(&mut self, depth: usize) -> Result<Span, Lost> {
        let open = self.tokens[self.at].span;
        if depth > MAX_DEPTH {
            let message = format!("nested more than {MAX_DEPTH} levels deep");
            self.remarks
                .error("nested-too-deeply", open, message)
                .help("no schema needs that; is a bracket missing?");
            return Err(Lost);
        }
        self.at += 1;
        Ok(open)
    }

    fn close(&mut self, open: Span, comma: Option<Span>) -> Span {
        let close = self.tokens[self.at].span;
        self.at += 1;
        if let Some(comma) = comma {
            let remark = self.remarks.error("trailing-comma", comma, "a comma before the closing bracket");
            remark.help("remove this comma");
        }
        open.to(close)
    }

    /// A closing bracket of the other kind is taken for the one that was meant.
    fn close_wrongly(&mut self, open: Span, token: &Token) -> Span {
        self.at += 1;
        let (found, opened) = (token.kind.describe(), &self.text[open.range()]);
        let remark =
            self.remarks.error("mismatched-bracket", token.span, format!("{found} closes a `{opened}`"));
        remark.related(open, "opened here").help("use the closing bracket of the same kind");
        open.to(token.span)
    }

    fn surplus_comma(&mut self, token: &Token) {
        self.at += 1;
        let remark = self.remarks.error("surplus-comma", token.span, "a comma without anything before it");
        remark.help("remove this comma");
    }

    fn unexpected(&mut self, code: &'static str, expected: &str, token: &Token) -> Lost {
        let message = format!("{expected}, found {}", token.kind.describe());
        let remark = self.remarks.error(code, token.span, message);
        remark.help("values are strings in single quotes, `true`, `false`, `[…]` and `{ 'key': value }`");
        Lost
    }

    fn unclosed(&mut self, open: Span) -> Lost {
        // An unclosed string has swallowed what would have closed this; one remark is enough.
        if self.tokens[self.at - 1].kind == TokenKind::Stray {
            return Lost;
        }
        let bracket = &self.text[open.range()];
        let next = self.tokens.get(self.at).map(|token| token.span);
        let remark =
            self.remarks.error("unclosed-bracket", open, format!("this `{bracket}` is never closed"));
        remark.help(format!("close it with `{}`", if bracket == "{" { '}' } else { ']' }));
        if let Some(next) = next {
            remark.related(next, "the next definition starts here");
        }
        Lost
    }

    /// The next token, unless the text or the definition around `open` ends before it.
    fn peek_inside(&self, open: Span) -> Option<&'a Token> {
        let token = *self.tokens.get(self.at)?;
        let begins_anew = token.span != open && self.must_start_definition(self.at);
        (!begins_anew).then_some(token)
    }

    /// Whether a definition could start at this token: a `{` at the start of a line, itself not indented or
    /// after a gap.
    fn may_start_definition(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at).filter(|token| token.kind == TokenKind::OpenBrace) else {
            return false;
        };
        let before = &self.text[..token.span.start];
        let line = before.trim_end_matches([' ', '\t']);
        let starts_line = line.is_empty() || line.ends_with('\n');
        let above = line.trim_end_matches([' ', '\t', '\r', '\n']);
        let gap = line[above.len()..].matches('\n').count() > 1;
        starts_line && (line.len() == before.len() || gap || above.ends_with("##"))
    }

    /// Whether a definition surely starts at this token, even if something else is still open.
    fn must_start_definition(&self, at: usize) -> bool {
        let key = match self.tokens.get(at + 1).map(|token| &token.kind) {
            // `type` also starts the long form of a member.
            Some(TokenKind::String(key)) if key != "type" => key,
            _ => return false,
        };
        KINDS.contains(&key.as_str()) && self.may_start_definition(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, lexer};
    use super::*;

    fn read(text: &str) -> (Syntax, Vec<&'static str>) {
        let mut remarks = Remarks::new(Dialect::Strict);
        let tokens = lexer::lex(text, 0, &mut remarks);
        let syntax = parse(text, &tokens, &mut remarks);
        (syntax, remarks.finish().into_iter().map(|remark| remark.code).collect())
    }

    #[test]
    fn members_keep_their_order_and_places() {
        let text = "{ 'command': 'a', 'data': { 'z': ['x'], 'b': true } }";
        let (syntax, codes) = read(text);
        assert_eq!(codes, [""; 0]);
        let data = syntax.expressions[0].object.entry("data").expect("there is data");
        assert_eq!(&text[data.value.span.range()], "{ 'z': ['x'], 'b': true }");
        let ExpressionKind::Object(data) = &data.value.kind else { panic!("data is an object") };
        let keys: Vec<_> =
            data.entries.iter().map(|entry| (entry.key.as_str(), &text[entry.key_span.range()])).collect();
        assert_eq!(keys, [("z", "'z'"), ("b", "'b'")]);
    }

    #[test]
    fn each_slip_is_reported_once_and_the_rest_is_read() {
        for (slip, code) in [
            ("{ 'command': 'a' 'data': {} }", "missing-comma"),
            ("{ 'command': 'a', }", "trailing-comma"),
            ("{ , 'command': 'a' }", "surplus-comma"),
            ("{ 'command' 'a' }", "missing-colon"),
            ("{ 'command' }", "missing-colon"),
            ("{ 'command': }", "expected-value"),
            ("{ 'command': : }", "expected-value"),
            ("{ 'command': 'a': 'b' }", "expected-separator"),
            ("{ true: 'a' }", "expected-key"),
            ("{ 'command': 'a', 'data': ['b'} }", "mismatched-bracket"),
            ("{ 'command': 'a', 'data': { 'b': 'str' ] }", "mismatched-bracket"),
            ("{ 'command': 'a', 'data': { 'b': 'str' }", "unclosed-bracket"),
            ("{ 'command': 'a', 'data': [ ", "unclosed-bracket"),
            ("{ 'command': 'a', 'command': 'b' }", "duplicate-key"),
            ("{ command: 'a' }", "stray-word"),
            ("{ 'command': null }", "stray-word"),
            ("{ 'command: 'a' }", "stray-word"),
            ("{ 'command': 'a }", "unclosed-string"),
            ("[ 'command' ]", "expected-definition"),
            ("##\n# @x:\n", "unclosed-doc"),
        ] {
            let (syntax, codes) = read(&format!("{slip}\n\n{{ 'command': 'last' }}\n"));
            assert!(codes.contains(&code), "{slip}: {codes:?}");
            let last = syntax.expressions.last().expect("the last definition was read");
            assert!(last.complete, "{slip}");
            assert_eq!(last.object.entries.len(), 1, "{slip}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{{ 'a': {}{} }}", "[".repeat(100_000), "]".repeat(100_000));
        let (_, codes) = read(&deep);
        assert_eq!(codes, ["nested-too-deeply"]);
        let deepest = format!("{{ 'a': {}'b'{} }}", "[".repeat(63), "]".repeat(63));
        assert_eq!(read(&deepest).1, [""; 0]);
    }

    #[test]
    fn documentation_goes_to_the_definition_that_follows_it() {
        let text = "##\n# = Heading\n##\n##\n# @a:\n# Words.\n##\n{ 'command': 'a' }\n{ 'command': 'b' }\n\
                    ##\n# @c:\n##\n";
        let (syntax, codes) = read(text);
        assert_eq!(codes, [""; 0]);
        let block = syntax.expressions[0].block.as_ref().expect("the first command is documented");
        assert_eq!(block.doc.body, "Words.");
        assert!(syntax.expressions[1].block.is_none());
        assert_eq!(syntax.free_docs.len(), 2);
    }

    #[test]
    fn comments_may_stand_inside_expressions() {
        let (syntax, codes) = read("{ 'enum': 'E', # why\n  # more\n  'data': [ 'a' ] }");
        assert_eq!(codes, [""; 0]);
        assert!(syntax.expressions[0].complete);
    }
}
