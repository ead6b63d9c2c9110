// types2: two fields are borrowed apart.
//
// Fails with: E0502
// Rule: R27
//
// With a plain `&mut Game` the compiler sees that `players` and `log` are two fields. A `RefMut` is a
// handle: each use of a field is a use of the whole handle. A handle is taken apart once, and then its
// fields are borrows of their own.

use ref_core::{Result, Store, global_store};

#[global_store]
struct Game {
    players: Vec<String>,
    log: Vec<String>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let players = vec![String::from("Ann"), String::from("Bob")];
    let mut game = store.put(Game { players, log: Vec::new() })?;

    // TODO: read the players, and write the log, in one loop.
    let mut game = game.borrow_mut()?;
    for player in game.players.iter() {
        game.log.push(format!("{player} is here"));
    }

    assert_eq!(game.log.len(), 2, "each player is in the log");
    println!("{}", game.log.join(", "));
    Ok(())
}

// Question: why is it `RefMut::fields(game)` and not `game.fields()`?
