//! A schema as data for other programs: what `schema show --json` prints.
//!
//! The keys are stable. Types, conditions and features are written as in schema text, so that who reads QAPI
//! reads this; everything that is optional is there, as `null` or an empty list.

use serde::Serialize;

use super::model::{
    Branch, Command, Condition, Definition, Doc, DocSection, EnumValue, Feature, Member, Place, Schema,
    TypeDef, TypeRef,
};

/// One or more schemas.
#[derive(Debug, Serialize)]
pub struct SchemaView<'a> {
    commands: Vec<CommandView<'a>>,
    types: Vec<TypeView<'a>>,
}

impl<'a> SchemaView<'a> {
    /// All commands and types, schema after schema.
    pub fn new(schemas: impl IntoIterator<Item = &'a Schema>) -> Self {
        let mut view = Self { commands: Vec::new(), types: Vec::new() };
        for schema in schemas {
            view.commands.extend(schema.commands().iter().map(CommandView::new));
            view.types.extend(schema.types().iter().map(TypeView::new));
        }
        view
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct CommandView<'a> {
    name: &'a str,
    arguments: Vec<MemberView<'a>>,
    returns: Option<TypeRefView<'a>>,
    success_response: bool,
    #[serde(rename = "if")]
    condition: Option<ConditionView<'a>>,
    features: Vec<FeatureView<'a>>,
    doc: DocView<'a>,
    place: PlaceView<'a>,
}

impl<'a> CommandView<'a> {
    fn new(command: &'a Command) -> Self {
        Self {
            name: &command.name,
            arguments: command.arguments.iter().map(MemberView::new).collect(),
            returns: command.returns.as_ref().map(TypeRefView::new),
            success_response: command.success_response,
            condition: command.condition.as_ref().map(ConditionView::new),
            features: features(&command.features),
            doc: DocView::new(&command.doc),
            place: PlaceView::new(&command.place),
        }
    }
}

#[derive(Debug, Serialize)]
struct TypeView<'a> {
    name: &'a str,
    #[serde(flatten)]
    definition: DefinitionView<'a>,
    #[serde(rename = "if")]
    condition: Option<ConditionView<'a>>,
    features: Vec<FeatureView<'a>>,
    doc: DocView<'a>,
    place: PlaceView<'a>,
}

impl<'a> TypeView<'a> {
    fn new(definition: &'a TypeDef) -> Self {
        Self {
            name: &definition.name,
            definition: DefinitionView::new(&definition.definition),
            condition: definition.condition.as_ref().map(ConditionView::new),
            features: features(&definition.features),
            doc: DocView::new(&definition.doc),
            place: PlaceView::new(&definition.place),
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum DefinitionView<'a> {
    Struct { base: Option<&'a str>, members: Vec<MemberView<'a>> },
    Enum { values: Vec<EnumValueView<'a>> },
    Union { base: Vec<MemberView<'a>>, discriminator: &'a str, branches: Vec<BranchView<'a>> },
    Alternate { branches: Vec<BranchView<'a>> },
}

impl<'a> DefinitionView<'a> {
    fn new(definition: &'a Definition) -> Self {
        match definition {
            Definition::Struct(structure) => Self::Struct {
                base: structure.base.as_deref(),
                members: structure.members.iter().map(MemberView::new).collect(),
            },
            Definition::Enum(values) => {
                Self::Enum { values: values.values.iter().map(EnumValueView::new).collect() }
            }
            Definition::Union(union) => Self::Union {
                base: union.base.iter().map(MemberView::new).collect(),
                discriminator: &union.discriminator,
                branches: union.branches.iter().map(BranchView::new).collect(),
            },
            Definition::Alternate(alternate) => {
                Self::Alternate { branches: alternate.branches.iter().map(BranchView::new).collect() }
            }
        }
    }
}

#[derive(Debug, Serialize)]
struct MemberView<'a> {
    name: &'a str,
    optional: bool,
    #[serde(rename = "type")]
    ty: TypeRefView<'a>,
    #[serde(rename = "if")]
    condition: Option<ConditionView<'a>>,
    features: Vec<FeatureView<'a>>,
    place: PlaceView<'a>,
}

impl<'a> MemberView<'a> {
    fn new(member: &'a Member) -> Self {
        Self {
            name: &member.name,
            optional: member.optional,
            ty: TypeRefView::new(&member.ty),
            condition: member.condition.as_ref().map(ConditionView::new),
            features: features(&member.features),
            place: PlaceView::new(&member.place),
        }
    }
}

#[derive(Debug, Serialize)]
struct EnumValueView<'a> {
    name: &'a str,
    #[serde(rename = "if")]
    condition: Option<ConditionView<'a>>,
    features: Vec<FeatureView<'a>>,
}

impl<'a> EnumValueView<'a> {
    fn new(value: &'a EnumValue) -> Self {
        let condition = value.condition.as_ref().map(ConditionView::new);
        Self { name: &value.name, condition, features: features(&value.features) }
    }
}

#[derive(Debug, Serialize)]
struct BranchView<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: TypeRefView<'a>,
    #[serde(rename = "if")]
    condition: Option<ConditionView<'a>>,
    place: PlaceView<'a>,
}

impl<'a> BranchView<'a> {
    fn new(branch: &'a Branch) -> Self {
        Self {
            name: &branch.name,
            ty: TypeRefView::new(&branch.ty),
            condition: branch.condition.as_ref().map(ConditionView::new),
            place: PlaceView::new(&branch.place),
        }
    }
}

/// `"Type"` or `["Type"]`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum TypeRefView<'a> {
    Name(&'a str),
    Array([Box<TypeRefView<'a>>; 1]),
}

impl<'a> TypeRefView<'a> {
    fn new(ty: &'a TypeRef) -> Self {
        match ty {
            TypeRef::Builtin(builtin) => Self::Name(builtin.name()),
            TypeRef::Named(name) => Self::Name(name),
            TypeRef::Array(element) => Self::Array([Box::new(Self::new(element))]),
        }
    }
}

/// `"SYMBOL"`, `{"all": […]}`, `{"any": […]}` or `{"not": …}`.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum ConditionView<'a> {
    Symbol(&'a str),
    All { all: Vec<ConditionView<'a>> },
    Any { any: Vec<ConditionView<'a>> },
    Not { not: Box<ConditionView<'a>> },
}

impl<'a> ConditionView<'a> {
    fn new(condition: &'a Condition) -> Self {
        match condition {
            Condition::Symbol(symbol) => Self::Symbol(symbol),
            Condition::All(parts) => Self::All { all: parts.iter().map(Self::new).collect() },
            Condition::Any(parts) => Self::Any { any: parts.iter().map(Self::new).collect() },
            Condition::Not(part) => Self::Not { not: Box::new(Self::new(part)) },
        }
    }
}

#[derive(Debug, Serialize)]
struct FeatureView<'a> {
    name: &'a str,
    #[serde(rename = "if")]
    condition: Option<ConditionView<'a>>,
}

impl<'a> FeatureView<'a> {
    fn new(feature: &'a Feature) -> Self {
        Self { name: &feature.name, condition: feature.condition.as_ref().map(ConditionView::new) }
    }
}

fn features(features: &[Feature]) -> Vec<FeatureView<'_>> {
    features.iter().map(FeatureView::new).collect()
}

#[derive(Debug, Serialize)]
struct DocView<'a> {
    body: &'a str,
    sections: Vec<DocSectionView<'a>>,
}

impl<'a> DocView<'a> {
    fn new(doc: &'a Doc) -> Self {
        let section = |section: &'a DocSection| DocSectionView { title: &section.title, text: &section.text };
        Self { body: &doc.body, sections: doc.sections.iter().map(section).collect() }
    }
}

#[derive(Debug, Serialize)]
struct DocSectionView<'a> {
    title: &'a str,
    text: &'a str,
}

#[derive(Debug, Serialize)]
struct PlaceView<'a> {
    source: &'a str,
    line: usize,
    column: usize,
    start: usize,
    end: usize,
}

impl<'a> PlaceView<'a> {
    fn new(place: &'a Place) -> Self {
        let Place { source, span, line, column } = place;
        Self { source, line: *line, column: *column, start: span.start, end: span.end }
    }
}
