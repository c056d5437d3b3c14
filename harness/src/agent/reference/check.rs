//! Checks arguments against the schema, before the command sees them.
//!
//! Nothing here knows a command: what a member may hold follows from its type alone.

use super::dispatch::CommandError;
use super::fault::Liberty;
use super::quirks::Quirks;
use crate::schema::{Alternate, Builtin, Definition, Member, Schema, TypeRef, Union};
use crate::text::{Json, Kind, Number};

/// Checks the arguments of a request; without any they count as an empty object.
pub(super) fn arguments(
    schema: &Schema,
    members: &[Member],
    arguments: Option<&Json<'_>>,
    quirks: &Quirks,
) -> Result<(), CommandError> {
    let members: Vec<&Member> = members.iter().collect();
    Checker { schema, quirks }.object(&members, arguments, "")
}

struct Checker<'s> {
    schema: &'s Schema,
    quirks: &'s Quirks,
}

type Checked = Result<(), CommandError>;

impl Checker<'_> {
    /// `path` leads to the object, and is empty for the arguments themselves.
    fn object(&self, members: &[&Member], object: Option<&Json<'_>>, path: &str) -> Checked {
        for member in members {
            let path = join(path, &member.name);
            match object.and_then(|object| object.member(&member.name)) {
                Some(value) if value.is_null() && member.optional && self.takes(Liberty::NullForAbsent) => {}
                Some(value) => self.value(&member.ty, value, &path)?,
                None if member.optional || self.takes(Liberty::MissingArguments) => {}
                None => return Err(CommandError::new(format!("argument '{path}' is missing"))),
            }
        }
        if self.takes(Liberty::UnknownArguments) {
            return Ok(());
        }
        for present in object.map(Json::members).unwrap_or_default() {
            if !members.iter().any(|member| present.key.eq_str(&member.name)) {
                let path = join(path, &String::from_utf8_lossy(&present.key.decoded()));
                return Err(CommandError::new(format!("argument '{path}' is not known")));
            }
        }
        Ok(())
    }

    fn value(&self, ty: &TypeRef, value: &Json<'_>, path: &str) -> Checked {
        match ty {
            TypeRef::Builtin(builtin) => self.builtin(*builtin, value, path),
            TypeRef::Array(element) => {
                let Some(items) = value.as_array() else { return self.wrong(ty, value, path) };
                items
                    .iter()
                    .enumerate()
                    .try_for_each(|(at, item)| self.value(element, item, &format!("{path}[{at}]")))
            }
            TypeRef::Named(name) => match self.schema.definition(name).map(|found| &found.definition) {
                Some(Definition::Struct(_)) if value.is_object() => {
                    self.object(&self.schema.members_of(name), Some(value), path)
                }
                Some(Definition::Union(union)) if value.is_object() => self.union(union, value, path),
                Some(Definition::Alternate(alternate)) => self.alternate(alternate, value, path),
                Some(Definition::Enum(names)) if value.is_string() => {
                    let known =
                        names.values.iter().any(|known| value.as_str().as_deref() == Some(&known.name));
                    if known || self.takes(Liberty::UnknownNames) {
                        return Ok(());
                    }
                    Err(CommandError::new(format!("argument '{path}' has a name that is not known")))
                }
                Some(Definition::Struct(_) | Definition::Union(_) | Definition::Enum(_)) | None => {
                    self.wrong(ty, value, path)
                }
            },
        }
    }

    fn builtin(&self, builtin: Builtin, value: &Json<'_>, path: &str) -> Checked {
        let fits = match (builtin, &value.kind) {
            (Builtin::Any, _)
            | (Builtin::Null, Kind::Null)
            | (Builtin::Bool, Kind::Bool(_))
            | (Builtin::Number, Kind::Number(_))
            | (Builtin::Str | Builtin::QType, Kind::String(_)) => true,
            (Builtin::Str, Kind::Bool(_) | Kind::Number(_)) => self.takes(Liberty::ScalarsForStrings),
            (_, Kind::Number(number)) => match builtin.range() {
                Some(range) => return self.integer(range, number, path),
                None => false,
            },
            (_, Kind::String(_)) => builtin.range().is_some() && self.takes(Liberty::NumericStrings),
            (_, Kind::Null | Kind::Bool(_) | Kind::Array(_) | Kind::Object(_)) => false,
        };
        if fits { Ok(()) } else { self.wrong(&TypeRef::Builtin(builtin), value, path) }
    }

    fn integer(&self, (least, greatest): (i128, i128), number: &Number<'_>, path: &str) -> Checked {
        if !number.is_integer() {
            if self.takes(Liberty::Fractions) {
                return Ok(());
            }
            return Err(CommandError::new(format!("argument '{path}' is not an integer")));
        }
        let fits = number.as_i128().is_some_and(|value| (least..=greatest).contains(&value));
        if fits || self.takes(Liberty::OutOfRange) {
            return Ok(());
        }
        Err(CommandError::new(format!("argument '{path}' is out of range")))
    }

    fn union(&self, union: &Union, value: &Json<'_>, path: &str) -> Checked {
        let mut members: Vec<&Member> = union.base.iter().collect();
        let selected = value.member(&union.discriminator).and_then(Json::as_str);
        let branch = union.branches.iter().find(|branch| selected.as_deref() == Some(&branch.name));
        if let Some(TypeRef::Named(name)) = branch.map(|branch| &branch.ty) {
            members.extend(self.schema.members_of(name));
        }
        self.object(&members, Some(value), path)
    }

    /// The JSON type of the value selects the branch, and then the branch's type is what counts.
    fn alternate(&self, alternate: &Alternate, value: &Json<'_>, path: &str) -> Checked {
        match alternate.branches.iter().find(|branch| self.has_json_type(&branch.ty, value)) {
            Some(branch) => self.value(&branch.ty, value, path),
            None if self.takes(Liberty::WrongTypes) => Ok(()),
            None => Err(CommandError::new(format!("argument '{path}' can not be {}", value.type_name()))),
        }
    }

    fn has_json_type(&self, ty: &TypeRef, value: &Json<'_>) -> bool {
        match ty {
            TypeRef::Array(_) => value.is_array(),
            TypeRef::Builtin(builtin) => match builtin {
                Builtin::Str | Builtin::QType => value.is_string(),
                Builtin::Bool => value.as_bool().is_some(),
                Builtin::Null => value.is_null(),
                Builtin::Any => true,
                Builtin::Number
                | Builtin::Int
                | Builtin::Int8
                | Builtin::Int16
                | Builtin::Int32
                | Builtin::Int64
                | Builtin::Uint8
                | Builtin::Uint16
                | Builtin::Uint32
                | Builtin::Uint64
                | Builtin::Size => value.as_number().is_some(),
            },
            TypeRef::Named(name) => match self.schema.definition(name).map(|found| &found.definition) {
                Some(Definition::Enum(_)) => value.is_string(),
                Some(Definition::Struct(_) | Definition::Union(_)) => value.is_object(),
                // An alternate cannot be a branch of another one.
                Some(Definition::Alternate(_)) | None => false,
            },
        }
    }

    fn wrong(&self, ty: &TypeRef, value: &Json<'_>, path: &str) -> Checked {
        if self.takes(Liberty::WrongTypes) {
            return Ok(());
        }
        Err(CommandError::new(format!("argument '{path}' is of type {ty}, not {}", value.type_name())))
    }

    fn takes(&self, liberty: Liberty) -> bool {
        self.quirks.takes(liberty)
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
