//! A whole run against the real agent, with everything allowed: it breaks no clause but those that it is known to
//! break, and this machine is what it was.

use std::collections::BTreeSet;
use std::io;

use qgaspec::agent::target::TargetSpec;
use qgaspec::run::{Audience, Options, run_before};
use qgaspec::verdict::{Class, Verdict};
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

/// What the real agent is known to break. It takes values of os-release in single quotes for unquoted ones: the
/// opening quote stays, and the first blank ends the value.
const KNOWN: [(&str, &str); 1] = [("system/os-release-quotes", "guest-get-osinfo")];

#[test]
fn the_real_agent_breaks_nothing_new_at_every_hazard_and_the_machine_is_untouched() {
    const QEMU_GA: &str = "/usr/sbin/qemu-ga";
    if !sandbox_is_here(&[QEMU_GA]) {
        return;
    }
    let look = Look::now();
    let before = folders();
    let mut calls = Calls::default();
    let ledger = run_before(&TargetSpec::parse("qemu-ga").unwrap(), &Options::default(), &mut calls).unwrap();

    let is_known = |(rule, command): &(&str, String)| KNOWN.contains(&(*rule, command.as_str()));
    for (rule, command) in KNOWN {
        assert_eq!(ledger.rows[&(rule, command.to_owned())].verdict, Verdict::Fail, "{rule}: it is mended");
    }
    let broken: Vec<_> = ledger
        .rows
        .iter()
        .filter(|(key, _)| !is_known(key))
        .filter(|(_, row)| {
            let failed = row.verdict == Verdict::Fail && row.class != Class::Difference;
            failed || matches!(row.verdict, Verdict::NotRun | Verdict::Inconclusive)
        })
        .map(|(key, row)| (key, row.verdict, &row.reason, row.violations.first()))
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");

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
