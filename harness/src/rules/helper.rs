//! What programs that act on the machine mean, and whether they did it, as far as their calls tell.
//!
//! Fakes stand in for these programs. What an agent calls them for is read from their own manuals, so that no
//! agent's way to call them is asked for.

use crate::wire::FakeCall;

/// What a call asks of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    PowerDown,
    Halt,
    /// Either of the two: the program is left to choose.
    Stop,
    Reboot,
    Disk,
    Ram,
    Hybrid,
}

impl Meaning {
    /// What a request for this command, and this mode of a shutdown, asks for.
    pub(super) fn wanted(command: &str, mode: Option<&str>) -> Option<Self> {
        Some(match (command, mode) {
            ("guest-shutdown", None | Some("powerdown")) => Self::PowerDown,
            ("guest-shutdown", Some("halt")) => Self::Halt,
            ("guest-shutdown", Some("reboot")) => Self::Reboot,
            ("guest-suspend-disk", _) => Self::Disk,
            ("guest-suspend-ram", _) => Self::Ram,
            ("guest-suspend-hybrid", _) => Self::Hybrid,
            _ => return None,
        })
    }

    /// What a call means; `None` if it only asks, or if that is not known.
    pub(super) fn of(call: &FakeCall) -> Option<Self> {
        match call.program.as_str() {
            "shutdown" => shutdown(call),
            program @ ("poweroff" | "halt" | "reboot") => Some(switched(call, of_word(program)?)),
            "systemctl" => systemctl(call),
            "pm-hibernate" => Some(Self::Disk),
            "pm-suspend" => Some(Self::Ram),
            "pm-suspend-hybrid" => Some(Self::Hybrid),
            _ => None,
        }
    }

    /// Whether a call of this meaning can do what is wanted.
    pub(super) fn serves(self, wanted: Self) -> bool {
        self == wanted || (self == Self::Stop && matches!(wanted, Self::PowerDown | Self::Halt))
    }

    /// A stable word.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::PowerDown => "powerdown",
            Self::Halt => "halt",
            Self::Stop => "stop",
            Self::Reboot => "reboot",
            Self::Disk => "disk",
            Self::Ram => "ram",
            Self::Hybrid => "hybrid",
        }
    }
}

/// Whether a call only asks what can be done, and the answer: no.
pub(super) fn is_denial(call: &FakeCall) -> bool {
    match call.program.as_str() {
        // 0 tells that the unit runs, and 3 that it exists and does not.
        "systemctl" => argument(call, "status") && !matches!(call.status, 0 | 3),
        "pm-is-supported" => call.status != 0,
        _ => false,
    }
}

fn argument(call: &FakeCall, wanted: &str) -> bool {
    call.arguments.iter().any(|argument| argument == wanted.as_bytes())
}

fn of_word(word: &str) -> Option<Meaning> {
    Some(match word {
        "poweroff" => Meaning::PowerDown,
        "halt" => Meaning::Halt,
        "reboot" => Meaning::Reboot,
        "hibernate" => Meaning::Disk,
        "suspend" => Meaning::Ram,
        "hybrid-sleep" => Meaning::Hybrid,
        _ => return None,
    })
}

/// What the long options of the three programs of one name each turn them into.
fn switched(call: &FakeCall, own: Meaning) -> Meaning {
    if argument(call, "--reboot") {
        Meaning::Reboot
    } else if argument(call, "--halt") {
        Meaning::Halt
    } else if argument(call, "--poweroff") || argument(call, "-p") {
        Meaning::PowerDown
    } else {
        own
    }
}

fn shutdown(call: &FakeCall) -> Option<Meaning> {
    let letters: Vec<u8> = call
        .arguments
        .iter()
        .filter(|argument| argument.starts_with(b"-") && !argument.starts_with(b"--"))
        .flat_map(|argument| argument[1..].to_vec())
        .collect();
    let has = |letter: u8, long: &str| letters.contains(&letter) || argument(call, long);
    Some(if has(b'c', "--cancel") {
        return None;
    } else if has(b'r', "--reboot") {
        Meaning::Reboot
    } else if has(b'H', "--halt") {
        Meaning::Halt
    } else if has(b'P', "--poweroff") {
        Meaning::PowerDown
    } else {
        Meaning::Stop
    })
}

/// A verb, or the target of one that starts a target.
fn systemctl(call: &FakeCall) -> Option<Meaning> {
    let words = call.arguments.iter().filter_map(|argument| std::str::from_utf8(argument).ok());
    let mut words = words.filter(|word| !word.starts_with('-'));
    match words.next()? {
        "start" | "isolate" => of_word(words.next()?.trim_end_matches(".target")),
        verb => of_word(verb),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(program: &str, arguments: &[&str]) -> FakeCall {
        let arguments = arguments.iter().map(|argument| argument.as_bytes().to_vec()).collect();
        FakeCall { program: program.to_owned(), arguments, input: Vec::new(), status: 0 }
    }

    #[test]
    fn programs_mean_what_their_manuals_say() {
        for (program, arguments, meaning) in [
            ("shutdown", &["-h", "-P", "+0"][..], Some(Meaning::PowerDown)),
            ("shutdown", &["-h", "-H", "+0"], Some(Meaning::Halt)),
            ("shutdown", &["-h", "-r", "+0"], Some(Meaning::Reboot)),
            ("shutdown", &["-h", "now"], Some(Meaning::Stop)),
            ("shutdown", &["-hP", "now"], Some(Meaning::PowerDown)),
            ("shutdown", &["-c"], None),
            ("poweroff", &[], Some(Meaning::PowerDown)),
            ("halt", &["-p"], Some(Meaning::PowerDown)),
            ("reboot", &["--halt"], Some(Meaning::Halt)),
            ("systemctl", &["--no-block", "poweroff"], Some(Meaning::PowerDown)),
            ("systemctl", &["start", "reboot.target"], Some(Meaning::Reboot)),
            ("systemctl", &["status", "systemd-suspend"], None),
            ("systemctl", &["hybrid-sleep"], Some(Meaning::Hybrid)),
            ("pm-suspend", &[], Some(Meaning::Ram)),
            ("pm-is-supported", &["--suspend"], None),
        ] {
            assert_eq!(Meaning::of(&call(program, arguments)), meaning, "{program} {arguments:?}");
        }
        assert!(Meaning::Stop.serves(Meaning::Halt) && !Meaning::Stop.serves(Meaning::Reboot));
    }
}
