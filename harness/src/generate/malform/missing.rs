//! Mandatory arguments, and mandatory members within arguments, that are not there.

use crate::generate::requests::has_mandatory;
use crate::generate::sites::{Role, sites};
use crate::generate::values::{Amount, Edit};
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose};
use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

/// Each mandatory member left out alone, then all arguments at once.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let mut variants = Vec::new();
    for site in sites(ground.schema, command) {
        if !site.is_member() || site.optional || site.role == Role::Branch {
            continue;
        }
        let name = format!("missing-{}", site.name());
        let plan = (Amount::Most, site.route, Edit::Remove);
        let variant = Variant::edited(ground, command, name, Purpose::Invalid, plan);
        variants.push(variant.effort(Effort::Quick));
    }
    if has_mandatory(command) {
        let request = Request::new(&command.name);
        let empty = request.clone().arguments(Node::Object(Vec::new()));
        let whole = [
            ("missing-all-empty", empty.clone()),
            ("missing-all-empty-id", empty.id(Node::string("missing"))),
            ("missing-all-absent-id", request.clone().id(Node::Int(1 << 53 | 1))),
            ("missing-all-absent", request),
        ];
        variants.extend(whole.map(|(name, request)| Variant::request(name, Purpose::Invalid, &request)));
    }
    variants
}
