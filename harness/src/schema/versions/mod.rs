//! The guest agent's schema in each release of QEMU.
//!
//! One text is written out, the built-in schema; the others are derived from it by the rows of
//! `schema/changes.toml`. `rows` reads them, `apply` carries them out. No other text is kept per release.

mod apply;
mod rows;

use std::fmt;
use std::sync::OnceLock;

use super::{Schema, builtin};
use apply::Draft;
use rows::Release;

/// A version of the guest agent's schema, in the order in which they came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "a release of QEMU says all that there is to say")]
pub enum Version {
    V5_2,
    V6_0,
    V6_1,
    V6_2,
    V7_0,
    /// The built-in text: a state between two releases.
    Seed,
    V7_1,
    V7_2,
    V8_0,
    V8_1,
    V8_2,
    V9_0,
    V9_1,
    V9_2,
    V10_0,
    V10_1,
    V10_2,
    V11_0,
    V11_1,
}

/// All versions, the oldest first.
pub const ALL: [Version; 19] = [
    Version::V5_2,
    Version::V6_0,
    Version::V6_1,
    Version::V6_2,
    Version::V7_0,
    Version::Seed,
    Version::V7_1,
    Version::V7_2,
    Version::V8_0,
    Version::V8_1,
    Version::V8_2,
    Version::V9_0,
    Version::V9_1,
    Version::V9_2,
    Version::V10_0,
    Version::V10_1,
    Version::V10_2,
    Version::V11_0,
    Version::V11_1,
];

impl Version {
    /// The last one, which no other is newer than.
    pub const LAST: Self = ALL[ALL.len() - 1];

    /// The name: `8.1`, or `seed`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V5_2 => "5.2",
            Self::V6_0 => "6.0",
            Self::V6_1 => "6.1",
            Self::V6_2 => "6.2",
            Self::V7_0 => "7.0",
            Self::Seed => "seed",
            Self::V7_1 => "7.1",
            Self::V7_2 => "7.2",
            Self::V8_0 => "8.0",
            Self::V8_1 => "8.1",
            Self::V8_2 => "8.2",
            Self::V9_0 => "9.0",
            Self::V9_1 => "9.1",
            Self::V9_2 => "9.2",
            Self::V10_0 => "10.0",
            Self::V10_1 => "10.1",
            Self::V10_2 => "10.2",
            Self::V11_0 => "11.0",
            Self::V11_1 => "11.1",
        }
    }

    /// The version of this exact name.
    pub fn parse(name: &str) -> Option<Self> {
        ALL.into_iter().find(|version| version.name() == name)
    }

    /// What an agent that calls itself `version` follows: the last release that is not newer. `None` if all
    /// are, or if `version` does not start with two numbers and a dot between them; its form is up to the
    /// agent.
    pub fn for_agent(version: &str) -> Option<Self> {
        let agent = release_of(version)?;
        ALL.into_iter().rev().find(|known| release_of(known.name()).is_some_and(|release| release <= agent))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The two numbers that a version starts with.
fn release_of(version: &str) -> Option<(u32, u32)> {
    let (major, rest) = version.trim_start().split_once('.')?;
    let minor = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The schema of a version.
pub fn model(version: Version) -> &'static Schema {
    static MODELS: [OnceLock<Schema>; ALL.len()] = [const { OnceLock::new() }; ALL.len()];
    if version == Version::Seed {
        return builtin::seed();
    }
    MODELS[version as usize].get_or_init(|| {
        let schema = derive(version);
        debug_assert!(schema.is_ok(), "the rows up to {version} do not fit: {schema:?}");
        schema.unwrap_or_default()
    })
}

/// The seed, with the rows of all releases between it and `version` applied or undone.
fn derive(version: Version) -> Result<Schema, apply::Misfit> {
    let mut draft = Draft::of(builtin::seed());
    let passed = |release: &&Release| version < release.version && release.version <= Version::Seed;
    for release in rows::releases().iter().rev().filter(passed) {
        draft.undo(release)?;
    }
    let reached = |release: &&Release| Version::Seed < release.version && release.version <= version;
    for release in rows::releases().iter().filter(reached) {
        draft.apply(release)?;
    }
    Ok(draft.finish().with_version(version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Definition, Doc};

    #[test]
    fn every_version_is_derived_and_has_its_commands() {
        for version in ALL {
            let expected = match version {
                Version::V5_2
                | Version::V6_0
                | Version::V6_1
                | Version::V6_2
                | Version::V7_0
                | Version::Seed => 40,
                Version::V7_1
                | Version::V7_2
                | Version::V8_0
                | Version::V8_1
                | Version::V8_2
                | Version::V9_0 => 42,
                Version::V9_1 | Version::V9_2 => 43,
                Version::V10_0 | Version::V10_1 | Version::V10_2 | Version::V11_0 | Version::V11_1 => 44,
            };
            derive(version).unwrap();
            assert_eq!(model(version).commands().len(), expected, "{version}");
        }
    }

    #[test]
    fn versions_are_in_order_and_have_names_of_their_own() {
        assert!(ALL.is_sorted_by(|a, b| a < b));
        for version in ALL {
            assert_eq!(ALL[version as usize], version);
            assert_eq!(Version::parse(version.name()), Some(version));
        }
        assert_eq!(Version::parse("8"), None);
        assert_eq!(Version::parse("8.10"), None);
    }

    #[test]
    fn agents_follow_the_last_release_that_is_not_newer() {
        for (agent, version) in [
            ("5.2.0", Some(Version::V5_2)),
            ("7.0.91", Some(Version::V7_0)),
            ("7.2.22", Some(Version::V7_2)),
            ("8.3", Some(Version::V8_2)),
            ("10.0.2 (Debian 1:10.0.2+ds-2)", Some(Version::V10_0)),
            ("99.0.0", Some(Version::V11_1)),
            ("4.2.1", None),
            ("seed", None),
            ("", None),
            ("9", None),
            ("9.", None),
            (".9", None),
            ("99999999999.0", None),
        ] {
            assert_eq!(Version::for_agent(agent), version, "{agent:?}");
        }
    }

    #[test]
    fn what_a_release_adds_is_documented_and_what_it_lacks_is_not() {
        for version in ALL {
            let schema = model(version);
            for definition in schema.types() {
                let names: Vec<&str> = match &definition.definition {
                    Definition::Struct(it) => it.members.iter().map(|member| member.name.as_str()).collect(),
                    Definition::Enum(it) => it.values.iter().map(|value| value.name.as_str()).collect(),
                    Definition::Union(it) => it.base.iter().map(|member| member.name.as_str()).collect(),
                    Definition::Alternate(it) => {
                        it.branches.iter().map(|branch| branch.name.as_str()).collect()
                    }
                };
                assert_documented(version, &definition.name, &definition.doc, &names);
            }
            for command in schema.commands() {
                let names: Vec<&str> = command.arguments.iter().map(|member| member.name.as_str()).collect();
                assert_documented(version, &command.name, &command.doc, &names);
            }
        }
    }

    /// Exactly these names have a section, in this order.
    fn assert_documented(version: Version, of: &str, doc: &Doc, names: &[&str]) {
        let sections: Vec<&str> =
            doc.sections.iter().filter_map(|section| section.title.strip_prefix('@')).collect();
        assert_eq!(sections, names, "{of} in {version}");
        assert!(!doc.body.is_empty(), "{of} in {version}");
        assert!(doc.sections.iter().any(|section| section.title == "Since"), "{of} in {version}");
    }

    #[test]
    fn capturing_got_a_type_of_its_own() {
        let text = |version| {
            let exec = model(version).command("guest-exec").unwrap();
            let section =
                exec.doc.sections.iter().find(|section| section.title == "@capture-output").unwrap();
            (exec.argument("capture-output").unwrap().ty.to_string(), section.text.clone())
        };
        assert_eq!(text(Version::V8_0), text(Version::Seed));
        assert_eq!(text(Version::V8_1).0, "GuestExecCaptureOutput");
        assert!(text(Version::V8_1).1.ends_with("The default is \"none\"."));
    }

    #[test]
    fn definitions_stand_where_they_were_added() {
        let schema = model(Version::V10_0);
        let last: Vec<&str> =
            schema.commands().iter().rev().take(3).map(|command| command.name.as_str()).collect();
        assert_eq!(last, ["guest-network-get-route", "guest-get-load", "guest-get-cpustats"]);
        let mode = schema.definition("GuestExecCaptureOutputMode").unwrap();
        assert_eq!((&*mode.place.source, mode.place.line), ("changes/8.1.json", 28));
    }
}
