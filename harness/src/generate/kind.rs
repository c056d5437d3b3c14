//! The JSON types, and which of them a schema type accepts.

use crate::schema::{Builtin, Definition, Schema, TypeRef};

/// A JSON type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JsonKind {
    Null,
    Boolean,
    Number,
    String,
    Array,
    Object,
}

impl JsonKind {
    pub(super) const ALL: [Self; 6] =
        [Self::Null, Self::Boolean, Self::Number, Self::String, Self::Array, Self::Object];
}

/// The JSON types that values of this type have. A type that is not defined accepts everything.
pub(super) fn accepted(schema: &Schema, ty: &TypeRef) -> Vec<JsonKind> {
    let mut kinds = Vec::new();
    collect(schema, ty, ALTERNATES, &mut kinds);
    kinds
}

/// How many alternates within alternates are followed; the language itself allows none.
const ALTERNATES: usize = 4;

fn collect(schema: &Schema, ty: &TypeRef, alternates: usize, kinds: &mut Vec<JsonKind>) {
    let name = match ty {
        TypeRef::Builtin(builtin) => return kinds.extend_from_slice(of_builtin(*builtin)),
        TypeRef::Array(_) => return kinds.push(JsonKind::Array),
        TypeRef::Named(name) => name,
    };
    match schema.definition(name).map(|found| &found.definition) {
        None => kinds.extend(JsonKind::ALL),
        Some(Definition::Struct(_) | Definition::Union(_)) => kinds.push(JsonKind::Object),
        Some(Definition::Enum(_)) => kinds.push(JsonKind::String),
        Some(Definition::Alternate(alternate)) => {
            for branch in alternate.branches.iter().filter(|_| alternates > 0) {
                collect(schema, &branch.ty, alternates - 1, kinds);
            }
        }
    }
}

fn of_builtin(builtin: Builtin) -> &'static [JsonKind] {
    match builtin {
        Builtin::Str | Builtin::QType => &[JsonKind::String],
        Builtin::Bool => &[JsonKind::Boolean],
        Builtin::Null => &[JsonKind::Null],
        Builtin::Any => &JsonKind::ALL,
        Builtin::Number
        | Builtin::Int
        | Builtin::Int8
        | Builtin::Int16
        | Builtin::Int32
        | Builtin::Int64
        | Builtin::Uint8
        | Builtin::Uint16
        | Builtin::Uint32
        | Builtin::Uint64
        | Builtin::Size => &[JsonKind::Number],
    }
}
