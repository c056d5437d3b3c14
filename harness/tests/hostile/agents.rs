//! What hostile agents do. Each serves one connection after the other on a socket, in a thread of the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

/// Serves one connection.
pub(crate) struct Hostile(Box<dyn FnMut(UnixStream) + Send>);

impl Hostile {
    /// Does it as soon as somebody connects.
    pub(crate) fn on_connection(mut act: impl FnMut(&mut UnixStream) + Send + 'static) -> Self {
        Self(Box::new(move |mut stream| act(&mut stream)))
    }

    /// Answers syncs, so that the harness takes it for an agent, and does it at every other request.
    pub(crate) fn on_request(mut act: impl FnMut(&mut UnixStream) + Send + 'static) -> Self {
        Self::by_line(move |writer, line| {
            if let Some(reply) = sync_reply(line) {
                return writer.write_all(&reply).is_ok();
            }
            act(writer);
            true
        })
    }

    /// Answers syncs, and says this to everything else.
    pub(crate) fn replying(reply: Vec<u8>) -> Self {
        Self::on_request(move |writer| drop(writer.write_all(&reply)))
    }

    /// Answers everything well, but closes after so many bytes; after one more at each connection.
    pub(crate) fn closing_at_every_point() -> Self {
        let mut bytes_left = 0;
        Self(Box::new(move |stream| {
            bytes_left += 1;
            let mut left = bytes_left;
            serve_lines(stream, |writer, line| {
                let reply = sync_reply(line).unwrap_or_else(|| b"{\"return\": {}}\n".to_vec());
                let part = &reply[..reply.len().min(left)];
                left -= part.len();
                writer.write_all(part).is_ok() && left > 0
            });
        }))
    }

    /// Keeps each reply but those to syncs back until the next request has been answered.
    pub(crate) fn swapping() -> Self {
        let mut kept: Option<Vec<u8>> = None;
        let mut syncs = 0;
        Self::by_line(move |writer, line| {
            let reply = sync_reply(line).unwrap_or_else(|| b"{\"return\": {}}\n".to_vec());
            syncs += 1;
            // Calibration is let pass, so that there is a step to lose.
            if syncs < 12 {
                return writer.write_all(&reply).is_ok();
            }
            match kept.take() {
                None => {
                    kept = Some(reply);
                    true
                }
                Some(earlier) => writer.write_all(&reply).is_ok() && writer.write_all(&earlier).is_ok(),
            }
        })
    }

    fn by_line(mut handle: impl FnMut(&mut UnixStream, &[u8]) -> bool + Send + 'static) -> Self {
        Self(Box::new(move |stream| serve_lines(stream, &mut handle)))
    }
}

fn serve_lines(stream: UnixStream, mut handle: impl FnMut(&mut UnixStream, &[u8]) -> bool) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream);
    let mut line = Vec::new();
    while matches!(lines.read_until(b'\n', &mut line), Ok(1..)) && handle(&mut writer, &line) {
        line.clear();
    }
}

/// The reply to a line that has a sync in it.
fn sync_reply(line: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(line);
    let (_, sync) = text.rsplit_once("\"guest-sync")?;
    let (_, id) = sync.split_once("\"id\":")?;
    let id: String = id.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == '-').collect();
    let delimiter: &[u8] = if sync.starts_with("-delimited") { b"\xFF" } else { b"" };
    Some([delimiter, b"{\"return\": ", id.as_bytes(), b"}\n"].concat())
}

pub(crate) fn endless_line(writer: &mut UnixStream) {
    let piece = vec![b'a'; 1 << 16];
    while writer.write_all(&piece).is_ok() {}
}

pub(crate) fn endless_replies(writer: &mut UnixStream) {
    let replies = b"{\"return\": {}}\n".repeat(4096);
    while writer.write_all(&replies).is_ok() {}
}

pub(crate) fn gibibyte_reply(writer: &mut UnixStream) {
    let piece = vec![b'x'; 1 << 16];
    let whole = writer.write_all(b"{\"return\": \"").is_ok()
        && (0..1 << 14).all(|_| writer.write_all(&piece).is_ok());
    if whole {
        let _ = writer.write_all(b"\"}\n");
    }
}

/// Slower than any deadline, but never silent for long.
pub(crate) fn drip(writer: &mut UnixStream) {
    for byte in b"{\"return\": {}}\n".iter().chain([b' '; 40].iter()) {
        if writer.write_all(&[*byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(150));
    }
}

pub(crate) fn never_read(stream: &mut UnixStream) {
    // The end of the connection is seen without reading: a write fails.
    while stream.write_all(b" ").is_ok() {
        std::thread::sleep(Duration::from_millis(100));
    }
}

pub(crate) fn mute(_: &mut UnixStream) {}

/// What the client sent is still unread, so that the system resets the connection.
pub(crate) fn break_off(writer: &mut UnixStream) {
    let _ = writer.write_all(b"{\"return\": {\"vers");
    let _ = writer.shutdown(std::net::Shutdown::Both);
}

pub(crate) fn tiny_frames(writer: &mut UnixStream) {
    let frames = b"1\n".repeat(1 << 15);
    for _ in 0..64 {
        if writer.write_all(&frames).is_err() {
            break;
        }
    }
}

pub(crate) fn deep_reply() -> Vec<u8> {
    let depth = 1_000_000;
    [b"{\"return\": ".to_vec(), b"[".repeat(depth), b"]".repeat(depth), b"}\n".to_vec()].concat()
}

/// Things that terminals, XML, HTML, Markdown and continuous integration would act on.
pub(crate) fn injections() -> Vec<u8> {
    let text =
        "\u{1b}[2J\u{1b}]0;owned\u{7}\r]]><script>alert(1)</script>&lt;|`**x**` ::error::owned \u{202e}";
    let mut reply = b"{\"error\": {\"class\": \"GenericError\", \"desc\": \"".to_vec();
    reply.extend_from_slice(text.as_bytes());
    reply.extend_from_slice(b"\"}}\n::error::owned\n");
    reply
}

/// A hostile agent that listens until it is dropped.
pub(crate) struct Listener {
    _folder: TempDir,
    socket: PathBuf,
    stop: Arc<AtomicBool>,
}

impl Listener {
    pub(crate) fn new(mut agent: Hostile) -> Self {
        // Not named like the folders of runs, for whose traces the tests look.
        let folder = tempfile::Builder::new().prefix("hostile").tempdir().unwrap();
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                (agent.0)(stream);
            }
        });
        Self { _folder: folder, socket, stop }
    }

    pub(crate) fn target(&self) -> String {
        format!("unix:{}", self.socket.display())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread up; it ends by itself.
        if let Ok(mut stream) = UnixStream::connect(&self.socket) {
            let _ = stream.set_read_timeout(Some(Duration::from_millis(10)));
            let _ = stream.read(&mut [0]);
        }
    }
}
