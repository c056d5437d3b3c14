use super::*;
use crate::report::example;
use crate::verdict::{Class, Exit};

#[test]
fn the_whole_report_reads_well() {
    insta::assert_snapshot!(render(&example::ledger(), &TerminalOptions::default()));
}

#[test]
fn verbose_shows_every_rule_and_every_failing_row() {
    let options = TerminalOptions { verbose: true, ..TerminalOptions::default() };
    let text = render(&example::ledger(), &options);
    assert!(text.contains("pass         envelope/ascii — "), "{text}");
    assert_eq!(text.matches("case      valid/guest-get-time/minimal").count(), 4, "{text}");
    assert!(text.contains("… 937 bytes more") || text.contains("bytes more"), "{text}");
}

#[test]
fn an_agents_bytes_never_reach_the_terminal() {
    let text = render(&example::ledger(), &TerminalOptions { verbose: true, ..TerminalOptions::default() });
    let allowed = |character: char| {
        character == '\n' || (' '..='~').contains(&character) || "—·…\u{e4}".contains(character)
    };
    let found: Vec<char> = text.chars().filter(|character| !allowed(*character)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn colours_are_the_only_difference_that_colour_makes() {
    let ledger = example::ledger();
    let plain = render(&ledger, &TerminalOptions::default());
    let mut coloured = render(&ledger, &TerminalOptions { colour: true, ..TerminalOptions::default() });
    assert!(coloured.contains("\x1b[1;31mFAIL"));
    for style in ["\x1b[1m", "\x1b[1;31m", "\x1b[32m", "\x1b[33m", "\x1b[2m", "\x1b[0m"] {
        coloured = coloured.replace(style, "");
    }
    let trimmed: Vec<&str> = coloured.lines().map(str::trim_end).collect();
    assert_eq!(plain.lines().collect::<Vec<_>>(), trimmed);
}

#[test]
fn differences_alone_conform_unless_strict() {
    let mut ledger = example::ledger();
    ledger.rows.retain(|_, row| row.class == Class::Difference);
    ledger.summary.exit = Exit::Conforms;
    let text = render(&ledger, &TerminalOptions::default());
    assert!(text.contains("1 difference from qemu-ga, which only --strict counts"), "{text}");
}
