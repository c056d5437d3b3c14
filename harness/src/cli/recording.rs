//! What is kept of a run while it goes on: the bar for those who watch, the transcript for those who come later.

use std::fs::File;
use std::io;
use std::path::Path;

use super::exit::Stop;
use super::progress::Bar;
use crate::run::{Audience, Progress};
use crate::wire::Observation;
use crate::wire::transcript::{End, Head, Writer};

/// The audience of a run on the command line.
pub(super) struct Recording {
    bar: Bar,
    transcript: Transcript,
}

/// The transcript, as far as it is.
enum Transcript {
    Unwanted,
    Opened(File),
    Begun(Writer<File>),
}

impl Recording {
    /// A recording into this file, if one is named.
    pub(super) fn new(bar: Bar, transcript: Option<&Path>) -> Result<Self, Stop> {
        let open = |path: &Path| {
            File::create(path)
                .map(Transcript::Opened)
                .map_err(|error| Stop::usage(format!("cannot write `{}`: {error}", path.display())))
        };
        Ok(Self { bar, transcript: transcript.map_or(Ok(Transcript::Unwanted), open)? })
    }
}

impl Audience for Recording {
    fn begins(&mut self, head: &Head) -> io::Result<()> {
        self.transcript = match std::mem::replace(&mut self.transcript, Transcript::Unwanted) {
            Transcript::Opened(file) => Transcript::Begun(Writer::new(file, head)?),
            other => other,
        };
        Ok(())
    }

    fn observed(&mut self, observation: &Observation) -> io::Result<()> {
        match &mut self.transcript {
            Transcript::Begun(writer) => writer.observation(observation),
            Transcript::Unwanted | Transcript::Opened(_) => Ok(()),
        }
    }

    fn progressed(&mut self, progress: Progress) {
        self.bar.show(progress);
    }

    fn ends(&mut self, end: &End) -> io::Result<()> {
        match std::mem::replace(&mut self.transcript, Transcript::Unwanted) {
            Transcript::Begun(writer) => writer.end(end),
            Transcript::Unwanted | Transcript::Opened(_) => Ok(()),
        }
    }
}
