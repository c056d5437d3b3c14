//! One speaker: what it has on its mind, what it holds, and what it says next.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::generate::compose::{binding, compose};
use crate::generate::entropy::Entropy;
use crate::generate::{Stimulus, Symbol, Until};
use crate::text::Node;

use super::shape::{Company, Shape};
use super::twist::Twist;
use super::{Action, Author, Step, channel, files, guest, programs, wild};

/// Files that a speaker keeps open; of more it closes some first.
const FILES_OPEN_MAX: usize = 5;
/// Processes that a speaker remembers.
const PROCESSES_MAX: usize = 12;
/// How often a speaker asks, when it leaves, whether a process has ended.
const LAST_TRIES: u16 = 4;

/// One speaker.
#[derive(Debug)]
pub(super) struct Speaker {
    number: u8,
    shapes: Vec<Shape>,
    twists: Vec<Twist>,
    queue: VecDeque<(Arc<str>, Stimulus)>,
    /// Files that should be open.
    pub(super) open: Vec<Symbol>,
    /// Files that were closed.
    pub(super) closed: Vec<Symbol>,
    /// Processes that were started.
    pub(super) processes: Vec<Symbol>,
    handles: u8,
    pids: u8,
    /// Whether it leaves behind what it has.
    is_messy: bool,
    /// Whether it may have frozen something.
    pub(super) has_frozen: bool,
}

impl Speaker {
    pub(super) fn new(number: u8, company: Company, author: &Author<'_>, entropy: &mut Entropy<'_>) -> Self {
        Self {
            number,
            shapes: company.shapes(author, entropy),
            twists: Twist::draw(entropy),
            queue: VecDeque::new(),
            open: Vec::new(),
            closed: Vec::new(),
            processes: Vec::new(),
            handles: 0,
            pids: 0,
            is_messy: entropy.one_in(8),
            has_frozen: false,
        }
    }

    /// Says the next thing, which may be several steps, or nothing.
    pub(super) fn speak(&mut self, author: &Author<'_>, entropy: &mut Entropy<'_>, steps: &mut Vec<Step>) {
        if self.queue.is_empty() {
            let Some(shape) = entropy.pick(&self.shapes).copied() else { return };
            if shape == Shape::Leave {
                let last_words = channel::last_words(entropy);
                let (speaker, label) = (self.number, author.labels.of(shape));
                steps.push(Step { speaker, label, action: Action::Leave { last_words } });
                return;
            }
            self.think(shape, author, entropy);
        }
        let Some((label, stimulus)) = self.queue.pop_front() else { return };
        let next = self.queue.front().map(|(_, next)| next);
        let twisted = match entropy.pick(&self.twists) {
            Some(twist) if entropy.one_in(4) => twist.apply(stimulus, next, entropy),
            _ => vec![stimulus],
        };
        steps.extend(twisted.into_iter().map(|stimulus| self.step(Arc::clone(&label), stimulus)));
    }

    /// Ends what it has begun, unless it is messy.
    pub(super) fn take_leave(&mut self, author: &Author<'_>, steps: &mut Vec<Step>) {
        if self.has_frozen {
            let label = author.labels.of(Shape::Freeze);
            for command in ["guest-fsfreeze-thaw", "guest-fsfreeze-status"] {
                steps.push(self.step(Arc::clone(&label), compose(command, [])));
            }
        }
        if self.is_messy {
            return;
        }
        let label = author.labels.of(Shape::Files);
        for file in std::mem::take(&mut self.open) {
            let close = compose("guest-file-close", [("handle", file.into())]);
            steps.push(self.step(Arc::clone(&label), close));
        }
        let label = author.labels.of(Shape::Programs);
        for process in std::mem::take(&mut self.processes) {
            let mut ask = compose("guest-exec-status", [("pid", process.into())]);
            ask.until = Some(Until { member: "exited", tries: LAST_TRIES });
            steps.push(self.step(Arc::clone(&label), ask));
        }
    }

    fn step(&self, label: Arc<str>, stimulus: Stimulus) -> Step {
        Step { speaker: self.number, label, action: Action::Say(stimulus) }
    }

    /// Thinks of what to say next.
    fn think(&mut self, shape: Shape, author: &Author<'_>, entropy: &mut Entropy<'_>) {
        let label = author.labels.of(shape);
        let stimulus = match shape {
            Shape::Catalogue => {
                if let Some((label, stimuli)) = author.catalogue.draw(entropy) {
                    self.queue.extend(stimuli.into_iter().map(|stimulus| (Arc::clone(&label), stimulus)));
                }
                return;
            }
            Shape::Files => files::next(self, author, entropy),
            Shape::Programs => programs::next(self, author, entropy),
            Shape::Freeze => guest::freeze(self, author, entropy),
            Shape::Guest => guest::next(self, author, entropy),
            Shape::Power => guest::power(entropy),
            Shape::Wild => wild::request(self, author, entropy),
            Shape::Question => channel::question(author, entropy),
            Shape::Noise | Shape::Leave => channel::noise(entropy),
        };
        self.queue.push_back((label, stimulus));
    }

    /// Something to say right behind what is being thought of.
    pub(super) fn and_then(&mut self, shape: Shape, author: &Author<'_>, stimulus: Stimulus) {
        self.queue.push_back((author.labels.of(shape), stimulus));
    }

    /// Opens a file and remembers the handle. Of many open files the first is forgotten, so that it stays open.
    pub(super) fn opens(&mut self, path: Node, mode: Option<Node>) -> Stimulus {
        self.handles = self.handles.wrapping_add(1);
        let handle = Symbol::Handle(self.handles);
        if self.open.len() >= FILES_OPEN_MAX {
            self.open.remove(0);
        }
        self.open.push(handle);
        let arguments = [("path", path.into())].into_iter().chain(mode.map(|mode| ("mode", mode.into())));
        binding(compose("guest-file-open", arguments), handle, &[])
    }

    /// Whether it has as many files open as it wants.
    pub(super) fn has_many_files(&self) -> bool {
        self.open.len() >= FILES_OPEN_MAX
    }

    /// Remembers the process that a request starts.
    pub(super) fn starts(&mut self, request: Stimulus) -> Stimulus {
        self.pids = self.pids.wrapping_add(1);
        let process = Symbol::Pid(self.pids);
        if self.processes.len() >= PROCESSES_MAX {
            self.processes.remove(0);
        }
        self.processes.push(process);
        binding(request, process, &["pid"])
    }

    /// Its number, for names that are its own.
    pub(super) const fn number(&self) -> u8 {
        self.number
    }
}
