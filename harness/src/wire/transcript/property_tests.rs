//! Whatever was observed can be written and read again, and no text breaks the reader.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::{End, Head, Reader, Writer};
use crate::wire::{
    Abilities, AgentExit, Ending, Exchange, Facts, FakeCall, Fence, FenceKind, Frame, FrameKind, Kernel,
    LineEnd, Observation, Platform, ProbeKind, Reset, Role, Rung, SyncCommand, TimeZone,
};

fn head() -> Head {
    Head {
        tool: "qgaspec 0.1.0".to_owned(),
        target: "reference".to_owned(),
        kind: "reference".to_owned(),
        schema: "seed".to_owned(),
        seed: 0,
        hazard: "power".to_owned(),
        effort: "full".to_owned(),
        deadline_ms: 2000,
        reply_bytes: 75_497_472,
        restarts: 20,
        reproduce: "qgaspec run reference".to_owned(),
    }
}

fn written(observations: &[Observation]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut writer = Writer::new(&mut text, &head()).unwrap();
    for observation in observations {
        writer.observation(observation).unwrap();
    }
    writer.end(&End { gone: Some("in case x".to_owned()), cases: 1, requests: 2, seconds: 0.25 }).unwrap();
    text
}

/// What a transcript holds, up to where it is wrong.
fn read(text: &[u8]) -> (Vec<Observation>, Result<(), String>) {
    let mut observations = Vec::new();
    let mut reader = match Reader::new(text) {
        Ok(reader) => reader,
        Err(error) => return (observations, Err(error.to_string())),
    };
    loop {
        match reader.next_observation() {
            Ok(Some(observation)) => observations.push(observation),
            Ok(None) => return (observations, Ok(())),
            Err(error) => return (observations, Err(error.to_string())),
        }
    }
}

fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        "[ -~]{0,30}\n?".prop_map(String::into_bytes),
        vec(any::<u8>(), 0..40),
        Just(b"\xFF{\"execute\":\"guest-sync\"}\r\n\x7F\xC3\xA9".to_vec()),
    ]
}

fn any_reset() -> impl Strategy<Value = Reset> {
    prop_oneof![Just(Reset::Delimiter), Just(Reset::Control), Just(Reset::Newline)]
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let kind = prop_oneof![
        Just(FrameKind::Message),
        Just(FrameKind::Cut),
        Just(FrameKind::Garbage),
        Just(FrameKind::Oversize),
    ];
    let end = prop_oneof![Just(LineEnd::Lf), Just(LineEnd::CrLf), Just(LineEnd::None)];
    (kind, any_bytes(), 0_usize..3, end).prop_map(|(kind, bytes, delimiters, end)| Frame {
        kind,
        bytes,
        delimiters,
        end,
    })
}

fn any_frames() -> impl Strategy<Value = Vec<Frame>> {
    vec(any_frame(), 0..4)
}

fn any_role() -> impl Strategy<Value = Role> {
    let probe = prop_oneof![
        Just(ProbeKind::Sync),
        Just(ProbeKind::SyncDelimited),
        Just(ProbeKind::ExactId),
        Just(ProbeKind::TwoInOneWrite),
        Just(ProbeKind::NoNewline),
        Just(ProbeKind::DelimiterFirst),
        any_reset().prop_map(ProbeKind::ResetBy),
    ];
    prop_oneof![Just(Role::Case), probe.prop_map(Role::Probe)]
}

fn any_fence() -> impl Strategy<Value = Fence> {
    let kind = prop_oneof![
        Just(FenceKind::Plain),
        any_reset().prop_map(FenceKind::AfterReset),
        Just(FenceKind::Absent)
    ];
    (kind, any::<i64>(), any_bytes(), option::of(any_frame())).prop_map(|(kind, id, bytes, reply)| Fence {
        kind,
        id,
        bytes,
        reply,
    })
}

fn any_ending() -> impl Strategy<Value = Ending> {
    let rung = prop_oneof![
        Just(Rung::Patience),
        Just(Rung::Delimiter),
        Just(Rung::Control),
        Just(Rung::Newline),
        Just(Rung::Closers),
        Just(Rung::Reconnect),
        Just(Rung::Restart),
    ];
    prop_oneof![
        Just(Ending::InStep),
        Just(Ending::Closed),
        Just(Ending::Lost),
        Just(Ending::Waited),
        (rung, any_frames()).prop_map(|(regained, received)| Ending::LostStep { regained, received }),
    ]
}

fn any_exchange() -> impl Strategy<Value = Exchange> {
    let what = ("[a-z/-]{0,20}|.{0,5}", any_role(), vec(any_bytes(), 0..3), any_fence());
    let came = (any_frames(), any_ending(), any::<u64>(), any::<u64>());
    (what, came).prop_map(|((case, role, writes, fence), (received, ending, began, elapsed))| Exchange {
        case: case.into(),
        role,
        writes,
        fence,
        received,
        ending,
        began: Duration::from_nanos(began),
        elapsed: Duration::from_nanos(elapsed),
    })
}

fn any_abilities() -> impl Strategy<Value = Abilities> {
    let fence = option::of(prop_oneof![Just(SyncCommand::Plain), Just(SyncCommand::Delimited)]);
    (fence, option::of(any_reset()), any::<[bool; 6]>()).prop_map(|(fence, reset, flags)| Abilities {
        fence,
        delimited_sync: flags[0],
        several_in_one_write: flags[1],
        newline_optional: flags[2],
        terminates_lines: flags[3],
        survives_delimiter: flags[4],
        reset,
        control_resets: flags[5],
    })
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let texts = (".{0,5}", ".{0,5}", ".{0,5}", option::of(".{0,5}"));
    let known = (any::<[bool; 6]>(), any::<i32>(), any::<i64>());
    let lists = (btree_map(".{0,4}", ".{0,4}", 0..3), btree_set("[a-z-]{0,9}", 0..3));
    (texts, known, lists).prop_map(
        |((release, version, machine, host_name), known, (os_release, blocked))| {
            let (known, offset_s, clock_ns) = known;
            let users: BTreeMap<String, i64> =
                os_release.keys().map(|user| (user.clone(), clock_ns)).collect();
            let blocked: BTreeSet<String> = blocked;
            Facts {
                guest: known[0].then(|| "west".to_owned()),
                platform: known[4].then_some(if known[5] { Platform::Linux } else { Platform::Windows }),
                host_name,
                kernel: known[0].then(|| Kernel { release, version, machine: machine.clone() }),
                os_release: known[1].then_some(os_release),
                processors: known[2].then_some(usize::from(offset_s.unsigned_abs() as u16)),
                time_zone: known[3].then_some(TimeZone { abbreviation: machine, offset_s }),
                users: known[4].then_some(users),
                accounts: known[0].then(|| blocked.clone()),
                frozen: known[5].then_some(known[0]),
                blocked: known[1].then_some(blocked),
                clock_ns: known[2].then_some(clock_ns),
                has_fakes: known[3],
            }
        },
    )
}

fn any_observation() -> impl Strategy<Value = Observation> {
    let exit = (option::of(any::<i32>()), option::of(any::<i32>()), any_bytes(), any::<bool>()).prop_map(
        |(status, signal, stderr_tail, by_harness)| AgentExit { status, signal, stderr_tail, by_harness },
    );
    let call = ("[a-z-]{0,9}", vec(any_bytes(), 0..3), any_bytes(), any::<u8>())
        .prop_map(|(program, arguments, input, status)| FakeCall { program, arguments, input, status });
    prop_oneof![
        4 => any_exchange().prop_map(Observation::Exchange),
        1 => any_abilities().prop_map(Observation::Calibrated),
        1 => any_frames().prop_map(Observation::Unsolicited),
        1 => any::<bool>().prop_map(|restarted| Observation::Reconnected { restarted }),
        1 => any_bytes().prop_map(|left| Observation::TakenOver { left }),
        1 => exit.prop_map(Observation::AgentExit),
        1 => any_facts().prop_map(Observation::Facts),
        1 => call.prop_map(Observation::Call),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(observations in vec(any_observation(), 0..4)) {
        let text = written(&observations);
        let printable = |byte: &u8| *byte == b'\n' || (b' '..=b'~').contains(byte);
        prop_assert!(text.iter().all(printable));
        prop_assert_eq!(text.split(|byte| *byte == b'\n').count() - 1, observations.len() + 2);
        prop_assert_eq!(read(&text), (observations, Ok(())));
    }

    #[test]
    fn a_recording_that_was_cut_holds_what_came_before(observations in vec(any_observation(), 0..4), cut: prop::sample::Index) {
        let text = written(&observations);
        let text = &text[..cut.index(text.len())];
        let whole = text.split(|byte| *byte == b'\n').count().saturating_sub(2);
        let (read, _) = read(text);
        prop_assert!(read.len() >= whole.min(observations.len()));
        prop_assert_eq!(&read[..], &observations[..read.len()]);
    }

    #[test]
    fn no_text_breaks_the_reader(
        observations in vec(any_observation(), 1..3),
        at: prop::sample::Index,
        removed in 0_usize..3,
        inserted in prop_oneof![vec(any::<u8>(), 0..4), Just(b"\n".to_vec()), Just(b"\"\\ud800\"".to_vec()), Just(b"-1e400".to_vec())],
    ) {
        let mut text = written(&observations);
        let at = at.index(text.len());
        let until = (at + removed).min(text.len());
        text.splice(at..until, inserted);
        let (_, outcome) = read(&text);
        if let Err(error) = outcome {
            prop_assert!(error.starts_with("line "), "{}", error);
        }
    }
}
