//! Values of any type of a schema, and the arguments made of them.
//!
//! A `Mason` builds arguments that the schema allows, and on the way to one site changes one thing: that is
//! how all cases about arguments are made, right ones and wrong ones.

use crate::schema::{Builtin, Command, Definition, Member, TypeRef, Union};
use crate::text::Node;

use super::entropy::Entropy;
use super::sites::{Step, branch_members, discriminator_values};
use super::spectrum::{self, spectrum};
use super::variant::{Draw, Ground};
use super::vocabulary::{IMPOSSIBLE, Pool, pool};

/// How much of what is optional is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// Nothing: only mandatory members, empty lists.
    Least,
    /// Everything, with two items in each list.
    Most,
    /// What chance decides, with unusual values.
    Some,
}

/// What is changed at the end of the route.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    /// Nothing.
    Keep,
    /// The optional member of this name is there as well, beside the one that the route leads to.
    Beside(String),
    /// This stands there instead.
    Replace(Node),
    /// The harmless text, with this behind it.
    Suffix(String),
    /// The list has this many items.
    Length(usize),
    /// The value stands in a list of its own.
    Wrap,
    /// The list's item stands there without the list.
    Unwrap,
    /// The member is left out.
    Remove,
    /// The member has this name.
    Rename(String),
    /// The object has this member too.
    Add(&'static str, Node),
}

/// Builds the arguments of one request.
pub(super) struct Mason<'a, 'd, 'b> {
    ground: Ground<'a>,
    command: &'a Command,
    entropy: &'d mut Entropy<'b>,
    slug: &'d str,
    /// How many more values may be built. A schema can describe arguments of any size.
    budget: usize,
    depth: usize,
}

const BUDGET: usize = 4096;
const DEEPEST: usize = 32;
/// Beyond this depth nothing optional is built, so that types that contain themselves come to an end.
const SPARING: usize = 4;

impl<'a, 'd, 'b> Mason<'a, 'd, 'b> {
    pub(super) fn new(ground: Ground<'a>, command: &'a Command, draw: &'d mut Draw<'_, 'b>) -> Self {
        let Draw { entropy, slug } = draw;
        Self { ground, command, entropy, slug, budget: BUDGET, depth: 0 }
    }

    /// The arguments; `None` if they would be endless or need a type that is not defined.
    pub(super) fn arguments(mut self, amount: Amount, route: &[Step], edit: &Edit) -> Option<Node> {
        let members: Vec<&Member> = self.command.arguments.iter().collect();
        self.object(&members, None, amount, Some((route, edit)))
    }

    fn object(
        &mut self,
        members: &[&Member],
        selected: Option<(&str, &str)>,
        amount: Amount,
        way: Option<Way<'_>>,
    ) -> Option<Node> {
        let mut built = Vec::new();
        for member in members {
            let onward = way.and_then(|way| follow(way, &Step::Member(member.name.clone())));
            let beside = matches!(way, Some(([_], Edit::Beside(name))) if *name == member.name);
            let selects = selected.filter(|(discriminator, _)| *discriminator == member.name);
            let wanted = match amount {
                Amount::Least => false,
                Amount::Most => true,
                Amount::Some => self.entropy.coin(),
            };
            if member.optional && !wanted && !beside && onward.is_none() && selects.is_none() {
                continue;
            }
            let value = match selects {
                Some((_, value)) if onward.is_none() => Node::string(value),
                _ => self.value(&member.name, &member.ty, amount, onward)?,
            };
            match onward {
                Some(([], Edit::Remove)) => {}
                Some(([], Edit::Rename(name))) => built.push((Node::string(name), value)),
                _ => built.push((Node::string(&member.name), value)),
            }
        }
        if let Some(([], Edit::Add(name, value))) = way {
            built.push((Node::string(*name), value.clone()));
        }
        Some(Node::Object(built))
    }

    fn value(&mut self, member: &str, ty: &TypeRef, amount: Amount, way: Option<Way<'_>>) -> Option<Node> {
        self.budget = self.budget.checked_sub(1)?;
        if self.depth > DEEPEST {
            return None;
        }
        self.depth += 1;
        let amount = if self.depth > SPARING { Amount::Least } else { amount };
        let value = self.edited(member, ty, amount, way);
        self.depth -= 1;
        value
    }

    fn edited(&mut self, member: &str, ty: &TypeRef, amount: Amount, way: Option<Way<'_>>) -> Option<Node> {
        match (way, ty) {
            (Some(([], Edit::Replace(node))), _) => Some(node.clone()),
            (Some(([], Edit::Suffix(suffix))), _) => {
                Some(Node::string(self.stem(member).unwrap_or_default() + suffix))
            }
            (Some(([], Edit::Wrap)), _) => Some(Node::list([self.value(member, ty, amount, None)?])),
            (Some(([], Edit::Unwrap)), TypeRef::Array(item)) => self.value(member, item, amount, None),
            (_, TypeRef::Builtin(builtin)) => Some(self.scalar(member, *builtin, amount)),
            (_, TypeRef::Array(item)) => self.list(member, item, amount, way),
            (_, TypeRef::Named(name)) => self.named(member, name, amount, way),
        }
    }

    fn list(&mut self, member: &str, item: &TypeRef, amount: Amount, way: Option<Way<'_>>) -> Option<Node> {
        let length = match way {
            Some(([], Edit::Length(length))) => *length,
            Some(([Step::Item(index), ..], _)) => index + 1,
            _ => match amount {
                Amount::Least => 0,
                Amount::Most => 2,
                Amount::Some => *self.entropy.pick(&[0, 1, 2, 3]).unwrap_or(&0),
            },
        };
        let mut items = Vec::new();
        for index in 0..length {
            let onward = way.and_then(|way| follow(way, &Step::Item(index)));
            items.push(self.value(member, item, amount, onward)?);
        }
        Some(Node::Array(items))
    }

    fn named(&mut self, member: &str, name: &str, amount: Amount, way: Option<Way<'_>>) -> Option<Node> {
        let schema = self.ground.schema;
        match &schema.definition(name)?.definition {
            Definition::Struct(_) => self.object(&schema.members_of(name), None, amount, way),
            Definition::Enum(values) => {
                self.entropy.pick(&values.values).map(|value| Node::string(&value.name))
            }
            Definition::Union(union) => self.union(union, amount, way),
            Definition::Alternate(alternate) => {
                let branch = match way {
                    Some(([Step::Branch(forced), ..], _)) => {
                        alternate.branches.iter().find(|branch| branch.name == *forced)?
                    }
                    _ => self.entropy.pick(&alternate.branches)?,
                };
                self.value(member, &branch.ty, amount, way.and_then(past_branch))
            }
        }
    }

    fn union(&mut self, union: &Union, amount: Amount, way: Option<Way<'_>>) -> Option<Node> {
        let schema = self.ground.schema;
        let value = match way {
            Some(([Step::Branch(forced), ..], _)) => forced.as_str(),
            _ => self.entropy.pick(&discriminator_values(schema, union)).copied()?,
        };
        let mut members: Vec<&Member> = union.base.iter().collect();
        members.extend(branch_members(schema, union, value));
        let onward = match way {
            Some(([Step::Branch(_), ..], _)) => way.and_then(past_branch),
            _ => way,
        };
        self.object(&members, Some((&union.discriminator, value)), amount, onward)
    }

    fn scalar(&mut self, member: &str, builtin: Builtin, amount: Amount) -> Node {
        if amount == Amount::Some {
            let unusual =
                spectrum(self.ground.schema, &self.command.name, member, &TypeRef::Builtin(builtin));
            match self.entropy.pick(&unusual).map(|(_, edit)| edit) {
                Some(Edit::Replace(node)) => return node.clone(),
                Some(Edit::Suffix(suffix)) => {
                    return Node::string(self.stem(member).unwrap_or_default() + suffix);
                }
                _ => {}
            }
        }
        match builtin {
            Builtin::Bool => Node::Bool(self.entropy.coin()),
            Builtin::Null => Node::Null,
            Builtin::Str => Node::string(self.text(member)),
            Builtin::QType => Node::string(*self.entropy.pick(&spectrum::QTYPES).unwrap_or(&"qnull")),
            Builtin::Number | Builtin::Any => Node::Int(self.entropy.integer(-1000..=1000)),
            Builtin::Int
            | Builtin::Int8
            | Builtin::Int16
            | Builtin::Int32
            | Builtin::Int64
            | Builtin::Uint8
            | Builtin::Uint16
            | Builtin::Uint32
            | Builtin::Uint64
            | Builtin::Size => Node::Int(self.integer(member, builtin)),
        }
    }

    fn integer(&mut self, member: &str, builtin: Builtin) -> i128 {
        let most = builtin.range().map_or(i128::from(i8::MAX), |(_, most)| most);
        match pool(&self.command.name, member) {
            Some(Pool::Impossible) => (IMPOSSIBLE + self.entropy.integer(0..=1 << 30)).min(most),
            _ => self.entropy.integer(0..=most.min(i128::from(i32::MAX))),
        }
    }

    fn text(&mut self, member: &str) -> String {
        if let Some(Pool::Texts(texts)) = pool(&self.command.name, member) {
            return self.entropy.pick(texts).map(|(_, text)| (*text).to_owned()).unwrap_or_default();
        }
        let number = self.entropy.integer(0..=0xFFFF);
        match self.stem(member) {
            Some(stem) => format!("{stem}-{number:04x}"),
            None => format!("qgaspec-{number:04x}"),
        }
    }

    /// What a harmless text of this member starts with.
    fn stem(&self, member: &str) -> Option<String> {
        match pool(&self.command.name, member)? {
            Pool::Stem(stem) => Some(stem.to_owned()),
            Pool::ScratchFile => {
                let folder = self.ground.profile.scratch.as_deref().unwrap_or("/qgaspec-nonexistent");
                Some(format!("{folder}/qgaspec-{}", self.slug))
            }
            Pool::Impossible | Pool::Texts(_) => None,
        }
    }
}

/// The rest of the route, and what to do at its end.
type Way<'w> = (&'w [Step], &'w Edit);

/// The way after this step, if it leads there.
fn follow<'w>(way: Way<'w>, step: &Step) -> Option<Way<'w>> {
    let (first, rest) = way.0.split_first()?;
    (first == step).then_some((rest, way.1))
}

/// The way after the choice of a branch.
fn past_branch(way: Way<'_>) -> Option<Way<'_>> {
    match way.0 {
        [Step::Branch(_), rest @ ..] => Some((rest, way.1)),
        _ => None,
    }
}
