//! What a process has written: kept only if asked for, then exactly, the two streams apart.

use memchr::memmem;

use crate::model::programs::{Bytes, Fate, Output, Source};
use crate::text::Json;
use crate::verdict::{Class, Evidence};

use super::{Status, is_status, knows_process, process};
use crate::rules::base64::judge_spelling;
use crate::rules::scene::{ExchangeScene, Turn};
use crate::rules::words::{fail, pass_if, shown};
use crate::rules::{Outcome, RowOf, Rule, Scope, Unmet};

/// Bytes shown of what was expected.
const SHOWN_BYTES: usize = 100;
/// What every agent keeps that cuts output, in bytes.
const KEPT_BYTES_MIN: usize = 4096;
/// A shorter text can be anywhere by accident, and a longer one need not be searched for.
const TELLING_BYTES: std::ops::RangeInclusive<usize> = 4..=4096;

pub(super) static NOT_CAPTURED: Rule = Rule {
    code: "exec/not-captured",
    class: Class::Violation,
    title: "Output that nobody asked for is not returned",
    clauses: &["schema.guest-exec.default-capture", "schema.GuestExecStatus.data-only-captured"],
    evidence: Evidence::Success,
    explanation: "Programs that write to standard output or standard error are started without `capture-output`, \
        and with it false. The report of their end conforms if `out-data` and `err-data` are absent or empty.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn { concerns: knows_process, judge: not_captured },
};

fn not_captured(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(status) = Status::of(turn).filter(|status| status.exited) else { return Outcome::Silent };
    if process(turn).is_none_or(|process| process.captured) {
        return Outcome::Silent;
    }
    let full = ["out-data", "err-data"].into_iter().find_map(|name| {
        let text = status.member(name)?.as_str()?;
        (!text.is_empty()).then_some((name, text))
    });
    match full {
        None => Outcome::Pass,
        Some((name, text)) => {
            fail(name, format!("no {name}, since nothing is captured"), shown(text.as_bytes()))
        }
    }
}

pub(super) static BASE64: Rule = Rule {
    code: "exec/output-base64",
    class: Class::Violation,
    title: "Captured output is in base64",
    clauses: &["schema.GuestExecStatus.out-data", "schema.GuestExecStatus.err-data"],
    evidence: Evidence::Success,
    explanation: "Every state of a process is looked at that has `out-data` or `err-data`. It conforms if these \
        have the standard alphabet, full padding and no bits left over. Plain text, line breaks, the alphabet for \
        URLs and missing padding violate the rule.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| is_status(turn) && process(turn).is_some_and(|process| process.captured),
        judge: output_base64,
    },
};

fn output_base64(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(status) = Status::of(turn) else { return Outcome::Silent };
    let text = |name| status.member(name).and_then(Json::as_str);
    let outcomes = ["out-data", "err-data"].into_iter().filter_map(text).map(|text| judge_spelling(&text));
    // A failure counts for more than a pass.
    outcomes.reduce(|one, other| if one == Outcome::Pass { other } else { one }).unwrap_or(Outcome::Silent)
}

pub(super) static OUTPUT: Rule = Rule {
    code: "exec/output",
    class: Class::Violation,
    title: "Captured standard output is what the process has written",
    clauses: &[
        "schema.guest-exec.capture-output",
        "schema.GuestExecStatus.out-data",
        "schema.guest-exec.executes",
    ],
    evidence: Evidence::Success,
    explanation: "Programs are started with `capture-output` whose output is known: files that the harness has made \
        are printed, shells print a word, `true` prints nothing. The report of their end conforms if `out-data` \
        is that output, byte for byte. It may end early if `out-truncated` is there; whether that says the truth is \
        another rule's concern.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| prints_from(turn, &[Source::Files, Source::Program]),
        judge: output,
    },
};

/// Whether a process is captured that must print something of known origin.
pub(super) fn prints_from(turn: &Turn<'_>, sources: &[Source]) -> bool {
    captured_fate(turn)
        .is_some_and(|fate| matches!(&fate.output, Output::Exactly(source, _) if sources.contains(source)))
}

/// What must come of the process, if its output is captured.
pub(super) fn captured_fate<'t>(turn: &Turn<'t>) -> Option<&'t Fate> {
    process(turn).filter(|process| process.captured)?.fate.as_ref()
}

/// Compares what the process has printed with what it must have.
pub(super) fn output(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(Printed { wanted, got, errors, truncated }) = Printed::of(turn) else { return Outcome::Silent };
    let common = wanted.common_with(&got);
    if common == wanted.len() && common == got.len() {
        return Outcome::Pass;
    }
    let is_mixed = !errors.is_empty() && memmem::find(&got, errors.as_bytes()).is_some();
    let is_cut = common == got.len() && may_be_cut(turn, &got) && truncated == Some(false);
    if is_mixed || is_cut {
        // Other rules are about streams that are not apart, and about what the flag says.
        return Outcome::Silent;
    }
    let expected = || format!("at offset {common}: {}", shown(&wanted.excerpt(common, SHOWN_BYTES)));
    if common < got.len() {
        let got = format!("at offset {common}: {}", shown(&got[common..]));
        return fail("bytes", expected(), got);
    }
    match truncated {
        Some(true) => Outcome::Pass,
        _ if got.is_empty() => fail("missing", format!("{} bytes", wanted.len()), "no output"),
        _ => fail("short", expected(), "the end, and no word of it in `out-truncated`"),
    }
}

/// Whether an output without its end looks like one that an agent has cut: nobody keeps less than a page, and of
/// what is passed to a program the end may as well be lost on the way there.
fn may_be_cut(turn: &Turn<'_>, got: &[u8]) -> bool {
    got.len() >= KEPT_BYTES_MIN && prints_from(turn, &[Source::Files, Source::Program])
}

/// What an ended process has printed, and what is said about it.
struct Printed<'t> {
    wanted: &'t Bytes,
    got: Vec<u8>,
    errors: &'static str,
    truncated: Option<bool>,
}

impl<'t> Printed<'t> {
    fn of(turn: &Turn<'t>) -> Option<Self> {
        let status = Status::of(turn).filter(|status| status.exited)?;
        let fate = captured_fate(turn)?;
        let Output::Exactly(_, wanted) = &fate.output else { return None };
        Some(Self {
            wanted,
            got: status.data("out-data")?,
            errors: fate.errors.unwrap_or_default(),
            truncated: status.member("out-truncated").and_then(Json::as_bool),
        })
    }
}

pub(super) static ERRORS: Rule = Rule {
    code: "exec/error-output",
    class: Class::Violation,
    title: "Captured standard error is what the process has written",
    clauses: &["schema.guest-exec.capture-output", "schema.GuestExecStatus.err-data"],
    evidence: Evidence::Success,
    explanation: "Shells are started with `capture-output` that write a word to standard error, with and without \
        one to standard output. The report of their end conforms if `err-data` ends with that word. What others \
        write before it, such as warnings of the system, is not judged.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            captured_fate(turn).and_then(|fate| fate.errors).is_some_and(|text| !text.is_empty())
        },
        judge: error_output,
    },
};

fn error_output(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(status) = Status::of(turn).filter(|status| status.exited) else { return Outcome::Silent };
    let wanted = captured_fate(turn).and_then(|fate| fate.errors).unwrap_or_default();
    let (Some(got), Some(out)) = (status.data("err-data"), status.data("out-data")) else {
        return Outcome::Silent;
    };
    if memmem::find(&out, wanted.as_bytes()).is_some() {
        // It went the other way, which another rule is about.
        return Outcome::Silent;
    }
    pass_if(got.ends_with(wanted.as_bytes()), || {
        let bucket = if got.is_empty() { "missing" } else { "bytes" };
        fail(bucket, format!("{} at its end", shown(wanted.as_bytes())), shown(&got))
    })
}

pub(super) static STREAMS_APART: Rule = Rule {
    code: "exec/streams-apart",
    class: Class::Violation,
    title: "Standard output and standard error are kept apart",
    clauses: &["schema.GuestExecStatus.out-data", "schema.GuestExecStatus.err-data"],
    evidence: Evidence::Success,
    explanation: "Programs are started with `capture-output` that write to one stream or to both. The report of \
        their end conforms if what was written to the one is not in the data of the other.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| prints_from(turn, &[Source::Arguments, Source::Files, Source::Program]),
        judge: streams_apart,
    },
};

fn streams_apart(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(Printed { wanted, got, errors, .. }) = Printed::of(turn) else { return Outcome::Silent };
    let Some(got_errors) = Status::of(turn).and_then(|status| status.data("err-data")) else {
        return Outcome::Silent;
    };
    let tells = |length: usize| TELLING_BYTES.contains(&length);
    if !tells(errors.len()) && !tells(wanted.len()) {
        return Outcome::Silent;
    }
    if tells(errors.len()) && memmem::find(&got, errors.as_bytes()).is_some() {
        return fail("in-out-data", "nothing of standard error in out-data", shown(&got));
    }
    let is_mixed =
        tells(wanted.len()) && memmem::find(&got_errors, &wanted.excerpt(0, wanted.len())).is_some();
    pass_if(!is_mixed, || fail("in-err-data", "nothing of standard output in err-data", shown(&got_errors)))
}

pub(super) static TRUNCATED: Rule = Rule {
    code: "exec/truncated",
    class: Class::Violation,
    title: "The flag for output that was cut says the truth",
    clauses: &["schema.GuestExecStatus.out-truncated"],
    evidence: Evidence::Success,
    explanation: "Programs are started with `capture-output` that print more and more. The report of their end \
        conforms if `out-truncated` is true when only the first part of the output is there, and absent or false when \
        all of it is. How much an agent keeps is its own choice. `qemu-ga` had it the wrong way round before 10.2: \
        false, and only when output was cut.",
    unmet: Unmet::NotRun,
    row: RowOf::Command,
    scope: Scope::Turn {
        concerns: |turn| {
            prints_from(turn, &[Source::Arguments, Source::Input, Source::Files, Source::Program])
        },
        judge: truncated,
    },
};

fn truncated(turn: &Turn<'_>, _: &ExchangeScene<'_>) -> Outcome {
    let Some(Printed { wanted, got, truncated, .. }) = Printed::of(turn) else { return Outcome::Silent };
    if wanted.common_with(&got) < got.len() {
        return Outcome::Silent;
    }
    match (got.len() == wanted.len(), truncated) {
        (true, Some(false) | None) | (false, Some(true)) => Outcome::Pass,
        (true, Some(true)) => {
            fail("says-true", "out-truncated false or absent, since all output is there", "true")
        }
        (false, Some(false)) if may_be_cut(turn, &got) => {
            let expected =
                format!("out-truncated true, since {} of {} bytes are there", got.len(), wanted.len());
            fail("says-false", expected, "false")
        }
        // That output is missing without a word of it is another rule's concern.
        (false, Some(false) | None) => Outcome::Silent,
    }
}

#[cfg(test)]
mod tests {
    use ::base64::Engine as _;
    use ::base64::engine::general_purpose::STANDARD;

    use super::super::tests::{printed, start, started, status};
    use crate::rules::witness::{Witness, call};

    const BOTH: &str = "\"path\":\"sh\",\"arg\":[\"-c\",\"echo out; echo err >&2\"],\"capture-output\":true";
    const ENDED: &str = "\"exited\":true,\"exitcode\":0";
    /// What `BOTH` prints to either stream, in base64.
    const OUT: &str = "b3V0Cg==";
    const ERR: &str = "ZXJyCg==";

    fn with(members: &str) -> Witness {
        started(BOTH, status(7, &format!("{ENDED},{members}")))
    }

    #[test]
    fn output_is_kept_only_if_asked_for() {
        for arguments in ["\"path\":\"echo\"", "\"path\":\"echo\",\"capture-output\":false"] {
            started(arguments, status(7, ENDED)).accepts("exec/not-captured");
            started(arguments, status(7, &format!("{ENDED},\"out-data\":\"\""))).accepts("exec/not-captured");
            started(arguments, status(7, &format!("{ENDED},\"out-data\":\"Cg==\"")))
                .rejects("exec/not-captured", "out-data");
            started(arguments, status(7, &format!("{ENDED},\"err-data\":\"Cg==\"")))
                .rejects("exec/not-captured", "err-data");
        }
        started(BOTH, status(7, "\"exited\":false")).silences("exec/not-captured");
    }

    #[test]
    fn output_is_in_base64() {
        with(&format!("\"out-data\":\"{OUT}\",\"err-data\":\"{ERR}\"")).accepts("exec/output-base64");
        with(&format!("\"out-data\":\"b3V0Cg\",\"err-data\":\"{ERR}\""))
            .rejects("exec/output-base64", "spelling");
        with(&format!("\"out-data\":\"{OUT}\",\"err-data\":\"ZXJyCg\""))
            .rejects("exec/output-base64", "spelling");
        started("\"path\":\"true\",\"capture-output\":true", status(7, ENDED)).silences("exec/output-base64");
    }

    #[test]
    fn output_is_what_was_written() {
        let good = format!("\"err-data\":\"{ERR}\"");
        with(&format!("{good},\"out-data\":\"{OUT}\"")).accepts("exec/output");
        with(&good).rejects("exec/output", "missing");
        with(&format!("{good},\"out-data\":\"b3V0\"")).rejects("exec/output", "short");
        with(&format!("{good},\"out-data\":\"b3V0DQo=\"")).rejects("exec/output", "bytes");
        with(&format!("{good},\"out-data\":\"b3V0\",\"out-truncated\":true")).accepts("exec/output");
        started("\"path\":\"true\",\"capture-output\":true", status(7, &printed("x")))
            .rejects("exec/output", "bytes");
    }

    #[test]
    fn printed_files_are_what_was_stored() {
        let write = |handle: i64| {
            call(
                "guest-file-write",
                &format!("{{\"handle\":{handle},\"buf-b64\":\"aGVsbG8=\"}}"),
                "{\"return\":{\"count\":5,\"eof\":false}}",
            )
        };
        let file = || {
            let open = call("guest-file-open", "{\"path\":\"/t/a\",\"mode\":\"w\"}", "{\"return\":1}");
            [open, write(1), call("guest-file-close", "{\"handle\":1}", "{\"return\":{}}")]
        };
        let cat = || start("\"path\":\"cat\",\"arg\":[\"/t/a\",\"/t/a\"],\"capture-output\":true", 7);
        let then = |text: &str| Witness::of(file().into_iter().chain([cat(), status(7, &printed(text))]));
        then("hellohello").accepts("exec/output");
        then("hello").rejects("exec/output", "short");
        let open = call("guest-file-open", "{\"path\":\"/t/a\",\"mode\":\"w\"}", "{\"return\":2}");
        let changed = file().into_iter().chain([cat(), open, status(7, &printed("hello"))]);
        Witness::of(changed).silences("exec/output");
    }

    #[test]
    fn errors_are_what_was_written() {
        let good = format!("\"out-data\":\"{OUT}\"");
        with(&format!("{good},\"err-data\":\"{ERR}\"")).accepts("exec/error-output");
        // A warning, and then what was expected.
        with(&format!("{good},\"err-data\":\"d2FybmluZwplcnIK\"")).accepts("exec/error-output");
        with(&good).rejects("exec/error-output", "missing");
        with(&format!("{good},\"err-data\":\"ZXJy\"")).rejects("exec/error-output", "bytes");
    }

    #[test]
    fn streams_are_apart() {
        with(&format!("\"out-data\":\"{OUT}\",\"err-data\":\"{ERR}\"")).accepts("exec/streams-apart");
        // Both in one, in either order.
        with("\"out-data\":\"b3V0CmVycgo=\"").rejects("exec/streams-apart", "in-out-data");
        with(&format!("\"out-data\":\"{OUT}\",\"err-data\":\"b3V0CmVycgo=\""))
            .rejects("exec/streams-apart", "in-err-data");
    }

    #[test]
    fn the_flag_for_cut_output_is_true() {
        let good = format!("\"err-data\":\"{ERR}\"");
        with(&format!("{good},\"out-data\":\"{OUT}\",\"out-truncated\":false")).accepts("exec/truncated");
        with(&format!("{good},\"out-data\":\"b3V0\",\"out-truncated\":true")).accepts("exec/truncated");
        with(&format!("{good},\"out-data\":\"{OUT}\",\"out-truncated\":true"))
            .rejects("exec/truncated", "says-true");
        // What is so short was not cut but lost.
        with(&format!("{good},\"out-data\":\"b3V0\",\"out-truncated\":false"))
            .rejects("exec/output", "short");
    }
    #[test]
    fn output_that_was_cut_is_flagged() {
        let written = [b'y'; 5000];
        let write = call(
            "guest-file-write",
            &format!("{{\"handle\":1,\"buf-b64\":\"{}\"}}", STANDARD.encode(written)),
            "{\"return\":{\"count\":5000,\"eof\":false}}",
        );
        let open = call("guest-file-open", "{\"path\":\"/t/a\",\"mode\":\"w\"}", "{\"return\":1}");
        let close = call("guest-file-close", "{\"handle\":1}", "{\"return\":{}}");
        let cat = start("\"path\":\"cat\",\"arg\":[\"/t/a\"],\"capture-output\":true", 7);
        let data = STANDARD.encode(&written[..4096]);
        let cut = format!("{ENDED},\"out-data\":\"{data}\",\"out-truncated\":false");
        Witness::of([open, write, close, cat, status(7, &cut)]).rejects("exec/truncated", "says-false");
    }
}
