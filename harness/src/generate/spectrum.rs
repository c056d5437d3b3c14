//! The valid values of a type that are worth a case of their own: limits, odd texts, each value of an enum.

use crate::schema::{Builtin, Definition, Schema, TypeRef};
use crate::text::Node;

use super::values::Edit;
use super::vocabulary::{Pool, is_impossible, pool};

/// The values that the built-in type `QType` has.
pub(super) const QTYPES: [&str; 7] = ["none", "qnull", "qnum", "qstring", "qdict", "qlist", "qbool"];

/// The valid values worth a case of their own, each with its name in case IDs. Branches of unions and alternates
/// are sites, so they are not among them.
pub(super) fn spectrum(schema: &Schema, command: &str, member: &str, ty: &TypeRef) -> Vec<(String, Edit)> {
    match ty {
        TypeRef::Array(_) => [("empty", 0), ("one", 1), ("several", 3), ("long", 100)]
            .map(|(name, length)| (name.to_owned(), Edit::Length(length)))
            .to_vec(),
        TypeRef::Named(name) => match schema.definition(name).map(|found| &found.definition) {
            Some(Definition::Enum(values)) => {
                values.values.iter().map(|value| replace(&value.name, Node::string(&value.name))).collect()
            }
            Some(Definition::Struct(_) | Definition::Union(_) | Definition::Alternate(_)) | None => {
                Vec::new()
            }
        },
        TypeRef::Builtin(builtin) => match builtin {
            Builtin::Bool => {
                [true, false].map(|value| replace(&value.to_string(), Node::Bool(value))).to_vec()
            }
            Builtin::Null => vec![replace("null", Node::Null)],
            Builtin::Number => numbers(),
            Builtin::Any => any(),
            Builtin::QType => QTYPES.map(|name| replace(name, Node::string(name))).to_vec(),
            Builtin::Str => texts(command, member),
            Builtin::Int
            | Builtin::Int8
            | Builtin::Int16
            | Builtin::Int32
            | Builtin::Int64
            | Builtin::Uint8
            | Builtin::Uint16
            | Builtin::Uint32
            | Builtin::Uint64
            | Builtin::Size => integers(command, member, *builtin),
        },
    }
}

fn replace(name: &str, node: Node) -> (String, Edit) {
    (name.to_owned(), Edit::Replace(node))
}

/// Integers at which some representation breaks, beside the limits of the type.
const CORNERS: [(&str, i128); 17] = [
    ("minus-one", -1),
    ("zero", 0),
    ("one", 1),
    ("2-31-minus-1", (1 << 31) - 1),
    ("2-31", 1 << 31),
    ("minus-2-31", -(1 << 31)),
    ("minus-2-31-minus-1", -(1 << 31) - 1),
    ("2-32-minus-1", (1 << 32) - 1),
    ("2-32", 1 << 32),
    ("2-32-plus-1", (1 << 32) + 1),
    ("2-53-minus-1", (1 << 53) - 1),
    ("2-53", 1 << 53),
    ("2-53-plus-1", (1 << 53) + 1),
    ("minus-2-53-minus-1", -(1 << 53) - 1),
    ("2-62-plus-1", (1 << 62) + 1),
    ("2-63-minus-512", (1 << 63) - 512),
    ("2-63", 1 << 63),
];

fn integers(command: &str, member: &str, builtin: Builtin) -> Vec<(String, Edit)> {
    let Some((least, most)) = builtin.range() else { return Vec::new() };
    let limits = [("min", least), ("max", most), ("min-plus-1", least + 1), ("max-minus-1", most - 1)];
    let mut values: Vec<(&str, i128)> = Vec::new();
    for (name, value) in limits.into_iter().chain(CORNERS) {
        let harmless = pool(command, member) != Some(Pool::Impossible) || is_impossible(value);
        let known = values.iter().any(|(_, known)| *known == value);
        if (least..=most).contains(&value) && harmless && !known {
            values.push((name, value));
        }
    }
    values.into_iter().map(|(name, value)| replace(name, Node::Int(value))).collect()
}

fn numbers() -> Vec<(String, Edit)> {
    let spelled = [
        ("zero", "0"),
        ("minus-zero", "-0.0"),
        ("fraction", "-0.5"),
        ("tenth", "0.1"),
        ("large", "1e300"),
        ("small", "5e-324"),
        ("2-53-plus-1", "9007199254740993"),
        ("2-64", "18446744073709551616"),
        ("exponent", "1E+2"),
    ];
    spelled.map(|(name, number)| replace(name, Node::Number(number.to_owned()))).to_vec()
}

fn any() -> Vec<(String, Edit)> {
    vec![
        replace("null", Node::Null),
        replace("boolean", Node::Bool(true)),
        replace("number", Node::Int(1)),
        replace("string", Node::string("qgaspec")),
        replace("array", Node::list([Node::Null, Node::Int(2)])),
        replace("object", Node::object([("qgaspec", Node::object([("a", Node::list([]))]))])),
    ]
}

/// The length that is called long; beyond the usual buffers of 256 bytes.
const LONG: usize = 300;

fn texts(command: &str, member: &str) -> Vec<(String, Edit)> {
    let pool = pool(command, member);
    let stemmed = matches!(pool, Some(Pool::Stem(_) | Pool::ScratchFile));
    let odd = [
        ("empty", String::new()),
        // Nothing that a shell would obey, should one be in between.
        ("ascii", "-qgaspec !#%*+,:=?@[]^_{}~".to_owned()),
        ("long", "x".repeat(if stemmed { 200 } else { LONG })),
        ("unicode", "-\u{e9}\u{df}\u{4e2d}\u{202e}\u{301}".to_owned()),
        ("astral", "-\u{1f600}\u{10fffd}".to_owned()),
        ("nul", "-\0-".to_owned()),
        ("quotes", "-\"'\"\\\\\\\"-".to_owned()),
        ("controls", "-\n\r\t\u{8}\u{c}\u{1b}\u{7f}-".to_owned()),
        ("format", "-%s%n%d-".to_owned()),
    ];
    let known = match pool {
        Some(Pool::Texts(texts)) => texts,
        _ => &[],
    };
    let odd = odd.into_iter().map(|(name, text)| {
        let edit = if stemmed { Edit::Suffix(text) } else { Edit::Replace(Node::String(text)) };
        (name.to_owned(), edit)
    });
    known
        .iter()
        .map(|(name, text)| replace(name, Node::string(*text)))
        .chain(odd.filter(|(name, _)| !known.iter().any(|(known, _)| known == name)))
        .collect()
}
