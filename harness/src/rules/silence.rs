//! Chapter `silence`: commands that send nothing when they succeed.

use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::words::{fail, shown_reply};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&SUCCESS];

static SUCCESS: Rule = Rule {
    code: "silence/success",
    class: Class::Violation,
    title: "A command without a success reply sends none",
    clauses: &["qapi.silent-success", "schema.guest-shutdown.no-reply"],
    evidence: Evidence::Silence,
    explanation: "Requests are sent for the commands whose definition says that a success has no reply, such as \
        guest-shutdown. They conform if nothing comes before the fence's reply, before the connection ends or \
        before the deadline. A `return` violates the rule; an error is a refusal and tells nothing. Before 1.1 \
        `qemu-ga` raced with the shutdown and sometimes replied.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| !turn.must_be_answered(), judge: success },
};

fn success(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    match (turn.frame, turn.reply) {
        (None, _) => Outcome::Pass,
        (Some(frame), Some(reply)) if reply.success().is_some() => {
            fail("returned", "nothing before the fence's reply", shown_reply(reply, &frame.bytes))
        }
        (Some(_), _) => Outcome::Silent,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Witness, ask};
    use crate::wire::Ending;

    #[test]
    fn a_silent_success_is_silent() {
        let shutdown = |reply: &str| ask("{\"execute\":\"guest-shutdown\"}", reply);
        let refusal = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}\n";
        Witness::of([shutdown("")]).accepts("silence/success");
        Witness::of([shutdown("").ending(Ending::Closed)]).accepts("silence/success");
        Witness::of([shutdown("").ending(Ending::Waited)]).accepts("silence/success");
        Witness::of([shutdown("{\"return\":{}}\n")]).rejects("silence/success", "returned");
        Witness::of([shutdown(refusal)]).silences("silence/success");
    }
}
