//! Character devices as channels: somebody else's, and a pseudo-terminal that stands in for a virtio port.
//!
//! On a device nobody sees the other side leave, and what was not read stays in it. So a device is opened
//! once and kept; each link gets a descriptor of its own to it.

use std::fs::{File, OpenOptions};
use std::future::Future;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{ControlModes, OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::{Link, TransportError};

/// How long bytes may still be under way through a pty after the agent that wrote them has ended.
const LAST_BYTES: Duration = Duration::from_millis(20);
/// Bytes that an agent may have left unread in a pty when more are written. Linux holds 4095 for it and the rest back,
/// and now and then forgets the rest until somebody writes again, which no virtio port does.
const UNREAD_MAX: usize = 2048;
/// How long the agent is left alone to read them.
const READING: Duration = Duration::from_millis(1);

/// A device that was there before us.
#[derive(Debug)]
pub(in crate::agent) struct Device {
    path: PathBuf,
    open: Option<File>,
}

impl Device {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), open: None }
    }

    pub(super) fn connect(&mut self) -> Result<Link, TransportError> {
        self.link().map_err(|source| TransportError::Connect { to: self.path.display().to_string(), source })
    }

    fn link(&mut self) -> io::Result<Link> {
        // A device that hung up does not come back by itself.
        self.open = self.open.take().filter(|file| !hung_up(file));
        let file = match self.open.take() {
            Some(file) => file,
            None => open_raw(&self.path)?,
        };
        let stream = DeviceStream::new(&file)?;
        self.open = Some(file);
        Ok(Link::new(stream))
    }
}

/// A pseudo-terminal in raw mode. The agent opens its slave side by path.
#[derive(Debug)]
pub(super) struct Pty {
    master: File,
    path: PathBuf,
    /// Our own hold on the slave side: while it lasts, no end of an agent hangs up the master.
    slave: Option<File>,
}

impl Pty {
    pub(super) fn open() -> io::Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        rustix::fs::fcntl_setfl(&master, OFlags::NONBLOCK)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let name = ptsname(&master, Vec::new())?.into_bytes();
        let path = PathBuf::from(std::ffi::OsString::from_vec(name));
        // The mode stays with the terminal when its slave side is closed again.
        drop(open_raw(&path)?);
        Ok(Self { master: File::from(master), path, slave: None })
    }

    /// The path for the agent.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Forgets what the last agent has not read and what nobody has read from it: a new agent must not meet
    /// the requests that its predecessor died of.
    pub(super) fn renew(&mut self) -> io::Result<()> {
        self.slave = None;
        tcflush(&self.master, QueueSelector::IOFlush)?;
        drop(open_raw(&self.path)?);
        Ok(())
    }

    /// A link, if the agent has opened its side. `agent` is readable when the agent has ended.
    pub(super) fn connect(&mut self, agent: OwnedFd) -> io::Result<Link> {
        if self.slave.is_none() && hung_up(&self.master) {
            return Err(io::Error::other("it has not opened the device"));
        }
        let slave = match self.slave.take() {
            Some(slave) => slave,
            None => open_raw(&self.path)?,
        };
        let mut stream = DeviceStream::new(&self.master)?;
        stream.agent = Some(AgentEnd::new(agent)?);
        stream.unread = Some(Unread { slave: slave.try_clone()?, pause: None });
        self.slave = Some(slave);
        Ok(Link::new(stream))
    }
}

/// Opens a device without blocking, without making it our controlling terminal, and raw if it is a terminal.
fn open_raw(path: &Path) -> io::Result<File> {
    if !path.metadata()?.file_type().is_char_device() {
        return Err(io::Error::other("it is not a character device"));
    }
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = i32::try_from(flags.bits()).expect("open flags are few and low");
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
    match tcgetattr(&file) {
        Ok(mut attributes) => {
            attributes.make_raw();
            // A line without a modem has no carrier to wait for.
            attributes.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
            tcsetattr(&file, OptionalActions::Now, &attributes)?;
        }
        // A virtio port has no terminal settings.
        Err(Errno::NOTTY | Errno::INVAL) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(file)
}

fn hung_up(device: impl AsFd) -> bool {
    let mut entries = [PollFd::new(&device, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut entries, Some(&at_once)).is_err()
        || entries[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
}

/// Both directions of a device.
struct DeviceStream {
    file: AsyncFd<File>,
    /// The agent behind a pty of ours.
    agent: Option<AgentEnd>,
    /// What it has not read yet.
    unread: Option<Unread>,
}

impl DeviceStream {
    fn new(file: &File) -> io::Result<Self> {
        Ok(Self { file: register(file.try_clone()?)?, agent: None, unread: None })
    }
}

#[expect(
    deprecated,
    reason = "the successor is unsafe, for the sake of descriptors that are not owned; these are"
)]
fn register<T: AsRawFd + Into<OwnedFd>>(descriptor: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::new(descriptor)
}

impl AsyncRead for DeviceStream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = self.get_mut();
        loop {
            let Poll::Ready(guard) = stream.file.poll_read_ready(context) else {
                // Silence is the end of the stream only if nobody is left to speak.
                let Some(agent) = &mut stream.agent else { return Poll::Pending };
                return agent.poll_ended(context);
            };
            let mut read = |file: &AsyncFd<File>| file.get_ref().read(buffer.initialize_unfilled());
            match guard?.try_io(&mut read) {
                Ok(Ok(count)) => {
                    buffer.advance(count);
                    return Poll::Ready(Ok(()));
                }
                // How Linux reports that the other side of a pty was closed.
                Ok(Err(error)) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_) => {}
            }
        }
    }
}

impl AsyncWrite for DeviceStream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let stream = self.get_mut();
        let mut bytes = bytes;
        if let Some(unread) = &mut stream.unread {
            ready!(unread.poll_read_by_agent(context))?;
            bytes = &bytes[..bytes.len().min(UNREAD_MAX)];
        }
        loop {
            let mut guard = ready!(stream.file.poll_write_ready(context))?;
            if let Ok(written) = guard.try_io(|file| file.get_ref().write(bytes)) {
                return Poll::Ready(written);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// There is no way to tell the other side.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// What was written into a pty and not read by the agent yet.
struct Unread {
    /// Its side of the pty.
    slave: File,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Unread {
    /// Waits until the agent has read everything.
    fn poll_read_by_agent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            // To ask for the event has Linux bring in what is still on its way.
            hung_up(&self.slave);
            if rustix::io::ioctl_fionread(&self.slave)? == 0 {
                return Poll::Ready(Ok(()));
            }
            self.pause = Some(Box::pin(sleep(READING)));
        }
    }
}

/// Notices that the agent behind a pty has ended, which the pty itself does not show.
struct AgentEnd {
    process: AsyncFd<OwnedFd>,
    last_bytes: Option<Pin<Box<Sleep>>>,
}

impl AgentEnd {
    fn new(process: OwnedFd) -> io::Result<Self> {
        Ok(Self { process: register(process)?, last_bytes: None })
    }

    fn poll_ended(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.last_bytes.is_none() {
            // The guard is dropped without clearing the readiness: an end is for ever.
            drop(ready!(self.process.poll_read_ready(context))?);
        }
        self.last_bytes.get_or_insert_with(|| Box::pin(sleep(LAST_BYTES))).as_mut().poll(context).map(Ok)
    }
}
