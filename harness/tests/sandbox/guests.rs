//! Runs in which the sandbox plays several guests.

use qgaspec::agent::sandbox::{Guest, Variation};
use qgaspec::agent::target::TargetSpec;
use qgaspec::run::{CaseChoice, Ledger, Options, run};
use qgaspec::verdict::{Exit, Verdict};

use crate::{agents, sandbox_is_here};

fn row<'l>(ledger: &'l Ledger, rule: &'static str, command: &str) -> &'l qgaspec::run::Row {
    &ledger.rows[&(rule, command.to_owned())]
}

#[test]
fn a_finding_in_one_guest_is_shown_again_by_its_name() {
    if !sandbox_is_here(&[]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = agents::script(folder.path());
    let target = format!("spawn:sh '{}' {{stdio}}", script.display());
    let spec = TargetSpec::parse(&target).unwrap().sandboxed(Guest::default()).unwrap();
    let west =
        Options { guest: Some(Variation::West), only: vec!["reply/type".to_owned()], ..Options::default() };
    let ledger = run(&spec, &west, &mut |_| ()).unwrap();
    assert_eq!(ledger.target.guests, ["west"]);
    let found = row(&ledger, "reply/type", "guest-get-timezone");
    assert_eq!((found.verdict, &found.guests[..]), (Verdict::Fail, &["west"][..]));
    let violation = &found.violations[0];
    let case = violation.case.strip_suffix("@west").expect("the label names the guest");
    assert!(
        violation.reproduce.ends_with(&format!(" --sandbox --guest west --case {case}")),
        "{violation:?}"
    );

    let again = Options {
        guest: west.guest,
        cases: CaseChoice::One { id: case.to_owned(), after: 0 },
        ..Options::default()
    };
    let again = run(&spec, &again, &mut |_| ()).unwrap();
    let found = row(&again, "reply/type", "guest-get-timezone");
    assert_eq!(found.violations[0].fingerprint, violation.fingerprint);
    assert_eq!(again.summary.exit, Exit::DoesNotConform);
}

#[test]
fn an_agent_that_does_not_start_in_one_guest_does_not_conform() {
    if !sandbox_is_here(&[]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = agents::script(folder.path());
    // Without an os-release file it gives up, which is so in one guest only: before it can be met, and after.
    for (holder, when) in [("{device}", "at its start"), ("{stdio}", "at once")] {
        let command =
            format!("sh -c '. /etc/os-release && exec sh \"$0\" \"$1\"' '{}' {holder}", script.display());
        let spec =
            TargetSpec::parse(&format!("spawn:{command}")).unwrap().sandboxed(Guest::default()).unwrap();
        let options = Options { only: vec!["guest-get-users".to_owned()], ..Options::default() };
        let options = Options { skip: vec!["reply/type".to_owned()], ..options };
        let ledger = run(&spec, &options, &mut |_| ()).unwrap();
        assert_ne!(ledger.summary.exit, Exit::Conforms);
        let expected = format!("the agent was lost in the guest east, {when}: ");
        assert!(ledger.notes.iter().any(|note| note.starts_with(&expected)), "{:?}", ledger.notes);
    }
}
