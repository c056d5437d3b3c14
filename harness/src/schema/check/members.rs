//! Lists of members, branches and enum values, and the types that they use.

use std::collections::HashMap;

use super::condition::{condition_of, features_of};
use super::names::{NameKind, check_name, munged};
use super::{Context, Role, Use};
use crate::schema::model::{Branch, Builtin, Condition, EnumValue, Feature, Member, TypeRef};
use crate::schema::parser::{Entry, Expression, ExpressionKind};
use crate::text::Span;

/// The members that `value`, an inline object, declares for `owner`.
pub(super) fn members(context: &mut Context<'_>, owner: &str, what: &str, value: &Expression) -> Vec<Member> {
    let Some(object) = context.object(what, value) else { return Vec::new() };
    let mut seen = Names::new(NameKind::Member);
    let mut members = Vec::new();
    for entry in object.entries.iter().filter(|entry| !entry.repeated) {
        let (name, optional) = match entry.key.strip_prefix('*') {
            Some(name) => (name, true),
            None => (entry.key.as_str(), false),
        };
        seen.add(context, owner, name, entry.key_span);
        let Some(usage) = usage(context, "a member", entry, Role::Member) else { continue };
        members.push(Member {
            name: name.to_owned(),
            optional,
            ty: usage.ty,
            condition: usage.condition,
            features: usage.features,
            place: context.place(entry.key_span),
        });
    }
    members
}

/// The branches of the union or alternate `owner`.
pub(super) fn branches(
    context: &mut Context<'_>,
    owner: &str,
    value: &Expression,
    role: Role,
) -> Vec<Branch> {
    let Some(object) = context.object("`data`", value) else { return Vec::new() };
    if object.entries.is_empty() {
        no_branches(context, owner, value.span);
    }
    let mut seen = Names::new(NameKind::Branch);
    let mut branches = Vec::new();
    for entry in object.entries.iter().filter(|entry| !entry.repeated) {
        // A branch of a union is named like the enum's value, which has been judged there.
        if role == Role::AlternateBranch {
            seen.add(context, owner, &entry.key, entry.key_span);
        }
        let Some(usage) = usage(context, "a branch", entry, role) else { continue };
        let place = context.place(entry.key_span);
        branches.push(Branch { name: entry.key.clone(), ty: usage.ty, condition: usage.condition, place });
    }
    branches
}

/// The branches of the union `owner`, which has no discriminator and so gives them their names.
pub(super) fn simple_branches(context: &mut Context<'_>, owner: &str, value: &Expression) -> Vec<Branch> {
    let Some(object) = context.object("`data`", value) else { return Vec::new() };
    if object.entries.is_empty() {
        no_branches(context, owner, value.span);
    }
    let mut seen = Names::new(NameKind::EnumValue);
    let mut branches = Vec::new();
    for entry in object.entries.iter().filter(|entry| !entry.repeated) {
        let fresh = seen.add(context, owner, &entry.key, entry.key_span);
        let Some(usage) = usage(context, "a branch", entry, Role::Wrapped).filter(|_| fresh) else {
            continue;
        };
        let place = context.place(entry.key_span);
        branches.push(Branch { name: entry.key.clone(), ty: usage.ty, condition: usage.condition, place });
    }
    branches
}

fn no_branches(context: &mut Context<'_>, owner: &str, span: Span) {
    let remark = context.remarks.error("empty-branches", span, format!("`{owner}` has no branches"));
    remark.help("name at least one branch and its type");
}

/// The values of the enum `owner`.
pub(super) fn enum_values(context: &mut Context<'_>, owner: &str, value: &Expression) -> Vec<EnumValue> {
    let elements = context.array("`data`", value).unwrap_or_default();
    let mut seen = Names::new(NameKind::EnumValue);
    let mut values = Vec::new();
    for element in elements {
        let Some(value) = enum_value(context, element) else { continue };
        if seen.add(context, owner, &value.name, element.span) {
            values.push(value);
        }
    }
    values
}

/// `'name'` or `{ 'name': 'name', … }`.
fn enum_value(context: &mut Context<'_>, value: &Expression) -> Option<EnumValue> {
    let ExpressionKind::Object(object) = &value.kind else {
        let name = context.string("an enum value", value)?.to_owned();
        return Some(EnumValue { name, condition: None, features: Vec::new() });
    };
    context.known_keys("an enum value", object, &["name", "if", "features"]);
    let name = context.required("an enum value", object, "name", value.span)?;
    let name = context.string("`name`", &name.value)?.to_owned();
    Some(EnumValue { name, condition: condition_of(context, object), features: features_of(context, object) })
}

/// The names of one list, which must all differ.
struct Names {
    kind: NameKind,
    seen: HashMap<String, Span>,
}

impl Names {
    fn new(kind: NameKind) -> Self {
        Self { kind, seen: HashMap::new() }
    }

    /// Judges a name by itself and beside those before it; false if it is already there.
    fn add(&mut self, context: &mut Context<'_>, owner: &str, name: &str, span: Span) -> bool {
        let exempt = context.pragmas.member_names.contains(owner);
        check_name(context, self.kind, name, span, exempt);
        let Some(first) = self.seen.get(&munged(name)) else {
            self.seen.insert(munged(name), span);
            return true;
        };
        let (code, message) = match self.kind {
            NameKind::EnumValue => ("duplicate-value", format!("the value `{name}` occurs twice")),
            _ => ("member-clash", format!("`{name}` has the name of an earlier member")),
        };
        let remark = context.remarks.error(code, span, message);
        remark.related(*first, "first here").help("names must differ in more than `-`, `_` and `*`");
        false
    }
}

/// What stands behind the name of a member or branch.
struct Usage {
    ty: TypeRef,
    condition: Option<Condition>,
    features: Vec<Feature>,
}

fn usage(context: &mut Context<'_>, what: &str, entry: &Entry, role: Role) -> Option<Usage> {
    let ExpressionKind::Object(object) = &entry.value.kind else {
        let ty = type_ref(context, &entry.value, role)?;
        return Some(Usage { ty, condition: None, features: Vec::new() });
    };
    // What a branch adds are members, and these may have features.
    let is_branch = matches!(role, Role::UnionBranch | Role::AlternateBranch | Role::Wrapped);
    let keys: &[&str] = if is_branch { &["type", "if"] } else { &["type", "if", "features"] };
    context.known_keys(what, object, keys);
    let (condition, features) = (condition_of(context, object), features_of(context, object));
    let ty = context.required(what, object, "type", entry.value.span)?;
    let ty = type_ref(context, &ty.value, role)?;
    Some(Usage { ty, condition, features })
}

/// `'Type'` or `[ 'Type' ]`. Whether the type exists and fits is seen when all are known.
pub(super) fn type_ref(context: &mut Context<'_>, value: &Expression, role: Role) -> Option<TypeRef> {
    let ty = match &value.kind {
        ExpressionKind::String(name) => named(name),
        ExpressionKind::Array(elements) => match elements.as_slice() {
            [Expression { kind: ExpressionKind::String(name), .. }] => TypeRef::Array(Box::new(named(name))),
            [Expression { kind: ExpressionKind::Unreadable, .. }] => return None,
            _ => {
                let remark =
                    context.remarks.error("bad-array", value.span, "an array type names exactly one type");
                remark.help("write `[ 'Type' ]`; arrays of arrays need a struct in between");
                return None;
            }
        },
        ExpressionKind::Object(_) | ExpressionKind::Bool(_) | ExpressionKind::Unreadable => {
            return context.wrong_kind("a type", value, "a name or an array", "write 'Type' or [ 'Type' ]");
        }
    };
    context.uses.push(Use { ty: ty.clone(), span: value.span, role });
    Some(ty)
}

fn named(name: &str) -> TypeRef {
    Builtin::from_name(name).map_or_else(|| TypeRef::Named(name.to_owned()), TypeRef::Builtin)
}
