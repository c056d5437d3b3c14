//! Alternates: whether the value itself tells which branch it is.

use std::collections::HashMap;

use super::Context;
use crate::schema::model::{Branch, Builtin, Definition, Schema, TypeRef};
use crate::text::Span;

/// Reports branches that the same value could be.
pub(super) fn check_alternate(context: &mut Context<'_>, schema: &Schema, branches: &[Branch]) {
    let mut first_of: HashMap<JsonType, Span> = HashMap::new();
    for branch in branches {
        let Some(ty) = JsonType::of(schema, &branch.ty) else { continue };
        let place = branch.place.span;
        if let Some(first) = first_of.get(&ty) {
            let message = format!("two branches are both {} in JSON", ty.describe());
            let remark = context.remarks.error("indistinguishable-branches", place, message);
            remark
                .related(*first, "the other one")
                .help("only one branch may have each JSON type; use a union instead");
        } else {
            first_of.insert(ty, place);
        }
    }
    let strings = branches.iter().filter(|branch| JsonType::of(schema, &branch.ty) == Some(JsonType::String));
    for branch in strings {
        let (mut flag, mut number) = words(schema, &branch.ty);
        // Where all input is text, as on a command line, a string may look like the value of another branch.
        for (looks_like, ty) in [(&mut flag, JsonType::Boolean), (&mut number, JsonType::Number)] {
            let (Some(word), Some(other)) = (looks_like.take(), first_of.get(&ty)) else { continue };
            let message = format!("{word} could be {} where all input is text", ty.describe());
            let remark = context.remarks.error("ambiguous-branches", branch.place.span, message);
            remark.related(*other, "the other branch").help("use an enum, with other values, or a union");
        }
    }
}

/// What strings of this type look like a boolean, and what like a number.
fn words(schema: &Schema, ty: &TypeRef) -> (Option<String>, Option<String>) {
    let definition = match ty {
        TypeRef::Named(name) => schema.definition(name).map(|definition| &definition.definition),
        TypeRef::Builtin(_) | TypeRef::Array(_) => None,
    };
    let Some(Definition::Enum(it)) = definition else {
        return (Some("a string".to_owned()), Some("a string".to_owned()));
    };
    let find = |looks: fn(&str) -> bool| {
        let value = it.values.iter().find(|value| looks(&value.name))?;
        Some(format!("the value `{}`", value.name))
    };
    let number = |name: &str| name.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    (find(|name| matches!(name, "on" | "off")), find(number))
}

/// The types that JSON itself tells apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum JsonType {
    Object,
    Array,
    String,
    Number,
    Boolean,
    Null,
}

impl JsonType {
    /// The JSON type of all values of `ty`, if there is but one.
    fn of(schema: &Schema, ty: &TypeRef) -> Option<Self> {
        match ty {
            TypeRef::Array(_) => Some(Self::Array),
            TypeRef::Builtin(Builtin::Any) => None,
            TypeRef::Builtin(Builtin::Str | Builtin::QType) => Some(Self::String),
            TypeRef::Builtin(Builtin::Bool) => Some(Self::Boolean),
            TypeRef::Builtin(Builtin::Null) => Some(Self::Null),
            TypeRef::Builtin(_) => Some(Self::Number),
            TypeRef::Named(name) => match schema.definition(name)?.definition {
                Definition::Struct(_) | Definition::Union(_) => Some(Self::Object),
                Definition::Enum(_) => Some(Self::String),
                Definition::Alternate(_) => None,
            },
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        }
    }
}
