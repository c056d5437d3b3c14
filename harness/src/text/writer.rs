//! An exact JSON writer: every byte that leaves is decided here, also the wrong ones.
//!
//! A [`Node`] is what to write and a [`Style`] how. A node need not be JSON: keys can be of any type,
//! numbers any word and [`Node::Raw`] any bytes. What is worth writing is decided elsewhere.

use super::{Json, Kind, Text};

/// Something to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A number as it is spelled here.
    Number(String),
    /// A string, to be escaped as the style says.
    String(String),
    /// An array.
    Array(Vec<Node>),
    /// An object. A key should be a string, and is any node, so that wrong keys can be written.
    Object(Vec<(Node, Node)>),
    /// These bytes, as they are.
    Raw(Vec<u8>),
}

/// How to lay out what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// What is between two items or members.
    pub item_separator: &'static str,
    /// What is between key and value.
    pub key_separator: &'static str,
    /// What is after an opening and before a closing bracket, and once in an empty container.
    pub padding: &'static str,
    /// If there is one, each item has a line of its own, with this once for each container around it.
    pub indent: Option<&'static str>,
    /// Which characters of a string are escaped.
    pub escapes: Escapes,
}

/// Which characters of a string are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// Only those JSON demands: quotes, backslashes and control characters.
    Minimal,
    /// Also DEL and all that is not ASCII, as an agent does it.
    Ascii,
    /// Every character, with its number.
    All,
}

impl Style {
    /// No white space at all.
    pub const COMPACT: Self = Self {
        item_separator: ",",
        key_separator: ":",
        padding: "",
        indent: None,
        escapes: Escapes::Minimal,
    };

    /// As QEMU writes: a blank after each separator, and nothing but ASCII.
    pub const QEMU: Self =
        Self { item_separator: ", ", key_separator: ": ", escapes: Escapes::Ascii, ..Self::COMPACT };

    /// All the white space JSON knows between all tokens.
    pub const SPACED: Self =
        Self { item_separator: " \t,\r\n ", key_separator: "\n :\t\r", padding: " \t\r\n ", ..Self::COMPACT };

    /// On many lines, for people.
    pub const PRETTY: Self = Self { key_separator: ": ", indent: Some("    "), ..Self::COMPACT };
}

impl Node {
    /// An object with these members.
    pub fn object(members: impl IntoIterator<Item = (impl Into<String>, Node)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (Self::string(key), value)).collect())
    }

    /// A string.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// An array with these items.
    pub fn list(items: impl IntoIterator<Item = Node>) -> Self {
        Self::Array(items.into_iter().collect())
    }

    /// What writes a value that was read. Numbers keep their spelling; so do strings that are not Unicode.
    #[expect(clippy::missing_panics_doc, reason = "the last step always makes a node")]
    pub fn from_json(json: &Json<'_>) -> Self {
        // Nodes are made from the leaves up. Those made wait in `made` for their container, which comes
        // back after them: depth needs no stack.
        let mut made = Vec::new();
        let mut steps = vec![Making::Enter(json)];
        while let Some(step) = steps.pop() {
            match step {
                Making::Enter(json) => match &json.kind {
                    Kind::Null => made.push(Self::Null),
                    Kind::Bool(value) => made.push(Self::Bool(*value)),
                    Kind::Number(number) => made.push(Self::Number(number.spelling.to_owned())),
                    Kind::String(text) => made.push(Self::from(text)),
                    Kind::Array(items) => {
                        steps.push(Making::Leave(json));
                        steps.extend(items.iter().rev().map(Making::Enter));
                    }
                    Kind::Object(members) => {
                        steps.push(Making::Leave(json));
                        steps.extend(members.iter().rev().map(|member| Making::Enter(&member.value)));
                    }
                },
                Making::Leave(json) => {
                    let members = json.members();
                    let length = json.as_array().map_or(members.len(), <[_]>::len);
                    let inside = made.split_off(made.len() - length);
                    made.push(if json.is_object() {
                        Self::Object(
                            members.iter().map(|member| Self::from(&member.key)).zip(inside).collect(),
                        )
                    } else {
                        Self::Array(inside)
                    });
                }
            }
        }
        made.pop().expect("the node of the outermost value is made last")
    }

    /// The bytes in [`Style::COMPACT`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&Style::COMPACT, &mut out);
        out
    }

    /// Appends the bytes in `style`.
    pub fn write(&self, style: &Style, out: &mut Vec<u8>) {
        // What is left to write, the next last: depth needs no stack.
        let mut steps = vec![Writing::Node { node: self, level: 0 }];
        while let Some(step) = steps.pop() {
            match step {
                Writing::Node { node, level } => write_node(node, level, style, out, &mut steps),
                Writing::ItemSeparator { level } => {
                    out.extend_from_slice(style.item_separator.as_bytes());
                    style.break_line(level, out);
                }
                Writing::KeySeparator => out.extend_from_slice(style.key_separator.as_bytes()),
                Writing::Closer { bracket, level } => {
                    out.extend_from_slice(style.padding.as_bytes());
                    style.break_line(level, out);
                    out.push(bracket);
                }
            }
        }
    }
}

enum Making<'j> {
    Enter(&'j Json<'j>),
    /// Everything inside has been made.
    Leave(&'j Json<'j>),
}

enum Writing<'n> {
    Node { node: &'n Node, level: usize },
    ItemSeparator { level: usize },
    KeySeparator,
    Closer { bracket: u8, level: usize },
}

impl Style {
    /// Begins a new line inside of `level` containers, if items have lines of their own.
    fn break_line(&self, level: usize, out: &mut Vec<u8>) {
        if let Some(indent) = self.indent {
            out.push(b'\n');
            out.extend(indent.as_bytes().repeat(level));
        }
    }

    fn write_opener(&self, bracket: u8, level: usize, out: &mut Vec<u8>) {
        out.push(bracket);
        out.extend_from_slice(self.padding.as_bytes());
        self.break_line(level, out);
    }

    fn write_empty(&self, brackets: [u8; 2], out: &mut Vec<u8>) {
        out.push(brackets[0]);
        out.extend_from_slice(self.padding.as_bytes());
        out.push(brackets[1]);
    }
}

/// Writes a node; of a container the opener, and leaves the rest as steps to do.
fn write_node<'n>(
    node: &'n Node,
    level: usize,
    style: &Style,
    out: &mut Vec<u8>,
    steps: &mut Vec<Writing<'n>>,
) {
    let inside = level + 1;
    match node {
        Node::Null => out.extend_from_slice(b"null"),
        Node::Bool(true) => out.extend_from_slice(b"true"),
        Node::Bool(false) => out.extend_from_slice(b"false"),
        Node::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Node::Number(spelling) => out.extend_from_slice(spelling.as_bytes()),
        Node::String(text) => write_string(text, style.escapes, out),
        Node::Raw(bytes) => out.extend_from_slice(bytes),
        Node::Array(items) if items.is_empty() => style.write_empty(*b"[]", out),
        Node::Object(members) if members.is_empty() => style.write_empty(*b"{}", out),
        Node::Array(items) => {
            style.write_opener(b'[', inside, out);
            steps.push(Writing::Closer { bracket: b']', level });
            for item in items.iter().rev() {
                steps.push(Writing::Node { node: item, level: inside });
                steps.push(Writing::ItemSeparator { level: inside });
            }
            // No separator comes before the first item.
            steps.pop();
        }
        Node::Object(members) => {
            style.write_opener(b'{', inside, out);
            steps.push(Writing::Closer { bracket: b'}', level });
            for (key, value) in members.iter().rev() {
                steps.push(Writing::Node { node: value, level: inside });
                steps.push(Writing::KeySeparator);
                steps.push(Writing::Node { node: key, level: inside });
                steps.push(Writing::ItemSeparator { level: inside });
            }
            // No separator comes before the first member.
            steps.pop();
        }
    }
}

fn write_string(text: &str, escapes: Escapes, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut plain = 0;
    for (index, character) in text.char_indices().filter(|(_, character)| escapes.apply_to(*character)) {
        out.extend_from_slice(&text.as_bytes()[plain..index]);
        plain = index + character.len_utf8();
        match short_escape(character).filter(|_| escapes != Escapes::All) {
            Some(letter) => out.extend_from_slice(&[b'\\', letter]),
            None => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.extend_from_slice(format!("\\u{unit:04X}").as_bytes());
                }
            }
        }
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
    out.push(b'"');
}

impl Escapes {
    fn apply_to(self, character: char) -> bool {
        match self {
            Self::Minimal => matches!(character, '\0'..' ' | '"' | '\\'),
            Self::Ascii => !matches!(character, ' '..='~') || matches!(character, '"' | '\\'),
            Self::All => true,
        }
    }
}

/// The letter of the escape a character has for itself.
fn short_escape(character: char) -> Option<u8> {
    match character {
        '"' => Some(b'"'),
        '\\' => Some(b'\\'),
        '\x08' => Some(b'b'),
        '\x0C' => Some(b'f'),
        '\n' => Some(b'n'),
        '\r' => Some(b'r'),
        '\t' => Some(b't'),
        _ => None,
    }
}

impl From<&Text<'_>> for Node {
    /// A string; bytes that spell it as it was, if it is not Unicode.
    fn from(text: &Text<'_>) -> Self {
        match text.to_str() {
            Some(text) => Self::String(text.into_owned()),
            None => Self::Raw(text.quoted()),
        }
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i32> for Node {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<i64> for Node {
    fn from(value: i64) -> Self {
        Self::Int(value.into())
    }
}

impl From<u64> for Node {
    fn from(value: u64) -> Self {
        Self::Int(value.into())
    }
}

impl From<Vec<Node>> for Node {
    fn from(items: Vec<Node>) -> Self {
        Self::Array(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json::{Limits, read};

    fn written(node: &Node, style: &Style) -> String {
        let mut out = Vec::new();
        node.write(style, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn sample() -> Node {
        Node::object([
            ("execute", Node::from("guest-ping")),
            ("arguments", Node::object([("list", Node::list([1.into(), true.into(), Node::Null]))])),
            ("empty", Node::list([Node::Array(vec![]), Node::Object(vec![])])),
        ])
    }

    #[test]
    fn compact_has_no_white_space() {
        assert_eq!(
            String::from_utf8(sample().to_bytes()).unwrap(),
            r#"{"execute":"guest-ping","arguments":{"list":[1,true,null]},"empty":[[],{}]}"#
        );
    }

    #[test]
    fn qemu_has_a_blank_after_each_separator_and_only_ascii() {
        let node = Node::object([("return", Node::from("é😀\u{7F}\n\u{1}\"\\/"))]);
        assert_eq!(written(&node, &Style::QEMU), r#"{"return": "\u00E9\uD83D\uDE00\u007F\n\u0001\"\\/"}"#);
        let empty = Node::object([("return", Node::Object(vec![])), ("id", 1.into())]);
        assert_eq!(written(&empty, &Style::QEMU), r#"{"return": {}, "id": 1}"#);
    }

    #[test]
    fn pretty_has_a_line_for_each_item() {
        assert_eq!(
            written(&sample(), &Style::PRETTY),
            r#"{
    "execute": "guest-ping",
    "arguments": {
        "list": [
            1,
            true,
            null
        ]
    },
    "empty": [
        [],
        {}
    ]
}"#
        );
    }

    #[test]
    fn minimal_escapes_only_what_json_demands() {
        let text = Node::from("\0\u{1F} \"'/\\\u{7F}é\t");
        assert_eq!(written(&text, &Style::COMPACT), "\"\\u0000\\u001F \\\"'/\\\\\u{7F}é\\t\"");
    }

    #[test]
    fn all_escapes_every_character_of_keys_too() {
        let style = Style { escapes: Escapes::All, ..Style::COMPACT };
        let node = Node::object([("id", Node::from("\n😀"))]);
        assert_eq!(written(&node, &style), r#"{"\u0069\u0064":"\u000A\uD83D\uDE00"}"#);
    }

    #[test]
    fn what_is_wrong_is_written_as_it_is() {
        let node = Node::Object(vec![
            (1.into(), Node::Number("01".to_owned())),
            (Node::list([]), Node::Raw(b"\xFF,".to_vec())),
        ]);
        assert_eq!(node.to_bytes(), b"{1:01,[]:\xFF,}");
        assert_eq!(Node::Int(i128::MIN).to_bytes(), i128::MIN.to_string().as_bytes());
    }

    #[test]
    fn what_was_read_is_written_with_its_numbers_and_broken_strings_as_spelled() {
        let text = br#"{"a":[1.50,-0,{"b":[]},"\ud800"],"a":"\u0041",'"\ud800':{}}"#;
        let document = read(text, Limits::default()).unwrap();
        let written = Node::from_json(&document.value).to_bytes();
        assert_eq!(written, br#"{"a":[1.50,-0,{"b":[]},"\ud800"],"a":"A",'"\ud800':{}}"#);
    }

    #[test]
    fn depth_needs_no_stack() {
        let depth = 2048;
        let text = ["[".repeat(depth), "]".repeat(depth)].concat();
        let document = read(text.as_bytes(), Limits::default()).unwrap();
        let node = Node::from_json(&document.value);
        assert_eq!(node.to_bytes(), text.as_bytes());
        assert_eq!(node.clone(), node);
    }
}
