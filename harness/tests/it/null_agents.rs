//! Agents that do nothing useful must fail, quickly, and pass nothing that needs a real reply.

use std::time::{Duration, Instant};

use qgaspec::agent::target::TargetSpec;
use qgaspec::run::{Ledger, Options, run};
use qgaspec::verdict::{Exit, Verdict};

use crate::fixture::{After, Fixture, read_to_the_end};

/// A mute agent costs a few deadlines, and never more than this.
const MUTE_MAX: Duration = Duration::from_secs(15);

#[test]
fn a_mute_agent_fails_within_bounded_time() {
    let began = Instant::now();
    let ledger = judge(&Fixture::new(|stream| {
        read_to_the_end(&stream);
        After::Listen
    }));
    assert!(began.elapsed() < MUTE_MAX, "took {:?}", began.elapsed());
    assert_fails_without_a_pass(&ledger);
}

#[test]
fn an_agent_that_closes_at_once_fails() {
    assert_fails_without_a_pass(&judge(&Fixture::new(|_| After::Listen)));
}

#[test]
fn an_agent_that_says_the_same_to_everything_fails() {
    assert_fails_without_a_pass(&judge(&Fixture::by_line(|_| Some(b"{\"return\": {}}\n".to_vec()))));
    let error = b"{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}\n";
    assert_fails_without_a_pass(&judge(&Fixture::by_line(|_| Some(error.to_vec()))));
}

#[test]
fn an_agent_that_dies_after_the_handshake_fails_and_the_rest_is_inconclusive() {
    let mut syncs = 0;
    let fixture = Fixture::new(move |stream| {
        serve_syncs(&stream, &mut syncs, 12);
        if syncs >= 12 { After::Die } else { After::Listen }
    });
    let ledger = judge(&fixture);
    assert_eq!(ledger.summary.exit, Exit::DoesNotConform);
    let row = &ledger.rows[&("reply/type", "guest-get-osinfo".to_owned())];
    assert_eq!(row.verdict, Verdict::Inconclusive);
    assert!(row.reason.as_deref().unwrap_or_default().contains("lost"), "{:?}", row.reason);
}

fn judge(fixture: &Fixture) -> Ledger {
    let spec = TargetSpec::parse(&fixture.target()).expect("the fixture's target is well-formed");
    run(&spec, &Options::default(), &mut |_| ()).expect("the fixture can be connected to")
}

fn assert_fails_without_a_pass(ledger: &Ledger) {
    assert_eq!(ledger.summary.exit, Exit::DoesNotConform);
    // What is left to pass is only what these agents really do: write lines, or nothing.
    let free =
        ["framing/", "envelope/", "liveness/", "error/object", "error/class", "sync/delimiter-only-there"];
    let needs_a_real_reply = |code: &str| !free.iter().any(|free| code.starts_with(free));
    let passed: Vec<_> = ledger
        .rows
        .iter()
        .filter(|((code, _), row)| row.verdict == Verdict::Pass && needs_a_real_reply(code))
        .map(|(key, _)| key)
        .collect();
    assert!(passed.is_empty(), "{passed:?}");
}

/// Answers syncs like a real agent, `limit` of them in all.
fn serve_syncs(stream: &std::os::unix::net::UnixStream, syncs: &mut u32, limit: u32) {
    use std::io::{BufRead, BufReader, Write};
    let mut writer = stream;
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    while *syncs < limit && matches!(reader.read_until(b'}', &mut line), Ok(1..)) {
        let text = String::from_utf8_lossy(&line).into_owned();
        let Some(id) = text.split("\"id\":").nth(1).map(|rest| rest.trim_end_matches('}').to_owned()) else {
            continue;
        };
        *syncs += 1;
        line.clear();
        let delimiter: &[u8] = if text.contains("delimited") { b"\xFF" } else { b"" };
        let reply = [delimiter, b"{\"return\": ", id.as_bytes(), b"}\n"].concat();
        if writer.write_all(&reply).is_err() {
            return;
        }
        // The request's own closing brace is still to come.
        let mut rest = Vec::new();
        if !matches!(reader.read_until(b'}', &mut rest), Ok(1..)) {
            return;
        }
    }
}
