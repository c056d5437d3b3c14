//! What the reader has to say about a schema text. Rendering is the command line's business.

use std::sync::Arc;

use crate::text::Span;

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
    /// A second place that explains the first, such as an earlier definition.
    pub related: Option<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
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
    pub(super) fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }
}

/// The remarks of one reading, as the layers of the reader make them.
#[derive(Debug)]
pub(super) struct Remarks {
    source: Arc<str>,
    list: Vec<Diagnostic>,
    /// Where remarks past the limit are built, and forgotten.
    surplus: Option<Diagnostic>,
}

impl Remarks {
    /// Nobody reads more; a text that is no schema at all would otherwise have one remark for each word.
    const LIMIT: usize = 200;

    pub(super) fn new(source_name: &str) -> Self {
        Self { source: Arc::from(source_name), list: Vec::new(), surplus: None }
    }

    pub(super) fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// Whether further remarks are dropped, so that costly ones need not be prepared.
    pub(super) fn is_full(&self) -> bool {
        self.list.len() >= Self::LIMIT
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

    fn push(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        message: String,
    ) -> &mut Diagnostic {
        let source = Arc::clone(&self.source);
        let diagnostic =
            Diagnostic { severity, code, message, source, span, label: None, related: None, help: None };
        if self.is_full() {
            return self.surplus.insert(diagnostic);
        }
        self.list.push(diagnostic);
        self.list.last_mut().expect("one was pushed just now")
    }

    /// All remarks in the order of the text.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| diagnostic.span);
        if let Some(mut last) = self.surplus {
            last.severity = Severity::Error;
            last.code = "too-many-remarks";
            last.message = format!("more than {} remarks, the rest is left out", Self::LIMIT);
            last.label = None;
            last.related = None;
            last.help = Some("is this a QAPI schema? otherwise start with the first remark".to_owned());
            self.list.push(last);
        }
        self.list
    }
}
