//! Programs that stand in for those that would act on the machine. Each takes note of its call and ends as
//! the guest says; nothing else happens.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::wire::FakeCall;

use super::guest::{Helpers, Suspend};

/// Every program that is faked.
pub(super) const PROGRAMS: [&str; 11] = [
    "shutdown",
    "poweroff",
    "halt",
    "reboot",
    "systemctl",
    "pm-is-supported",
    "pm-suspend",
    "pm-hibernate",
    "pm-suspend-hybrid",
    "hwclock",
    "chpasswd",
];
/// The one script behind all of them, in the same folder.
pub(super) const SCRIPT: &str = "fake";
/// Where the script finds the folder for calls.
pub(super) const CALLS: &str = "/calls";
/// The file in it to which calls are appended.
const LOG: &str = "log";
/// The first field of every call.
const MAGIC: &[u8] = b"qgaspec-call";
/// How the name of a file with standard input begins.
const INPUT_PREFIX: &[u8] = b"input.";
/// Kept of one call's standard input, in bytes.
const INPUT_BYTES_MAX: u64 = 64 * 1024;
/// Read of the log at once, in bytes. An agent that floods it gets no more attention than this.
const LOG_BYTES_MAX: u64 = 1024 * 1024;
/// Arguments of one call; a higher number is damage.
const ARGUMENTS_MAX: usize = 10_000;

/// Writes the fakes into an empty folder.
pub(super) fn write(folder: &Path, helpers: Helpers) -> io::Result<()> {
    let path = folder.join(SCRIPT);
    std::fs::write(&path, script(helpers))?;
    std::fs::set_permissions(&path, Permissions::from_mode(0o755))?;
    PROGRAMS.iter().try_for_each(|program| symlink(SCRIPT, folder.join(program)))
}

fn script(helpers: Helpers) -> String {
    // `systemctl status` tells with 3 that a unit exists and does not run, and with 4 that it does not exist.
    let (unit, systemctl, supported, pm) = match helpers.suspend {
        Suspend::Systemd => (3, 0, 1, 1),
        Suspend::PmUtils => (4, 1, 0, 0),
        Suspend::Unsupported => (4, 1, 1, 1),
        Suspend::Failing => (3, 1, 0, 1),
    };
    let Helpers { shutdown, hwclock, chpasswd, suspend: _ } = helpers;
    format!(
        r#"#!/bin/sh
program=${{0##*/}}
input=
case $program in
shutdown | poweroff | halt | reboot) status={shutdown} ;;
systemctl)
    case $1 in
    status) status={unit} ;;
    suspend | hibernate | hybrid-sleep) status={systemctl} ;;
    *) status={shutdown} ;;
    esac
    ;;
pm-is-supported) status={supported} ;;
pm-*) status={pm} ;;
hwclock) status={hwclock} ;;
chpasswd)
    status={chpasswd}
    if input=$(mktemp {CALLS}/input.XXXXXXXX); then
        cat > "$input"
        input=${{input##*/}}
    fi
    ;;
*) status=127 ;;
esac
printf '%s\0' qgaspec-call "$status" "$#" "$program" "$@" "$input" >> {CALLS}/{LOG}
exit "$status"
"#
    )
}

/// The calls that the fakes have noted.
#[derive(Debug)]
pub(super) struct CallLog {
    folder: PathBuf,
    log: File,
    /// What was read and is not a whole call yet.
    pending: Vec<u8>,
}

impl CallLog {
    /// Starts the log in an empty folder.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let log = OpenOptions::new().read(true).append(true).create_new(true).open(folder.join(LOG))?;
        Ok(Self { folder: folder.to_owned(), log, pending: Vec::new() })
    }

    /// The log's file, as the fakes find it.
    pub(super) const fn file(&self) -> &File {
        &self.log
    }

    /// Calls since the last time.
    pub(super) fn take(&mut self) -> Vec<FakeCall> {
        // A log that cannot be read has no calls; rules that need one will say that it is missing.
        let _ = (&self.log).take(LOG_BYTES_MAX).read_to_end(&mut self.pending);
        let mut calls = Vec::new();
        loop {
            match parse(&self.pending) {
                Parsed::Call { mut call, input, length } => {
                    self.pending.drain(..length);
                    call.input = self.take_input(&input);
                    calls.push(call);
                }
                Parsed::Damage { length } => drop(self.pending.drain(..length)),
                Parsed::Incomplete if self.pending.len() as u64 >= LOG_BYTES_MAX => self.pending.clear(),
                Parsed::Incomplete => return calls,
            }
        }
    }

    /// What a fake read from its standard input. The agent may write into this folder as well, so the name
    /// and what is found under it are not trusted.
    fn take_input(&self, name: &[u8]) -> Vec<u8> {
        let mut input = Vec::new();
        if let Some(name) = std::str::from_utf8(name).ok().filter(|_| is_input_name(name)) {
            let path = self.folder.join(name);
            let flags =
                i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).expect("open flags are low");
            let file = OpenOptions::new().read(true).custom_flags(flags).open(&path);
            if let Ok(file) = file.and_then(regular) {
                // Half of it is better than nothing.
                let _ = file.take(INPUT_BYTES_MAX).read_to_end(&mut input);
            }
            let _ = std::fs::remove_file(path);
        }
        input
    }
}

fn is_input_name(name: &[u8]) -> bool {
    name.strip_prefix(INPUT_PREFIX)
        .is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_alphanumeric))
}

fn regular(file: File) -> io::Result<File> {
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidData.into()) }
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    /// A call, still without its input, which is in a file.
    Call { call: FakeCall, input: Vec<u8>, length: usize },
    /// Bytes that no fake wrote.
    Damage { length: usize },
    /// More must come first.
    Incomplete,
}

/// Reads one call: fields that each end with NUL, which neither names nor arguments contain.
fn parse(bytes: &[u8]) -> Parsed {
    let mut fields = Fields { bytes, length: 0 };
    let Some(first) = fields.next() else { return Parsed::Incomplete };
    if first != MAGIC {
        return Parsed::Damage { length: fields.length };
    }
    let after_magic = fields.length;
    let (Some(status), Some(count)) = (fields.next(), fields.next()) else { return Parsed::Incomplete };
    let number = |field: &[u8]| std::str::from_utf8(field).ok()?.parse::<usize>().ok();
    let (Some(status), Some(count)) =
        (number(status).and_then(|status| u8::try_from(status).ok()), number(count))
    else {
        return Parsed::Damage { length: after_magic };
    };
    if count > ARGUMENTS_MAX {
        return Parsed::Damage { length: after_magic };
    }
    let Some(program) = fields.next() else { return Parsed::Incomplete };
    let arguments: Vec<Vec<u8>> = fields.by_ref().take(count).map(<[u8]>::to_vec).collect();
    let (true, Some(input)) = (arguments.len() == count, fields.next()) else { return Parsed::Incomplete };
    let program = String::from_utf8_lossy(program).into_owned();
    let call = FakeCall { program, arguments, input: Vec::new(), status };
    Parsed::Call { call, input: input.to_vec(), length: fields.length }
}

struct Fields<'b> {
    bytes: &'b [u8],
    length: usize,
}

impl<'b> Iterator for Fields<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        let rest = &self.bytes[self.length..];
        let end = memchr::memchr(0, rest)?;
        self.length += end + 1;
        Some(&rest[..end])
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn call(program: &str, arguments: &[&str]) -> FakeCall {
        let arguments = arguments.iter().map(|argument| argument.as_bytes().to_vec()).collect();
        FakeCall { program: program.to_owned(), arguments, input: Vec::new(), status: 0 }
    }

    #[test]
    fn calls_are_read_once_and_only_when_they_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = CallLog::new(folder.path()).unwrap();
        let mut fake = OpenOptions::new().append(true).open(folder.path().join(LOG)).unwrap();
        fake.write_all(b"qgaspec-call\x000\x002\0shutdown\0-h\0+0 now\n\0\0qgaspec-call\x000\x001\0hwcl")
            .unwrap();
        assert_eq!(log.take(), [call("shutdown", &["-h", "+0 now\n"])]);
        assert_eq!(log.take(), []);
        fake.write_all(b"ock\0-w\0\0").unwrap();
        assert_eq!(log.take(), [call("hwclock", &["-w"])]);
    }

    #[test]
    fn input_comes_from_a_file_that_is_not_followed_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(elsewhere.path(), "not for us").unwrap();
        let mut log = CallLog::new(folder.path()).unwrap();
        std::fs::write(folder.path().join("input.a"), b"root:s\0cret").unwrap();
        symlink(elsewhere.path(), folder.path().join("input.b")).unwrap();
        let mut fake = OpenOptions::new().append(true).open(folder.path().join(LOG)).unwrap();
        for name in ["input.a", "input.b", "../../etc/hostname"] {
            write!(fake, "qgaspec-call\x000\x000\0chpasswd\0{name}\0").unwrap();
        }
        let inputs: Vec<Vec<u8>> = log.take().into_iter().map(|call| call.input).collect();
        assert_eq!(inputs, [b"root:s\0cret".to_vec(), Vec::new(), Vec::new()]);
    }

    #[test]
    fn damage_is_skipped() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = CallLog::new(folder.path()).unwrap();
        let mut fake = OpenOptions::new().append(true).open(folder.path().join(LOG)).unwrap();
        fake.write_all(b"junk\0qgaspec-call\x00300\x000\0x\0\0qgaspec-call\x000\x00-1\0").unwrap();
        fake.write_all(b"qgaspec-call\x000\x000\0halt\0\0").unwrap();
        assert_eq!(log.take(), [call("halt", &[])]);
    }

    #[test]
    fn fakes_note_what_they_were_given_and_end_as_told() {
        // The script's folder for calls is fixed, so only what comes before the note is run here; the whole is
        // tested in the sandbox.
        let helpers = Helpers { shutdown: 0, suspend: Suspend::Failing, hwclock: 7, chpasswd: 0 };
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), helpers).unwrap();
        let text = std::fs::read_to_string(folder.path().join(SCRIPT)).unwrap();
        let note = text.find("printf").unwrap();
        std::fs::write(folder.path().join(SCRIPT), format!("{}exit \"$status\"\n", &text[..note])).unwrap();
        let status = |program: &str, argument: &str| {
            let fake = folder.path().join(program);
            std::process::Command::new("sh").arg(fake).arg(argument).status().unwrap().code()
        };
        assert_eq!(status("hwclock", "-w"), Some(7));
        assert_eq!(status("systemctl", "status"), Some(3));
        assert_eq!(status("systemctl", "hibernate"), Some(1));
        assert_eq!(status("pm-is-supported", "--suspend"), Some(0));
        assert_eq!(status("pm-hibernate", ""), Some(1));
    }
}
