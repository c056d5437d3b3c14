//! What needs all definitions at once: whether types exist and fit their use, bases, unions, alternates, and
//! the arguments of commands that name a struct.

use std::collections::{HashMap, HashSet};

use super::alternate::check_alternate;
use super::names::{did_you_mean, munged};
use super::{Context, Draft, Role, Use};
use crate::schema::model::{Branch, Builtin, Command, Definition, Event, Member, Schema, TypeDef, TypeRef};
use crate::text::Span;

/// More levels of bases than any schema has; it bounds the work for each struct.
const MAX_BASES: usize = 32;

/// How many members may be copied into unions and commands that name a struct, in all. A text can name a
/// large struct very often; a real schema stays far below.
const MAX_COPIES: usize = 100_000;

/// Completes the model, and reports what does not fit together.
pub(super) fn resolve(context: &mut Context<'_>, draft: Draft) -> Schema {
    let Draft { commands, events, types, base_names, discriminators } = draft;
    let mut schema = Schema::new(commands, types).with_events(events);
    for usage in std::mem::take(&mut context.uses) {
        judge_use(context, &schema, &usage);
    }
    let mut copies = Copies { left: MAX_COPIES };
    for (at, base) in base_names.iter().enumerate() {
        let Some((base, span)) = base else { continue };
        cut_loop(context, &mut schema, at, base, *span);
        let inherited = copies.members_of(context, &schema, base, *span);
        if let Definition::Union(union) = &mut schema.types_mut()[at].definition {
            union.base = inherited;
        }
    }
    let mut members = MemberIndex::default();
    for (definition, discriminator) in schema.types().iter().zip(discriminators) {
        match &definition.definition {
            Definition::Struct(structure) => {
                let Some(base) = &structure.base else { continue };
                report_clashes(context, &mut members, &schema, &structure.members, base);
            }
            Definition::Union(union) => {
                if let Some(span) = discriminator {
                    check_discriminator(context, &schema, definition, span);
                }
                for branch in &union.branches {
                    if let TypeRef::Named(name) = &branch.ty {
                        report_clashes(context, &mut members, &schema, &union.base, name);
                    }
                }
            }
            Definition::Alternate(alternate) => check_alternate(context, &schema, &alternate.branches),
            Definition::Enum(_) => {}
        }
    }
    for at in 0..schema.commands().len() {
        let Command { data_type: Some(name), place, .. } = &schema.commands()[at] else { continue };
        let arguments = copies.members_of(context, &schema, name, place.span);
        schema.commands_mut()[at].arguments = arguments;
    }
    for at in 0..schema.events().len() {
        let Event { data_type: Some(name), place, .. } = &schema.events()[at] else { continue };
        let data = copies.members_of(context, &schema, name, place.span);
        schema.events_mut()[at].data = data;
    }
    schema
}

/// Names of types in other languages, and what they are called here.
const FOREIGN: [(&str, &str); 9] = [
    ("string", "str"),
    ("integer", "int"),
    ("boolean", "bool"),
    ("float", "number"),
    ("double", "number"),
    ("long", "int64"),
    ("byte", "uint8"),
    ("object", "any"),
    ("void", "null"),
];

fn judge_use(context: &mut Context<'_>, schema: &Schema, usage: &Use) {
    let (TypeRef::Named(name), Use { span, role, .. }) = (innermost(&usage.ty), usage) else {
        return judge_role(context, usage, None);
    };
    if let Some(definition) = schema.definition(name) {
        return judge_role(context, usage, Some(definition));
    }
    if let Some(place) = context.names.get(name) {
        let is_event = || schema.events().iter().any(|event| event.name == *name);
        let kind = match schema.command(name) {
            Some(_) => "a command",
            None if !context.remarks.is_full() && is_event() => "an event",
            None => return,
        };
        let remark = context.remarks.error("undefined-type", *span, format!("`{name}` is no type"));
        remark.related(*place, format!("this is {kind}")).help("name a type");
        return;
    }
    if context.partial || context.remarks.is_full() {
        return;
    }
    let foreign =
        FOREIGN.iter().find(|(foreign, _)| foreign.eq_ignore_ascii_case(name)).map(|(_, ours)| *ours);
    let help = foreign.map_or_else(
        || {
            let mut known: Vec<&str> = Builtin::ALL.into_iter().map(Builtin::name).collect();
            known.extend(schema.types().iter().map(|definition| definition.name.as_str()));
            did_you_mean(name, known, || "define it, or use a type that is defined".to_owned())
        },
        |ours| format!("this is called `{ours}` in a schema"),
    );
    let what = if *role == Role::Base { "struct" } else { "type" };
    let remark =
        context.remarks.error("undefined-type", *span, format!("the {what} `{name}` is not defined"));
    remark.label("not defined").help(help);
}

fn innermost(ty: &TypeRef) -> &TypeRef {
    match ty {
        TypeRef::Array(element) => innermost(element),
        TypeRef::Builtin(_) | TypeRef::Named(_) => ty,
    }
}

/// Whether a type that exists fits its use; `definition` is the innermost type's, none if that is built in.
fn judge_role(context: &mut Context<'_>, usage: &Use, definition: Option<&TypeDef>) {
    let kind = definition.map(|definition| &definition.definition);
    let is_struct = matches!(kind, Some(Definition::Struct(_)));
    let is_union = matches!(kind, Some(Definition::Union(_)));
    let is_array = matches!(usage.ty, TypeRef::Array(_));
    let span = usage.span;
    match usage.role {
        Role::Member | Role::Wrapped => {}
        Role::Base if is_struct && !is_array => {}
        Role::Base => {
            let remark = context.remarks.error("base-not-struct", span, "the base must be a struct");
            remark.help("name a struct, or list the base's members");
        }
        Role::Data { .. } if is_struct => {}
        Role::Data { boxed: true } if is_union => {}
        Role::Data { .. } => {
            let remark = context.remarks.error("data-not-object", span, "`data` must name a struct");
            remark.help("name a struct, a union together with `'boxed': true`, or list the members");
        }
        Role::Returns { exempt } if exempt || is_struct || is_union => {}
        Role::Returns { .. } => {
            let remark = context.remarks.outdated(
                "returns-not-object",
                span,
                "commands return objects, or lists of them",
            );
            remark.help("return a struct, or name the command in the pragma `command-returns-exceptions`");
        }
        Role::UnionBranch if (is_struct || is_union) && !is_array => {}
        Role::UnionBranch => {
            let remark =
                context.remarks.error("branch-not-object", span, "a branch of a union must be a struct");
            remark.help("define a struct with this as its member");
        }
        Role::AlternateBranch if is_array => {}
        Role::AlternateBranch => {
            let is_any = usage.ty == TypeRef::Builtin(Builtin::Any);
            if is_any || matches!(kind, Some(Definition::Alternate(_))) {
                let remark =
                    context.remarks.error("bad-branch", span, "this type fits no branch of an alternate");
                remark.help("use a type with one JSON type only");
            }
        }
    }
}

/// Removes the base at `span` from type `at` if following it comes back to the type, or does not end soon.
fn cut_loop(context: &mut Context<'_>, schema: &mut Schema, at: usize, base: &str, span: Span) {
    let name = schema.types()[at].name.as_str();
    let mut next = Some(base);
    let mut seen = HashSet::new();
    let (code, message) = loop {
        let Some(current) = next else { return };
        if current == name {
            break ("base-loop", format!("`{name}` is a base of itself"));
        }
        if !seen.insert(current) {
            // A loop further up, which is reported for its own members.
            return;
        }
        if seen.len() > MAX_BASES {
            break ("base-too-deep", format!("more than {MAX_BASES} levels of bases"));
        }
        next = match schema.definition(current).map(|definition| &definition.definition) {
            Some(Definition::Struct(structure)) => structure.base.as_deref(),
            _ => None,
        };
    };
    let remark = context.remarks.error(code, span, message);
    remark.help("remove this base, or move the shared members into a struct without one");
    if let Some(place) = context.names.get(base) {
        remark.related(*place, "the base is defined here");
    }
    if let Definition::Struct(structure) = &mut schema.types_mut()[at].definition {
        structure.base = None;
    }
}

/// Copies members, up to a limit over the whole schema.
struct Copies {
    left: usize,
}

impl Copies {
    /// The members of a struct with those of its bases, or of the base of a union; empty for anything else.
    fn members_of(
        &mut self,
        context: &mut Context<'_>,
        schema: &Schema,
        name: &str,
        span: Span,
    ) -> Vec<Member> {
        let members: Vec<&Member> = match schema.definition(name).map(|definition| &definition.definition) {
            Some(Definition::Struct(_)) => schema.members_of(name),
            Some(Definition::Union(union)) => union.base.iter().collect(),
            Some(Definition::Enum(_) | Definition::Alternate(_)) | None => Vec::new(),
        };
        if members.len() > self.left {
            self.left = 0;
            let remark =
                context.remarks.error("too-many-members", span, "named structs have too many members in all");
            remark.help("is this text a schema? no real one comes near this limit");
            return Vec::new();
        }
        self.left -= members.len();
        members.into_iter().cloned().collect()
    }
}

/// For each struct that is asked about, its own members by their munged names.
#[derive(Default)]
struct MemberIndex<'a> {
    structs: HashMap<&'a str, HashMap<String, Span>>,
}

impl<'a> MemberIndex<'a> {
    /// Where struct `name` or one of its bases has a member that cannot stand beside `member`.
    fn find(&mut self, schema: &'a Schema, name: &str, member: &str) -> Option<Span> {
        let mut next = schema.definition(name);
        for _ in 0..=MAX_BASES {
            let definition = next?;
            let Definition::Struct(structure) = &definition.definition else { return None };
            let own = self.structs.entry(&definition.name).or_insert_with(|| {
                structure.members.iter().map(|member| (munged(&member.name), member.place.span)).collect()
            });
            if let Some(span) = own.get(member) {
                return Some(*span);
            }
            next = structure.base.as_deref().and_then(|base| schema.definition(base));
        }
        None
    }
}

/// Reports each of `members` that the struct `other`, which stands in the same object, has as well.
fn report_clashes<'a>(
    context: &mut Context<'_>,
    index: &mut MemberIndex<'a>,
    schema: &'a Schema,
    members: &[Member],
    other: &str,
) {
    for member in members {
        if let Some(place) = index.find(schema, other, &munged(&member.name)) {
            let message = format!("`{}` is also a member of `{other}`", member.name);
            let remark = context.remarks.error("member-clash", member.place.span, message);
            remark.related(place, "the other one").help("both stand in the same object; rename one of them");
        }
    }
}

/// Whether the discriminator of a union is fit for it, and whether the branches are values of it.
fn check_discriminator(context: &mut Context<'_>, schema: &Schema, definition: &TypeDef, span: Span) {
    let Definition::Union(union) = &definition.definition else { return };
    let Some(member) = union.base.iter().find(|member| member.name == union.discriminator) else {
        if !union.base.is_empty() {
            let names = union.base.iter().map(|member| member.name.as_str());
            let help = did_you_mean(&union.discriminator, names, || "name a member of the base".to_owned());
            let message = format!("the base has no member `{}`", union.discriminator);
            context.remarks.error("unknown-discriminator", span, message).help(help);
        }
        return;
    };
    let place = member.place.span;
    if member.optional {
        let remark =
            context.remarks.error("optional-discriminator", span, "the discriminator must not be optional");
        remark.related(place, "optional here").help("remove the `*`");
    }
    if member.condition.is_some() {
        let remark =
            context.remarks.error("conditional-discriminator", span, "the discriminator must always exist");
        remark.related(place, "conditional here").help("remove its `if`");
    }
    let discriminated = match &member.ty {
        TypeRef::Named(name) => schema.definition(name),
        TypeRef::Builtin(_) | TypeRef::Array(_) => None,
    };
    match discriminated.map(|definition| &definition.definition) {
        Some(Definition::Enum(values)) => {
            let known: HashSet<&str> = values.values.iter().map(|value| value.name.as_str()).collect();
            for branch in union.branches.iter().filter(|branch| !known.contains(branch.name.as_str())) {
                unknown_branch(
                    context,
                    branch,
                    &member.ty,
                    values.values.iter().map(|value| value.name.as_str()),
                );
            }
        }
        // An undefined type was reported where it is used.
        None if matches!(member.ty, TypeRef::Named(_)) => {}
        _ => {
            let remark = context.remarks.error(
                "discriminator-not-enum",
                span,
                "the discriminator must be of an enum type",
            );
            remark
                .related(place, format!("it is of type {}", member.ty))
                .help("define an enum whose values name the branches");
        }
    }
}

fn unknown_branch<'a>(
    context: &mut Context<'_>,
    branch: &Branch,
    ty: &TypeRef,
    values: impl IntoIterator<Item = &'a str>,
) {
    if context.remarks.is_full() {
        return;
    }
    let help = did_you_mean(&branch.name, values, || format!("add it to {ty}, or remove the branch"));
    let message = format!("`{}` is no value of {ty}", branch.name);
    context.remarks.error("unknown-branch", branch.place.span, message).help(help);
}
