//! Valid requests, one at a time: every command, every argument, every corner of every type.

use crate::schema::{Command, Schema, TypeRef};
use crate::text::Node;
use crate::wire::request::Request;

use super::ids::ids;
use super::sites::{Role, Site, Step, sites};
use super::spectrum::spectrum;
use super::values::{Amount, Edit, Mason};
use super::variant::{Draw, Ground, Variant};
use super::vocabulary::lacks_scratch;
use super::{Effort, Purpose, Stimulus};

/// The valid requests of a command that replies when it succeeds.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command.filter(|command| command.success_response) else { return Vec::new() };
    if lacks_scratch(&command.name, ground.profile) {
        return Vec::new();
    }
    let mut variants = all_of(ground, command);
    if is_carrier(ground.schema, command) {
        variants.extend(ids().into_iter().map(|(name, id)| {
            let request = Request::new(&command.name).id(id);
            Variant::request(format!("id-{name}"), Purpose::Valid, &request).effort(Effort::Quick)
        }));
    } else {
        variants.push(shaped(ground, command, "id-int", with_id).effort(Effort::Quick));
    }
    variants
}

/// All of a command's valid requests but those about the `id`.
pub(super) fn all_of<'a>(ground: Ground<'a>, command: &'a Command) -> Vec<Variant<'a>> {
    let mut variants = vec![shaped(ground, command, "minimal", |request| request.to_node())];
    let sites = sites(ground.schema, command);
    if !has_mandatory(command) {
        let empty = Request::new(&command.name).arguments(Node::Object(Vec::new()));
        variants.push(Variant::request("arguments-empty", Purpose::Valid, &empty));
    }
    variants.push(shaped(ground, command, "reversed", reversed));
    if sites.iter().any(|site| site.optional) {
        variants.push(edited(ground, command, "maximal", Amount::Most, &[], Edit::Keep));
    }
    variants = variants.into_iter().map(|variant| variant.effort(Effort::Quick)).collect();
    for site in &sites {
        if site.optional {
            let name = format!("with-{}", site.name());
            variants.push(edited(ground, command, &name, Amount::Least, &site.route, Edit::Keep));
        }
        if site.role == Role::Branch {
            let name = format!("{}-any", site.name());
            variants.push(edited(ground, command, &name, Amount::Most, &site.route, Edit::Keep));
        }
        variants.extend(corners(ground, command, site));
    }
    variants.extend(pairs(ground, command, &sites));
    if !command.arguments.is_empty() {
        let chance =
            |number| edited(ground, command, &format!("random-{number}"), Amount::Some, &[], Edit::Keep);
        variants.extend((1..=RANDOM).map(chance));
    }
    variants
}

/// Each two optional members of one object, and nothing else that is optional.
fn pairs<'a>(ground: Ground<'a>, command: &'a Command, sites: &[Site<'a>]) -> Vec<Variant<'a>> {
    let optional: Vec<&Site<'_>> = sites.iter().filter(|site| site.optional).collect();
    let mut variants = Vec::new();
    for (at, one) in optional.iter().enumerate() {
        for other in optional[at + 1..].iter().filter(|other| one.is_sibling_of(other)) {
            let name = format!("with-{}-and-{}", one.name(), other.member);
            let beside = Edit::Beside(other.member.to_owned());
            variants.push(edited(ground, command, &name, Amount::Least, &one.route, beside));
        }
    }
    variants
}

/// How many requests of each command are left to chance.
const RANDOM: usize = 8;

/// Whether the command needs arguments.
pub(super) fn has_mandatory(command: &Command) -> bool {
    command.arguments.iter().any(|argument| !argument.optional)
}

/// Whether cases about everything but arguments use this command: `guest-ping`, or where there is none, the first
/// that takes nothing and replies.
pub(super) fn is_carrier(schema: &Schema, command: &Command) -> bool {
    let suits = |command: &&Command| command.arguments.is_empty() && command.success_response;
    let carrier = schema.command("guest-ping").filter(suits).or_else(|| schema.commands().iter().find(suits));
    carrier.is_some_and(|carrier| carrier.name == command.name)
}

/// Whether the command has one mandatory 64-bit integer to be echoed, as `guest-sync` has.
pub(super) fn is_sync(schema: &Schema, command: &Command) -> bool {
    let sync = schema.command("guest-sync").filter(|sync| sync.argument("id").is_some());
    sync.is_some_and(|sync| sync.name == command.name)
}

fn edited<'a>(
    ground: Ground<'a>,
    command: &'a Command,
    name: &str,
    amount: Amount,
    route: &[Step],
    edit: Edit,
) -> Variant<'a> {
    Variant::edited(ground, command, name, Purpose::Valid, (amount, route.to_vec(), edit))
}

/// A site's values that are worth a case of their own, each with everything mandatory around it.
fn corners<'a>(ground: Ground<'a>, command: &'a Command, site: &Site<'a>) -> Vec<Variant<'a>> {
    // Another discriminator would need another branch; branches have sites of their own.
    if site.role == Role::Discriminator {
        return Vec::new();
    }
    let quick = is_sync(ground.schema, command) || !matches!(site.ty, TypeRef::Builtin(_));
    spectrum(ground.schema, &command.name, site.member, &site.ty)
        .into_iter()
        .map(|(corner, edit)| {
            let name = format!("{}-{corner}", site.name());
            edited(ground, command, &name, Amount::Least, &site.route, edit).quick_if(quick)
        })
        .collect()
}

/// The smallest request, written in this shape.
fn shaped<'a>(
    ground: Ground<'a>,
    command: &'a Command,
    name: &str,
    shape: fn(Request) -> Node,
) -> Variant<'a> {
    Variant::new(name, Purpose::Valid, move |draw| {
        let mut line = shape(minimal(ground, command, draw)?).to_bytes();
        line.push(b'\n');
        Some(vec![Stimulus::bytes(line)])
    })
}

/// The smallest valid request of a command.
pub(super) fn minimal(ground: Ground<'_>, command: &Command, draw: &mut Draw<'_, '_>) -> Option<Request> {
    let request = Request::new(&command.name);
    if !has_mandatory(command) {
        return Some(request);
    }
    let arguments = Mason::new(ground, command, draw).arguments(Amount::Least, &[], &Edit::Keep)?;
    Some(request.arguments(arguments))
}

fn with_id(request: Request) -> Node {
    request.id(Node::Int(1_234_567)).to_node()
}

/// With all members in the opposite order: id, arguments, execute.
fn reversed(request: Request) -> Node {
    let mut node = request.id(Node::string("reversed")).to_node();
    if let Node::Object(members) = &mut node {
        members.reverse();
        for (_, value) in members {
            if let Node::Object(arguments) = value {
                arguments.reverse();
            }
        }
    }
    node
}
