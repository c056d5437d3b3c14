//! Chapter `info`: `guest-info` tells the truth about the agent.

mod blocked;

use std::borrow::Cow;
use std::collections::HashSet;

use crate::model::commands::Known;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::words::{bucket_word, fail, pass_if, quoted};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[
    &UNIQUE,
    &ENABLED,
    &LISTED,
    &SUCCESS_RESPONSE,
    &VERSION,
    &VERSION_NUMBERS,
    &blocked::LISTED,
    &blocked::REFUSED,
    &blocked::CLASS,
];

const GUEST_INFO: &str = "guest-info";

static UNIQUE: Rule = Rule {
    code: "info/unique",
    class: Class::Difference,
    title: "guest-info lists no command twice",
    clauses: &["client.info-unique"],
    evidence: Evidence::Success,
    explanation: "The list in a reply to guest-info conforms if no name occurs twice in it: clients make a table of \
        it.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(GUEST_INFO),
    scope: Scope::Turn { concerns: is_info, judge: unique },
};

fn is_info(turn: &Turn<'_>) -> bool {
    turn.asks(GUEST_INFO)
}

/// The entries of the list, if all of them can be read.
fn readable_entries<'t>(turn: &Turn<'t>) -> Option<&'t [Json<'t>]> {
    let is_readable = |entry: &Json<'_>| {
        entry.member("name").is_some_and(Json::is_string)
            && entry.member("enabled").and_then(Json::as_bool).is_some()
    };
    entries(turn).filter(|entries| entries.iter().all(is_readable))
}

fn entries<'t>(turn: &Turn<'t>) -> Option<&'t [Json<'t>]> {
    if is_info(turn) { turn.success()?.member("supported_commands")?.as_array() } else { None }
}

fn unique(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(entries) = entries(turn) else { return Outcome::Silent };
    let mut seen = HashSet::new();
    let names = entries.iter().filter_map(|entry| entry.member("name")?.as_str());
    let repeated = names.map(Cow::into_owned).find(|name| !seen.insert(name.clone()));
    match repeated {
        None => Outcome::Pass,
        Some(name) => fail("repeated", "each command once", format!("{} more than once", bucket_word(&name))),
    }
}

static ENABLED: Rule = Rule {
    code: "info/enabled",
    class: Class::Violation,
    title: "A command works if guest-info says that it is enabled, and only then",
    clauses: &[
        "schema.guest-info.enabled",
        "schema.GuestAgentCommandInfo.enabled",
        "client.info-disabled-refused",
    ],
    evidence: Evidence::AnyReply,
    explanation: "What the agent does with valid requests is compared with its latest guest-info, whichever came \
        first. It conforms if no command that is listed as enabled gets CommandNotFound, and none that is listed as \
        disabled succeeds. While file systems are frozen the list is another one, and what was told and done before \
        counts again when they are thawed.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(GUEST_INFO),
    scope: Scope::Turn { concerns: can_compare, judge: enabled },
};

static LISTED: Rule = Rule {
    code: "info/listed",
    class: Class::Difference,
    title: "guest-info lists every command that works",
    clauses: &["client.info-lists-working", "schema.GuestAgentInfo.commands"],
    evidence: Evidence::Success,
    explanation: "Each command that succeeds is looked up in the latest guest-info, whichever came first. It \
        conforms if the command is listed: clients send only what is.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(GUEST_INFO),
    scope: Scope::Turn { concerns: can_compare, judge: listed },
};

/// Any valid request can be compared once a guest-info is known, and guest-info itself with all before it.
fn can_compare(turn: &Turn<'_>) -> bool {
    is_info(turn) || (turn.is_valid() && turn.model.is_some_and(|model| model.commands.is_listing_known()))
}

/// What was done with commands, and what the list says of them: whether they are enabled, if they are there.
fn comparisons<'t>(turn: &Turn<'t>) -> Vec<(&'t str, Known, Option<bool>)> {
    let (Some(model), Some(name)) = (turn.model, turn.command_name()) else { return Vec::new() };
    let now = if turn.success().is_some() {
        Some(Known::Answered)
    } else {
        turn.is_unsupported().then_some(Known::Unsupported)
    };
    if !is_info(turn) {
        let listed = model.commands.is_listing_known();
        return now
            .filter(|_| listed)
            .map(|known| (name, known, model.commands.listed(name)))
            .into_iter()
            .collect();
    }
    let Some(entries) = readable_entries(turn) else { return Vec::new() };
    let find = |name: &str| {
        let entry = entries
            .iter()
            .find(|entry| entry.member("name").and_then(Json::as_str).is_some_and(|own| own == name));
        entry.and_then(|entry| entry.member("enabled")?.as_bool())
    };
    let before = model.commands.reactions().filter(|(before, _)| *before != name);
    before.chain([(name, Known::Answered)]).map(|(name, known)| (name, known, find(name))).collect()
}

fn enabled(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let comparisons = comparisons(turn);
    for (name, known, listed) in &comparisons {
        match (known, listed) {
            (Known::Answered, Some(false)) => {
                return fail(
                    format!("works:{name}"),
                    format!("{name} refused, since it is listed as disabled"),
                    "a return",
                );
            }
            (Known::Unsupported, Some(true)) => {
                let expected = format!("{name} executed, since it is listed as enabled");
                return fail(format!("missing:{name}"), expected, "CommandNotFound");
            }
            (Known::Answered, Some(true) | None) | (Known::Unsupported, Some(false) | None) => {}
        }
    }
    if comparisons.iter().any(|(.., listed)| listed.is_some()) { Outcome::Pass } else { Outcome::Silent }
}

fn listed(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let comparisons = comparisons(turn);
    let mut answered = comparisons.iter().filter(|(_, known, _)| *known == Known::Answered).peekable();
    if answered.peek().is_none() {
        return Outcome::Silent;
    }
    match answered.find(|(.., listed)| listed.is_none()) {
        None => Outcome::Pass,
        Some((name, ..)) => {
            fail(format!("unlisted:{name}"), format!("{name} in the list, since it works"), "no such entry")
        }
    }
}

static SUCCESS_RESPONSE: Rule = Rule {
    code: "info/success-response",
    class: Class::Violation,
    title: "guest-info says which commands are silent when they succeed",
    clauses: &["schema.guest-info.success-response", "schema.GuestAgentCommandInfo.success-response"],
    evidence: Evidence::Success,
    explanation: "Each entry of guest-info whose command the schema knows is compared with the schema. It conforms \
        if `success-response` is false exactly for the commands that send nothing on success. Clients wait for a \
        reply, or do not, according to it. Since 1.7.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(GUEST_INFO),
    scope: Scope::Turn { concerns: is_info, judge: success_response },
};

fn success_response(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let Some(entries) = entries(turn) else { return Outcome::Silent };
    let mut compared = entries
        .iter()
        .filter_map(|entry| {
            let command = scene.schema.command(&entry.member("name")?.as_str()?)?;
            Some((command, entry.member("success-response")?.as_bool()?))
        })
        .peekable();
    if compared.peek().is_none() {
        return Outcome::Silent;
    }
    let wrong = compared.find(|(command, says)| command.success_response != *says);
    pass_if(wrong.is_none(), || {
        let (command, says) = wrong.map_or(("", false), |(command, says)| (command.name.as_str(), says));
        fail(
            format!("wrong:{command}"),
            format!("success-response {} for {command}", !says),
            says.to_string(),
        )
    })
}

static VERSION: Rule = Rule {
    code: "info/version",
    class: Class::Violation,
    title: "guest-info tells the version of the agent",
    clauses: &["schema.guest-info.version"],
    evidence: Evidence::Success,
    explanation: "A reply to guest-info conforms if `version` is not empty. Which version is right only the agent knows.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(GUEST_INFO),
    scope: Scope::Turn { concerns: is_info, judge: version },
};

fn told_version<'t>(turn: &Turn<'t>) -> Option<Cow<'t, str>> {
    turn.success()?.member("version")?.as_str()
}

fn version(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(version) = told_version(turn) else { return Outcome::Silent };
    pass_if(!version.is_empty(), || fail("empty", "a version", "an empty text"))
}

static VERSION_NUMBERS: Rule = Rule {
    code: "info/version-numbers",
    class: Class::Difference,
    title: "The version of the agent is three numbers with dots in between",
    clauses: &["client.version-numbers"],
    evidence: Evidence::Success,
    explanation: "A reply to guest-info conforms if `version` consists of three numbers, none of them above 255, as in \
        7.2.22: there are clients that read no other form. An empty version is another rule's concern.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(GUEST_INFO),
    scope: Scope::Turn { concerns: is_info, judge: version_numbers },
};

fn version_numbers(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(version) = told_version(turn).filter(|version| !version.is_empty()) else {
        return Outcome::Silent;
    };
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()) && part.parse::<u8>().is_ok();
    let is_usual = version.split('.').count() == 3 && version.split('.').all(is_number);
    pass_if(is_usual, || fail("form", "three numbers like 7.2.22", quoted(&version)))
}

#[cfg(test)]
mod tests;
