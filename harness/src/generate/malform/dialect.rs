//! Strings and numbers that some readers take and others do not: single quotes, half surrogate pairs, noncharacters,
//! numbers beyond those of a double.

use crate::generate::requests::is_carrier;
use crate::generate::variant::{Ground, Variant};
use crate::generate::{Effort, Purpose};
use crate::schema::Command;
use crate::text::Node;
use crate::wire::request::Request;

/// A harmless request with such strings.
pub(super) fn variants<'a>(ground: Ground<'a>, command: Option<&'a Command>) -> Vec<Variant<'a>> {
    let Some(command) = command.filter(|command| is_carrier(ground.schema, command)) else {
        return Vec::new();
    };
    let mut variants = vec![
        quoted("single-quotes", format!("{{'execute':'{}'}}\n", command.name)),
        quoted("single-quotes-some", format!("{{'execute':\"{}\"}}\n", command.name)),
        quoted("single-quotes-escape", format!("{{'execute':'{}','id':'a\\'\"b'}}\n", command.name)),
        quoted("single-quote-escaped", format!("{{\"execute\":\"{}\",\"id\":\"a\\'b\"}}\n", command.name)),
    ];
    for (name, contents) in ODD {
        let string = || Node::Raw([&b"\"a"[..], contents, b"b\""].concat());
        let request = Request::new(&command.name).id(string());
        variants.push(Variant::request(*name, Purpose::Open, &request).effort(Effort::Quick));
        let request = Request::new(&command.name).id(Node::Object(vec![(string(), Node::Int(1))]));
        variants.push(Variant::request(format!("{name}-key"), Purpose::Open, &request));
    }
    for (name, spelling) in GREAT {
        let number = Request::new(&command.name).id(Node::Number((*spelling).to_owned()));
        variants.push(Variant::request(*name, Purpose::Open, &number).effort(Effort::Quick));
    }
    variants
}

fn quoted(name: &str, line: String) -> Variant<'static> {
    Variant::bytes(name, Purpose::Open, line).effort(Effort::Quick)
}

/// Well-formed, and beyond the numbers of a double.
const GREAT: &[(&str, &str)] = &[("number-too-great", "1e400"), ("number-too-negative", "-1e400")];

const ODD: &[(&str, &[u8])] = &[
    ("surrogate-high", br"\ud83d"),
    ("surrogate-low", br"\ude00"),
    ("surrogate-reversed", br"\ude00\ud83d"),
    ("surrogate-high-twice", br"\ud83d\ud83d"),
    ("surrogate-high-letter", br"\ud83d\u0041"),
    ("noncharacter-fffe", br"\uFFFE"),
    ("noncharacter-ffff", br"\uffff"),
    ("noncharacter-fdd0", br"\ufdd0"),
    ("noncharacter-astral", br"\ud83f\udfff"),
    ("noncharacter-raw-ffff", b"\xEF\xBF\xBF"),
    ("noncharacter-raw-fdd0", b"\xEF\xB7\x90"),
    ("noncharacter-raw-astral", b"\xF0\x9F\xBF\xBF"),
];
