//! Faults in the checks of arguments.

use super::{Fault, Hook, Liberty};
use crate::agent::reference::commands::file;
use crate::agent::reference::guest::Whence;

pub(super) static FAULTS: [Fault; 9] = [
    Fault {
        name: "missing-arguments-are-zero",
        trips: "argument/missing",
        summary: "an argument that is missing is the zero of its type",
        hooks: &[Hook::Take(Liberty::MissingArguments)],
    },
    Fault {
        name: "unknown-arguments-ignored",
        trips: "argument/unknown",
        summary: "arguments that a command does not have are ignored",
        hooks: &[Hook::Take(Liberty::UnknownArguments)],
    },
    Fault {
        name: "numeric-strings",
        trips: "argument/type",
        summary: "a string is taken for an integer",
        hooks: &[Hook::Take(Liberty::NumericStrings)],
    },
    Fault {
        name: "scalars-for-strings",
        trips: "argument/type",
        summary: "a boolean or a number is taken for a string",
        hooks: &[Hook::Take(Liberty::ScalarsForStrings)],
    },
    Fault {
        name: "null-for-absent",
        trips: "argument/type",
        summary: "null for an optional argument counts as its absence",
        hooks: &[Hook::Take(Liberty::NullForAbsent)],
    },
    Fault {
        name: "any-type",
        trips: "argument/type",
        summary: "types of arguments are not checked",
        hooks: &[
            Hook::Take(Liberty::WrongTypes),
            Hook::Take(Liberty::NumericStrings),
            Hook::Take(Liberty::ScalarsForStrings),
        ],
    },
    Fault {
        name: "integers-wrap",
        trips: "argument/range",
        summary: "an integer beyond its range wraps around",
        hooks: &[Hook::Take(Liberty::OutOfRange)],
    },
    Fault {
        name: "fractions-dropped",
        trips: "argument/range",
        summary: "the fraction of a number is dropped where an integer should be",
        hooks: &[Hook::Take(Liberty::Fractions)],
    },
    Fault {
        name: "unknown-names-are-the-first",
        trips: "argument/enum",
        summary: "a name that is not known counts as the first one",
        hooks: &[
            Hook::Take(Liberty::UnknownNames),
            Hook::Command("guest-file-seek", |_, guest, arguments| {
                let whence = file::whence(arguments).unwrap_or(Whence::Start);
                file::seek_from(guest, arguments, whence)
            }),
        ],
    },
];
