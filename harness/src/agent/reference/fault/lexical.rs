//! Faults in reading JSON: what is let pass that is no JSON, and what is said about it.

use super::{Course, Fault, Hook, Intake, Liberty, edit};
use crate::agent::reference::commands::nothing;
use crate::text::Node;

pub(super) static FAULTS: [Fault; 15] = [
    Fault {
        name: "trailing-commas",
        trips: "lexical/refused",
        summary: "a comma may follow the last item",
        hooks: &[Hook::Text(|_, text| {
            edit::map_rest(&text, |rest| {
                let text = String::from_utf8_lossy(rest).replace(", }", "}").replace(", ]", "]");
                text.replace(",}", "}").replace(",]", "]").into_bytes()
            })
        })],
    },
    Fault {
        name: "comments",
        trips: "lexical/refused",
        summary: "comments are passed over",
        hooks: &[
            Hook::Take(Liberty::Words),
            // Blanks in a comment make words of their own; only their first and last are known.
            Hook::Text(|_, text| {
                edit::map_rest(&text, |rest| {
                    let mut text = String::from_utf8_lossy(rest).into_owned();
                    while let Some(start) = text.find("/*")
                        && let Some(length) = text[start..].find("*/")
                    {
                        text.replace_range(start..start + length + 2, " ");
                    }
                    text.into_bytes()
                })
            }),
        ],
    },
    Fault {
        name: "nan-and-infinity",
        trips: "lexical/refused",
        summary: "there are numbers that are none",
        hooks: &[
            Hook::Take(Liberty::Words),
            Hook::Text(|_, text| {
                edit::map_words(&text, |word, _| {
                    let word = word.trim_start_matches('-').to_ascii_lowercase();
                    matches!(word.as_str(), "nan" | "inf" | "infinity").then(|| "0".to_owned())
                })
            }),
        ],
    },
    Fault {
        name: "unquoted-keys",
        trips: "lexical/refused",
        summary: "keys need no quotes",
        hooks: &[
            Hook::Take(Liberty::Words),
            Hook::Text(|_, text| {
                edit::map_words(&text, |word, is_key| is_key.then(|| format!("\"{word}\"")))
            }),
        ],
    },
    Fault {
        name: "capital-literals",
        trips: "lexical/refused",
        summary: "literals may have capital letters",
        hooks: &[
            Hook::Take(Liberty::Words),
            Hook::Text(|_, text| {
                edit::map_words(&text, |word, _| {
                    let lower = word.to_ascii_lowercase();
                    matches!(lower.as_str(), "true" | "false" | "null").then_some(lower)
                })
            }),
        ],
    },
    Fault {
        name: "leading-zeros",
        trips: "lexical/refused",
        summary: "numbers may begin with zeros",
        hooks: &[
            Hook::Take(Liberty::Words),
            Hook::Text(|_, text| {
                edit::map_words(&text, |word, _| word.parse::<i64>().ok().map(|n| n.to_string()))
            }),
        ],
    },
    Fault {
        name: "hexadecimal-numbers",
        trips: "lexical/refused",
        summary: "numbers may be hexadecimal",
        hooks: &[
            Hook::Take(Liberty::Words),
            Hook::Text(|_, text| {
                edit::map_words(&text, |word, _| {
                    let digits = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"))?;
                    Some(i64::from_str_radix(digits, 16).ok()?.to_string())
                })
            }),
        ],
    },
    Fault {
        name: "incomplete-numbers",
        trips: "lexical/refused",
        summary: "a number may begin or end with its decimal point",
        hooks: &[
            Hook::Take(Liberty::Words),
            Hook::Text(|_, text| {
                edit::map_words(&text, |word, _| {
                    let is_point = word.starts_with('.') || word.ends_with('.');
                    Some(word.parse::<f64>().ok().filter(|_| is_point)?.to_string())
                })
            }),
        ],
    },
    Fault {
        name: "raw-control-characters-in-strings",
        trips: "lexical/refused",
        summary: "control characters may stand in strings as they are",
        hooks: &[
            Hook::Take(Liberty::ControlsInStrings),
            Hook::Text(|_, text| {
                edit::map_strings(&text, |inside, _| {
                    let mut escaped = Vec::with_capacity(inside.len());
                    for byte in inside {
                        match byte {
                            0..b' ' => escaped.extend(format!("\\u{byte:04x}").into_bytes()),
                            _ => escaped.push(*byte),
                        }
                    }
                    escaped
                })
            }),
        ],
    },
    Fault {
        name: "any-escape",
        trips: "lexical/refused",
        summary: "an escape that does not exist means its letter",
        hooks: &[Hook::Text(|_, text| {
            edit::map_strings(&text, |inside, _| {
                let mut kept = Vec::with_capacity(inside.len());
                let mut rest = inside;
                while let [byte, after @ ..] = rest {
                    match (byte, after.first()) {
                        (
                            b'\\',
                            Some(b'"' | b'\'' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u'),
                        ) => {
                            kept.extend_from_slice(&rest[..2]);
                            rest = &rest[2..];
                        }
                        (b'\\', _) => rest = after,
                        _ => {
                            kept.push(*byte);
                            rest = after;
                        }
                    }
                }
                kept
            })
        })],
    },
    Fault {
        name: "bad-unicode",
        trips: "lexical/refused",
        summary: "strings need not be good Unicode",
        hooks: &[
            Hook::Take(Liberty::BadText),
            // What it writes itself is good.
            Hook::Reply(|_, _, reply| {
                if let Some(id) = edit::member(reply, "id")
                    && let Node::Raw(bytes) = id
                {
                    *id = String::from_utf8_lossy(bytes).trim_matches('"').into();
                }
            }),
        ],
    },
    Fault {
        name: "more-white-space",
        trips: "lexical/refused",
        summary: "vertical tabs and form feeds are white space",
        hooks: &[Hook::Input(|_, bytes| {
            let spaced = bytes.iter().map(|byte| if matches!(byte, 0x0B | 0x0C) { b' ' } else { *byte });
            vec![Intake::Bytes(spaced.collect())]
        })],
    },
    Fault {
        name: "missing-commas",
        trips: "lexical/refused",
        summary: "commas between members may be left out",
        hooks: &[Hook::Text(|_, text| {
            let text = String::from_utf8_lossy(&text);
            text.replace("\" \"", "\",\"").replace("} \"", "},\"").into_bytes()
        })],
    },
    Fault {
        name: "silent-on-malformed",
        trips: "lexical/answered",
        summary: "malformed input gets no reply",
        hooks: &[Hook::Course(|_, context| {
            if context.is_malformed() { Course::Instead(Vec::new()) } else { Course::Proceed }
        })],
    },
    Fault {
        name: "malformed-succeeds",
        trips: "lexical/refused",
        summary: "malformed input gets the reply of a success",
        hooks: &[Hook::Reply(|_, context, reply| {
            if context.is_malformed() {
                *reply = Node::object([("return", nothing())]);
            }
        })],
    },
];
