//! Agents that end by themselves: what the reports say about it.

use std::path::Path;

use qgaspec::agent::target::TargetSpec;
use qgaspec::report::terminal::TerminalOptions;
use qgaspec::report::{json, terminal};
use qgaspec::run::{Ledger, Options, run};
use serde_json::{Value, json};

/// An agent that answers syncs, and ends in its own way when it is asked who is logged in.
fn dying(folder: &Path, end: &str) -> Ledger {
    let script = folder.join("agent.sh");
    let text = format!(
        r#"
while read -r line; do
    id=${{line##*'"id":'}}
    id=${{id%%[!0-9-]*}}
    case $line in
    *guest-get-users*) {end} ;;
    *) printf '{{"return": %s}}\n' "$id" ;;
    esac
done
"#
    );
    std::fs::write(&script, text).unwrap();
    let target = TargetSpec::parse(&format!("spawn:sh '{}' {{stdio}}", script.display())).unwrap();
    let only = ["liveness/exit".to_owned(), "liveness/connection".to_owned()];
    let options = Options { only: only.to_vec(), skip: vec!["guest-[!g]*".to_owned()], ..Options::default() };
    run(&target, &options, &mut |_| ()).unwrap()
}

/// The first end that the JSON report tells.
fn first_end(ledger: &Ledger) -> Value {
    let report: Value = serde_json::from_str(&json::render(ledger)).unwrap();
    report["target"]["exits"][0].clone()
}

#[test]
fn exit_status_and_last_words_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = dying(folder.path(), r"printf 'first\nfatal: \033[31mno users\n' >&2; exit 3");
    let end = first_end(&ledger);
    assert_eq!(
        (&end["status"], &end["signal"], &end["by_harness"]),
        (&json!(3), &Value::Null, &json!(false))
    );
    assert_eq!(end["stderr"], r"first\x0Afatal: \x1B[31mno users\x0A");
    assert!(end["case"].as_str().unwrap().contains("/guest-get-users/"), "{end}");

    let page = terminal::render(&ledger, &TerminalOptions::default());
    let told = [
        "got       it ended: status 3; its stderr ends with: fatal: \\x1B[31mno users\n",
        "\nHow the agent ended:\n  exit status 3, ",
        " times, first after case valid/guest-get-users/minimal; its stderr ends with:\n    first\n    \
         fatal: \\x1B[31mno users\n",
    ];
    for told in told {
        assert!(page.contains(told), "{told:?} is not in {page}");
    }
    assert!(!page.contains('\x1b'), "{page}");
}

#[test]
fn the_signal_of_a_silent_crash_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = dying(folder.path(), "kill -SEGV $$");
    let end = first_end(&ledger);
    assert_eq!((&end["status"], &end["signal"], &end["stderr"]), (&Value::Null, &json!(11), &json!("")));
    let page = terminal::render(&ledger, &TerminalOptions::default());
    assert!(page.contains("\nHow the agent ended:\n  signal 11, "), "{page}");
    assert!(page.contains(" times, first after case valid/guest-get-users/minimal\n"), "{page}");
}
