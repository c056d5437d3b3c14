//! Cleared bytes out, frames in, on one connection and never without a bound.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};

use crate::agent::fence::returned_id;
use crate::agent::gate::Cleared;
use crate::agent::transport::Link;
use crate::wire::{Fence, Frame, FrameKind, Framer};

/// Read from the transport at once, in bytes.
const READ_BYTES: usize = 64 * 1024;
/// How long a whole reply may wait for its line end before it is taken without one.
const LINE_END_GRACE: Duration = Duration::from_millis(150);
/// How long a silent agent keeps a closing connection open.
const CLOSING_QUIET: Duration = Duration::from_millis(100);
/// An exchange may take this many deadlines in all, however busy the agent keeps us.
const DEADLINES_IN_ALL: u32 = 10;
/// Frames of one exchange that are kept; an agent that sends more is not answering us.
const FRAMES_MAX: usize = 200_000;

/// One connection.
#[derive(Debug)]
pub(super) struct Channel {
    link: Link,
    framer: Framer,
    buffer: Vec<u8>,
    limit_bytes: usize,
    /// Replies of this agent have come without a line end, so there is no point in waiting for one.
    unterminated: bool,
    closed: bool,
}

/// Why hearing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The fence's reply came.
    Reply,
    /// The reply to a later fence came first.
    Overtaken,
    /// Nothing came for a whole deadline.
    Quiet,
    /// More came than an exchange may hold.
    TooMuch,
    /// The connection ended.
    Closed,
}

impl Channel {
    pub(super) fn new(link: Link, limit_bytes: usize) -> Self {
        Self {
            link,
            framer: Framer::new(limit_bytes),
            buffer: vec![0; READ_BYTES],
            limit_bytes,
            unterminated: false,
            closed: false,
        }
    }

    /// Whether every reply so far came with a line end.
    pub(super) const fn terminates_lines(&self) -> bool {
        !self.unterminated
    }

    /// Writes cleared bytes, reading meanwhile so that neither side waits for the other for ever. False if the
    /// connection broke or the agent does not take the bytes in time.
    pub(super) async fn send(&mut self, cleared: &Cleared, deadline: Duration) -> bool {
        let mut rest = cleared.bytes();
        let mut until = Instant::now() + deadline;
        while !rest.is_empty() && !self.closed {
            tokio::select! {
                biased;
                written = self.link.writer.write(rest) => match written {
                    Ok(count @ 1..) => {
                        rest = &rest[count..];
                        until = Instant::now() + deadline;
                    }
                    Ok(0) | Err(_) => return false,
                },
                read = self.link.reader.read(&mut self.buffer) => match read {
                    Ok(count @ 1..) => self.framer.feed(&self.buffer[..count]),
                    Ok(0) | Err(_) => self.end(),
                },
                () = tokio::time::sleep_until(until) => return false,
            }
        }
        // Whether the bytes have left shows in what comes back.
        let _ = self.link.writer.flush().await;
        rest.is_empty()
    }

    /// Collects frames until the fence's reply is among them.
    pub(super) async fn hear(
        &mut self,
        fence: &mut Fence,
        received: &mut Vec<Frame>,
        deadline: Duration,
    ) -> Heard {
        let mut bytes_left = self.limit_bytes;
        self.hear_in_order(fence, fence.id, received, deadline, &mut bytes_left).await
    }

    /// Likewise, where fences up to the id `last_id` are under way behind this one, and all that is heard for them
    /// together may have so many bytes.
    pub(super) async fn hear_in_order(
        &mut self,
        fence: &mut Fence,
        last_id: i64,
        received: &mut Vec<Frame>,
        deadline: Duration,
        bytes_left: &mut usize,
    ) -> Heard {
        let in_all = Instant::now() + deadline * DEADLINES_IN_ALL;
        let mut until = Instant::now() + deadline;
        loop {
            while let Some(frame) = self.framer.next_frame() {
                *bytes_left = bytes_left.saturating_sub(frame.bytes.len());
                self.unterminated |=
                    frame.kind == FrameKind::Message && frame.end == crate::wire::LineEnd::None;
                match returned_id(&frame) {
                    Some(id) if id == fence.id && !fence.bytes.is_empty() => {
                        fence.reply = Some(frame);
                        return Heard::Reply;
                    }
                    Some(id) if fence.id < id && id <= last_id => return Heard::Overtaken,
                    Some(_) | None => received.push(frame),
                }
            }
            if *bytes_left == 0 || received.len() > FRAMES_MAX || Instant::now() >= in_all {
                return Heard::TooMuch;
            }
            if self.closed {
                return Heard::Closed;
            }
            match self.read(until).await {
                Progress::Bytes => until = Instant::now() + deadline,
                Progress::Released | Progress::Closed => {}
                Progress::Quiet => return Heard::Quiet,
            }
        }
    }

    /// Waits for one frame, or until `time` has passed.
    pub(super) async fn hear_one(&mut self, received: &mut Vec<Frame>, time: Duration) {
        let until = Instant::now() + time;
        while !self.closed {
            if let Some(frame) = self.framer.next_frame() {
                received.push(frame);
                break;
            }
            if matches!(self.read(until).await, Progress::Quiet) {
                break;
            }
        }
    }

    /// Collects whatever comes within `time`.
    pub(super) async fn listen(&mut self, time: Duration) -> Vec<Frame> {
        let until = Instant::now() + time;
        let mut heard_bytes = 0;
        while heard_bytes < READ_BYTES && !self.closed {
            match timeout_at(until, self.link.reader.read(&mut self.buffer)).await {
                Ok(Ok(count @ 1..)) => {
                    heard_bytes += count;
                    self.framer.feed(&self.buffer[..count]);
                }
                Ok(Ok(0) | Err(_)) => self.end(),
                Err(_) => break,
            }
        }
        self.framer.finish();
        std::iter::from_fn(|| self.framer.next_frame()).collect()
    }

    /// Reads until the agent is quiet or has closed, then closes.
    pub(super) async fn close(mut self, deadline: Duration) {
        // With our direction shut the agent sees the end only after it has written all its replies.
        let _ = timeout(deadline, self.link.writer.shutdown()).await;
        let until = Instant::now() + deadline;
        let mut heard_bytes = 0;
        while heard_bytes < self.limit_bytes && Instant::now() < until {
            match timeout(CLOSING_QUIET, self.link.reader.read(&mut self.buffer)).await {
                Ok(Ok(count @ 1..)) => heard_bytes += count,
                Ok(Ok(0) | Err(_)) | Err(_) => break,
            }
        }
    }

    async fn read(&mut self, until: Instant) -> Progress {
        let holds = self.framer.holds_message();
        if holds && self.unterminated {
            self.framer.release();
            return Progress::Released;
        }
        let until = if holds { until.min(Instant::now() + LINE_END_GRACE) } else { until };
        match timeout_at(until, self.link.reader.read(&mut self.buffer)).await {
            Ok(Ok(count @ 1..)) => {
                self.framer.feed(&self.buffer[..count]);
                Progress::Bytes
            }
            Ok(Ok(0) | Err(_)) => {
                self.end();
                Progress::Closed
            }
            Err(_) if holds => {
                self.framer.release();
                Progress::Released
            }
            Err(_) => Progress::Quiet,
        }
    }

    fn end(&mut self) {
        self.closed = true;
        self.framer.finish();
    }
}

enum Progress {
    Bytes,
    Released,
    Quiet,
    Closed,
}
