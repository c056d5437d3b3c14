//! Text into tokens with spans.
//!
//! Knows the characters of the schema language and nothing of its structure. Whatever no schema may hold is
//! reported here, once, and passed on as a token that the parser can step over.

use super::diagnostic::Remarks;
use crate::text::Span;

/// A token and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// The tokens of the schema language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    Colon,
    Comma,
    /// A string, with its escapes resolved.
    String(String),
    True,
    False,
    /// From `#` up to the end of the line.
    Comment,
    /// A word without quotes, already reported.
    Word,
    /// Anything else, already reported.
    Stray,
}

impl TokenKind {
    /// The token in the words of a message.
    pub(super) fn describe(&self) -> &'static str {
        match self {
            Self::OpenBrace => "`{`",
            Self::CloseBrace => "`}`",
            Self::OpenBracket => "`[`",
            Self::CloseBracket => "`]`",
            Self::Colon => "`:`",
            Self::Comma => "`,`",
            Self::String(_) => "a string",
            Self::True => "`true`",
            Self::False => "`false`",
            Self::Comment => "a comment",
            Self::Word => "a word without quotes",
            Self::Stray => "a stray character",
        }
    }
}

/// Splits `text`, from offset `start` on, into tokens.
pub(super) fn lex(text: &str, start: usize, remarks: &mut Remarks) -> Vec<Token> {
    let mut lexer = Lexer { text, at: start, remarks };
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next() {
        tokens.push(token);
    }
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    remarks: &'a mut Remarks,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<Token> {
        self.skip_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
        let start = self.at;
        let kind = match self.bump()? {
            '{' => TokenKind::OpenBrace,
            '}' => TokenKind::CloseBrace,
            '[' => TokenKind::OpenBracket,
            ']' => TokenKind::CloseBracket,
            ':' => TokenKind::Colon,
            ',' => TokenKind::Comma,
            '#' => {
                self.skip_while(|c| c != '\n' && c != '\r');
                TokenKind::Comment
            }
            '\'' => self.string(start),
            '"' => self.double_quoted(start),
            c if is_word(c) => self.word(start),
            _ => self.stray(start),
        };
        Some(Token { kind, span: self.since(start) })
    }

    fn string(&mut self, start: usize) -> TokenKind {
        let mut value = String::new();
        let mut odd_character_seen = false;
        loop {
            let at = self.at;
            match self.peek() {
                None | Some('\n' | '\r') => {
                    let span = self.since(start);
                    let remark = self.remarks.error("unclosed-string", span, "this string is never closed");
                    remark.label("no closing `'` on this line");
                    remark.help("end the string with `'`; a string cannot go on in the next line");
                    return TokenKind::Stray;
                }
                Some('\'') => {
                    self.at += 1;
                    return TokenKind::String(value);
                }
                Some('\\') => {
                    self.at += 1;
                    value.extend(self.escape(at));
                }
                Some(c) => {
                    self.at += c.len_utf8();
                    value.push(c);
                    if !matches!(c, ' '..='~') && !odd_character_seen {
                        odd_character_seen = true;
                        let message = format!("the character {} does not belong into a string", show(c));
                        let remark =
                            self.remarks.error("bad-string-character", Span::new(at, self.at), message);
                        remark.help("strings of a schema hold printable ASCII only");
                    }
                }
            }
        }
    }

    /// What follows a backslash; the only escape of the language is the backslash itself.
    fn escape(&mut self, start: usize) -> Option<char> {
        match self.peek() {
            None | Some('\n' | '\r') => None,
            Some('\\') => {
                self.at += 1;
                Some('\\')
            }
            Some(c) => {
                self.at += c.len_utf8();
                let span = self.since(start);
                let remark = self.remarks.error("bad-escape", span, "this escape sequence is unknown");
                remark.help("only `\\\\` is an escape sequence; write any other character as it is");
                Some(c)
            }
        }
    }

    /// JSON's own strings: taken as what they mean if they end on this line.
    fn double_quoted(&mut self, start: usize) -> TokenKind {
        let rest = &self.text[self.at..];
        let closed = rest.find(['"', '\n']).filter(|at| rest[*at..].starts_with('"'));
        let Some(length) = closed else { return self.stray(start) };
        let value = rest[..length].to_owned();
        self.at += length + 1;
        let span = self.since(start);
        let remark = self.remarks.error("double-quotes", span, "strings stand in single quotes");
        remark.help("write `'` instead of `\"`");
        TokenKind::String(value)
    }

    fn word(&mut self, start: usize) -> TokenKind {
        self.skip_while(is_word);
        let word = &self.text[start..self.at];
        match word {
            "true" => return TokenKind::True,
            "false" => return TokenKind::False,
            _ => {}
        }
        let help = match word {
            "True" | "TRUE" => "write `true` in lower case".to_owned(),
            "False" | "FALSE" => "write `false` in lower case".to_owned(),
            "null" | "None" => "a schema holds no null; leave the key out instead".to_owned(),
            _ if word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+') => {
                "a schema holds no numbers; names stand in single quotes".to_owned()
            }
            _ => "names and types stand in single quotes".to_owned(),
        };
        let span = self.since(start);
        self.remarks
            .error("stray-word", span, format!("`{word:.40}` stands without quotes"))
            .label("not a string, `true` or `false`")
            .help(help);
        TokenKind::Word
    }

    /// A run of characters that mean nothing here, as one token with one remark.
    fn stray(&mut self, start: usize) -> TokenKind {
        self.skip_while(|c| !c.is_ascii_whitespace() && !is_word(c) && !"{}[]:,#'\"".contains(c));
        if self.text[start..].starts_with("//") {
            // Words in a comment of another language are not worth a remark each.
            self.skip_while(|c| c != '\n');
        }
        let span = self.since(start);
        let run = &self.text[span.range()];
        let first = run.chars().next().map(show).unwrap_or_default();
        let help = if run.starts_with('/') {
            "comments start with `#` and go on to the end of the line"
        } else if run.starts_with('"') {
            "strings stand in single quotes and end on the same line"
        } else {
            "remove it; there are only `{ } [ ] : ,`, strings in single quotes, `true`, `false`, comments"
        };
        self.remarks
            .error("stray-character", span, format!("the character {first} means nothing here"))
            .help(help);
        TokenKind::Stray
    }

    fn since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }
}

/// Characters that people write where a quoted name belongs.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '.')
}

/// A character for a message: as it is if it is printable ASCII, else by its code point.
fn show(c: char) -> String {
    if c.is_ascii_graphic() { format!("`{c}`") } else { format!("U+{:04X}", u32::from(c)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Dialect;

    fn lex_all(text: &str) -> (Vec<TokenKind>, Vec<&'static str>) {
        let mut remarks = Remarks::new(Dialect::Strict);
        let tokens = lex(text, 0, &mut remarks);
        let kinds = tokens.into_iter().map(|token| token.kind).collect();
        (kinds, remarks.finish().into_iter().map(|remark| remark.code).collect())
    }

    #[test]
    fn every_token_is_known_by_its_first_character() {
        let (kinds, codes) = lex_all("{ } [ ] : , 'a-b' true false # all\r\n");
        assert_eq!(codes, [""; 0]);
        assert_eq!(
            kinds,
            [
                TokenKind::OpenBrace,
                TokenKind::CloseBrace,
                TokenKind::OpenBracket,
                TokenKind::CloseBracket,
                TokenKind::Colon,
                TokenKind::Comma,
                TokenKind::String("a-b".to_owned()),
                TokenKind::True,
                TokenKind::False,
                TokenKind::Comment,
            ]
        );
    }

    #[test]
    fn spans_are_byte_offsets() {
        let mut remarks = Remarks::new(Dialect::Strict);
        let tokens = lex("  'a' # é", 0, &mut remarks);
        assert_eq!(tokens[0].span, Span::new(2, 5));
        assert_eq!(tokens[1].span, Span::new(6, 10));
    }

    #[test]
    fn each_lexical_fault_has_its_code() {
        for (text, kind, code) in [
            ("'abc\n", TokenKind::Stray, "unclosed-string"),
            ("'abc", TokenKind::Stray, "unclosed-string"),
            ("'a\\", TokenKind::Stray, "unclosed-string"),
            ("'a\\nb'", TokenKind::String("anb".to_owned()), "bad-escape"),
            ("'a\tb'", TokenKind::String("a\tb".to_owned()), "bad-string-character"),
            ("'\u{e9}\u{e9}'", TokenKind::String("\u{e9}\u{e9}".to_owned()), "bad-string-character"),
            ("\"a\"", TokenKind::String("a".to_owned()), "double-quotes"),
            ("\"a", TokenKind::Stray, "stray-character"),
            ("True", TokenKind::Word, "stray-word"),
            ("-1.5", TokenKind::Word, "stray-word"),
            ("@!\u{1b}", TokenKind::Stray, "stray-character"),
            ("\u{feff}", TokenKind::Stray, "stray-character"),
        ] {
            let (kinds, codes) = lex_all(text);
            assert_eq!(kinds[0], kind, "{text:?}");
            assert_eq!(codes[0], code, "{text:?}");
        }
    }

    #[test]
    fn a_backslash_may_be_escaped() {
        let (kinds, codes) = lex_all(r"'a\\b'");
        assert_eq!(codes, [""; 0]);
        assert_eq!(kinds, [TokenKind::String(r"a\b".to_owned())]);
    }
}
