//! Words, colours and line breaks of what people read on a terminal.

use crate::classify::Hazard;
use crate::run::Shown;
use crate::verdict::{Class, SkipReason, Verdict};

/// Rows listed below one heading unless more is asked for.
pub(super) const ROWS_SHOWN: usize = 8;

/// How a rule came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It fails, but is of class difference, and those do not count in this run.
    Differs,
    /// It fails, and all of its failures are known and tolerated.
    Waived,
    /// Its verdict.
    Plain(Verdict),
}

impl Finding {
    /// All of them, in the order in which counts are shown.
    pub(super) const ALL: [Self; 7] = [
        Self::Plain(Verdict::Fail),
        Self::Differs,
        Self::Waived,
        Self::Plain(Verdict::Inconclusive),
        Self::Plain(Verdict::NotRun),
        Self::Plain(Verdict::Pass),
        Self::Plain(Verdict::Skipped),
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Differs => "differs",
            Self::Waived => "waived",
            Self::Plain(Verdict::Fail) => "FAIL",
            Self::Plain(Verdict::Inconclusive) => "inconclusive",
            Self::Plain(Verdict::NotRun) => "not run",
            Self::Plain(Verdict::Pass) => "pass",
            Self::Plain(Verdict::Skipped) => "skipped",
        }
    }
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    /// Whether there are colours.
    pub(super) on: bool,
}

impl Paint {
    const BOLD: &'static str = "\x1b[1m";
    const RED: &'static str = "\x1b[1;31m";
    const GREEN: &'static str = "\x1b[32m";
    const YELLOW: &'static str = "\x1b[33m";
    const FAINT: &'static str = "\x1b[2m";
    const RESET: &'static str = "\x1b[0m";

    pub(super) fn bold(self, text: &str) -> String {
        self.wrap(Self::BOLD, text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.wrap(Self::FAINT, text)
    }

    pub(super) fn finding(self, finding: Finding, text: &str) -> String {
        match finding {
            Finding::Plain(Verdict::Fail) => self.wrap(Self::RED, text),
            Finding::Differs | Finding::Waived | Finding::Plain(Verdict::Inconclusive | Verdict::NotRun) => {
                self.wrap(Self::YELLOW, text)
            }
            Finding::Plain(Verdict::Pass) => self.wrap(Self::GREEN, text),
            Finding::Plain(Verdict::Skipped) => self.wrap(Self::FAINT, text),
        }
    }

    fn wrap(self, style: &str, text: &str) -> String {
        if self.on { format!("{style}{text}{}", Self::RESET) } else { text.to_owned() }
    }
}

/// The class as a word.
pub(crate) const fn class(class: Class) -> &'static str {
    match class {
        Class::Violation => "violation",
        Class::Robustness => "robustness",
        Class::Difference => "difference",
    }
}

/// Why something was left out, and what would bring it back.
pub(crate) const fn skip(reason: SkipReason, allowed: Hazard) -> &'static str {
    match reason {
        SkipReason::Unsupported => "the agent does not have the command",
        SkipReason::Refused => "the agent answered valid requests with errors only",
        SkipReason::Hazard => match allowed {
            Hazard::Read => "not allowed (--allow scratch, state or power)",
            Hazard::Scratch => "not allowed (--allow state or power)",
            Hazard::State | Hazard::Power => "not allowed (--allow power)",
        },
        SkipReason::Effort => "needs more effort (--effort full or stress)",
        SkipReason::Budget => "the time was used up",
        SkipReason::Shard => "belongs to another shard",
        SkipReason::Transport => "cannot be seen over this transport",
        SkipReason::NeedsVm => "can only be seen in a virtual machine",
        SkipReason::Platform => "does not exist on the guest's platform",
        SkipReason::Capped => {
            "cut short after equal findings, or an ability is missing that has its own rule"
        }
    }
}

/// What is to be said where the command under a finding does not show it again.
pub(crate) fn doubt(shown: Shown) -> Option<String> {
    match shown {
        Shown::Unchecked | Shown::Alone | Shown::After(_) => None,
        Shown::Once { tries } => Some(format!(
            "seen once and not in {} since, neither behind all cases before it nor by its case alone; \
             --transcript records what is seen",
            plural(tries as u64, "try")
        )),
    }
}

/// The command of a row, or the words for a row of the connection.
pub(super) const fn subject(command: &str) -> &str {
    if command.is_empty() { "the connection" } else { command }
}

/// `1 rule`, `2 rules`.
pub(crate) fn plural(count: u64, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == 1 => format!("1 {noun}"),
        Some(stem) => format!("{} {stem}ies", number(count)),
        None => format!("{} {noun}s", number(count)),
    }
}

/// With a comma at every third digit.
pub(in crate::report) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Words set in lines of at most `width` columns, the first line after `first`, all others after `rest`. A word
/// longer than a line keeps its line to itself, and several spaces stay several. Columns are counted in
/// characters: what is set here is our own or was made ASCII.
pub(crate) fn paragraph(out: &mut String, first: &str, rest: &str, text: &str, width: usize) {
    let mut current = first.to_owned();
    let mut column = columns(first);
    let mut empty = true;
    for word in text.split([' ', '\n']) {
        let length = word.chars().count();
        if !empty && column + 1 + length > width {
            super::line(out, &current);
            rest.clone_into(&mut current);
            column = columns(rest);
            empty = true;
        }
        if !empty {
            current.push(' ');
            column += 1;
        }
        current.push_str(word);
        column += length;
        empty = false;
    }
    super::line(out, &current);
}

/// Characters of a text without its colours, each of which goes from ESC to `m`.
fn columns(text: &str) -> usize {
    let mut in_colour = false;
    text.chars()
        .filter(|character| {
            let visible = !in_colour && *character != '\x1b';
            in_colour = !visible && *character != 'm';
            visible
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([plural(1, "rule"), plural(0, "rule")], ["1 rule", "0 rules"]);
    }

    #[test]
    fn paragraphs_hang_and_keep_long_words_whole() {
        let mut out = String::new();
        paragraph(&mut out, "a: ", "   ", "one two three abcdefghijklmno four", 12);
        assert_eq!(out, "a: one two\n   three\n   abcdefghijklmno\n   four\n");
    }

    #[test]
    fn colours_take_no_columns() {
        assert_eq!(columns("\x1b[1;31mma\x1b[0mm"), 3);
    }
}
