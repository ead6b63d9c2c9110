//! The search for all keys of a store in a server. Recovery needs keys that no other key names, because another program
//! has removed the keys that named them. The end of a store removes all keys.
//!
//! A store has no list of all its keys. So these calls go through the keys of the server, a part in each request, when
//! no session of the store is left. If the server has very many keys, these calls skip the search.

use super::call::run;
use super::connection::Connection;
use super::fault::ServerFault;
use super::keys::Keys;
use super::script;
use super::text::words;
use std::collections::HashSet;

/// The largest number of keys in a server with which a session still looks through all of them. With more keys, the
/// close of a session would take too long.
const MOST: u64 = 100_000;
/// About how many keys a request goes through.
const PART: usize = 1_000;

/// Returns all keys of the store. Returns none if the server has too many keys, or if it refuses to list them, for
/// example since the user has no right to do so.
pub(super) fn find(keys: &Keys, connection: &mut Connection) -> Result<Vec<String>, ServerFault> {
    match scan(keys, connection) {
        Err(ServerFault::Final(_)) => Ok(Vec::new()),
        found => found,
    }
}

fn scan(keys: &Keys, connection: &mut Connection) -> Result<Vec<String>, ServerFault> {
    let fault = |error| ServerFault::of(&error);
    let (mut found, mut cursor) = (Vec::new(), 0_u64);
    if redis::cmd("DBSIZE").query::<u64>(connection).map_err(fault)? > MOST {
        return Ok(found);
    }
    let pattern = format!("{}*", escaped(keys.prefix()));
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(PART);
        let (next, some): (u64, redis::Value) = scan.query(connection).map_err(fault)?;
        found.extend(words(some));
        cursor = next;
        if cursor == 0 {
            return Ok(found);
        }
    }
}

/// Returns a pattern that only this text matches.
fn escaped(text: &str) -> String {
    let escape = |letter| if "*?[]\\^-".contains(letter) { vec!['\\', letter] } else { vec![letter] };
    text.chars().flat_map(escape).collect()
}

/// Enters the sessions and objects of these keys into the store again: see `restore.lua`. Returns the objects that a
/// session owned, and the doomed ones.
/// If there are any keys, also returns the objects that the store's set of objects without an owner still names, and
/// that have no key among `found`.
pub(super) fn restore(keys: &Keys, connection: &mut Connection, found: &[String]) -> Result<Vec<String>, ServerFault> {
    let own = [keys.sessions(), keys.dead(), keys.names(), keys.unowned(), keys.deadlines()];
    let mut owned = Vec::new();
    for part in found.chunks(PART) {
        owned.extend(words(run(connection, &script::RESTORE, &[&own, part].concat(), &[])?));
    }
    if !found.is_empty() {
        let unowned = redis::cmd("SMEMBERS").arg(keys.unowned()).query(connection);
        let unowned = words(unowned.map_err(|error| ServerFault::of(&error))?);
        let found: HashSet<&String> = found.iter().collect();
        owned.extend(unowned.into_iter().filter(|object| !found.contains(&keys.object(object))));
    }
    Ok(owned)
}

/// Removes every key of the store but those that expire by themselves, if the store is over. If [`find`] skips the
/// search, removes only the descriptions, the names, the clock and the store's number. The number goes last: if the
/// process dies before, a later call finds that the store is over, and does the same.
pub(super) fn end(keys: &Keys, connection: &mut Connection) -> Result<(), ServerFault> {
    let own = [keys.sessions(), keys.dead(), keys.unowned()];
    let last = [keys.types(), keys.named(), keys.clock(), keys.id()];
    let mut found = find(keys, connection)?;
    found.retain(|key| !last.contains(key));
    for part in found.chunks(PART).chain([last.as_slice()]) {
        run(connection, &script::SWEEP, &[&own, part].concat(), &[])?;
    }
    Ok(())
}
