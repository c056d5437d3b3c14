//! All ways of being wrong, one file each, all of one shape: from ground and command to variants.
//!
//! A new way is a new file and a line in `WAYS`.

mod dialect;
mod duplicate;
mod entry;
mod envelope;
mod kind;
mod later;
mod literal;
mod missing;
mod name;
mod range;
mod size;
mod string;
mod syntax;
mod unknown;

use super::Family;
use super::variant::Variants;

/// The ways of being wrong, each with the family of its invalid cases; open ones are always `Open`.
pub(super) const WAYS: [(Family, Variants); 14] = [
    (Family::Argument, missing::variants),
    (Family::Argument, unknown::variants),
    (Family::Argument, kind::variants),
    (Family::Argument, range::variants),
    (Family::Argument, entry::variants),
    (Family::Envelope, envelope::variants),
    (Family::Envelope, name::variants),
    (Family::Lexical, syntax::variants),
    (Family::Lexical, literal::variants),
    (Family::Lexical, string::variants),
    (Family::Open, duplicate::variants),
    (Family::Open, dialect::variants),
    (Family::Open, later::variants),
    (Family::Open, size::variants),
];
