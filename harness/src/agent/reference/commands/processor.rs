//! Processors of the guest: `guest-get-vcpus`, `guest-set-vcpus`.

#![expect(clippy::unnecessary_wraps, reason = "the signature is that of all commands")]

use super::{Arguments, Command, CommandError, Guest, Node};
use crate::agent::reference::guest::machine::{Cpu, Platform};

pub(super) static COMMANDS: [Command; 2] =
    [Command::new("guest-get-vcpus", list), Command::new("guest-set-vcpus", set).only_on(Platform::Linux)];

fn list(guest: &mut Guest, _: Arguments<'_>) -> Result<Node, CommandError> {
    Ok(Node::list(guest.machine.cpus.iter().map(|cpu| {
        Node::object([
            ("logical-id", cpu.id.into()),
            ("online", cpu.online.into()),
            ("can-offline", cpu.can_offline.into()),
        ])
    })))
}

/// Carries out the elements up to the first that fails, and counts them.
pub(crate) fn set(guest: &mut Guest, arguments: Arguments<'_>) -> Result<Node, CommandError> {
    let mut done = 0;
    for element in arguments.objects("vcpus") {
        match switch(&mut guest.machine.cpus, element.int("logical-id"), element.flag("online")) {
            Ok(()) => done += 1,
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(Node::Int(done))
}

pub(crate) fn switch(cpus: &mut [Cpu], id: i64, online: bool) -> Result<(), CommandError> {
    let in_use = cpus.iter().filter(|cpu| cpu.online).count();
    let cpu = cpus.iter_mut().find(|cpu| cpu.id == id);
    let cpu = cpu.ok_or_else(|| CommandError::new(format!("there is no processor {id}")))?;
    if cpu.online && !online && (!cpu.can_offline || in_use == 1) {
        return Err(CommandError::new(format!("processor {id} cannot be taken out of use")));
    }
    cpu.online = online;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Bench, REFUSED};
    use super::*;
    use crate::agent::reference::Config;
    use crate::agent::reference::guest::machine::Machine;

    const GET: &str = "guest-get-vcpus";
    const SET: &str = "guest-set-vcpus";

    /// The list, with these states.
    fn states(states: [bool; 3]) -> String {
        let each = [(0, false), (1, true), (4, true)].into_iter().zip(states).map(|((id, can), online)| {
            format!(r#"{{"logical-id": {id}, "online": {online}, "can-offline": {can}}}"#)
        });
        format!("[{}]", each.collect::<Vec<_>>().join(", "))
    }

    fn request(elements: &[(i64, bool)]) -> String {
        let each = elements.iter().map(|(id, online)| format!(r#"{{"logical-id":{id},"online":{online}}}"#));
        format!(r#""vcpus":[{}]"#, each.collect::<Vec<_>>().join(","))
    }

    #[test]
    fn elements_are_carried_out_up_to_the_first_that_fails() {
        for (elements, reply, after) in [
            (&[][..], "0", [true, true, false]),
            (&[(1, false)], "1", [true, false, false]),
            (&[(0, true), (1, true), (4, true)], "3", [true, true, true]),
            (&[(0, false)], REFUSED, [true, true, false]),
            (&[(99, true)], REFUSED, [true, true, false]),
            (&[(-1, true), (1, false)], REFUSED, [true, true, false]),
            (&[(1, false), (99, true), (4, true)], "1", [true, false, false]),
            (&[(4, true), (0, false), (1, false)], "1", [true, true, true]),
            (&[(1, false), (1, true), (1, false)], "3", [true, false, false]),
        ] {
            let mut bench = Bench::default();
            bench.check(&[(SET, &request(elements), reply), (GET, "", &states(after))]);
        }
    }

    #[test]
    fn whether_it_can_go_offline_is_not_taken_from_a_request() {
        Bench::default().check(&[
            (SET, r#""vcpus":[{"logical-id":1,"online":false,"can-offline":false}]"#, "1"),
            (SET, r#""vcpus":[{"logical-id":0,"online":false,"can-offline":true}]"#, REFUSED),
            (GET, "", &states([true, false, false])),
            (SET, r#""vcpus":[{"logical-id":4,"online":true},{"logical-id":1}]"#, REFUSED),
            (GET, "", &states([true, false, false])),
        ]);
    }

    #[test]
    fn one_processor_stays() {
        let cpus = [0, 1].map(|id| Cpu { id, online: true, can_offline: true }).to_vec();
        let machine = Machine { cpus, ..Machine::linux() };
        let mut bench = Bench::new(Config { machine, ..Config::default() });
        bench.check(&[
            (SET, &request(&[(0, false), (1, false)]), "1"),
            (SET, &request(&[(1, false)]), REFUSED),
        ]);
    }
}
