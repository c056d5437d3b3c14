//! What the guest's administrator has forbidden the agent to do.

use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if, shown_reply};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::{GUEST_INFO, entries, is_info};

pub(super) static LISTED: Rule = Rule {
    code: "info/blocked-listed",
    class: Class::Violation,
    title: "A command that the administrator has disabled is not listed as enabled",
    clauses: &["schema.GuestAgentCommandInfo.enabled"],
    evidence: Evidence::Success,
    explanation: "guest-info is asked where the agent was told to refuse some commands. A reply conforms if each of these \
        is listed with `enabled` false, or not at all.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(GUEST_INFO),
    scope: Scope::Turn {
        concerns: |turn| {
            is_info(turn) && turn.facts.blocked.as_ref().is_some_and(|blocked| !blocked.is_empty())
        },
        judge: listed,
    },
};

fn listed(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(entries), Some(blocked)) = (entries(turn), &turn.facts.blocked) else { return Outcome::Silent };
    let wrong = entries.iter().find_map(|entry| {
        let name = blocked.get(&*entry.member("name")?.as_str()?)?;
        let is_enabled = entry.member("enabled").and_then(Json::as_bool)?;
        is_enabled.then(|| fail(format!("enabled:{name}"), format!("{name} disabled"), "enabled true"))
    });
    wrong.unwrap_or(Outcome::Pass)
}

pub(super) static REFUSED: Rule = Rule {
    code: "info/blocked-refused",
    class: Class::Violation,
    title: "A command that the administrator has disabled is refused",
    clauses: &["schema.guest-info.enabled", "schema.GuestAgentCommandInfo.enabled"],
    evidence: Evidence::AnyReply,
    explanation: "Commands are sent that the agent was told to refuse. They conform if the reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_blocked, judge: refused },
};

fn is_blocked(turn: &Turn<'_>) -> bool {
    let blocks = |name| turn.facts.blocked.as_ref().is_some_and(|blocked| blocked.contains(name));
    turn.is_valid() && turn.command_name().is_some_and(blocks)
}

fn refused(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    pass_if(reply.error().is_some(), || {
        fail("executed", "an error, since the command is disabled", shown_reply(reply, &frame.bytes))
    })
}

pub(super) static CLASS: Rule = Rule {
    code: "info/blocked-class",
    class: Class::Difference,
    title: "A command that the administrator has disabled is refused with the class CommandNotFound",
    clauses: &["client.info-disabled-refused", "client.unsupported-class"],
    evidence: Evidence::Error,
    explanation: "Commands are sent that the agent was told to refuse. The errors conform if they are of the class \
        CommandNotFound, by which clients tell a command that they need not try again. Before 4.2 `qemu-ga` used \
        others.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_blocked, judge: class },
};

fn class(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    if reply.error().is_none() {
        return Outcome::Silent;
    }
    pass_if(turn.is_unsupported(), || {
        fail("other", "an error of the class CommandNotFound", shown_reply(reply, &frame.bytes))
    })
}
