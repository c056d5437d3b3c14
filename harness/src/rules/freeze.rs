//! Chapter `freeze`: freezing, thawing, and what the agent says of it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::model::Freezing;
use crate::model::freeze::{Cause, Frost, names};
use crate::model::programs::NOWHERE;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::words::{fail, pass_if};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] =
    &[&STATUS, &COUNT, &UNKNOWN_IGNORED, &LIST_DEFAULT, &MOUNT_POINTS_USABLE, &THAW, &USABLE];

const STATUS_COMMAND: &str = "guest-fsfreeze-status";
const FREEZE: &str = "guest-fsfreeze-freeze";
const FREEZE_LIST: &str = "guest-fsfreeze-freeze-list";
const THAW_COMMAND: &str = "guest-fsfreeze-thaw";
/// Some systems end a freeze by themselves, after ten seconds.
const FREEZE_LASTS: Duration = Duration::from_secs(5);

static STATUS: Rule = Rule {
    code: "freeze/status",
    class: Class::Violation,
    title: "The status is `frozen` after a freeze that froze something, and `thawed` otherwise",
    clauses: &[
        "schema.guest-fsfreeze-status.follows",
        "schema.guest-fsfreeze-status.states",
        "schema.GuestFsfreezeStatus.frozen",
        "schema.GuestFsfreezeStatus.thawed",
        "schema.guest-fsfreeze-freeze.none",
        "schema.guest-fsfreeze-freeze.error-thaws",
        "schema.guest-fsfreeze-freeze-list.error-thaws",
        "schema.guest-fsfreeze-thaw.thaws",
    ],
    evidence: Evidence::Success,
    explanation: "guest-fsfreeze-status is asked between freezes and thaws. It conforms if it is `frozen` after a \
        freeze that returned a number above 0, and `thawed` after a thaw, after a freeze that failed and after one \
        that found nothing to freeze. As long as nothing was frozen or thawed, either is right.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, STATUS_COMMAND), judge: status },
};

fn is_valid(turn: &Turn<'_>, command: &str) -> bool {
    turn.is_valid() && turn.command_name() == Some(command)
}

fn freezing<'t>(turn: &Turn<'t>) -> Option<&'t Freezing> {
    turn.model.map(|model| &model.freezing)
}

fn frost(turn: &Turn<'_>) -> Option<Frost> {
    freezing(turn)?.frost(turn.facts)
}

fn status(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let (Some(frost), Some(told)) = (frost(turn), turn.success().and_then(Json::as_str)) else {
        return Outcome::Silent;
    };
    match (frost, told.as_ref()) {
        (Frost::Frozen { .. }, "frozen") | (Frost::Thawed(_), "thawed") => Outcome::Pass,
        (Frost::Frozen { since, .. }, "thawed")
            if scene.exchange.began.saturating_sub(since) < FREEZE_LASTS =>
        {
            fail("thawed-while-frozen", "`frozen`, since file systems were frozen", "`thawed`")
        }
        (Frost::Thawed(cause), "frozen") => {
            let after = match cause {
                Cause::Thaw => "thaw",
                Cause::Error => "error",
                Cause::Nothing => "nothing",
                // Somebody else may have frozen file systems.
                Cause::Told => return Outcome::Silent,
            };
            fail(format!("frozen-after-{after}"), "`thawed`", "`frozen`")
        }
        _ => Outcome::Silent,
    }
}

static COUNT: Rule = Rule {
    code: "freeze/count",
    class: Class::Violation,
    title: "A freeze counts file systems, and no more than it was given",
    clauses: &[
        "schema.guest-fsfreeze-freeze.count",
        "schema.guest-fsfreeze-freeze-list.count",
        "schema.guest-fsfreeze-freeze-list.freezes",
    ],
    evidence: Evidence::Success,
    explanation: "File systems are frozen, all of them and by lists. The number that is returned conforms if it is \
        not negative, and, where nothing was frozen before and a list was given, not above the number of different \
        mount points in it: none for an empty list.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| is_valid(turn, FREEZE) || is_valid(turn, FREEZE_LIST),
        judge: count,
    },
};

fn count(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(count) = turn.success().and_then(Json::as_i64) else { return Outcome::Silent };
    if count < 0 {
        return fail("negative", "the number of file systems that are frozen", count.to_string());
    }
    let was_thawed = matches!(frost(turn), Some(Frost::Thawed(_)));
    let listed = turn.message.arguments().and_then(names).filter(|_| was_thawed);
    let Some(listed) = listed.zip(freezing(turn)).map(|(names, known)| mounted(&names, known).len()) else {
        return Outcome::Pass;
    };
    pass_if(usize::try_from(count).is_ok_and(|count| count <= listed), || {
        let bucket = if listed == 0 { "out-of-nothing" } else { "more-than-listed" };
        fail(bucket, format!("at most {listed}"), count.to_string())
    })
}

/// Those of the names that are mount points, or may be.
fn mounted<'n>(names: &'n BTreeSet<String>, known: &Freezing) -> BTreeSet<&'n str> {
    let plain = |name: &str| name.trim_end_matches(['/', '\\']).to_owned();
    let may_be = |name: &&String| match known.mount_points() {
        Some(points) => points.iter().any(|point| plain(point) == plain(name)),
        None => !name.is_empty(),
    };
    names.iter().filter(may_be).map(String::as_str).collect()
}

static UNKNOWN_IGNORED: Rule = Rule {
    code: "freeze/unknown-ignored",
    class: Class::Violation,
    title: "Names in a list to freeze that are no mount points change nothing",
    clauses: &["schema.guest-fsfreeze-freeze-list.invalid-ignored"],
    evidence: Evidence::Success,
    explanation: "The mount points that guest-get-fsinfo tells are frozen by a list, and then once more with names in \
        the list that are none of them. The second freeze conforms if it succeeds as well and freezes as many, and a \
        freeze of nothing but unknown names if it succeeds and freezes none.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: lists_names, judge: unknown_ignored },
};

fn lists_names(turn: &Turn<'_>) -> bool {
    let listed = |turn: &Turn<'_>| turn.message.arguments().and_then(names);
    is_valid(turn, FREEZE_LIST) && listed(turn).is_some_and(|names| !names.is_empty())
}

fn unknown_ignored(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let (Some(known), Some(names)) = (freezing(turn), turn.message.arguments().and_then(names)) else {
        return Outcome::Silent;
    };
    let comparable = matches!(frost(turn), Some(Frost::Thawed(_))) && known.mount_points().is_some();
    if comparable && names.iter().all(|name| name.contains(NOWHERE)) && !turn.is_unsupported() {
        return none_frozen(turn);
    }
    let Some(before) = known.listed().filter(|_| comparable) else { return Outcome::Silent };
    let (meant, meant_before) = (mounted(&names, known), mounted(&before.names, known));
    if meant.len() == names.len() || !meant.is_subset(&meant_before) || turn.is_unsupported() {
        return Outcome::Silent;
    }
    if turn.error().is_some() {
        return fail("refused", "unknown names ignored", "an error");
    }
    let Some(count) = turn.success().and_then(Json::as_i64) else { return Outcome::Silent };
    pass_if(meant != meant_before || count == before.count, || {
        fail("others-too", format!("{}, as without the unknown names", before.count), count.to_string())
    })
}

/// Of names that are all unknown nothing is frozen, which is a success. That more cannot be frozen than is there has a
/// rule of its own.
fn none_frozen(turn: &Turn<'_>) -> Outcome {
    if turn.error().is_some() {
        return fail("refused", "unknown names ignored", "an error");
    }
    if turn.success().and_then(Json::as_i64) == Some(0) { Outcome::Pass } else { Outcome::Silent }
}

static LIST_DEFAULT: Rule = Rule {
    code: "freeze/list-default",
    class: Class::Violation,
    title: "Without a list all file systems are frozen",
    clauses: &["schema.guest-fsfreeze-freeze-list.default", "schema.guest-fsfreeze-freeze.freezes"],
    evidence: Evidence::Success,
    explanation: "All file systems are frozen with guest-fsfreeze-freeze and thawed, and then frozen with \
        guest-fsfreeze-freeze-list, without its argument. The second freeze conforms if it freezes as many as the \
        first.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| is_valid(turn, FREEZE_LIST) && turn.argument("mountpoints").is_none(),
        judge: |turn, _| as_many_as_all(turn),
    },
};

/// A freeze that must freeze everything freezes as many as the last one that did.
fn as_many_as_all(turn: &Turn<'_>) -> Outcome {
    let all = freezing(turn).and_then(Freezing::all);
    let was_thawed = matches!(frost(turn), Some(Frost::Thawed(_)));
    let count = turn.success().and_then(Json::as_i64);
    let (Some(all), Some(count), true) = (all, count, was_thawed) else { return Outcome::Silent };
    pass_if(count == all, || {
        let bucket = if count < all { "fewer" } else { "more" };
        fail(bucket, format!("{all}, as when all were frozen"), count.to_string())
    })
}

static MOUNT_POINTS_USABLE: Rule = Rule {
    code: "freeze/mount-points-usable",
    class: Class::Violation,
    title: "The mount points of guest-get-fsinfo can be frozen by a list",
    clauses: &["schema.guest-get-fsinfo.mountpoints-usable", "schema.guest-fsfreeze-freeze-list.freezes"],
    evidence: Evidence::Success,
    explanation: "All file systems are frozen and thawed, and then frozen by a list of all mount points that \
        guest-get-fsinfo tells. The second freeze conforms if it succeeds as well and freezes as many.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: lists_names, judge: mount_points_usable },
};

fn mount_points_usable(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let points = freezing(turn).and_then(Freezing::mount_points);
    let (Some(points), Some(names)) = (points, turn.message.arguments().and_then(names)) else {
        return Outcome::Silent;
    };
    if !points.is_subset(&names) {
        return Outcome::Silent;
    }
    let some_froze = freezing(turn).and_then(Freezing::all).is_some_and(|all| all > 0);
    let was_thawed = matches!(frost(turn), Some(Frost::Thawed(_)));
    if turn.error().is_some() && !turn.is_unsupported() && some_froze && was_thawed {
        return fail("refused", "the file systems frozen, as before without a list", "an error");
    }
    as_many_as_all(turn)
}

static THAW: Rule = Rule {
    code: "freeze/thaw",
    class: Class::Violation,
    title: "A thaw counts the file systems that were frozen, and a second one none",
    clauses: &[
        "schema.guest-fsfreeze-thaw.count",
        "schema.guest-fsfreeze-thaw.thaws",
        "schema.guest-fsfreeze-freeze.then-thaw",
        "schema.guest-fsfreeze-freeze.error-thaws",
        "schema.guest-fsfreeze-freeze-list.error-thaws",
    ],
    evidence: Evidence::Success,
    explanation: "File systems are frozen and thawed, and thawed again. A thaw conforms if it returns the number that \
        the freeze before it returned, and 0 if nothing was frozen since the last thaw, the last freeze failed, or \
        found nothing. An agent that has frozen something and then does not know the command violates the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: |turn| is_valid(turn, THAW_COMMAND), judge: thaw },
};

fn thaw(turn: &Turn<'_>, scene: &ExchangeScene<'_>) -> Outcome {
    let Some(frost) = frost(turn) else { return Outcome::Silent };
    if turn.is_unsupported() && matches!(frost, Frost::Frozen { count: Some(_), .. }) {
        return fail("unsupported", "a thaw, since file systems were frozen", "CommandNotFound");
    }
    let Some(thawed) = turn.success().and_then(Json::as_i64) else { return Outcome::Silent };
    let (expected, otherwise) = match frost {
        Frost::Frozen { count: Some(count), since } => {
            if thawed < count && scene.exchange.began.saturating_sub(since) >= FREEZE_LASTS {
                return Outcome::Silent;
            }
            (count, if thawed < count { "fewer" } else { "more" })
        }
        Frost::Thawed(Cause::Thaw) => (0, "again"),
        Frost::Thawed(Cause::Error) => (0, "after-error"),
        Frost::Thawed(Cause::Nothing) => (0, "after-nothing"),
        Frost::Frozen { count: None, .. } | Frost::Thawed(Cause::Told) => return Outcome::Silent,
    };
    let bucket = if thawed < 0 { "negative" } else { otherwise };
    pass_if(thawed == expected, || fail(bucket, expected.to_string(), thawed.to_string()))
}

static USABLE: Rule = Rule {
    code: "freeze/usable",
    class: Class::Difference,
    title: "A client can synchronize and ask while file systems are frozen",
    clauses: &["client.usable-while-frozen"],
    evidence: Evidence::Success,
    explanation: "While file systems are frozen, a sync, guest-ping, guest-info and guest-fsfreeze-status are sent. They \
        conform if they succeed, as they did before. Clients synchronize before they thaw, and one that cannot \
        leaves the guest frozen. `qemu-ga` refused guest-sync-delimited then before 1.5.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_asked_while_frozen, judge: usable },
};

fn is_asked_while_frozen(turn: &Turn<'_>) -> bool {
    let needed = ["guest-sync", "guest-sync-delimited", "guest-ping", "guest-info", STATUS_COMMAND];
    let worked_before = |name: &str| {
        needed.contains(&name) && turn.model.is_some_and(|model| model.commands.has_answered_plainly(name))
    };
    turn.is_valid()
        && turn.command_name().is_some_and(worked_before)
        && matches!(frost(turn), Some(Frost::Frozen { .. }))
}

fn usable(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    match (turn.success(), turn.error()) {
        (Some(_), _) => Outcome::Pass,
        (None, Some(_)) => fail("refused", "a success, as before the freeze", "an error"),
        (None, None) => Outcome::Silent,
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call};

    const ERROR: &str = "{\"error\":{\"class\":\"GenericError\",\"desc\":\"no\"}}";
    const NOT_FOUND: &str = "{\"error\":{\"class\":\"CommandNotFound\",\"desc\":\"no\"}}";
    const STATUS: &str = "guest-fsfreeze-status";
    const FREEZE: &str = "guest-fsfreeze-freeze";
    const LIST: &str = "guest-fsfreeze-freeze-list";
    const THAW: &str = "guest-fsfreeze-thaw";

    fn gives(command: &str, value: impl std::fmt::Display) -> Step {
        call(command, "{}", &format!("{{\"return\":{value}}}"))
    }

    fn fails(command: &str) -> Step {
        call(command, "{}", ERROR)
    }

    fn status(word: &str) -> Step {
        gives(STATUS, format!("\"{word}\""))
    }

    fn list(names: &str, reply: &str) -> Step {
        call(LIST, &format!("{{\"mountpoints\":[{names}]}}"), reply)
    }

    fn counted(names: &str, count: i64) -> Step {
        list(names, &format!("{{\"return\":{count}}}"))
    }

    /// The guest has `/` and `/srv`.
    fn fsinfo() -> Step {
        let entry =
            |path| format!("{{\"name\":\"x\",\"mountpoint\":\"{path}\",\"type\":\"ext4\",\"disk\":[]}}");
        gives("guest-get-fsinfo", format!("[{},{}]", entry("/"), entry("/srv")))
    }

    #[test]
    fn the_status_follows() {
        Witness::of([gives(FREEZE, 2), status("frozen")]).accepts("freeze/status");
        Witness::of([gives(FREEZE, 2), status("thawed")]).rejects("freeze/status", "thawed-while-frozen");
        Witness::of([gives(FREEZE, 2), gives(THAW, 2), status("thawed")]).accepts("freeze/status");
        Witness::of([gives(THAW, 0), status("frozen")]).rejects("freeze/status", "frozen-after-thaw");
        Witness::of([fails(FREEZE), status("frozen")]).rejects("freeze/status", "frozen-after-error");
        Witness::of([gives(FREEZE, 0), status("frozen")]).rejects("freeze/status", "frozen-after-nothing");
        Witness::of([status("thawed"), status("frozen")]).silences("freeze/status");
        Witness::of([gives(FREEZE, 2), fails(THAW), status("thawed")]).silences("freeze/status");
        Witness::of([gives(FREEZE, 2), fails(FREEZE), status("frozen")]).silences("freeze/status");
        Witness::of([gives(FREEZE, 2), call(FREEZE, "{}", NOT_FOUND), status("frozen")])
            .accepts("freeze/status");
    }

    #[test]
    fn a_freeze_counts() {
        Witness::of([gives(FREEZE, 3)]).accepts("freeze/count");
        Witness::of([gives(FREEZE, -1)]).rejects("freeze/count", "negative");
        let thawed = || status("thawed");
        Witness::of([thawed(), counted("\"/\",\"/srv\"", 2)]).accepts("freeze/count");
        Witness::of([thawed(), counted("\"/\",\"/\"", 2)]).rejects("freeze/count", "more-than-listed");
        Witness::of([thawed(), counted("", 1)]).rejects("freeze/count", "out-of-nothing");
        Witness::of([thawed(), fsinfo(), counted("\"/x\"", 1)]).rejects("freeze/count", "out-of-nothing");
        Witness::of([thawed(), fsinfo(), counted("\"/srv/\"", 1)]).accepts("freeze/count");
        Witness::of([counted("", 1)]).accepts("freeze/count");
    }

    #[test]
    fn unknown_names_are_ignored() {
        let begun = || [fsinfo(), counted("\"/srv\"", 1), gives(THAW, 1)];
        let then = |step| Witness::of(begun().into_iter().chain([step]));
        then(counted("\"/srv\",\"x\"", 1)).accepts("freeze/unknown-ignored");
        then(counted("\"/srv\",\"x\"", 0)).rejects("freeze/unknown-ignored", "others-too");
        then(list("\"/srv\",\"x\"", ERROR)).rejects("freeze/unknown-ignored", "refused");
        then(list("\"x\"", ERROR)).rejects("freeze/unknown-ignored", "refused");
        then(list("\"/\",\"x\"", ERROR)).silences("freeze/unknown-ignored");
        then(list("\"/srv\"", ERROR)).silences("freeze/unknown-ignored");
        Witness::of([fsinfo(), list("\"x\"", ERROR)]).silences("freeze/unknown-ignored");
        let nowhere = |reply| list("\"/qgaspec-nonexistent\"", reply);
        then(nowhere("{\"return\":0}")).accepts("freeze/unknown-ignored");
        then(nowhere(ERROR)).rejects("freeze/unknown-ignored", "refused");
    }

    #[test]
    fn without_a_list_everything_is_frozen() {
        let begun = || [gives(FREEZE, 2), gives(THAW, 2)];
        let then = |step| Witness::of(begun().into_iter().chain([step]));
        then(gives(LIST, 2)).accepts("freeze/list-default");
        then(gives(LIST, 0)).rejects("freeze/list-default", "fewer");
        then(gives(LIST, 3)).rejects("freeze/list-default", "more");
        let otherwise = begun().into_iter().chain([gives("guest-get-time", 5), gives(LIST, 3)]);
        Witness::of(otherwise).silences("freeze/list-default");
    }

    #[test]
    fn what_is_told_to_be_mounted_can_be_frozen() {
        let begun = || [gives(FREEZE, 1), gives(THAW, 1), fsinfo()];
        let then = |step| Witness::of(begun().into_iter().chain([step]));
        then(counted("\"/\",\"/srv\"", 1)).accepts("freeze/mount-points-usable");
        then(counted("\"/\",\"/srv\"", 0)).rejects("freeze/mount-points-usable", "fewer");
        then(counted("\"/\",\"/srv\"", 2)).rejects("freeze/mount-points-usable", "more");
        then(list("\"/\",\"/srv\"", ERROR)).rejects("freeze/mount-points-usable", "refused");
        then(list("\"/\"", ERROR)).silences("freeze/mount-points-usable");
    }

    #[test]
    fn a_thaw_counts_what_was_frozen() {
        let frozen = |step| Witness::of([gives(FREEZE, 2), step]);
        frozen(gives(THAW, 2)).accepts("freeze/thaw");
        frozen(gives(THAW, 1)).rejects("freeze/thaw", "fewer");
        frozen(gives(THAW, 3)).rejects("freeze/thaw", "more");
        frozen(gives(THAW, -2)).rejects("freeze/thaw", "negative");
        frozen(call(THAW, "{}", NOT_FOUND)).rejects("freeze/thaw", "unsupported");
        frozen(fails(THAW)).silences("freeze/thaw");
        Witness::of([gives(THAW, 4), gives(THAW, 0)]).accepts("freeze/thaw");
        Witness::of([gives(THAW, 4), gives(THAW, 4)]).rejects("freeze/thaw", "again");
        Witness::of([fails(FREEZE), gives(THAW, 1)]).rejects("freeze/thaw", "after-error");
        Witness::of([gives(FREEZE, 0), gives(THAW, 1)]).rejects("freeze/thaw", "after-nothing");
        Witness::of([status("thawed"), gives(THAW, 1)]).silences("freeze/thaw");
    }

    #[test]
    fn a_frozen_guest_can_be_asked() {
        let ping = "guest-ping";
        Witness::of([gives(ping, "{}"), gives(FREEZE, 1), gives(ping, "{}")]).accepts("freeze/usable");
        Witness::of([gives(ping, "{}"), gives(FREEZE, 1), call(ping, "{}", NOT_FOUND)])
            .rejects("freeze/usable", "refused");
        Witness::of([gives(FREEZE, 1), call(ping, "{}", NOT_FOUND)]).silences("freeze/usable");
        Witness::of([gives(ping, "{}"), gives(FREEZE, 0), call(ping, "{}", NOT_FOUND)])
            .silences("freeze/usable");
    }
}
