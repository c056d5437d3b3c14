//! A text as the most lenient readers may take it: unescaped, in lower case, `-` for `_`, without the bytes
//! that some of them drop.
//!
//! It is rewritten without regard to its structure, so that what is left of a broken message, a key, a comment
//! or the inside of a string is treated alike. Rewriting may make a name appear that no reader sees; it never
//! makes one disappear.

use super::names::is_name_byte;

/// In a folded text: an escaped control character. For readers with strings in the manner of C, and for those
/// that trim white space, the string ends here.
pub(super) const CUT: u8 = 0;
/// In a folded text: dropped bytes at which nothing ends, such as a raw control character.
pub(super) const GAP: u8 = 1;

/// Begins an escape.
const BACKSLASH: u8 = b'\\';

/// What becomes of each byte; [`GAP`] for those that are dropped.
const TABLE: [u8; 256] = table();

/// A text as lenient readers may take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Folded {
    /// With one [`CUT`] or [`GAP`] where bytes behind a letter or a quote were dropped.
    pub(super) text: Vec<u8>,
    /// Without these marks, so that names join up again; only if there are any.
    pub(super) joined: Option<Vec<u8>>,
}

/// Folds a text.
pub(super) fn fold(bytes: &[u8]) -> Folded {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        match TABLE[usize::from(*first)] {
            BACKSLASH => rest = unescape(after, &mut text),
            GAP => match folds_to_ascii(bytes, bytes.len() - rest.len() - 1) {
                Some(letter) => text.push(letter),
                None => mark(&mut text, GAP),
            },
            plain => text.push(plain),
        }
    }
    let has_marks = memchr::memchr2(CUT, GAP, &text).is_some();
    let joined = has_marks.then(|| text.iter().copied().filter(|byte| !matches!(*byte, CUT | GAP)).collect());
    Folded { text, joined }
}

/// Folds the escape whose backslash comes directly before `rest`, and returns what is behind it.
fn unescape<'b>(rest: &'b [u8], text: &mut Vec<u8>) -> &'b [u8] {
    let Some((letter, after)) = rest.split_first() else {
        mark(text, GAP);
        return rest;
    };
    match letter {
        b'b' | b'f' | b'n' | b'r' | b't' => mark(text, CUT),
        b'u' => {
            let Some(code_unit) = code_unit(after) else {
                text.push(b'u');
                return after;
            };
            match code_unit {
                0..0x20 | 0x7F => mark(text, CUT),
                0x20..0x7F => text.push(TABLE[code_unit as usize]),
                // The letters that a reader which folds case in all of Unicode takes for ASCII.
                0x17F => text.push(b's'),
                0x212A => text.push(b'k'),
                _ => mark(text, GAP),
            }
            return &after[4..];
        }
        _ => match TABLE[usize::from(*letter)] {
            // The byte is looked at again by itself.
            GAP => return rest,
            plain => text.push(plain),
        },
    }
    after
}

fn code_unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// The ASCII letter that the raw character, whose last byte is at `at`, equals when case is ignored in all of
/// Unicode.
fn folds_to_ascii(bytes: &[u8], at: usize) -> Option<u8> {
    match &bytes[..=at] {
        [.., 0xC5, 0xBF] => Some(b's'),
        [.., 0xE2, 0x84, 0xAA] => Some(b'k'),
        _ => None,
    }
}

/// Notes that something was dropped, if a name or string may go on behind it: elsewhere it changes nothing.
fn mark(text: &mut Vec<u8>, mark: u8) {
    match text.last_mut() {
        Some(last @ &mut (CUT | GAP)) => *last = (*last).min(mark),
        Some(last) if is_name_byte(*last) || matches!(last, b'"' | b'\'') => text.push(mark),
        Some(_) | None => {}
    }
}

const fn table() -> [u8; 256] {
    let mut table = [GAP; 256];
    let mut byte = b' ';
    while byte < 0x7F {
        table[byte as usize] = if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(bytes: &[u8]) -> (String, Option<String>) {
        let Folded { text, joined } = fold(bytes);
        (String::from_utf8(text).unwrap(), joined.map(|joined| String::from_utf8(joined).unwrap()))
    }

    #[test]
    fn a_plain_text_only_changes_case() {
        assert_eq!(folded(b"{\"A_b\": 'C-d'}\n{}\n"), ("{\"a-b\": 'c-d'}{}".to_owned(), None));
    }

    #[test]
    fn escapes_are_resolved_once() {
        assert_eq!(folded(br#""\u0067\u0055\-\/\\u0067""#), (r#""gu-/\u0067""#.to_owned(), None));
        assert_eq!(folded(br"\u00g \ud"), ("u00g ud".to_owned(), None));
        assert_eq!(folded(b"a\\"), ("a\u{1}".to_owned(), Some("a".to_owned())));
    }

    #[test]
    fn dropped_bytes_leave_one_mark_behind_a_letter_or_quote() {
        let marked = |text: &str, joined: &str| (text.to_owned(), Some(joined.to_owned()));
        assert_eq!(folded(b"a\x00\xFF\nb \x00c"), marked("a\u{1}b c", "ab c"));
        assert_eq!(folded(br"a\u0000b\nc\u00e9d"), marked("a\0b\0c\u{1}d", "abcd"));
        assert_eq!(folded(b"a\xFF\\u0000b"), marked("a\0b", "ab"));
        assert_eq!(folded(b"\"\xFFa"), marked("\"\u{1}a", "\"a"));
        assert_eq!(folded(b"g\0u\0e\0s\0t\0"), marked("g\u{1}u\u{1}e\u{1}s\u{1}t\u{1}", "guest"));
    }

    #[test]
    fn letters_that_unicode_folds_to_ascii_count() {
        assert_eq!(folded("gue\u{17F}t".as_bytes()).1.unwrap(), "guest");
        assert_eq!(folded("dis\u{212A}".as_bytes()).1.unwrap(), "disk");
        assert_eq!(folded(br"gue\u017ft").0, "guest");
    }
}
