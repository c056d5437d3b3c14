//! Arguments, and members within arguments, that the schema does not know.

use crate::generate::sites::{Site, sites};
use crate::generate::values::{Amount, Edit};
use crate::generate::variant::{Ground, Variant};
use crate::generate::vocabulary::STRANGER;
use crate::generate::{Effort, Purpose};
use crate::schema::{Command, Schema};
use crate::text::Node;

/// A stranger beside correct arguments, in each object within them, and each argument under a similar name.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let mut variants = Vec::new();
    for (name, amount, key, value) in [
        ("unknown", Amount::Least, "qgaspec-unknown", Node::Int(1)),
        ("unknown-null", Amount::Least, "qgaspec-unknown", Node::Null),
        ("unknown-beside-all", Amount::Most, "qgaspec-unknown", Node::string("x")),
        ("unknown-empty-name", Amount::Least, "", Node::Bool(true)),
        ("unknown-execute", Amount::Least, "execute", Node::string(STRANGER)),
    ] {
        let plan = (amount, Vec::new(), Edit::Add(key, value));
        let variant = Variant::edited(ground, command, name, Purpose::Invalid, plan);
        variants.push(variant.quick_if(name == "unknown"));
    }
    // Names with two underscores in front are for downstream extensions.
    let reserved = (Amount::Least, Vec::new(), Edit::Add("__invalid.qgaspec_unknown", Node::Int(1)));
    variants.push(Variant::edited(ground, command, "unknown-downstream", Purpose::Open, reserved));
    for site in sites(ground.schema, command) {
        if site.is_object(ground.schema) {
            let name = format!("unknown-in-{}", site.name());
            let plan = (Amount::Most, site.route.clone(), Edit::Add("qgaspec-unknown", Node::Int(1)));
            let variant = Variant::edited(ground, command, name, Purpose::Invalid, plan);
            variants.push(variant.effort(Effort::Quick));
        }
        for (how, similar) in similar_names(ground.schema, command, &site) {
            let name = format!("renamed-{}-{how}", site.name());
            let plan = (Amount::Most, site.route.clone(), Edit::Rename(similar));
            variants.push(Variant::edited(ground, command, name, Purpose::Invalid, plan));
        }
    }
    variants
}

/// Names that careless code takes for the member's.
fn similar_names(schema: &Schema, command: &Command, site: &Site<'_>) -> Vec<(&'static str, String)> {
    if !site.is_member() {
        return Vec::new();
    }
    let name = site.member;
    let similar = [
        ("upper-case", name.to_uppercase()),
        ("underscores", name.replace('-', "_")),
        ("blank-behind", format!("{name} ")),
        ("nul-behind", format!("{name}\0")),
        ("longer", format!("{name}x")),
    ];
    // Any member of this name, wherever it is, could make the changed request valid.
    let exists = |other: &str| {
        command.argument(other).is_some() || sites(schema, command).iter().any(|site| site.member == other)
    };
    similar.into_iter().filter(|(_, other)| !exists(other)).collect()
}
