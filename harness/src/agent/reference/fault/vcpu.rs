//! Faults of commands about processors.

use super::hook::Context;
use super::{Fault, Hook, Memory, edit};
use crate::agent::reference::arguments::Arguments;
use crate::agent::reference::commands::processor::{set, switch};
use crate::agent::reference::dispatch::CommandError;
use crate::agent::reference::guest::Guest;
use crate::text::{Json, Node};

const GET: &str = "guest-get-vcpus";
const SET: &str = "guest-set-vcpus";

type Executed = Result<Node, CommandError>;

pub(super) static FAULTS: [Fault; 24] = [
    Fault {
        name: "lists-processor-twice",
        trips: "vcpu/once",
        summary: "the first processor is listed two times",
        hooks: &[Hook::Reply(|_, context, reply| {
            if let Some(list) = listed(context, reply) {
                list.extend(list.first().cloned());
            }
        })],
    },
    Fault {
        name: "lists-offline-processor-twice",
        trips: "vcpu/once",
        summary: "a processor that is out of use has the number of the one before it",
        hooks: &[Hook::Reply(|_, context, reply| {
            let mut last = None;
            for entry in listed(context, reply).into_iter().flatten() {
                let number = edit::member(entry, "logical-id").cloned();
                if let (true, Some(last)) = (is_offline(entry), &last) {
                    edit::set(entry, "logical-id", Node::clone(last));
                }
                last = number;
            }
        })],
    },
    Fault {
        name: "processors-without-can-offline",
        trips: "vcpu/can-offline-told",
        summary: "no processor says whether it can be taken out of use",
        hooks: &[Hook::Reply(|_, context, reply| {
            for entry in listed(context, reply).into_iter().flatten() {
                edit::remove(entry, "can-offline");
            }
        })],
    },
    Fault {
        name: "fixed-processor-without-can-offline",
        trips: "vcpu/can-offline-told",
        summary: "a processor that cannot be taken out of use does not say so",
        hooks: &[Hook::Reply(|_, context, reply| {
            for entry in listed(context, reply).into_iter().flatten() {
                if edit::member(entry, "can-offline").is_some_and(|can| *can == Node::Bool(false)) {
                    edit::remove(entry, "can-offline");
                }
            }
        })],
    },
    Fault {
        name: "all-processors-offline",
        trips: "vcpu/some-online",
        summary: "all processors are listed as out of use",
        hooks: &[Hook::Reply(|_, context, reply| set_all_offline(context, reply))],
    },
    Fault {
        name: "all-processors-offline-after-one",
        trips: "vcpu/some-online",
        summary: "all processors are listed as out of use while two are",
        hooks: &[Hook::Reply(|_, context, reply| {
            let offline = listed(context, reply)
                .into_iter()
                .flatten()
                .map(is_offline)
                .filter(|offline| *offline)
                .count();
            if offline > 1 {
                set_all_offline(context, reply);
            }
        })],
    },
    Fault {
        name: "set-processors-returns-minus-one",
        trips: "vcpu/set-count",
        summary: "a list whose last element fails returns -1",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = set(guest, arguments)?;
            let length = arguments.objects("vcpus").count() as i128;
            Ok(if edit::integer(&done) == Some(length) { done } else { Node::Int(-1) })
        })],
    },
    Fault {
        name: "set-processors-counts-one-more",
        trips: "vcpu/set-count",
        summary: "a list that is carried out returns one more than its length",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = edit::integer(&set(guest, arguments)?).unwrap_or_default();
            Ok(Node::Int(done + i128::from(done > 0)))
        })],
    },
    Fault {
        name: "empty-list-of-processors-returns-one",
        trips: "vcpu/set-count",
        summary: "an empty list returns 1",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            if arguments.objects("vcpus").next().is_none() { Ok(Node::Int(1)) } else { set(guest, arguments) }
        })],
    },
    Fault {
        name: "first-processor-fails-with-zero",
        trips: "vcpu/set-count",
        summary: "a list whose first element fails returns 0",
        hooks: &[Hook::Command(SET, |_, guest, arguments| Ok(set(guest, arguments).unwrap_or(Node::Int(0))))],
    },
    Fault {
        name: "switches-unknown-processors",
        trips: "vcpu/impossible",
        summary: "an element with a number that no processor has counts as carried out",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            each(
                guest,
                arguments,
                |guest, element| {
                    if is_known(guest, element) { switch_one(guest, element) } else { Ok(()) }
                },
            )
        })],
    },
    Fault {
        name: "switches-unknown-processors-at-the-end",
        trips: "vcpu/impossible",
        summary: "a last element with a number that no processor has counts as carried out behind others",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let length = arguments.objects("vcpus").count() as i128;
            let done = edit::integer(&set(guest, arguments)?).unwrap_or_default();
            let last = arguments.objects("vcpus").last();
            let lenient = last.is_some_and(|last| !is_known(guest, last)) && done + 1 == length;
            Ok(Node::Int(done + i128::from(lenient)))
        })],
    },
    Fault {
        name: "processor-numbers-in-32-bits",
        trips: "vcpu/impossible",
        summary: "the number of a processor is cut to 32 bits",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            each(guest, arguments, |guest, element| {
                let number = element.int("logical-id") as i32;
                switch(&mut guest.machine.cpus, number.into(), element.flag("online"))
            })
        })],
    },
    Fault {
        name: "takes-any-processor-out-of-use",
        trips: "vcpu/impossible",
        summary: "taking a processor out of use succeeds although that is not possible",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            each(guest, arguments, |guest, element| {
                if is_known(guest, element) && !element.flag("online") {
                    return Ok(());
                }
                switch_one(guest, element)
            })
        })],
    },
    Fault {
        name: "sets-no-processor",
        trips: "vcpu/effect",
        summary: "a list is checked and not carried out",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let before = guest.machine.cpus.clone();
            let done = set(guest, arguments);
            guest.machine.cpus = before;
            done
        })],
    },
    Fault {
        name: "first-mention-of-a-processor-counts",
        trips: "vcpu/effect",
        summary: "of several elements about one processor the first one stands",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = set(guest, arguments)?;
            let elements: Vec<_> = arguments.objects("vcpus").collect();
            for element in elements.iter().rev() {
                // The processor that runs the agent stays in use.
                let _ = switch_one(guest, *element);
            }
            Ok(done)
        })],
    },
    Fault {
        name: "failed-list-of-processors-goes-on",
        trips: "vcpu/effect",
        summary: "a list whose first element fails is carried out all the same",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let outcome = set(guest, arguments);
            if outcome.is_err() {
                arguments.objects("vcpus").for_each(|element| drop(switch_one(guest, element)));
            }
            outcome
        })],
    },
    Fault {
        name: "partial-list-of-processors-goes-on",
        trips: "vcpu/effect",
        summary: "elements behind one that fails are carried out, and not counted",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = set(guest, arguments)?;
            arguments.objects("vcpus").for_each(|element| drop(switch_one(guest, element)));
            Ok(done)
        })],
    },
    Fault {
        name: "empty-list-of-processors-means-all",
        trips: "vcpu/effect",
        summary: "an empty list takes all processors into use",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            if arguments.objects("vcpus").next().is_none() {
                guest.machine.cpus.iter_mut().for_each(|cpu| cpu.online = true);
            }
            set(guest, arguments)
        })],
    },
    Fault {
        name: "one-processor-at-a-time",
        trips: "vcpu/maximal",
        summary: "only the first element of a list is carried out",
        hooks: &[Hook::Command(SET, |memory, guest, arguments| at_most(memory, guest, arguments, 1))],
    },
    Fault {
        name: "four-processors-at-a-time",
        trips: "vcpu/maximal",
        summary: "no more than four elements of a list are carried out",
        hooks: &[Hook::Command(SET, |memory, guest, arguments| at_most(memory, guest, arguments, 4))],
    },
    Fault {
        name: "heeds-can-offline-of-processors",
        trips: "vcpu/can-offline-ignored",
        summary: "an element whose `can-offline` is false is refused",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            each(guest, arguments, |guest, element| {
                if element.value("can-offline").and_then(Json::as_bool) == Some(false) {
                    return Err(CommandError::new("this processor cannot be switched"));
                }
                switch_one(guest, element)
            })
        })],
    },
    Fault {
        name: "refuses-can-offline-of-processors",
        trips: "vcpu/can-offline-ignored",
        summary: "a list with one element that has `can-offline` is refused",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let mut elements = arguments.objects("vcpus");
            let says = elements.next().is_some_and(|first| first.value("can-offline").is_some());
            if says && elements.next().is_none() {
                return Err(CommandError::new("`can-offline` cannot be set"));
            }
            set(guest, arguments)
        })],
    },
    Fault {
        name: "stores-can-offline-of-processors",
        trips: "vcpu/can-offline-ignored",
        summary: "a processor can be taken out of use if the last request about it said so",
        hooks: &[Hook::Command(SET, |_, guest, arguments| {
            let done = set(guest, arguments)?;
            for element in arguments.objects("vcpus") {
                let said = element.value("can-offline").and_then(Json::as_bool);
                let cpu = guest.machine.cpus.iter_mut().find(|cpu| cpu.id == element.int("logical-id"));
                if let (Some(said), Some(cpu)) = (said, cpu) {
                    cpu.can_offline = said;
                }
            }
            Ok(done)
        })],
    },
];

fn listed<'n>(context: &Context<'_>, reply: &'n mut Node) -> Option<&'n mut Vec<Node>> {
    match edit::result_of(context, reply, GET)? {
        Node::Array(list) => Some(list),
        _ => None,
    }
}

fn is_offline(entry: &mut Node) -> bool {
    edit::member(entry, "online").is_some_and(|online| *online == Node::Bool(false))
}

fn set_all_offline(context: &Context<'_>, reply: &mut Node) {
    for entry in listed(context, reply).into_iter().flatten() {
        edit::set(entry, "online", false.into());
    }
}

fn is_known(guest: &Guest, element: Arguments<'_>) -> bool {
    guest.machine.cpus.iter().any(|cpu| cpu.id == element.int("logical-id"))
}

fn switch_one(guest: &mut Guest, element: Arguments<'_>) -> Result<(), CommandError> {
    switch(&mut guest.machine.cpus, element.int("logical-id"), element.flag("online"))
}

/// Carries out the elements in this way, up to the first that fails.
fn each(
    guest: &mut Guest,
    arguments: Arguments<'_>,
    mut carry_out: impl FnMut(&mut Guest, Arguments<'_>) -> Result<(), CommandError>,
) -> Executed {
    let mut done = 0;
    for element in arguments.objects("vcpus") {
        match carry_out(guest, element) {
            Ok(()) => done += 1,
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(Node::Int(done))
}

fn at_most(memory: &mut Memory, guest: &mut Guest, arguments: Arguments<'_>, most: u64) -> Executed {
    memory.count = 0;
    each(guest, arguments, |guest, element| {
        memory.count += 1;
        if memory.count > most {
            return Err(CommandError::new("too many processors"));
        }
        switch_one(guest, element)
    })
}
