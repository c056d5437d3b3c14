//! Schema files: reading them with all that they include, and telling what is wrong with them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::args::{SchemaVersion, YardstickArguments};
use super::diagnostics::{escape, render};
use super::exit::Stop;
use super::terminal::Terminal;
use crate::run::SchemaChoice;
use crate::schema::{Diagnostic, Dialect, Schema, Severity, read_files};
use crate::text::LineIndex;

/// Larger files are refused; all files of QEMU's own schema together have about one megabyte.
pub(super) const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// The schema that agents are to be measured by.
pub(super) fn choose(
    arguments: &YardstickArguments,
    terminal: &mut Terminal<'_>,
) -> Result<SchemaChoice, Stop> {
    match (&arguments.schema, arguments.schema_version) {
        (Some(file), _) => {
            Ok(SchemaChoice::Own { name: file.display().to_string(), schema: own(file, terminal)? })
        }
        (None, SchemaVersion::Fixed(version)) => Ok(SchemaChoice::Version(version)),
        (None, SchemaVersion::Auto) => Ok(SchemaChoice::Auto),
    }
}

/// A schema of the user's own that a whole run depends on. It lives as long as the program.
pub(super) fn own(file: &Path, terminal: &mut Terminal<'_>) -> Result<&'static Schema, Stop> {
    match load(file, Dialect::Strict, terminal)? {
        Some(schema) => Ok(Box::leak(Box::new(schema))),
        None => Err(Stop::input_refused(format!("the schema in `{}` cannot be used", name_of(file)))),
    }
}

/// The schema in a file and those that it includes; none if it cannot be used, and then standard error says why.
pub(super) fn load(file: &Path, dialect: Dialect, terminal: &mut Terminal<'_>) -> io::Result<Option<Schema>> {
    let name = file.to_string_lossy().into_owned();
    let text = match read_text(file) {
        Ok(text) => text,
        Err(reason) => {
            terminal.error(&format!("cannot read {}: {}", name_of(file), escape(&reason)))?;
            return Ok(None);
        }
    };
    let mut included: HashMap<String, String> = HashMap::new();
    let (schema, diagnostics) = read_files(dialect, &name, &text, |path| {
        let text = read_text(Path::new(path))?;
        included.insert(path.to_owned(), text.clone());
        Ok(text)
    });
    let colour = terminal.colour_of_errors();
    for remarks in diagnostics.chunk_by(|one, other| one.source == other.source) {
        let text = remarks.first().and_then(|remark| included.get(&*remark.source)).unwrap_or(&text);
        terminal.err.write_all(render(text, remarks, colour).as_bytes())?;
    }
    let (errors, warnings) = tally(&diagnostics);
    if errors + warnings > 0 {
        let (errors, warnings) = (count(errors, "error"), count(warnings, "warning"));
        writeln!(terminal.err, "{}: {errors}, {warnings}", name_of(file))?;
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

/// The name of a file as the terminal may see it.
pub(super) fn name_of(file: &Path) -> String {
    escape(&file.to_string_lossy())
}

/// `1 command`, `2 commands`.
pub(super) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
