//! The schemas of real releases are read completely.

use qgaspec::schema::{self, Condition, Definition, Schema, Severity, TypeRef};

use crate::shared::schema_text;

/// Releases, and how many commands each has.
const SCHEMAS: [(&str, usize); 6] = [
    ("mission-7.1", 40),
    ("upstream-5.2", 40),
    ("upstream-7.2", 42),
    ("upstream-10.0", 44),
    ("upstream-10.2", 44),
    ("upstream-11.1", 44),
];

/// The model of a schema that must be flawless.
fn read(name: &str) -> Option<(Schema, String)> {
    let text = schema_text(name)?;
    let (schema, diagnostics) = schema::read(name, &text);
    let errors: Vec<_> = diagnostics.iter().filter(|remark| remark.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
    // The pragma that allows `_` in members of one type is younger than the type; conditions were expressions.
    let warnings: Vec<_> =
        diagnostics.iter().map(|remark| (remark.code, &text[remark.span.range()])).collect();
    let mut expected = vec![("name-style", "'supported_commands'")];
    expected.extend([("old-condition", "'defined(CONFIG_POSIX)'"); 4]);
    assert_eq!(warnings, if name == "upstream-5.2" { &expected[..] } else { &[] }, "{name}");
    Some((schema, text))
}

#[test]
fn every_release_is_read_completely() {
    for (name, commands) in SCHEMAS {
        let Some((schema, _)) = read(name) else { continue };
        assert_eq!(schema.commands().len(), commands, "{name}");
    }
}

#[test]
fn every_command_keeps_its_documentation() {
    for (name, _) in SCHEMAS {
        let Some((schema, text)) = read(name) else { continue };
        for command in schema.commands() {
            let doc = &command.doc;
            assert!(!doc.body.is_empty() || !doc.sections.is_empty(), "{name}: {}", command.name);
            let since = doc.sections.iter().find(|section| section.title == "Since");
            let since = since.unwrap_or_else(|| panic!("{name}: {} is in some release", command.name));
            assert!(text[since.span.range()].starts_with("Since"), "{name}: {}", command.name);
        }
        let exec = schema.command("guest-exec").expect("a command of every release since 2.5");
        for argument in &exec.arguments {
            let title = format!("@{}", argument.name);
            let section = exec.doc.sections.iter().find(|section| section.title == title);
            assert!(section.is_some_and(|section| !section.text.is_empty()), "{name}: {title}");
        }
    }
}

#[test]
fn the_kinds_of_types_are_counted() {
    let Some((schema, _)) = read("mission-7.1") else { return };
    let count =
        |wanted: fn(&Definition) -> bool| schema.types().iter().filter(|ty| wanted(&ty.definition)).count();
    assert_eq!(count(|definition| matches!(definition, Definition::Struct(_))), 29);
    assert_eq!(count(|definition| matches!(definition, Definition::Enum(_))), 6);
    assert_eq!(count(|definition| matches!(definition, Definition::Union(_))), 2);
    assert_eq!(count(|definition| matches!(definition, Definition::Alternate(_))), 1);
}

#[test]
fn members_keep_their_order_and_optionality() {
    let Some((schema, text)) = read("mission-7.1") else { return };
    let exec = schema.command("guest-exec").expect("a command of every release since 2.5");
    let arguments: Vec<_> =
        exec.arguments.iter().map(|member| (member.name.as_str(), member.optional)).collect();
    assert_eq!(
        arguments,
        [("path", false), ("arg", true), ("env", true), ("input-data", true), ("capture-output", true)]
    );
    assert_eq!(exec.argument("arg").map(|member| member.ty.to_string()).as_deref(), Some("[str]"));
    assert_eq!(exec.returns, Some(TypeRef::Named("GuestExec".to_owned())));
    let members = schema.members_of("GuestFilesystemTrimResult");
    let members: Vec<_> = members.into_iter().map(|member| (member.name.as_str(), member.optional)).collect();
    assert_eq!(members, [("path", false), ("trimmed", true), ("minimum", true), ("error", true)]);
    let place = &exec.place;
    assert!(text[place.span.range()].starts_with("{ 'command': 'guest-exec'"));
    assert_eq!(text.lines().nth(place.line - 1), Some("{ 'command': 'guest-exec',"));
}

#[test]
fn commands_without_a_success_reply_are_four() {
    for (name, _) in SCHEMAS {
        let Some((schema, _)) = read(name) else { continue };
        let silent = schema.commands().iter().filter(|command| !command.success_response);
        let silent: Vec<_> = silent.map(|command| command.name.as_str()).collect();
        assert_eq!(
            silent,
            ["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"]
        );
    }
}

#[test]
fn conditions_of_all_ages_are_understood() {
    let symbol = |name: &str| Condition::Symbol(name.to_owned());
    let condition_of =
        |schema: &Schema, name: &str| schema.command(name).and_then(|command| command.condition.clone());
    if let Some((schema, _)) = read("upstream-5.2") {
        let condition = condition_of(&schema, "guest-ssh-get-authorized-keys");
        assert_eq!(condition, Some(symbol("defined(CONFIG_POSIX)")));
    }
    let Some((schema, _)) = read("upstream-11.1") else { return };
    let condition = condition_of(&schema, "guest-fstrim");
    assert_eq!(condition, Some(Condition::Any(vec![symbol("CONFIG_WIN32"), symbol("CONFIG_FSTRIM")])));
    let mode = schema.definition("GuestExecCaptureOutputMode").expect("an enum since 8.0");
    let Definition::Enum(mode) = &mode.definition else { panic!("an enum") };
    let merged = mode.values.iter().find(|value| value.name == "merged").expect("a value since 8.0");
    assert_eq!(merged.condition, Some(Condition::Not(Box::new(symbol("CONFIG_WIN32")))));
}

#[test]
fn notes_without_indentation_stay_together() {
    let Some((schema, _)) = read("mission-7.1") else { return };
    let info = schema.definition("GuestOSInfo").expect("a struct since 2.10");
    let note = info.doc.sections.iter().find(|section| section.title == "Note").expect("it has notes");
    assert!(
        note.text.starts_with("On POSIX systems") && note.text.contains("\n\nOn Windows"),
        "{}",
        note.text
    );
    assert_eq!(schema.free_docs().len(), 2);
    assert!(schema.free_docs()[0].sections[0].title.starts_with("= General note"));
}
