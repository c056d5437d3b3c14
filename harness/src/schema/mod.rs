//! QAPI schema text, read into a checked model.
//!
//! `include` goes from file to file; `lexer` and `parser` turn text into expressions with spans and report as
//! many errors as they can; `check` gives the expressions meaning; `model` is what the rest of the harness
//! sees; `builtin` is our own description of the guest agent's commands, `versions` what each release of QEMU
//! changed in them; `diff` tells two schemas apart. Nothing here knows about replies, sessions or agents.

pub mod builtin;
mod check;
pub mod diagnostic;
pub mod diff;
mod doc;
mod include;
mod lexer;
pub mod model;
mod parser;
pub mod versions;
pub mod view;

use diagnostic::Remarks;
pub use diagnostic::{Diagnostic, Severity};
pub use model::{
    Alternate, Branch, Builtin, Command, CommandFlag, Condition, Definition, Doc, DocSection, Enum,
    EnumValue, Event, Feature, Member, Place, Schema, Struct, TypeDef, TypeRef, Union,
};

/// How much of the past a reader forgives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// The language as it is now.
    #[default]
    Strict,
    /// What schemas have used since QEMU 0.15 only deserves a warning: commas that are missing, `type` for
    /// `struct`, `'no'` for `false`, unions without discriminator, conditions that are lists, and whatever
    /// else can still be understood.
    Lenient,
}

/// Reads one schema text. Without errors among the diagnostics the model is complete; with errors it holds
/// what could be understood, so that tools can still show it.
pub fn read(source_name: &str, text: &str) -> (Schema, Vec<Diagnostic>) {
    read_as(Dialect::Strict, source_name, text)
}

/// Reads one schema text that may be of another age.
pub fn read_as(dialect: Dialect, source_name: &str, text: &str) -> (Schema, Vec<Diagnostic>) {
    read_sources(dialect, source_name, text, None)
}

/// Reads a schema text and all that it includes. `load` gives the text at a path, or says why there is none;
/// the path is relative to wherever `source_name` is. Each place in the model and in the diagnostics names
/// the path of its file.
pub fn read_files(
    dialect: Dialect,
    source_name: &str,
    text: &str,
    mut load: impl FnMut(&str) -> Result<String, String>,
) -> (Schema, Vec<Diagnostic>) {
    read_sources(dialect, source_name, text, Some(&mut load))
}

fn read_sources(
    dialect: Dialect,
    source_name: &str,
    text: &str,
    load: Option<&mut include::Load<'_>>,
) -> (Schema, Vec<Diagnostic>) {
    let mut remarks = Remarks::new(dialect);
    let syntax = include::read_all(source_name, text, load, &mut remarks);
    let schema = check::check(syntax, &mut remarks);
    (schema, remarks.finish())
}

#[cfg(test)]
mod tests;
