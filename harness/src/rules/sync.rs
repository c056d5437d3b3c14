//! Chapter `sync`: the numbers and the delimiter by which clients find their place in the stream.

use crate::classify::{Message, Standing};
use crate::text::Json;
use crate::verdict::{Class, Evidence};
use crate::wire::{FrameKind, SyncCommand};

use super::attribution::Shape;
use super::scene::{ExchangeScene, FrameScene, Received, Turn};
use super::words::{fail, shown, shown_json, shown_reply};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&ECHO, &EXACT_ID, &DELIMITER, &DELIMITER_ONLY_THERE];

/// The greatest number below which a double holds every integer.
const EXACT_IN_DOUBLE: u64 = 1 << 53;

/// Whether a command is one of the two syncs.
pub(super) fn is_sync(command: &str) -> bool {
    command == SyncCommand::Plain.name() || command == SyncCommand::Delimited.name()
}

/// Whether a rule about single requests is judged during calibration too.
pub(super) fn is_of_chapter(rule: &'static Rule) -> bool {
    RULES.iter().any(|own| std::ptr::eq(*own, rule))
}

/// The number that a valid sync asks to be returned.
pub(super) fn sent_id(message: &Message<'_>) -> Option<i64> {
    let is_sync = message.standing == Standing::Valid && is_sync(message.command.as_deref()?);
    if is_sync { message.arguments()?.member("id")?.as_i64() } else { None }
}

/// The rules about a sync's own reply, for a fence: it is a valid request like any other.
pub(super) fn judge_fence(
    sync: SyncCommand,
    id: i64,
    received: &Received<'_>,
) -> impl Iterator<Item = (&'static Rule, Outcome)> {
    let echo =
        received.success().map_or(Outcome::Silent, |value| judge_echo(id, value, &received.frame.bytes));
    let delimiter = match sync {
        SyncCommand::Plain => Outcome::Silent,
        SyncCommand::Delimited => judge_delimiter(received.frame.delimiters, received.success().is_some()),
    };
    [(&ECHO, echo), (&DELIMITER, delimiter)].into_iter()
}

static ECHO: Rule = Rule {
    code: "sync/echo",
    class: Class::Violation,
    title: "A sync returns the number that it was given",
    clauses: &["schema.guest-sync.echo", "schema.guest-sync-delimited.echo", "client.sync-number-exact"],
    evidence: Evidence::Success,
    explanation: "Syncs are sent with numbers that a double holds exactly; each fence is one of them. A reply \
        conforms if it returns the same number, spelled as an integer. Another number, a string, and a spelling \
        such as 9.0e15 violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| sent_id(turn.message).is_some_and(|id| id.unsigned_abs() <= EXACT_IN_DOUBLE),
        judge: echo,
    },
};

static EXACT_ID: Rule = Rule {
    code: "sync/exact-id",
    class: Class::Violation,
    title: "A sync returns every number of 64 bits exactly",
    clauses: &["schema.guest-sync.int64", "schema.guest-sync-delimited.int64", "qapi.integer-ranges"],
    evidence: Evidence::Success,
    explanation: "Syncs are sent with numbers beyond 2^53 in both directions, which a double cannot hold, up to \
        the ends of the range. They conform if the same number comes back. A rounded number violates the rule, \
        and so does an error from an agent that answers small numbers. Clients use times in nanoseconds and \
        random bits.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| sent_id(turn.message).is_some_and(|id| id.unsigned_abs() > EXACT_IN_DOUBLE),
        judge: exact_id,
    },
};

fn echo(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    match (sent_id(turn.message), turn.success(), turn.frame) {
        (Some(id), Some(value), Some(frame)) => judge_echo(id, value, &frame.bytes),
        _ => Outcome::Silent,
    }
}

fn exact_id(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    let works = turn.command_name().is_some_and(|name| scene.model.commands.has_answered_plainly(name));
    let plain = scene.attribution.shape == Shape::Plain;
    if reply.error().is_some() && works && plain && !turn.is_unsupported() {
        return fail("refused", "the number that was sent", shown_reply(reply, &frame.bytes));
    }
    echo(turn, scene)
}

fn judge_echo(id: i64, value: &Json<'_>, message: &[u8]) -> Outcome {
    let bucket = match value.as_number() {
        None => "type",
        Some(number) if !number.is_integer() => "spelling",
        Some(number) if number.as_i128() == Some(i128::from(id)) => return Outcome::Pass,
        Some(_) => "value",
    };
    fail(bucket, format!("return {id}"), format!("return {}", shown_json(value, message)))
}

static DELIMITER: Rule = Rule {
    code: "sync/delimiter",
    class: Class::Violation,
    title: "One delimiter stands directly before the reply to a successful guest-sync-delimited",
    clauses: &["schema.guest-sync-delimited.sentinel", "client.raw-delimiter"],
    evidence: Evidence::Success,
    explanation: "Delimited syncs are sent. A successful reply conforms if exactly one byte 0xFF comes directly \
        before it. Without it, a client that skips stale input up to the delimiter waits for ever.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| turn.may_succeed() && is_delimited(turn), judge: delimiter },
};

fn is_delimited(turn: &Turn<'_>) -> bool {
    turn.command_name() == Some(SyncCommand::Delimited.name())
}

fn delimiter(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    turn.frame.map_or(Outcome::Silent, |frame| judge_delimiter(frame.delimiters, turn.success().is_some()))
}

fn judge_delimiter(delimiters: usize, success: bool) -> Outcome {
    match (success, delimiters) {
        (false, _) => Outcome::Silent,
        (true, 1) => Outcome::Pass,
        (true, 0) => fail("missing", "one byte 0xFF before the reply", "none"),
        (true, count) => fail("several", "one byte 0xFF before the reply", format!("{count} of them")),
    }
}

static DELIMITER_ONLY_THERE: Rule = Rule {
    code: "sync/delimiter-only-there",
    class: Class::Violation,
    title: "No delimiter stands before any other reply",
    clauses: &["schema.guest-sync-delimited.sentinel", "qmp.output-ascii"],
    evidence: Evidence::AnyReply,
    explanation: "All replies are looked at. They conform if no byte 0xFF comes before them, unless they are \
        successful replies to guest-sync-delimited. A delimiter before an error, before the reply to a plain sync \
        or to another command violates the rule: it tells a client that stale input ends where it does not.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Frame {
        expects: |turn| turn.must_be_answered() && !(is_delimited(turn) && turn.may_succeed()),
        judge: delimiter_only_there,
    },
};

fn delimiter_only_there(scene: &FrameScene<'_>) -> Outcome {
    let received = scene.received;
    if received.frame.kind != FrameKind::Message || received.reply.is_err() {
        return Outcome::Silent;
    }
    let belongs = received.success().is_some() && may_belong(scene);
    match received.frame.delimiters {
        0 if belongs => Outcome::Silent,
        0 => Outcome::Pass,
        _ if belongs => Outcome::Silent,
        _ => fail(
            "before-another",
            "no byte 0xFF before this reply",
            format!("0xFF before {}", shown(&received.frame.bytes)),
        ),
    }
}

/// Whether a success could be that of a delimited sync.
fn may_belong(scene: &FrameScene<'_>) -> bool {
    match (scene.turn, scene.fence) {
        (Some(turn), _) => is_delimited(turn),
        (None, Some(_)) => {
            memchr::memmem::find(&scene.exchange.fence.bytes, SyncCommand::Delimited.name().as_bytes())
                .is_some()
        }
        // Whose reply it is cannot be told; it may be a late one to a fence.
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, call, probe, step};
    use crate::wire::{ProbeKind, Role};

    fn sync(id: &str, value: &str) -> crate::rules::witness::Step {
        call("guest-sync", &format!("{{\"id\":{id}}}"), &format!("{{\"return\":{value}}}"))
    }

    fn delimited(reply: impl AsRef<[u8]>) -> crate::rules::witness::Step {
        step("{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":5}}\n", reply)
    }

    #[test]
    fn a_sync_returns_its_number() {
        Witness::of([sync("-5", "-5")]).accepts("sync/echo");
        Witness::of([sync("5", "6")]).rejects("sync/echo", "value");
        Witness::of([sync("5", "5.0")]).rejects("sync/echo", "spelling");
        Witness::of([sync("5", "\"5\"")]).rejects("sync/echo", "type");
    }

    #[test]
    fn a_sync_returns_any_number_exactly() {
        let greatest = "9223372036854775807";
        Witness::of([sync(greatest, greatest)]).accepts("sync/exact-id");
        Witness::of([sync(greatest, "9223372036854775808")]).rejects("sync/exact-id", "value");
        Witness::of([sync("9007199254740993", "9.00719925474099e+15")]).rejects("sync/exact-id", "spelling");
        let probed = sync("9007199254740993", "9007199254740992").role(Role::Probe(ProbeKind::ExactId));
        Witness::of([probed]).rejects("sync/exact-id", "value");
        let refusal = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"}}";
        let refused = call("guest-sync", "{\"id\":-9223372036854775808}", refusal);
        Witness::of([sync("5", "5"), refused]).rejects("sync/exact-id", "refused");
    }

    #[test]
    fn a_wrong_number_shows_already_in_calibration() {
        let asked = |kind, reply| Witness::of([probe(kind, reply, false)]);
        asked(ProbeKind::Sync, "{\"return\":78}\n").rejects("sync/echo", "value");
        asked(ProbeKind::Sync, "{\"return\":77.0}\n").rejects("sync/echo", "spelling");
        asked(ProbeKind::Sync, "{\"return\":\"77\"}\n").rejects("sync/echo", "type");
        let refusal = "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"\"}}\n";
        let refused = asked(ProbeKind::Sync, refusal);
        refused.silences("sync/echo");
        assert_eq!(refused.judgements()[0].sightings.len(), 1);
    }

    #[test]
    fn one_delimiter_precedes_a_delimited_sync() {
        Witness::of([delimited(b"\xFF{\"return\":5}\n")]).accepts("sync/delimiter");
        Witness::of([delimited("{\"return\":5}\n")]).rejects("sync/delimiter", "missing");
        Witness::of([delimited(b"\xFF\xFF{\"return\":5}\n")]).rejects("sync/delimiter", "several");
        let fence = |reply: &[u8]| sync("1", "1").delimited_fence(reply);
        Witness::of([fence(b"\xFF{\"return\":77}\n")]).accepts("sync/delimiter");
        Witness::of([fence(b"{\"return\":77}\n")]).rejects("sync/delimiter", "missing");
    }

    #[test]
    fn no_delimiter_precedes_anything_else() {
        let error = b"\xFF{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"}}\n";
        Witness::of([sync("1", "1")]).accepts("sync/delimiter-only-there");
        Witness::of([delimited(error)]).rejects("sync/delimiter-only-there", "before-another");
        Witness::of([step("{\"execute\":\"guest-ping\"}\n", b"\xFF{\"return\":{}}\n")])
            .rejects("sync/delimiter-only-there", "before-another");
        let late = probe(ProbeKind::DelimiterFirst, "", true).delimited_fence(b"\xFF{\"return\":77}\n");
        Witness::of([late]).accepts("recovery/delimiter-first");
    }
}
