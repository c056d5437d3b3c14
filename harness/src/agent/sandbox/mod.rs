//! A sandbox for agents: no privilege, no network, nothing of the machine but what can be read.
//!
//! It is made of bubblewrap's namespaces around an ordinary user: even where the harness runs as root the
//! agent is nobody, who only believes to be root. What an agent would do to the machine it does through
//! programs, and those are fakes that take note. Where the system refuses such a sandbox there is none, and
//! the agent is not started.

mod bubblewrap;
mod fakes;
mod files;
mod guest;
mod variation;

use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::process::Command;

use crate::wire::{Facts, FakeCall, Kernel, Platform};

use bubblewrap::Bubblewrap;
use fakes::CallLog;

pub use guest::{Guest, Helpers, Login, OsRelease, Suspend};
pub use variation::{Variation, VariationSet};

/// Where the agent finds its scratch folder.
pub(super) const SCRATCH: &str = "/w/scratch";
/// Where the agent finds its virtio port.
pub(super) const DEVICE: &str = "/dev/virtio-ports/org.qemu.guest_agent.0";
/// The folder that the agent is started in.
const WORK: &str = "/w";
/// A file of the real agent in its state folder: while it is there, the agent believes to be frozen.
const FROZEN: &str = "qga.state.isfrozen";
/// Who the agent is when the harness is root: nobody.
const NOBODY: u32 = 65534;

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// bubblewrap is not installed.
    #[error("the sandbox needs the program `bwrap`, which is not in PATH; install the package bubblewrap")]
    Missing,
    /// The system does not let us have namespaces of our own.
    #[error(
        "the system refuses the sandbox its namespaces: {0}; allow unprivileged user namespaces (sysctl user.max_user_namespaces above 0, kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in a container, a seccomp profile that permits them)"
    )]
    Namespaces(String),
    /// bubblewrap failed otherwise.
    #[error("the sandbox does not start: {0}")]
    Failed(String),
    /// The harness is root, but cannot give files to the user that the sandbox runs as.
    #[error(
        "the sandbox runs as the user nobody (65534) where the harness is root, and that user cannot be given files: {0}; in a user namespace, map that user, or run the harness as an ordinary user"
    )]
    Nobody(io::Error),
    /// The files of the guest could not be made.
    #[error("prepare the files of the sandbox: {0}")]
    Files(#[from] io::Error),
}

/// One sandbox, for one agent at a time.
#[derive(Debug)]
pub(super) struct Sandbox {
    folder: PathBuf,
    work: PathBuf,
    guest: Guest,
    bubblewrap: Bubblewrap,
    calls: CallLog,
}

impl Sandbox {
    /// Prepares a sandbox in an empty folder, and tries whether the system permits one.
    pub(super) fn new(folder: &Path, guest: &Guest) -> Result<Self, SandboxError> {
        let user = rustix::process::geteuid().is_root().then_some(NOBODY);
        let bubblewrap = Bubblewrap::find(user)?;
        let work = folder.join("work");
        let [etc, programs, calls] = ["etc", "programs", "calls"].map(|name| folder.join(name));
        for path in [&work, &work.join("scratch"), &etc, &programs, &calls, &folder.join("named")] {
            std::fs::create_dir(path)?;
        }
        files::write_etc(&etc, guest)?;
        std::fs::write(folder.join("utmp"), files::utmp(&guest.logins))?;
        std::fs::write(folder.join("empty"), "")?;
        fakes::write(&programs, guest.helpers)?;
        let calls_log = CallLog::new(&calls)?;
        // Nobody may pass through our folder, and owns what the agent is to write, but nothing else.
        if let Some(user) = user {
            make_readable(folder)?;
            std::fs::set_permissions(folder, Permissions::from_mode(0o711))?;
            for path in [&work, &work.join("scratch"), &calls] {
                chown(path, Some(user), Some(user)).map_err(SandboxError::Nobody)?;
            }
            std::os::unix::fs::fchown(calls_log.file(), Some(user), Some(user))?;
        }
        let sandbox =
            Self { folder: folder.to_owned(), work, guest: guest.clone(), bubblewrap, calls: calls_log };
        sandbox.bubblewrap.probe(&sandbox.folder, &sandbox.guest)?;
        Ok(sandbox)
    }

    /// The folder that the agent is started in, as the harness sees it.
    pub(super) fn work(&self) -> &Path {
        &self.work
    }

    /// The same path as the agent sees it.
    pub(super) fn seen_from_within(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.work).map_or_else(|_| path.to_owned(), |rest| Path::new(WORK).join(rest))
    }

    /// The command that starts this program in the sandbox, with `device` as its virtio port.
    pub(super) fn command(
        &mut self,
        program: &str,
        arguments: &[String],
        device: Option<&Path>,
    ) -> Result<Command, SandboxError> {
        self.set_frozen()?;
        if let (Some(device), Some(user)) = (device, self.bubblewrap.user()) {
            chown(device, Some(user), None)?;
        }
        let mut words = vec![program.to_owned()];
        words.extend_from_slice(arguments);
        let command = self.bubblewrap.command(&self.folder, &self.guest, &words, device)?;
        Ok(Command::from(command))
    }

    /// Calls of fake programs since the last time.
    pub(super) fn take_calls(&mut self) -> Vec<FakeCall> {
        self.calls.take()
    }

    /// What is true in this sandbox.
    pub(super) fn facts(&self) -> Facts {
        let name = rustix::system::uname();
        let text = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
        let mut users = std::collections::BTreeMap::new();
        for login in &self.guest.logins {
            let earliest = users.entry(login.user.clone()).or_insert(login.at_us);
            *earliest = login.at_us.min(*earliest);
        }
        Facts {
            guest: Variation::of(&self.guest).map(|variation| variation.name().to_owned()),
            platform: Some(Platform::Linux),
            host_name: Some(self.guest.host_name.clone()),
            kernel: Some(Kernel {
                release: text(name.release()),
                version: text(name.version()),
                machine: text(name.machine()),
            }),
            os_release: Some(files::os_release_values(self.guest.os_release)),
            processors: processors(),
            time_zone: Some(self.guest.time_zone.clone()),
            users: Some(users),
            accounts: Some(files::ACCOUNTS.map(|(name, ..)| name.to_owned()).into()),
            frozen: Some(self.guest.frozen),
            blocked: Some(self.guest.blocked.iter().cloned().collect()),
            clock_ns: clock_ns(),
            has_fakes: true,
        }
    }

    /// Each start finds the guest as it was meant to be, whatever an earlier agent left behind.
    fn set_frozen(&self) -> io::Result<()> {
        let path = self.work.join(FROZEN);
        if !self.guest.frozen {
            return match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            };
        }
        std::fs::write(&path, "")?;
        self.bubblewrap.user().map_or(Ok(()), |user| chown(&path, Some(user), Some(user)))
    }
}

/// Lets everybody read what is in a folder, whatever the umask was.
fn make_readable(path: &Path) -> io::Result<()> {
    let kind = path.symlink_metadata()?.file_type();
    if kind.is_dir() {
        std::fs::set_permissions(path, Permissions::from_mode(0o755))?;
        std::fs::read_dir(path)?.try_for_each(|entry| make_readable(&entry?.path()))?;
    } else if kind.is_file() {
        let executable = path.metadata()?.permissions().mode() & 0o100;
        std::fs::set_permissions(
            path,
            Permissions::from_mode(0o644 | executable | executable >> 3 | executable >> 6),
        )?;
    }
    Ok(())
}

/// What the clock shows that the sandbox shares with this machine, in nanoseconds since 1970.
fn clock_ns() -> Option<i64> {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since_1970.as_nanos()).ok()
}

/// How many processors the kernel knows, which the sandbox shows as they are.
fn processors() -> Option<usize> {
    let entries = std::fs::read_dir("/sys/devices/system/cpu").ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let is_processor = |name: &String| {
        name.strip_prefix("cpu")
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    Some(names.filter(is_processor).count())
}
