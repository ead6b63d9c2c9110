//! The screen: a line about the store, the objects, the chosen object, and the keys.

use super::Top;
use super::rows::Row;
use crate::list::{holders, process};
use crate::show;
use crate::text::{age, bytes, plain, plain_or_dash, state};
use crate::warnings;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Row as TableRow, Table, TableState};

/// How many lines the chosen object has, with the line above them.
const ABOUT: u16 = 9;

pub(super) fn draw(top: &Top, rows: &[Row], frame: &mut Frame<'_>) {
    let about = if frame.area().height >= 24 { ABOUT } else { 0 };
    let notes = u16::try_from(top.notes.len()).unwrap_or(u16::MAX).min(3);
    let areas = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(notes),
        Constraint::Min(3),
        Constraint::Length(about),
        Constraint::Length(1),
    ]);
    let [head, noted, list, chosen, keys] = areas.areas(frame.area());
    frame.render_widget(heading(top, rows.len()), head);
    let warned = |note: &String| Line::styled(note.clone(), Style::new().fg(Color::Yellow));
    frame.render_widget(Paragraph::new(top.notes.iter().map(warned).collect::<Vec<_>>()), noted);
    let mut state = TableState::default().with_selected((!rows.is_empty()).then_some(top.chosen));
    frame.render_stateful_widget(table(rows), list, &mut state);
    if let Some(row) = rows.get(top.chosen) {
        frame.render_widget(about_object(top, row), chosen);
    }
    frame.render_widget(footer(top), keys);
}

fn heading(top: &Top, shown: usize) -> Line<'static> {
    let order = if top.is_reversed { " (reversed)" } else { "" };
    let text = format!(
        "{}  {shown} of {} objects  {} sessions  by {}{order}",
        plain(&top.address),
        top.objects.len(),
        top.sessions,
        top.order.name()
    );
    Line::styled(text, Style::new().add_modifier(Modifier::BOLD))
}

fn table(rows: &[Row]) -> Table<'static> {
    let titles = ["ID", "NAME", "TYPE", "BYTES", "STATE", "HELD FOR", "OWNER", "HELD BY"];
    let line = |row: &Row| {
        let entry = &row.entry;
        let cells = [
            entry.id.to_string(),
            plain_or_dash(entry.name.as_deref()),
            plain_or_dash(entry.type_name.as_deref()),
            bytes(entry.bytes),
            state(entry),
            row.held.map_or_else(|| "-".to_owned(), age),
            entry.owner.as_ref().map_or_else(|| "-".to_owned(), process),
            holders(&entry.holders),
        ];
        let style = if row.is_warned_of { Style::new().fg(Color::Yellow) } else { Style::new() };
        TableRow::new(cells).style(style)
    };
    let widths = [
        Constraint::Length(8),
        Constraint::Fill(2),
        Constraint::Fill(2),
        Constraint::Length(8),
        Constraint::Length(28),
        Constraint::Length(8),
        Constraint::Fill(2),
        Constraint::Fill(3),
    ];
    Table::new(rows.iter().map(line), widths)
        .header(TableRow::new(titles).style(Style::new().add_modifier(Modifier::UNDERLINED)))
        .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED))
}

/// Says what is wrong with the chosen object, and what `ref show` says about it.
fn about_object(top: &Top, row: &Row) -> Paragraph<'static> {
    let warned = warnings::of(&row.entry, top.limits).into_iter();
    let warned = warned.map(|warning| Line::styled(warning.plain(), Style::new().fg(Color::Yellow)));
    let said = show::lines(&row.entry)
        .into_iter()
        .filter(|(title, _)| matches!(*title, "owner" | "held by" | "written" | "time" | "waits"));
    let said = said.map(|(title, text)| Line::from(format!("{title:<8} {text}")));
    Paragraph::new(warned.chain(said).collect::<Vec<_>>()).block(Block::new().borders(ratatui::widgets::Borders::TOP))
}

fn footer(top: &Top) -> Line<'static> {
    if top.is_typing {
        return Line::from(vec![
            Span::raw("filter: "),
            Span::raw(plain(&top.filter)),
            Span::raw("_   Enter keeps it, Esc removes it"),
        ]);
    }
    let filter = if top.filter.is_empty() { String::new() } else { format!("   filter: {}", plain(&top.filter)) };
    Line::from(format!("order: a age of borrow, w waited for, b bytes, i id, r reverse   / filter   q leave{filter}"))
}
