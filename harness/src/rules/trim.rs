//! Chapter `trim`: what a trim tells about each file system.

use crate::model::trims::Trim;
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::scene::{ExchangeScene, Turn};
use super::words::{fail, shown};
use super::{Outcome, RowOf, Rule, Scope, Unmet};

pub(super) const RULES: &[&Rule] = &[&BYTES, &OUTCOME, &DEFAULT_MINIMUM, &PATHS];

static BYTES: Rule = Rule {
    code: "trim/bytes",
    class: Class::Violation,
    title: "A trim discards no fewer bytes than none",
    clauses: &["schema.GuestFilesystemTrimResult.trimmed", "schema.GuestFilesystemTrimResult.minimum"],
    evidence: Evidence::Success,
    explanation: "guest-fstrim is sent with and without a least length. The reply conforms if no element has a negative \
        `trimmed`, nor, unless the request itself was about a negative length, a negative `minimum`: both count \
        bytes.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_trim, judge: bytes },
};

fn is_trim(turn: &Turn<'_>) -> bool {
    turn.is_valid() && turn.command_name() == Some("guest-fstrim")
}

fn results<'t>(turn: &Turn<'t>) -> Option<&'t [Json<'t>]> {
    turn.success()?.member("paths")?.as_array()
}

fn bytes(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(results) = results(turn) else { return Outcome::Silent };
    let asked_for_less = turn.argument("minimum").and_then(Json::as_i64).is_some_and(|asked| asked < 0);
    let counters = if asked_for_less { &["trimmed"][..] } else { &["trimmed", "minimum"] };
    for name in counters {
        let counts = results.iter().filter_map(|result| result.member(name)?.as_i64());
        if let Some(negative) = counts.min().filter(|least| *least < 0) {
            return fail(format!("negative-{name}"), "0 or more bytes", format!("{negative}"));
        }
    }
    Outcome::Pass
}

static OUTCOME: Rule = Rule {
    code: "trim/outcome",
    class: Class::Difference,
    title: "Each path was trimmed, with how much and how coarsely, or has an error",
    clauses: &["schema.guest-fstrim.status", "schema.GuestFilesystemTrimResult.error"],
    evidence: Evidence::Success,
    explanation: "guest-fstrim is sent. The reply conforms if each element with the path of a POSIX system has either \
        `error`, or both `trimmed` and `minimum`: otherwise a client cannot tell what came of it.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: is_trim, judge: outcome },
};

fn outcome(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(results) = results(turn) else { return Outcome::Silent };
    let is_posix = |result: &&Json<'_>| {
        result.member("path").and_then(Json::as_str).is_some_and(|path| path.starts_with('/'))
    };
    for result in results.iter().filter(is_posix) {
        let has = |name| result.member(name).is_some();
        let bucket = match (has("error"), has("trimmed"), has("minimum")) {
            (true, false, false) | (false, true, true) => continue,
            (true, ..) => "both",
            (false, false, false) => "neither",
            (false, ..) => "half",
        };
        return fail(bucket, "either `error`, or `trimmed` and `minimum`", path_of(result));
    }
    Outcome::Pass
}

fn path_of(result: &Json<'_>) -> String {
    let path = result.member("path").and_then(Json::as_str).unwrap_or_default();
    format!("something else for {}", shown(path.as_bytes()))
}

static DEFAULT_MINIMUM: Rule = Rule {
    code: "trim/default-minimum",
    class: Class::Violation,
    title: "Without a least length, the least length is 0",
    clauses: &["schema.guest-fstrim.default-minimum", "schema.GuestFilesystemTrimResult.minimum"],
    evidence: Evidence::Success,
    explanation: "guest-fstrim is sent twice, without a least length and with 0, in any order. The second reply conforms \
        if it reports the same `minimum` for each path as the first. The system may apply more than was asked for, \
        but then it does so both times.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| turns_with_effect(turn).is_some_and(|(before, now)| shared(before, &now)),
        judge: default_minimum,
    },
};

/// The trim before this one and this one, if one said 0 and the other nothing.
fn turns_with_effect<'t>(turn: &Turn<'t>) -> Option<(&'t Trim, Trim)> {
    let now = Trim::read(turn.message.arguments(), turn.success()).filter(|_| is_trim(turn))?;
    let before = turn.model?.trims.last().filter(|before| before.is_explicit != now.is_explicit)?;
    Some((before, now))
}

/// Whether some path was trimmed both times.
fn shared(before: &Trim, now: &Trim) -> bool {
    now.minimum.keys().any(|path| before.minimum.contains_key(path))
}

fn default_minimum(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some((before, now)) = turns_with_effect(turn) else { return Outcome::Silent };
    let differs =
        now.minimum.iter().find(|(path, now)| before.minimum.get(*path).is_some_and(|it| it != *now));
    let Some((path, applied)) = differs else { return Outcome::Pass };
    let bucket = if now.is_explicit { "zero" } else { "default" };
    let path = shown(path.as_bytes());
    fail(
        bucket,
        format!("the same minimum for {path} with 0 and without"),
        format!("{applied} the second time"),
    )
}

static PATHS: Rule = Rule {
    code: "trim/paths",
    class: Class::Difference,
    title: "The paths of a trim are mount points that guest-get-fsinfo tells",
    clauses: &["schema.GuestFilesystemTrimResult.path", "schema.GuestFilesystemTrimResponse.paths"],
    evidence: Evidence::Success,
    explanation: "guest-get-fsinfo is asked, and then guest-fstrim. The reply conforms if each path in it is one of the \
        mount points: that is what a client knows file systems by.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            is_trim(turn) && turn.model.is_some_and(|model| model.freezing.mount_points().is_some())
        },
        judge: paths,
    },
};

fn paths(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let points = turn.model.and_then(|model| model.freezing.mount_points());
    let (Some(points), Some(results)) = (points, results(turn)) else { return Outcome::Silent };
    let mut paths = results.iter().filter_map(|result| result.member("path")?.as_str());
    match paths.find(|path| !points.contains(path.as_ref())) {
        None => Outcome::Pass,
        Some(path) => fail("unmounted", "a mount point of guest-get-fsinfo", shown(path.as_bytes())),
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::witness::{Step, Witness, call};

    fn trim(arguments: &str, paths: &str) -> Step {
        call("guest-fstrim", arguments, &format!("{{\"return\":{{\"paths\":[{paths}]}}}}"))
    }

    fn trimmed(trimmed: i64, minimum: i64) -> String {
        format!("{{\"path\":\"/\",\"trimmed\":{trimmed},\"minimum\":{minimum}}}")
    }

    #[test]
    fn bytes_are_counted() {
        Witness::of([trim("{}", &trimmed(0, 0))]).accepts("trim/bytes");
        Witness::of([trim("{}", &trimmed(-1, 0))]).rejects("trim/bytes", "negative-trimmed");
        Witness::of([trim("{}", &trimmed(5, -1))]).rejects("trim/bytes", "negative-minimum");
        Witness::of([trim("{\"minimum\":-1}", &trimmed(5, -1))]).accepts("trim/bytes");
    }

    #[test]
    fn each_path_has_one_outcome() {
        let with = |members: &str| Witness::of([trim("{}", &format!("{{\"path\":\"/\"{members}}}"))]);
        with(",\"error\":\"no\"").accepts("trim/outcome");
        with(",\"trimmed\":1,\"minimum\":0").accepts("trim/outcome");
        with("").rejects("trim/outcome", "neither");
        with(",\"trimmed\":1").rejects("trim/outcome", "half");
        with(",\"trimmed\":1,\"error\":\"no\"").rejects("trim/outcome", "both");
        Witness::of([trim("{}", "{\"path\":\"C:\\\\\"}")]).accepts("trim/outcome");
    }

    #[test]
    fn the_default_is_zero() {
        let [zero, none] = ["{\"minimum\":0}", "{}"];
        let pair = |first, second, applied| {
            Witness::of([trim(first, &trimmed(9, 512)), trim(second, &trimmed(0, applied))])
        };
        pair(zero, none, 512).accepts("trim/default-minimum");
        pair(zero, none, 4096).rejects("trim/default-minimum", "default");
        pair(none, zero, 0).rejects("trim/default-minimum", "zero");
        pair(none, none, 4096).silences("trim/default-minimum");
        pair(zero, "{\"minimum\":4096}", 4096).silences("trim/default-minimum");
    }

    #[test]
    fn trimmed_paths_are_mounted() {
        let fsinfo = || {
            let entry = "{\"name\":\"x\",\"mountpoint\":\"/\",\"type\":\"ext4\",\"disk\":[]}";
            call("guest-get-fsinfo", "{}", &format!("{{\"return\":[{entry}]}}"))
        };
        Witness::of([fsinfo(), trim("{}", &trimmed(0, 0))]).accepts("trim/paths");
        Witness::of([fsinfo(), trim("{}", "{\"path\":\"/dev/vda\",\"error\":\"no\"}")])
            .rejects("trim/paths", "unmounted");
        Witness::of([trim("{}", &trimmed(0, 0))]).silences("trim/paths");
    }
}
