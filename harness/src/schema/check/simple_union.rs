//! Unions without a discriminator of their own, which the language had until 6.2.
//!
//! On the wire such a union is `{ "type": branch, "data": value }`. It is turned into what replaced it: an
//! enum of the branches, a struct around each branch's type, and a union of these.

use super::condition::condition_of;
use super::define::{Source, type_def};
use super::members::simple_branches;
use super::names::NameKind;
use super::{Context, Draft, register};
use crate::schema::model::{
    Branch, Definition, Doc, Enum, EnumValue, Member, Struct, TypeDef, TypeRef, Union,
};
use crate::schema::parser::Object;

/// Whether a union is one of these.
pub(super) fn is_simple(object: &Object) -> bool {
    object.entry("discriminator").is_none()
        && object.entry("base").is_none()
        && object.entry("data").is_some()
}

/// The union, its enum and its structs.
pub(super) fn define(context: &mut Context<'_>, draft: &mut Draft, source: Source<'_>) {
    let Source { name, object, span, .. } = source;
    let named = object.entry("union").map_or(span, |entry| entry.value.span);
    let remark = context.remarks.outdated("simple-union", named, format!("`{name}` has no discriminator"));
    remark
        .help("add `discriminator` and a `base` that declares it, and put each branch's type into a struct");
    let Some(data) = object.entry("data") else { return };
    let branches = simple_branches(context, name, &data.value);
    let kind = format!("{name}Kind");
    register(context, NameKind::Type, &kind, span);
    let implied = |name: String, definition: Definition, condition| TypeDef {
        name,
        definition,
        condition,
        features: Vec::new(),
        doc: Doc::default(),
        place: source.place.clone(),
    };
    let value = |branch: &Branch| EnumValue {
        name: branch.name.clone(),
        condition: branch.condition.clone(),
        features: Vec::new(),
    };
    let values = Enum { values: branches.iter().map(value).collect(), prefix: None };
    draft.push_type(
        implied(kind.clone(), Definition::Enum(values), condition_of(context, object)),
        None,
        None,
    );
    let mut selected = Vec::new();
    for branch in branches {
        let wrapper = wrapper_name(&branch.ty);
        if !context.names.contains_key(&wrapper) {
            context.names.insert(wrapper.clone(), branch.place.span);
            let members = vec![member("data", branch.ty, &branch.place)];
            let definition = Definition::Struct(Struct { members, base: None });
            draft.push_type(implied(wrapper.clone(), definition, None), None, None);
        }
        selected.push(Branch { ty: TypeRef::Named(wrapper), ..branch });
    }
    let base = vec![member("type", TypeRef::Named(kind), &source.place)];
    let union = Union { base, discriminator: "type".to_owned(), branches: selected };
    draft.push_type(type_def(context, source, Definition::Union(union)), None, None);
}

/// The name that QEMU's tools gave to the struct around a type. No schema can define it, since names of types
/// hold no `-`.
fn wrapper_name(ty: &TypeRef) -> String {
    match ty {
        TypeRef::Array(element) => format!("q_obj_{element}List-wrapper"),
        TypeRef::Builtin(_) | TypeRef::Named(_) => format!("q_obj_{ty}-wrapper"),
    }
}

fn member(name: &str, ty: TypeRef, place: &crate::schema::Place) -> Member {
    Member {
        name: name.to_owned(),
        optional: false,
        ty,
        condition: None,
        features: Vec::new(),
        place: place.clone(),
    }
}
