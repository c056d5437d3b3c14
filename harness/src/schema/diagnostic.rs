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
