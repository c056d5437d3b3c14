//! Tiny agents for tests: a closure behind a Unix socket.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use tempfile::TempDir;

/// An agent that listens on a socket of its own until it is dropped.
pub(crate) struct Fixture {
    _folder: TempDir,
    socket: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// Whether the agent goes on listening after a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    Listen,
    Die,
}

impl Fixture {
    /// Serves one connection after the other.
    pub(crate) fn new(mut serve: impl FnMut(UnixStream) -> After + Send + 'static) -> Self {
        let folder = tempfile::Builder::new().prefix("qga").tempdir().expect("a folder can be made");
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).expect("the socket is free");
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let path = socket.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { break };
                if serve(stream) == After::Die {
                    // Gone like a crashed process: nobody accepts any more.
                    drop(listener);
                    let _ = std::fs::remove_file(&path);
                    break;
                }
            }
        });
        Self { _folder: folder, socket, stop, thread: Some(thread) }
    }

    /// An agent that reads line by line and writes what `reply` says; `None` closes the connection.
    pub(crate) fn by_line(mut reply: impl FnMut(&str) -> Option<Vec<u8>> + Send + 'static) -> Self {
        Self::new(move |stream| {
            let mut writer = stream.try_clone().expect("a stream can be cloned");
            let mut lines = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) {
                let Some(bytes) = reply(&String::from_utf8_lossy(&line)) else { break };
                if writer.write_all(&bytes).is_err() {
                    break;
                }
                line.clear();
            }
            After::Listen
        })
    }

    /// The target for the command line.
    pub(crate) fn target(&self) -> String {
        format!("unix:{}", self.socket.display())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener up, if it still listens.
        let _ = UnixStream::connect(&self.socket);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads until the client leaves.
pub(crate) fn read_to_the_end(mut stream: &UnixStream) {
    let mut buffer = [0; 4096];
    while matches!(stream.read(&mut buffer), Ok(1..)) {}
}
