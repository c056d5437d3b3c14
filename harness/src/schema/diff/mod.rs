//! What is different between two schemas, and whom it hurts.
//!
//! `walk` finds the differences, `usage` says in which direction a type travels, `fit` whether all that one
//! side sends is welcome on the other; `view` writes the outcome down for programs. Order, documentation and the names of types are invisible on the wire
//! and are not compared; that a type came or went is told, since people look for it.
//!
//! The judgement follows qapi-code-gen, "Compatibility considerations": whoever receives an object from an
//! agent ignores members that it does not know, whereas an agent refuses arguments that it does not know. A
//! value of an enum that the receiver does not know is taken for incompatible in both directions.

mod change;
mod condition;
mod fit;
mod usage;
pub mod view;
mod walk;

pub use change::{Change, Compatibility, DefinitionKind, Part, PartKind, What};

use super::Schema;

/// All differences, definition by definition: commands, then events, then types, in the order of `old`, and
/// then what only `new` has.
pub fn diff(old: &Schema, new: &Schema) -> Vec<Change> {
    walk::walk(old, new)
}

#[cfg(test)]
mod tests;
