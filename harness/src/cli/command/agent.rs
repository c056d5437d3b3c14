//! `qgaspec agent`: serve the reference agent on a socket.
//!
//! One client is served at a time, and the agent lives on between clients, as `qemu-ga` does.

use std::io;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::agent::reference::serve::{Served, serve};
use crate::agent::reference::{Config, Fault, ReferenceAgent, fault};
use crate::cli::args::{AgentArguments, ListenAddress};
use crate::cli::exit::Stop;
use crate::cli::schemas;
use crate::cli::terminal::Terminal;
use crate::text::suggest;
use crate::verdict::Exit;

/// Serves until the agent ends, which gives the status, or until it is interrupted.
pub(in crate::cli) fn execute(arguments: &AgentArguments, terminal: &mut Terminal<'_>) -> Result<u8, Stop> {
    if arguments.list_faults {
        list_faults(terminal)?;
        return Ok(Exit::Conforms.code());
    }
    let faults = arguments.faults.iter().map(|name| find(name)).collect::<Result<Vec<_>, _>>()?;
    let Some(address) = &arguments.listen else {
        return Err(Stop::usage("nowhere to listen: --listen is missing"));
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Stop::could_not_run(format!("cannot start the event loop: {error}")))?;
    let mut config = Config { faults, ..Config::default() };
    if let Some(file) = &arguments.schema {
        config.schema = schemas::own(file, terminal)?;
    }
    let agent = ReferenceAgent::new(config);
    runtime.block_on(listen(address, agent, terminal))
}

fn list_faults(terminal: &mut Terminal<'_>) -> io::Result<()> {
    let width = fault::all().map(|fault| fault.name.len()).max().unwrap_or(0);
    for Fault { name, trips, summary, .. } in fault::all() {
        writeln!(terminal.out, "{name:<width$}  {summary} (breaks {trips})")?;
    }
    Ok(())
}

fn find(name: &str) -> Result<&'static Fault, Stop> {
    fault::by_name(name).ok_or_else(|| {
        let hint = suggest::did_you_mean(name, fault::all().map(|fault| fault.name));
        Stop::usage(format!("there is no fault `{name}`{hint}\n`qgaspec agent --list-faults` lists all"))
    })
}

async fn listen(
    address: &ListenAddress,
    agent: ReferenceAgent,
    terminal: &mut Terminal<'_>,
) -> Result<u8, Stop> {
    let failed =
        |what: &str, error: &io::Error| Stop::could_not_run(format!("cannot listen on {what}: {error}"));
    match address {
        ListenAddress::Unix(path) => {
            make_room(path)?;
            let listener =
                UnixListener::bind(path).map_err(|error| failed(&path.display().to_string(), &error))?;
            let _socket = SocketFile(path.clone());
            writeln!(terminal.err, "listening on unix:{}", path.display())?;
            attend(listener, agent).await
        }
        ListenAddress::Tcp(address) => {
            let listener = TcpListener::bind(address).await.map_err(|error| failed(address, &error))?;
            let local = listener.local_addr().map_err(|error| failed(address, &error))?;
            writeln!(terminal.err, "listening on tcp:{local}")?;
            attend(listener, agent).await
        }
    }
}

/// Removes a socket that nobody listens on any more; leaves everything else alone.
fn make_room(path: &Path) -> Result<(), Stop> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
    let refuse = |why: &str| Err(Stop::could_not_run(format!("cannot listen on {}: {why}", path.display())));
    if !metadata.file_type().is_socket() {
        return refuse("it exists and is not a socket");
    }
    if std::os::unix::net::UnixStream::connect(path).is_ok() {
        return refuse("another program listens there");
    }
    match std::fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) => refuse(&format!("the old socket cannot be removed: {error}")),
    }
}

/// The file of a socket that we made; it goes when we go.
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody else may have removed it, and there is nobody left to tell.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Where clients come from.
trait Door {
    /// The stream of a client.
    type Stream: AsyncRead + AsyncWrite + Unpin;

    /// Waits for the next client.
    async fn next(&self) -> io::Result<Self::Stream>;
}

impl Door for UnixListener {
    type Stream = UnixStream;

    async fn next(&self) -> io::Result<UnixStream> {
        Ok(self.accept().await?.0)
    }
}

impl Door for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<TcpStream> {
        let (stream, _) = self.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// Serves one client after the other until the agent ends or somebody interrupts.
async fn attend(door: impl Door, mut agent: ReferenceAgent) -> Result<u8, Stop> {
    let clients = async {
        loop {
            // A client that breaks its connection is a client that left.
            if let Ok(Served::Exit(status)) = serve(&mut agent, door.next().await?, now_ns, drop).await {
                return Ok(u8::try_from(status).unwrap_or(u8::MAX));
            }
        }
    };
    tokio::select! {
        status = clients => status.map_err(|error: io::Error| Stop::could_not_run(format!("cannot serve: {error}"))),
        interrupt = tokio::signal::ctrl_c() => match interrupt {
            Ok(()) => Ok(Exit::Interrupted.code()),
            Err(error) => Err(Stop::could_not_run(format!("cannot wait for an interrupt: {error}"))),
        },
    }
}

/// The guest's clock.
fn now_ns() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_sockets_without_a_listener_make_room() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("agent");
        assert_eq!(make_room(&path), Ok(()));
        let listener = UnixListener::bind(&path).unwrap();
        assert!(
            matches!(make_room(&path), Err(Stop::Failure { message, .. }) if message.contains("another program"))
        );
        drop(listener);
        assert_eq!(make_room(&path), Ok(()));
        assert!(!path.exists());
        std::fs::write(&path, "precious").unwrap();
        assert!(
            matches!(make_room(&path), Err(Stop::Failure { message, .. }) if message.contains("not a socket"))
        );
        assert!(path.exists());
    }

    #[test]
    fn an_unknown_fault_is_a_usage_error() {
        let Err(Stop::Failure { exit, .. }) = find("no-such-fault") else { panic!("accepted") };
        assert_eq!(exit, Exit::Usage);
    }
}
