//! Recorded runs: judging the transcript gives what judging the agent gave.

use std::collections::BTreeMap;
use std::io;

use qgaspec::agent::target::TargetSpec;
use qgaspec::generate::Effort;
use qgaspec::run::waivers::Waivers;
use qgaspec::run::{Audience, JudgeError, Ledger, Options, judge, run_before};
use qgaspec::verdict::{Exit, Verdict};
use qgaspec::wire::Observation;
use qgaspec::wire::transcript::{End, Head, Writer};

/// Records a run in memory.
#[derive(Default)]
struct Tape {
    text: Vec<u8>,
    head: Option<Head>,
    observations: Vec<Observation>,
}

impl Audience for Tape {
    fn begins(&mut self, head: &Head) -> io::Result<()> {
        self.head = Some(head.clone());
        Ok(())
    }

    fn observed(&mut self, observation: &Observation) -> io::Result<()> {
        self.observations.push(observation.clone());
        Ok(())
    }

    fn ends(&mut self, end: &End) -> io::Result<()> {
        let mut writer = Writer::new(&mut self.text, self.head.as_ref().unwrap())?;
        self.observations.iter().try_for_each(|observation| writer.observation(observation))?;
        writer.end(end)
    }
}

fn recorded(faults: &[&str]) -> (Ledger, Vec<u8>) {
    let mut tape = Tape::default();
    let options = Options { effort: Effort::Quick, ..Options::default() };
    let ledger = run_before(&TargetSpec::reference(faults), &options, &mut tape)
        .expect("the reference agent is always there");
    (ledger, tape.text)
}

fn judged_again(transcript: &[u8]) -> Result<Ledger, JudgeError> {
    judge(transcript, None, false, &Waivers::default())
}

/// What a row tells: its verdict, its evidence and its findings.
type Told = (Verdict, u64, u64, Vec<(String, String, String, String, Vec<u8>)>);

/// The rows that evidence decided; those that went without depend on what was planned.
fn decided(ledger: &Ledger) -> BTreeMap<(&'static str, String), Told> {
    let decided = ledger.rows.iter().filter(|(_, row)| matches!(row.verdict, Verdict::Pass | Verdict::Fail));
    decided
        .map(|(key, row)| {
            let findings = row.violations.iter().map(|found| {
                let received = found.received.bytes.clone();
                (
                    found.fingerprint.clone(),
                    found.case.clone(),
                    found.got.clone(),
                    found.reproduce.clone(),
                    received,
                )
            });
            (key.clone(), (row.verdict, row.exercised, row.violations_total, findings.collect()))
        })
        .collect()
}

#[test]
fn a_transcript_is_judged_like_the_agent() {
    let faults = [
        None,
        Some("dies-on-delimiter"),
        Some("ignores-delimiter"),
        Some("needs-newline"),
        Some("no-delimited-sync"),
        Some("one-handle-for-all"),
        Some("aborts-on-malformed"),
        Some("hangs-on-malformed"),
        Some("closes-on-malformed"),
        Some("ids-in-reverse"),
        Some("greets"),
        Some("no-line-end"),
        Some("no-syncs"),
    ];
    for fault in faults {
        let (live, transcript) = recorded(fault.as_slice());
        let judged = judged_again(&transcript).expect("it was just written");
        assert_eq!(decided(&judged), decided(&live), "{fault:?}");
        assert_eq!(judged.summary.exit, live.summary.exit, "{fault:?}");
        assert_eq!(judged.target.agent_version, live.target.agent_version, "{fault:?}");
        assert_eq!(judged.notes, live.notes, "{fault:?}");
        let counts = |ledger: &Ledger| (ledger.summary.cases, ledger.summary.requests, ledger.seed);
        assert_eq!(counts(&judged), counts(&live), "{fault:?}");
    }
}

#[test]
fn a_recording_that_was_cut_short_is_no_pass() {
    let (live, transcript) = recorded(&[]);
    assert_eq!(live.summary.exit, Exit::Conforms);
    let lines: Vec<&[u8]> = transcript.split_inclusive(|byte| *byte == b'\n').collect();
    for kept in [lines.len() - 1, lines.len() / 2] {
        let judged = judged_again(&lines[..kept].concat()).expect("every line is whole");
        assert_eq!(judged.summary.exit, Exit::Incomplete, "{kept} lines");
        assert!(judged.notes.iter().any(|note| note.contains("cut short")), "{:?}", judged.notes);
    }
    let cut = &transcript[..transcript.len() - 20];
    assert!(judged_again(cut).unwrap_err().to_string().contains("the recording was cut here"));
}

#[test]
fn damaged_transcripts_are_refused_or_judged_but_break_nothing() {
    let (_, transcript) = recorded(&["ignores-delimiter"]);
    let lines: Vec<&[u8]> = transcript.split_inclusive(|byte| *byte == b'\n').collect();
    for (at, line) in lines.iter().enumerate().step_by(lines.len() / 60) {
        let mut damaged = [&lines[at.saturating_sub(20).max(1)..at.max(1)].concat()[..], line].concat();
        let place = damaged.len() - line.len() / 2;
        damaged[place] = damaged[place].wrapping_add(1);
        let whole = [lines[0], &damaged].concat();
        if let Err(error) = judged_again(&whole) {
            assert!(error.to_string().starts_with("line "), "{error}");
        }
    }
}
