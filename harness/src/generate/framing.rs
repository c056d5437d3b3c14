//! Valid requests whose bytes travel in an unusual way: without a line end, several in one write, split, with
//! white space or escapes wherever JSON allows them.

use crate::schema::Command;
use crate::text::writer::Escapes;
use crate::text::{Node, Style};
use crate::wire::request::Request;

use super::requests::{is_carrier, is_sync};
use super::variant::{Ground, Variant};
use super::{Effort, Need, Part, Purpose, Stimulus};

/// Framings of harmless requests: one that takes nothing, one with an argument, one with a large reply.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command else { return Vec::new() };
    let plain = Request::new(&command.name);
    if is_carrier(ground.schema, command) {
        let mut variants = styled(&plain.clone().id(Node::string("\u{e9}\u{1f600} \"\\")));
        variants.extend(surrounded(&plain));
        variants.extend(several(&|number| plain.clone().id(Node::Int(number))));
        variants.extend(split(&plain));
        variants
    } else if is_sync(ground.schema, command) {
        let with = |id: i128| plain.clone().arguments(Node::object([("id", Node::Int(id))]));
        let mut variants = styled(&with(-(1 << 60) - 1));
        variants.extend(surrounded(&with(1 << 30)));
        variants.extend(several(&with));
        variants.extend(split(&with(1 << 40).id(Node::string("\u{e9}\u{1f600}\n"))));
        variants
    } else if LARGE_OR_CONSTANT.contains(&command.name.as_str()) {
        let mut variants = styled(&plain);
        variants.extend(several(&|number| plain.clone().id(Node::Int(number))));
        variants.push(in_halves(&plain));
        variants
    } else {
        Vec::new()
    }
}

/// Commands whose reply is large, or the same each time.
const LARGE_OR_CONSTANT: [&str; 3] = ["guest-info", "guest-get-osinfo", "guest-get-host-name"];

const ALL_ESCAPED: Style = Style { escapes: Escapes::All, ..Style::COMPACT };

fn styled(request: &Request) -> Vec<Variant<'static>> {
    let styles = [
        ("qemu", Style::QEMU),
        ("spaced", Style::SPACED),
        ("pretty", Style::PRETTY),
        ("escaped", ALL_ESCAPED),
    ];
    let written = styles.map(|(name, style)| {
        let mut bytes = request.to_bytes(&style);
        bytes.push(b'\n');
        valid(format!("style-{name}"), bytes).effort(Effort::Quick)
    });
    written.into()
}

fn surrounded(request: &Request) -> Vec<Variant<'static>> {
    let line = request.to_line();
    let bare = line.strip_suffix(b"\n").unwrap_or(&line);
    let around = |before: &[u8], behind: &[u8]| [before, bare, behind].concat();
    let blanks = b" ".repeat(5000);
    vec![
        valid("end-none", bare).need(Need::NewlineOptional).effort(Effort::Quick),
        valid("end-crlf", around(b"", b"\r\n")).effort(Effort::Quick),
        valid("end-twice", around(b"", b"\n\n")),
        valid("end-blanks", around(b"", b" \t \n")),
        valid("before-blanks", around(b" \t  ", b"\n")).effort(Effort::Quick),
        valid("before-line-ends", around(b"\n\n\r\n\n", b"\n")),
        valid("before-carriage-return", around(b"\r", b"\n")),
        valid("before-blank-lines", around(b"   \n\t\n", b"\n")),
        valid("before-5000-blanks", around(&blanks, b"\n")),
        valid("end-5000-blanks", around(b"", &[&blanks[..], b"\n"].concat())),
        // The line end arrives on its own, so the reply may come before it.
        in_writes("end-later", vec![bare.to_vec(), b"\n".to_vec()]),
    ]
}

fn several(request: &dyn Fn(i128) -> Request) -> Vec<Variant<'static>> {
    let mut variants = Vec::new();
    for count in [2, 5, 20] {
        let lines: Vec<Vec<u8>> = (1..=count).map(|number| request(100 + number).to_line()).collect();
        let joined =
            [lines.concat().iter().copied().filter(|byte| *byte != b'\n').collect(), vec![b'\n']].concat();
        let quick = count == 2;
        variants.push(
            valid(format!("lines-{count}"), lines.concat()).need(Need::SeveralInOneWrite).quick_if(quick),
        );
        variants.push(
            valid(format!("joined-{count}"), joined)
                .need(Need::SeveralInOneWrite)
                .need(Need::NewlineOptional)
                .quick_if(quick),
        );
        variants.push(in_writes(&format!("lines-{count}-writes"), lines));
    }
    let [first, second] = [request(201).to_line(), request(202).to_line()];
    let at = second.len() / 2;
    // The second request begins in the write of the first.
    let overlapping = vec![[&first[..], &second[..at]].concat(), second[at..].to_vec()];
    variants.push(in_writes("lines-2-overlapping", overlapping).need(Need::SeveralInOneWrite));
    variants
}

/// The request in two writes, cut before each of its bytes, and with a write for each byte.
fn split(request: &Request) -> Vec<Variant<'static>> {
    let line = request.to_line();
    let quick = [1, line.len() / 2, line.len() - 2];
    let mut variants: Vec<Variant<'static>> = (1..line.len() - 1)
        .map(|at| {
            let (first, second) = line.split_at(at);
            let writes = vec![first.to_vec(), second.to_vec()];
            in_writes(&format!("split-{at:03}"), writes).quick_if(quick.contains(&at))
        })
        .collect();
    let bytewise = line.iter().map(|byte| vec![*byte]).collect();
    variants.push(in_writes("split-all", bytewise).effort(Effort::Quick));
    variants
}

fn in_halves(request: &Request) -> Variant<'static> {
    let line = request.to_line();
    let (first, second) = line.split_at(line.len() / 2);
    in_writes("split-half", vec![first.to_vec(), second.to_vec()])
}

fn valid(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Variant<'static> {
    Variant::bytes(name, Purpose::Valid, bytes)
}

fn in_writes(name: &str, writes: Vec<Vec<u8>>) -> Variant<'static> {
    Variant::new(name, Purpose::Valid, move |_| {
        let writes = writes.iter().map(|bytes| vec![Part::Bytes(bytes.clone())]).collect();
        Some(vec![Stimulus::writes(writes)])
    })
}
