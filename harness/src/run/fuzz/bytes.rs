//! Shorter bytes: what may be left out of them, the largest pieces first.
//!
//! Where the bytes are a request its members and items go first, so that what is left is still a request. Then any
//! stretch may go.

use crate::text::{Json, Kind, Limits, json};

/// Stretches of bytes to try without, until none of them can be spared.
#[derive(Debug)]
pub(super) struct Proposals {
    /// Stretches of structure that are still to be tried, the last first.
    structure: Vec<std::ops::Range<usize>>,
    /// The size of plain stretches, 0 when they are done.
    size: usize,
    /// The end of the next plain stretch.
    at: usize,
    /// Whether some stretch of this size could be spared.
    spared: bool,
    in_structure: bool,
}

/// Proposals for these bytes.
pub(super) fn shorter(bytes: &[u8]) -> Proposals {
    let structure = structure(bytes);
    let size = bytes.len().div_ceil(2);
    Proposals { structure, size, at: bytes.len(), spared: false, in_structure: true }
}

impl Proposals {
    /// The next shorter bytes to try in place of the current ones.
    pub(super) fn next(&mut self, current: &[u8]) -> Option<Vec<u8>> {
        while self.in_structure {
            let Some(range) = self.structure.pop() else {
                self.in_structure = false;
                self.size = current.len().div_ceil(2);
                self.at = current.len();
                break;
            };
            if let (Some(before), Some(behind)) = (current.get(..range.start), current.get(range.end..)) {
                return Some([before, behind].concat());
            }
        }
        loop {
            if self.size == 0 || current.is_empty() {
                return None;
            }
            self.at = self.at.min(current.len());
            if self.at == 0 {
                if self.size == 1 && !self.spared {
                    return None;
                }
                self.size = if self.size == 1 { 1 } else { self.size / 2 };
                self.spared = false;
                self.at = current.len();
                continue;
            }
            let from = self.at.saturating_sub(self.size);
            return Some([&current[..from], &current[self.at..]].concat());
        }
    }

    /// What became of the last proposal.
    pub(super) fn settle(&mut self, accepted: bool, now: &[u8]) {
        if self.in_structure {
            if accepted {
                self.structure = structure(now);
            }
            return;
        }
        self.spared |= accepted;
        self.at = self.at.saturating_sub(self.size);
    }
}

/// Members and items of what the bytes begin with, each with the comma before or behind it; inner ones first, so that
/// outer ones are tried first.
fn structure(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let text = bytes.trim_ascii_end();
    let mut ranges = Vec::new();
    if let Ok(document) = json::read(text, Limits::default()) {
        collect(&document.value, text, &mut ranges, 0);
    }
    ranges.sort_by_key(std::iter::ExactSizeIterator::len);
    ranges
}

/// Deeper than this nothing is taken apart by structure.
const DEPTH_MAX: usize = 8;

fn collect(value: &Json<'_>, text: &[u8], ranges: &mut Vec<std::ops::Range<usize>>, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match &value.kind {
        Kind::Object(members) => {
            for member in members {
                ranges.push(with_comma(member.key_span.start..member.value.span.end, text));
                collect(&member.value, text, ranges, depth + 1);
            }
        }
        Kind::Array(items) => {
            for item in items {
                ranges.push(with_comma(item.span.range(), text));
                collect(item, text, ranges, depth + 1);
            }
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {}
    }
}

fn with_comma(range: std::ops::Range<usize>, text: &[u8]) -> std::ops::Range<usize> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let behind = text[range.end..].iter().position(|byte| !is_blank(byte)).map(|skip| range.end + skip);
    if let Some(at) = behind.filter(|at| text[*at] == b',') {
        return range.start..at + 1;
    }
    let before = text[..range.start].iter().rposition(|byte| !is_blank(byte));
    match before.filter(|at| text[*at] == b',') {
        Some(at) => at..range.end,
        None => range,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shortest bytes that `keeps` still likes.
    fn minimal(bytes: &[u8], keeps: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut current = bytes.to_vec();
        let mut proposals = shorter(&current);
        let mut tries = 0;
        while let Some(proposal) = proposals.next(&current) {
            let accepted = keeps(&proposal);
            proposals.settle(accepted, &proposal);
            if accepted {
                current = proposal;
            }
            tries += 1;
            assert!(tries < 10_000, "there is no end");
        }
        current
    }

    #[test]
    fn what_is_not_needed_goes() {
        let has = |needle: &'static [u8]| {
            move |bytes: &[u8]| bytes.windows(needle.len()).any(|window| window == needle)
        };
        let request = br#"{"execute":"guest-sync","arguments":{"id":1,"x":[1,2,3]},"id":"abc"}"#;
        assert_eq!(minimal(request, has(b"guest-sync")), b"guest-sync");
        let both = |bytes: &[u8]| has(b"ab")(bytes) && has(b"yz")(bytes);
        assert_eq!(minimal(b"abcdefghijklmnopqrstuvwxyz", both), b"abyz");
        assert_eq!(minimal(b"aaaa", |_| true), b"");
        assert_eq!(minimal(b"aaaa", |_| false), b"aaaa");
    }

    #[test]
    fn a_request_stays_one_where_only_requests_count() {
        let is_request = |bytes: &[u8]| {
            json::read(bytes.trim_ascii_end(), Limits::default())
                .is_ok_and(|document| document.value.member("execute").is_some())
        };
        let request = b"{\"id\":{\"a\":[1,2]},\"execute\":\"guest-ping\",\"arguments\":{\"b\":1}}\n";
        assert_eq!(minimal(request, is_request), br#"{"execute":""}"#);
    }
}
