// types2: two fields are borrowed apart.
//
// Rule: R27
//
// With a plain `&mut Game` the compiler sees that `players` and `log` are two fields. A `RefMut` is a
// handle: each use of a field is a use of the whole handle. `RefMut::fields(game)` takes the handle, and
// returns a struct with a borrow for each field. `game` is gone then, so give the result the same name.

use ref_core::{RefMut, Result, Store, global_store};

#[global_store]
struct Game {
    players: Vec<String>,
    log: Vec<String>,
}

fn main() -> Result<()> {
    let store = Store::open("memory:")?;
    let players = vec![String::from("Ann"), String::from("Bob")];
    let mut game = store.put(Game { players, log: Vec::new() })?;

    let game: RefMut<Game> = game.borrow_mut()?;
    let mut game = RefMut::fields(game);
    for player in game.players.iter() {
        game.log.push(format!("{player} is here"));
    }

    assert_eq!(game.log.len(), 2, "each player is in the log");
    println!("{}", game.log.join(", "));
    Ok(())
}

// Question: what would `game.fields()` mean if `Game` had a method `fields` of its own?
// Answer: `game.` leads to the value. A method of the handle would hide a field or a method `fields` that
// the value has. `Rc::clone(&rc)` is written in this way for the same reason.
