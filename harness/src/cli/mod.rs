//! The command line: the only room with arguments, standard output and exit codes.
//!
//! `args` holds the words that users type, `command/` one file a subcommand, `exit` the ways a command can
//! stop, `terminal` where it writes to. Commands write through `terminal::Terminal`, so that tests can read
//! what they wrote. Nothing here judges, plans or renders: that is done in the rooms below.

mod args;
mod command;
mod diagnostics;
mod exit;
mod progress;
mod recording;
mod reports;
mod schemas;
mod terminal;
mod waivers;

use std::process::ExitCode;

use clap::Parser;

use self::args::{Arguments, Command};
use self::exit::Stop;
use self::terminal::Terminal;
use crate::verdict::Exit;

/// Reads the arguments, runs the command and turns its end into an exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help goes to standard output and is no error; a closed pipe there is nobody's fault.
            let _ = error.print();
            return if error.use_stderr() { code(Exit::Usage) } else { code(Exit::Conforms) };
        }
    };
    let mut out = std::io::stdout().lock();
    let mut err = std::io::stderr();
    let mut terminal = Terminal::standard(&mut out, &mut err, arguments.color);
    let ended = dispatch(&arguments.command, &mut terminal).and_then(|status| {
        terminal.out.flush()?;
        Ok(status)
    });
    match ended {
        Ok(status) => ExitCode::from(status),
        Err(Stop::OutputClosed) => code(Exit::Conforms),
        Err(Stop::Failure { exit, message }) => {
            // Without a standard error there is nobody to tell.
            let _ = terminal.error(&message);
            code(exit)
        }
    }
}

fn dispatch(command: &Command, terminal: &mut Terminal<'_>) -> Result<u8, Stop> {
    match command {
        Command::Run(arguments) => command::run::execute(arguments, terminal).map(Exit::code),
        Command::Judge(arguments) => command::judge::execute(arguments, terminal).map(Exit::code),
        Command::Fuzz(arguments) => command::fuzz::execute(arguments, terminal).map(Exit::code),
        Command::Replay(arguments) => command::replay::execute(arguments, terminal).map(Exit::code),
        Command::Agent(arguments) => command::agent::execute(arguments, terminal),
        Command::Rules(arguments) => command::rules::execute(arguments, terminal).map(Exit::code),
        Command::Selftest(arguments) => command::selftest::execute(arguments, terminal).map(Exit::code),
        Command::Schema(arguments) => command::schema::execute(arguments, terminal).map(Exit::code),
    }
}

fn code(exit: Exit) -> ExitCode {
    ExitCode::from(exit.code())
}
