//! Values of a JSON type that the schema forbids.

use crate::generate::Purpose;
use crate::generate::kind::{JsonKind, accepted};
use crate::generate::sites::{Role, Site, sites};
use crate::generate::values::{Amount, Edit};
use crate::generate::variant::{Ground, Variant};
use crate::generate::vocabulary::{Pool, pool};
use crate::schema::{Command, Schema, TypeRef};
use crate::text::Node;

/// At each site, values of each forbidden JSON type.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let mut variants = Vec::new();
    // What a branch forbids, another may allow; the site of the union or alternate itself covers it.
    for site in sites(ground.schema, command).into_iter().filter(|site| site.role != Role::Branch) {
        for (word, edit, quick) in forbidden(ground.schema, command, &site) {
            let name = format!("type-{}-{word}", site.name());
            let plan = (Amount::Most, site.route.clone(), edit);
            let variant = Variant::edited(ground, command, name, Purpose::Invalid, plan);
            variants.push(variant.quick_if(quick && site.is_argument()));
        }
    }
    variants
}

/// The forbidden values, each with its name and whether it stands for the others in a quick run.
fn forbidden(schema: &Schema, command: &Command, site: &Site<'_>) -> Vec<(&'static str, Edit, bool)> {
    let kinds = accepted(schema, &site.ty);
    // Careless code takes a text for the number in it.
    let digits = if pool(&command.name, site.member) == Some(Pool::Impossible) { "-1" } else { "1" };
    let mut edits = Vec::new();
    for kind in JsonKind::ALL {
        if !kinds.contains(&kind) {
            let (first, others) = samples(kind, digits);
            edits.push((first.0, Edit::Replace(first.1), true));
            edits.extend(others.into_iter().map(|(name, node)| (name, Edit::Replace(node), false)));
        }
    }
    if !kinds.contains(&JsonKind::Array) {
        edits.push(("array-around", Edit::Wrap, false));
    }
    if let TypeRef::Array(item) = &site.ty
        && !accepted(schema, item).contains(&JsonKind::Array)
    {
        edits.push(("item-alone", Edit::Unwrap, false));
    }
    edits
}

type Sample = (&'static str, Node);

fn samples(kind: JsonKind, digits: &str) -> (Sample, Vec<Sample>) {
    let number = |spelling: &str| Node::Number(spelling.to_owned());
    match kind {
        JsonKind::Null => (("null", Node::Null), Vec::new()),
        JsonKind::Boolean => (("true", Node::Bool(true)), vec![("false", Node::Bool(false))]),
        JsonKind::Number => (
            ("number", Node::Int(1)),
            vec![("zero", Node::Int(0)), ("negative", Node::Int(-1)), ("fraction", number("0.5"))],
        ),
        JsonKind::String => (
            ("string", Node::string("qgaspec")),
            vec![
                ("string-empty", Node::string("")),
                ("string-numeric", Node::string(digits)),
                ("string-true", Node::string("true")),
            ],
        ),
        JsonKind::Array => (("array", Node::list([])), vec![("array-of-null", Node::list([Node::Null]))]),
        JsonKind::Object => (
            ("object", Node::Object(Vec::new())),
            vec![("object-value", Node::object([("value", Node::Int(-1))]))],
        ),
    }
}
