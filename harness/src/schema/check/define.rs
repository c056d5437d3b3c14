//! One definition at a time: its keys, its flags, its parts. What needs other definitions comes later, in
//! `resolve`.

use super::condition::{condition_of, features_of, type_features};
use super::members::{branches, enum_values, members, type_ref};
use super::{Context, Role};
use crate::schema::model::{
    Alternate, Command, CommandFlag, Definition, Doc, Enum, Event, Member, Place, Struct, TypeDef, TypeRef,
    Union,
};
use crate::schema::parser::{Entry, Expression, ExpressionKind, Object};
use crate::text::Span;

/// A definition's expression, its name already understood.
pub(super) struct Source<'e> {
    pub(super) name: &'e str,
    pub(super) object: &'e Object,
    pub(super) span: Span,
    pub(super) doc: Doc,
    pub(super) place: Place,
}

/// The base of a struct or union that is a name, and where that stands.
pub(super) type BaseName = Option<(String, Span)>;

/// A command. If its `data` names a type, the arguments come later.
pub(super) fn command(context: &mut Context<'_>, source: Source<'_>) -> Command {
    let Source { name, object, .. } = source;
    flags(context, object);
    let (arguments, data_type) = data(context, &source);
    let returns = object.entry("returns").and_then(|entry| {
        let exempt = context.pragmas.command_returns.contains(name) || has_flag(object, "gen", false);
        type_ref(context, &entry.value, Role::Returns { exempt })
    });
    let is_set = |flag: &CommandFlag| {
        let (key, telling) = flag.key();
        has_flag(object, key, telling)
    };
    Command {
        name: name.to_owned(),
        arguments,
        data_type,
        returns,
        success_response: !has_flag(object, "success-response", false),
        flags: CommandFlag::ALL.into_iter().filter(is_set).collect(),
        condition: condition_of(context, object),
        features: features_of(context, object),
        doc: source.doc,
        place: source.place,
    }
}

/// An event. If its `data` names a type, the members come later.
pub(super) fn event(context: &mut Context<'_>, source: Source<'_>) -> Event {
    let object = source.object;
    flags(context, object);
    let (data, data_type) = data(context, &source);
    Event {
        name: source.name.to_owned(),
        data,
        data_type,
        boxed: has_flag(object, "boxed", true),
        condition: condition_of(context, object),
        features: features_of(context, object),
        doc: source.doc,
        place: source.place,
    }
}

/// `data` of a command or event: members, or the name of a type whose members they are.
fn data(context: &mut Context<'_>, source: &Source<'_>) -> (Vec<Member>, Option<String>) {
    let boxed = source.object.entry("boxed");
    let Some(entry) = source.object.entry("data") else {
        if let Some(boxed) = boxed {
            let remark = context.remarks.error("missing-key", boxed.key_span, "`boxed` without `data`");
            remark.help("name the boxed type in `data`, or remove `boxed`");
        }
        return (Vec::new(), None);
    };
    if matches!(entry.value.kind, ExpressionKind::Object(_)) {
        if let Some(boxed) = boxed.filter(|_| has_flag(source.object, "boxed", true)) {
            let message = "`boxed` data must be a type with a name";
            let remark = context.remarks.error("boxed-members", boxed.key_span, message);
            remark
                .related(entry.value.span, "members are listed here")
                .help("name the type, or remove `boxed`");
        }
        return (members(context, source.name, "`data`", &entry.value), None);
    }
    let role = Role::Data { boxed: has_flag(source.object, "boxed", true) };
    match named_type(context, &entry.value, "`data`", role) {
        Some(name) => (Vec::new(), Some(name)),
        None => (Vec::new(), None),
    }
}

/// The name of a type, where an object could stand as well but no array.
fn named_type(context: &mut Context<'_>, value: &Expression, what: &str, role: Role) -> Option<String> {
    match &value.kind {
        ExpressionKind::String(_) => match type_ref(context, value, role)? {
            TypeRef::Named(name) => Some(name),
            // The role does not allow others; `resolve` says so.
            TypeRef::Builtin(_) | TypeRef::Array(_) => None,
        },
        _ => context.wrong_kind(
            what,
            value,
            "an object or the name of a type",
            "write `{ 'name': 'type' }` or 'Type'",
        ),
    }
}

/// The flags of commands and events. Each has but one value that says something.
fn flags(context: &mut Context<'_>, object: &Object) {
    let all = CommandFlag::ALL.map(CommandFlag::key);
    for (key, telling) in all.into_iter().chain([("success-response", false)]) {
        let Some(entry) = object.entry(key) else { continue };
        let what = format!("`{key}`");
        let help = format!("write `{telling}` without quotes, or remove the key");
        match &entry.value.kind {
            ExpressionKind::Bool(value) if *value == telling => {}
            ExpressionKind::Bool(value) => {
                let message = format!("`{key}: {value}` says nothing");
                let remark = context.remarks.outdated("redundant-flag", entry.key_span, message);
                remark.help("remove it; this is the default");
            }
            ExpressionKind::String(value) if !telling && value == OLD_FALSE => {
                let remark = context.remarks.outdated(
                    "old-flag",
                    entry.value.span,
                    "`'no'` is the old word for `false`",
                );
                remark.help("write `false` without quotes");
            }
            _ => {
                context.wrong_kind::<()>(&what, &entry.value, "`true` or `false`", &help);
            }
        }
    }
    if has_flag(object, "allow-oob", true)
        && let Some(coroutine) = object.entry("coroutine").filter(|_| has_flag(object, "coroutine", true))
    {
        let remark = context.remarks.error(
            "conflicting-flags",
            coroutine.key_span,
            "a coroutine cannot run out of band",
        );
        remark.help("remove `coroutine` or `allow-oob`");
    }
}

fn has_flag(object: &Object, key: &str, value: bool) -> bool {
    match object.entry(key).map(|entry| &entry.value.kind) {
        Some(ExpressionKind::Bool(flag)) => *flag == value,
        Some(ExpressionKind::String(word)) => !value && word == OLD_FALSE,
        _ => false,
    }
}

/// What flags said before 2.4 instead of `false`.
const OLD_FALSE: &str = "no";

/// A struct, and where it names its base.
pub(super) fn structure(context: &mut Context<'_>, source: Source<'_>) -> (TypeDef, BaseName) {
    let own = match context.required("a struct", source.object, "data", source.span) {
        Some(entry) => members(context, source.name, "`data`", &entry.value),
        None => Vec::new(),
    };
    let base = source.object.entry("base").and_then(|entry| {
        let name = context.string("the `base` of a struct", &entry.value)?;
        base_name(context, entry, name)
    });
    let name = base.as_ref().map(|(name, _)| name.clone());
    (type_def(context, source, Definition::Struct(Struct { members: own, base: name })), base)
}

/// An enum.
pub(super) fn enumeration(context: &mut Context<'_>, source: Source<'_>) -> TypeDef {
    let values = match context.required("an enum", source.object, "data", source.span) {
        Some(entry) => enum_values(context, source.name, &entry.value),
        None => Vec::new(),
    };
    let prefix = source.object.entry("prefix").and_then(|entry| context.string("`prefix`", &entry.value));
    let definition = Enum { values, prefix: prefix.map(str::to_owned) };
    type_def(context, source, Definition::Enum(definition))
}

/// A union, the place of its discriminator's name, and where it names its base.
pub(super) fn union(context: &mut Context<'_>, source: Source<'_>) -> (TypeDef, Option<Span>, BaseName) {
    let Source { object, span, .. } = source;
    let discriminator = context.required("a union", object, "discriminator", span);
    let discriminator = discriminator.and_then(|entry| {
        let name = context.string("`discriminator`", &entry.value)?;
        Some((name, entry.value.span))
    });
    let (base, base_named) = match context.required("a union", object, "base", span) {
        Some(entry) => match &entry.value.kind {
            ExpressionKind::String(name) => (Vec::new(), base_name(context, entry, name)),
            _ => (members(context, source.name, "`base`", &entry.value), None),
        },
        None => (Vec::new(), None),
    };
    let branches = match context.required("a union", object, "data", span) {
        Some(entry) => branches(context, source.name, &entry.value, Role::UnionBranch),
        None => Vec::new(),
    };
    let (name, place) = discriminator.map_or(("", None), |(name, place)| (name, Some(place)));
    let definition = Definition::Union(Union { base, discriminator: name.to_owned(), branches });
    (type_def(context, source, definition), place, base_named)
}

/// An alternate.
pub(super) fn alternate(context: &mut Context<'_>, source: Source<'_>) -> TypeDef {
    let branches = match context.required("an alternate", source.object, "data", source.span) {
        Some(entry) => branches(context, source.name, &entry.value, Role::AlternateBranch),
        None => Vec::new(),
    };
    type_def(context, source, Definition::Alternate(Alternate { branches }))
}

fn base_name(context: &mut Context<'_>, entry: &Entry, name: &str) -> BaseName {
    type_ref(context, &entry.value, Role::Base)?;
    Some((name.to_owned(), entry.value.span))
}

/// A type, with what all kinds of types have.
pub(super) fn type_def(context: &mut Context<'_>, source: Source<'_>, definition: Definition) -> TypeDef {
    TypeDef {
        name: source.name.to_owned(),
        definition,
        condition: condition_of(context, source.object),
        features: type_features(context, source.object),
        doc: source.doc,
        place: source.place,
    }
}
