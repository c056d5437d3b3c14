//! What the guest's clocks must show, and what its own clock showed last.

use std::ops::Range;
use std::time::Duration;

use crate::text::Json;
use crate::wire::{Facts, Reply};

use super::is_unsupported;

/// What is known about the clocks.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    system: System,
    hardware: Option<Reading>,
    last: Option<Reading>,
}

#[derive(Clone, Debug, Default)]
enum System {
    /// Nobody has tried to set it.
    #[default]
    AtStart,
    Unknown,
    Set(Setting),
}

/// A clock showed a time at some moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The time, in nanoseconds since 1970.
    pub time_ns: i64,
    /// When that was, since the session began.
    pub during: Range<Duration>,
}

/// What the clock was set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The time that it showed then.
    pub reading: Reading,
    /// Whether it came from the hardware clock.
    pub from_hardware: bool,
}

impl Clock {
    /// Learns from a valid request and its reply, if that is known.
    pub fn record(
        &mut self,
        command: &str,
        arguments: Option<&Json<'_>>,
        reply: Option<&Reply<'_>>,
        during: &Range<Duration>,
    ) {
        let success = reply.and_then(Reply::success);
        match command {
            "guest-get-time" => {
                self.last = success.and_then(|value| Reading::read(value, during));
            }
            "guest-set-time" if !is_unsupported(reply) => {
                self.last = None;
                let time = arguments.and_then(|arguments| arguments.member("time"));
                if success.is_some() {
                    self.set(time, during);
                } else {
                    // One of the two clocks may have been set all the same.
                    self.system = System::Unknown;
                    self.hardware = None;
                }
            }
            // A program may set the clocks.
            "guest-exec" if reply.is_none() || success.is_some() => self.hardware = None,
            _ => {}
        }
    }

    /// A clock may have been set.
    pub fn forget(&mut self) {
        *self = Self { system: System::Unknown, ..Self::default() };
    }

    /// What the clock showed when the session began, if nobody has tried to set it since.
    pub fn at_start(&self, facts: &Facts) -> Option<Reading> {
        match self.system {
            System::AtStart => {
                facts.clock_ns.map(|time_ns| Reading { time_ns, during: Duration::ZERO..Duration::ZERO })
            }
            System::Unknown | System::Set(_) => None,
        }
    }

    /// What the clock was last set to, if that is known.
    pub fn setting(&self) -> Option<&Setting> {
        match &self.system {
            System::Set(setting) => Some(setting),
            System::AtStart | System::Unknown => None,
        }
    }

    /// What the agent told last, if nobody has tried to set the clock since.
    pub fn last(&self) -> Option<&Reading> {
        self.last.as_ref()
    }

    /// The clock was set to this time, or without one from the hardware clock.
    fn set(&mut self, time: Option<&Json<'_>>, during: &Range<Duration>) {
        let from_hardware = time.is_none();
        if let Some(time) = time {
            self.hardware = Reading::read(time, during);
        }
        self.system = match self.hardware.clone() {
            Some(reading) => System::Set(Setting { reading, from_hardware }),
            None => System::Unknown,
        };
    }
}

impl Reading {
    fn read(value: &Json<'_>, during: &Range<Duration>) -> Option<Self> {
        Some(Self { time_ns: value.as_i64()?, during: during.clone() })
    }

    /// The times between which the clock is at some moment within `during`.
    pub fn bounds(&self, during: &Range<Duration>) -> (i128, i128) {
        let since =
            |later: Duration, earlier: Duration| later.saturating_sub(earlier).as_nanos().cast_signed();
        let start = i128::from(self.time_ns);
        (start + since(during.start, self.during.end), start + since(during.end, self.during.start))
    }
}
