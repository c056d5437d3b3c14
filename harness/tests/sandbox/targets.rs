//! Every way to meet an agent, with harmless agents and without the sandbox.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use qgaspec::agent::session::SessionError;
use qgaspec::agent::target::TargetSpec;
use qgaspec::wire::{Ending, Rung};
use serde_json::json;

use crate::agents;
use crate::conversation::{Conversation, run};

fn target(text: &str) -> TargetSpec {
    TargetSpec::parse(text).unwrap()
}

async fn assert_answers(spec: &TargetSpec) -> Conversation {
    let mut agent = Conversation::with(spec).await.unwrap();
    for _ in 0..3 {
        assert_eq!(agent.value(&json!({"execute": "guest-ping"})).await, json!({}));
    }
    agent
}

#[test]
fn a_spawned_agent_speaks_on_a_pty() {
    let folder = tempfile::tempdir().unwrap();
    let script = agents::script(folder.path());
    run(async {
        assert_answers(&target(&format!("spawn:sh '{}' {{device}}", script.display()))).await;
    });
}

#[test]
fn the_death_of_an_agent_behind_a_pty_is_noticed_and_it_is_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let script = agents::script(folder.path());
    run(async {
        let mut agent = assert_answers(&target(&format!("spawn:sh '{}' {{device}}", script.display()))).await;
        let began = std::time::Instant::now();
        let _ = agent.try_ask(&json!({"execute": "guest-die"})).await;
        assert_eq!(agent.endings.last(), Some(&Ending::Closed));
        assert_eq!(agent.exits.last().and_then(|exit| exit.signal), Some(11));
        assert!(began.elapsed() < Duration::from_secs(3), "not by a deadline");
        assert_eq!(agent.value(&json!({"execute": "guest-ping"})).await, json!({}));
    });
}

#[test]
fn a_spawned_agent_that_does_not_open_its_device_is_not_waited_for() {
    run(async {
        let error =
            Conversation::with(&target("spawn:sh -c 'echo why >&2; exit 3' {device}")).await.err().unwrap();
        let text = error.to_string();
        assert!(text.contains("exit status: 3") && text.contains("why"), "{text}");
    });
}

#[test]
fn a_spawned_agent_listens_on_a_port() {
    run(async {
        assert_answers(&target(&format!("spawn:{}", agents::on_a_port()))).await;
    });
}

#[test]
fn an_agent_connects_to_us_and_the_next_connection_replaces_a_closed_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    // A run that was killed leaves its socket behind.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let connect = path.clone();
    let agent = thread::spawn(move || {
        let stream = until(|| UnixStream::connect(&connect).ok());
        let mut first_line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(&stream), &mut first_line).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();
        let stream = until(|| UnixStream::connect(&connect).ok());
        agents::serve(&stream, &stream);
    });
    run(async {
        let mut conversation =
            Conversation::with(&target(&format!("listen:unix:{}", path.display()))).await.unwrap();
        let _ = conversation.try_ask(&json!({"execute": "guest-ping"})).await;
        assert_eq!(conversation.endings, [Ending::Closed]);
        assert_eq!(conversation.value(&json!({"execute": "guest-ping"})).await, json!({}));
        conversation.finish().await;
    });
    agent.join().unwrap();
    assert!(!path.exists());
}

#[test]
fn an_agent_connects_to_us_by_tcp() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let agent = thread::spawn(move || {
        let stream = until(|| TcpStream::connect(("127.0.0.1", port)).ok());
        agents::serve(&stream, &stream);
    });
    run(async {
        assert_answers(&target(&format!("listen:tcp:127.0.0.1:{port}"))).await.finish().await;
    });
    agent.join().unwrap();
}

#[test]
fn nobody_who_connects_and_a_place_that_is_taken_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let error = |text: String| {
        let mut message = String::new();
        run(async { message = Conversation::with(&target(&text)).await.err().unwrap().to_string() });
        message
    };
    assert!(error(format!("listen:unix:{}", path.display())).contains("in use"));
    assert!(path.exists());
    let free = folder.path().join("t");
    let message = error(format!("listen:unix:{}", free.display()));
    assert!(message.contains("nobody connected"), "{message}");
    let message = error(format!("char:{}", folder.path().display()));
    assert!(message.contains("not a character device"), "{message}");
}

#[test]
fn a_device_of_somebody_else_is_opened_raw() {
    let (master, path) = pty();
    let reader = master.try_clone().unwrap();
    thread::spawn(move || agents::serve(reader, master));
    run(async {
        let mut agent = assert_answers(&target(&format!("char:{path}"))).await;
        // Neither echoed, nor interpreted, nor cut at the length of a terminal's line.
        let long = "x".repeat(10_000);
        assert_eq!(
            agent.value(&json!({"execute": "guest-ping", "text": format!("\u{3}\u{4}{long}")})).await,
            json!({})
        );
    });
}

#[test]
fn bytes_that_an_earlier_client_left_on_a_device_are_a_reason_to_leave() {
    let (mut master, path) = pty();
    master.write_all(b"{\"return\": {}}\n").unwrap();
    run(async {
        let error = Conversation::with(&target(&format!("char:{path}"))).await.err();
        assert!(matches!(error, Some(SessionError::EarlyBytes(_))), "{error:?}");
    });
}

#[test]
fn a_silent_device_is_climbed_up_to_a_new_connection() {
    let (master, path) = pty();
    run(async {
        let mut agent = Conversation::with(&target(&format!("char:{path}"))).await.unwrap();
        let _ = agent.try_ask(&json!({"execute": "guest-ping"})).await;
        // Without calibration no sync is known to work, so there is nothing to climb to.
        assert_eq!(agent.endings, [Ending::Lost]);
        assert!(
            !agent
                .endings
                .iter()
                .any(|ending| matches!(ending, Ending::LostStep { regained: Rung::Restart, .. }))
        );
    });
    drop(master);
}

/// A pty in raw mode: its master side, and the path of its slave side.
fn pty() -> (std::fs::File, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
    (master.into(), path)
}

fn until<T>(mut attempt: impl FnMut() -> Option<T>) -> T {
    loop {
        match attempt() {
            Some(value) => return value,
            None => thread::sleep(Duration::from_millis(5)),
        }
    }
}
