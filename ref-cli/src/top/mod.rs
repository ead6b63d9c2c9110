//! `ref top`: a screen of what a store's objects are doing.

mod rows;
mod screen;

use crate::Done;
use crate::warnings::{self, LimitArguments, Limits, Warning};
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ref_core::ErrorKind;
use ref_core::inspect::{Inspector, ObjectEntry};
use rows::{Order, Row};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

/// Which store the screen shows, how often it looks, and of what it warns.
#[derive(clap::Args)]
pub(crate) struct TopArguments {
    /// The store's address: `shm://NAME`, `file:PATH` or `redis://HOST`.
    address: String,
    /// The time between two looks, such as 200ms.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = crate::text::duration)]
    every: Duration,
    #[command(flatten)]
    limits: LimitArguments,
}

/// What the screen shows.
struct Top {
    address: String,
    limits: Limits,
    objects: Vec<ObjectEntry>,
    sessions: usize,
    /// What may be wrong with the whole store, or why the last look failed.
    notes: Vec<String>,
    order: Order,
    is_reversed: bool,
    filter: String,
    is_typing: bool,
    /// The number of the chosen row.
    chosen: usize,
}

pub(crate) fn run(arguments: &TopArguments) -> Done {
    let store = Inspector::open(&arguments.address).map_err(|error| error.to_string())?;
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(
            "`ref top` draws on a terminal: `ref ls` lists the objects once, and `ref watch` says what changes".into(),
        );
    }
    let mut top = Top {
        address: arguments.address.clone(),
        limits: Limits::from(&arguments.limits),
        objects: Vec::new(),
        sessions: 0,
        notes: Vec::new(),
        order: Order::Held,
        is_reversed: false,
        filter: String::new(),
        is_typing: false,
        chosen: 0,
    };
    top.look(&store)?;
    let mut terminal = ratatui::try_init().map_err(|error| format!("cannot draw on the terminal: {error}"))?;
    let done = top.show(&store, arguments.every, &mut terminal);
    ratatui::restore();
    done.map(|()| String::new())
}

impl Top {
    /// Draws, and obeys keys, until the user leaves or the store is gone.
    fn show(&mut self, store: &Inspector, every: Duration, to: &mut ratatui::DefaultTerminal) -> Result<(), String> {
        let mut looked = Instant::now();
        loop {
            let rows = self.rows();
            self.chosen = self.chosen.min(rows.len().saturating_sub(1));
            let drawn = to.draw(|frame| screen::draw(self, &rows, frame)).map(drop);
            drawn.map_err(|error| format!("cannot draw on the terminal: {error}"))?;
            let left = every.saturating_sub(looked.elapsed());
            let failed = |error: std::io::Error| format!("cannot read from the terminal: {error}");
            if event::poll(left).map_err(failed)? {
                match event::read().map_err(failed)? {
                    Event::Key(key) if key.kind != KeyEventKind::Release && self.leaves(key) => return Ok(()),
                    _ => {}
                }
            }
            if looked.elapsed() >= every {
                self.look(store)?;
                looked = Instant::now();
            }
        }
    }

    /// Looks into the store. A server that does not reply is noted, and asked again later.
    fn look(&mut self, store: &Inspector) -> Result<(), String> {
        match store.objects().and_then(|objects| Ok((objects, store.sessions()?))) {
            Ok((objects, sessions)) => {
                let rooms = [
                    warnings::of_room("objects", objects.len(), store.max_objects(), self.limits),
                    warnings::of_room("sessions", sessions.len(), store.max_sessions(), self.limits),
                ];
                self.notes = rooms.into_iter().flatten().map(|warning: Warning| warning.plain()).collect();
                (self.objects, self.sessions) = (objects, sessions.len());
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::StoreRemoved => Err(error.to_string()),
            Err(error) => {
                self.notes = vec![crate::text::plain(&error.to_string())];
                Ok(())
            }
        }
    }

    fn rows(&self) -> Vec<Row> {
        rows::rows(self.objects.clone(), self.order, self.is_reversed, &self.filter, self.limits)
    }

    /// Obeys a key. Returns whether the user leaves.
    fn leaves(&mut self, key: KeyEvent) -> bool {
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return matches!(key.code, KeyCode::Char('c' | 'd'));
        }
        match key.code {
            KeyCode::Up => self.chosen = self.chosen.saturating_sub(1),
            KeyCode::Down => self.chosen = self.chosen.saturating_add(1),
            KeyCode::PageUp => self.chosen = self.chosen.saturating_sub(20),
            KeyCode::PageDown => self.chosen = self.chosen.saturating_add(20),
            KeyCode::Home => self.chosen = 0,
            KeyCode::Esc => (self.is_typing, self.filter) = (false, String::new()),
            KeyCode::Enter => self.is_typing = false,
            KeyCode::Backspace if self.is_typing => drop(self.filter.pop()),
            KeyCode::Char(letter) if self.is_typing => self.filter.push(letter),
            KeyCode::Char('/') => self.is_typing = true,
            KeyCode::Char('a') => self.order = Order::Held,
            KeyCode::Char('w') => self.order = Order::Waited,
            KeyCode::Char('b') => self.order = Order::Bytes,
            KeyCode::Char('i') => self.order = Order::Id,
            KeyCode::Char('r') => self.is_reversed = !self.is_reversed,
            KeyCode::Char('q') => return true,
            _ => {}
        }
        false
    }
}
