//! What came of the last trim that was to discard every free block.

use std::collections::BTreeMap;

use crate::text::Json;
use crate::wire::Reply;

/// Paths remembered of one trim; of a longer list nothing is.
const PATHS_MAX: usize = 10_000;

/// What is known about trims.
#[derive(Clone, Debug, Default)]
pub struct Trims {
    last: Option<Trim>,
}

/// A trim with a least length of 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trim {
    /// Whether the request said 0, and not nothing.
    pub is_explicit: bool,
    /// The least length that was really applied, by path.
    pub minimum: BTreeMap<String, i64>,
}

impl Trims {
    /// Learns from a valid request and its reply, if that is known.
    pub fn record(&mut self, command: &str, arguments: Option<&Json<'_>>, reply: Option<&Reply<'_>>) {
        if command == "guest-fstrim" {
            self.last = Trim::read(arguments, reply.and_then(Reply::success));
        }
    }

    /// The last trim, if its least length was 0.
    pub fn last(&self) -> Option<&Trim> {
        self.last.as_ref()
    }
}

impl Trim {
    /// Reads a request and what its reply returns.
    pub fn read(arguments: Option<&Json<'_>>, success: Option<&Json<'_>>) -> Option<Self> {
        let asked = arguments.and_then(|arguments| arguments.member("minimum"));
        if asked.is_some_and(|asked| asked.as_i64() != Some(0)) {
            return None;
        }
        let paths = success?.member("paths")?.as_array().filter(|paths| paths.len() <= PATHS_MAX)?;
        let applied = |path: &Json<'_>| {
            Some((path.member("path")?.as_str()?.into_owned(), path.member("minimum")?.as_i64()?))
        };
        Some(Self { is_explicit: asked.is_some(), minimum: paths.iter().filter_map(applied).collect() })
    }
}
