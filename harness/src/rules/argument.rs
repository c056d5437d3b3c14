//! Chapter `argument`: arguments that the schema forbids must be refused.

use crate::classify::DefectKind;
use crate::verdict::{Class, Evidence};

use super::error::refused;
use super::scene::{ExchangeScene, Turn};
use super::type_check::without_indices;
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&MISSING, &UNKNOWN, &TYPE, &RANGE, &ENUM];

static MISSING: Rule = Rule {
    code: "argument/missing",
    class: Class::Violation,
    title: "A request without a mandatory argument is refused",
    clauses: &["qapi.mandatory-arguments", "qmp.checked-first"],
    evidence: Evidence::Error,
    explanation: "Requests are sent in which one mandatory argument, or a mandatory member within one, is left \
        out. They conform if the reply is an error. CommandNotFound says nothing about arguments and is not \
        judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.sole_defect() == Some(DefectKind::ArgumentMissing),
        judge: refused_at_path,
    },
};

static UNKNOWN: Rule = Rule {
    code: "argument/unknown",
    class: Class::Violation,
    title: "A request with an unknown argument is refused",
    clauses: &["qapi.unknown-arguments", "qmp.unknown-argument"],
    evidence: Evidence::Error,
    explanation: "Requests are sent with an argument, or a member within one, that the schema does not know. They \
        conform if the reply is an error: a client has to learn that an agent does not understand it.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.sole_defect() == Some(DefectKind::ArgumentUnknown),
        // The name was made up, so it is no part of the finding's name.
        judge: |turn, scene| refused(turn, scene, "ignored"),
    },
};

static TYPE: Rule = Rule {
    code: "argument/type",
    class: Class::Violation,
    title: "An argument of the wrong type is refused",
    clauses: &["qapi.argument-types", "qmp.type-check", "qapi.optional", "qapi.alternate"],
    evidence: Evidence::Error,
    explanation: "Requests are sent in which one value has a JSON type that the schema does not allow there; null \
        for an optional argument is one of them. They conform if the reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.sole_defect() == Some(DefectKind::ArgumentType),
        judge: refused_at_path,
    },
};

static RANGE: Rule = Rule {
    code: "argument/range",
    class: Class::Violation,
    title: "An integer out of range is refused",
    clauses: &["qapi.integer-ranges", "qapi.integer"],
    evidence: Evidence::Error,
    explanation: "Requests are sent with integers just outside the range of their type, and with numbers that have \
        a fraction. They conform if the reply is an error. Clamping to the nearest value, wrapping around and \
        rounding violate the rule; `qemu-ga` clamped before 1.6.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.sole_defect() == Some(DefectKind::ArgumentRange),
        judge: refused_at_path,
    },
};

static ENUM: Rule = Rule {
    code: "argument/enum",
    class: Class::Violation,
    title: "A string that is no value of the enum is refused",
    clauses: &["qapi.enum", "qapi.names-exact"],
    evidence: Evidence::Error,
    explanation: "Requests are sent with a string that is not among the values of the enum, among them values in \
        other letter case. They conform if the reply is an error.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turn.sole_defect() == Some(DefectKind::ArgumentEnum),
        judge: refused_at_path,
    },
};

fn refused_at_path(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let path = turn.defects().first().map_or("", |defect| defect.path.as_str());
    refused(turn, scene, &without_indices(path))
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, call};

    const NOT_FOUND: &str = "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"no\"}}";
    const GENERIC: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";

    #[test]
    fn forbidden_arguments_are_refused() {
        for (code, command, arguments, bucket) in [
            ("argument/missing", "guest-sync", "{}", "id"),
            ("argument/missing", "guest-set-vcpus", "{\"vcpus\":[{\"online\":true}]}", "vcpus[].logical-id"),
            ("argument/unknown", "guest-ping", "{\"x\":1}", "ignored"),
            ("argument/type", "guest-sync", "{\"id\":\"1\"}", "id"),
            ("argument/type", "guest-file-open", "{\"path\":\"/x\",\"mode\":null}", "mode"),
            ("argument/range", "guest-sync", "{\"id\":9223372036854775808}", "id"),
            ("argument/enum", "guest-file-seek", "{\"handle\":1,\"offset\":0,\"whence\":\"SET\"}", "whence"),
        ] {
            Witness::of([call(command, arguments, GENERIC)]).accepts(code);
            Witness::of([call(command, arguments, "{\"return\":1}")]).rejects(code, bucket);
            Witness::of([call(command, arguments, NOT_FOUND)]).silences(code);
        }
    }

    #[test]
    fn silence_is_success_where_success_is_silent() {
        let shutdown =
            crate::rules::witness::ask("{\"execute\":\"guest-shutdown\",\"arguments\":{\"mode\":1}}", "");
        Witness::of([shutdown]).rejects("argument/type", "mode");
    }

    #[test]
    fn several_kinds_of_defects_are_nobodys_finding() {
        let two = call("guest-sync", "{\"id\":\"1\",\"x\":1}", "{\"return\":1}");
        let witness = Witness::of([two]);
        for code in ["argument/type", "argument/unknown"] {
            witness.silences(code);
        }
    }
}
