//! `if` and `features`: when a part of the schema exists, and the flags that clients may look for.

use super::Context;
use super::names::{NameKind, check_name};
use crate::schema::model::{Condition, Feature};
use crate::schema::parser::{Expression, ExpressionKind, Object};
use crate::text::Span;

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
        ExpressionKind::String(symbol) => {
            check_symbol(context, symbol, value.span);
            Some(Condition::Symbol(symbol.clone()))
        }
        ExpressionKind::Array(_) => {
            let message = "a list is the old form of `all`";
            let remark = context.remarks.outdated("old-condition", value.span, message);
            remark.help("write `{ 'all': [ … ] }`");
            conditions(context, value).map(Condition::All)
        }
        ExpressionKind::Object(object) => tree(context, value, object),
        ExpressionKind::Bool(_) | ExpressionKind::Unreadable => context.wrong_kind(
            "a condition",
            value,
            "a symbol or an object",
            "write 'CONFIG_X', or an object with one of `all`, `any`, `not`",
        ),
    }
}

/// A symbol is one word in capitals. Before 6.2 it was an expression of C.
fn check_symbol(context: &mut Context<'_>, symbol: &str, span: Span) {
    let capital = |c: char| c.is_ascii_uppercase();
    let fine = |c: char| capital(c) || c.is_ascii_digit() || c == '_';
    if symbol.starts_with(capital) && symbol.chars().all(fine) {
        return;
    }
    if symbol.contains("defined(") {
        let remark = context.remarks.warning("old-condition", span, "this condition is an expression of C");
        remark.help("name the symbol alone, and combine symbols with `all`, `any` and `not`");
    } else {
        let remark = context.remarks.error("bad-condition", span, "this is no configuration symbol");
        remark.help("symbols consist of capitals, digits and `_`, such as CONFIG_X");
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

/// Features of a type. What becomes of a type shows in what uses it, so these are not said of types.
pub(super) fn type_features(context: &mut Context<'_>, object: &Object) -> Vec<Feature> {
    let features = features_of(context, object);
    let special = features.iter().find(|feature| ["deprecated", "unstable"].contains(&feature.name.as_str()));
    if let (Some(feature), Some(entry)) = (special, object.entry("features")) {
        let message = format!("a type cannot be `{}`", feature.name);
        let remark = context.remarks.error("misplaced-feature", entry.value.span, message);
        remark.help("say it of the commands, events, members and values that use the type");
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
