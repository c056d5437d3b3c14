//! Pragmas: rules that a schema relaxes for itself.

use std::collections::HashSet;

use super::Context;
use crate::schema::parser::{Entry, Expression};

/// All pragmas of a text; where they stand makes no difference.
#[derive(Debug, Default)]
pub(super) struct Pragmas {
    /// Every definition has documentation.
    pub(super) doc_required: bool,
    /// Commands whose names may have `_` and capitals.
    pub(super) command_names: HashSet<String>,
    /// Commands that may return something else than an object.
    pub(super) command_returns: HashSet<String>,
    /// Types whose members' names may have `_` and capitals.
    pub(super) member_names: HashSet<String>,
}

const KEYS: [&str; 7] = [
    "doc-required",
    "command-name-exceptions",
    "command-returns-exceptions",
    "documentation-exceptions",
    "member-name-exceptions",
    "name-case-whitelist",
    "returns-whitelist",
];

/// Reads the value of one `pragma` expression.
pub(super) fn read(context: &mut Context<'_>, value: &Expression) {
    let Some(object) = context.object("`pragma`", value) else { return };
    context.known_keys("a pragma", object, &KEYS);
    for entry in &object.entries {
        read_one(context, entry);
    }
}

fn read_one(context: &mut Context<'_>, entry: &Entry) {
    let what = format!("`{}`", entry.key);
    match entry.key.as_str() {
        "doc-required" => {
            if let Some(required) = context.boolean(&what, &entry.value) {
                context.pragmas.doc_required = required;
            }
        }
        "command-name-exceptions" => {
            let names = names(context, &what, &entry.value);
            context.pragmas.command_names.extend(names);
        }
        "command-returns-exceptions" | "returns-whitelist" => {
            let names = names(context, &what, &entry.value);
            context.pragmas.command_returns.extend(names);
        }
        "member-name-exceptions" | "name-case-whitelist" => {
            let names = names(context, &what, &entry.value);
            context.pragmas.member_names.extend(names);
        }
        // That members lack documentation is no concern of ours; the shape still is.
        "documentation-exceptions" => drop(names(context, &what, &entry.value)),
        // An unknown key; that has been reported.
        _ => {}
    }
}

fn names(context: &mut Context<'_>, what: &str, value: &Expression) -> Vec<String> {
    let elements = context.array(what, value).unwrap_or_default();
    let what = format!("an element of {what}");
    elements.iter().filter_map(|element| context.string(&what, element).map(str::to_owned)).collect()
}
