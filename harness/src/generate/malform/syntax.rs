//! Bytes that are no JSON because of what stands between the values: commas, colons, brackets, comments, marks.

use crate::generate::requests::is_carrier;
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Need, Purpose};
use crate::schema::Command;
use crate::wire::DELIMITER;

/// A harmless request, spoilt between its tokens.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command.filter(|command| is_carrier(ground.schema, command)) else {
        return Vec::new();
    };
    SPOILT.iter().map(|(name, template)| spoilt(name, template, &command.name)).collect()
}

fn spoilt(name: &str, template: &[u8], command: &str) -> Variant<'static> {
    let mut bytes = Vec::with_capacity(template.len() + command.len());
    let mut rest = template;
    while let Some(at) = memchr::memchr(HOLE, rest) {
        bytes.extend_from_slice(&rest[..at]);
        bytes.extend_from_slice(command.as_bytes());
        rest = &rest[at + 1..];
    }
    bytes.extend_from_slice(rest);
    bytes.push(b'\n');
    let resets = bytes.contains(&DELIMITER);
    let variant = Variant::bytes(format!("syntax-{name}"), Purpose::Invalid, bytes).effort(Effort::Quick);
    if resets { variant.need(Need::DelimiterResets) } else { variant }
}

/// Stands for the name of the command.
const HOLE: u8 = b'$';

const SPOILT: &[(&str, &[u8])] = &[
    ("comma-trailing", br#"{"execute":"$",}"#),
    ("comma-trailing-nested", br#"{"execute":"$","arguments":{},"id":[1,]}"#),
    ("comma-leading", br#"{,"execute":"$"}"#),
    ("comma-double", br#"{"execute":"$",,"id":1}"#),
    ("comma-missing", br#"{"execute":"$" "id":1}"#),
    ("comma-missing-in-array", br#"{"execute":"$","id":[1 2]}"#),
    ("comma-alone-in-array", br#"{"execute":"$","id":[,]}"#),
    ("comma-for-colon", br#"{"execute","$"}"#),
    ("comma-before-message", br#",{"execute":"$"}"#),
    ("semicolon", br#"{"execute":"$";"id":1}"#),
    ("colon-missing", br#"{"execute" "$"}"#),
    ("colon-double", br#"{"execute"::"$"}"#),
    ("colon-in-array", br#"{"execute":"$","id":["a":1]}"#),
    ("equals", br#"{"execute"="$"}"#),
    ("arrow", br#"{"execute"=>"$"}"#),
    ("value-missing", br#"{"execute":"$","id":}"#),
    ("key-alone", br#"{"execute":"$","id"}"#),
    ("key-unquoted", br#"{execute:"$"}"#),
    ("key-number", br#"{"execute":"$",1:2}"#),
    ("key-null", br#"{"execute":"$",null:2}"#),
    ("key-array", br#"{"execute":"$",["id"]:2}"#),
    ("value-unquoted", br#"{"execute":$}"#),
    ("value-backquoted", br#"{"execute":`$`}"#),
    ("comment-block-before", br#"/* qgaspec */{"execute":"$"}"#),
    ("comment-block", br#"{"execute":/* qgaspec */"$"}"#),
    ("comment-line", b"{\"execute\":\"$\"// qgaspec\n}"),
    ("comment-hash", b"{\"execute\":\"$\"# qgaspec\n}"),
    ("comment-hash-before", b"# qgaspec\n{\"execute\":\"$\"}"),
    ("closer-extra", br#"{"execute":"$"}}"#),
    ("closer-extra-bracket", br#"{"execute":"$"}]"#),
    ("closer-before", br#"}{"execute":"$"}"#),
    ("closer-mismatched", br#"{"execute":"$","id":{"a":[1}}"#),
    ("closer-mismatched-in-array", br#"{"execute":"$","id":[{]}"#),
    ("closer-mismatched-last", br#"{"execute":"$"]"#),
    ("closers-crossed", br#"{"execute":"$","id":[{"a":1]}}"#),
    ("parenthesis", br#"("execute":"$")"#),
    ("byte-order-mark", b"\xEF\xBB\xBF{\"execute\":\"$\"}"),
    ("byte-order-mark-inside", b"{\"execute\":\xEF\xBB\xBF\"$\"}"),
    ("vertical-tab", b"{\"execute\":\x0B\"$\"}"),
    ("form-feed", b"{\"execute\":\x0C\"$\"}"),
    ("no-break-space", b"{\"execute\":\xC2\xA0\"$\"}"),
    ("line-separator", b"{\"execute\":\xE2\x80\xA8\"$\"}"),
    ("next-line", b"{\"execute\":\xC2\x85\"$\"}"),
    ("nul", b"{\"execute\":\0\"$\"}"),
    ("delete", b"{\"execute\":\x7F\"$\"}"),
    ("byte-fe", b"{\"execute\":\xFE\"$\"}"),
    ("byte-80", b"{\"execute\":\x80\"$\"}"),
    ("backslash", br#"{"execute":\"$"}"#),
    ("minus-before", br#"-{"execute":"$"}"#),
    ("at-before", br#"@{"execute":"$"}"#),
    ("percent", br#"{"execute":"$","id":%s}"#),
    ("record-separator", b"\x1E{\"execute\":\"$\"}"),
    ("strings-adjacent", br#"{"execute":"$" "$"}"#),
    ("utf-16", b"\xFE\xFF\0{\0}"),
];
