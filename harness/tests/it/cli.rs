//! The command line as users meet it: words, exit codes, streams.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;

pub(crate) fn qgaspec(arguments: &[&str]) -> assert_cmd::assert::Assert {
    Command::cargo_bin("qgaspec").expect("the program was built for this test").args(arguments).assert()
}

#[test]
fn help_explains_targets_hazards_and_exit_codes() {
    qgaspec(&["--help"]).code(0).stdout(contains("Exit codes:").and(contains("qgaspec run reference")));
    qgaspec(&["run", "--help"])
        .code(0)
        .stdout(contains("unix:PATH").and(contains("scratch   files in a scratch")));
    qgaspec(&["--version"]).code(0).stdout(contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_cannot_be_understood_exits_with_2_and_leaves_standard_output_alone() {
    let wrong: &[(&[&str], &str)] = &[
        (&[], "Usage"),
        (&["dance"], "unrecognized subcommand"),
        (&["run"], "<TARGET>"),
        (&["run", "carrier-pigeon:coo"], "unknown target"),
        (&["run", "unix:"], "lacks a path"),
        (&["run", "spawn:agent"], "{socket}"),
        (&["run", "reference", "--sandbox"], "cannot be put into the sandbox"),
        (&["run", "reference", "--allow", "everything"], "possible values: read, scratch, state, power"),
        (&["run", "reference", "--effort", "huge"], "possible values: quick, full, stress"),
        (&["run", "reference", "--report", "xml=x"], "unknown format `xml`; there are: json"),
        (&["run", "reference", "--report", "json"], "FORMAT=PATH"),
        (&["run", "reference", "--report", "json=no/such/folder/x"], "there is no folder"),
        (&["run", "reference", "--deadline-ms", "0"], "--deadline-ms"),
        (&["run", "reference", "--scratch", "here"], "absolute"),
        (&["run", "reference", "--schema-version", "9.9"], "possible values: auto, 5.2, 6.0,"),
        (&["run", "reference", "--schema", "a", "--schema-version", "auto"], "cannot be used with"),
        (&["run", "reference", "--workers", "4"], "unexpected argument"),
        (&["rules", "no/such-rule"], "there is no rule"),
        (&["agent"], "--listen"),
        (&["agent", "--listen", "nowhere"], "unix:PATH or tcp:HOST:PORT"),
        (&["agent", "--listen", "unix:x", "--fault", "no-such-fault"], "there is no fault"),
    ];
    for (arguments, message) in wrong {
        qgaspec(arguments).code(2).stdout("").stderr(contains(*message));
    }
}

#[test]
fn rules_are_listed_and_explained() {
    let listed = qgaspec(&["rules", "--json"]).code(0);
    let rules: serde_json::Value = serde_json::from_slice(&listed.get_output().stdout).unwrap();
    let rules = rules.as_array().unwrap();
    let list = qgaspec(&["rules"]).code(0);
    for rule in rules {
        let code = rule["code"].as_str().unwrap();
        assert!(contains(code).eval(std::str::from_utf8(&list.get_output().stdout).unwrap()), "{code}");
    }
    let code = rules[0]["code"].as_str().unwrap();
    qgaspec(&["rules", code]).code(0).stdout(contains(code));
}

#[test]
fn a_plan_sends_nothing_and_names_hazards() {
    // Nobody listens there, so that a plan that connects would fail.
    qgaspec(&["run", "unix:/nonexistent/agent.sock", "--list"])
        .code(0)
        .stdout(contains("HAZARD").and(contains("nothing was sent")));
}

#[test]
fn no_agent_at_all_exits_with_4() {
    qgaspec(&["run", "unix:/nonexistent/agent.sock"]).code(4).stderr(contains("error:"));
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut process = Process::new(assert_cmd::cargo::cargo_bin("qgaspec"))
        .args(["rules", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn the_reference_agent_serves_and_removes_its_socket_when_interrupted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agent.sock");
    let mut agent = Process::new(assert_cmd::cargo::cargo_bin("qgaspec"))
        .args(["agent", "--listen"])
        .arg(format!("unix:{}", path.display()))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(agent.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    assert_eq!(line, format!("listening on unix:{}\n", path.display()));
    for _ in 0..2 {
        let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
        std::io::Write::write_all(&mut client, b"{\"execute\":\"guest-ping\"}\n").unwrap();
        client.shutdown(std::net::Shutdown::Write).unwrap();
        let mut reply = String::new();
        client.read_to_string(&mut reply).unwrap();
        assert_eq!(reply, "{\"return\": {}}\n");
    }
    let interrupted = Process::new("kill").args(["-INT", &agent.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(agent.wait().unwrap().code(), Some(130));
    assert!(!path.exists());
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let file = tempfile::NamedTempFile::new().unwrap();
    qgaspec(&["agent", "--listen", &format!("unix:{}", file.path().display())])
        .code(4)
        .stderr(contains("not a socket"));
    assert!(file.path().exists());
}

#[test]
fn a_recorded_run_is_judged_like_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let rows = |report: &str| {
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
        report["rules"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|rule| rule["verdict"] != "skipped")
            .cloned()
            .collect::<Vec<_>>()
    };
    let (live, judged, transcript) = (path("live.json"), path("judged.json"), path("run.jsonl"));
    let target = "reference:generic-error-for-unknown-commands";
    qgaspec(&[
        "run",
        target,
        "--only",
        "error/*",
        "--confirm-s",
        "0",
        "--transcript",
        &transcript,
        "--report",
        &format!("json={live}"),
    ])
    .code(1);
    qgaspec(&["judge", &transcript, "--report", &format!("json={judged}")]).code(1).stdout(contains(
        "again     qgaspec run reference:generic-error-for-unknown-commands --case envelope/",
    ));
    let judged = rows(&judged);
    let live = rows(&live);
    assert!(!live.is_empty() && live.iter().all(|rule| judged.contains(rule)), "{live:#?} {judged:#?}");
}

#[test]
fn bad_transcripts_are_refused_with_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.jsonl");
    std::fs::write(&path, "{\"format\":\"qgaspec-transcript/1\"}\n").unwrap();
    let path = path.to_str().unwrap();
    qgaspec(&["judge", path])
        .code(3)
        .stdout("")
        .stderr(contains("bad.jsonl`: line 1, column 33: missing field `tool`"));
    qgaspec(&["judge", "/nonexistent"]).code(3).stderr(contains("cannot read `/nonexistent`"));
    qgaspec(&["judge"]).code(2);
    qgaspec(&["judge", path, path, "--report", "json=x"]).code(2).stderr(contains("one transcript only"));
    qgaspec(&["run", "reference", "--transcript", "no/such/folder/x"])
        .code(2)
        .stderr(contains("cannot write"));
}

/// The command line with the text of a schema in a file, and one that it may include.
fn with_schema(arguments: &[&str], text: &str) -> assert_cmd::assert::Assert {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("root.json"), text).unwrap();
    std::fs::write(folder.path().join("part.json"), "{ 'command': 'guest-ping', 'returns': 'Nowhere' }\n")
        .unwrap();
    Command::cargo_bin("qgaspec").unwrap().current_dir(&folder).args(arguments).assert()
}

#[test]
fn a_schema_that_cannot_be_used_exits_with_3_and_remarks() {
    let run = &["run", "unix:/nonexistent/agent.sock", "--schema", "root.json"];
    with_schema(run, "{ 'include': 'part.json' }\n").code(3).stdout("").stderr(
        contains("error[undefined-type]").and(contains("part.json:1:39")).and(contains("cannot be used")),
    );
    with_schema(run, "{ 'include': 'missing.json' }\n").code(3).stderr(contains("include-unreadable"));
    with_schema(&["run", "reference", "--schema", "none.json"], "")
        .code(3)
        .stderr(contains("cannot read none.json"));
}

#[test]
fn a_plan_is_made_for_the_schema_that_was_chosen() {
    let plan = &["run", "unix:/nonexistent/agent.sock", "--list", "--schema", "root.json"];
    with_schema(plan, "{ 'command': 'made-up', 'data': { 'x': 'int8' } }\n")
        .code(0)
        .stdout(contains("argument/made-up/range-x-above-max").and(contains("guest-ping").not()));
    let newer = "valid/guest-get-load/minimal";
    let plan = ["run", "unix:/nonexistent/agent.sock", "--list", "--schema-version"];
    qgaspec(&[&plan[..], &["10.0"]].concat()).code(0).stdout(contains(newer));
    qgaspec(&[&plan[..], &["seed"]].concat()).code(0).stdout(contains(newer).not());
}

#[test]
fn schemas_are_compared_by_name_or_file() {
    qgaspec(&["schema", "diff", "8.0", "8.1"]).code(0).stdout(
        contains("! command guest-exec, argument capture-output: type bool -> GuestExecCaptureOutput (not for old agents)\n")
            .and(contains("  enum GuestExecCaptureOutputMode: added\n"))
            .and(contains("3 changes, 1 of them not compatible\n")),
    );
    let json = qgaspec(&["schema", "diff", "--json", "8.0", "8.1"]).code(0);
    let json: serde_json::Value = serde_json::from_slice(&json.get_output().stdout).unwrap();
    assert_eq!((&json["format"], &json["compatible"]), (&"qgaspec-schema-diff/1".into(), &false.into()));
    let change = &json["changes"][0];
    assert_eq!(change["part"], serde_json::json!({ "kind": "argument", "name": "capture-output" }));
    assert_eq!(change["compatible"], serde_json::json!({ "old-clients": true, "old-agents": false }));
    with_schema(&["schema", "diff", "root.json", "root.json"], "{ 'command': 'c' }")
        .code(0)
        .stdout("0 changes, 0 of them not compatible\n");
    with_schema(&["schema", "diff", "seed", "root.json"], "@")
        .code(3)
        .stdout("")
        .stderr(contains("stray-character"));
}

#[test]
fn old_schemas_are_read_with_a_warning_when_asked_to() {
    let old = "{ 'command': 'a'\n  'data': { 'x': 'int' } }\n";
    with_schema(&["schema", "check", "root.json"], old).code(3);
    with_schema(&["schema", "check", "--lenient", "root.json"], old)
        .code(0)
        .stderr(contains("warning[missing-comma]"));
}
