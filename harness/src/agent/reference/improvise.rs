//! Results of commands that nobody wrote: values that their types allow, another one each time.
//!
//! With a schema of somebody's own the reference agent has commands that mean nothing to it. Their arguments are
//! checked as everybody's, and what they return is made here, from the type alone.

use super::dispatch::CommandError;
use crate::schema::{Builtin, Definition, Member, Schema, TypeRef, Union};
use crate::text::Node;

/// Beyond this depth nothing optional is made, so that types that contain themselves come to an end.
const SPARING: usize = 4;
/// Types within each other that are followed.
const DEEPEST: usize = 32;
/// Values of one result. A type can describe results of any size.
const BUDGET: usize = 1000;

/// A result of a command that returns this. Results of different turns differ, if the type allows it.
pub(super) fn result(schema: &Schema, returns: Option<&TypeRef>, turn: u64) -> Result<Node, CommandError> {
    let mut improvisation = Improvisation { schema, choices: turn, budget: BUDGET };
    match returns {
        Some(ty) => improvisation
            .value(ty, 0)
            .ok_or_else(|| CommandError::new(format!("no value of type {ty} comes to mind"))),
        None => Ok(Node::Object(Vec::new())),
    }
}

struct Improvisation<'s> {
    schema: &'s Schema,
    choices: u64,
    budget: usize,
}

impl<'s> Improvisation<'s> {
    fn value(&mut self, ty: &'s TypeRef, depth: usize) -> Option<Node> {
        self.budget = self.budget.checked_sub(1)?;
        if depth > DEEPEST {
            return None;
        }
        match ty {
            TypeRef::Builtin(builtin) => Some(self.scalar(*builtin)),
            TypeRef::Array(item) => {
                let length = if depth > SPARING { 0 } else { self.choose(&[0, 1, 2])? };
                (0..length).map(|_| self.value(item, depth + 1)).collect::<Option<_>>().map(Node::Array)
            }
            TypeRef::Named(name) => match &self.schema.definition(name)?.definition {
                Definition::Struct(_) => {
                    let members = self.schema.members_of(name);
                    self.object(&members, None, depth)
                }
                Definition::Enum(names) => {
                    let names: Vec<&str> = names.values.iter().map(|value| value.name.as_str()).collect();
                    self.choose(&names).map(Node::string)
                }
                Definition::Union(union) => self.union(union, depth),
                Definition::Alternate(alternate) => {
                    let branches: Vec<&TypeRef> =
                        alternate.branches.iter().map(|branch| &branch.ty).collect();
                    let branch = self.choose(&branches)?;
                    self.value(branch, depth + 1)
                }
            },
        }
    }

    fn union(&mut self, union: &'s Union, depth: usize) -> Option<Node> {
        let discriminator = union.base.iter().find(|member| member.name == union.discriminator)?;
        let Node::String(selected) = self.value(&discriminator.ty, depth + 1)? else { return None };
        let mut members: Vec<&Member> = union.base.iter().collect();
        let branch = union.branches.iter().find(|branch| branch.name == selected);
        if let Some(TypeRef::Named(name)) = branch.map(|branch| &branch.ty) {
            members.extend(self.schema.members_of(name));
        }
        self.object(&members, Some((&union.discriminator, &selected)), depth)
    }

    fn object(
        &mut self,
        members: &[&'s Member],
        selected: Option<(&str, &str)>,
        depth: usize,
    ) -> Option<Node> {
        let mut made = Vec::new();
        for member in members {
            let value = match selected.filter(|(discriminator, _)| *discriminator == member.name) {
                Some((_, name)) => Node::string(name),
                None if member.optional && (depth > SPARING || self.choose(&[true, false])?) => continue,
                None => self.value(&member.ty, depth + 1)?,
            };
            made.push((member.name.as_str(), value));
        }
        Some(Node::object(made))
    }

    fn scalar(&mut self, builtin: Builtin) -> Node {
        if let Some((least, greatest)) = builtin.range() {
            return Node::Int(self.choose(&[1, 0, greatest, least, greatest - 1]).unwrap_or_default());
        }
        match builtin {
            Builtin::Str => {
                Node::string(self.choose(&["improvised", "", "\u{e9}\"\\\u{1f600}"]).unwrap_or(""))
            }
            Builtin::Bool => Node::Bool(self.choose(&[true, false]).unwrap_or_default()),
            Builtin::Number => Node::Number(self.choose(&["0.5", "-1", "1e300"]).unwrap_or("0").to_owned()),
            Builtin::QType => Node::string("qnull"),
            _ => Node::Null,
        }
    }

    /// One of the items, if there are any; another one each time.
    fn choose<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        let count = items.len() as u64;
        let at = self.choices.checked_rem(count)?;
        // The quotient remembers what the remainder has not used up; the constant keeps it from drying out.
        self.choices = (self.choices / count).wrapping_add(at).wrapping_mul(0x9E37_79B9).rotate_right(7);
        items.get(at as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const SCHEMA: &str = "{ 'enum': 'E', 'data': [ 'one', 'two' ] }\n\
        { 'struct': 'S', 'data': { 'n': 'uint8', '*next': 'S', '*list': ['E'] } }\n\
        { 'struct': 'Endless', 'data': { 'next': 'Endless' } }\n\
        { 'union': 'U', 'base': { 'kind': 'E' }, 'discriminator': 'kind', 'data': { 'two': 'S' } }\n\
        { 'command': 'u', 'returns': 'U' }\n{ 'command': 'nothing' }\n\
        { 'command': 'endless', 'returns': 'Endless' }\n";

    #[test]
    fn results_differ_from_turn_to_turn() {
        let (schema, _) = crate::schema::read("t", SCHEMA);
        let made = |command: &str, turn| {
            let returns = schema.command(command).unwrap().returns.as_ref();
            result(&schema, returns, turn).map(|node| String::from_utf8(node.to_bytes()).unwrap())
        };
        let unions: BTreeSet<String> = (0..100).map(|turn| made("u", turn).unwrap()).collect();
        assert!(unions.len() > 10, "{unions:?}");
        assert!(unions.contains(r#"{"kind":"one"}"#), "{unions:?}");
        for union in &unions {
            assert!(union == r#"{"kind":"one"}"# || union.starts_with(r#"{"kind":"two","n":"#), "{union}");
        }
        assert_eq!(made("nothing", 7).unwrap(), "{}");
        assert!(made("endless", 7).is_err());
    }
}
