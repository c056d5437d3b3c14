//! What a guest tells of its distribution: the fields of os-release(5), and the words that Windows has instead.

use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, quoted};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::SYSTEM;

/// Members of the reply, with the fields that they come from.
const FIELDS: [(&str, &str); 7] = [
    ("id", "ID"),
    ("name", "NAME"),
    ("pretty-name", "PRETTY_NAME"),
    ("version", "VERSION"),
    ("version-id", "VERSION_ID"),
    ("variant", "VARIANT"),
    ("variant-id", "VARIANT_ID"),
];

pub(super) static OS_RELEASE: Rule = Rule {
    code: "system/os-release",
    class: Class::Violation,
    title: "The members about the distribution are the fields of os-release, and absent where these are",
    clauses: &[
        "schema.GuestOSInfo.id",
        "schema.GuestOSInfo.name",
        "schema.GuestOSInfo.pretty-name",
        "schema.GuestOSInfo.version",
        "schema.GuestOSInfo.version-id",
        "schema.GuestOSInfo.variant",
        "schema.GuestOSInfo.variant-id",
        "schema.GuestOSInfo.absent",
    ],
    evidence: Evidence::Success,
    explanation: "The operating system is asked for where the guest's os-release file is known. A reply conforms if \
        `id`, `name`, `pretty-name`, `version`, `version-id`, `variant` and `variant-id`, as far as they are there, \
        are the values of ID, NAME and so on, and if none is there without its field: no empty string, and no default \
        of the agent's own. Quotes that were not taken off are another rule's concern.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.asks(SYSTEM) && turn.facts.os_release.is_some(),
        judge: os_release,
    },
};

fn os_release(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(value), Some(known)) = (turn.success(), &turn.facts.os_release) else { return Outcome::Silent };
    let wrong = FIELDS.into_iter().find_map(|(member, field)| {
        let told = value.member(member)?.as_str()?;
        let got = quoted(&told);
        match known.get(field) {
            None => Some(fail(
                format!("invented:{member}"),
                format!("no {member}, since there is no {field}"),
                got,
            )),
            Some(known) if told == *known || has_quotes(&told, Some(known)) => None,
            Some(known) => Some(fail(format!("value:{member}"), format!("{member} {}", quoted(known)), got)),
        }
    });
    wrong.unwrap_or(Outcome::Pass)
}

pub(super) static QUOTES: Rule = Rule {
    code: "system/os-release-quotes",
    class: Class::Violation,
    title: "The fields of os-release come without their quotes",
    clauses: &[
        "schema.GuestOSInfo.id",
        "schema.GuestOSInfo.name",
        "schema.GuestOSInfo.pretty-name",
        "schema.GuestOSInfo.version",
        "schema.GuestOSInfo.version-id",
        "schema.GuestOSInfo.variant",
        "schema.GuestOSInfo.variant-id",
    ],
    evidence: Evidence::Success,
    explanation: "The operating system is asked for. In os-release(5), values with blanks stand in single or double \
        quotes, which do not belong to them. A reply violates the rule if a member about the distribution has quotes \
        at both ends or, where the guest's os-release file is known, begins with a quote that the value does not begin \
        with. A value that was cut at its first blank because its quotes were overlooked shows here as well.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(SYSTEM), judge: quotes },
};

fn quotes(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(value) = turn.success() else { return Outcome::Silent };
    let wrong = FIELDS.into_iter().find_map(|(member, field)| {
        let told = value.member(member)?.as_str()?;
        let known = turn.facts.os_release.as_ref().and_then(|fields| fields.get(field));
        has_quotes(&told, known.map(String::as_str)).then(|| {
            let expected = known.map_or_else(|| "no quotes".to_owned(), |known| quoted(known));
            fail(format!("quoted:{member}"), format!("{member}: {expected}"), quoted(&told))
        })
    });
    wrong.unwrap_or(Outcome::Pass)
}

/// Whether a value still has quotes that belong to the file's syntax.
fn has_quotes(told: &str, known: Option<&str>) -> bool {
    ['"', '\''].into_iter().filter(|quote| told.starts_with(*quote)).any(|quote| match known {
        Some(known) => !known.starts_with(quote),
        None => told.len() > 1 && told.ends_with(quote),
    })
}

pub(super) static WINDOWS: Rule = Rule {
    code: "system/windows",
    class: Class::Violation,
    title: "Windows describes itself in the words that are laid down for it",
    clauses: &[
        "schema.GuestOSInfo.id",
        "schema.GuestOSInfo.name",
        "schema.GuestOSInfo.machine",
        "schema.GuestOSInfo.variant",
        "schema.GuestOSInfo.variant-id",
    ],
    evidence: Evidence::Success,
    explanation: "The operating system is asked for. A reply that says by its `id` or its `name` that it is Windows \
        conforms if `id` is mswindows and `name` is Microsoft Windows; if `machine` is x86, x86_64, arm or ia64; and \
        if `variant` and `variant-id` are server or client; each as far as it is there. The machine aarch64, for which \
        the schema has no word, is let pass. The replies of other systems pass.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks(SYSTEM), judge: windows },
};

/// What a member may be on Windows. By the first two Windows is told from other systems.
const WORDS: [(&str, &[&str]); 5] = [
    ("id", &["mswindows"]),
    ("name", &["Microsoft Windows"]),
    ("machine", &["x86", "x86_64", "arm", "ia64", "aarch64"]),
    ("variant", &["server", "client"]),
    ("variant-id", &["server", "client"]),
];

fn windows(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(value) = turn.success() else { return Outcome::Silent };
    let text = |member: &str| value.member(member).and_then(Json::as_str);
    let fits = |member: &str, words: &[&str]| text(member).is_some_and(|told| words.contains(&&*told));
    if !WORDS[..2].iter().any(|(member, words)| fits(member, words)) {
        return Outcome::Pass;
    }
    let wrong = WORDS.into_iter().find_map(|(member, words)| {
        let told = text(member)?;
        let expected = || format!("{member} {}", words.join(" or "));
        (!words.contains(&&*told)).then(|| fail(member, expected(), quoted(&told)))
    });
    wrong.unwrap_or(Outcome::Pass)
}
