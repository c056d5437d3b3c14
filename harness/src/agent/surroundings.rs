//! What an agent finds around it, as far as the harness knows without asking.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::reference::{Config, ReferenceAgent};
use super::target::{SpawnSpec, TargetKind};
use super::{sandbox, transport};
use crate::wire::Facts;

/// Programs that cases may start; each does what POSIX says, or is not there.
const PROGRAMS: [&str; 8] = ["cat", "echo", "env", "false", "printf", "sh", "sleep", "true"];
/// Folders in which they are looked for.
const FOLDERS: [&str; 2] = ["/usr/bin", "/bin"];

/// What is known of the guest around an agent. What is not known is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// A folder that the agent may fill, as it sees it.
    pub scratch: Option<String>,
    /// Programs that it finds by their names.
    pub programs: Vec<String>,
    /// A user whose keys and password are nobody's loss.
    pub user: Option<String>,
    /// What is true of the guest.
    pub facts: Facts,
}

impl Surroundings {
    /// Those of a target that has not been started. The scratch folder of a spawned agent is one that looks like
    /// it: for plans that are made without starting anything.
    pub fn typical(kind: &TargetKind) -> Self {
        match kind {
            TargetKind::Reference { .. } => {
                Self::of_reference(ReferenceAgent::new(Config::default()).facts())
            }
            TargetKind::Unix(_) | TargetKind::Tcp(_) | TargetKind::Device(_) | TargetKind::Listen(_) => {
                Self::default()
            }
            TargetKind::Spawn(SpawnSpec { sandbox: None, .. }) => {
                Self::of_machine("/tmp/qgaspec/scratch".to_owned())
            }
            TargetKind::Spawn(_) | TargetKind::QemuGa(_) => {
                Self::of_sandbox(Facts { has_fakes: true, ..Facts::default() })
            }
        }
    }

    /// Those of the reference agent.
    pub(super) fn of_reference(facts: Facts) -> Self {
        Self {
            scratch: Some(transport::REFERENCE_SCRATCH.to_owned()),
            programs: PROGRAMS.map(str::to_owned).to_vec(),
            user: Some("root".to_owned()),
            facts,
        }
    }

    /// Those of an agent that runs on this machine, whose users are real.
    pub(super) fn of_machine(scratch: String) -> Self {
        let programs = PROGRAMS.into_iter().filter(|program| is_here(program)).map(str::to_owned).collect();
        Self { scratch: Some(scratch), programs, user: None, facts: Facts::default() }
    }

    /// Those of an agent in the sandbox, which shows this machine's programs and has users of its own. Only the
    /// one that the agent believes to be may write.
    pub(super) fn of_sandbox(facts: Facts) -> Self {
        Self { user: Some("root".to_owned()), facts, ..Self::of_machine(sandbox::SCRATCH.to_owned()) }
    }
}

fn is_here(program: &str) -> bool {
    FOLDERS.iter().any(|folder| {
        let metadata = Path::new(folder).join(program).metadata();
        metadata.is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    })
}
