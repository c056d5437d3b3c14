//! Words and numbers that are no JSON.

use crate::generate::requests::{is_carrier, is_sync};
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose};
use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

/// Each wrong word as an `id`, as an argument and, of some, as a whole message.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let wrong = |word: &str| Node::Raw(word.as_bytes().to_vec());
    let Some(command) = command else {
        let alone = WORDS.iter().filter(|(name, _)| ALONE.contains(name));
        return alone
            .map(|(name, word)| {
                Variant::bytes(format!("literal-{name}-alone"), Purpose::Invalid, format!("{word}\n"))
            })
            .collect();
    };
    let carries = is_carrier(ground.schema, command);
    let syncs = is_sync(ground.schema, command);
    let mut variants = Vec::new();
    for (name, word) in WORDS {
        let request = Request::new(&command.name);
        if carries {
            let request = request.id(wrong(word));
            let variant = Variant::request(format!("literal-{name}"), Purpose::Invalid, &request);
            variants.push(variant.effort(Effort::Quick));
        } else if syncs {
            let request = request.arguments(Node::object([("id", wrong(word))]));
            variants.push(Variant::request(format!("literal-{name}"), Purpose::Invalid, &request));
        }
    }
    variants
}

const ALONE: [&str; 6] = ["nan", "plus", "leading-zero", "true-capital", "undefined", "hexadecimal"];

const WORDS: &[(&str, &str)] = &[
    ("nan", "NaN"),
    ("nan-lower-case", "nan"),
    ("infinity", "Infinity"),
    ("infinity-negative", "-Infinity"),
    ("infinity-short", "inf"),
    ("undefined", "undefined"),
    ("none", "None"),
    ("nil", "nil"),
    ("true-capital", "True"),
    ("true-upper-case", "TRUE"),
    ("true-cut", "tru"),
    ("true-longer", "truex"),
    ("null-capital", "Null"),
    ("word", "qgaspec"),
    ("plus", "+1"),
    ("minus-alone", "-"),
    ("minus-double", "--1"),
    ("minus-blank", "- 1"),
    ("point-first", ".5"),
    ("point-last", "1."),
    ("point-double", "1.2.3"),
    ("comma-in-number", "1_000"),
    ("exponent-empty", "1e"),
    ("exponent-sign-only", "1e+"),
    ("exponent-fraction", "1e1.5"),
    ("leading-zero", "01"),
    ("leading-zero-negative", "-01"),
    ("leading-zeros", "00"),
    ("hexadecimal", "0x10"),
    ("octal", "0o17"),
    ("binary", "0b11"),
    ("suffix", "1k"),
    ("full-width", "\u{ff11}"),
];
