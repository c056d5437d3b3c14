//! Agents in the sandbox and behind every kind of target. Nothing here may reach the machine itself: dangerous
//! requests go to agents in the sandbox only.

#![expect(clippy::unwrap_used, reason = "what goes wrong outside a test function fails the test as well")]
#![expect(clippy::print_stdout, reason = "a test that cannot run says so")]

mod agents;
mod conversation;
mod ends;
mod guests;
mod host;
mod qemu_ga;
mod targets;
mod transports;
mod users;
mod whole_run;

use std::path::Path;
use std::process::Command;

/// Whether a test that needs the sandbox, and these files, can run. Where it cannot it says so; in continuous
/// integration that is a failure.
fn sandbox_is_here(files: &[&str]) -> bool {
    let bubblewrap = Command::new("bwrap").arg("--version").output().is_ok();
    let missing = files.iter().find(|file| !Path::new(file).exists());
    let reason = match missing {
        None if bubblewrap => return true,
        None => "bwrap is not installed".to_owned(),
        Some(file) => format!("{file} is not installed"),
    };
    assert!(std::env::var_os("CI").is_none(), "{reason}, which continuous integration must have");
    println!("SKIPPED: {reason}");
    false
}
