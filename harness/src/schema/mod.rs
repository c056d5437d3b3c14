//! QAPI schema text, read into a checked model.
//!
//! `lexer` and `parser` turn text into expressions with spans and report as many errors as they can;
//! `check` gives the expressions meaning; `model` is what the rest of the harness sees; `builtin` is our own
//! description of the guest agent's commands, `versions` what each release of QEMU changed in them;
//! `diff` tells two schemas apart. Nothing here knows about replies, sessions or agents.

pub mod builtin;
mod check;
pub mod diagnostic;
pub mod diff;
mod doc;
mod lexer;
pub mod model;
mod parser;
pub mod versions;
pub mod view;

use diagnostic::Remarks;
pub use diagnostic::{Diagnostic, Severity};
pub use model::{
    Alternate, Branch, Builtin, Command, Condition, Definition, Doc, DocSection, Enum, EnumValue, Feature,
    Member, Place, Schema, Struct, TypeDef, TypeRef, Union,
};

/// Reads one schema text. Without errors among the diagnostics the model is complete; with errors it holds
/// what could be understood, so that tools can still show it.
pub fn read(source_name: &str, text: &str) -> (Schema, Vec<Diagnostic>) {
    let mut remarks = Remarks::new(source_name);
    let tokens = lexer::lex(text, &mut remarks);
    let syntax = parser::parse(text, &tokens, &mut remarks);
    let schema = check::check(text, syntax, &mut remarks);
    (schema, remarks.finish())
}

#[cfg(test)]
mod tests;
