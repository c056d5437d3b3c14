//! In which direction the values of a type travel.

use std::collections::HashMap;

use crate::schema::{Definition, Member, Schema, TypeRef};

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
    let mut marks = Marks { schema, directions: HashMap::new() };
    for command in schema.commands() {
        marks.members(&command.arguments, command.data_type.as_deref(), Direction::SENT);
        if let Some(returns) = &command.returns {
            marks.add(vec![returns], Direction::RECEIVED);
        }
    }
    for event in schema.events() {
        marks.members(&event.data, event.data_type.as_deref(), Direction::RECEIVED);
    }
    marks.directions
}

struct Marks<'s> {
    schema: &'s Schema,
    directions: HashMap<&'s str, Direction>,
}

impl<'s> Marks<'s> {
    /// Marks what the members hold, and what the type that they come from holds.
    fn members(&mut self, members: &'s [Member], data_type: Option<&'s str>, direction: Direction) {
        let mut open = members.iter().map(|member| &member.ty).collect();
        if let Some(name) = data_type {
            self.name(name, direction, &mut open);
        }
        self.add(open, direction);
    }

    /// Marks the types and all that their values hold.
    fn add(&mut self, mut open: Vec<&'s TypeRef>, direction: Direction) {
        while let Some(ty) = open.pop() {
            match ty {
                TypeRef::Builtin(_) => {}
                TypeRef::Array(element) => open.push(element),
                TypeRef::Named(name) => self.name(name, direction, &mut open),
            }
        }
    }

    /// Marks a type that is not marked yet, and opens those that it consists of.
    fn name(&mut self, name: &'s str, direction: Direction, open: &mut Vec<&'s TypeRef>) {
        let Some(definition) = self.schema.definition(name) else { return };
        let known = self.directions.entry(name).or_default();
        if known.and(direction) == *known {
            return;
        }
        *known = known.and(direction);
        match &definition.definition {
            Definition::Struct(_) => {
                open.extend(self.schema.members_of(name).into_iter().map(|member| &member.ty));
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
