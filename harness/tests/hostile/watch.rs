//! Running the program and watching what it takes.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A run that is over.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) exit: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) json: Option<String>,
    pub(crate) junit: Option<String>,
    pub(crate) time: Duration,
    pub(crate) peak_kib: u64,
    /// Temporary folders that were not there before.
    pub(crate) left_behind: Vec<String>,
}

/// Short, so that the many deadlines that hostile agents cost do not add up to minutes.
const DEADLINE_MS: &str = "250";

/// Runs `qgaspec run` with these arguments.
pub(crate) fn run(arguments: &[&str]) -> Watched {
    let folder = tempfile::Builder::new().prefix("hostile").tempdir().unwrap();
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let path = |name: &str| folder.path().join(name);
    let report = |format: &str| format!("{format}={}", path(format).display());
    let file = |name: &str| Stdio::from(std::fs::File::create(path(name)).unwrap());
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_qgaspec"))
        .arg("run")
        .args(arguments)
        .args(["--deadline-ms", DEADLINE_MS, "--report", &report("json"), "--report", &report("junit")])
        .env("TMPDIR", &temporary)
        .stdin(Stdio::null())
        .stdout(file("out"))
        .stderr(file("err"))
        .spawn()
        .unwrap();
    let mut peak_kib = 0;
    let status = loop {
        peak_kib = peak_kib.max(peak(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let text = |name: &str| {
        std::fs::read(path(name)).ok().map(|bytes| String::from_utf8(bytes).expect("output is text"))
    };
    Watched {
        exit: status.code().unwrap_or(-1),
        out: text("out").unwrap(),
        err: text("err").unwrap(),
        json: text("json"),
        junit: text("junit"),
        time: began.elapsed(),
        peak_kib,
        left_behind: entries(&temporary),
    }
}

/// What a run against a good agent takes at its peak.
pub(crate) fn idle_kib() -> u64 {
    static IDLE: OnceLock<u64> = OnceLock::new();
    *IDLE.get_or_init(|| run(&["reference", "--effort", "quick"]).peak_kib)
}

/// Processes whose command line contains this.
pub(crate) fn processes(with: &str) -> Vec<String> {
    let all = std::fs::read_dir("/proc").unwrap();
    let lines = all.filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.starts_with(with))
        .collect()
}

/// The most memory that a process has had so far. The figure only grows, so the last look is close to the truth.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn entries(folder: &PathBuf) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path().display().to_string()).collect()
}
