//! Bytes and foreign text, made printable.
//!
//! Whatever an agent sends may hold terminal sequences, markup or characters that reorder a line. What leaves
//! here is printable ASCII, or, for text that the user typed, free of anything invisible.

use std::fmt::Write;

/// A stretch of bytes as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Printable ASCII.
    pub text: String,
    /// How many bytes were left out at the end.
    pub omitted: usize,
}

/// The first `limit` bytes for people: printable ASCII as it is, `\\`, `\n`, and `\xHH` for anything else.
pub fn printable(bytes: &[u8], limit: usize) -> Shown {
    escape(bytes, limit, true)
}

/// The first `limit` bytes for programs: printable ASCII as it is, `\\`, and `\xHH` for anything else.
pub fn exact(bytes: &[u8], limit: usize) -> Shown {
    escape(bytes, limit, false)
}

fn escape(bytes: &[u8], limit: usize, named_newline: bool) -> Shown {
    let shown = &bytes[..bytes.len().min(limit)];
    let mut text = String::with_capacity(shown.len());
    for byte in shown {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\n' if named_newline => text.push_str("\\n"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => push(&mut text, format_args!("\\x{byte:02X}")),
        }
    }
    Shown { text, omitted: bytes.len() - shown.len() }
}

/// Text that may quote an agent: everything but printable ASCII becomes `\u{…}`. Backslashes stay, because such
/// text is often escaped already.
pub fn foreign(text: &str) -> String {
    replace(text, |character| matches!(character, ' '..='~'))
}

/// Text that the user typed, such as a path: only what is invisible or reorders a line becomes `\u{…}`.
pub fn typed(text: &str) -> String {
    replace(text, |character| !character.is_control() && !is_invisible(character))
}

fn replace(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if keep(character) {
            safe.push(character);
        } else {
            push(&mut safe, format_args!("\\u{{{:X}}}", u32::from(character)));
        }
    }
    safe
}

/// Characters without a shape of their own: joiners, directional marks and overrides, separators, tags.
fn is_invisible(character: char) -> bool {
    matches!(
        u32::from(character),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0xFEFF | 0xFFF9..=0xFFFB
            | 0xE0000..=0xE007F
    )
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing into a string cannot fail");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_become_printable_and_are_cut() {
        let shown = printable(b"a\\b\n\x1b[31m\x00\xFF\"", 100);
        assert_eq!(shown, Shown { text: r#"a\\b\n\x1B[31m\x00\xFF""#.to_owned(), omitted: 0 });
        assert_eq!(printable(b"abc\n\n\n", 4), Shown { text: "abc\\n".to_owned(), omitted: 2 });
        assert_eq!(exact(b"a\nb\\", 100).text, r"a\x0Ab\\");
    }

    #[test]
    fn foreign_text_loses_everything_but_ascii() {
        assert_eq!(foreign("got \"\u{202e}ä\u{7}\" \\x1B"), "got \"\\u{202E}\\u{E4}\\u{7}\" \\x1B");
    }

    #[test]
    fn typed_text_keeps_letters_of_all_scripts() {
        assert_eq!(typed("/tmp/ä\u{1b}[0m\u{202e}"), "/tmp/ä\\u{1B}[0m\\u{202E}");
    }

    proptest! {
        #[test]
        fn exact_text_can_be_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let shown = exact(&bytes, usize::MAX);
            prop_assert!(shown.text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(read_back(&shown.text), bytes);
        }

        #[test]
        fn foreign_text_is_always_printable_ascii(text in any::<String>()) {
            prop_assert!(foreign(&text).bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }

    fn read_back(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            rest = match (first, tail) {
                (b'\\', [b'\\', after @ ..]) => {
                    bytes.push(b'\\');
                    after
                }
                (b'\\', [b'x', high, low, after @ ..]) => {
                    let digits = [*high, *low];
                    let digits = std::str::from_utf8(&digits).unwrap();
                    bytes.push(u8::from_str_radix(digits, 16).unwrap());
                    after
                }
                (byte, after) => {
                    bytes.push(*byte);
                    after
                }
            };
        }
        bytes
    }
}
