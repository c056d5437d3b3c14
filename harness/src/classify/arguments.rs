//! The arguments of a request against the schema, to any depth. Every defect is found, not only the first.

use std::fmt::Write;

use crate::schema::{Builtin, Command, Definition, Enum, Member, Schema, TypeRef};
use crate::text::{Json, Kind, Number, json};

use super::envelope::{Findings, is_downstream};
use super::standing::{DefectKind, Latitude};

/// Checks the members of `arguments`. What exists only under a condition counts as existing.
pub(super) fn check(given: &[json::Member<'_>], command: &Command, schema: &Schema, findings: &mut Findings) {
    let mut check = Check { schema, findings, path: String::new() };
    let layout = Layout { members: command.arguments.iter().collect(), complete: true };
    check.members(given, &layout);
}

struct Check<'s, 'f> {
    schema: &'s Schema,
    findings: &'f mut Findings,
    /// Where we are, in the form of [`super::Defect::path`].
    path: String,
}

/// Which members an object may have.
struct Layout<'s> {
    members: Vec<&'s Member>,
    /// False if a wrong discriminator keeps us from knowing them all.
    complete: bool,
}

impl<'s> Check<'s, '_> {
    fn members(&mut self, given: &[json::Member<'_>], layout: &Layout<'s>) {
        for expected in &layout.members {
            let found = given.iter().find(|member| member.key == *expected.name.as_str());
            self.within_member(&expected.name, |check| match found {
                Some(member) => check.value(&member.value, &expected.ty),
                None if expected.optional => {}
                None => check.defect(DefectKind::ArgumentMissing),
            });
        }
        for member in given {
            let known = layout.members.iter().any(|expected| member.key == *expected.name.as_str());
            if known || !layout.complete {
                continue;
            }
            let key = member.key.decoded();
            if is_downstream(&key) {
                self.findings.latitude(Latitude::DownstreamName);
            } else {
                let name = String::from_utf8_lossy(&key);
                self.within_member(&name, |check| check.defect(DefectKind::ArgumentUnknown));
            }
        }
    }

    fn value(&mut self, value: &Json<'_>, ty: &'s TypeRef) {
        match ty {
            TypeRef::Builtin(builtin) => self.builtin(value, *builtin),
            TypeRef::Array(element) => match &value.kind {
                Kind::Array(items) => {
                    for (index, item) in items.iter().enumerate() {
                        self.within(format_args!("[{index}]"), |check| check.value(item, element));
                    }
                }
                _ => self.defect(DefectKind::ArgumentType),
            },
            TypeRef::Named(name) => match self.schema.definition(name).map(|found| &found.definition) {
                Some(Definition::Struct(_) | Definition::Union(_)) => match &value.kind {
                    Kind::Object(members) => {
                        let layout = self.layout(name, value);
                        self.members(members, &layout);
                    }
                    _ => self.defect(DefectKind::ArgumentType),
                },
                Some(Definition::Enum(definition)) => self.enum_value(value, definition),
                Some(Definition::Alternate(alternate)) => {
                    let chosen = alternate.branches.iter().find(|branch| self.takes(&branch.ty, value));
                    match chosen {
                        Some(branch) => self.value(value, &branch.ty),
                        None => self.defect(DefectKind::ArgumentType),
                    }
                }
                // The schema itself is wrong here; that is not the request's fault.
                None => {}
            },
        }
    }

    /// The members of an object of the struct or union `name`: those of a union depend on the object.
    fn layout(&self, name: &str, object: &Json<'_>) -> Layout<'s> {
        let mut members = Vec::new();
        let mut name = name.to_owned();
        // A branch may be a union again. A schema in which this never ends is wrong; the bound keeps it from
        // hanging us.
        for _ in 0..=self.schema.types().len() {
            let Some(found) = self.schema.definition(&name) else { break };
            let Definition::Union(union) = &found.definition else {
                members.extend(self.schema.members_of(&name));
                return Layout { members, complete: true };
            };
            members.extend(&union.base);
            let Some(tag) = object.member(&union.discriminator).and_then(Json::as_str) else { break };
            match union.branches.iter().find(|branch| branch.name == tag).map(|branch| &branch.ty) {
                Some(TypeRef::Named(branch)) => name.clone_from(branch),
                Some(TypeRef::Builtin(_) | TypeRef::Array(_)) => break,
                None => {
                    let complete =
                        self.is_tag(union.base.iter().find(|of| of.name == union.discriminator), &tag);
                    return Layout { members, complete };
                }
            }
        }
        Layout { members, complete: false }
    }

    /// Whether `tag` is a value of the discriminator's enum; a value without a branch adds no members.
    fn is_tag(&self, discriminator: Option<&Member>, tag: &str) -> bool {
        let Some(TypeRef::Named(name)) = discriminator.map(|member| &member.ty) else { return false };
        match self.schema.definition(name).map(|found| &found.definition) {
            Some(Definition::Enum(tags)) => tags.values.iter().any(|value| value.name == tag),
            _ => false,
        }
    }

    /// Whether an alternate takes this branch for the value: only the JSON type decides.
    fn takes(&self, branch: &TypeRef, value: &Json<'_>) -> bool {
        match branch {
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
                Some(Definition::Struct(_) | Definition::Union(_)) => value.is_object(),
                Some(Definition::Enum(_)) => value.is_string(),
                // No alternate is a branch of another one.
                Some(Definition::Alternate(_)) | None => false,
            },
        }
    }

    fn enum_value(&mut self, value: &Json<'_>, definition: &Enum) {
        let Kind::String(text) = &value.kind else { return self.defect(DefectKind::ArgumentType) };
        if definition.values.iter().any(|known| *text == *known.name.as_str()) {
            return;
        }
        if is_downstream(&text.decoded()) {
            self.findings.latitude(Latitude::DownstreamName);
        } else {
            self.defect(DefectKind::ArgumentEnum);
        }
    }

    fn builtin(&mut self, value: &Json<'_>, builtin: Builtin) {
        if let Some(range) = builtin.range() {
            match &value.kind {
                Kind::Number(number) => self.integer(number, range),
                _ => self.defect(DefectKind::ArgumentType),
            }
        } else if !self.takes(&TypeRef::Builtin(builtin), value) {
            self.defect(DefectKind::ArgumentType);
        }
    }

    fn integer(&mut self, number: &Number<'_>, (least, greatest): (i128, i128)) {
        // Some readers take a negative number for an unsigned type, and wrap it.
        let wraps = least == 0;
        let negative_least = i128::from(i64::MIN);
        if number.is_integer() {
            match number.as_i128() {
                Some(value) if (least..=greatest).contains(&value) => {}
                Some(value) if wraps && (negative_least..0).contains(&value) => {
                    self.findings.latitude(Latitude::NegativeUnsigned);
                }
                _ => self.defect(DefectKind::ArgumentRange),
            }
            return;
        }
        // Such a spelling reaches most agents as a double, so a double decides what it means.
        let value = number.as_f64();
        let integral = value.is_finite() && value.fract() == 0.0;
        if integral && (least as f64..=greatest as f64).contains(&value) {
            self.findings.latitude(Latitude::IntegerSpelling);
        } else if integral && wraps && (negative_least as f64..0.0).contains(&value) {
            self.findings.latitude(Latitude::IntegerSpelling);
            self.findings.latitude(Latitude::NegativeUnsigned);
        } else {
            self.defect(DefectKind::ArgumentRange);
        }
    }

    fn within_member(&mut self, name: &str, look: impl FnOnce(&mut Self)) {
        let dot = if self.path.is_empty() { "" } else { "." };
        self.within(format_args!("{dot}{name}"), look);
    }

    fn within(&mut self, step: std::fmt::Arguments<'_>, look: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.write_fmt(step).expect("writing into a string cannot fail");
        look(self);
        self.path.truncate(length);
    }

    fn defect(&mut self, kind: DefectKind) {
        self.findings.defect(kind, self.path.clone());
    }
}
