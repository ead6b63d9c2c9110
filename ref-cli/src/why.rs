//! `ref why`: why a call that asks for an object waits or is refused, drawn as rustc draws a conflict.

use crate::fields::{FORMAT, ObjectFields, json};
use crate::list::process;
use crate::show::find;
use crate::source::{Line, Places};
use crate::text::{age, plain, since};
use crate::{Done, Place};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use ref_core::access::AccessKind;
use ref_core::inspect::{Inspector, ObjectEntry, ObjectHolder, ObjectState};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Serialize)]
struct Reasons {
    format: u32,
    object: ObjectFields,
    refused: bool,
    reason: String,
    notes: Vec<String>,
    remedies: Vec<String>,
}

/// What a look at an object says to the question why a call does not get the object.
struct Verdict {
    /// Whether some borrow of the object is refused now.
    refused: bool,
    reason: String,
    notes: Vec<String>,
    remedies: Vec<String>,
}

/// The most holders whose lines are drawn.
const DRAWN: usize = 8;

pub(crate) fn run(place: &Place, object: &str, sources: Vec<PathBuf>) -> Done {
    let store = Inspector::open(&place.address).map_err(|error| error.to_string())?;
    let entry = find(&store, object)?;
    let verdict = verdict(&entry);
    if place.json {
        let Verdict { refused, reason, notes, remedies } = verdict;
        let object = ObjectFields::from(&entry);
        return json(&Reasons { format: FORMAT, object, refused, reason, notes, remedies });
    }
    Ok(drawn(&entry, &verdict, &Places::new(sources)))
}

/// Returns why a borrow of the object is refused, or that none is.
fn verdict(entry: &ObjectEntry) -> Verdict {
    use ObjectState::{
        Closing, Damaged, Detached, Doomed, Idle, InTransit, LentExclusively, LentShared, Offered, Orphan, Published,
    };
    let has_writer = entry.holders.iter().any(|holder| holder.access == AccessKind::BorrowMut);
    let has_readers = entry.holders.iter().any(|holder| holder.access == AccessKind::Borrow);
    let (refused, reason, remedy) = match entry.state {
        Idle => (true, "it is owned, and not lent", "its owner lends it: redeem a ticket of that loan"),
        LentShared => (true, "it is lent to readers, and is not changed meanwhile", GIVE_BACK),
        Closing => (true, "its owner waits until its readers have given it back", GIVE_BACK),
        Offered => (
            true,
            "it is lent exclusively, and the ticket of that loan is not redeemed",
            "redeem the ticket, or drop the loan in the owner's process",
        ),
        LentExclusively => (true, "it is borrowed exclusively", WRITER),
        InTransit => (
            true,
            "its ownership ticket waits to be claimed",
            "claim the ticket; if the ticket is lost, `ref reap` removes the object when its time is over",
        ),
        Orphan => (true, "the session of its owner was lost", "attach the owner again with `Owned::reattach`"),
        Detached | Published if has_writer => (true, "it is borrowed exclusively", WRITER),
        Detached | Published if has_readers => (true, "it is read, and is not changed meanwhile", GIVE_BACK),
        Detached | Published => (false, "no session holds it, and a borrow of it is granted", ""),
        Doomed => (true, "its owner is gone, and it goes with its last holder", "put the value anew"),
        Damaged => (true, "its record is damaged", "remove the store's folder when no process has it open"),
        other => return Verdict { refused: true, reason: other.to_string(), notes: Vec::new(), remedies: Vec::new() },
    };
    let mut remedies: Vec<_> = (!remedy.is_empty()).then(|| remedy.to_owned()).into_iter().collect();
    if entry.owner.iter().chain(&entry.holders).any(|holder| !holder.is_alive) {
        remedies
            .push("a dead process holds it: the next call that needs it takes it back, and so does `ref reap`".into());
    }
    Verdict { refused, reason: reason.to_owned(), notes: notes(entry), remedies }
}

const GIVE_BACK: &str = "a reader gives it back when it drops its lease, or ends";
const WRITER: &str = "the writer gives it back by `commit` or `release`, or when it drops its lease or ends";

/// Returns what the store says about sessions that wait for the object, and what it does not say.
fn notes(entry: &ObjectEntry) -> Vec<String> {
    let mut notes: Vec<_> = entry.problem.iter().cloned().collect();
    match (entry.state, &entry.owner) {
        (ObjectState::Closing, Some(owner)) => {
            notes.push(format!("it is asked for by its owner, {}", process(owner)));
            notes.push("the store has the line where that process took or lent it, and not the line that waits".into());
        }
        _ if entry.is_waited_for => notes.push(
            "a session waits for it, or has given up: the store has neither the process nor the line that asks".into(),
        ),
        _ => {}
    }
    let without = entry.holders.iter().filter(|holder| holder.process.at.is_none()).count();
    if without > 0 {
        notes.push(format!("the store has no line of {without} of its {} holders", entry.holders.len()));
    }
    let more = entry.holders.len().saturating_sub(DRAWN);
    if more > 0 {
        notes.push(format!("{more} more hold it: `ref show` lists them"));
    }
    notes
}

/// Draws the verdict with the lines of the holders and of the owner.
fn drawn(entry: &ObjectEntry, verdict: &Verdict, places: &Places) -> String {
    let name = entry.name.as_ref().or(entry.type_name.as_ref()).map(|name| format!(" `{}`", plain(name)));
    let what = if verdict.refused { "is not free" } else { "is free" };
    let title = format!("{}{} {what}: {}", entry.id, name.unwrap_or_default(), plain(&verdict.reason));
    let level = if verdict.refused { Level::ERROR } else { Level::NOTE };
    let mut group = Group::with_title(level.primary_title(&*title));
    let holders = entry.holders.iter().take(DRAWN).map(|holder| (holder, AnnotationKind::Primary));
    // A store has one line for a session and an object: an owner that borrows its own object has the borrow's line.
    let is_line_of_borrow = |owner: &&ObjectHolder| {
        entry.holders.iter().any(|holder| holder.session == owner.session && holder.process.at == owner.process.at)
    };
    let owner = entry.owner.iter().filter(|owner| !is_line_of_borrow(owner));
    let owner = owner.map(|owner| (owner, AnnotationKind::Context));
    let mut unplaced = Vec::new();
    for (holder, kind) in holders.chain(owner) {
        let label = label(holder);
        match holder.process.at.as_deref().map(|at| places.find(at, holder)) {
            Some(Line { path, number, text: Some(text) }) => {
                let span = text.len() - text.trim_start().len()..text.trim_end().len().max(1);
                let snippet = Snippet::source(text).path(path).line_start(number);
                group = group.element(snippet.annotation(kind.span(span).label(label)));
            }
            Some(Line { path, number, text: None }) => {
                group = group.element(Origin::path(path).line(number));
                unplaced.push(format!("{label}; the source is not at hand: name its folder by `--source`"));
            }
            None => unplaced.push(label),
        }
    }
    for note in unplaced.iter().chain(&verdict.notes) {
        group = group.element(Level::NOTE.message(plain(note)));
    }
    for remedy in &verdict.remedies {
        group = group.element(Level::HELP.message(remedy.as_str()));
    }
    Renderer::styled().render(&[group]) + "\n"
}

/// Says how the holder holds the object, such as `borrowed exclusively here, by worker/4712, for 5 m`.
fn label(holder: &ObjectHolder) -> String {
    let has_line = holder.process.at.is_some();
    let time = holder.process.since.map(|time| format!(", for {}", age(since(time)))).unwrap_or_default();
    let held = match holder.access {
        // A store on one host has the line of the last loan, and a server that where the ownership began.
        AccessKind::Own => {
            let line = if has_line { ", which took or lent it here" } else { "" };
            return format!("owned by {}{line}{time}", process(holder));
        }
        AccessKind::Borrow => "borrowed shared",
        AccessKind::BorrowMut => "borrowed exclusively",
        _ => "held",
    };
    let here = if has_line { " here" } else { "" };
    format!("{held}{here}, by {}{time}", process(holder))
}
