//! The real `qemu-ga`, attached to over its socket, at hazard `read`.
//!
//! Every command that could change this machine is on the agent's block list besides, so that even a mistake
//! of the gate could do no harm.

#![expect(clippy::print_stdout, reason = "a test says what it saw and what it skips")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use qgaspec::agent::target::TargetSpec;
use qgaspec::run::waivers::{self, Date, Waivers};
use qgaspec::run::{Ledger, Options, run};
use qgaspec::schema::builtin;
use qgaspec::verdict::{Class, Verdict};
use tempfile::TempDir;

const PROGRAM: &str = "/usr/sbin/qemu-ga";
const BLOCKED: &str = "guest-shutdown,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,guest-set-time,\
    guest-set-user-password,guest-set-vcpus,guest-set-memory-blocks,guest-fsfreeze-freeze,\
    guest-fsfreeze-freeze-list,guest-fsfreeze-thaw,guest-fstrim,guest-exec,guest-file-open,\
    guest-ssh-add-authorized-keys,guest-ssh-remove-authorized-keys";

#[test]
fn the_real_agent_breaks_no_clause_at_hazard_read() {
    let Some(agent) = Agent::start() else { return };
    let spec =
        TargetSpec::parse(&format!("unix:{}", agent.socket.display())).expect("the target is well-formed");
    let text = include_str!("../../reports/published/qemu-ga-7.2.waivers.toml");
    let known =
        waivers::read("qemu-ga-7.2.waivers.toml", text, builtin::seed()).expect("the file is in order");
    let waivers = Waivers::new(known, Date::new(2030, 1, 1).expect("there is such a day"));
    let options = Options { waivers, ..Options::default() };
    let ledger = run(&spec, &options, &mut |_| ()).expect("the agent listens");
    print_summary(&ledger);
    let broken = failing(&ledger, |class| class != Class::Difference);
    assert!(broken.is_empty(), "{broken:#?}");
    let open: Vec<_> = ledger
        .rows
        .iter()
        .filter(|(_, row)| matches!(row.verdict, Verdict::NotRun | Verdict::Inconclusive))
        .map(|(key, row)| (key, &row.reason))
        .collect();
    assert!(open.is_empty(), "{open:#?}");
}

fn failing(ledger: &Ledger, counts: impl Fn(Class) -> bool) -> Vec<String> {
    ledger
        .rows
        .iter()
        .filter(|(_, row)| row.fails() && counts(row.class))
        .map(|((code, command), row)| format!("{code} {command}: {:?}", row.violations.first()))
        .collect()
}

fn print_summary(ledger: &Ledger) {
    println!(
        "{} cases, {} requests, {:.2} s; differences: {:#?}",
        ledger.summary.cases,
        ledger.summary.requests,
        ledger.summary.seconds,
        failing(ledger, |class| class == Class::Difference)
    );
}

/// A `qemu-ga` in a folder of its own.
struct Agent {
    child: Child,
    socket: PathBuf,
    _folder: TempDir,
}

impl Agent {
    fn start() -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            assert!(std::env::var_os("CI").is_none(), "{PROGRAM} is absent, and in CI nothing may be");
            println!("SKIPPED: {PROGRAM} is absent (Debian package qemu-guest-agent)");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("qga").tempdir().expect("a folder can be made");
        let socket = folder.path().join("s");
        let child = Command::new(PROGRAM)
            .args(["-m", "unix-listen", "-b", &BLOCKED.replace(' ', "")])
            .arg("-p")
            .arg(&socket)
            .arg("-t")
            .arg(folder.path())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the agent can be started");
        let agent = Self { child, socket, _folder: folder };
        let until = Instant::now() + Duration::from_secs(10);
        while !agent.socket.exists() {
            assert!(Instant::now() < until, "the agent does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Some(agent)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It is our own child, and it is idle.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
