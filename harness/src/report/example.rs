//! A ledger with something of everything, for the tests of all formats.

use std::collections::BTreeMap;

use crate::classify::Hazard;
use crate::generate::Effort;
use crate::run::{
    CommandRecord, Excerpt, ExitRecord, Ledger, Limits, Row, Shown, Summary, TargetRecord, ViolationRecord,
    Waived, WaiverRecord, WaiverState,
};
use crate::verdict::{Class, Evidence, Exit, SkipReason, Verdict};

/// What a hostile agent may send: a terminal sequence, NUL, bad UTF-8, markup, an override of direction.
pub(super) const HOSTILE: &[u8] = b"{\"return\": \"\x1b[2J\x00\xC3\x28]]><script>\xE2\x80\xAE\x9B\"}\r\n";

/// Two failing rules, one of them in two rows, and one whose failure is tolerated; one rule each that is inconclusive, not run, passed, skipped.
pub(super) fn ledger() -> Ledger {
    let rows = [
        ("reply/type", "guest-get-time", failing()),
        ("reply/type", "guest-info", Row { violations_total: 1, ..failing() }),
        ("reply/type", "guest-ping", passing()),
        ("envelope/ascii", "", passing()),
        ("envelope/json", "", waived()),
        ("framing/terminated", "", Row { class: Class::Difference, ..failing() }),
        ("liveness/exit", "guest-exec", unjudged(Verdict::Inconclusive, None)),
        ("liveness/in-step", "guest-exec", unjudged(Verdict::NotRun, None)),
        ("silence/success", "guest-shutdown", unjudged(Verdict::Skipped, Some(SkipReason::Hazard))),
    ];
    let rows: BTreeMap<_, _> =
        rows.into_iter().map(|(code, command, row)| ((code, command.to_owned()), row)).collect();
    Ledger {
        tool: "qgaspec 0.1.0".to_owned(),
        target: TargetRecord {
            target: "unix:/run/agent-\u{e4}.sock".to_owned(),
            kind: "unix".to_owned(),
            agent_version: Some("7.2\u{202e}\u{1b}[31m".to_owned()),
            guests: vec!["usual", "west"],
            exits: vec![ExitRecord {
                status: None,
                signal: Some(11),
                by_harness: false,
                case: "valid/guest-get-time/minimal".to_owned(),
                stderr: b"one\n\x07oops\n".to_vec(),
            }],
        },
        schema: "seed".to_owned(),
        seed: 0,
        hazard: Hazard::Scratch,
        effort: Effort::Full,
        strict: false,
        limits: Limits { deadline_ms: 2000, reply_bytes: 75_497_472, restarts: 20 },
        rows,
        commands: vec![
            command("guest-ping", Verdict::Pass, None),
            command("guest-get-time", Verdict::Fail, None),
            command("guest-fstrim", Verdict::Skipped, Some(SkipReason::Refused)),
            command("guest-shutdown", Verdict::Skipped, Some(SkipReason::Hazard)),
        ],
        summary: Summary {
            conforms: false,
            exit: Exit::DoesNotConform,
            cases: 812,
            requests: 3456,
            seconds: 1.25,
            commands_conforming: 1,
        },
        left_behind: vec!["/tmp/qgaspec-1/file\u{9b}".to_owned()],
        waivers: vec![waiver("envelope/json", WaiverState::Used), waiver("info/*", WaiverState::Stale)],
        notes: vec!["guest-info: member `x\u{0}y` is unknown to the schema".to_owned()],
    }
}

fn failing() -> Row {
    Row {
        class: Class::Violation,
        evidence: Evidence::Success,
        verdict: Verdict::Fail,
        skip: None,
        reason: None,
        exercised: 3,
        guests: vec!["usual"],
        violations_total: 30,
        findings: BTreeMap::from([("0123456789abcdef".to_owned(), 30)]),
        waived: Vec::new(),
        violations: vec![ViolationRecord {
            case: "valid/guest-get-time/minimal".to_owned(),
            fingerprint: "0123456789abcdef".to_owned(),
            bucket: "echo".to_owned(),
            expected: "an integer".to_owned(),
            got: "the string \"\u{1b}[2J\u{202e}\u{0}\"".to_owned(),
            sent: Excerpt::of([b"{\"execute\":\"guest-get-time\"}\n".as_slice()]),
            received: Excerpt::of([HOSTILE, &[b'x'; 5000]]),
            reproduce: "qgaspec run unix:/run/agent-\u{e4}.sock --case valid/guest-get-time/minimal"
                .to_owned(),
            shown: Shown::Alone,
        }],
    }
}

fn passing() -> Row {
    Row {
        verdict: Verdict::Pass,
        violations_total: 0,
        findings: BTreeMap::new(),
        violations: Vec::new(),
        ..failing()
    }
}

fn waived() -> Row {
    let waived = Waived { reason: "known <bug> \u{1b}".to_owned(), expires: "2030-12-31".to_owned() };
    let mut row = Row { waived: vec![waived], ..failing() };
    row.violations[0].shown = Shown::Once { tries: 9 };
    row
}

fn waiver(rule: &str, state: WaiverState) -> WaiverRecord {
    WaiverRecord {
        rule: rule.to_owned(),
        command: None,
        fingerprint: None,
        reason: "known <bug> \u{1b}".to_owned(),
        expires: "2030-12-31".to_owned(),
        state,
    }
}

fn unjudged(verdict: Verdict, skip: Option<SkipReason>) -> Row {
    let reason = skip.is_none().then(|| "agent gone: valid/guest-exec/true\u{1b}]0;x\u{7}".to_owned());
    Row { class: Class::Robustness, verdict, skip, reason, exercised: 0, ..passing() }
}

fn command(name: &str, verdict: Verdict, skip: Option<SkipReason>) -> CommandRecord {
    let answered = u64::from(skip.is_none());
    let refused = u64::from(skip == Some(SkipReason::Refused));
    CommandRecord {
        name: name.to_owned(),
        supported: Some(true),
        answered,
        refused,
        silent: 0,
        verdict,
        skip,
    }
}
