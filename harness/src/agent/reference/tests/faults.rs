//! Every fault shows, and nothing but faults does.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::agent::reference::fault;
use crate::wire::FakeCall;

/// Says something about everything that a fault could touch, one piece of input each.
fn conversation() -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    // Four times: some faults show every fourth time only.
    for _ in 0..4 {
        let commands = crate::agent::reference::commands::all().map(|command| command.name);
        pieces.extend(commands.map(|name| format!("{{\"execute\":\"{name}\",\"id\":1}}\n").into_bytes()));
    }
    pieces.extend(ODDITIES.iter().map(|piece| [piece, &b"\n"[..]].concat()));
    // A page of bytes of all values, and some more that need all of the base64 alphabet.
    let long: Vec<u8> = (0..6000u32).map(|at| (at * 7 % 256) as u8).collect();
    pieces.extend(FILES.iter().map(|(command, arguments)| file(command, arguments)));
    pieces.push(file("write", &format!(r#""handle":1000,"buf-b64":"{}""#, STANDARD.encode(long))));
    pieces.push(file("seek", r#""handle":1000,"offset":0,"whence":0"#));
    pieces.push(file("read", r#""handle":1000,"count":8000"#));
    pieces.push(file("seek", r#""handle":1000,"offset":0,"whence":0"#));
    pieces.push(file("read", r#""handle":1000"#));
    pieces.extend(around_files());
    pieces.extend(processes());
    pieces.extend(super::state::conversation());
    pieces.extend(processes());
    pieces.push(format!("{{\"execute\":\"guest-ping\",\"id\":\"{}\"}}", "x".repeat(9000)).into_bytes());
    pieces.extend(std::iter::repeat_n(b"{\"execute\":\"guest-ping\"}\n".to_vec(), 500));
    pieces
}

fn file(command: &str, arguments: &str) -> Vec<u8> {
    request(&format!("guest-file-{command}"), arguments)
}

fn request(command: &str, arguments: &str) -> Vec<u8> {
    format!("{{\"execute\":\"{command}\",\"arguments\":{{{arguments}}}}}\n").into_bytes()
}

/// Everything that can be done wrongly with a handle, with all that there may be.
fn around_files() -> Vec<Vec<u8>> {
    let opens =
        [r#""path":"/tmp/d","mode":"w+""#, r#""path":"/tmp/d","mode":"r""#, r#""path":"/tmp/d","mode":"a""#];
    let mut pieces: Vec<Vec<u8>> = opens.iter().map(|arguments| file("open", arguments)).collect();
    let all = |command: &str, arguments: &str| {
        let one = |handle| file(command, &format!("\"handle\":{handle},{arguments}"));
        (1000..1020).map(one).collect::<Vec<_>>()
    };
    pieces.extend(all("write", r#""buf-b64":"MDEyMzQ1Njc4OQ==""#));
    pieces.extend(all("write", r#""buf-b64":"!!!!""#));
    pieces.extend(all("seek", r#""offset":1,"whence":0"#));
    pieces.extend(all("read", r#""count":2"#));
    pieces.extend(all("read", r#""count":2"#));
    pieces.extend(all("seek", r#""offset":0,"whence":3"#));
    pieces.extend(all("seek", r#""offset":99,"whence":"set""#));
    pieces.extend(all("seek", r#""offset":5000000000,"whence":0"#));
    pieces
}

/// Starts programs, and asks for each of them more than once.
fn processes() -> Vec<Vec<u8>> {
    let long = STANDARD.encode(vec![b'y'; 70_000]);
    let page = STANDARD.encode([b'y'; 4096]);
    let mut starts: Vec<String> = PROGRAMS.iter().copied().map(str::to_owned).collect();
    starts.push(format!(r#""path":"cat","input-data":"{long}","capture-output":true"#));
    starts.push(format!(r#""path":"cat","input-data":"{page}","capture-output":true"#));
    starts.push(format!(r#""path":"true","input-data":"{long}""#));
    starts.push(format!(r#""path":"echo","arg":["{}"],"capture-output":true"#, "x".repeat(2000)));
    let mut pieces: Vec<Vec<u8>> = starts.iter().map(|start| request("guest-exec", start)).collect();
    for pid in (2000..).take(starts.len()).chain([0, -1, i64::MAX]) {
        pieces.extend(vec![request("guest-exec-status", &format!("\"pid\":{pid}")); 2]);
    }
    pieces.extend(NO_PROGRAMS.iter().map(|start| request("guest-exec", start)));
    pieces
}

const PROGRAMS: &[&str] = &[
    r#""path":"/bin/true""#,
    r#""path":"false""#,
    r#""path":"true","capture-output":true"#,
    r#""path":"sleep","arg":["1"]"#,
    r#""path":"echo","arg":["a  b","","\u00e9","$HOME","\n","6","7","8","9"],"capture-output":true"#,
    r#""path":"echo","arg":["lost"]"#,
    r#""path":"echo","arg":["lost"],"capture-output":false"#,
    r#""path":"cat","input-data":"YQD/YQ==","capture-output":true"#,
    r#""path":"env","env":["A=1","B=","C=a=b"],"capture-output":true"#,
    r#""path":"sh","arg":["-c","exit 7"]"#,
    r#""path":"sh","arg":["-c","exit 255"]"#,
    r#""path":"sh","arg":["-c","kill -9 $$"]"#,
    r#""path":"sh","arg":["-c","kill -15 $$"]"#,
    r#""path":"sh","arg":["-c","echo out; echo err >&2"],"capture-output":true"#,
    r#""path":"sh","arg":["-c","echo err >&2"],"capture-output":true"#,
    r#""path":"sh","arg":["-c","echo err >&2"]"#,
];

const NO_PROGRAMS: &[&str] = &[
    r#""path":"qgaspec-nonexistent""#,
    r#""path":"/qgaspec-nonexistent""#,
    r#""path":"""#,
    r#""path":"/tmp""#,
    r#""path":"/etc/hostname""#,
    r#""path":"true","input-data":"!!!=""#,
];

const ODDITIES: &[&[u8]] = &[
    b"{\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"guest-ping\",\"id\":1e400}",
    b"{\"execute\":\"guest-ping\"} {\"execute\":\"guest-sync\",\"arguments\":{\"id\":3}}",
    b"{\"execute\":\n\t\"guest-ping\"}",
    b"{\"\\u0065xecute\":\"guest-ping\"}",
    b"{\"execute\":\"guest-\\u0070ing\"}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":9007199254740993}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":-5}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":0}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":-9007199254740993}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":-9223372036854775808}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":9223372036854775807}}",
    b"{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7},\"id\":1}",
    b"{\"execute\":\"none\"}{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}{\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":9223372036854775808}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":1.5}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":\"1\"}}",
    b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":7,\"x\":1}}",
    b"{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":7}}",
    b"{\"execute\":\"guest-sync-delimited\"}",
    b"{\"execute\":\"guest-ping\",\"id\":\"\\u00e9\"}",
    b"{\"execute\":\"guest-ping\",\"id\":4294967297}",
    b"{\"execute\":\"guest-nope\",\"id\":3}",
    b"{\"execute\":\"GUEST-ping\"}",
    b"{\"execute\":\"guest-ping\\u0000x\"}",
    b"{\"execute\":\"guest-ping\",\"x\":1}",
    b"{\"execute\":\"guest-ping\",\"arguments\":null}",
    b"{\"execute\":\"guest-ping\",\"arguments\":[]}",
    b"{\"id\":8}",
    b"[{\"execute\":\"guest-ping\"}]",
    b"{\"execute\":\"guest-ping\",\"id\":[1,],}",
    b"{\"execute\":1,} {\"execute\":\"guest-ping\"} {\"execute\":\"guest-ping\"}",
    b"{\"execute\":/*c*/\"guest-ping\"}",
    b"{\"execute\":\"guest-ping\",\"id\":NaN}",
    b"{execute:\"guest-ping\"}",
    b"{\"execute\":\"guest-ping\",\"id\":True}",
    b"{\"execute\":\"guest-ping\",\"id\":01}",
    b"{\"execute\":\"guest-ping\",\"id\":0x1}",
    b"{\"execute\":\"guest-ping\",\"id\":.5}",
    b"{\"execute\":\"guest-ping\",\"id\":\"\x1F\"}",
    b"{\"execute\":\"guest-ping\",\"id\":\"\\x\"}",
    b"{\"execute\":\"guest-ping\",\"id\":\"\xC3\"}",
    b"\xEF\xBB\xBF{\"execute\":\"guest-ping\"}",
    b"\x0B{\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"guest-ping\" \"id\":1}",
    b"{\"execute\":\"gue\xFF{\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"gue\x1B{\"execute\":\"guest-ping\"}",
];

const FILES: &[(&str, &str)] = &[
    ("open", r#""path":"/tmp/a","mode":"w+""#),
    ("open", r#""path":"/tmp/a","mode":"rb""#),
    ("open", r#""path":"/tmp/b","mode":"a""#),
    ("open", r#""path":"/tmp/b","mode":"bogus""#),
    ("open", r#""path":"/etc/hostname","mode":null"#),
    ("open", r#""path":true"#),
    ("write", r#""handle":1000,"buf-b64":"AAEKAP+/+/7w""#),
    ("write", r#""handle":1000,"buf-b64":"AAEKAP+/+/7w","count":4"#),
    ("write", r#""handle":1001,"buf-b64":"AAEK""#),
    ("write", r#""handle":1,"buf-b64":"AAEK""#),
    ("seek", r#""handle":1000,"offset":2,"whence":"set""#),
    ("seek", r#""handle":1000,"offset":1,"whence":"cur""#),
    ("seek", r#""handle":1000,"offset":-5,"whence":"end""#),
    ("seek", r#""handle":1000,"offset":1,"whence":"bogus""#),
    ("seek", r#""handle":1000,"offset":1,"whence":7"#),
    ("seek", r#""handle":1000,"offset":1,"whence":true"#),
    ("seek", r#""handle":1000,"offset":0,"whence":"set""#),
    ("read", r#""handle":1000,"count":2"#),
    ("read", r#""handle":1000,"count":3"#),
    ("read", r#""handle":1000"#),
    ("read", r#""handle":1000"#),
    ("read", r#""handle":1"#),
    ("read", r#""handle":1000,"count":9223372036854775807"#),
    ("open", r#""path":"/tmp/a","mode":"w""#),
    ("read", r#""handle":1001"#),
    ("write", r#""handle":1002,"buf-b64":"AAEK""#),
    ("open", r#""path":"/tmp/b","mode":"a""#),
    ("write", r#""handle":1005,"buf-b64":"/v7+/v7+/v7+""#),
    ("open", r#""path":"/tmp/b""#),
    ("read", r#""handle":1006"#),
    ("close", r#""handle":1006"#),
    ("close", r#""handle":1006"#),
    ("flush", r#""handle":1006"#),
    ("open", r#""path":"/tmp/c","mode":"w+""#),
    ("write", r#""handle":1007,"buf-b64":"MDEyMzQ1Njc4OQ==","count":-1"#),
    ("write", r#""handle":1007,"buf-b64":"MDEyMzQ1Njc4OQ==","count":0"#),
    ("write", r#""handle":1007,"buf-b64":"MDEyMzQ1Njc4OQ==","count":99"#),
    ("write", r#""handle":1007,"buf-b64":"-_-_""#),
    ("seek", r#""handle":1007,"offset":20,"whence":"set""#),
    ("write", r#""handle":1007,"buf-b64":"MDEyMzQ1Njc4OQ==""#),
    ("seek", r#""handle":1007,"offset":4294967301,"whence":0"#),
    ("seek", r#""handle":1007,"offset":0,"whence":3"#),
    ("seek", r#""handle":1007,"offset":-99,"whence":"end""#),
    ("seek", r#""handle":1007,"offset":0,"whence":0"#),
    ("read", r#""handle":1007,"count":0"#),
    ("read", r#""handle":1007,"count":-1"#),
    ("read", r#""handle":1007"#),
    ("read", r#""handle":1007"#),
    ("open", r#""path":"/tmp/c""#),
    ("write", r#""handle":1008,"buf-b64":"AAEK""#),
    ("open", r#""path":"/tmp/c","mode":"rb""#),
    ("write", r#""handle":1009,"buf-b64":"AAEK""#),
    ("open", r#""path":"/tmp/c","mode":"ab""#),
    ("read", r#""handle":1010"#),
    ("open", r#""path":"/tmp/none""#),
    ("open", r#""path":"/tmp/none","mode":"r+""#),
    ("open", r#""path":"/tmp/none","mode":"r""#),
    ("open", r#""path":"/tmp/none/a","mode":"w""#),
    ("open", r#""path":"/tmp/c/a","mode":"w""#),
    ("open", r#""path":"/tmp","mode":"w""#),
    ("open", r#""path":"","mode":"w""#),
    ("close", r#""handle":1007"#),
    ("close", r#""handle":1007"#),
];

/// Everything that a conversation brings, piece by piece.
fn held(faults: Vec<&'static fault::Fault>) -> (Vec<Vec<Effect>>, Vec<FakeCall>) {
    let mut agent = ReferenceAgent::new(Config { faults, ..Config::default() });
    let mut effects = vec![agent.connected()];
    // Time passes, so that a clock that stands shows.
    for (now_ns, piece) in (NOW_NS..).step_by(1_000_000).zip(conversation()) {
        // In two writes, so that what is split shows.
        let (first, second) = piece.split_at(piece.len() / 2);
        effects.push(agent.feed(first, now_ns));
        effects.push(agent.feed(second, now_ns));
        // And two messages in one.
        effects.push(
            agent.feed(b"{\"execute\":\"guest-ping\",\"id\":1}{\"execute\":\"guest-ping\",\"id\":2}", now_ns),
        );
    }
    // Each piece by a client of its own.
    for piece in CLIENTS {
        effects.push(agent.feed(piece, NOW_NS));
        effects.push(agent.connected());
    }
    // Whatever the numbers of the processes are that the clients have started.
    for pid in 2000..2200 {
        effects.push(agent.feed(&request("guest-exec-status", &format!("\"pid\":{pid}")), NOW_NS));
    }
    (effects, agent.take_calls())
}

const CLIENTS: [&[u8]; 15] = [
    b"{\"execute\":\"guest-nope\"}{\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"guest-ping\",\"id\":\"half\"",
    b"\xFF{\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"gue",
    b"\xFF{\"execute\":\"guest-ping\"}\n",
    b"{\"arguments\":{},\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"guest-get-host-\\u006eame\"}",
    b"{\"execute\":\"guest-exec\",\"arguments\":{\"path\":\"true\",\"capture-output\":true}}",
    b"{\"execute\":\"guest-exec-status\",\"arguments\":{\"pid\":2000}}",
    b"{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/tmp/c\",\"mode\":\"w\"}}{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/tmp/c\"}}",
    b"{\"execute\":\"guest-file-seek\",\"arguments\":{\"handle\":1007,\"offset\":0,\"whence\":0}}",
    b"{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":1006}}{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":1007}}",
    b"{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":1008}}{\"execute\":\"guest-file-close\",\"arguments\":{\"handle\":1009}}",
    b"{\"execute\":\"guest-ping\"}",
    b"{\"execute\":\"guest-ping\"}",
];

#[test]
fn every_fault_shows() {
    let correct = held(Vec::new());
    let hidden: Vec<_> =
        fault::all().filter(|fault| held(vec![fault]) == correct).map(|fault| fault.name).collect();
    assert_eq!(hidden, [""; 0]);
}

#[test]
fn names_are_unique_and_plain() {
    let mut names = BTreeSet::new();
    for fault in fault::all() {
        assert!(names.insert(fault.name), "{} is there twice", fault.name);
        assert!(
            fault.name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')),
            "{}",
            fault.name
        );
        assert!(fault.trips.split('/').count() == 2, "{}", fault.trips);
        assert!(!fault.summary.ends_with('.'), "{}", fault.summary);
        assert_eq!(fault::by_name(fault.name).map(|found| found.name), Some(fault.name));
    }
    for needed in ["ignores-delimiter", "no-delimited-sync", "dies-on-delimiter", "needs-newline"] {
        assert!(names.contains(needed), "{needed}");
    }
}

#[test]
fn faults_that_end_the_agent_end_it_once() {
    let fault = fault::by_name("dies-on-delimiter").unwrap();
    let mut agent = ReferenceAgent::new(Config { faults: vec![fault], ..Config::default() });
    let effects = agent.feed(b"{\"execute\":\"guest-ping\"}\xFF{\"execute\":\"guest-ping\"}", NOW_NS);
    assert_eq!(effects, [Effect::Send(b"{\"return\": {}}\n".to_vec()), Effect::Exit(1)]);
    assert_eq!(agent.feed(b"{\"execute\":\"guest-ping\"}", NOW_NS), []);
    assert_eq!(agent.connected(), []);
}

#[test]
fn a_closed_connection_is_served_again() {
    let fault = fault::by_name("closes-on-delimiter").unwrap();
    let mut agent = ReferenceAgent::new(Config { faults: vec![fault], ..Config::default() });
    assert_eq!(agent.feed(b"\xFF{\"execute\":\"guest-ping\"}", NOW_NS), [Effect::CloseConnection]);
    assert_eq!(agent.connected(), []);
    assert_eq!(replies(&mut agent, b"{\"execute\":\"guest-ping\"}"), b"{\"return\": {}}\n");
}
