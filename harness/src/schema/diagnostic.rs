//! What the reader has to say about a schema text. Rendering is the command line's business.

use std::sync::Arc;

use super::Dialect;
use super::model::Place;
use crate::text::{LineIndex, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The text was understood, but is old-fashioned or doubtful.
    Warning,
    /// The model lacks something.
    Error,
}

/// One remark about a schema text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Permanent code, such as `undefined-type`.
    pub code: &'static str,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// Name of the source.
    pub source: Arc<str>,
    /// The place that is wrong; it always lies within the text.
    pub span: Span,
    /// A few words shown under the place.
    pub label: Option<String>,
    /// A second place in the same source that explains the first, such as an earlier definition.
    pub related: Option<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at this place.
    pub(crate) fn error(source: &Arc<str>, code: &'static str, span: Span, message: String) -> Self {
        let source = Arc::clone(source);
        let severity = Severity::Error;
        Self { severity, code, message, source, span, label: None, related: None, help: None }
    }

    /// What the reader of TOML says against a text.
    pub(crate) fn toml(source: &Arc<str>, text: &str, error: &toml::de::Error) -> Self {
        let place = error.span().unwrap_or_default();
        let end = place.end.min(text.len());
        Self::error(source, "toml", Span::new(place.start.min(end), end), error.message().to_owned())
    }

    /// Adds the words under the place.
    pub(super) fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// Adds the second place.
    pub(super) fn related(&mut self, span: Span, words: impl Into<String>) -> &mut Self {
        self.related = Some((span, words.into()));
        self
    }

    /// Adds what to do about it.
    pub(crate) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }
}

/// The remarks of one reading, as the layers of the reader make them.
///
/// The reader sees all files of a schema as one text, one behind the other. Places in remarks are places in
/// that text until `finish`.
#[derive(Debug)]
pub(super) struct Remarks {
    dialect: Dialect,
    origins: Vec<Origin>,
    list: Vec<Diagnostic>,
    /// Where remarks past the limit are built, and forgotten.
    surplus: Option<Diagnostic>,
}

/// A file in the text that the reader sees.
#[derive(Debug)]
struct Origin {
    source: Arc<str>,
    /// Where it starts.
    base: usize,
    lines: LineIndex,
}

impl Remarks {
    /// Nobody reads more of one severity; a text that is no schema at all would otherwise have one remark for each word.
    const LIMIT: usize = 200;

    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, origins: Vec::new(), list: Vec::new(), surplus: None }
    }

    /// From `base` on, the text is that of another file.
    pub(super) fn enter(&mut self, source: &str, base: usize, text: &str) {
        let lines = LineIndex::new(text.as_bytes());
        self.origins.push(Origin { source: Arc::from(source), base, lines });
    }

    /// Where a span of the whole text is.
    pub(super) fn place(&self, span: Span) -> Place {
        let Some(origin) = self.origin(span) else {
            return Place { source: Arc::from(""), span, line: 1, column: 1 };
        };
        let span = origin.localise(span);
        let position = origin.lines.position(span.start);
        Place { source: Arc::clone(&origin.source), span, line: position.line, column: position.column }
    }

    fn origin(&self, span: Span) -> Option<&Origin> {
        let entered = self.origins.partition_point(|origin| origin.base <= span.start);
        self.origins[..entered].last()
    }

    /// Whether further errors are dropped, so that costly ones need not be prepared.
    pub(super) fn is_full(&self) -> bool {
        self.is_full_of(Severity::Error)
    }

    fn is_full_of(&self, severity: Severity) -> bool {
        self.list.iter().filter(|diagnostic| diagnostic.severity == severity).count() >= Self::LIMIT
    }

    /// Reports something without which the model is incomplete.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Severity::Error, code, span, message.into())
    }

    /// Reports something doubtful.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Severity::Warning, code, span, message.into())
    }

    /// Reports something that the language had or allowed once, and that the model can express.
    pub(super) fn outdated(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let severity = match self.dialect {
            Dialect::Strict => Severity::Error,
            Dialect::Lenient => Severity::Warning,
        };
        self.push(severity, code, span, message.into())
    }

    fn push(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        message: String,
    ) -> &mut Diagnostic {
        let source = self.origin(span).map_or_else(|| Arc::from(""), |origin| Arc::clone(&origin.source));
        let diagnostic =
            Diagnostic { severity, code, message, source, span, label: None, related: None, help: None };
        if self.is_full_of(severity) {
            // A schema of which nothing is left out but warnings is complete.
            let is_worse = self.surplus.as_ref().is_none_or(|surplus| surplus.severity <= severity);
            let surplus = self.surplus.get_or_insert_with(|| diagnostic.clone());
            if is_worse {
                *surplus = diagnostic;
            }
            return surplus;
        }
        self.list.push(diagnostic);
        self.list.last_mut().expect("one was pushed just now")
    }

    /// All remarks in the order of the text, with their places in the files.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        let mut list = std::mem::take(&mut self.list);
        list.sort_by_key(|diagnostic| diagnostic.span);
        if let Some(mut last) = self.surplus.take() {
            let what = if last.severity == Severity::Error { "errors" } else { "warnings" };
            last.code = "too-many-remarks";
            last.message = format!("more than {} {what}, the rest is left out", Self::LIMIT);
            last.label = None;
            last.related = None;
            last.help = Some("is this a QAPI schema? otherwise start with the first remark".to_owned());
            list.push(last);
        }
        for diagnostic in &mut list {
            self.localise(diagnostic);
        }
        list
    }

    /// A second place in another file cannot be shown beside the first one; words have to do.
    fn localise(&self, diagnostic: &mut Diagnostic) {
        diagnostic.span = self.place(diagnostic.span).span;
        let Some((span, words)) = diagnostic.related.take() else { return };
        let place = self.place(span);
        if place.source == diagnostic.source {
            diagnostic.related = Some((place.span, words));
        } else {
            let words = format!("{words}: {}:{}", place.source, place.line);
            diagnostic.label = Some(match diagnostic.label.take() {
                Some(label) => format!("{label}; {words}"),
                None => words,
            });
        }
    }
}

impl Origin {
    fn localise(&self, span: Span) -> Span {
        Span::new(span.start - self.base, span.end.max(self.base) - self.base)
    }
}
