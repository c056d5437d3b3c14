//! Waiting to be connected to, by an agent or by a hypervisor's channel to one.

use std::io;
use std::net::TcpListener as StdTcpListener;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener as StdUnixListener, UnixStream as StdUnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::net::{TcpListener, UnixListener};
use tokio::time::timeout;

use crate::agent::target::ListenAddress;

use super::{Link, TransportError};

/// A place where one connection after the other is taken.
#[derive(Debug)]
pub(in crate::agent) struct Listening {
    at: String,
    start: Duration,
    socket: Socket,
}

#[derive(Debug)]
enum Socket {
    Unix(UnixListener, PathBuf),
    Tcp(TcpListener),
}

impl Listening {
    pub(super) fn new(address: &ListenAddress, start: Duration) -> Result<Self, TransportError> {
        let at = match address {
            ListenAddress::Unix(path) => path.display().to_string(),
            ListenAddress::Tcp(address) => address.clone(),
        };
        match Socket::bind(address) {
            Ok(socket) => Ok(Self { at, start, socket }),
            Err(source) => Err(TransportError::Listen { at, source }),
        }
    }

    /// Takes the next connection; who comes may take as long as an agent may take to start.
    pub(super) async fn connect(&mut self) -> Result<Link, TransportError> {
        match timeout(self.start, self.socket.accept()).await {
            Ok(Ok(link)) => Ok(link),
            Ok(Err(source)) => Err(TransportError::Listen { at: self.at.clone(), source }),
            Err(_) => Err(TransportError::NobodyCame {
                at: self.at.clone(),
                start_ms: self.start.as_millis() as u64,
            }),
        }
    }
}

impl Socket {
    fn bind(address: &ListenAddress) -> io::Result<Self> {
        match address {
            ListenAddress::Unix(path) => {
                let listener = match StdUnixListener::bind(path) {
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_deserted(path) => {
                        std::fs::remove_file(path)?;
                        StdUnixListener::bind(path)
                    }
                    bound => bound,
                }?;
                listener.set_nonblocking(true)?;
                Ok(Self::Unix(UnixListener::from_std(listener)?, path.clone()))
            }
            ListenAddress::Tcp(address) => {
                let listener = StdTcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                Ok(Self::Tcp(TcpListener::from_std(listener)?))
            }
        }
    }

    async fn accept(&self) -> io::Result<Link> {
        match self {
            Self::Unix(listener, _) => listener.accept().await.map(|(stream, _)| Link::new(stream)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Link::new(stream))
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Self::Unix(_, path) = self {
            // If somebody else has removed it, there is nothing left to do.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether the path is a socket on which nobody listens any more.
fn is_deserted(path: &Path) -> bool {
    let is_socket = path.symlink_metadata().is_ok_and(|metadata| metadata.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    is_socket && StdUnixStream::connect(path).is_err_and(refused)
}
