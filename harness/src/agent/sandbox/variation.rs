//! The guests that a run lets the sandbox play, and what is different in each.

use crate::wire::TimeZone;

use super::guest::{Guest, Helpers, OsRelease, Suspend};

const SUSPEND: &[&str] = &["guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"];
const BLOCKED: &[&str] = &["guest-exec", "guest-file-open", "guest-set-time"];

/// Guests that together show each outcome of the commands that depend on the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// The variation of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variation| variation.name() == name)
    }

    /// The variation that this guest is, if it is one.
    pub fn of(guest: &Guest) -> Option<Self> {
        Self::ALL.into_iter().find(|variation| variation.guest() == *guest)
    }

    /// The commands of which another outcome is to be expected than in the usual guest.
    pub const fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Usual => &[],
            Self::West => &["guest-get-timezone", "guest-get-time", "guest-get-osinfo"],
            Self::East => &["guest-get-timezone", "guest-get-time", "guest-get-osinfo", "guest-get-users"],
            Self::PmUtils | Self::Awake => SUSPEND,
            Self::Failing => &[
                "guest-shutdown",
                "guest-suspend-disk",
                "guest-suspend-ram",
                "guest-suspend-hybrid",
                "guest-set-time",
                "guest-set-user-password",
            ],
            Self::Frozen => &[
                "guest-info",
                "guest-ping",
                "guest-fsfreeze-status",
                "guest-fsfreeze-freeze",
                "guest-fsfreeze-freeze-list",
                "guest-fsfreeze-thaw",
                "guest-fstrim",
                "guest-get-osinfo",
                "guest-file-open",
                "guest-shutdown",
            ],
            Self::Blocked => &["guest-info", "guest-exec", "guest-file-open", "guest-set-time"],
        }
    }

    /// Whether the agent refuses commands in this guest whatever their arguments are.
    pub const fn withholds(self) -> bool {
        matches!(self, Self::Frozen | Self::Blocked)
    }

    /// Whether only the real agent can be brought into this guest: it has a file for being frozen, and an option
    /// for what is blocked.
    pub const fn needs_qemu_ga(self) -> bool {
        self.withholds()
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
                let blocked = BLOCKED.iter().map(|name| (*name).to_owned()).collect();
                Guest { blocked, ..usual }
            }
        }
    }
}

/// Some of the variations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VariationSet(u8);

impl VariationSet {
    /// Adds the variation, if there is one.
    pub fn extend(&mut self, variation: Option<Variation>) {
        self.0 |= variation.map_or(0, |variation| 1 << variation as u8);
    }

    /// Those that are in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Variation> {
        Variation::ALL.into_iter().filter(move |variation| self.0 >> *variation as u8 & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::builtin;

    use super::*;

    #[test]
    fn variations_differ_from_each_other() {
        for (at, one) in Variation::ALL.iter().enumerate() {
            for other in &Variation::ALL[at + 1..] {
                assert_ne!(one.name(), other.name());
                assert_ne!(one.guest(), other.guest());
            }
            assert_eq!(Variation::by_name(one.name()), Some(*one));
            assert_eq!(Variation::of(&one.guest()), Some(*one));
        }
    }

    #[test]
    fn a_variation_is_about_commands_that_there_are() {
        for variation in Variation::ALL {
            assert_eq!(variation.commands().is_empty(), variation == Variation::Usual, "{variation:?}");
            for name in variation.commands() {
                assert!(builtin::seed().command(name).is_some(), "{name}");
            }
            let blocked = variation.guest().blocked;
            assert!(blocked.iter().all(|name| variation.commands().contains(&name.as_str())));
        }
    }

    #[test]
    fn sets_keep_the_order_of_guests() {
        let mut set = VariationSet::default();
        for variation in [Some(Variation::Blocked), None, Some(Variation::Usual), Some(Variation::Blocked)] {
            set.extend(variation);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [Variation::Usual, Variation::Blocked]);
    }
}
