//! Strings that are no value of the enum.

use crate::generate::Purpose;
use crate::generate::sites::{Site, sites};
use crate::generate::values::{Amount, Edit};
use crate::generate::variant::{Ground, Variant};
use crate::schema::{Command, Definition, Schema, TypeRef};
use crate::text::Node;

/// At each site of an enum, strings that it does not list.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let mut variants = Vec::new();
    for site in sites(ground.schema, command) {
        for (word, text) in strangers(ground.schema, &site) {
            let name = format!("enum-{}-{word}", site.name());
            let plan = (Amount::Most, site.route.clone(), Edit::Replace(Node::String(text)));
            let variant = Variant::edited(ground, command, name, Purpose::Invalid, plan);
            variants.push(variant.quick_if(word == "unknown"));
        }
    }
    variants
}

fn strangers(schema: &Schema, site: &Site<'_>) -> Vec<(&'static str, String)> {
    let TypeRef::Named(name) = &site.ty else { return Vec::new() };
    let Some(Definition::Enum(known)) = schema.definition(name).map(|found| &found.definition) else {
        return Vec::new();
    };
    let mut strangers = vec![("unknown", "qgaspec-unknown".to_owned()), ("empty", String::new())];
    if let Some(first) = known.values.first().map(|value| &value.name) {
        strangers.extend([
            ("upper-case", first.to_uppercase()),
            ("blank-behind", format!("{first} ")),
            ("nul-behind", format!("{first}\0")),
            ("cut", first.chars().skip(1).collect()),
            ("index", "0".to_owned()),
        ]);
    }
    let dashed = known.values.iter().map(|value| value.name.replace('-', "_"));
    strangers.extend(dashed.filter(|name| name.contains('_')).take(1).map(|name| ("underscores", name)));
    strangers.retain(|(_, text)| !known.values.iter().any(|value| value.name == *text));
    let mut unique: Vec<(&str, String)> = Vec::new();
    for (name, text) in strangers {
        if !unique.iter().any(|(_, other)| *other == text) {
            unique.push((name, text));
        }
    }
    unique
}
