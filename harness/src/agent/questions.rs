//! The questions of calibration: what is sent to find out what an agent can do, least harmful first.
//!
//! Who asks them, and how the answer is waited for, is the business of sessions.

use crate::wire::{Abilities, DELIMITER, Fence, FenceKind, ProbeKind, Reset, SyncCommand};

use super::fence::{Fences, sync};

/// What is assumed before the first question: nothing that could do harm.
pub(super) const UNKNOWN: Abilities = Abilities {
    fence: None,
    delimited_sync: false,
    several_in_one_write: false,
    newline_optional: false,
    terminates_lines: true,
    survives_delimiter: false,
    reset: None,
    control_resets: false,
};
/// The questions about syncs. Without a sync that works there is no other question.
pub(super) const SYNCS: [ProbeKind; 2] = [ProbeKind::Sync, ProbeKind::SyncDelimited];
/// All other questions.
pub(super) const OTHERS: [ProbeKind; 7] = [
    ProbeKind::ExactId,
    ProbeKind::TwoInOneWrite,
    ProbeKind::NoNewline,
    ProbeKind::DelimiterFirst,
    ProbeKind::ResetBy(Reset::Delimiter),
    ProbeKind::ResetBy(Reset::Control),
    ProbeKind::ResetBy(Reset::Newline),
];

/// Half a request, open inside a string.
const HALF_IN_STRING: &[u8] = b"{\"execute\":\"guest-pi";
/// Half a request, open outside a string: a line end within a string would be an error of its own.
const HALF_IN_OBJECT: &[u8] = b"{\"execute\":";
/// 2^53 + 1: the least positive integer that a double cannot hold.
const NOT_A_DOUBLE: i64 = 9_007_199_254_740_993;
/// The id of a sync that goes before a fence in the same write; above all fences' ids.
const COMPANION_ID: i64 = i32::MAX as i64;

/// The writes of a question and the fence behind them, which is the question itself where there are none; `None` if
/// earlier answers make it pointless.
pub(super) fn question(
    kind: ProbeKind,
    abilities: Abilities,
    fences: &mut Fences,
) -> Option<(Vec<Vec<u8>>, Fence)> {
    let mut fence = fences.next(FenceKind::Plain, abilities);
    let id = fence.id;
    let command = abilities.fence.unwrap_or(SyncCommand::Plain);
    let (writes, bytes) = match kind {
        ProbeKind::Sync => (Vec::new(), sync(SyncCommand::Plain, id)),
        ProbeKind::SyncDelimited => (Vec::new(), sync(SyncCommand::Delimited, id)),
        ProbeKind::ExactId => (vec![sync(command, NOT_A_DOUBLE)], sync(command, id)),
        ProbeKind::TwoInOneWrite => (Vec::new(), [sync(command, COMPANION_ID), sync(command, id)].concat()),
        ProbeKind::NoNewline => {
            let mut bytes = sync(command, id);
            bytes.pop();
            (Vec::new(), bytes)
        }
        ProbeKind::DelimiterFirst => {
            let command = if abilities.delimited_sync { SyncCommand::Delimited } else { SyncCommand::Plain };
            (Vec::new(), prefixed(DELIMITER, command, id))
        }
        ProbeKind::ResetBy(reset) => {
            let is_pointless = match reset {
                Reset::Delimiter => !abilities.survives_delimiter,
                Reset::Control => false,
                Reset::Newline => abilities.reset.is_some(),
            };
            if is_pointless {
                return None;
            }
            fence = fences.next(FenceKind::AfterReset(reset), abilities);
            let half = if reset == Reset::Newline { HALF_IN_OBJECT } else { HALF_IN_STRING };
            return Some((vec![half.to_vec()], fence));
        }
    };
    fence.bytes = bytes;
    Some((writes, fence))
}

/// Takes note of whether a question was answered.
pub(super) fn learn(kind: ProbeKind, answered: bool, abilities: &mut Abilities) {
    match kind {
        ProbeKind::Sync => abilities.fence = answered.then_some(SyncCommand::Plain),
        ProbeKind::SyncDelimited => {
            abilities.delimited_sync = answered;
            if answered && abilities.fence.is_none() {
                abilities.fence = Some(SyncCommand::Delimited);
            }
        }
        // Its answer is for a rule alone.
        ProbeKind::ExactId => {}
        ProbeKind::TwoInOneWrite => abilities.several_in_one_write = answered,
        ProbeKind::NoNewline => abilities.newline_optional = answered,
        ProbeKind::DelimiterFirst => abilities.survives_delimiter = answered,
        ProbeKind::ResetBy(reset) => {
            abilities.control_resets |= answered && reset == Reset::Control;
            if answered && abilities.reset.is_none() {
                abilities.reset = Some(reset);
            }
        }
    }
}

/// A sync with this byte before it.
pub(super) fn prefixed(prefix: u8, command: SyncCommand, id: i64) -> Vec<u8> {
    let mut bytes = vec![prefix];
    bytes.extend(sync(command, id));
    bytes
}
