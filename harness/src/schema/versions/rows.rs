//! The rows as they are written, and the texts of what each release added.

use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de};

use super::Version;
use crate::schema::{Builtin, Condition, Schema, Severity, TypeRef};

/// The rows of all releases that changed something, the oldest first.
pub(super) fn releases() -> &'static [Release] {
    &RELEASES
}

/// What one release changed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Release {
    #[serde(deserialize_with = "version")]
    pub(super) version: Version,
    #[serde(default, rename = "definition")]
    pub(super) definitions: Vec<AddedDefinition>,
    #[serde(default, rename = "member")]
    pub(super) members: Vec<AddedMember>,
    #[serde(default, rename = "value")]
    pub(super) values: Vec<AddedValue>,
    #[serde(default, rename = "argument")]
    pub(super) arguments: Vec<RetypedArgument>,
    #[serde(default, rename = "condition")]
    pub(super) conditions: Vec<ChangedCondition>,
}

/// A command or a type that was added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddedDefinition {
    pub(super) name: String,
    pub(super) after: Option<String>,
}

/// An optional member that a struct got.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddedMember {
    pub(super) of: String,
    pub(super) name: String,
    #[serde(rename = "type", deserialize_with = "type_ref")]
    pub(super) ty: TypeRef,
    pub(super) after: String,
    /// Its documentation; empty if the seed has it.
    #[serde(default)]
    pub(super) says: String,
}

/// A value that an enum of the seed got.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddedValue {
    pub(super) of: String,
    pub(super) name: String,
    pub(super) after: String,
    /// Its documentation; empty if the seed has it.
    #[serde(default)]
    pub(super) says: String,
}

/// An argument of a command whose type became another one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetypedArgument {
    pub(super) of: String,
    pub(super) name: String,
    #[serde(deserialize_with = "type_ref")]
    pub(super) from: TypeRef,
    #[serde(deserialize_with = "type_ref")]
    pub(super) to: TypeRef,
    /// Its documentation from then on.
    pub(super) says: String,
}

/// The `if` of definitions that became another one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChangedCondition {
    pub(super) of: Vec<String>,
    #[serde(default, deserialize_with = "condition")]
    pub(super) from: Option<Condition>,
    #[serde(default, deserialize_with = "condition")]
    pub(super) to: Option<Condition>,
}

/// The definitions that a release added, as a schema of its own.
pub(super) fn additions(version: Version) -> Option<&'static Schema> {
    ADDITIONS.iter().find(|(of, _)| *of == version).map(|(_, schema)| schema)
}

/// Releases, the names of their texts, and the texts.
const TEXTS: [(Version, &str, &str); 4] = [
    (Version::V7_1, "changes/7.1.json", include_str!("../../../schema/changes/7.1.json")),
    (Version::V8_1, "changes/8.1.json", include_str!("../../../schema/changes/8.1.json")),
    (Version::V9_1, "changes/9.1.json", include_str!("../../../schema/changes/9.1.json")),
    (Version::V10_0, "changes/10.0.json", include_str!("../../../schema/changes/10.0.json")),
];

static ADDITIONS: LazyLock<Vec<(Version, Schema)>> = LazyLock::new(|| {
    let read = |(version, name, text)| {
        let (schema, diagnostics) = crate::schema::read(name, text);
        debug_assert!(
            diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error),
            "the additions of {version} have errors: {diagnostics:?}"
        );
        (version, schema)
    };
    TEXTS.into_iter().map(read).collect()
});

static RELEASES: LazyLock<Vec<Release>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../../schema/changes.toml"))
        .expect("the rows are part of the program, and a test reads them");
    file.release
});

/// The data as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    release: Vec<Release>,
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    let name = String::deserialize(deserializer)?;
    Version::parse(&name).ok_or_else(|| de::Error::custom(format!("unknown version `{name}`")))
}

fn type_ref<'de, D: Deserializer<'de>>(deserializer: D) -> Result<TypeRef, D::Error> {
    let name = String::deserialize(deserializer)?;
    Ok(Builtin::from_name(&name).map_or(TypeRef::Named(name), TypeRef::Builtin))
}

fn condition<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Condition>, D::Error> {
    Written::deserialize(deserializer).map(|written| Some(written.into()))
}

/// A condition as TOML has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Symbol(String),
    Tree(Tree),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Tree {
    All(Vec<Written>),
    Any(Vec<Written>),
    Not(Box<Written>),
}

impl From<Written> for Condition {
    fn from(written: Written) -> Self {
        let each = |list: Vec<Written>| list.into_iter().map(Self::from).collect();
        match written {
            Written::Symbol(symbol) => Self::Symbol(symbol),
            Written::Tree(Tree::All(list)) => Self::All(each(list)),
            Written::Tree(Tree::Any(list)) => Self::Any(each(list)),
            Written::Tree(Tree::Not(inner)) => Self::Not(Box::new((*inner).into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_in_order() {
        assert!(releases().is_sorted_by(|a, b| a.version < b.version));
    }

    #[test]
    fn additions_are_read_without_a_remark_and_every_one_has_a_row() {
        for (version, name, text) in TEXTS {
            let (schema, diagnostics) = crate::schema::read(name, text);
            assert!(diagnostics.is_empty(), "{diagnostics:#?}");
            let release = releases().iter().find(|release| release.version == version).unwrap();
            assert_eq!(
                schema.commands().len() + schema.types().len(),
                release.definitions.len(),
                "{version}"
            );
        }
    }
}
