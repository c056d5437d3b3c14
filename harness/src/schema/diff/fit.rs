//! Whether all that one side may send is welcome on the other.

use std::collections::HashMap;

use crate::schema::{Builtin, Definition, Member, Schema, TypeRef};

/// Types that lie deeper in each other are not looked into, and are said not to fit.
const MAX_DEPTH: usize = 64;

/// One comparison of a sender's types with a receiver's.
pub(super) struct Fit<'s> {
    sender: &'s Schema,
    receiver: &'s Schema,
    /// Whether the receiver ignores members that it does not know, as clients do and agents do not.
    ignores_strangers: bool,
    /// Pairs of types that were compared, or are being compared; the latter fit unless something else does
    /// not.
    known: HashMap<(&'s str, &'s str), bool>,
    depth: usize,
}

impl<'s> Fit<'s> {
    /// For what clients send.
    pub(super) fn of_clients(sender: &'s Schema, receiver: &'s Schema) -> Self {
        Self { sender, receiver, ignores_strangers: false, known: HashMap::new(), depth: 0 }
    }

    /// For what agents send.
    pub(super) fn of_agents(sender: &'s Schema, receiver: &'s Schema) -> Self {
        Self { ignores_strangers: true, ..Self::of_clients(sender, receiver) }
    }

    /// Whether each value of the sender's `sent` is one of the receiver's `welcome`. `None` stands for an
    /// object without members.
    pub(super) fn fits(&mut self, sent: Option<&'s TypeRef>, welcome: Option<&'s TypeRef>) -> bool {
        match (sent, welcome) {
            (None, None) => true,
            (Some(sent), Some(welcome)) => self.type_fits(sent, welcome),
            (None, Some(welcome)) => {
                object(self.receiver, welcome).is_some_and(|welcome| self.members_fit(&[], &welcome))
            }
            (Some(sent), None) => object(self.sender, sent).is_some_and(|sent| self.members_fit(&sent, &[])),
        }
    }

    fn type_fits(&mut self, sent: &'s TypeRef, welcome: &'s TypeRef) -> bool {
        match (sent, welcome) {
            (_, TypeRef::Builtin(Builtin::Any)) => true,
            (TypeRef::Builtin(sent), TypeRef::Builtin(welcome)) => builtin_fits(*sent, *welcome),
            (TypeRef::Array(sent), TypeRef::Array(welcome)) => self.type_fits(sent, welcome),
            (TypeRef::Named(sent_name), TypeRef::Named(welcome_name)) => {
                self.named_fits(sent, sent_name, welcome, welcome_name)
            }
            (TypeRef::Named(name), _) => match definition(self.sender, name) {
                Some(Definition::Enum(_)) => *welcome == TypeRef::Builtin(Builtin::Str),
                Some(Definition::Alternate(it)) => {
                    it.branches.iter().all(|branch| self.type_fits(&branch.ty, welcome))
                }
                Some(Definition::Struct(_) | Definition::Union(_)) | None => false,
            },
            (_, TypeRef::Named(name)) => match definition(self.receiver, name) {
                Some(Definition::Alternate(it)) => {
                    it.branches.iter().any(|branch| self.type_fits(sent, &branch.ty))
                }
                _ => false,
            },
            (TypeRef::Builtin(_), TypeRef::Array(_)) | (TypeRef::Array(_), TypeRef::Builtin(_)) => false,
        }
    }

    fn named_fits(
        &mut self,
        sent: &'s TypeRef,
        sent_name: &'s str,
        welcome: &'s TypeRef,
        welcome_name: &'s str,
    ) -> bool {
        if let Some(known) = self.known.get(&(sent_name, welcome_name)) {
            return *known;
        }
        let (Some(from), Some(to)) =
            (definition(self.sender, sent_name), definition(self.receiver, welcome_name))
        else {
            return false;
        };
        let same_kind = std::mem::discriminant(from) == std::mem::discriminant(to);
        // What changed within a type that kept its name is a change of its own.
        if sent_name == welcome_name && same_kind {
            return true;
        }
        if self.depth == MAX_DEPTH {
            return false;
        }
        self.depth += 1;
        self.known.insert((sent_name, welcome_name), true);
        let fits = match (from, to) {
            (Definition::Alternate(it), _) => {
                it.branches.iter().all(|branch| self.type_fits(&branch.ty, welcome))
            }
            (_, Definition::Alternate(it)) => {
                it.branches.iter().any(|branch| self.type_fits(sent, &branch.ty))
            }
            (Definition::Enum(sent), Definition::Enum(welcome)) => {
                let known = |name: &str| welcome.values.iter().any(|value| value.name == name);
                sent.values.iter().all(|value| known(&value.name))
            }
            (Definition::Struct(_), Definition::Struct(_)) => {
                let sent = self.sender.members_of(sent_name);
                self.members_fit(&sent, &self.receiver.members_of(welcome_name))
            }
            _ => false,
        };
        self.known.insert((sent_name, welcome_name), fits);
        self.depth -= 1;
        fits
    }

    fn members_fit(&mut self, sent: &[&'s Member], welcome: &[&'s Member]) -> bool {
        let sent: HashMap<&str, &Member> =
            sent.iter().map(|member| (member.name.as_str(), *member)).collect();
        let known = welcome.iter().all(|welcome| match sent.get(welcome.name.as_str()) {
            Some(sent) => (welcome.optional || !sent.optional) && self.type_fits(&sent.ty, &welcome.ty),
            None => welcome.optional,
        });
        let is_stranger = |name: &str| !welcome.iter().any(|welcome| welcome.name == name);
        known && (self.ignores_strangers || !sent.keys().any(|name| is_stranger(name)))
    }
}

fn definition<'s>(schema: &'s Schema, name: &str) -> Option<&'s Definition> {
    schema.definition(name).map(|definition| &definition.definition)
}

/// The members of a struct.
fn object<'s>(schema: &'s Schema, ty: &TypeRef) -> Option<Vec<&'s Member>> {
    let TypeRef::Named(name) = ty else { return None };
    matches!(definition(schema, name)?, Definition::Struct(_)).then(|| schema.members_of(name))
}

fn builtin_fits(sent: Builtin, welcome: Builtin) -> bool {
    match (sent.range(), welcome.range()) {
        (Some((least, greatest)), Some((lower, upper))) => lower <= least && greatest <= upper,
        (Some(_), None) => welcome == Builtin::Number,
        _ => sent == welcome || (sent == Builtin::QType && welcome == Builtin::Str),
    }
}
