//! Agents that mean harm, or look as if they did. Whatever they do, a run ends in bounded time and memory, with an
//! honest verdict and well-formed reports, and leaves nothing behind.

#![expect(clippy::unwrap_used, reason = "what goes wrong outside a test function fails the test as well")]

mod agents;
mod junit;
mod reports;
mod watch;
mod wide_schema;

use std::time::Duration;

use agents::{Hostile, Listener};
use watch::Watched;

/// No hostile agent may cost more.
const TIME_MAX: Duration = Duration::from_mins(1);
/// Beyond what a run against a good agent takes, in KiB.
const MEMORY_MAX_KIB: u64 = 128 * 1024;

const CONFORMS: i32 = 0;
const DOES_NOT_CONFORM: i32 = 1;
const COULD_NOT_RUN: i32 = 4;

/// Runs the harness against an agent behind a socket and checks everything that must hold whatever the agent does.
#[track_caller]
fn survive(agent: Hostile, exits: &[i32]) -> Watched {
    let listener = Listener::new(agent);
    let watched = watch::run(&[&listener.target(), "--ignore-early-bytes"]);
    check(&watched, exits);
    watched
}

#[track_caller]
fn check(watched: &Watched, exits: &[i32]) {
    let idle_kib = watch::idle_kib();
    assert!(exits.contains(&watched.exit), "exit {}: {}\n{}", watched.exit, watched.out, watched.err);
    assert!(watched.time < TIME_MAX, "took {:?}", watched.time);
    let over_kib = watched.peak_kib.saturating_sub(idle_kib);
    assert!(over_kib <= MEMORY_MAX_KIB, "{over_kib} KiB above the {idle_kib} KiB of a usual run");
    reports::assert_well_formed(watched);
    assert_eq!(watched.left_behind, Vec::<String>::new());
}

#[test]
fn a_line_without_end() {
    survive(Hostile::on_request(agents::endless_line), &[DOES_NOT_CONFORM]);
}

#[test]
fn replies_that_nobody_asked_for_without_end() {
    survive(Hostile::on_connection(agents::endless_replies), &[DOES_NOT_CONFORM, COULD_NOT_RUN]);
    survive(Hostile::on_request(agents::endless_replies), &[DOES_NOT_CONFORM]);
}

#[test]
fn a_reply_of_a_gibibyte() {
    survive(Hostile::on_request(agents::gibibyte_reply), &[DOES_NOT_CONFORM]);
}

#[test]
fn a_byte_now_and_then() {
    survive(Hostile::on_request(agents::drip), &[DOES_NOT_CONFORM]);
}

#[test]
fn an_agent_that_never_reads() {
    survive(Hostile::on_connection(agents::never_read), &[DOES_NOT_CONFORM]);
}

#[test]
fn a_mute_agent() {
    survive(Hostile::on_request(agents::mute), &[DOES_NOT_CONFORM]);
}

#[test]
fn a_connection_that_breaks_in_the_middle_of_a_reply() {
    survive(Hostile::on_request(agents::break_off), &[DOES_NOT_CONFORM]);
}

#[test]
fn a_connection_that_is_closed_at_every_point() {
    survive(Hostile::closing_at_every_point(), &[DOES_NOT_CONFORM]);
}

#[test]
fn millions_of_tiny_frames() {
    survive(Hostile::on_request(agents::tiny_frames), &[DOES_NOT_CONFORM]);
}

#[test]
fn a_reply_nested_a_million_times() {
    survive(Hostile::replying(agents::deep_reply()), &[DOES_NOT_CONFORM]);
}

#[test]
fn bytes_that_are_no_text() {
    survive(Hostile::replying(b"{\"return\": \0{}}\n".to_vec()), &[DOES_NOT_CONFORM]);
    survive(Hostile::replying(b"{\"return\": \"\xC3\x28\xED\xA0\x80\xF8\"}\n".to_vec()), &[DOES_NOT_CONFORM]);
}

#[test]
fn texts_that_would_act_on_whoever_shows_them() {
    let watched = survive(Hostile::replying(agents::injections()), &[DOES_NOT_CONFORM]);
    reports::assert_harmless(&watched);
}

#[test]
fn replies_out_of_order() {
    survive(Hostile::swapping(), &[DOES_NOT_CONFORM]);
}

/// The reference agent as a program, behind a shell that does something else besides.
fn behind_shell(before: &str) -> String {
    let agent = env!("CARGO_BIN_EXE_qgaspec");
    format!("spawn:sh -c '{before} exec \"{agent}\" agent --listen unix:\"$1\"' sh {{socket}}")
}

#[test]
fn children_that_an_agent_leaves_behind() {
    let watched = watch::run(&[&behind_shell("sleep 86399 & sleep 86398 &")]);
    check(&watched, &[CONFORMS]);
    assert_eq!(watch::processes("sleep 8639"), Vec::<String>::new());
}

#[test]
fn an_agent_that_ignores_the_request_to_end() {
    check(&watch::run(&[&behind_shell("trap \"\" TERM HUP INT;")]), &[CONFORMS]);
}

#[test]
fn an_agent_that_ends_at_random() {
    // A killer in the background; the agent has the process id of the shell.
    let killer = "me=$$; (while sleep 0.05 && kill -9 $me; do :; done) &";
    check(&watch::run(&[&behind_shell(killer), "--max-restarts", "5"]), &[DOES_NOT_CONFORM]);
}
