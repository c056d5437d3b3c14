//! In which direction the values of a type travel.

use std::collections::HashMap;

use crate::schema::{Definition, Schema, TypeRef};

/// In which direction the values of a type travel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Direction {
    /// From clients to agents.
    pub(super) sent: bool,
    /// From agents to clients.
    pub(super) received: bool,
}

impl Direction {
    /// What arguments are.
    pub(super) const SENT: Self = Self { sent: true, received: false };
    /// What commands return, and what events carry.
    pub(super) const RECEIVED: Self = Self { sent: false, received: true };

    fn and(self, other: Self) -> Self {
        Self { sent: self.sent || other.sent, received: self.received || other.received }
    }
}

/// The directions of all types in two schemas.
#[derive(Debug)]
pub(super) struct Usage<'s> {
    directions: [HashMap<&'s str, Direction>; 2],
}

impl<'s> Usage<'s> {
    pub(super) fn of(schemas: [&'s Schema; 2]) -> Self {
        Self { directions: schemas.map(directions) }
    }

    /// The directions of the type of this name in either schema; none if no command uses it.
    pub(super) fn direction(&self, name: &str) -> Direction {
        let [old, new] = self.directions.each_ref().map(|of| of.get(name).copied().unwrap_or_default());
        old.and(new)
    }
}

fn directions(schema: &Schema) -> HashMap<&str, Direction> {
    let mut directions = HashMap::new();
    for command in schema.commands() {
        command
            .arguments
            .iter()
            .for_each(|member| mark(schema, &mut directions, &member.ty, Direction::SENT));
        command.returns.iter().for_each(|ty| mark(schema, &mut directions, ty, Direction::RECEIVED));
    }
    for event in schema.events() {
        event.data.iter().for_each(|member| mark(schema, &mut directions, &member.ty, Direction::RECEIVED));
    }
    directions
}

/// Marks the type and all that its values hold.
fn mark<'s>(
    schema: &'s Schema,
    directions: &mut HashMap<&'s str, Direction>,
    ty: &'s TypeRef,
    direction: Direction,
) {
    let mut open = vec![ty];
    while let Some(ty) = open.pop() {
        let name = match ty {
            TypeRef::Builtin(_) => continue,
            TypeRef::Array(element) => {
                open.push(element);
                continue;
            }
            TypeRef::Named(name) => name,
        };
        let Some(definition) = schema.definition(name) else { continue };
        let known = directions.entry(name).or_default();
        if known.and(direction) == *known {
            continue;
        }
        *known = known.and(direction);
        match &definition.definition {
            Definition::Struct(_) => {
                open.extend(schema.members_of(name).into_iter().map(|member| &member.ty));
            }
            Definition::Union(it) => {
                open.extend(it.base.iter().map(|member| &member.ty));
                open.extend(it.branches.iter().map(|branch| &branch.ty));
            }
            Definition::Alternate(it) => open.extend(it.branches.iter().map(|branch| &branch.ty)),
            Definition::Enum(_) => {}
        }
    }
}
