//! The reference agent breaks no rule, whatever is said to it; an agent with a fault does.

use std::cell::RefCell;
use std::sync::LazyLock;

use qgaspec::agent::embedded::Reference;
use qgaspec::agent::reference::{Config, fault};
use qgaspec::classify::Hazard;
use qgaspec::generate::GuestProfile;
use qgaspec::run::fuzz::{Finding, Setup, Trial};

/// The agent only plays, so everything may be asked of it.
static SETUP: LazyLock<Setup> = LazyLock::new(|| Setup {
    profile: GuestProfile {
        scratch: Some("/qgaspec".to_owned()),
        programs: ["cat", "echo", "env", "false", "sh", "sleep", "true"].map(str::to_owned).to_vec(),
        user: Some("root".to_owned()),
        ..GuestProfile::default()
    },
    allow: Hazard::Power,
    strict: true,
    ..Setup::default()
});

/// A fault that needs a state: the third handle is the first one again.
const CANARY: &str = "third-handle-again";

type Tried = RefCell<Trial<'static, Reference>>;

thread_local! {
    static CORRECT: Tried = RefCell::new(Trial::new(&SETUP, || Reference::new(Config::default())));
    static FAULTY: Tried = RefCell::new(Trial::new(&SETUP, || {
        let faults = fault::by_name(CANARY).into_iter().collect();
        Reference::new(Config { faults, ..Config::default() })
    }));
}

/// Plays the session that the bytes make.
///
/// # Panics
///
/// When a rule fails; the session is minimised before.
pub fn sessions(bytes: &[u8]) {
    CORRECT.with_borrow_mut(|trial| {
        if let Err(finding) = trial.session(bytes) {
            let finding = trial.minimise(*finding);
            panic!("the reference agent breaks a rule, or the rule is wrong: {finding:#?}");
        }
    });
}

/// Sends the bytes as they are.
///
/// # Panics
///
/// When a rule fails.
pub fn agent_input(bytes: &[u8]) {
    CORRECT.with_borrow_mut(|trial| {
        if let Err(finding) = trial.bytes(bytes) {
            panic!("the reference agent breaks a rule, or the rule is wrong: {finding:#?}");
        }
    });
}

/// Plays the session that the bytes make to an agent with a fault.
///
/// # Panics
///
/// When the fault shows: here that is what has to happen, and soon.
pub fn canary(bytes: &[u8]) {
    if let Some(finding) = canary_finding(bytes) {
        panic!("the canary sings: {finding:#?}");
    }
}

/// What the fault shows in this session, if it does.
pub(crate) fn canary_finding(bytes: &[u8]) -> Option<Finding> {
    FAULTY.with_borrow_mut(|trial| trial.session(bytes).err().map(|finding| *finding))
}
