//! A whole run against the real agent, with everything allowed: it breaks no clause but those that it is known to
//! break, and this machine is what it was.

use std::collections::BTreeSet;
use std::io;

use qgaspec::agent::target::TargetSpec;
use qgaspec::run::waivers::{self, Date, Waivers};
use qgaspec::run::{Audience, Options, run_before};
use qgaspec::schema::builtin;
use qgaspec::verdict::{Class, Exit, Verdict};
use qgaspec::wire::{FakeCall, Observation};

use crate::host::{Look, assert_vanish, folders};
use crate::sandbox_is_here;

/// Remembers what fake programs were called for.
#[derive(Default)]
struct Calls(Vec<FakeCall>);

impl Audience for Calls {
    fn observed(&mut self, observation: &Observation) -> io::Result<()> {
        if let Observation::Call(call) = observation {
            self.0.push(call.clone());
        }
        Ok(())
    }
}

#[test]
fn the_real_agent_breaks_nothing_new_at_every_hazard_and_the_machine_is_untouched() {
    const QEMU_GA: &str = "/usr/sbin/qemu-ga";
    if !sandbox_is_here(&[QEMU_GA]) {
        return;
    }
    let look = Look::now();
    let before = folders();
    let mut calls = Calls::default();
    let text = include_str!("../../../reports/published/qemu-ga-7.2.waivers.toml");
    let known =
        waivers::read("qemu-ga-7.2.waivers.toml", text, builtin::seed()).expect("the file is in order");
    let waivers = Waivers::new(known, Date::new(2030, 1, 1).unwrap());
    let options = Options { waivers, ..Options::default() };
    let ledger = run_before(&TargetSpec::parse("qemu-ga").unwrap(), &options, &mut calls).unwrap();

    let broken: Vec<_> = ledger
        .rows
        .iter()
        .filter(|(_, row)| {
            let failed = row.fails() && row.class != Class::Difference;
            failed || matches!(row.verdict, Verdict::NotRun | Verdict::Inconclusive)
        })
        .map(|(key, row)| (key, row.verdict, &row.reason, row.violations.first()))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
    // Otherwise something that is explained there is mended.
    assert_eq!(ledger.summary.exit, Exit::Conforms, "{:?}", ledger.waivers);

    // What would have acted on the machine reached the fakes.
    let called: BTreeSet<&str> = calls.0.iter().map(|call| call.program.as_str()).collect();
    for program in ["shutdown", "systemctl", "hwclock", "chpasswd"] {
        assert!(called.contains(program), "{program} was never called: {called:?}");
    }
    // Silent when they succeed, and their errors answered.
    for command in ["guest-shutdown", "guest-suspend-ram", "guest-suspend-disk", "guest-suspend-hybrid"] {
        let record = ledger.commands.iter().find(|record| record.name == command).unwrap();
        assert!(record.silent > 0 && record.answered == 0, "{record:?}");
        assert_eq!(ledger.rows[&("silence/success", command.to_owned())].verdict, Verdict::Pass);
        assert_eq!(ledger.rows[&("argument/unknown", command.to_owned())].verdict, Verdict::Pass);
    }

    look.assert_unchanged();
    let new: Vec<_> = folders().into_iter().filter(|folder| !before.contains(folder)).collect();
    assert_vanish(&new);
}
