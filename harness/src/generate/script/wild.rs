//! Any command with arguments of roughly the shape that the schema gives them.

use crate::generate::Stimulus;
use crate::generate::compose::{Given, compose};
use crate::generate::entropy::Entropy;
use crate::schema::{Builtin, Definition, Member, Schema, TypeRef};
use crate::text::Node;

use super::speaker::Speaker;
use super::{Author, odd};

/// Types within types.
const DEPTH_MAX: usize = 6;

/// A request that nobody has thought through.
pub(super) fn request(speaker: &mut Speaker, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Stimulus {
    let schema = author.ground.schema;
    let Some(command) = entropy.pick(schema.commands()) else { return compose("guest-ping", []) };
    let mut arguments = Vec::new();
    for argument in &command.arguments {
        let is_there = if argument.optional { entropy.coin() } else { !entropy.one_in(12) };
        if is_there {
            arguments.push((argument.name.as_str(), given(speaker, schema, argument, entropy)));
        }
    }
    if entropy.one_in(16) {
        arguments.push(("qgaspec-unknown", odd::value(entropy).into()));
    }
    speaker.has_frozen |= command.name.starts_with("guest-fsfreeze-freeze");
    compose(&command.name, arguments)
}

/// Where the speaker holds something of that name, mostly that.
fn given(speaker: &Speaker, schema: &Schema, argument: &Member, entropy: &mut Entropy<'_>) -> Given {
    let held = match argument.name.as_str() {
        "handle" => entropy.pick(&speaker.open),
        "pid" => entropy.pick(&speaker.processes),
        _ => None,
    };
    match held.copied() {
        Some(symbol) if !entropy.one_in(4) => Given::Later(symbol),
        _ => Given::Known(of_type(schema, &argument.ty, entropy, 0)),
    }
}

fn of_type(schema: &Schema, ty: &TypeRef, entropy: &mut Entropy<'_>, depth: usize) -> Node {
    if depth > DEPTH_MAX || entropy.one_in(20) {
        return odd::value(entropy);
    }
    match ty {
        TypeRef::Array(item) => {
            let length = entropy.byte() % 4;
            Node::list((0..length).map(|_| of_type(schema, item, entropy, depth + 1)).collect::<Vec<_>>())
        }
        TypeRef::Builtin(Builtin::Bool) => Node::Bool(entropy.coin()),
        TypeRef::Builtin(Builtin::Str | Builtin::QType) => Node::String(odd::text(entropy)),
        TypeRef::Builtin(Builtin::Null) => Node::Null,
        TypeRef::Builtin(Builtin::Any) => odd::value(entropy),
        TypeRef::Builtin(_) => Node::Int(odd::integer(entropy)),
        TypeRef::Named(name) => match schema.definition(name).map(|found| &found.definition) {
            Some(Definition::Enum(values)) => {
                entropy.pick(&values.values).map_or(Node::Null, |value| Node::string(&value.name))
            }
            Some(Definition::Alternate(alternate)) => match entropy.pick(&alternate.branches) {
                Some(branch) => of_type(schema, &branch.ty, entropy, depth + 1),
                None => Node::Null,
            },
            Some(Definition::Struct(_)) => {
                object(schema, schema.members_of(name).into_iter(), entropy, depth)
            }
            Some(Definition::Union(union)) => object(schema, union.base.iter(), entropy, depth),
            None => odd::value(entropy),
        },
    }
}

fn object<'m>(
    schema: &Schema,
    members: impl Iterator<Item = &'m Member>,
    entropy: &mut Entropy<'_>,
    depth: usize,
) -> Node {
    let mut built = Vec::new();
    for member in members {
        let is_there = if member.optional { entropy.coin() } else { !entropy.one_in(16) };
        if is_there {
            built.push((member.name.clone(), of_type(schema, &member.ty, entropy, depth + 1)));
        }
    }
    Node::object(built)
}
