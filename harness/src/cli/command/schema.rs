//! `qgaspec schema`: judge QAPI schemas, and show what is in them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::cli::diagnostics::{Colour, escape, render};
use crate::cli::exit::Stop;
use crate::cli::terminal::Terminal;
use crate::schema::view::SchemaView;
use crate::schema::{Definition, Diagnostic, Member, Schema, Severity, TypeDef, builtin, read};
use crate::text::LineIndex;
use crate::verdict::Exit;

/// Arguments of `qgaspec schema`.
#[derive(Debug, Args)]
pub(in crate::cli) struct SchemaArgs {
    /// What to do with the schemas.
    #[command(subcommand)]
    action: SchemaAction,
}

/// What to do with schemas.
#[derive(Debug, Subcommand)]
enum SchemaAction {
    /// Check schemas for errors.
    Check {
        /// QAPI schemas, each complete in one file.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Show the commands and types of schemas.
    Show {
        /// Print one JSON document instead of a listing.
        #[arg(long)]
        json: bool,
        /// QAPI schemas, each complete in one file; without any, the built-in schema is shown.
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Does what the arguments say.
pub(in crate::cli) fn execute(arguments: &SchemaArgs, terminal: &mut Terminal<'_>) -> Result<Exit, Stop> {
    let colour = if terminal.colour_err { Colour::Always } else { Colour::Never };
    Ok(match &arguments.action {
        SchemaAction::Check { files } => check(files, colour, terminal.out, terminal.err)?,
        SchemaAction::Show { json, files } => show(files, *json, colour, terminal.out, terminal.err)?,
    })
}

/// Larger files are refused; the schema of QEMU itself has about one megabyte.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Checks each file by itself. Remarks go to `err`, a line for each flawless file to `out`.
fn check(files: &[PathBuf], colour: Colour, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<Exit> {
    let mut exit = Exit::Conforms;
    for file in files {
        match load(file, colour, err)? {
            Some(schema) => {
                let (commands, types) = (schema.commands().len(), schema.types().len());
                writeln!(out, "{}: {}, {}", name_of(file), count(commands, "command"), count(types, "type"))?;
            }
            None => exit = Exit::InputRefused,
        }
    }
    Ok(exit)
}

/// Shows what the files hold, or the built-in schema, as a listing or as JSON. Nothing is shown if any of the
/// files has errors.
fn show(
    files: &[PathBuf],
    json: bool,
    colour: Colour,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<Exit> {
    let mut loaded = Vec::new();
    for file in files {
        loaded.extend(load(file, colour, err)?);
    }
    if loaded.len() < files.len() {
        return Ok(Exit::InputRefused);
    }
    let schemas: Vec<&Schema> =
        if files.is_empty() { vec![builtin::seed()] } else { loaded.iter().collect() };
    if json {
        write_json(&schemas, out)?;
    } else {
        for schema in schemas {
            write_listing(schema, out)?;
        }
    }
    Ok(Exit::Conforms)
}

/// The schema in a file; none if it cannot be used, and then `err` says why.
fn load(file: &Path, colour: Colour, err: &mut dyn Write) -> io::Result<Option<Schema>> {
    let text = match read_text(file) {
        Ok(text) => text,
        Err(reason) => {
            writeln!(err, "error: cannot read {}: {}", name_of(file), escape(&reason))?;
            return Ok(None);
        }
    };
    let (schema, diagnostics) = read(&file.to_string_lossy(), &text);
    err.write_all(render(&text, &diagnostics, colour).as_bytes())?;
    let (errors, warnings) = tally(&diagnostics);
    if errors + warnings > 0 {
        writeln!(err, "{}: {}, {}", name_of(file), count(errors, "error"), count(warnings, "warning"))?;
    }
    Ok((errors == 0).then_some(schema))
}

fn tally(diagnostics: &[Diagnostic]) -> (usize, usize) {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
    (errors, diagnostics.len() - errors)
}

fn read_text(file: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    let opened = File::open(file).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    opened.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("larger than {MAX_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = LineIndex::new(&error.as_bytes()[..valid]).position(valid).line;
        format!("not UTF-8: byte {:#04x} at offset {valid}, in line {line}", error.as_bytes()[valid])
    })
}

fn name_of(file: &Path) -> String {
    escape(&file.to_string_lossy())
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// One JSON document with everything.
fn write_json(schemas: &[&Schema], out: &mut dyn Write) -> io::Result<()> {
    let view = SchemaView::new(schemas.iter().copied());
    let json = serde_json::to_string_pretty(&view)?;
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::terminal::tests::Written;

    const GOOD: &str = "{ 'pragma': { 'returns-whitelist': [ 'guest-file-open' ] } }\n\
        ##\n\
        # @Mode:\n\
        #\n\
        # How.\u{9b}\n\
        #\n\
        # Since: 1\n\
        ##\n\
        { 'enum': 'Mode', 'data': [ 'r', 'w' ], 'if': { 'not': 'X' } }\n\
        { 'struct': 'Base', 'data': { 'n': 'int' } }\n\
        { 'struct': 'Own', 'base': 'Base', 'data': { '*l': ['str'] } }\n\
        { 'union': 'U', 'base': { 'm': 'Mode' }, 'discriminator': 'm', 'data': { 'r': 'Base' } }\n\
        { 'alternate': 'A', 'data': { 'i': 'int', 's': 'Own' } }\n\
        { 'command': 'guest-file-open', 'data': { 'path': 'str', '*mode': 'Mode' }, 'returns': 'int' }\n\
        { 'command': 'guest-shutdown', 'data': 'Own', 'success-response': false, 'features': [ 'deprecated' ] }\n";

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        schema: SchemaArgs,
    }

    /// A folder with files of these contents, and what the command line then gives.
    fn run(arguments: &[&str], files: &[(&str, &[u8])]) -> (Exit, String, String) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut line = vec!["schema".to_owned()];
        line.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("a temporary file can be written");
            line.push(path.to_string_lossy().into_owned());
        }
        let program = Program::try_parse_from(line).expect("the arguments are right");
        let mut written = Written::default();
        let exit = execute(&program.schema, &mut written.terminal()).expect("memory can be written");
        let Written { out, err } = written;
        let place = format!("{}/", folder.path().display());
        let clean = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8").replace(&place, "");
        (exit, clean(out), clean(err))
    }

    #[test]
    fn check_counts_what_is_in_a_good_file() {
        let (exit, out, err) = run(&["check"], &[("good.json", GOOD.as_bytes())]);
        assert_eq!((exit, exit.code(), err.as_str()), (Exit::Conforms, 0, ""));
        assert_eq!(out, "good.json: 2 commands, 5 types\n");
    }

    #[test]
    fn check_goes_on_after_a_bad_file() {
        let files: [(&str, &[u8]); 2] =
            [("bad.json", b"{ 'command': 'a', }\n"), ("good.json", b"{ 'command': 'a' }\n")];
        let (exit, out, err) = run(&["check"], &files);
        assert_eq!((exit, exit.code()), (Exit::InputRefused, 3));
        assert_eq!(out, "good.json: 1 command, 0 types\n");
        assert!(
            err.contains("error[trailing-comma]") && err.ends_with("bad.json: 1 error, 0 warnings\n"),
            "{err}"
        );
    }

    #[test]
    fn warnings_alone_are_no_failure() {
        let (exit, out, err) = run(&["check"], &[("t.json", b"{ 'command': 'a_b' }")]);
        assert_eq!((exit, out.as_str()), (Exit::Conforms, "t.json: 1 command, 0 types\n"));
        assert!(err.contains("warning[name-style]"), "{err}");
    }

    #[test]
    fn files_that_are_no_text_are_refused() {
        let (exit, out, err) = run(&["check"], &[("t.json", b"#\n\xff")]);
        assert_eq!((exit, out.as_str()), (Exit::InputRefused, ""));
        assert_eq!(err, "error: cannot read t.json: not UTF-8: byte 0xff at offset 2, in line 2\n");
        let (exit, _, err) = run(&["show", "/nonexistent/\u{1b}.json"], &[]);
        assert_eq!(exit, Exit::InputRefused);
        assert!(err.starts_with("error: cannot read /nonexistent/\\u{1b}.json: "), "{err}");
        let large = vec![b'#'; usize::try_from(MAX_BYTES).expect("it fits") + 1];
        let (exit, _, err) = run(&["check"], &[("t.json", &large)]);
        assert_eq!(exit, Exit::InputRefused);
        assert!(err.contains("larger than 4194304 bytes"), "{err}");
    }

    #[test]
    fn show_lists_commands_and_types() {
        let (exit, out, err) = run(&["show"], &[("good.json", GOOD.as_bytes())]);
        assert_eq!((exit, err.as_str()), (Exit::Conforms, ""));
        insta::assert_snapshot!(out);
    }

    #[test]
    fn show_prints_one_json_document() {
        let (exit, out, err) = run(&["show", "--json"], &[("good.json", GOOD.as_bytes())]);
        assert_eq!((exit, err.as_str()), (Exit::Conforms, ""));
        assert!(out.contains("How.\\u009b") && !out.contains('\u{9b}'));
        let json: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
        let keys: Vec<_> = json.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(keys, ["commands", "types"]);
        let place = &json["types"][0]["place"];
        let (start, end) = (place["start"].as_u64(), place["end"].as_u64());
        let range = start.zip(end).map(|(start, end)| start as usize..end as usize).expect("both are there");
        assert!(GOOD[range].starts_with("{ 'enum': 'Mode'"));
        insta::assert_snapshot!(out);
    }

    #[test]
    fn show_without_files_shows_the_built_in_schema() {
        let (exit, out, _) = run(&["show"], &[]);
        assert_eq!(exit, Exit::Conforms);
        assert!(out.contains("command guest-ping()"), "{out}");
    }

    #[test]
    fn show_shows_nothing_of_a_bad_schema() {
        let (exit, out, err) =
            run(&["show", "--json"], &[("good.json", GOOD.as_bytes()), ("bad.json", b"@")]);
        assert_eq!((exit, out.as_str()), (Exit::InputRefused, ""));
        assert!(err.contains("stray-character"), "{err}");
    }
}
