//! Where a reader is itself again after something that is no message.
//!
//! The specification names one way out of a syntax error: a control character other than TAB, CR and LF, or
//! for older agents 0xFF. Besides, every reader that we know of, whether it counts brackets or takes a line
//! at a time, is past the error at the first line end at which nothing can be open: all brackets were closed
//! in order, all strings ended, and nothing stood outside a string that could be taken for the start of one.
//! Everywhere else the state after an error is not defined.

use crate::wire::DELIMITER;

/// Bytes of one message that every agent should take; `qemu-ga` refuses more.
const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Tokens of one message that every agent should take; `qemu-ga` refuses more.
const MESSAGE_TOKENS_MAX: usize = 2 * 1024 * 1024;

/// A stretch of bytes that is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// How many bytes it has; what ends it does not count.
    pub(super) length: usize,
    /// Whether something ends it.
    pub(super) over: bool,
}

/// Whether the byte puts a parser into a known state.
pub(super) const fn is_reset(byte: u8) -> bool {
    byte == DELIMITER || (byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n'))
}

/// The stretch that `bytes` begin with, given that they begin with an error.
pub(super) fn malformed(bytes: &[u8]) -> Stretch {
    let resets_at = bytes.iter().position(|byte| is_reset(*byte));
    let end = resets_at.unwrap_or(bytes.len());
    match intact_line(&bytes[..end]) {
        Some(length) => Stretch { length, over: true },
        None => Stretch { length: end, over: resets_at.is_some() },
    }
}

/// The bytes before the first line end at which nothing can be open, if there is one.
fn intact_line(bytes: &[u8]) -> Option<usize> {
    let mut closers = Vec::new();
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'\n' if closers.is_empty() => return Some(at),
            b'{' => closers.push(b'}'),
            b'[' => closers.push(b']'),
            closer @ (b'}' | b']') => {
                closers.pop().filter(|expected| expected == closer)?;
            }
            b'"' => at += 1 + string_length(&bytes[at + 1..])?,
            // A reader that knows these strings, and one that does not, would part here.
            b'\'' | b'\\' => return None,
            _ => {}
        }
        at += 1;
    }
}

/// The length of a string without its quotes, if it ends on its line.
fn string_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            b'\n' | b'\r' | b'\t' => return None,
            _ => at += 1,
        }
    }
}

/// Whether the value that `bytes` begin with has more bytes or tokens than every agent must take. This is
/// found out without building the value, which could need many times the memory of its text.
pub(super) fn exceeds_limits(bytes: &[u8]) -> bool {
    // No text has more tokens than bytes.
    if bytes.len() <= MESSAGE_TOKENS_MAX {
        return false;
    }
    let mut tokens = 0;
    let mut white = 0;
    let mut depth = 0_usize;
    let mut in_scalar = false;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let was_in_scalar = std::mem::replace(&mut in_scalar, false);
        at += 1;
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                white += 1;
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' | b':' => {}
            b'"' => at += string_end(&bytes[at..]),
            _ => {
                in_scalar = true;
                tokens -= usize::from(was_in_scalar);
            }
        }
        tokens += 1;
        if tokens > MESSAGE_TOKENS_MAX || at - white > MESSAGE_BYTES_MAX {
            return true;
        }
        if depth == 0 && !in_scalar {
            return false;
        }
    }
    false
}

/// The length of a string with its closing quote, or of all bytes if it does not end.
fn string_end(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(bytes: &[u8]) -> (usize, bool) {
        let Stretch { length, over } = malformed(bytes);
        (length, over)
    }

    #[test]
    fn an_intact_line_is_over_at_its_end() {
        assert_eq!(stretch(b"{\"a\":1,}\n{}"), (8, true));
        assert_eq!(stretch(b"{\"a\":[\n1,]}\r\n{}"), (12, true));
        assert_eq!(stretch(b"foo \"}\\\"\" bar\n"), (13, true));
    }

    #[test]
    fn whatever_may_be_open_stays_open() {
        for open in [
            "{\"a\":1,}",
            "{\"a\":1,\n",
            "}\n",
            "{]}\n",
            "[1}\n",
            "\"a\n",
            "\"a\t\"\n",
            "'}'\n",
            "\\\n",
            "\"a\\",
        ] {
            assert_eq!(stretch(open.as_bytes()), (open.len(), false), "{open}");
        }
    }

    #[test]
    fn a_reset_ends_everything() {
        for reset in [0xFF, 0x00, 0x01, 0x1B, 0x0B, 0x0C] {
            assert_eq!(stretch(&[b'{', b'"', b'\n', reset, b'{']), (3, true), "{reset}");
        }
        assert_eq!(stretch(b"{\"\x7F\xFE\n"), (5, false));
    }

    #[test]
    fn limits_are_per_message() {
        let list = |items: usize| [b"[".to_vec(), b"1,".repeat(items), b"1]".to_vec()].concat();
        assert!(!exceeds_limits(&list(1024 * 1024 - 2)));
        assert!(exceeds_limits(&list(1024 * 1024)));
        assert!(!exceeds_limits(&b"[1,2]\n".repeat(1024 * 1024)));
        assert!(!exceeds_limits(&b" ".repeat(3 * 1024 * 1024)));
        assert!(!exceeds_limits(&[b"\"".to_vec(), b",\\\"".repeat(1024 * 1024), b"\"".to_vec()].concat()));
    }
}
