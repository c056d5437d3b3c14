//! Requests and what comes of them: envelopes, syncs, arguments, permissions.

use super::*;

const PING: &str = r#"{"execute":"guest-ping"}"#;
const OK: &str = "{\"return\": {}}\n";
const GENERIC: &str = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"...\"}}\n";
const NOT_FOUND: &str = "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"...\"}}\n";

#[track_caller]
fn assert_replies(rows: &[(&str, &str)]) {
    for (request, reply) in rows {
        assert_eq!(correct_replies(request), *reply, "{request}");
    }
}

#[test]
fn envelopes() {
    assert_replies(&[
        (PING, OK),
        ("{}", GENERIC),
        ("[] ", GENERIC),
        ("12 ", GENERIC),
        ("\"s\"", GENERIC),
        (r#"{"arguments":{}}"#, GENERIC),
        (r#"{"execute":1}"#, GENERIC),
        (r#"{"execute":null}"#, GENERIC),
        (r#"{"execute":"guest-ping","arguments":{}}"#, OK),
        (r#"{"execute":"guest-ping","arguments":null}"#, GENERIC),
        (r#"{"execute":"guest-ping","arguments":[]}"#, GENERIC),
        (r#"{"execute":"guest-ping","arguments":{"x":1}}"#, GENERIC),
        (r#"{"execute":"guest-ping","exec-oob":1}"#, GENERIC),
        (r#"{"execute":"guest-ping","":1}"#, GENERIC),
        (r#"{"\u0065xecute":"guest-\u0070ing"}"#, OK),
        (r"{'execute':'guest-ping'}", OK),
        (r#"{"execute":"guest-nope"}"#, NOT_FOUND),
        (r#"{"execute":"Guest-Ping"}"#, NOT_FOUND),
        (r#"{"execute":"guest-ping "}"#, NOT_FOUND),
        (r#"{"execute":"guest_ping"}"#, NOT_FOUND),
        (r#"{"execute":"guest-ping\u0000x"}"#, NOT_FOUND),
        (r#"{"execute":""}"#, NOT_FOUND),
        (r#"{"execute":"guest-nope","arguments":1}"#, GENERIC),
        (r#"{"execute":"guest-nope","arguments":{"x":1}}"#, NOT_FOUND),
        (r#"{"execute":"guest-ping","execute":"guest-ping"}"#, GENERIC),
    ]);
}

#[test]
fn an_id_comes_back_with_everything_that_is_an_object() {
    let error = r#"{"error": {"class": "GenericError", "desc": "..."}, "id": 1}"#.to_owned() + "\n";
    assert_replies(&[
        (
            r#"{"execute":"guest-ping","id":[null,{"a":"\u00e9"}]}"#,
            "{\"return\": {}, \"id\": [null, {\"a\": \"\\u00E9\"}]}\n",
        ),
        (
            r#"{"execute":"guest-ping","id":18446744073709551615}"#,
            "{\"return\": {}, \"id\": 18446744073709551615}\n",
        ),
        (r#"{"id":1}"#, &error),
        (r#"{"id":1,"execute":2}"#, &error),
        (r#"{"id":1,"execute":"guest-ping","x":2}"#, &error),
        (r#"{"id":1,"execute":"guest-sync"}"#, &error),
        (r#"{"id":1,"execute":"guest-file-close","arguments":{"handle":1}}"#, &error),
        (r#"{"id":1,}"#, GENERIC),
    ]);
}

#[test]
fn syncs() {
    let sync = |id: &str| format!(r#"{{"execute":"guest-sync","arguments":{{"id":{id}}}}}"#);
    for id in ["0", "-1", "9007199254740993", "9223372036854775807", "-9223372036854775808"] {
        assert_eq!(correct_replies(sync(id)), format!("{{\"return\": {id}}}\n"));
    }
    for id in ["9223372036854775808", "1.0", "1e3", "\"1\"", "true", "null", "{}"] {
        assert_eq!(correct_replies(sync(id)), GENERIC, "{id}");
    }
    assert_replies(&[
        (
            r#"{"execute":"guest-sync-delimited","arguments":{"id":5},"id":"q"}"#,
            "\u{B6}{\"return\": 5, \"id\": \"q\"}\n",
        ),
        (
            r#"{"execute":"guest-sync-delimited"}{"execute":"guest-sync","arguments":{"id":5}}"#,
            &format!("{GENERIC}{{\"return\": 5}}\n"),
        ),
    ]);
}

#[test]
fn malformed_messages_have_one_error_each() {
    assert_replies(&[
        ("{\"a\":1,}", GENERIC),
        ("[tru]", GENERIC),
        ("{\"execute\":\"guest-ping\",\"id\":\"\\ud83d\"}", GENERIC),
        ("{\"execute\":\"guest-ping\",\"id\":\"\\uFFFE\"}", GENERIC),
        ("{\"execute\":\"guest-ping\",\"id\":{\"a\":1,\"a\":2}}", GENERIC),
    ]);
    assert_eq!(correct_replies(b"{\"execute\":\"guest-ping\",\"id\":\"\xC3\"}"), GENERIC);
    assert_eq!(correct_replies([b"\xFF\xFF", PING.as_bytes()].concat()), [GENERIC, GENERIC, OK].concat());
    let deep = |depth: usize| format!("{}{}{PING}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(correct_replies(deep(1024)), [GENERIC, OK].concat());
    assert_eq!(correct_replies(deep(1025)), [GENERIC, OK].concat());
}

#[test]
fn what_is_disabled_or_frozen_is_not_found() {
    let time = br#"{"execute":"guest-get-time"}"#;
    let mut agent =
        ReferenceAgent::new(Config { disabled: vec!["guest-get-time".to_owned()], ..Config::default() });
    assert_eq!(printable(&replies(&mut agent, time)), NOT_FOUND);
    assert_eq!(printable(&replies(&mut agent, PING.as_bytes())), OK);
    let info = String::from_utf8(replies(&mut agent, br#"{"execute":"guest-info"}"#)).unwrap();
    assert!(info.contains(r#"{"name": "guest-get-time", "enabled": false, "success-response": true}"#));
    assert!(info.contains(r#"{"name": "guest-shutdown", "enabled": true, "success-response": false}"#));

    let mut agent = ReferenceAgent::new(Config { frozen: true, ..Config::default() });
    assert_eq!(printable(&replies(&mut agent, time)), NOT_FOUND);
    let status = replies(&mut agent, br#"{"execute":"guest-fsfreeze-status"}"#);
    assert_eq!(status, b"{\"return\": \"frozen\"}\n");
}

#[test]
fn every_listed_command_exists_and_no_other() {
    let schema = crate::schema::builtin::seed();
    let info = correct_replies(r#"{"execute":"guest-info"}"#);
    for command in schema.commands() {
        let request = format!(r#"{{"execute":"{}","arguments":{{"no such argument":1}}}}"#, command.name);
        let listed = info.contains(&format!("\"{}\"", command.name));
        assert_eq!(correct_replies(request), if listed { GENERIC } else { NOT_FOUND }, "{}", command.name);
    }
}

#[test]
fn a_shutdown_is_noted_and_not_answered() {
    let mut agent = ReferenceAgent::new(Config::default());
    let bad = replies(&mut agent, br#"{"execute":"guest-shutdown","arguments":{"mode":"explode"},"id":1}"#);
    assert!(printable(&bad).ends_with(", \"id\": 1}\n"));
    assert_eq!(agent.power_request(), None);
    assert_eq!(
        replies(&mut agent, br#"{"execute":"guest-shutdown","arguments":{"mode":"halt"},"id":1}"#),
        b""
    );
    assert_eq!(agent.power_request(), Some(crate::agent::reference::PowerMode::Halt));
}

#[test]
fn the_clock_has_microseconds() {
    assert_eq!(correct_replies(r#"{"execute":"guest-get-time"}"#), "{\"return\": 1790000000123456000}\n");
}
