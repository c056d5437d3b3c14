//! Any text is read as a scenario, or refused with a place.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| qgaspec_fuzz::scenario_text(bytes));

#[cfg(not(fuzzing))]
fn main() -> std::process::ExitCode {
    qgaspec_fuzz::replay_files(qgaspec_fuzz::scenario_text)
}
