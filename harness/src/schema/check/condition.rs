//! `if` and `features`: when a part of the schema exists, and the flags that clients may look for.

use super::Context;
use super::names::{NameKind, check_name};
use crate::schema::model::{Condition, Feature};
use crate::schema::parser::{Expression, ExpressionKind, Object};

/// The keys of a condition that is a tree.
const OPERATORS: [&str; 3] = ["all", "any", "not"];

/// What `if` says about the definition, member or value that `object` is.
pub(super) fn condition_of(context: &mut Context<'_>, object: &Object) -> Option<Condition> {
    object.entry("if").and_then(|entry| condition(context, &entry.value))
}

fn condition(context: &mut Context<'_>, value: &Expression) -> Option<Condition> {
    match &value.kind {
        ExpressionKind::String(symbol) if symbol.trim().is_empty() => {
            let remark = context.remarks.error("bad-condition", value.span, "this condition is empty");
            remark.help("name a configuration symbol, or remove the `if`");
            None
        }
        ExpressionKind::String(symbol) => Some(Condition::Symbol(symbol.clone())),
        // Before 6.2 a list meant that all of it must hold.
        ExpressionKind::Array(_) => conditions(context, value).map(Condition::All),
        ExpressionKind::Object(object) => tree(context, value, object),
        ExpressionKind::Bool(_) | ExpressionKind::Unreadable => context.wrong_kind(
            "a condition",
            value,
            "a symbol or an object",
            "write 'CONFIG_X', or an object with one of `all`, `any`, `not`",
        ),
    }
}

fn tree(context: &mut Context<'_>, value: &Expression, object: &Object) -> Option<Condition> {
    context.known_keys("a condition", object, &OPERATORS);
    let [entry] = object.entries.as_slice() else {
        let remark =
            context.remarks.error("bad-condition", value.span, "a condition has exactly one operator");
        remark.help("write one of `all`, `any`, `not`, and nest conditions to combine them");
        return None;
    };
    match entry.key.as_str() {
        "all" => conditions(context, &entry.value).map(Condition::All),
        "any" => conditions(context, &entry.value).map(Condition::Any),
        "not" => condition(context, &entry.value).map(|inner| Condition::Not(Box::new(inner))),
        _ => None,
    }
}

fn conditions(context: &mut Context<'_>, value: &Expression) -> Option<Vec<Condition>> {
    let elements = context.array("a list of conditions", value)?;
    if elements.is_empty() {
        let remark = context.remarks.error("bad-condition", value.span, "this list of conditions is empty");
        remark.help("name at least one configuration symbol");
        return None;
    }
    elements.iter().map(|element| condition(context, element)).collect()
}

/// What `features` says about the definition, member or value that `object` is.
pub(super) fn features_of(context: &mut Context<'_>, object: &Object) -> Vec<Feature> {
    let Some(entry) = object.entry("features") else { return Vec::new() };
    let elements = context.array("`features`", &entry.value).unwrap_or_default();
    let mut features: Vec<Feature> = Vec::new();
    for element in elements {
        let Some((name, condition)) = name_and_condition(context, "a feature", element) else { continue };
        check_name(context, NameKind::Feature, name, element.span, false);
        if features.iter().any(|feature| feature.name == name) {
            let remark = context.remarks.error(
                "duplicate-feature",
                element.span,
                format!("feature `{name}` occurs twice"),
            );
            remark.help("remove one of the two");
            continue;
        }
        features.push(Feature { name: name.to_owned(), condition });
        // More than any schema has; it keeps the search above short.
        if features.len() == MAX_FEATURES {
            break;
        }
    }
    if elements.len() > MAX_FEATURES {
        let message = format!("more than {MAX_FEATURES} features");
        context
            .remarks
            .error("too-many-features", entry.value.span, message)
            .help("a definition has at most 64 features");
    }
    features
}

/// As many as QEMU's own tools allow.
const MAX_FEATURES: usize = 64;

/// `'name'` or `{ 'name': 'name', 'if': … }`.
fn name_and_condition<'e>(
    context: &mut Context<'_>,
    what: &str,
    value: &'e Expression,
) -> Option<(&'e str, Option<Condition>)> {
    match &value.kind {
        ExpressionKind::Object(object) => {
            context.known_keys(what, object, &["name", "if"]);
            let name = context.required(what, object, "name", value.span)?;
            let name = context.string("`name`", &name.value)?;
            Some((name, condition_of(context, object)))
        }
        _ => context.string(what, value).map(|name| (name, None)),
    }
}
