//! Serves a reference agent on a stream: the only place where its effects become real.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Effect, ReferenceAgent};
use crate::wire::FakeCall;

/// The agent reads at most this many bytes at a time, like `qemu-ga`.
const READ_BYTES: usize = 4096;

/// How the service of one connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The client left.
    Disconnected,
    /// The agent closed the connection.
    Closed,
    /// The agent ended, with this status.
    Exit(i32),
}

/// Serves one connection to its end. `clock` tells the guest's time in nanoseconds since the epoch, and `note` is told
/// of programs that were called, before the replies of their requests are sent.
pub async fn serve(
    agent: &mut ReferenceAgent,
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    clock: impl Fn() -> i64,
    mut note: impl FnMut(Vec<FakeCall>),
) -> io::Result<Served> {
    let mut effects = agent.connected();
    let mut buffer = [0; READ_BYTES];
    loop {
        for effect in effects {
            if let Some(end) = perform(effect, &mut stream).await? {
                return Ok(end);
            }
        }
        let length = match stream.read(&mut buffer).await {
            Ok(0) => return Ok(Served::Disconnected),
            Ok(length) => length,
            Err(error) if is_departure(&error) => return Ok(Served::Disconnected),
            Err(error) => return Err(error),
        };
        effects = agent.feed(&buffer[..length], clock());
        note(agent.take_calls());
    }
}

async fn perform(effect: Effect, stream: &mut (impl AsyncWrite + Unpin)) -> io::Result<Option<Served>> {
    let written = match effect {
        Effect::Send(bytes) => write(stream, &bytes, 1).await,
        Effect::Repeat { bytes, times } => write(stream, &bytes, times).await,
        Effect::Pause(duration) => {
            tokio::time::sleep(duration).await;
            Ok(())
        }
        Effect::CloseConnection => return Ok(Some(Served::Closed)),
        Effect::Exit(status) => return Ok(Some(Served::Exit(status))),
    };
    match written {
        Ok(()) => Ok(None),
        Err(error) if is_departure(&error) => Ok(Some(Served::Disconnected)),
        Err(error) => Err(error),
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8], times: usize) -> io::Result<()> {
    for _ in 0..times {
        stream.write_all(bytes).await?;
    }
    stream.flush().await
}

/// Whether the client went away, which is its right.
fn is_departure(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(future)
    }

    #[test]
    fn a_request_is_answered_until_the_client_leaves() {
        block_on(async {
            let (mut client, server) = tokio::io::duplex(64);
            let mut agent = ReferenceAgent::new(Config::default());
            let conversation = async move {
                client.write_all(b"{\"execute\":\"guest-ping\",\"id\":7}").await.unwrap();
                let mut reply = vec![0; 24];
                client.read_exact(&mut reply).await.unwrap();
                reply
            };
            let (ended, reply) = tokio::join!(serve(&mut agent, server, || 0, drop), conversation);
            assert_eq!(ended.unwrap(), Served::Disconnected);
            assert_eq!(reply, b"{\"return\": {}, \"id\": 7}\n");
        });
    }
}
