//! The processes of the guest. What a process will have done is known when it is started; it only takes its time.

use std::collections::BTreeMap;

use super::programs::Stream;

/// All processes whose end nobody was told yet.
#[derive(Debug)]
pub(crate) struct Processes {
    by_pid: BTreeMap<i64, Process>,
    next_pid: i64,
    limit: usize,
    capacity_bytes: usize,
    kept_bytes: usize,
}

/// A process, from its start to the report of its end.
#[derive(Debug)]
pub(crate) struct Process {
    /// When it ends, in the time that really passes.
    pub(crate) ends_ns: i64,
    /// How it ends.
    pub(crate) ending: Ending,
    /// What it writes to its standard output and its standard error, if that is kept.
    pub(crate) output: Option<[Stream; 2]>,
}

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// By itself, with this code.
    Code(u8),
    /// By this signal.
    Signal(u8),
}

/// The state of a process.
#[derive(Debug)]
pub(crate) enum Status {
    /// It runs.
    Running,
    /// It has ended, and is forgotten now.
    Ended(Process),
}

/// Why no process was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StartError {
    #[error("there are too many processes")]
    TooMany,
    #[error("there is no memory for its output")]
    NoMemory,
}

impl Processes {
    /// No processes, of which there may be so many, with so much output together. The first will have this number.
    pub(crate) fn new(limit: usize, capacity_bytes: usize, first_pid: i64) -> Self {
        Self { by_pid: BTreeMap::new(), next_pid: first_pid, limit, capacity_bytes, kept_bytes: 0 }
    }

    /// The number that the next process will have. Numbers are never given out twice.
    pub(crate) fn next_pid(&self) -> Result<i64, StartError> {
        if self.by_pid.len() < self.limit { Ok(self.next_pid) } else { Err(StartError::TooMany) }
    }

    /// Starts a process.
    pub(crate) fn start(&mut self, process: Process) -> Result<i64, StartError> {
        let pid = self.next_pid()?;
        if process.kept_bytes() > self.capacity_bytes - self.kept_bytes {
            return Err(StartError::NoMemory);
        }
        self.next_pid += 1;
        self.kept_bytes += process.kept_bytes();
        self.by_pid.insert(pid, process);
        Ok(pid)
    }

    /// A process whose end nobody was told yet.
    pub(crate) fn find(&self, pid: i64) -> Option<&Process> {
        self.by_pid.get(&pid)
    }

    /// The state of a process at this time; `None` if it does not exist. One that has ended is forgotten.
    pub(crate) fn status(&mut self, pid: i64, now_ns: i64) -> Option<Status> {
        if self.by_pid.get(&pid)?.ends_ns > now_ns {
            return Some(Status::Running);
        }
        let process = self.by_pid.remove(&pid)?;
        self.kept_bytes -= process.kept_bytes();
        Some(Status::Ended(process))
    }

    /// How many processes there are.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.by_pid.len()
    }

    /// How many bytes of output are kept.
    #[cfg(test)]
    pub(crate) fn kept_bytes(&self) -> usize {
        self.by_pid.values().map(Process::kept_bytes).sum()
    }
}

impl Process {
    fn kept_bytes(&self) -> usize {
        self.output.iter().flatten().map(|stream| stream.bytes.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(ends_ns: i64, length: usize) -> Process {
        let output = Stream { bytes: vec![0; length], truncated: false };
        Process { ends_ns, ending: Ending::Code(0), output: Some([output, Stream::default()]) }
    }

    #[test]
    fn a_process_runs_ends_and_is_forgotten() {
        let mut processes = Processes::new(2, 10, 2000);
        let first = processes.start(process(5, 0)).unwrap();
        let second = processes.start(process(9, 0)).unwrap();
        assert_ne!(first, second);
        assert!(matches!(processes.status(first, 4), Some(Status::Running)));
        assert!(matches!(processes.status(first, 5), Some(Status::Ended(_))));
        assert!(processes.status(first, 5).is_none());
        let third = processes.start(process(0, 0)).unwrap();
        assert!(third > second);
    }

    #[test]
    fn processes_and_their_output_are_bounded() {
        let mut processes = Processes::new(2, 10, 2000);
        let first = processes.start(process(0, 8)).unwrap();
        assert_eq!(processes.start(process(0, 3)), Err(StartError::NoMemory));
        processes.start(process(0, 2)).unwrap();
        assert_eq!(processes.start(process(0, 0)), Err(StartError::TooMany));
        processes.status(first, 0);
        processes.start(process(0, 8)).unwrap();
        assert_eq!(processes.kept_bytes(), 10);
    }
}
