//! What is kept of a run while it goes on: the bar for those who watch, the transcript for those who come later.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::exit::Stop;
use super::progress::Bar;
use crate::run::{Audience, Progress};
use crate::scenario::Scenario;
use crate::wire::Observation;
use crate::wire::transcript::{End, Head, Writer};

/// The audience of a run on the command line.
pub(super) struct Recording {
    bar: Bar,
    transcript: Transcript,
    findings: Option<PathBuf>,
}

/// The transcript, as far as it is.
enum Transcript {
    Unwanted,
    Opened(File),
    Begun(Writer<File>),
}

impl Recording {
    /// A recording into this file, and findings into this folder, if they are named.
    pub(super) fn new(bar: Bar, transcript: Option<&Path>, findings: Option<PathBuf>) -> Result<Self, Stop> {
        let open = |path: &Path| {
            File::create(path)
                .map(Transcript::Opened)
                .map_err(|error| Stop::usage(format!("cannot write `{}`: {error}", path.display())))
        };
        if let Some(folder) = &findings {
            fs::create_dir_all(folder)
                .map_err(|error| Stop::usage(format!("cannot make `{}`: {error}", folder.display())))?;
        }
        Ok(Self { bar, findings, transcript: transcript.map_or(Ok(Transcript::Unwanted), open)? })
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

    fn found(&mut self, fingerprint: &str, finding: &Scenario) -> io::Result<()> {
        let (Some(folder), Some(found)) = (&self.findings, &finding.finding) else { return Ok(()) };
        let name = format!("{}-{fingerprint}.toml", found.rule.replace('/', "-"));
        // What an earlier run has saved stays as it is.
        match File::create_new(folder.join(name)) {
            Ok(mut file) => file.write_all(finding.to_string().as_bytes()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
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
