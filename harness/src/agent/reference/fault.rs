//! The table of faults: each is one switch that makes the reference agent break one rule.
//!
//! A fault is a few hooks, functions called at the points where an agent can go wrong, and a memory that
//! they share. The chapters below hold nothing but faults; `hook` says what points there are.

mod account;
mod argument;
mod clock;
mod device;
mod disk;
mod distribution;
pub(in crate::agent::reference) mod edit;
mod envelope;
mod error;
mod exec;
mod file;
mod framing;
mod freeze;
mod fsinfo;
pub(in crate::agent::reference) mod hook;
mod info;
mod lexical;
mod liveness;
mod memory;
mod network;
mod reply;
mod silence;
mod sync;
mod system;
mod takeover;
mod trim;
mod user;
mod vcpu;

pub(in crate::agent::reference) use hook::{Context, Course, Hook, Intake, Liberty, Memory, Progress};

/// One deviation.
#[derive(Debug)]
pub struct Fault {
    /// Permanent name, for `--fault`.
    pub name: &'static str,
    /// Code of the rule that must catch it.
    pub trips: &'static str,
    /// One sentence on what the agent does wrong.
    pub summary: &'static str,
    /// Where and how it does it.
    pub(in crate::agent::reference) hooks: &'static [Hook],
}

/// All faults, by chapter.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    CHAPTERS.iter().copied().flatten()
}

/// The fault of this name.
pub fn by_name(name: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.name == name)
}

static CHAPTERS: &[&[Fault]] = &[
    &framing::FAULTS,
    &envelope::FAULTS,
    &error::FAULTS,
    &argument::FAULTS,
    &lexical::FAULTS,
    &reply::FAULTS,
    &sync::FAULTS,
    &takeover::FAULTS,
    &liveness::FAULTS,
    &info::FAULTS,
    &file::HANDLES,
    &file::OPEN,
    &file::READ,
    &file::WRITE,
    &file::SEEK,
    &system::FAULTS,
    &distribution::FAULTS,
    &user::FAULTS,
    &network::FAULTS,
    &disk::FAULTS,
    &fsinfo::FAULTS,
    &device::FAULTS,
    &freeze::FAULTS,
    &trim::FAULTS,
    &vcpu::FAULTS,
    &memory::FAULTS,
    &exec::START,
    &exec::LIFECYCLE,
    &exec::OUTPUT,
    &silence::FAULTS,
    &clock::FAULTS,
    &account::FAULTS,
];
