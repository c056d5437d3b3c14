//! Strings that are no JSON: wrong escapes, raw control characters, bytes that are not UTF-8.

use crate::generate::requests::{is_carrier, is_sync};
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose};
use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

/// Each wrong string as an `id`, within one, as a key and as an argument.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let carries = is_carrier(ground.schema, command);
    let syncs = is_sync(ground.schema, command);
    let mut variants = Vec::new();
    for (name, contents) in CONTENTS {
        let quoted = [&b"\"a"[..], contents, b"b\""].concat();
        let request = Request::new(&command.name);
        let mut add = |place: &str, request: &Request, effort| {
            let name = format!("string-{name}{place}");
            variants.push(Variant::request(name, purpose(contents), request).effort(effort));
        };
        let wrong = || Node::Raw(quoted.clone());
        if carries {
            let nested = Node::list([Node::Null, Node::object([("a", wrong())])]);
            let key = Node::Object(vec![(wrong(), Node::Int(1))]);
            add("", &request.clone().id(wrong()), Effort::Quick);
            add("-nested", &request.clone().id(nested), Effort::Full);
            add("-key", &request.id(key), Effort::Full);
        } else if syncs {
            add("", &request.arguments(Node::object([("id", wrong())])), Effort::Full);
        }
    }
    variants
}

/// QEMU's reader takes "modified UTF-8" on purpose, in which these two bytes are U+0000.
fn purpose(contents: &[u8]) -> Purpose {
    if contents == b"\xC0\x80" { Purpose::Open } else { Purpose::Invalid }
}

const CONTENTS: &[(&str, &[u8])] = &[
    ("escape-hexadecimal", br"\x41"),
    ("escape-octal", br"\101"),
    ("escape-zero", br"\0"),
    ("escape-bell", br"\a"),
    ("escape-vertical-tab", br"\v"),
    ("escape-e", br"\e"),
    ("escape-blank", br"\ "),
    ("escape-upper-case", br"\N"),
    ("escape-u-upper-case", br"\U0041"),
    ("escape-u-empty", br"\u-"),
    ("escape-u-short", br"\u12-"),
    ("escape-u-not-hexadecimal", br"\u12G4"),
    ("escape-u-sign", br"\u+041"),
    ("escape-u-braces", br"\u{41}"),
    ("escape-line-end", b"\\\n"),
    ("control-01", b"\x01"),
    ("control-nul", b"\0"),
    ("control-tab", b"\t"),
    ("control-line-feed", b"\n"),
    ("control-carriage-return", b"\r"),
    ("control-escape", b"\x1B"),
    ("control-1f", b"\x1F"),
    ("utf-8-lone-continuation", b"\x80"),
    ("utf-8-lone-continuation-bf", b"\xBF"),
    ("utf-8-overlong-2", b"\xC0\xAF"),
    ("utf-8-overlong-nul", b"\xC0\x80"),
    ("utf-8-overlong-3", b"\xE0\x80\xAF"),
    ("utf-8-overlong-4", b"\xF0\x80\x80\xAF"),
    ("utf-8-cut-2", b"\xC3"),
    ("utf-8-cut-3", b"\xE2\x82"),
    ("utf-8-cut-4", b"\xF0\x9F\x98"),
    ("utf-8-beyond", b"\xF4\x90\x80\x80"),
    ("utf-8-f5", b"\xF5\x80\x80\x80"),
    ("utf-8-six-bytes", b"\xFC\x84\x80\x80\x80\x80"),
    ("utf-8-surrogate", b"\xED\xA0\x80"),
    ("utf-8-surrogate-pair", b"\xED\xA0\xBD\xED\xB8\x80"),
    ("latin-1", b"\xE9"),
    ("byte-fe", b"\xFE"),
];
