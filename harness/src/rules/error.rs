//! Chapter `error`: what error replies look like, and envelopes that must be refused.

use crate::classify::DefectKind;
use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, FrameScene, Turn};
use super::words::{bucket_word, fail, pass_if, shown_json, shown_reply};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&OBJECT, &CLASS, &COMMAND_NOT_FOUND, &MEMBER, &ENVELOPE];

/// The classes that an error may have.
const CLASSES: [&str; 5] =
    ["GenericError", "CommandNotFound", "DeviceNotActive", "DeviceNotFound", "KVMMissingCap"];

static OBJECT: Rule = Rule {
    code: "error/object",
    class: Class::Violation,
    title: "An error is an object with the strings `class` and `desc`",
    clauses: &["qmp.error-object"],
    evidence: Evidence::Error,
    explanation: "Every error reply is looked at. It conforms if `error` is an object with a string `class` and a \
        string `desc`. What the description says is never judged. Before 1.2 errors of `qemu-ga` had no \
        description.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Frame { expects: must_be_refused, judge: object },
};

fn must_be_refused(turn: &Turn<'_>) -> bool {
    !turn.defects().is_empty()
}

fn object(scene: &FrameScene<'_>) -> Outcome {
    let Some(error) = scene.received.error() else { return Outcome::Silent };
    let bytes = &scene.received.frame.bytes;
    if !error.is_object() {
        return fail("not-an-object", "an object", shown_json(error, bytes));
    }
    let broken = ["class", "desc"].into_iter().find_map(|name| match error.member(name) {
        None => Some(format!("{name}-missing")),
        Some(value) => (!value.is_string()).then(|| format!("{name}-no-string")),
    });
    match broken {
        None => Outcome::Pass,
        Some(bucket) => fail(bucket, "strings `class` and `desc`", shown_json(error, bytes)),
    }
}

static CLASS: Rule = Rule {
    code: "error/class",
    class: Class::Violation,
    title: "The class of an error is one of the five known ones",
    clauses: &["error.classes", "error.generic"],
    evidence: Evidence::Error,
    explanation: "Every error reply with a class is looked at. It conforms if the class is GenericError, \
        CommandNotFound, DeviceNotActive, DeviceNotFound or KVMMissingCap. Clients that read typed errors refuse \
        others; there were more classes before 1.2.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Frame { expects: must_be_refused, judge: class },
};

fn class(scene: &FrameScene<'_>) -> Outcome {
    let Some(class) = scene.received.error().and_then(|error| error.member("class")?.as_str()) else {
        return Outcome::Silent;
    };
    pass_if(CLASSES.contains(&class.as_ref()), || {
        let class = bucket_word(&class);
        fail(format!("class:{class}"), format!("one of {}", CLASSES.join(", ")), format!("class {class}"))
    })
}

static COMMAND_NOT_FOUND: Rule = Rule {
    code: "error/command-not-found",
    class: Class::Violation,
    title: "An unknown command is refused with the class CommandNotFound",
    clauses: &["error.command-not-found", "qmp.execute-names-command", "qapi.names-exact"],
    evidence: Evidence::Error,
    explanation: "Requests for commands that do not exist are sent, among them names that differ from known ones \
        in letter case, in `_` for `-`, or by a character more. They conform if the reply is an error of the \
        class CommandNotFound: by this class clients tell a missing command from a failure. A `return` and any \
        other class violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Turn {
        concerns: |turn| turn.sole_defect() == Some(DefectKind::UnknownCommand),
        judge: command_not_found,
    },
};

fn command_not_found(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    let expected = "an error of the class CommandNotFound";
    if reply.success().is_some() {
        return fail("returned", expected, shown_reply(reply, &frame.bytes));
    }
    match reply.error_class() {
        // Of what form an error has to be, and what classes there are, is another rule's concern.
        None => Outcome::Silent,
        Some(class) if !CLASSES.contains(&class.as_ref()) => Outcome::Silent,
        Some(class) => pass_if(class == "CommandNotFound", || {
            fail("other-class", expected, shown_reply(reply, &frame.bytes))
        }),
    }
}

static MEMBER: Rule = Rule {
    code: "error/member",
    class: Class::Violation,
    title: "A request with an unknown member is refused",
    clauses: &["qmp.unexpected-member", "qmp.no-out-of-band"],
    evidence: Evidence::Error,
    explanation: "Requests are sent that have, besides `execute`, `arguments` and `id`, a member that the protocol \
        does not know, `exec-oob` and `control` among them. They conform if the reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Turn {
        concerns: |turn| turn.sole_defect() == Some(DefectKind::UnknownMember),
        judge: |turn, scene| refused(turn, scene, "unknown-member"),
    },
};

static ENVELOPE: Rule = Rule {
    code: "error/envelope",
    class: Class::Violation,
    title: "A message that is no request is refused",
    clauses: &["qmp.request-shape", "qmp.execute-required", "qmp.execute-string", "qmp.arguments-object"],
    evidence: Evidence::Error,
    explanation: "Messages are sent that are JSON but no requests: not an object, without `execute`, with an \
        `execute` that is no string, with `arguments` that are no object. They conform if the reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Connection,
    scope: Scope::Turn { concerns: |turn| envelope_defect(turn).is_some(), judge: envelope },
};

fn envelope_defect(turn: &Turn<'_>) -> Option<&'static str> {
    match turn.sole_defect()? {
        DefectKind::NotAnObject => Some("not-an-object"),
        DefectKind::ExecuteMissing => Some("execute-missing"),
        DefectKind::ExecuteType => Some("execute-type"),
        DefectKind::ArgumentsType => Some("arguments-type"),
        DefectKind::Malformed
        | DefectKind::UnknownMember
        | DefectKind::UnknownCommand
        | DefectKind::ArgumentMissing
        | DefectKind::ArgumentUnknown
        | DefectKind::ArgumentType
        | DefectKind::ArgumentRange
        | DefectKind::ArgumentEnum => None,
    }
}

fn envelope(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    match envelope_defect(turn) {
        Some(bucket) => refused(turn, scene, bucket),
        None => Outcome::Silent,
    }
}

/// Whether an invalid request is refused for its defect. An agent that does not have the command at all shows
/// nothing about the defect.
pub(super) fn refused(turn: &Turn<'_>, scene: &ExchangeScene<'_>, bucket: &str) -> Outcome {
    if turn.is_silently_accepted(scene) {
        return fail(bucket, "an error", "silence, by which this command reports success");
    }
    let (Some(reply), Some(frame)) = (turn.reply, turn.frame) else { return Outcome::Silent };
    if turn.is_unsupported() {
        return Outcome::Silent;
    }
    pass_if(reply.error().is_some(), || fail(bucket, "an error", shown_reply(reply, &frame.bytes)))
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, ask, call};

    const NOT_FOUND: &str = "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"no\"}}\n";
    const GENERIC: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n";
    const OK: &str = "{\"return\":{}}\n";

    #[test]
    fn an_error_has_class_and_description() {
        let error = |error: &str| call("guest-get-users", "{}", &format!("{{\"error\":{error}}}"));
        Witness::of([error("{\"class\":\"GenericError\",\"desc\":\"\"}")]).accepts("error/object");
        Witness::of([error("\"no\"")]).rejects("error/object", "not-an-object");
        Witness::of([error("{\"class\":\"GenericError\"}")]).rejects("error/object", "desc-missing");
        Witness::of([error("{\"class\":1,\"desc\":\"\"}")]).rejects("error/object", "class-no-string");
        Witness::of([call("guest-ping", "{}", "{\"return\":{}}")]).silences("error/object");
    }

    #[test]
    fn an_error_has_a_known_class() {
        let error = |class: &str| {
            call("guest-get-users", "{}", &format!("{{\"error\":{{\"class\":\"{class}\",\"desc\":\"\"}}}}"))
        };
        Witness::of([error("DeviceNotFound")]).accepts("error/class");
        Witness::of([error("InvalidParameter")]).rejects("error/class", "class:InvalidParameter");
    }

    #[test]
    fn an_unknown_command_is_not_found() {
        let unknown = "{\"execute\":\"guest-qgaspec-unknown\"}";
        Witness::of([ask(unknown, NOT_FOUND)]).accepts("error/command-not-found");
        Witness::of([ask(unknown, GENERIC)]).rejects("error/command-not-found", "other-class");
        Witness::of([ask(unknown, OK)]).rejects("error/command-not-found", "returned");
        Witness::of([ask("{\"execute\":\"guest_ping\"}", OK)]).rejects("error/command-not-found", "returned");
        Witness::of([ask("{\"execute\":\"guest-ping\"}", NOT_FOUND)]).silences("error/command-not-found");
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let request = "{\"execute\":\"guest-ping\",\"control\":{}}";
        Witness::of([ask(request, GENERIC)]).accepts("error/member");
        Witness::of([ask(request, OK)]).rejects("error/member", "unknown-member");
        Witness::of([ask("{\"exec-oob\":\"guest-ping\"}", OK)]).silences("error/member");
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for (request, bucket) in [
            ("[]", "not-an-object"),
            ("{}", "execute-missing"),
            ("{\"execute\":1}", "execute-type"),
            ("{\"execute\":\"guest-ping\",\"arguments\":null}", "arguments-type"),
        ] {
            Witness::of([ask(request, GENERIC)]).accepts("error/envelope");
            Witness::of([ask(request, OK)]).rejects("error/envelope", bucket);
        }
    }
}
