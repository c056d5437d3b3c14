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

/// Guests that together show each outcome of the commands that depend on the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variation {
    /// Everything works.
    Usual,
    /// Behind Greenwich by hours and a half, with a partial os-release file.
    West,
    /// Ahead of Greenwich by hours and three quarters, without an os-release file, and nobody logged in.
    East,
    /// Suspends by other programs.
    PmUtils,
    /// Cannot suspend.
    Awake,
    /// Every program fails.
    Failing,
    /// Frozen when the agent starts.
    Frozen,
    /// Some commands are blocked.
    Blocked,
}

impl Variation {
    /// All of them, the usual guest first.
    pub const ALL: [Self; 8] = [
        Self::Usual,
        Self::West,
        Self::East,
        Self::PmUtils,
        Self::Awake,
        Self::Failing,
        Self::Frozen,
        Self::Blocked,
    ];

    /// The word for reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::West => "west",
            Self::East => "east",
            Self::PmUtils => "pm-utils",
            Self::Awake => "awake",
            Self::Failing => "failing",
            Self::Frozen => "frozen",
            Self::Blocked => "blocked",
        }
    }

    /// The guest.
    pub fn guest(self) -> Guest {
        let usual = Guest::default();
        let zone =
            |abbreviation: &str, offset_s| TimeZone { abbreviation: abbreviation.to_owned(), offset_s };
        let suspend = |suspend| Helpers { suspend, ..usual.helpers };
        match self {
            Self::Usual => usual,
            Self::West => Guest { time_zone: zone("WST", -12_600), os_release: OsRelease::Partial, ..usual },
            Self::East => Guest {
                time_zone: zone("EST", 20_700),
                os_release: OsRelease::Absent,
                logins: Vec::new(),
                ..usual
            },
            Self::PmUtils => Guest { helpers: suspend(Suspend::PmUtils), ..usual },
            Self::Awake => Guest { helpers: suspend(Suspend::Unsupported), ..usual },
            Self::Failing => Guest {
                helpers: Helpers { shutdown: 1, suspend: Suspend::Failing, hwclock: 1, chpasswd: 1 },
                ..usual
            },
            Self::Frozen => Guest { frozen: true, ..usual },
            Self::Blocked => {
                let blocked = ["guest-exec", "guest-file-open", "guest-set-time"];
                Guest { blocked: blocked.map(str::to_owned).to_vec(), ..usual }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variations_differ_from_each_other() {
        for (at, one) in Variation::ALL.iter().enumerate() {
            for other in &Variation::ALL[at + 1..] {
                assert_ne!(one.name(), other.name());
                assert_ne!(one.guest(), other.guest());
            }
        }
    }
}
