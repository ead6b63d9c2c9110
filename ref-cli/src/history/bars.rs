//! Makes the bars and marks of a picture from the calls of a recording.

use super::read::{Call, Recording};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// What a bar says about a process and an object, for as long as the bar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BarKind {
    Owned,
    Lent,
    Shared,
    Exclusive,
    Waiting,
    /// A borrow that the process made of a handle of its own.
    LocalShared,
    LocalExclusive,
}

/// What a mark says about a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MarkKind {
    Commit,
    Refusal,
    Revoke,
    Death,
    Recovery,
    Call,
    Result,
}

/// Times are microseconds since the picture's start.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bar {
    pub(crate) lane: usize,
    /// The row in the lane: bars of a row do not overlap.
    pub(crate) row: usize,
    pub(crate) kind: BarKind,
    pub(crate) start: u64,
    pub(crate) end: u64,
    /// The number of the object in the list of objects.
    pub(crate) object: usize,
    pub(crate) at: Option<String>,
    /// Whether the recording has the end. If not, the process was killed, or was running yet.
    pub(crate) is_ended: bool,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mark {
    pub(crate) lane: usize,
    pub(crate) kind: MarkKind,
    pub(crate) time: u64,
    pub(crate) object: Option<usize>,
    pub(crate) at: Option<String>,
    pub(crate) text: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) rows: usize,
}

/// A picture of a recording: a lane for each process.
#[derive(Debug, Serialize)]
pub(crate) struct Picture {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) objects: Vec<String>,
    pub(crate) bars: Vec<Bar>,
    pub(crate) marks: Vec<Mark>,
    /// How long the recording is, in microseconds.
    pub(crate) length: u64,
    /// Whether the recording has borrows in a process.
    pub(crate) has_local: bool,
    /// How many hosts the processes are on. The clocks of two hosts are not one.
    pub(crate) hosts: usize,
}

/// A session of a process, and an object.
type Holding = (usize, u64, usize);

/// A bar whose end is not known yet.
struct OpenBar {
    start: u64,
    at: Option<String>,
    /// How many borrows the bar stands for.
    count: u32,
}

struct Drawing {
    picture: Picture,
    start: u64,
    numbers: HashMap<String, usize>,
    open: BTreeMap<(Holding, BarKind), OpenBar>,
    /// The borrows in a process whose end is not known yet, by the process and their number.
    local: BTreeMap<(usize, String), (Holding, BarKind, OpenBar)>,
    /// The last refusal of a place: a waiting call is refused again and again, and has one mark.
    refused: HashMap<Holding, (String, Option<String>)>,
    /// The last bar of a place in which a call waited, as its number in the picture.
    waited: HashMap<Holding, usize>,
}

/// How far apart two waits are at most, in microseconds, to be one: a waiting call looks at the object in between.
const GAP: u64 = 200_000;

impl Picture {
    /// Draws the calls, or those about an object if its id is given.
    pub(crate) fn new(recording: &Recording, object: Option<&str>) -> Self {
        let start = recording.calls.iter().map(|call| call.start).min().unwrap_or_default();
        let end = recording.calls.iter().map(|call| call.end).max().unwrap_or_default();
        let hosts: std::collections::BTreeSet<_> = recording.processes.iter().map(|process| &process.host).collect();
        let lane = |process: &super::read::Process| {
            let host = if hosts.len() > 1 { format!("@{}", process.host) } else { String::new() };
            Lane { name: format!("{}/{}{host}", process.program, process.pid), rows: 1 }
        };
        let lanes = recording.processes.iter().map(lane).collect();
        let (objects, bars, marks, length) = (Vec::new(), Vec::new(), Vec::new(), end.saturating_sub(start));
        let has_local = recording.calls.iter().any(Call::is_local);
        let picture = Self { lanes, objects, bars, marks, length, has_local, hosts: hosts.len() };
        let (numbers, open, local, refused, waited) = Default::default();
        let mut drawing = Drawing { picture, start, numbers, open, local, refused, waited };
        let is_asked = |call: &&Call| match (object, &call.object) {
            (None, _) | (_, None) => true,
            (Some(asked), Some(object)) => {
                object.split_once('#').is_some_and(|(_, id)| id == asked.trim_start_matches('#'))
            }
        };
        recording.calls.iter().filter(is_asked).for_each(|call| drawing.add(call, recording));
        drawing.finish(end)
    }
}

impl Drawing {
    fn add(&mut self, call: &Call, recording: &Recording) {
        let number = call.object.as_ref().map(|object| self.number(object));
        let place = (call.process, call.session, number.unwrap_or(usize::MAX));
        // Remote calls belong to no session, and each of them has its marks.
        match (call.act.as_str(), call.refused.as_deref()) {
            ("call", _) => return self.mark(MarkKind::Call, call, None, &call.note),
            ("called", None) => return self.mark(MarkKind::Result, call, None, &call.note),
            ("called", Some("WorkerDied")) => return self.mark(MarkKind::Death, call, None, &call.note),
            ("called", Some(_)) => return self.mark(MarkKind::Refusal, call, None, &call.note),
            _ => {}
        }
        if call.refused.is_some() {
            let now = (call.act.clone(), call.at.clone());
            if self.refused.insert(place, now.clone()).as_ref() != Some(&now) {
                self.mark(MarkKind::Refusal, call, number, &format!("{} is refused: {}", call.act, call.note));
            }
            return;
        }
        if number.is_none() && !matches!(call.act.as_str(), "reap" | "close") {
            return;
        }
        if call.act != "wait" {
            self.refused.remove(&place);
        }
        match call.act.as_str() {
            "put" | "claim" | "adopt" => self.begin(place, BarKind::Owned, call),
            "send" | "detach" | "publish" | "drop" => {
                self.end(place, BarKind::Lent, call.end, true);
                self.end(place, BarKind::Owned, call.end, true);
            }
            "lend" | "lend_mut" => self.begin(place, BarKind::Lent, call),
            "end" => self.end(place, BarKind::Lent, call.end, true),
            "revoke" => {
                self.end(place, BarKind::Lent, call.end, true);
                self.mark(MarkKind::Revoke, call, number, "the loan is revoked");
            }
            "borrow" | "share" => self.begin(place, BarKind::Shared, call),
            "return" => self.give_back(place, call.end),
            "borrow_mut" | "grant" => self.begin(place, BarKind::Exclusive, call),
            "commit" => {
                self.end(place, BarKind::Exclusive, call.end, true);
                self.mark(MarkKind::Commit, call, number, &format!("commit of {}", call.note));
            }
            "checkpoint" => self.mark(MarkKind::Commit, call, number, &format!("checkpoint of {}", call.note)),
            "local" => self.begin_local(place, BarKind::LocalShared, call),
            "local_mut" => self.begin_local(place, BarKind::LocalExclusive, call),
            "local_end" => self.end_local(call),
            "write" => self.mark(MarkKind::Commit, call, number, &format!("the owner writes {}", call.note)),
            "abort" | "remove" => self.end(place, BarKind::Exclusive, call.end, true),
            "wait" => self.wait(place, call),
            "died" => {
                self.mark(MarkKind::Death, call, number, &format!("the borrower died: {}", call.note));
                self.end_dead(call, number, recording);
            }
            "reap" if !call.note.starts_with("0 ") => self.mark(MarkKind::Recovery, call, None, &call.note),
            "close" => {
                let own = self.open.keys().filter(|(place, _)| (place.0, place.1) == (call.process, call.session));
                for (place, kind) in own.copied().collect::<Vec<_>>() {
                    self.end(place, kind, call.end, true);
                }
            }
            _ => {}
        }
    }

    fn number(&mut self, object: &str) -> usize {
        let next = self.numbers.len();
        let number = *self.numbers.entry(object.to_owned()).or_insert(next);
        if number == next {
            let id = object.split_once('#').map_or(object.to_owned(), |(_, id)| format!("#{id}"));
            self.picture.objects.push(id);
        }
        number
    }

    fn begin(&mut self, place: Holding, kind: BarKind, call: &Call) {
        let open = OpenBar { start: call.end, at: call.at.clone(), count: 0 };
        self.open.entry((place, kind)).or_insert(open).count += 1;
    }

    fn begin_local(&mut self, place: Holding, kind: BarKind, call: &Call) {
        let open = OpenBar { start: call.start, at: call.at.clone(), count: 1 };
        self.local.insert((call.process, call.note.clone()), (place, kind, open));
    }

    /// Ends a borrow in the process when it was used last, which is when the call begins.
    fn end_local(&mut self, call: &Call) {
        let begun = self.local.remove(&(call.process, call.note.clone()));
        if let Some((place, kind, OpenBar { start, at, .. })) = begun {
            self.push(place, kind, start, call.start.max(start), at, true);
        }
    }

    fn give_back(&mut self, place: Holding, time: u64) {
        let Some(open) = self.open.get_mut(&(place, BarKind::Shared)) else { return };
        open.count -= 1;
        if open.count == 0 {
            self.end(place, BarKind::Shared, time, true);
        }
    }

    fn end(&mut self, place: Holding, kind: BarKind, time: u64, is_ended: bool) {
        let Some(OpenBar { start, at, .. }) = self.open.remove(&(place, kind)) else { return };
        self.push(place, kind, start, time.max(start), at, is_ended);
    }

    fn push(&mut self, place: Holding, kind: BarKind, start: u64, end: u64, at: Option<String>, is_ended: bool) {
        let (start, end) = (start - self.start, end - self.start);
        self.picture.bars.push(Bar { lane: place.0, row: 0, kind, start, end, object: place.2, at, is_ended });
    }

    fn wait(&mut self, place: Holding, call: &Call) {
        let (start, end) = (call.start - self.start, call.end - self.start);
        if let Some(bar) = self.waited.get(&place).and_then(|number| self.picture.bars.get_mut(*number))
            && start <= bar.end.saturating_add(GAP)
        {
            bar.end = bar.end.max(end);
            return;
        }
        let at = self.refused.get(&place).and_then(|(_, at)| at.clone());
        self.waited.insert(place, self.picture.bars.len());
        self.push(place, BarKind::Waiting, call.start, call.end, at, true);
    }

    fn mark(&mut self, kind: MarkKind, call: &Call, object: Option<usize>, text: &str) {
        let (time, text) = (call.end - self.start, text.to_owned());
        self.picture.marks.push(Mark { lane: call.process, kind, time, object, at: call.at.clone(), text });
    }

    /// Ends the borrows of an object in the process that another one found dead.
    fn end_dead(&mut self, call: &Call, object: Option<usize>, recording: &Recording) {
        let named = |process: usize| {
            let pid = recording.processes[process].pid.to_string();
            let rest = call.note.strip_prefix("process ").and_then(|rest| rest.strip_prefix(&*pid));
            rest.is_some_and(|rest| !rest.starts_with(|letter: char| letter.is_ascii_digit()))
        };
        let is_dead = |place: &Holding| Some(place.2) == object && place.0 != call.process && named(place.0);
        let dead: Vec<_> = self.open.keys().filter(|(place, _)| is_dead(place)).copied().collect();
        for (place, kind) in dead {
            self.end(place, kind, call.end, false);
        }
    }

    /// Ends the bars whose end the recording does not have, and gives each bar a row.
    fn finish(mut self, end: u64) -> Picture {
        for (place, kind) in self.open.keys().copied().collect::<Vec<_>>() {
            self.end(place, kind, end, false);
        }
        for (place, kind, OpenBar { start, at, .. }) in std::mem::take(&mut self.local).into_values() {
            self.push(place, kind, start, end.max(start), at, false);
        }
        let Picture { lanes, bars, .. } = &mut self.picture;
        // The bars of an object stand one under another, so that a borrow is under the loan.
        bars.sort_by_key(|bar| (bar.lane, bar.start, bar.kind, bar.end));
        let mut ends: Vec<Vec<u64>> = lanes.iter().map(|_| Vec::new()).collect();
        for bar in bars {
            let rows = &mut ends[bar.lane];
            let free = rows.iter().take(ROWS).position(|end| *end <= bar.start);
            bar.row = free.unwrap_or(rows.len().min(ROWS - 1));
            match rows.get_mut(bar.row) {
                Some(end) => *end = (*end).max(bar.end),
                None => rows.push(bar.end),
            }
            lanes[bar.lane].rows = rows.len();
        }
        self.picture
    }
}

/// The most rows of a lane. More bars at a time lie upon each other in the last row.
const ROWS: usize = 40;
