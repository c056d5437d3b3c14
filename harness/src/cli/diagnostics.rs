//! Remarks about a text, as people know them from compilers.
//!
//! What a file holds is data: no control character of it reaches the terminal, nor anything that changes the
//! direction of text.

use annotate_snippets::{Annotation, AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::schema::{Diagnostic, Severity};
use crate::text::{LineIndex, Position, Span};

/// Whether terminal escapes may be used; who knows the output decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// Plain text.
    Never,
    /// Colours and weights.
    Always,
}

/// All remarks about `text`, one after the other, each ending with an empty line.
pub(super) fn render(text: &str, diagnostics: &[Diagnostic], colour: Colour) -> String {
    let renderer = match colour {
        Colour::Never => Renderer::plain(),
        Colour::Always => Renderer::styled(),
    };
    let shown = printable(text);
    let lines = LineIndex::new(text.as_bytes());
    let mut all = String::new();
    for diagnostic in diagnostics {
        all += &render_one(&renderer, &shown, &lines, diagnostic);
        all += "\n\n";
    }
    all
}

fn render_one(renderer: &Renderer, text: &str, lines: &LineIndex, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    };
    let title = level.primary_title(escape(&diagnostic.message)).id(diagnostic.code);
    let mut group = if let Some(snippet) = snippet(text, diagnostic) {
        title.element(snippet)
    } else {
        let Position { line, column } = lines.position(diagnostic.span.start);
        title.element(Origin::path(escape(&diagnostic.source)).line(line).char_column(column))
    };
    if let Some(help) = &diagnostic.help {
        group = group.element(Level::HELP.message(escape(help)));
    }
    renderer.render(&[group])
}

/// The lines that a remark is about; none if they are too long to be shown.
fn snippet<'a>(text: &'a str, diagnostic: &Diagnostic) -> Option<Snippet<'a, Annotation<'a>>> {
    let related = diagnostic.related.as_ref();
    if !is_showable(text, diagnostic.span) || related.is_some_and(|(span, _)| !is_showable(text, *span)) {
        return None;
    }
    let primary = AnnotationKind::Primary.span(diagnostic.span.range());
    let primary = primary.label(diagnostic.label.as_deref().map(escape));
    let snippet = Snippet::source(text).path(escape(&diagnostic.source)).annotation(primary);
    Some(match related {
        Some((span, words)) => {
            snippet.annotation(AnnotationKind::Context.span(span.range()).label(escape(words)))
        }
        None => snippet,
    })
}

/// Whether all lines that the span touches are of a length that people can read.
fn is_showable(text: &str, span: Span) -> bool {
    const MAX_LINE: usize = 2000;
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..].find('\n').map_or(text.len(), |at| span.end + at);
    text[start..end].split('\n').all(|line| line.len() <= MAX_LINE)
}

/// The text with each character that must not reach a terminal written as `\u{…}`.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_dangerous(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The text with a placeholder of the same length for each such character, so that places stay the same.
fn printable(text: &str) -> String {
    let show = |c: char| match c {
        '\n' | '\t' => c,
        '\r' => ' ',
        _ if is_dangerous(c) => match c.len_utf8() {
            1 => '?',
            2 => '¿',
            _ => char::REPLACEMENT_CHARACTER,
        },
        _ => c,
    };
    text.chars().map(show).collect()
}

/// Control characters, and the marks that reorder or hide text.
fn is_dangerous(c: char) -> bool {
    let marks = ['\u{200b}'..='\u{200f}', '\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}'];
    c.is_control() || matches!(c, '\u{61c}' | '\u{feff}') || marks.iter().any(|range| range.contains(&c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::schema::read;

    #[test]
    fn a_remark_looks_like_a_compiler_message() {
        let text = "{ 'struct': 'GuestExec', 'data': { 'pid': 'int' } }\n\n\
                    { 'command': 'guest-exec',\n  'returns': 'GuestExce' }\n\
                    { 'struct': 'GuestExec', 'data': {} }\n";
        let (_, diagnostics) = read("agent.json", text);
        insta::assert_snapshot!(render(text, &diagnostics, Colour::Never));
    }

    #[test]
    fn endless_lines_are_not_shown() {
        let text = format!("\n{}@", " ".repeat(1_000_000));
        let (_, diagnostics) = read("t", &text);
        let rendered = render(&text, &diagnostics, Colour::Never);
        assert!(rendered.contains("--> t:2:1000001") && rendered.len() < 500, "{rendered}");
    }

    #[test]
    fn colours_are_used_when_allowed() {
        let (_, diagnostics) = read("t", "@");
        assert!(render("@", &diagnostics, Colour::Always).contains("\u{1b}["));
        assert!(!render("@", &diagnostics, Colour::Never).contains('\u{1b}'));
    }

    #[test]
    fn a_file_cannot_talk_to_the_terminal() {
        let text = "{ 'comm\u{1b}[31mand\u{9b}': 'a\u{202e}b\u{7}' }\r\n\u{0}\u{7f}\u{200b}\u{85}";
        let (_, diagnostics) = read("evil\u{1b}]0;name\u{7}.json", text);
        let rendered = render(text, &diagnostics, Colour::Never);
        assert!(!diagnostics.is_empty());
        assert!(rendered.chars().all(|c| c == '\n' || !is_dangerous(c)), "{rendered:?}");
    }

    proptest! {
        #[test]
        fn every_remark_can_be_rendered(fragments in prop::collection::vec(FRAGMENT, 0..20)) {
            let text = fragments.concat();
            let (_, diagnostics) = read("t", &text);
            let rendered = render(&text, &diagnostics, Colour::Never);
            prop_assert!(rendered.chars().all(|c| c == '\n' || !is_dangerous(c)), "{rendered:?}");
        }
    }

    /// Pieces of schemas, or anything.
    const FRAGMENT: &str =
        r"\{ 'command': |'a'|'é\t|\}|##\n|\r\n|, |\[|\PC|.|\{ 'struct': 'S', 'base': 'S' \}\n";
}
