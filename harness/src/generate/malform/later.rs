//! Arguments as later versions of the schema take them: what was added there, and what was widened.

use crate::generate::sites::{Role, Site, sites};
use crate::generate::spectrum::spectrum;
use crate::generate::values::Amount;
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose};
use crate::schema::Command;

/// At each site that only the last version has, the values that it takes there.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let (Some(command), Some(schema)) = (command, ground.schema.later()) else { return Vec::new() };
    let Some(later) = schema.command(&command.name) else { return Vec::new() };
    let known = sites(ground.schema, command);
    let ground = Ground { schema, ..ground };
    let mut variants = Vec::new();
    for site in sites(schema, later).iter().filter(|site| site.role != Role::Discriminator) {
        if known.iter().any(|known| takes_as_much(known, site)) {
            continue;
        }
        for (corner, edit) in spectrum(schema, &later.name, site.member, &site.ty) {
            let name = format!("later-{}-{corner}", site.name());
            let plan = (Amount::Least, site.route.clone(), edit);
            let variant = Variant::edited(ground, later, name, Purpose::Open, plan);
            variants.push(variant.effort(Effort::Quick));
        }
    }
    variants
}

/// Whether the values of a later site were right at this one already: it is the same, or one branch of what is there
/// now.
fn takes_as_much(known: &Site<'_>, later: &Site<'_>) -> bool {
    known.ty == later.ty && later.route.starts_with(&known.route)
}
