//! Documentation blocks (`##` … `##`) into sections.
//!
//! Reads every form that schemas have used so far, also when the indentation of a text was lost: what starts
//! a section is decided by its first word, indentation only helps to see where a section ends. Whether the
//! documentation fits its definition is the checker's business.

use super::model::{Doc, DocSection};
use crate::text::Span;

/// A block: for a definition if it starts with `@name`, else free-form text between definitions.
#[derive(Debug)]
pub(super) struct Block {
    /// The definition that the block says it is for, and where it says so.
    pub(super) symbol: Option<(String, Span)>,
    pub(super) doc: Doc,
}

/// Reads one block. `comments` are the places of its lines, each from its `#` on and without the `##` lines.
pub(super) fn read_block(text: &str, comments: &[Span], whole: Span) -> Block {
    let mut reader =
        Reader { symbol: None, body: Vec::new(), drafts: Vec::new(), open: false, after_blank: true };
    for span in comments {
        reader.line(Line::new(text, *span));
    }
    let sections = reader.drafts.into_iter().map(Draft::finish).collect();
    let doc = Doc { body: join(&reader.body), sections, span: Some(whole), ..Doc::default() };
    Block { symbol: reader.symbol, doc }
}

/// One line without its comment mark.
#[derive(Clone, Copy)]
struct Line<'a> {
    indent: usize,
    words: &'a str,
    span: Span,
}

impl<'a> Line<'a> {
    fn new(text: &'a str, comment: Span) -> Self {
        let marked = text[comment.range()].trim_end();
        let content = marked.strip_prefix('#').unwrap_or(marked);
        let words = content.trim_start();
        let indent = (content.len() - words.len()).saturating_sub(1);
        let end = comment.start + marked.len();
        Self { indent, words, span: Span::new(end - words.len(), end) }
    }

    /// The line with the indentation that it has beyond `base`.
    fn beyond(&self, base: usize) -> String {
        format!("{}{}", " ".repeat(self.indent.saturating_sub(base)), self.words)
    }
}

/// How a section ends, apart from the start of the next one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// At a paragraph that is not indented.
    Paragraph,
    /// Only with the block: notes and examples in the old style were not indented.
    Block,
    /// Like `Paragraph`, but lines `@name:` belong to it.
    Features,
}

struct Draft<'a> {
    title: String,
    lines: Vec<Line<'a>>,
    span: Span,
    extent: Extent,
}

impl Draft<'_> {
    fn has_text(&self) -> bool {
        self.lines.iter().any(|line| !line.words.is_empty())
    }

    /// Whether the text so far ends with a colon, so that what follows belongs to it in any case.
    fn announces_more(&self) -> bool {
        self.lines.iter().rfind(|line| !line.words.is_empty()).is_some_and(|line| line.words.ends_with(':'))
    }

    fn finish(self) -> DocSection {
        DocSection { text: join(&self.lines), title: self.title, span: self.span }
    }
}

struct Reader<'a> {
    symbol: Option<(String, Span)>,
    body: Vec<Line<'a>>,
    drafts: Vec<Draft<'a>>,
    /// Whether the last section goes on; otherwise lines belong to the body.
    open: bool,
    after_blank: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: Line<'a>) {
        let first = self.symbol.is_none() && self.body.is_empty() && self.drafts.is_empty();
        if line.words.is_empty() {
            if !first {
                self.push(line);
            }
        } else if let Some((name, rest)) = first.then(|| symbol(line.words)).flatten() {
            let start = line.span.start;
            self.symbol = Some((name.to_owned(), Span::new(start, start + 1 + name.len())));
            self.push_rest(line, rest);
        } else if let Some((title, rest, extent)) = self.section_start(line) {
            self.drafts.push(Draft { title, lines: Vec::new(), span: line.span, extent });
            self.open = true;
            self.push_rest(line, rest);
        } else {
            if self.after_blank && line.indent == 0 && self.ends_before(line) {
                self.open = false;
            }
            self.push(line);
        }
        self.after_blank = line.words.is_empty();
    }

    /// Whether a paragraph that starts with this line, not indented, is outside of the last section.
    fn ends_before(&self, line: Line<'_>) -> bool {
        self.drafts.last().is_some_and(|draft| match draft.extent {
            Extent::Paragraph => draft.has_text() && !draft.announces_more(),
            Extent::Features => !line.words.starts_with('@'),
            Extent::Block => false,
        })
    }

    fn push(&mut self, line: Line<'a>) {
        match self.drafts.last_mut() {
            Some(draft) if self.open => {
                if !line.words.is_empty() {
                    draft.span = draft.span.to(line.span);
                }
                draft.lines.push(line);
            }
            _ => self.body.push(line),
        }
    }

    /// Pushes the words that follow a tag on the same line, as if they were indented like what follows.
    fn push_rest(&mut self, line: Line<'a>, rest: &'a str) {
        let words = rest.trim_start();
        if !words.is_empty() {
            let span = Span::new(line.span.end - words.len(), line.span.end);
            self.push(Line { indent: FIRST_LINE, words, span });
        }
    }

    /// The title of the section that this line starts, the rest of the line, and where the section ends.
    fn section_start(&self, line: Line<'a>) -> Option<(String, &'a str, Extent)> {
        // Deeper lines are the text of something; one column is a slip that occurs.
        if line.indent > 1 {
            return None;
        }
        let words = line.words;
        if words.starts_with('=') && words.trim_start_matches('=').starts_with(' ') {
            return Some((words.to_owned(), "", Extent::Block));
        }
        if let Some((name, rest)) = member(words, self.after_blank) {
            let in_features =
                self.open && self.drafts.last().is_some_and(|draft| draft.extent == Extent::Features);
            return (!in_features).then(|| (format!("@{name}"), rest, Extent::Paragraph));
        }
        if let Some((name, rest)) = words.strip_prefix(".. ").and_then(|rest| rest.split_once("::")) {
            return is_name(name).then(|| (directive_title(name), rest, Extent::Paragraph));
        }
        if let Some(rest) = words.strip_prefix("Since ")
            && rest.starts_with(|c: char| c.is_ascii_digit())
        {
            return Some(("Since".to_owned(), rest, Extent::Paragraph));
        }
        let (word, rest) = words.split_once(':')?;
        let (_, title, extent) = TAGS.iter().find(|(tag, ..)| *tag == word)?;
        Some(((*title).to_owned(), rest, *extent))
    }
}

/// Marks words that stand behind their tag; their indentation says nothing about the lines below.
const FIRST_LINE: usize = usize::MAX;

/// The tags with a colon, and the title that each gives to its section.
const TAGS: [(&str, &str, Extent); 9] = [
    ("Returns", "Returns", Extent::Paragraph),
    ("Since", "Since", Extent::Paragraph),
    ("Errors", "Errors", Extent::Paragraph),
    ("TODO", "TODO", Extent::Paragraph),
    ("Features", "Features", Extent::Features),
    ("Note", "Note", Extent::Block),
    ("Notes", "Note", Extent::Block),
    ("Example", "Example", Extent::Block),
    ("Examples", "Example", Extent::Block),
];

/// `.. note::` and its like have the titles of the tags that they replaced.
fn directive_title(name: &str) -> String {
    match name {
        "qmp-example" => "Example".to_owned(),
        _ => name[..1].to_ascii_uppercase() + &name[1..],
    }
}

/// `@name:` or `@name` alone, at the start of a block.
fn symbol(words: &str) -> Option<(&str, &str)> {
    let (name, rest) = split_name(words.strip_prefix('@')?)?;
    match rest.strip_prefix(':') {
        Some(rest) => Some((name, rest)),
        None => rest.is_empty().then_some((name, rest)),
    }
}

/// `@name:`, also as an item of a list; without a colon only where a line of prose is unlikely to start.
fn member(words: &str, after_blank: bool) -> Option<(&str, &str)> {
    let item = words.strip_prefix('-').map_or(words, str::trim_start);
    let (name, rest) = split_name(item.strip_prefix('@')?)?;
    match rest.strip_prefix(':') {
        Some(rest) => Some((name, rest)),
        None => (after_blank && (rest.is_empty() || rest.starts_with(' '))).then_some((name, rest)),
    }
}

fn split_name(words: &str) -> Option<(&str, &str)> {
    let end = words.find(|c: char| !is_name_character(c)).unwrap_or(words.len());
    (end > 0).then(|| words.split_at(end))
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(is_name_character)
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// The text of the lines, without the indentation that all lines but the first share.
fn join(lines: &[Line<'_>]) -> String {
    let text = |line: &&Line<'_>| !line.words.is_empty();
    let base = lines.iter().filter(text).map(|line| line.indent).min().unwrap_or(0);
    let mut joined = String::new();
    for line in lines {
        if line.indent == FIRST_LINE {
            joined.push_str(line.words);
        } else {
            joined.push_str(line.beyond(base).trim_end());
        }
        joined.push('\n');
    }
    joined.trim_matches('\n').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<String>, String, Vec<(String, String)>) {
        let mut comments = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            comments.push(Span::new(at, at + line.trim_end().len()));
            at += line.len();
        }
        let block = read_block(text, &comments, Span::new(0, text.len()));
        let sections = block.doc.sections.into_iter().map(|section| (section.title, section.text)).collect();
        (block.symbol.map(|(name, _)| name), block.doc.body, sections)
    }

    fn pair(title: &str, text: &str) -> (String, String) {
        (title.to_owned(), text.to_owned())
    }

    #[test]
    fn a_modern_block_has_a_body_and_sections() {
        let (symbol, body, sections) = read(
            "# @guest-x:\n#\n# First line\n# and second.\n#\n# @a: one\n#     two\n#\n#     three\n#\n\
             # Back in the body.\n#\n\
             # Returns: it\n#\n# .. note:: careful\n#    here\n#\n# Since: 5.2\n",
        );
        assert_eq!(symbol.as_deref(), Some("guest-x"));
        assert_eq!(body, "First line\nand second.\n\nBack in the body.");
        assert_eq!(
            sections,
            [
                pair("@a", "one\ntwo\n\nthree"),
                pair("Returns", "it"),
                pair("Note", "careful\nhere"),
                pair("Since", "5.2"),
            ]
        );
    }

    #[test]
    fn old_forms_are_known() {
        let (symbol, _, sections) = read(
            "# @Thing\n# - @pci: a branch\n#\n# @name disk name\n#\n\
             # Notes:\n#\n# One.\n#\n# Two.\n#\n# Since 5.2\n",
        );
        assert_eq!(symbol.as_deref(), Some("Thing"));
        assert_eq!(
            sections,
            [
                pair("@pci", "a branch"),
                pair("@name", "disk name"),
                pair("Note", "One.\n\nTwo."),
                pair("Since", "5.2")
            ]
        );
    }

    #[test]
    fn prose_that_mentions_a_member_starts_no_section() {
        let (_, body, sections) =
            read("# @x:\n#\n# Some will support the\n# @crypted flag, and others\n# will not.\n");
        assert_eq!(body, "Some will support the\n@crypted flag, and others\nwill not.");
        assert_eq!(sections, []);
    }

    #[test]
    fn a_list_that_was_announced_stays_with_its_section() {
        let (_, body, sections) = read("# @x:\n#\n# Returns: one of:\n#\n# - 0:\n# nothing\n#\n# Body.\n");
        assert_eq!(sections, [pair("Returns", "one of:\n\n- 0:\nnothing")]);
        assert_eq!(body, "Body.");
    }

    #[test]
    fn features_keep_their_names() {
        let (.., sections) =
            read("# @x:\n#\n# Features:\n#\n# @deprecated: use y\n#\n# @unstable: no\n#\n# Since: 1\n");
        assert_eq!(sections, [pair("Features", "@deprecated: use y\n\n@unstable: no"), pair("Since", "1")]);
    }

    #[test]
    fn a_free_form_block_has_headings_for_titles() {
        let (symbol, body, sections) = read("# = Chapter\n#\n# Words.\n#\n# == Part\n");
        assert_eq!((symbol, body.as_str()), (None, ""));
        assert_eq!(sections, [pair("= Chapter", "Words."), pair("== Part", "")]);
    }

    #[test]
    fn sections_know_their_places() {
        let text = "# @x:\n# @a: one\n#     two\n#\n";
        let comments = [Span::new(0, 5), Span::new(6, 15), Span::new(16, 25), Span::new(26, 27)];
        let block = read_block(text, &comments, Span::new(0, text.len()));
        assert_eq!(&text[block.doc.sections[0].span.range()], "@a: one\n#     two");
        let (_, span) = block.symbol.expect("the block names its definition");
        assert_eq!(&text[span.range()], "@x");
    }
}
