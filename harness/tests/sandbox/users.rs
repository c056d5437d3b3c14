//! Agents of users, put into the sandbox.

use qgaspec::agent::sandbox::Guest;
use qgaspec::agent::target::TargetSpec;
use serde_json::json;

use crate::conversation::{Conversation, run};
use crate::host::Look;
use crate::{agents, sandbox_is_here};

fn sandboxed(command: &str) -> TargetSpec {
    TargetSpec::parse(&format!("spawn:{command}")).unwrap().sandboxed(Guest::default()).unwrap()
}

#[test]
fn a_script_outside_the_system_runs_within_and_its_shutdown_is_a_fake() {
    if !sandbox_is_here(&[]) {
        return;
    }
    let look = Look::now();
    let folder = tempfile::tempdir().unwrap();
    let script = agents::script(folder.path());
    for holder in ["{device}", "{stdio}"] {
        let spec = sandboxed(&format!("sh '{}' {holder}", script.display()));
        run(async {
            let mut agent = Conversation::with(&spec).await.unwrap();
            assert_eq!(agent.value(&json!({"execute": "guest-ping"})).await, json!({}));
            assert_eq!(agent.ask(&json!({"execute": "guest-shutdown"})).await.len(), 0);
            assert_eq!(agent.take_calls(), ["shutdown -h now = 0"]);
        });
    }
    look.assert_unchanged();
}

#[test]
fn the_real_agent_takes_the_pty_for_its_virtio_port() {
    if !sandbox_is_here(&["/usr/sbin/qemu-ga"]) {
        return;
    }
    run(async {
        let spec = sandboxed("/usr/sbin/qemu-ga -m virtio-serial -p {device} -t .");
        let mut agent = Conversation::with(&spec).await.unwrap();
        assert_eq!(agent.value(&json!({"execute": "guest-ping"})).await, json!({}));
        // More than a pty holds at once, both ways.
        let long = "x".repeat(100_000);
        let replies = agent.ask(&json!({"execute": "guest-ping", "id": long})).await;
        assert_eq!(replies[0]["id"], long);
    });
}

#[test]
fn a_program_that_is_not_there_is_named() {
    if !sandbox_is_here(&[]) {
        return;
    }
    run(async {
        let error = Conversation::with(&sandboxed("no-such-agent {socket}")).await.err().unwrap().to_string();
        assert!(error.contains("no-such-agent") && error.contains("No such file"), "{error}");
    });
}
