//! Draws a row: one bar for each way, on a logarithmic scale.

use crate::Done;
use crate::measure::Row;
use crate::part::Part;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use ref_peers::{OURS, THEIRS, time};
use std::path::{Path, PathBuf};

const WIDTH: u32 = 900;
const BAR: u32 = 30;
const LEFT: i32 = 430;

/// The folder in the repository.
const FOLDER: &str = "benches/pictures";

/// Returns the path in the repository of the picture of the part's row with this number.
pub(crate) fn path(part: Part, number: usize) -> String {
    format!("{FOLDER}/{}-{}.svg", part.name(), number + 1)
}

/// Removes the pictures of a part.
pub(crate) fn remove(part: Part, root: &Path) -> Done {
    let folder = root.join(FOLDER);
    std::fs::create_dir_all(&folder)?;
    let of_part = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(&format!("{}-", part.name())) && name.ends_with(".svg")
    };
    let paths = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Done<Vec<_>>>()?;
    paths.iter().filter(|path| of_part(path)).try_for_each(|path| Ok(std::fs::remove_file(path)?))
}

pub(crate) fn draw(row: &Row, path: &Path) -> Done {
    let bars: Vec<_> =
        row.figures.iter().filter_map(|figure| Some((figure.name.as_str(), figure.nanos.as_ref().ok()?[0]))).collect();
    let height = 50 + BAR * u32::try_from(bars.len())?;
    let area = SVGBackend::new(path, (WIDTH, height)).into_drawing_area();
    area.fill(&WHITE)?;
    let text = |size: i32| ("sans-serif", size).into_font().color(&BLACK);
    area.draw(&Text::new(row.title.clone(), (12, 12), text(18)))?;
    let (least, most) =
        bars.iter().fold((f64::MAX, f64::MIN), |(least, most), (_, nanos)| (least.min(*nanos), most.max(*nanos)));
    // The shortest bar has a tenth of the room, so that it can be seen.
    let room = f64::from(WIDTH) - f64::from(LEFT) - 90.0;
    let share = |nanos: f64| 0.1 + 0.9 * (nanos / least).ln() / (most / least).ln().max(f64::EPSILON);
    for (number, (name, nanos)) in bars.iter().enumerate() {
        let top = 44 + i32::try_from(number)? * i32::try_from(BAR)?;
        let end = LEFT + (room * share(*nanos)) as i32;
        let colour = if name.starts_with("ref: ") { OURS } else { THEIRS };
        area.draw(&Rectangle::new([(LEFT, top), (end, top + 20)], colour.filled()))?;
        let right = text(13).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(name.replace('`', ""), (LEFT - 8, top + 10), right))?;
        let left = text(13).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(time(*nanos), (end + 6, top + 10), left))?;
    }
    Ok(area.present()?)
}
