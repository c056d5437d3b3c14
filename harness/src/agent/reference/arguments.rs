//! Access to a command's arguments by name and type.
//!
//! The arguments were checked against the schema before, so every function finds what it wants. Only when a
//! fault let something pass that it should not have, a value has to be made of what is there, as a careless
//! agent would: then a number is parsed, cut or wrapped, and what is missing is the zero of its type.

use crate::text::{Json, Kind};

/// The arguments of one request, or an object within them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arguments<'a>(Option<&'a Json<'a>>);

impl<'a> Arguments<'a> {
    /// The members of this object; none of `None`.
    pub(super) fn new(object: Option<&'a Json<'a>>) -> Self {
        Self(object)
    }

    /// Whether there are none.
    pub(super) fn is_empty(self) -> bool {
        self.0.is_none_or(|object| object.members().is_empty())
    }

    /// The value as it was sent.
    pub(super) fn value(self, name: &str) -> Option<&'a Json<'a>> {
        self.0?.member(name)
    }

    /// A mandatory integer.
    pub(super) fn int(self, name: &str) -> i64 {
        self.optional_int(name).unwrap_or_default()
    }

    /// An optional integer.
    pub(super) fn optional_int(self, name: &str) -> Option<i64> {
        self.value(name).and_then(int)
    }

    /// A mandatory integer without sign.
    pub(super) fn unsigned(self, name: &str) -> u64 {
        let integer = self.value(name).and_then(Json::as_number).and_then(|number| number.as_i128());
        integer.map_or(self.int(name).cast_unsigned(), |integer| integer.cast_unsigned() as u64)
    }

    /// A boolean, which is false if it is not there.
    pub(super) fn flag(self, name: &str) -> bool {
        self.value(name).and_then(Json::as_bool).unwrap_or_default()
    }

    /// A mandatory string.
    pub(super) fn text(self, name: &str) -> String {
        self.optional_text(name).unwrap_or_default()
    }

    /// An optional string.
    pub(super) fn optional_text(self, name: &str) -> Option<String> {
        self.value(name).and_then(text)
    }

    /// An optional list of strings.
    pub(super) fn optional_texts(self, name: &str) -> Option<Vec<String>> {
        Some(self.value(name)?.as_array()?.iter().filter_map(text).collect())
    }

    /// A mandatory list of objects.
    pub(super) fn objects(self, name: &str) -> impl Iterator<Item = Self> + use<'a> {
        let items = self.value(name).and_then(Json::as_array).unwrap_or_default();
        items.iter().map(|item| Self(Some(item)))
    }
}

fn text(value: &Json<'_>) -> Option<String> {
    Some(match &value.kind {
        Kind::String(text) => String::from_utf8_lossy(&text.decoded()).into_owned(),
        Kind::Number(number) => number.spelling.to_owned(),
        Kind::Bool(flag) => flag.to_string(),
        Kind::Null | Kind::Array(_) | Kind::Object(_) => return None,
    })
}

fn int(value: &Json<'_>) -> Option<i64> {
    match &value.kind {
        Kind::Number(number) => Some(match number.as_i128() {
            Some(integer) => integer as i64,
            None => number.as_f64() as i64,
        }),
        Kind::String(text) => Some(text.to_str().and_then(|text| text.parse().ok()).unwrap_or_default()),
        Kind::Bool(flag) => Some(i64::from(*flag)),
        Kind::Null | Kind::Array(_) | Kind::Object(_) => None,
    }
}
