//! Reading expressions as what they should be: strings, flags, objects with certain keys.
//!
//! Each function reports what is wrong and gives `None`; a value that the parser could not read is `None`
//! without a further word.

use super::Context;
use super::names::did_you_mean;
use crate::schema::parser::{Entry, Expression, ExpressionKind, Object};
use crate::text::Span;

impl ExpressionKind {
    fn describe(&self) -> &'static str {
        match self {
            Self::Object(_) => "an object",
            Self::Array(_) => "an array",
            Self::String(_) => "a string",
            Self::Bool(_) => "a boolean",
            Self::Unreadable => "something unreadable",
        }
    }
}

impl Context<'_> {
    /// `what` must be a string.
    pub(super) fn string<'e>(&mut self, what: &str, value: &'e Expression) -> Option<&'e str> {
        match &value.kind {
            ExpressionKind::String(string) => Some(string),
            _ => self.wrong_kind(what, value, "a string", "write it in single quotes"),
        }
    }

    /// `what` must be `true` or `false`.
    pub(super) fn boolean(&mut self, what: &str, value: &Expression) -> Option<bool> {
        match value.kind {
            ExpressionKind::Bool(flag) => Some(flag),
            _ => self.wrong_kind(what, value, "`true` or `false`", "write `true` or `false` without quotes"),
        }
    }

    /// `what` must be an object.
    pub(super) fn object<'e>(&mut self, what: &str, value: &'e Expression) -> Option<&'e Object> {
        match &value.kind {
            ExpressionKind::Object(object) => Some(object),
            _ => self.wrong_kind(what, value, "an object", "write `{ 'name': 'type' }`"),
        }
    }

    /// `what` must be an array.
    pub(super) fn array<'e>(&mut self, what: &str, value: &'e Expression) -> Option<&'e [Expression]> {
        match &value.kind {
            ExpressionKind::Array(elements) => Some(elements),
            _ => self.wrong_kind(what, value, "an array", "write `[ 'first', 'second' ]`"),
        }
    }

    /// `what` is not what it should be.
    pub(super) fn wrong_kind<T>(
        &mut self,
        what: &str,
        value: &Expression,
        wanted: &str,
        help: &str,
    ) -> Option<T> {
        if !matches!(value.kind, ExpressionKind::Unreadable) {
            let found = value.kind.describe();
            let remark =
                self.remarks.error("wrong-kind", value.span, format!("{what} must be {wanted}, not {found}"));
            remark.label(format!("expected {wanted}")).help(help);
        }
        None
    }

    /// All keys of `object` must be among `allowed`.
    pub(super) fn known_keys(&mut self, what: &str, object: &Object, allowed: &[&str]) {
        for entry in &object.entries {
            if allowed.contains(&entry.key.as_str()) {
                continue;
            }
            let help = did_you_mean(&entry.key, allowed.iter().copied(), || {
                format!("known keys: {}", list(allowed))
            });
            let message = format!("unknown key `{}` in {what}", entry.key);
            self.remarks.error("unknown-key", entry.key_span, message).help(help);
        }
    }

    /// The member of this key, which must be there.
    pub(super) fn required<'e>(
        &mut self,
        what: &str,
        object: &'e Object,
        key: &str,
        span: Span,
    ) -> Option<&'e Entry> {
        let entry = object.entry(key);
        if entry.is_none() {
            let remark = self.remarks.error("missing-key", span, format!("{what} lacks `{key}`"));
            remark.help(format!("add `'{key}': …`"));
        }
        entry
    }
}

/// The names in the words of a message.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
