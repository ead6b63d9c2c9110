//! Draws how many times faster this crate is: a bar for each case, on a logarithmic scale, with a line at its goal.

use crate::page::Row;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use ref_peers::{Done, OURS, THEIRS};
use std::path::Path;

const WIDTH: u32 = 900;
const BAR: u32 = 26;
const LEFT: i32 = 270;
const GOAL: RGBColor = RGBColor(213, 94, 0);

pub(crate) fn draw(rows: &[Row], path: &Path) -> Done {
    let height = 54 + BAR * u32::try_from(rows.len())?;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let text = |size: i32| ("sans-serif", size).into_font().color(&BLACK);
    let title = "How many times faster than ProxyStore; the lines are the goals";
    area.draw(&Text::new(title, (12, 12), text(18)))?;
    // A bar begins at a third, so that less than 1 can be seen too.
    let most = rows.iter().map(|row| row.ratio().max(row.goal)).fold(10.0, f64::max);
    let room = f64::from(WIDTH) - f64::from(LEFT) - 70.0;
    let at = |ratio: f64| LEFT + (room * (ratio * 3.0).max(1.0).ln() / (most * 3.0).ln()) as i32;
    for (number, row) in rows.iter().enumerate() {
        let top = 44 + i32::try_from(number)? * i32::try_from(BAR)?;
        let (end, goal) = (at(row.ratio()), at(row.goal));
        let colour = if row.ratio() < 1.0 { THEIRS } else { OURS };
        area.draw(&Rectangle::new([(LEFT, top), (end, top + 18)], colour.filled()))?;
        area.draw(&PathElement::new(vec![(goal, top - 3), (goal, top + 21)], GOAL.stroke_width(2)))?;
        let right = text(13).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(row.name(), (LEFT - 8, top + 9), right))?;
        let left = text(13).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(format!("{:.1}", row.ratio()), (end.max(goal) + 6, top + 9), left))?;
    }
    Ok(area.present()?)
}
