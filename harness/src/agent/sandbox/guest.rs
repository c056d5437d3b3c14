//! The guest that a sandbox plays: what an agent finds in it, and how the programs that it calls behave.

use crate::wire::TimeZone;

/// A guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Its host name.
    pub host_name: String,
    /// Its local time.
    pub time_zone: TimeZone,
    /// Its os-release file.
    pub os_release: OsRelease,
    /// Who is logged in.
    pub logins: Vec<Login>,
    /// Commands that the real agent is told to refuse.
    pub blocked: Vec<String>,
    /// Whether the real agent finds its file systems frozen. Nothing is.
    pub frozen: bool,
    /// How the fake programs behave.
    pub helpers: Helpers,
}

/// One session of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The terminal.
    pub line: String,
    /// Since when, in microseconds since 1970.
    pub at_us: i64,
}

/// What the os-release file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OsRelease {
    /// Every key, in every way to quote.
    Quoted,
    /// Few keys.
    Partial,
    /// There is none.
    Absent,
}

/// How the fake programs behave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Helpers {
    /// The exit status of `shutdown` and its kin.
    pub shutdown: u8,
    /// What comes of attempts to suspend.
    pub suspend: Suspend,
    /// The exit status of `hwclock`.
    pub hwclock: u8,
    /// The exit status of `chpasswd`.
    pub chpasswd: u8,
}

/// What comes of attempts to suspend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspend {
    /// `systemctl` does it.
    Systemd,
    /// `systemctl` cannot, `pm-suspend` and its kin do it.
    PmUtils,
    /// No program can.
    Unsupported,
    /// Every program says that it can, and fails.
    Failing,
}

impl Default for Guest {
    fn default() -> Self {
        let login =
            |user: &str, line: &str, at_us| Login { user: user.to_owned(), line: line.to_owned(), at_us };
        Self {
            host_name: "sandbox".to_owned(),
            time_zone: TimeZone { abbreviation: "UTC".to_owned(), offset_s: 0 },
            os_release: OsRelease::Quoted,
            // One user twice, the later login first: the earlier one counts.
            logins: vec![
                login("alice", "pts/1", 1_700_000_300_500_000),
                login("alice", "tty1", 1_700_000_050_125_000),
                login("bob", "pts/2", 1_700_000_200_000_000),
            ],
            blocked: Vec::new(),
            frozen: false,
            helpers: Helpers { shutdown: 0, suspend: Suspend::Systemd, hwclock: 0, chpasswd: 0 },
        }
    }
}
