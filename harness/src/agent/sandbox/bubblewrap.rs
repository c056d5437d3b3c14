//! The command line of bubblewrap: what an agent sees of the machine, and what it does not.

use std::ffi::OsString;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::text::printable;

use super::guest::{Guest, OsRelease};
use super::{DEVICE, SandboxError, WORK, fakes};

/// Where the fakes are within; the first folder in PATH.
const FAKES: &str = "/fakes";
/// Folders for programs of administrators: they are hidden, and hold the fakes instead.
const ADMINISTRATION: [&str; 2] = ["/usr/sbin", "/sbin"];
/// What is left of the machine's root folder when `/usr` holds everything: links into it.
const ROOT_LINKS: [&str; 6] = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// Folders within which nothing that a command names is shown.
const CLOSED: [&str; 4] = ["/etc", "/proc", "/sys", "/dev"];
/// Words of bubblewrap's complaints when it gets no namespaces.
const NO_NAMESPACES: [&str; 5] =
    ["namespace", "uid map", "gid map", "RTM_NEWADDR", "Operation not permitted"];

/// bubblewrap, and the user that it runs as.
#[derive(Debug)]
pub(super) struct Bubblewrap {
    program: PathBuf,
    user: Option<u32>,
}

impl Bubblewrap {
    /// Finds bubblewrap. With a `user` it is run as that user, which only root can do.
    pub(super) fn find(user: Option<u32>) -> Result<Self, SandboxError> {
        let program = in_path("bwrap").ok_or(SandboxError::Missing)?;
        Ok(Self { program, user })
    }

    /// The user that the sandbox runs as, if it is not ours.
    pub(super) const fn user(&self) -> Option<u32> {
        self.user
    }

    /// Tries with a harmless program whether the system permits the sandbox.
    pub(super) fn probe(&self, folder: &Path, guest: &Guest) -> Result<(), SandboxError> {
        let output = self.command(folder, guest, &["true".to_owned()], None)?.output();
        let output = output.map_err(|error| SandboxError::Failed(error.to_string()))?;
        if output.status.success() {
            return Ok(());
        }
        Err(refusal(&output.stderr, output.status))
    }

    /// The command that starts `words` within; `folder` holds the files of the guest.
    pub(super) fn command(
        &self,
        folder: &Path,
        guest: &Guest,
        words: &[String],
        device: Option<&Path>,
    ) -> Result<Command, SandboxError> {
        let mut arguments = Arguments::default();
        arguments.isolation(guest);
        arguments.machine(guest, folder);
        for file in self.named(words, folder)? {
            arguments.add("--ro-bind").path(&file.source).path(&file.target);
        }
        arguments.seal();
        arguments.own(folder, device);
        let mut command = Command::new(&self.program);
        command.args(arguments.0).arg("--").args(words).current_dir("/");
        if let Some(user) = self.user {
            // This also takes all capabilities and supplementary groups from what root starts.
            command.uid(user).gid(user);
        }
        Ok(command)
    }

    /// The files that the command names and that would not be there otherwise: the program itself, and the
    /// script of an interpreter.
    fn named(&self, words: &[String], folder: &Path) -> io::Result<Vec<Named>> {
        let mut found = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let path = match PathBuf::from(word) {
                path if path.is_absolute() => path,
                _ if at == 0 => match in_path(word) {
                    Some(path) => path,
                    None => continue,
                },
                _ => continue,
            };
            let Ok(target) = path.canonicalize() else { continue };
            if !target.is_file() {
                continue;
            }
            // A link within /usr may lead out of it.
            let mut places = vec![path, target.clone()];
            places.dedup();
            for place in places.into_iter().filter(|place| is_hidden(place)) {
                let source = self.readable(&target, folder, found.len())?;
                found.push(Named { source, target: place });
            }
        }
        Ok(found)
    }

    /// The file, or a copy that the sandbox's user can read where root may have shut the way to the file.
    fn readable(&self, file: &Path, folder: &Path, at: usize) -> io::Result<PathBuf> {
        if self.user.is_none() || file.starts_with("/usr") {
            return Ok(file.to_owned());
        }
        let copy = folder.join("named").join(at.to_string());
        std::fs::copy(file, &copy)?;
        std::fs::set_permissions(&copy, Permissions::from_mode(0o755))?;
        Ok(copy)
    }
}

/// What bubblewrap's complaint means.
fn refusal(stderr: &[u8], status: ExitStatus) -> SandboxError {
    let complaint = printable(stderr.trim_ascii(), 500).text;
    if NO_NAMESPACES.iter().any(|word| complaint.contains(word)) {
        return SandboxError::Namespaces(complaint);
    }
    SandboxError::Failed(format!("{complaint} ({status})"))
}

/// A file that is shown at a place of its own.
struct Named {
    source: PathBuf,
    target: PathBuf,
}

/// Arguments under construction. Later mounts lie over earlier ones.
#[derive(Default)]
struct Arguments(Vec<OsString>);

impl Arguments {
    fn add(&mut self, words: &str) -> &mut Self {
        self.0.extend(words.split(' ').map(OsString::from));
        self
    }

    fn path(&mut self, path: impl AsRef<Path>) -> &mut Self {
        self.0.push(path.as_ref().as_os_str().to_owned());
        self
    }

    /// Namespaces of its own, no privilege, no environment, and an end when the harness ends.
    fn isolation(&mut self, guest: &Guest) {
        self.add(
            "--unshare-all --unshare-user --uid 0 --gid 0 --cap-drop ALL --die-with-parent --new-session",
        );
        self.add("--hostname").path(&guest.host_name);
        self.add("--clearenv --setenv HOME /root --setenv LANG C.UTF-8");
        self.add("--setenv PATH /fakes:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    }

    /// The machine, to be read only, and the guest's files over it.
    fn machine(&mut self, guest: &Guest, folder: &Path) {
        self.add("--ro-bind /usr /usr");
        for link in ROOT_LINKS.map(Path::new) {
            match link.read_link() {
                Ok(target) => _ = self.add("--symlink").path(target).path(link),
                Err(_) if link.is_dir() => _ = self.add("--ro-bind").path(link).path(link),
                Err(_) => {}
            }
        }
        let programs = folder.join("programs");
        self.add("--ro-bind").path(&programs).path(FAKES);
        for hidden in own_folders() {
            self.add("--tmpfs").path(hidden);
            for program in fakes::PROGRAMS {
                self.add("--symlink").path(Path::new(FAKES).join(program)).path(hidden.join(program));
            }
        }
        // What lies elsewhere is covered one by one; links lead to something that is covered.
        for real in ["/usr/bin", "/bin"].iter().map(Path::new).filter(|folder| is_own_folder(folder)) {
            for program in fakes::PROGRAMS.iter().map(|program| real.join(program)) {
                if program.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                    self.add("--ro-bind").path(programs.join(fakes::SCRIPT)).path(program);
                }
            }
        }
        self.add("--ro-bind").path(folder.join("etc")).path("/etc");
        self.add("--ro-bind-try /etc/alternatives /etc/alternatives");
        let vendor_release = Path::new("/usr/lib/os-release");
        if guest.os_release == OsRelease::Absent && vendor_release.is_file() {
            self.add("--ro-bind").path(folder.join("empty")).path(vendor_release);
        }
        self.add(
            "--tmpfs /tmp --tmpfs /run --tmpfs /var --symlink ../run /var/run --tmpfs /root --tmpfs /home",
        );
        self.add("--dir /home/alice --dir /home/bob");
        self.add("--ro-bind").path(folder.join("utmp")).path("/run/utmp");
        self.add("--proc /proc --dev /dev --ro-bind /sys /sys");
        if Path::new("/sys/power").is_dir() {
            self.add("--tmpfs /sys/power --remount-ro /sys/power");
        }
    }

    /// Nothing more is put over the folders of programs.
    fn seal(&mut self) {
        for hidden in own_folders() {
            self.add("--remount-ro").path(hidden);
        }
    }

    /// What the agent may write to.
    fn own(&mut self, folder: &Path, device: Option<&Path>) {
        self.add("--bind").path(folder.join("calls")).path(fakes::CALLS);
        self.add("--bind").path(folder.join("work")).path(WORK);
        if let Some(device) = device {
            self.add("--dev-bind").path(device).path(DEVICE);
        }
        self.add("--chdir").path(WORK);
    }
}

/// The folders of administration that are not mere links to others.
fn own_folders() -> impl Iterator<Item = &'static Path> {
    ADMINISTRATION.into_iter().map(Path::new).filter(|folder| is_own_folder(folder))
}

fn is_own_folder(folder: &Path) -> bool {
    folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}

/// Whether a file would not be seen within at this path, and may be shown.
fn is_hidden(path: &Path) -> bool {
    let within = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    let folders_of_programs = ["/usr", "/bin", "/lib", "/lib32", "/lib64", "/libx32"];
    !within(&CLOSED) && (!within(&folders_of_programs) || within(&ADMINISTRATION))
}

/// A program as a shell finds it.
fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let candidates = std::env::split_paths(&path).map(|folder| folder.join(program));
    candidates.filter(|candidate| candidate.is_absolute()).find(|candidate| {
        candidate
            .metadata()
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        let complaint = |text: &str| refusal(text.as_bytes(), ExitStatus::from_raw(256));
        let refused = complaint("bwrap: setting up uid map: Permission denied\n");
        assert!(matches!(refused, SandboxError::Namespaces(_)), "{refused}");
        assert!(refused.to_string().contains("kernel.apparmor_restrict_unprivileged_userns=0"));
        let failed = complaint("bwrap: Unknown option --new-session\n");
        assert!(matches!(failed, SandboxError::Failed(_)), "{failed}");
        assert!(failed.to_string().contains("--new-session (exit status: 1)"), "{failed}");
    }

    #[test]
    fn nothing_of_the_machine_can_be_written_to() {
        let bubblewrap = Bubblewrap { program: PathBuf::from("bwrap"), user: None };
        let command =
            bubblewrap.command(Path::new("/run-of-ours"), &Guest::default(), &["true".to_owned()], None);
        let arguments: Vec<_> =
            command.unwrap().get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        for (at, argument) in arguments.iter().enumerate() {
            assert!(argument != "--bind" || arguments[at + 1].starts_with("/run-of-ours/"), "{arguments:?}");
            assert!(argument != "--dev-bind", "{arguments:?}");
        }
    }

    #[test]
    fn only_files_that_would_not_be_there_are_shown() {
        for hidden in ["/usr/sbin/qemu-ga", "/sbin/qemu-ga", "/opt/agent", "/home/me/agent.py"] {
            assert!(is_hidden(Path::new(hidden)), "{hidden}");
        }
        for not in ["/usr/bin/python3", "/usr/local/bin/agent", "/bin/sh", "/etc/shadow", "/proc/1/environ"] {
            assert!(!is_hidden(Path::new(not)), "{not}");
        }
    }
}
