//! Tiny agents. Those that must be programs of their own are tests of this binary that are never run as such.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Answers syncs with their id and everything else with nothing in particular. Speaks on standard input and
/// output, or on the device or file that is named.
const SCRIPT: &str = r#"
if [ -n "$1" ]; then exec <>"$1" >&0; fi
while read -r line; do
    id=${line##*'"id"'}
    id=${id#*:}
    id=${id# }
    id=${id%%[!0-9-]*}
    case $line in
    *guest-sync*) printf '{"return": %s}\n' "$id" ;;
    *guest-shutdown*) shutdown -h now ;;
    *guest-die*) kill -SEGV $$ ;;
    *) printf '{"return": {}}\n' ;;
    esac
done
"#;

/// Writes the agent in shell into a folder.
pub(crate) fn script(folder: &Path) -> PathBuf {
    let path = folder.join("agent.sh");
    std::fs::write(&path, SCRIPT).unwrap();
    path
}

/// What the agent in shell answers, for agents in this process.
pub(crate) fn reply(line: &str) -> String {
    let id = line.split_once("\"id\":").map(|(_, rest)| rest.trim_start());
    let digits = id.map(|rest| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    format!("{{\"return\": {}}}\n", digits.unwrap_or_else(|| "{}".to_owned()))
}

/// Serves one connection to its end.
pub(crate) fn serve(reader: impl std::io::Read, mut writer: impl Write) {
    for line in BufReader::new(reader).lines().map_while(Result::ok) {
        if writer.write_all(reply(&line).as_bytes()).is_err() {
            break;
        }
    }
}

/// The command line of [`listens_on_the_last_argument`].
pub(crate) fn on_a_port() -> String {
    let program = std::env::current_exe().unwrap();
    format!(
        "'{}' --ignored --exact --nocapture agents::listens_on_the_last_argument {{port}}",
        program.display()
    )
}

#[test]
#[ignore = "an agent for other tests, not a test"]
fn listens_on_the_last_argument() {
    let Some(port) = std::env::args().next_back().and_then(|port| port.parse::<u16>().ok()) else { return };
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    for stream in listener.incoming().map_while(Result::ok) {
        serve(&stream, &stream);
    }
}
