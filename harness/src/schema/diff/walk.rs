//! Finding the differences, and judging each.

use std::collections::{HashMap, HashSet};

use super::change::{Change, Compatibility, DefinitionKind, Part, PartKind, What};
use super::condition::implies;
use super::fit::Fit;
use super::usage::{Direction, Usage};
use crate::schema::{
    Branch, Command, CommandFlag, Condition, Definition, Enum, EnumValue, Event, Feature, Member, Schema,
    TypeDef, TypeRef, Union,
};

/// All differences.
pub(super) fn walk(old: &Schema, new: &Schema) -> Vec<Change> {
    let mut walk = Walk { old, new, usage: Usage::of([old, new]), changes: Vec::new() };
    for (old, new) in pairs(old.commands(), new.commands(), |command| &command.name) {
        walk.commands(old, new);
    }
    for (old, new) in pairs(old.events(), new.events(), |event| &event.name) {
        walk.events(old, new);
    }
    for (old, new) in pairs(old.types(), new.types(), |definition| &definition.name) {
        walk.types(old, new);
    }
    walk.changes
}

/// Items of the same name: in the order of `old`, then those that only `new` has.
fn pairs<'s, T>(
    old: impl IntoIterator<Item = &'s T>,
    new: impl IntoIterator<Item = &'s T>,
    name: fn(&T) -> &str,
) -> Vec<(Option<&'s T>, Option<&'s T>)> {
    let new: Vec<&T> = new.into_iter().collect();
    let index: HashMap<&str, &T> = new.iter().rev().map(|item| (name(item), *item)).collect();
    let mut pairs = Vec::new();
    let mut paired = HashSet::new();
    for item in old {
        pairs.push((Some(item), index.get(name(item)).copied()));
        paired.insert(name(item));
    }
    let added = new.into_iter().filter(|item| !paired.contains(name(item)));
    pairs.extend(added.map(|item| (None, Some(item))));
    pairs
}

/// Where a change is found.
#[derive(Clone, Copy)]
struct Site<'s> {
    kind: DefinitionKind,
    definition: &'s str,
    part: Option<(PartKind, &'s str)>,
}

impl<'s> Site<'s> {
    fn of(kind: DefinitionKind, definition: &'s str) -> Self {
        Self { kind, definition, part: None }
    }

    fn part(self, kind: PartKind, name: &'s str) -> Self {
        Self { part: Some((kind, name)), ..self }
    }
}

struct Walk<'s> {
    old: &'s Schema,
    new: &'s Schema,
    usage: Usage<'s>,
    changes: Vec<Change>,
}

impl<'s> Walk<'s> {
    fn push(&mut self, site: Site<'s>, what: What, compatibility: Compatibility) {
        let part = site.part.map(|(kind, name)| Part { kind, name: name.to_owned() });
        let (kind, definition) = (site.kind, site.definition.to_owned());
        self.changes.push(Change { kind, definition, part, what, compatibility });
    }

    /// Reports what came or went, by the compatibility that its coming would have. If it is on both sides,
    /// gives it back for a closer look.
    fn both<T>(
        &mut self,
        site: Site<'s>,
        pair: (Option<&'s T>, Option<&'s T>),
        describe: impl Fn(&T) -> Option<String>,
        coming: impl Fn(&T) -> Compatibility,
    ) -> Option<(&'s T, &'s T)> {
        match pair {
            (Some(old), Some(new)) => return Some((old, new)),
            (Some(old), None) => self.push(site, What::Removed, coming(old).reversed()),
            (None, Some(new)) => self.push(site, What::Added(describe(new)), coming(new)),
            (None, None) => {}
        }
        None
    }

    /// Conditions, by the compatibility that the coming of what they are about would have.
    fn condition(
        &mut self,
        site: Site<'s>,
        old: Option<&Condition>,
        new: Option<&Condition>,
        coming: Compatibility,
    ) {
        if old == new {
            return;
        }
        let mut compatibility = Compatibility::FULL;
        if !implies(new, old) {
            compatibility = compatibility.and(coming);
        }
        if !implies(old, new) {
            compatibility = compatibility.and(coming.reversed());
        }
        self.push(site, What::Condition(old.cloned(), new.cloned()), compatibility);
    }

    /// Features say something about an interface and are no part of it.
    fn features(&mut self, site: Site<'s>, old: &[Feature], new: &[Feature]) {
        let beyond = |some: &[Feature], others: &[Feature]| -> Vec<String> {
            let missing = some.iter().filter(|feature| !others.contains(feature));
            missing.map(|feature| feature.name.clone()).collect()
        };
        let (added, removed) = (beyond(new, old), beyond(old, new));
        if !added.is_empty() || !removed.is_empty() {
            self.push(site, What::Features { added, removed }, Compatibility::FULL);
        }
    }

    fn commands(&mut self, old: Option<&'s Command>, new: Option<&'s Command>) {
        let Some(name) = old.or(new).map(|command| &command.name) else { return };
        let site = Site::of(DefinitionKind::Command, name);
        // An agent has no command that its schema has not; a client need not use it.
        let coming = Compatibility { clients: true, agents: false };
        let Some((old, new)) = self.both(site, (old, new), |_| None, |_| coming) else { return };
        for pair in pairs(&old.arguments, &new.arguments, |member| &member.name) {
            self.members(site, PartKind::Argument, pair, Direction::SENT);
        }
        if old.returns != new.returns {
            let compatibility = self.retyped(old.returns.as_ref(), new.returns.as_ref(), Direction::RECEIVED);
            let name = |ty: &Option<TypeRef>| ty.as_ref().map(TypeRef::to_string);
            self.push(site, What::Returns(name(&old.returns), name(&new.returns)), compatibility);
        }
        if old.success_response != new.success_response {
            let what = What::Flag("success-response", new.success_response);
            self.push(site, what, Compatibility::NONE);
        }
        self.flags(site, old, new);
        self.condition(site, old.condition.as_ref(), new.condition.as_ref(), coming);
        self.features(site, &old.features, &new.features);
    }

    /// Of flags, only what clients may do shows on the wire.
    fn flags(&mut self, site: Site<'s>, old: &Command, new: &Command) {
        for flag in [CommandFlag::AllowOob, CommandFlag::AllowPreconfig] {
            let is_set = new.flags.contains(&flag);
            if is_set != old.flags.contains(&flag) {
                let compatibility = Compatibility { clients: is_set, agents: !is_set };
                self.push(site, What::Flag(flag.key().0, is_set), compatibility);
            }
        }
    }

    fn events(&mut self, old: Option<&'s Event>, new: Option<&'s Event>) {
        let Some(name) = old.or(new).map(|event| &event.name) else { return };
        let site = Site::of(DefinitionKind::Event, name);
        // Clients ignore events that they do not know, and may wait for those that they know.
        let coming = Compatibility { clients: true, agents: false };
        let Some((old, new)) = self.both(site, (old, new), |_| None, |_| coming) else { return };
        for pair in pairs(&old.data, &new.data, |member| &member.name) {
            self.members(site, PartKind::Member, pair, Direction::RECEIVED);
        }
        self.condition(site, old.condition.as_ref(), new.condition.as_ref(), coming);
        self.features(site, &old.features, &new.features);
    }

    fn types(&mut self, old: Option<&'s TypeDef>, new: Option<&'s TypeDef>) {
        let Some(either) = old.or(new) else { return };
        let site = Site::of(DefinitionKind::of(either), &either.name);
        // Types do not show on the wire; what uses them does.
        let Some((old, new)) = self.both(site, (old, new), |_| None, |_| Compatibility::FULL) else { return };
        let direction = self.usage.direction(&old.name);
        match (&old.definition, &new.definition) {
            (Definition::Struct(_), Definition::Struct(_)) => {
                let (old, new) = (self.old.members_of(&old.name), self.new.members_of(&new.name));
                for pair in pairs(old, new, |member: &Member| &member.name) {
                    self.members(site, PartKind::Member, pair, direction);
                }
            }
            (Definition::Enum(old), Definition::Enum(new)) => self.enums(site, old, new, direction),
            (Definition::Union(old), Definition::Union(new)) => self.unions(site, old, new, direction),
            (Definition::Alternate(old), Definition::Alternate(new)) => {
                for pair in pairs(&old.branches, &new.branches, |branch| &branch.name) {
                    self.branch(site, pair, direction, choice(direction));
                }
            }
            _ => {
                let used = direction != Direction::default();
                let compatibility = if used { Compatibility::NONE } else { Compatibility::FULL };
                self.push(site, What::Kind(DefinitionKind::of(new)), compatibility);
            }
        }
        self.condition(site, old.condition.as_ref(), new.condition.as_ref(), Compatibility::FULL);
        self.features(site, &old.features, &new.features);
    }

    fn members(
        &mut self,
        site: Site<'s>,
        kind: PartKind,
        pair: (Option<&'s Member>, Option<&'s Member>),
        direction: Direction,
    ) {
        let Some(name) = pair.0.or(pair.1).map(|member| &member.name) else { return };
        let site = site.part(kind, name);
        let describe = |member: &Member| {
            Some(format!("{} {}", if member.optional { "optional" } else { "mandatory" }, member.ty))
        };
        let coming = |member: &Member| Compatibility {
            clients: !direction.sent || member.optional,
            agents: !direction.sent && (!direction.received || member.optional),
        };
        let Some((old, new)) = self.both(site, pair, describe, coming) else { return };
        if old.optional != new.optional {
            let loosened = Compatibility { clients: !direction.received, agents: !direction.sent };
            let compatibility = if new.optional { loosened } else { loosened.reversed() };
            self.push(site, What::Optional(new.optional), compatibility);
        }
        self.part_type(site, &old.ty, &new.ty, direction);
        self.condition(site, old.condition.as_ref(), new.condition.as_ref(), coming(new));
        self.features(site, &old.features, &new.features);
    }

    fn enums(&mut self, site: Site<'s>, old: &'s Enum, new: &'s Enum, direction: Direction) {
        for pair in pairs(&old.values, &new.values, |value| &value.name) {
            let Some(name) = pair.0.or(pair.1).map(|value: &EnumValue| &value.name) else { continue };
            let site = site.part(PartKind::Value, name);
            let Some((old, new)) = self.both(site, pair, |_| None, |_| choice(direction)) else { continue };
            self.condition(site, old.condition.as_ref(), new.condition.as_ref(), choice(direction));
            self.features(site, &old.features, &new.features);
        }
    }

    fn unions(&mut self, site: Site<'s>, old: &'s Union, new: &'s Union, direction: Direction) {
        for pair in pairs(&old.base, &new.base, |member| &member.name) {
            self.members(site, PartKind::Member, pair, direction);
        }
        if old.discriminator != new.discriminator {
            let what = What::Discriminator(old.discriminator.clone(), new.discriminator.clone());
            self.push(site, what, Compatibility::NONE);
        }
        for (before, after) in pairs(&old.branches, &new.branches, |branch: &Branch| &branch.name) {
            let Some(either) = before.or(after) else { continue };
            let has_value = |schema, union| has_value(schema, union, &either.name);
            let coming = match (before, after) {
                // The value itself came or went.
                _ if !has_value(self.old, old) || !has_value(self.new, new) => choice(direction),
                (Some(before), None) => self.retyped(Some(&before.ty), None, direction).reversed(),
                (_, after) => self.retyped(None, after.map(|branch| &branch.ty), direction),
            };
            self.branch(site, (before, after), direction, coming);
        }
    }

    /// A branch of a union or an alternate, with the compatibility that its coming would have.
    fn branch(
        &mut self,
        site: Site<'s>,
        pair: (Option<&'s Branch>, Option<&'s Branch>),
        direction: Direction,
        coming: Compatibility,
    ) {
        let Some(either) = pair.0.or(pair.1) else { return };
        let site = site.part(PartKind::Branch, &either.name);
        let describe = |branch: &Branch| Some(branch.ty.to_string());
        let Some((old, new)) = self.both(site, pair, describe, |_| coming) else { return };
        self.part_type(site, &old.ty, &new.ty, direction);
        self.condition(site, old.condition.as_ref(), new.condition.as_ref(), coming);
    }

    fn part_type(&mut self, site: Site<'s>, old: &'s TypeRef, new: &'s TypeRef, direction: Direction) {
        if old != new {
            let compatibility = self.retyped(Some(old), Some(new), direction);
            self.push(site, What::Type(old.to_string(), new.to_string()), compatibility);
        }
    }

    /// Of a type in the place of another one; `None` stands for an object without members.
    fn retyped(
        &self,
        old: Option<&'s TypeRef>,
        new: Option<&'s TypeRef>,
        direction: Direction,
    ) -> Compatibility {
        let mut compatibility = Compatibility::FULL;
        if direction.sent {
            compatibility = compatibility.and(Compatibility {
                clients: Fit::of_clients(self.old, self.new).fits(old, new),
                agents: Fit::of_clients(self.new, self.old).fits(new, old),
            });
        }
        if direction.received {
            compatibility = compatibility.and(Compatibility {
                clients: Fit::of_agents(self.new, self.old).fits(new, old),
                agents: Fit::of_agents(self.old, self.new).fits(old, new),
            });
        }
        compatibility
    }
}

/// Of one more possible value: whoever receives it has to know it.
fn choice(direction: Direction) -> Compatibility {
    Compatibility { clients: !direction.received, agents: !direction.sent }
}

/// Whether the discriminator of a union may have this value.
fn has_value(schema: &Schema, union: &Union, value: &str) -> bool {
    let discriminator = union.base.iter().find(|member| member.name == union.discriminator);
    let Some(TypeRef::Named(name)) = discriminator.map(|member| &member.ty) else { return false };
    match schema.definition(name).map(|definition| &definition.definition) {
        Some(Definition::Enum(it)) => it.values.iter().any(|known| known.name == value),
        _ => false,
    }
}
