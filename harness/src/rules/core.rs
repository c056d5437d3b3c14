//! Chapter `core`: what every agent must be able to do once.

use crate::model::SessionModel;
use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::{Observation, ProbeKind, SyncCommand};

use super::scene::{ExchangeScene, ProbeScene, Turn};
use super::words::{fail, pass_if};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&SYNC, &DELIMITED_SYNC, &PING, &INFO];

static SYNC: Rule = Rule {
    code: "core/sync",
    class: Class::Violation,
    title: "At least one of guest-sync and guest-sync-delimited works",
    clauses: &["schema.guest-sync.echo", "client.sync-first-try"],
    evidence: Evidence::End,
    explanation: "Calibration starts with one plain and one delimited sync. The agent conforms if it answers one of \
        them with its number. Without a sync no client can tell whose reply it reads, and neither can this harness: \
        nothing else can be judged then.",
    unmet: Unmet::Fails,
    row: RowOf::Connection,
    scope: Scope::Event { judge: sync },
};

fn sync(observation: &Observation, _: &SessionModel) -> Outcome {
    match observation {
        Observation::Calibrated(abilities) => pass_if(abilities.fence.is_some(), || {
            fail("none", "a sync that is answered with its number", "neither sync is answered")
        }),
        Observation::Exchange(_)
        | Observation::Unsolicited(_)
        | Observation::Reconnected { .. }
        | Observation::TakenOver { .. }
        | Observation::AgentExit(_)
        | Observation::Facts(_)
        | Observation::Call(_) => Outcome::Silent,
    }
}

static DELIMITED_SYNC: Rule = Rule {
    code: "core/delimited-sync",
    class: Class::Violation,
    title: "guest-sync-delimited is answered",
    clauses: &["schema.guest-sync-delimited.echo", "qmp.sync-command"],
    evidence: Evidence::Success,
    explanation: "During calibration a delimited sync is sent, without a delimiter before it. The agent conforms if \
        it answers with the number; whether a delimiter precedes the reply is another rule's question. The error \
        CommandNotFound tells that an administrator switched the command off, and is not judged; any other error, \
        silence, a closed connection and another number violate the rule: every agent provides this command.",
    unmet: Unmet::NotRun,
    row: RowOf::Named(SyncCommand::Delimited.name()),
    scope: Scope::Probe { concerns: |kind| kind == ProbeKind::SyncDelimited, judge: delimited_sync },
};

fn delimited_sync(probe: &ProbeScene<'_>) -> Outcome {
    if probe.is_answered() {
        Outcome::Pass
    } else if probe.is_refused_with("CommandNotFound") {
        Outcome::Silent
    } else if probe.is_refused() {
        fail("refused", "the number that was sent", probe.got())
    } else {
        fail("unanswered", "a reply to a delimited sync", probe.got())
    }
}

static PING: Rule = Rule {
    code: "core/ping",
    class: Class::Violation,
    title: "guest-ping succeeds",
    clauses: &["schema.guest-ping.success"],
    evidence: Evidence::Success,
    explanation: "guest-ping is sent. The agent conforms if it succeeds at least once: the command does nothing, so \
        nothing in the guest can be in its way.",
    unmet: Unmet::Fails,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks("guest-ping"), judge: succeeds },
};

static INFO: Rule = Rule {
    code: "core/info",
    class: Class::Violation,
    title: "guest-info succeeds",
    clauses: &["schema.guest-info.version", "schema.guest-info.describes-agent"],
    evidence: Evidence::Success,
    explanation: "guest-info is sent. The agent conforms if it succeeds at least once: there is no other way to \
        learn which commands an agent has.",
    unmet: Unmet::Fails,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.asks("guest-info"), judge: succeeds },
};

fn succeeds(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    // Of several replies to one request, which are another rule's concern, any will do.
    let alone = scene.reading.messages.len() == 1;
    let any = alone && scene.replies.iter().any(|received| received.success().is_some_and(Json::is_object));
    if turn.success().is_some() || any { Outcome::Pass } else { Outcome::Silent }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, able, ask, probe};
    use crate::wire::{Abilities, Observation, ProbeKind};

    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n";

    #[test]
    fn some_sync_works() {
        Witness::watching([Observation::Calibrated(able())]).accepts("core/sync");
        let mute = Abilities { fence: None, ..able() };
        Witness::watching([Observation::Calibrated(mute)]).rejects("core/sync", "none");
    }

    #[test]
    fn the_delimited_sync_is_answered_or_switched_off() {
        Witness::of([probe(ProbeKind::SyncDelimited, "", true)]).accepts("core/delimited-sync");
        Witness::of([probe(ProbeKind::SyncDelimited, "", false)])
            .rejects("core/delimited-sync", "unanswered");
        Witness::of([probe(ProbeKind::SyncDelimited, ERROR, false)])
            .rejects("core/delimited-sync", "refused");
        let disabled = ERROR.replace("GenericError", "CommandNotFound");
        Witness::of([probe(ProbeKind::SyncDelimited, &disabled, false)]).silences("core/delimited-sync");
    }

    #[test]
    fn ping_and_info_must_succeed_once() {
        Witness::of([ask(r#"{"execute":"guest-ping"}"#, "{\"return\":{}}\n")]).accepts("core/ping");
        Witness::of([ask(r#"{"execute":"guest-ping"}"#, ERROR)]).silences("core/ping");
        let info = "{\"return\":{\"version\":\"1.2.3\",\"supported_commands\":[{\"name\":\"guest-info\",\"enabled\":true,\"success-response\":true}]}}\n";
        Witness::of([ask(r#"{"execute":"guest-info"}"#, info)]).accepts("core/info");
        Witness::of([ask(r#"{"execute":"guest-info"}"#, ERROR)]).silences("core/info");
    }
}
