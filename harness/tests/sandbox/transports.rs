//! The same agent gets the same verdicts, however it is reached.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::SystemTime;

use qgaspec::agent::reference::{Config, Effect, ReferenceAgent, fault};
use qgaspec::agent::sandbox::{Guest, Variation};
use qgaspec::agent::target::TargetSpec;
use qgaspec::classify::Hazard;
use qgaspec::run::{Ledger, Options, Row, run};
use qgaspec::verdict::{Exit, SkipReason, Verdict};

use crate::sandbox_is_here;

/// The environment variable that names a fault of the agent.
const FAULT: &str = "QGASPEC_TEST_FAULT";

/// Verdicts by rule and command, with the reason where there is one.
type Verdicts = BTreeMap<(String, String), (Verdict, Option<String>)>;

#[test]
fn a_good_agent_conforms_over_every_transport() {
    let ledgers = judge_everywhere("");
    assert!(ledgers.iter().all(|ledger| ledger.summary.exit == Exit::Conforms));
    assert_equal(&ledgers);
}

#[test]
fn a_faulty_agent_fails_alike_over_every_transport() {
    let ledgers = judge_everywhere("read-counts-base64");
    assert!(
        ledgers.iter().all(|ledger| ledger.summary.exit == Exit::DoesNotConform),
        "{:?}",
        ledgers[0].summary
    );
    assert_equal(&ledgers);
}

/// Rows that a channel cannot have, and say so, are not compared: on a device nobody sees clients come and go.
#[track_caller]
fn assert_equal(ledgers: &[Ledger]) {
    let [unix, rest @ ..] = ledgers else { panic!("nothing was judged") };
    assert!(verdicts(unix).len() > 100);
    for other in rest {
        let target = &other.target.target;
        let named = |row: &Row| row.skip == Some(SkipReason::Transport);
        let by_transport: BTreeSet<_> =
            other.rows.iter().filter(|(_, row)| named(row)).map(|((rule, _), _)| *rule).collect();
        assert!(by_transport.iter().all(|rule| rule.starts_with("takeover/")), "{target}: {by_transport:?}");
        let compared = |ledger| {
            let mut verdicts = verdicts(ledger);
            verdicts.retain(|(rule, _), _| !by_transport.contains(rule.as_str()));
            verdicts
        };
        let (expected, found) = (compared(unix), compared(other));
        let differing: Vec<_> =
            found.iter().filter(|(row, verdict)| expected.get(*row) != Some(verdict)).collect();
        assert!(differing.is_empty() && found.len() == expected.len(), "{target}: {differing:#?}");
    }
}

fn verdicts(ledger: &Ledger) -> Verdicts {
    let row = |((rule, command), row): (&(&'static str, String), &Row)| {
        (((*rule).to_owned(), command.clone()), (row.verdict, row.reason.clone()))
    };
    ledger.rows.iter().map(row).collect()
}

/// The real agent, too, which reads a pty in another way.
#[test]
fn the_real_agent_is_judged_alike_on_a_socket_and_on_a_pty() {
    const QEMU_GA: &str = "/usr/sbin/qemu-ga";
    if !sandbox_is_here(&[QEMU_GA]) {
        return;
    }
    let judge = |place: &str| {
        let target = TargetSpec::parse(&format!("spawn:{QEMU_GA} -t /tmp {place}")).unwrap();
        let options = Options { guest: Some(Variation::Usual), ..Options::default() };
        run(&target.sandboxed(Guest::default()).unwrap(), &options, &mut |_| ()).unwrap()
    };
    let places = ["-m unix-listen -p {socket}", "-m virtio-serial -p {device}", "-m isa-serial -p {device}"];
    let ledgers = places.map(judge);
    assert!(ledgers.iter().all(|ledger| ledger.summary.exit == ledgers[0].summary.exit));
    assert_equal(&ledgers);
}

/// Judges the reference agent behind a Unix socket, a TCP port, a pty and pipes. It is a simulation in a process of its own, so
/// it may be asked for anything.
fn judge_everywhere(fault: &str) -> Vec<Ledger> {
    let program = std::env::current_exe().unwrap();
    let scratch = Some("/qgaspec".to_owned());
    let options = Options { allow: Some(Hazard::Power), scratch, ..Options::default() };
    let judge = |place: &str| {
        // What the frame of the test has to say is not the agent's.
        let command = format!(
            "spawn:sh -c 'exec 3>&1 >/dev/null; exec \"$@\"' sh env {FAULT}={fault} '{}' --ignored --exact --nocapture \
             transports::serves_the_reference_agent {place}",
            program.display()
        );
        run(&TargetSpec::parse(&command).unwrap(), &options, &mut |_| ()).unwrap()
    };
    ["{socket}", "{port}", "{device}", "stdio {stdio}"].map(judge).into()
}

#[test]
#[ignore = "an agent for other tests, not a test"]
fn serves_the_reference_agent() {
    let Some(place) = std::env::args().next_back() else { return };
    let faults = std::env::var(FAULT).ok().and_then(|name| fault::by_name(&name)).into_iter().collect();
    let mut agent = ReferenceAgent::new(Config { faults, ..Config::default() });
    if place == "stdio" {
        let output = OpenOptions::new().write(true).open("/proc/self/fd/3").unwrap();
        serve(&mut agent, std::io::stdin(), output);
    } else if let Ok(port) = place.parse::<u16>() {
        for stream in TcpListener::bind(("127.0.0.1", port)).unwrap().incoming().map_while(Result::ok) {
            stream.set_nodelay(true).unwrap();
            serve(&mut agent, &stream, &stream);
        }
    } else if Path::new(&place).exists() {
        let device = OpenOptions::new().read(true).write(true).open(place).unwrap();
        // A host that leaves a character device is not its end.
        loop {
            serve(&mut agent, &device, &device);
        }
    } else if place.contains('/') {
        for stream in UnixListener::bind(place).unwrap().incoming().map_while(Result::ok) {
            serve(&mut agent, &stream, &stream);
        }
    }
}

fn serve(agent: &mut ReferenceAgent, mut reader: impl Read, mut writer: impl Write) {
    let mut buffer = [0; 4096];
    agent.connected();
    while let Ok(length @ 1..) = reader.read(&mut buffer) {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        for effect in agent.feed(&buffer[..length], i64::try_from(since_1970.as_nanos()).unwrap()) {
            let written = match effect {
                Effect::Send(bytes) => writer.write_all(&bytes),
                Effect::Repeat { bytes, times } => (0..times).try_for_each(|_| writer.write_all(&bytes)),
                Effect::Pause(time) => {
                    std::thread::sleep(time);
                    Ok(())
                }
                Effect::CloseConnection => return,
                Effect::Exit(status) => std::process::exit(status),
            };
            if written.is_err() {
                return;
            }
        }
    }
}
