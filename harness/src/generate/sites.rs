//! Sites: all places within a command's arguments, however deep, where a value stands.

use crate::schema::{Command, Definition, Member, Schema, TypeRef, Union};

/// One step from the arguments towards a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To the member of this name.
    Member(String),
    /// To this item of a list.
    Item(usize),
    /// Not a step in the JSON: here the union or alternate takes this branch.
    Branch(String),
}

/// What a site is beside the type of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A place of its own.
    Plain,
    /// The member that selects the branch of a union.
    Discriminator,
    /// One branch of the union or alternate that the site before it stands for.
    Branch,
}

/// A place where a value stands.
#[derive(Clone, Debug)]
pub(super) struct Site<'a> {
    /// The way from the arguments.
    pub(super) route: Vec<Step>,
    /// The type of the value.
    pub(super) ty: TypeRef,
    /// The member that the value belongs to, directly or as an item of its list.
    pub(super) member: &'a str,
    /// Whether it may be left out.
    pub(super) optional: bool,
    /// What it is beside that.
    pub(super) role: Role,
}

impl Site<'_> {
    /// The way as a part of case IDs: `vcpus.1.logical-id`, `whence:name`.
    pub(super) fn name(&self) -> String {
        let mut name = String::new();
        for step in &self.route {
            match step {
                Step::Member(member) if name.is_empty() => name.push_str(member),
                Step::Member(member) => name.extend([".", member]),
                Step::Item(index) => name.extend([".", &index.to_string()]),
                Step::Branch(branch) => name.extend([":", branch]),
            }
        }
        name
    }

    /// Whether it is a member of an object, and not an item or a branch.
    pub(super) fn is_member(&self) -> bool {
        matches!(self.route.last(), Some(Step::Member(_)))
    }

    /// Whether both are members of the same object.
    pub(super) fn is_sibling_of(&self, other: &Self) -> bool {
        let parent = |site: &Self| site.route.split_last().map(|(_, parent)| parent.to_vec());
        self.is_member() && other.is_member() && parent(self) == parent(other)
    }

    /// Whether it is an argument itself, and not a part of one.
    pub(super) fn is_argument(&self) -> bool {
        self.route.len() == 1
    }

    /// Whether objects stand there.
    pub(super) fn is_object(&self, schema: &Schema) -> bool {
        let TypeRef::Named(name) = &self.ty else { return false };
        matches!(
            schema.definition(name).map(|found| &found.definition),
            Some(Definition::Struct(_) | Definition::Union(_))
        )
    }
}

/// All sites of a command, each after the one that it lies in. In lists it is the second item that is one, so
/// that a correct item stands before it. Types that contain themselves are entered once.
pub(super) fn sites<'a>(schema: &'a Schema, command: &'a Command) -> Vec<Site<'a>> {
    let mut walk = Walk { schema, route: Vec::new(), entered: Vec::new(), sites: Vec::new() };
    for member in &command.arguments {
        walk.member(member, Role::Plain);
    }
    walk.sites
}

/// The values of a union's discriminator, so of all its branches, also those without members.
pub(super) fn discriminator_values<'a>(schema: &'a Schema, union: &'a Union) -> Vec<&'a str> {
    let discriminator = union.base.iter().find(|member| member.name == union.discriminator);
    match discriminator.map(|member| &member.ty) {
        Some(TypeRef::Named(name)) => match schema.definition(name).map(|found| &found.definition) {
            Some(Definition::Enum(values)) => values.values.iter().map(|value| value.name.as_str()).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The members that a branch adds to its union.
pub(super) fn branch_members<'a>(schema: &'a Schema, union: &Union, value: &str) -> Vec<&'a Member> {
    match union.branches.iter().find(|branch| branch.name == value).map(|branch| &branch.ty) {
        Some(TypeRef::Named(name)) => schema.members_of(name),
        _ => Vec::new(),
    }
}

/// No schema of an agent comes near; one that does is not worth hanging for.
const MOST_SITES: usize = 2000;
const DEEPEST: usize = 12;

struct Walk<'a> {
    schema: &'a Schema,
    route: Vec<Step>,
    entered: Vec<&'a str>,
    sites: Vec<Site<'a>>,
}

impl<'a> Walk<'a> {
    fn member(&mut self, member: &'a Member, role: Role) {
        self.route.push(Step::Member(member.name.clone()));
        self.place(&member.ty, &member.name, member.optional, role);
        self.route.pop();
    }

    fn place(&mut self, ty: &'a TypeRef, member: &'a str, optional: bool, role: Role) {
        if self.sites.len() >= MOST_SITES || self.route.len() > DEEPEST {
            return;
        }
        self.sites.push(Site { route: self.route.clone(), ty: ty.clone(), member, optional, role });
        match ty {
            TypeRef::Builtin(_) => {}
            TypeRef::Array(item) => {
                self.route.push(Step::Item(1));
                self.place(item, member, false, Role::Plain);
                self.route.pop();
            }
            TypeRef::Named(name) if self.entered.contains(&name.as_str()) => {}
            TypeRef::Named(name) => {
                self.entered.push(name);
                self.enter(name, ty, member);
                self.entered.pop();
            }
        }
    }

    fn enter(&mut self, name: &str, ty: &'a TypeRef, member: &'a str) {
        let schema = self.schema;
        match schema.definition(name).map(|found| &found.definition) {
            None | Some(Definition::Enum(_)) => {}
            Some(Definition::Struct(_)) => {
                for member in schema.members_of(name) {
                    self.member(member, Role::Plain);
                }
            }
            Some(Definition::Union(union)) => self.union(union, ty, member),
            Some(Definition::Alternate(alternate)) => {
                for branch in &alternate.branches {
                    self.route.push(Step::Branch(branch.name.clone()));
                    self.place(&branch.ty, member, false, Role::Branch);
                    self.route.pop();
                }
            }
        }
    }

    fn union(&mut self, union: &'a Union, ty: &'a TypeRef, member: &'a str) {
        for base in &union.base {
            let selects = base.name == union.discriminator;
            self.member(base, if selects { Role::Discriminator } else { Role::Plain });
        }
        for value in discriminator_values(self.schema, union) {
            self.route.push(Step::Branch(value.to_owned()));
            let (route, ty) = (self.route.clone(), ty.clone());
            self.sites.push(Site { route, ty, member, optional: false, role: Role::Branch });
            for member in branch_members(self.schema, union, value) {
                self.member(member, Role::Plain);
            }
            self.route.pop();
        }
    }
}
