//! Chapter `reply`: what a success returns.

use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::words::fail;
use super::{Outcome, RowOf, Rule, Scope, Unmet, sync};

pub(super) const RULES: &[&Rule] = &[&TYPE];

static TYPE: Rule = Rule {
    code: "reply/type",
    class: Class::Violation,
    title: "The value of `return` has the type that the schema says",
    clauses: &[
        "qapi.return-type",
        "qapi.empty-return",
        "qmp.return-per-command",
        "qmp.return-empty-object",
        "qapi.str",
        "qapi.number",
        "qapi.integer",
        "qapi.integer-ranges",
        "qapi.unsigned-negative",
        "qapi.bool",
        "qapi.enum",
        "qapi.array",
        "qapi.struct",
        "qapi.optional",
        "qapi.union",
        "qapi.union-no-branch",
        "schema.guest-set-time.return",
        "schema.guest-file-close.return",
        "schema.guest-file-flush.return",
        "schema.guest-set-user-password.return",
        "schema.guest-ssh-add-authorized-keys.return",
        "schema.guest-ssh-remove-authorized-keys.return",
        "schema.GuestDiskBusType.values",
        "schema.GuestDeviceType.values",
    ],
    evidence: Evidence::Success,
    explanation: "The value of each `return` is compared with the schema, member by member, at every depth. It \
        conforms if all mandatory members are there and every value has its type: integers without fraction and \
        exponent and within range, strings of an enum among its values, an object where the command returns \
        nothing. An optional member may be left out but is never null. Members that the schema does not know are \
        listed as remarks and break nothing. What the syncs return has rules of its own.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: returns_value, judge: has_type },
};

fn returns_value(turn: &Turn<'_>) -> bool {
    turn.may_succeed()
        && turn.command.is_some_and(|command| command.success_response)
        && turn.command_name().is_some_and(|name| !sync::is_sync(name))
}

fn has_type(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(report) = turn.types else { return Outcome::Silent };
    let Some((first, others)) = report.faults.split_first() else { return Outcome::Pass };
    let more = match others {
        [] => String::new(),
        _ => format!(
            "; {} more, at {}",
            others.len(),
            join_paths(others.iter().map(|fault| fault.path.as_str()))
        ),
    };
    fail(
        first.bucket.as_str(),
        format!("{} at {}", first.expected, first.path),
        format!("{}{more}", first.got),
    )
}

fn join_paths<'p>(paths: impl Iterator<Item = &'p str>) -> String {
    paths.take(5).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, call};
    use crate::schema::versions::{Version, model};

    #[test]
    fn a_return_has_its_type() {
        let time = |value: &str| call("guest-get-time", "{}", &format!("{{\"return\":{value}}}"));
        Witness::of([time("1700000000000000000")]).accepts("reply/type");
        Witness::of([time("1.7e18")]).rejects("reply/type", "fraction:return");
        Witness::of([call("guest-ping", "{}", "{\"return\":null}")])
            .rejects("reply/type", "empty-return:return");
        Witness::of([call("guest-ping", "{}", "{\"error\":{\"class\":\"GenericError\",\"desc\":\"\"}}")])
            .silences("reply/type");
    }

    #[test]
    fn what_a_later_version_returns_is_newer_and_not_wrong() {
        let disk = |smart: &str| {
            let reply = format!(r#"{{"return":[{{"name":"/dev/d","partition":false,"smart":{smart}}}]}}"#);
            call("guest-get-disks", "{}", &reply).observation()
        };
        let fsinfo = |bus: &str| {
            let address = format!(
                r#"{{"pci-controller":{{"domain":0,"bus":0,"slot":0,"function":0}},"bus-type":"{bus}","bus":0,"target":0,"unit":0}}"#
            );
            let reply =
                format!(r#"{{"return":[{{"name":"n","mountpoint":"/","type":"t","disk":[{address}]}}]}}"#);
            call("guest-get-fsinfo", "{}", &reply).observation()
        };
        let old = model(Version::V5_2);
        Witness::measuring(old, [fsinfo("nvme")]).accepts("reply/type");
        Witness::measuring(old, [fsinfo("sata")]).accepts("reply/type");
        Witness::measuring(old, [fsinfo("tape")]).rejects("reply/type", "enum:tape");
        // The old schema does not know the member, so it does not say what may stand there.
        Witness::measuring(old, [disk("1")]).accepts("reply/type");
        Witness::measuring(model(Version::V7_1), [disk("1")]).rejects("reply/type", "type:return[].smart");
    }

    #[test]
    fn several_faults_are_one_finding_that_names_them() {
        let witness = Witness::of([call("guest-get-host-name", "{}", "{\"return\":{}}")]);
        witness.rejects("reply/type", "missing:return.host-name");
        let vcpus = "{\"return\":[{\"logical-id\":\"0\",\"online\":1,\"can-offline\":true}]}";
        Witness::of([call("guest-get-vcpus", "{}", vcpus)]).rejects("reply/type", "type:return[].logical-id");
    }

    #[test]
    fn members_beyond_the_schema_are_remarked_once() {
        let ping = || call("guest-ping", "{}", "{\"return\":{},\"took\":1}");
        let name = || call("guest-get-host-name", "{}", "{\"return\":{\"host-name\":\"h\",\"x\":1}}");
        let witness = Witness::of([ping(), ping(), name(), name()]);
        witness.accepts("reply/type");
        let notes: Vec<_> = witness.judgements().iter().flat_map(|judgement| &judgement.notes).collect();
        assert_eq!(notes.len(), 2);
        assert!(notes[0].contains("`took`") && notes[1].contains("`return.x`"), "{notes:?}");
    }
}
