//! Whatever comes, in whatever pieces: the same replies, no panic, and in step again after a delimiter.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const SYNC: &[u8] = b"\xFF{\"execute\":\"guest-sync-delimited\",\"arguments\":{\"id\":4711}}\n";

/// Bytes that are likely to mean something.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            &b"{\"execute\":\"guest-ping\"}"[..],
            b"{\"execute\":\"guest-sync\",\"arguments\":{\"id\":-7},\"id\":[1,\"x\"]}",
            b"{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"/tmp/x\",\"mode\":\"w\"}}",
            b"{\"execute\":\"guest-file-write\",\"arguments\":{\"handle\":1000,\"buf-b64\":\"AAAA\"}}",
            b"{",
            b"}",
            b"[",
            b"]",
            b":",
            b",",
            b"\"",
            b"'",
            b"\\",
            b"\n",
            b" ",
            b"\xFF",
            b"\x01",
            b"-",
            b"12",
            b"1.5e",
            b"true",
            b"FOO",
            b"\"execute\"",
            b"\"guest-info\"",
        ])
        .prop_map(<[u8]>::to_vec),
        vec(any::<u8>(), 0..4),
    ];
    vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn chunks_do_not_matter(input in input(), cuts in vec(any::<prop::sample::Index>(), 0..8)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
        cuts.extend([0, input.len()]);
        cuts.sort_unstable();
        let mut agent = ReferenceAgent::new(Config::default());
        let in_chunks: Vec<u8> =
            cuts.windows(2).flat_map(|cut| replies(&mut agent, &input[cut[0]..cut[1]])).collect();
        let at_once = replies(&mut ReferenceAgent::new(Config::default()), &input);
        prop_assert_eq!(printable(&in_chunks), printable(&at_once));
    }

    #[test]
    fn a_delimited_sync_is_answered_after_anything(input in input()) {
        let mut agent = ReferenceAgent::new(Config::default());
        replies(&mut agent, &input);
        let answer = replies(&mut agent, SYNC);
        prop_assert!(answer.ends_with(b"\xFF{\"return\": 4711}\n"), "{}", printable(&answer));
    }

    #[test]
    fn no_fault_panics(input in input(), fault in any::<prop::sample::Index>()) {
        let faults: Vec<_> = crate::agent::reference::fault::all().collect();
        let mut agent = ReferenceAgent::new(Config { faults: vec![faults[fault.index(faults.len())]], ..Config::default() });
        agent.connected();
        for chunk in input.chunks(7) {
            replies(&mut agent, chunk);
        }
    }
}

#[test]
fn what_is_unfinished_survives_a_new_connection() {
    let mut agent = ReferenceAgent::new(Config::default());
    assert_eq!(replies(&mut agent, b"{\"execute\":"), b"");
    assert_eq!(agent.connected(), []);
    assert_eq!(replies(&mut agent, b"\"guest-ping\"}"), b"{\"return\": {}}\n");
}
