//! `qgaspec schema show`: what is in schemas, as a listing or as JSON.

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::exit::Stop;
use crate::cli::schemas::load;
use crate::cli::terminal::Terminal;
use crate::schema::view::SchemaView;
use crate::schema::{Definition, Dialect, Member, Schema, TypeDef, builtin};
use crate::verdict::Exit;

/// Shows what the files hold, or the built-in schema. Nothing is shown if any of the files has errors.
pub(super) fn show(
    files: &[PathBuf],
    json: bool,
    dialect: Dialect,
    terminal: &mut Terminal<'_>,
) -> Result<Exit, Stop> {
    let mut loaded = Vec::new();
    for file in files {
        loaded.extend(load(file, dialect, terminal)?);
    }
    if loaded.len() < files.len() {
        return Ok(Exit::InputRefused);
    }
    let schemas: Vec<&Schema> =
        if files.is_empty() { vec![builtin::seed()] } else { loaded.iter().collect() };
    if json {
        write_json(&SchemaView::new(schemas), terminal.out)?;
    } else {
        for schema in schemas {
            write_listing(schema, terminal.out)?;
        }
    }
    Ok(Exit::Conforms)
}

/// One JSON document, with a line end.
pub(super) fn write_json(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let json = serde_json::to_string_pretty(document)?;
    // JSON itself allows DEL and the C1 controls as they are; a terminal might obey them.
    for c in json.chars() {
        if c.is_control() && c != '\n' {
            write!(out, "\\u{:04x}", u32::from(c))?;
        } else {
            write!(out, "{c}")?;
        }
    }
    writeln!(out)
}

/// One line for each command and type.
fn write_listing(schema: &Schema, out: &mut dyn Write) -> io::Result<()> {
    for command in schema.commands() {
        let returns = command.returns.as_ref().map(|ty| format!(" -> {ty}")).unwrap_or_default();
        let silent = if command.success_response { "" } else { ", no reply on success" };
        writeln!(out, "command {}({}){returns}{silent}", command.name, members(&command.arguments))?;
    }
    for definition in schema.types() {
        write_type(definition, out)?;
    }
    Ok(())
}

fn write_type(definition: &TypeDef, out: &mut dyn Write) -> io::Result<()> {
    let name = &definition.name;
    match &definition.definition {
        Definition::Struct(structure) => {
            let base = structure.base.as_ref().map(|base| format!(": {base}")).unwrap_or_default();
            writeln!(out, "struct {name}{base} {{ {} }}", members(&structure.members))
        }
        Definition::Enum(values) => {
            let values: Vec<&str> = values.values.iter().map(|value| value.name.as_str()).collect();
            writeln!(out, "enum {name} {{ {} }}", values.join(", "))
        }
        Definition::Union(union) => {
            let branches = union.branches.iter().map(|branch| format!("{} => {}", branch.name, branch.ty));
            let branches = branches.collect::<Vec<_>>().join(", ");
            let (base, discriminator) = (members(&union.base), &union.discriminator);
            writeln!(out, "union {name} {{ {base} }} by {discriminator} {{ {branches} }}")
        }
        Definition::Alternate(alternate) => {
            let branches: Vec<String> =
                alternate.branches.iter().map(|branch| branch.ty.to_string()).collect();
            writeln!(out, "alternate {name} {{ {} }}", branches.join(" | "))
        }
    }
}

fn members(members: &[Member]) -> String {
    let show =
        |member: &Member| format!("{}{}: {}", member.name, if member.optional { "?" } else { "" }, member.ty);
    members.iter().map(show).collect::<Vec<_>>().join(", ")
}
