//! `ref show`: one object.

use crate::fields::{FORMAT, ObjectFields, json};
use crate::list::process;
use crate::text::{age, bytes, plain, plain_or_dash, since};
use crate::{Done, Place};
use ref_core::ObjectId;
use ref_core::inspect::{Inspector, ObjectEntry, ObjectHolder};
use serde::Serialize;

#[derive(Serialize)]
struct Shown {
    format: u32,
    object: ObjectFields,
}

pub(crate) fn run(place: &Place, object: &str) -> Done {
    let store = Inspector::open(&place.address).map_err(|error| error.to_string())?;
    let entry = find(&store, object)?;
    if place.json {
        return json(&Shown { format: FORMAT, object: ObjectFields::from(&entry) });
    }
    Ok(lines(&entry).iter().map(|(title, value)| format!("{title:<8} {value}\n")).collect())
}

/// Returns what there is to say about an object, each with its title.
pub(crate) fn lines(entry: &ObjectEntry) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("object", entry.id.to_string()),
        ("name", plain_or_dash(entry.name.as_deref())),
        ("type", plain_or_dash(entry.type_name.as_deref())),
        ("bytes", bytes(entry.bytes)),
        ("version", entry.version.to_string()),
        ("state", entry.state.to_string()),
    ];
    lines.extend(entry.written.map(|written| ("written", format!("{} ago", age(since(written))))));
    lines.extend(entry.time_left.map(|left| ("time", format!("{} left", age(left)))));
    lines.extend(entry.is_waited_for.then(|| ("waits", "a session waits for a change, or has given up".to_owned())));
    lines.extend(entry.owner.iter().map(|owner| ("owner", line(owner))));
    lines.extend(entry.holders.iter().map(|holder| ("held by", line(holder))));
    lines.extend(entry.problem.iter().map(|problem| ("problem", plain(problem))));
    lines
}

/// Returns the object with this id or name. No name has a `#`, and a name may be two numbers with a point, as an id
/// without `#` is: if that means two objects, the call fails.
pub(crate) fn find(store: &Inspector, object: &str) -> Result<ObjectEntry, String> {
    let id = object.parse::<ObjectId>().ok();
    let objects = store.objects().map_err(|error| error.to_string())?;
    let by_id = objects.iter().find(|entry| Some(entry.id) == id);
    let by_name = objects.iter().find(|entry| entry.name.as_deref() == Some(object));
    match (by_id, by_name) {
        (Some(one), Some(other)) if one.id != other.id => Err(format!(
            "`{object}` is the id of one object and the name of another: write `{}` for the id, or `{}` for the object \
             with this name",
            one.id, other.id
        )),
        (Some(found), _) | (None, Some(found)) => Ok(found.clone()),
        (None, None) => Err(format!("the store has no object `{object}`; `ref ls` lists its objects")),
    }
}

fn line(holder: &ObjectHolder) -> String {
    let at = holder.process.at.as_ref().map(|at| format!(", at {}", plain(at))).unwrap_or_default();
    let held = holder.process.since.map(|time| format!(", for {}", age(since(time)))).unwrap_or_default();
    format!("{} ({}){held}{at}", process(holder), holder.access)
}
