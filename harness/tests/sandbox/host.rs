//! What must be the same about this machine before and after.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

/// A look at the machine.
#[derive(Debug)]
pub(crate) struct Look {
    clock: SystemTime,
    timer: Instant,
    rest: Vec<(String, Option<String>)>,
}

impl Look {
    pub(crate) fn now() -> Self {
        let file = |path: &str| (path.to_owned(), std::fs::read_to_string(path).ok());
        let mut rest: Vec<_> = [
            "/sys/devices/system/cpu/online",
            "/sys/power/state",
            "/sys/power/disk",
            "/proc/sys/kernel/hostname",
            "/etc/passwd",
            "/etc/group",
            "/etc/hostname",
            "/proc/mounts",
        ]
        .map(file)
        .to_vec();
        let changed = std::fs::metadata("/etc/shadow").and_then(|metadata| metadata.modified()).ok();
        rest.push(("/etc/shadow".to_owned(), changed.map(|time| format!("{time:?}"))));
        let who = Command::new("who").output().ok();
        rest.push(("who".to_owned(), who.map(|output| String::from_utf8_lossy(&output.stdout).into_owned())));
        Self { clock: SystemTime::now(), timer: Instant::now(), rest }
    }

    /// Looks again.
    pub(crate) fn assert_unchanged(&self) {
        let now = Self::now();
        assert_eq!(self.rest, now.rest);
        let passed = now.clock.duration_since(self.clock).expect("the clock goes forward").as_secs_f64();
        let really = now.timer.duration_since(self.timer).as_secs_f64();
        assert!((passed - really).abs() < 1.0, "the clock went {passed} s in {really} s");
    }
}

/// Processes whose command line contains this.
pub(crate) fn processes(with: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").expect("processes can be listed");
    let lines = entries.filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    lines
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(with))
        .collect()
}

/// Waits until these folders are gone. Others, of tests that run at the same time, come and go.
pub(crate) fn assert_vanish(folders: &[std::path::PathBuf]) {
    let until = Instant::now() + Duration::from_mins(1);
    while folders.iter().any(|folder| folder.exists()) {
        assert!(Instant::now() < until, "left behind: {folders:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Folders of runs that are there now.
pub(crate) fn folders() -> Vec<std::path::PathBuf> {
    let entries =
        std::fs::read_dir(std::env::temp_dir()).expect("the folder for temporary files can be listed");
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("qga")))
        .collect()
}
