//! The schema that the harness carries: the guest agent's commands and types, documented in our own words.
//!
//! Only the text and its model live here. What was added to the protocol later belongs to the schema's
//! versions, not to this text.

use std::sync::LazyLock;

use super::versions::Version;
use super::{Schema, Severity};

/// The name that diagnostics and places give to the text.
pub const SOURCE_NAME: &str = "guest-agent.json";

/// The text itself.
pub const SOURCE: &str = include_str!("../../schema/guest-agent.json");

/// The model of the text.
pub fn seed() -> &'static Schema {
    &SEED
}

static SEED: LazyLock<Schema> = LazyLock::new(|| {
    let (schema, diagnostics) = super::read(SOURCE_NAME, SOURCE);
    debug_assert!(
        diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error),
        "the built-in schema has errors: {diagnostics:?}"
    );
    schema.with_version(Version::Seed)
});

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::schema::{Branch, Command, Definition, Member, TypeDef};

    #[test]
    fn it_reads_without_a_diagnostic() {
        let (_, diagnostics) = super::super::read(SOURCE_NAME, SOURCE);
        assert!(diagnostics.is_empty(), "{diagnostics:#?}");
    }

    #[test]
    fn it_has_all_definitions() {
        let count = |wanted: fn(&Definition) -> bool| {
            seed().types().iter().filter(|definition| wanted(&definition.definition)).count()
        };
        assert_eq!(seed().commands().len(), 40);
        assert_eq!(count(|definition| matches!(definition, Definition::Struct(_))), 29);
        assert_eq!(count(|definition| matches!(definition, Definition::Enum(_))), 6);
        assert_eq!(count(|definition| matches!(definition, Definition::Union(_))), 2);
        assert_eq!(count(|definition| matches!(definition, Definition::Alternate(_))), 1);
    }

    #[test]
    fn four_commands_are_silent_on_success() {
        let silent: Vec<&str> = seed()
            .commands()
            .iter()
            .filter(|command| !command.success_response)
            .map(|command| command.name.as_str())
            .collect();
        assert_eq!(
            silent,
            ["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"]
        );
    }

    #[test]
    fn every_definition_is_documented() {
        let documented = |doc: &crate::schema::Doc| {
            !doc.body.is_empty() && doc.sections.iter().any(|section| section.title == "Since")
        };
        for command in seed().commands() {
            assert!(documented(&command.doc), "{}", command.name);
            assert!(
                command.doc.sections.iter().any(|section| section.title == "Returns"),
                "{}",
                command.name
            );
        }
        for definition in seed().types() {
            assert!(documented(&definition.doc), "{}", definition.name);
        }
    }

    /// Our text says other words, but describes exactly the interface of the shared snapshot.
    #[test]
    #[expect(clippy::print_stderr, reason = "a test that did not run says so")]
    fn it_describes_the_same_interface_as_the_shared_snapshot() {
        let shared = std::env::var_os("QGASPEC_SHARED").map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
            PathBuf::from,
        );
        let path = shared.join("schemas/mission-7.1.json");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("SKIPPED: {} is not there", path.display());
            return;
        };
        let (theirs, _) = super::super::read("mission-7.1.json", &text);
        assert_eq!(interface(seed()), interface(&theirs));
    }

    /// All that a schema says apart from its documentation, a line for each definition in their order.
    fn interface(schema: &Schema) -> Vec<String> {
        let commands =
            schema.commands().iter().map(|command| (command.place.span.start, command_line(command)));
        let types =
            schema.types().iter().map(|definition| (definition.place.span.start, type_line(definition)));
        let mut lines: Vec<_> = commands.chain(types).collect();
        lines.sort();
        lines.into_iter().map(|(_, line)| line).collect()
    }

    fn command_line(command: &Command) -> String {
        format!(
            "command {} {} -> {:?} reply {} if {:?} features {:?}",
            command.name,
            members(&command.arguments),
            command.returns,
            command.success_response,
            command.condition,
            command.features,
        )
    }

    fn type_line(definition: &TypeDef) -> String {
        let body = match &definition.definition {
            Definition::Struct(it) => format!("struct {} base {:?}", members(&it.members), it.base),
            Definition::Enum(it) => format!("enum {it:?}"),
            Definition::Union(it) => {
                format!("union {} by {} {}", members(&it.base), it.discriminator, branches(&it.branches))
            }
            Definition::Alternate(it) => format!("alternate {}", branches(&it.branches)),
        };
        let TypeDef { name, condition, features, .. } = definition;
        format!("type {name} {body} if {condition:?} features {features:?}")
    }

    fn members(members: &[Member]) -> String {
        let line = |it: &Member| {
            let optional = if it.optional { "*" } else { "" };
            format!("{optional}{}: {} if {:?} features {:?}", it.name, it.ty, it.condition, it.features)
        };
        members.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    fn branches(branches: &[Branch]) -> String {
        let line = |it: &Branch| format!("{}: {} if {:?}", it.name, it.ty, it.condition);
        branches.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}
