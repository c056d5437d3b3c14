//! All rules as one page of Markdown, for `docs/rules.md`: what `qgaspec rules CODE` tells of each.

use std::fmt::Write;

use crate::rules::{self, Rule};
use crate::spec;
use crate::verdict::{Class, Evidence};

use super::terminal::text;

/// The page.
pub fn markdown() -> String {
    let all: Vec<&Rule> = rules::rules().collect();
    let mut page =
        "# Rules\n\nEvery rule by which an agent is judged, chapter by chapter. This page is made from the \
        code by `BLESS=1 cargo test --test it generated`; do not edit it.\n"
            .to_owned();
    let mut add = |text: std::fmt::Arguments<'_>| page.write_fmt(text).expect("a string can be written to");
    add(format_args!("\n| Class | Meaning | Rules |\n|---|---|---|\n"));
    for class in [Class::Violation, Class::Robustness, Class::Difference] {
        let count = all.iter().filter(|rule| rule.class == class).count();
        add(format_args!("| {} | {} | {count} |\n", text::class(class), class_meaning(class)));
    }
    for chapter in all.chunk_by(|one, next| one.chapter() == next.chapter()) {
        add(format_args!("\n## {}\n", chapter[0].chapter()));
        for rule in chapter {
            add(format_args!("\n### {}\n\n{}.\n", rule.code, escaped(rule.title)));
            add(format_args!(
                "\n* Class: {}\n* Evidence: {}\n",
                text::class(rule.class),
                evidence(rule.evidence)
            ));
            for clause in rule.clauses.iter().filter_map(|id| spec::clause(id)) {
                let (source, place) = (clause.source, escaped(&clause.place));
                add(format_args!(
                    "* Clause `{}` ({source}, {place}): {}\n",
                    clause.id,
                    escaped(&clause.says)
                ));
            }
            add(format_args!("\n{}\n", escaped(rule.explanation)));
        }
    }
    page
}

/// What breaking a rule of this class means.
pub const fn class_meaning(class: Class) -> &'static str {
    match class {
        Class::Violation => "breaking it breaks the specification",
        Class::Robustness => "breaking it means a crash, a hang, lost step, a leak or unbounded output",
        Class::Difference => "it differs from what clients rely on; it fails with --strict only",
    }
}

/// What a rule must have seen to speak.
pub const fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Success => "a success reply",
        Evidence::Error => "an error reply",
        Evidence::Silence => "no reply before the fence",
        Evidence::AnyReply => "any reply",
        Evidence::End => "the end of a connection, of the agent or of the run",
    }
}

/// Text in which Markdown finds nothing but backquotes.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut quoted = false;
    for character in text.chars() {
        quoted ^= character == '`';
        if !quoted && matches!(character, '*' | '_' | '<' | '|' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_finds_nothing_in_text() {
        assert_eq!(escaped("a*b <c> `d_e`"), "a\\*b \\<c> `d_e`");
    }
}
