//! The picture of a recording as SVG.

use super::bars::{Bar, BarKind, Mark, MarkKind, Picture};
use std::fmt::Write as _;

const LEFT: f64 = 180.0;
const WIDTH: f64 = 1000.0;
const ROW: usize = 16;
const TOP: usize = 48;

/// Returns the colour of a bar, as colour-blind people can tell it from the others (Okabe and Ito).
pub(super) fn colour(kind: BarKind) -> &'static str {
    match kind {
        BarKind::Owned => "#0072b2",
        BarKind::Lent => "#56b4e9",
        BarKind::Shared | BarKind::LocalShared => "#009e73",
        BarKind::Exclusive | BarKind::LocalExclusive => "#d55e00",
        BarKind::Waiting => "#f0e442",
    }
}

pub(super) fn word(kind: BarKind) -> &'static str {
    match kind {
        BarKind::Owned => "owned",
        BarKind::Lent => "lent",
        BarKind::Shared => "borrowed shared",
        BarKind::Exclusive => "borrowed exclusively",
        BarKind::Waiting => "waits",
        BarKind::LocalShared => "borrowed shared in the process",
        BarKind::LocalExclusive => "borrowed exclusively in the process",
    }
}

/// Returns whether a bar is half as high as others. So it is known without its colour.
pub(super) fn is_thin(kind: BarKind) -> bool {
    LOCAL_BARS.contains(&kind)
}

/// Returns the sign of a mark and its word. So a mark is known without its colour.
pub(super) fn sign(kind: MarkKind) -> (&'static str, &'static str) {
    match kind {
        MarkKind::Commit => ("●", "commit"),
        MarkKind::Refusal => ("✕", "refusal"),
        MarkKind::Revoke => ("▼", "revoke"),
        MarkKind::Death => ("✝", "death"),
        MarkKind::Recovery => ("↺", "recovery"),
        MarkKind::Call => ("▷", "call"),
        MarkKind::Result => ("◁", "result"),
    }
}

pub(super) const BARS: [BarKind; 5] =
    [BarKind::Owned, BarKind::Lent, BarKind::Shared, BarKind::Exclusive, BarKind::Waiting];
/// The bars of a recording that has borrows in a process.
pub(super) const LOCAL_BARS: [BarKind; 2] = [BarKind::LocalShared, BarKind::LocalExclusive];
pub(super) const MARKS: [MarkKind; 7] = [
    MarkKind::Commit,
    MarkKind::Refusal,
    MarkKind::Revoke,
    MarkKind::Death,
    MarkKind::Recovery,
    MarkKind::Call,
    MarkKind::Result,
];

/// Returns the picture. Bars that are narrower than a pixel are drawn as one if they are of the same kind and row.
pub(crate) fn text(picture: &Picture) -> String {
    let tops: Vec<usize> = picture
        .lanes
        .iter()
        .scan(TOP, |next, lane| {
            let top = *next;
            *next += (lane.rows + 1) * ROW + 10;
            Some(top)
        })
        .collect();
    let last = picture.lanes.last().map_or(1, |lane| lane.rows);
    let height = tops.last().copied().unwrap_or(TOP) + (last + 1) * ROW + 40;
    let x = |time: u64| LEFT + time as f64 / picture.length.max(1) as f64 * WIDTH;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0} {height}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        LEFT + WIDTH + 20.0
    );
    legend(&mut svg, picture.has_local);
    for (lane, top) in picture.lanes.iter().zip(&tops) {
        let _ = writeln!(svg, "<text x=\"8\" y=\"{}\">{}</text>", top + 12, escaped(&short(&lane.name)));
        let _ = writeln!(
            svg,
            "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{WIDTH}\" height=\"{}\" fill=\"#f3f3f3\"/>",
            (lane.rows + 1) * ROW
        );
    }
    let mut drawn = std::collections::HashMap::new();
    for bar in &picture.bars {
        let (from, to) = (x(bar.start), x(bar.end));
        let end = drawn.entry((bar.lane, bar.row, bar.kind)).or_insert(f64::MIN);
        if to - from < 1.0 && from < *end {
            continue;
        }
        let to = to.max(from + 1.0);
        *end = to;
        draw(&mut svg, bar, (from, to), tops[bar.lane] + (bar.row + 1) * ROW, &picture.objects);
    }
    let mut marked = std::collections::HashMap::new();
    for mark in &picture.marks {
        let at = x(mark.time);
        let last = marked.entry((mark.lane, sign(mark.kind).0)).or_insert(f64::MIN);
        if at - *last >= 10.0 {
            *last = at;
            let (sign, word) = sign(mark.kind);
            let title = escaped(&title_of_mark(mark, word, &picture.objects));
            let y = tops[mark.lane] + 12;
            let _ = writeln!(
                svg,
                "<text x=\"{at:.1}\" y=\"{y}\" text-anchor=\"middle\" class=\"{word}\">{sign}<title>{title}</title></text>"
            );
        }
    }
    let digits = if picture.length < 100_000 { 6 } else { 3 };
    for part in 0..=4 {
        let at = LEFT + WIDTH * f64::from(part) / 4.0;
        let seconds = picture.length as f64 / 1e6 * f64::from(part) / 4.0;
        let anchor = if part == 4 { "end" } else { "middle" };
        let _ = writeln!(
            svg,
            "<text x=\"{at}\" y=\"{}\" text-anchor=\"{anchor}\">{seconds:.digits$} s</text>",
            height - 12
        );
    }
    svg + "</svg>\n"
}

fn legend(svg: &mut String, has_local: bool) {
    let mut at = legend_of_bars(svg, &BARS, 14);
    if has_local {
        legend_of_bars(svg, &LOCAL_BARS, 31);
    }
    for kind in MARKS {
        let (sign, word) = sign(kind);
        let _ = writeln!(svg, "<text x=\"{at}\" y=\"24\">{sign} {word}</text>");
        at += 32.0 + 7.0 * word.len() as f64;
    }
}

/// Writes what the bars mean, and returns where the text ends.
fn legend_of_bars(svg: &mut String, kinds: &[BarKind], top: usize) -> f64 {
    let mut at = LEFT;
    for &kind in kinds {
        let (down, height) = if is_thin(kind) { (3, 6) } else { (0, 12) };
        let _ = writeln!(
            svg,
            "<rect x=\"{at}\" y=\"{}\" width=\"12\" height=\"{height}\" fill=\"{}\" stroke=\"#333\"/>\
             <text x=\"{}\" y=\"{}\">{}</text>",
            top + down,
            colour(kind),
            at + 17.0,
            top + 10,
            word(kind)
        );
        at += 30.0 + 7.0 * word(kind).len() as f64;
    }
    at
}

fn draw(svg: &mut String, bar: &Bar, (from, to): (f64, f64), y: usize, objects: &[String]) {
    let object = objects.get(bar.object).map_or("", String::as_str);
    let at = bar.at.as_ref().map(|at| format!(", at {at}")).unwrap_or_default();
    let end = if bar.is_ended { "" } else { "; the recording has no end of it" };
    let time = (bar.end - bar.start) as f64 / 1e6;
    let title = escaped(&format!("{object} {}{at}, for {time:.6} s{end}", word(bar.kind)));
    let dash = if bar.is_ended { "" } else { " stroke-dasharray=\"3\"" };
    let (down, height) = if is_thin(bar.kind) { (5, 6) } else { (2, 12) };
    let _ = write!(
        svg,
        "<g><rect x=\"{from:.1}\" y=\"{}\" width=\"{:.1}\" height=\"{height}\" fill=\"{}\" stroke=\"#333\" \
         stroke-width=\".5\"{dash}/>",
        y + down,
        to - from,
        colour(bar.kind)
    );
    let label = format!("{object} {}", word(bar.kind));
    if !is_thin(bar.kind) && to - from > 7.0 * label.len() as f64 {
        let ink =
            if matches!(bar.kind, BarKind::Owned | BarKind::Exclusive | BarKind::Shared) { "#fff" } else { "#000" };
        let _ = write!(svg, "<text x=\"{:.1}\" y=\"{}\" fill=\"{ink}\">{}</text>", from + 4.0, y + 12, escaped(&label));
    }
    let _ = writeln!(svg, "<title>{title}</title></g>");
}

fn title_of_mark(mark: &Mark, word: &str, objects: &[String]) -> String {
    let object = mark.object.and_then(|number| objects.get(number)).map(|id| format!("{id} ")).unwrap_or_default();
    let at = mark.at.as_ref().map(|at| format!(", at {at}")).unwrap_or_default();
    format!("{object}{word}: {}{at}, after {:.6} s", mark.text, mark.time as f64 / 1e6)
}

/// Returns the end of a long name, which has the process's number.
fn short(name: &str) -> String {
    let length = name.chars().count();
    if length <= 24 { name.to_owned() } else { format!("…{}", name.chars().skip(length - 23).collect::<String>()) }
}

/// Returns the text as XML has it. No program's name or sentence becomes an element.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::read::Recording;
    use super::*;

    /// Two processes: one lends an object and calls a function twice, the other borrows the object and is killed.
    const LENDER: &str = include_str!("../../tests/recording/lender.ref");
    const BORROWER: &str = include_str!("../../tests/recording/worker.ref");

    /// The picture of a recording is the file `picture.svg` beside it. If it changes, look at it in a browser.
    #[test]
    fn a_recording_has_the_picture_that_is_kept() {
        let mut recording = Recording::default();
        recording.add(LENDER);
        recording.add(BORROWER);
        recording.calls.sort_by_key(|call| (call.start, call.end));
        assert_eq!(recording.unread, 1);
        let drawn = text(&Picture::new(&recording, None));
        let kept = include_str!("../../tests/recording/picture.svg");
        assert_eq!(drawn, kept, "\n{drawn}");
    }

    /// Files with bytes changed, cut, doubled and exchanged at random: each has a picture that is XML.
    #[test]
    fn a_hostile_recording_is_drawn() {
        let mut seed = 1_u64;
        let mut random = move |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % below
        };
        let words =
            ["18446744073709551615", "-", "reap", "call", "called", "return", "<script>", "close", "\t", "\n", "#"];
        for round in 0..500 {
            let mut recording = Recording::default();
            for file in [LENDER, BORROWER] {
                let mut bytes = file.as_bytes().to_vec();
                for _ in 0..1 + random(8) {
                    // The header stays whole in most rounds: without it a file is foreign.
                    let first = if round % 8 == 0 { 0 } else { 34 };
                    let at = first + random(bytes.len() - first);
                    match random(4) {
                        0 => bytes[at] = random(256) as u8,
                        1 => drop(bytes.splice(at..at, words[random(words.len())].bytes())),
                        2 => drop(bytes.drain(at..(at + random(30)).min(bytes.len()))),
                        _ => bytes.extend_from_within(at..(at + 200).min(bytes.len())),
                    }
                    if bytes.len() <= 40 {
                        bytes.extend(file.bytes());
                    }
                }
                recording.add(&String::from_utf8_lossy(&bytes));
            }
            recording.calls.sort_by_key(|call| (call.start, call.end));
            let picture = Picture::new(&recording, None);
            let drawn = text(&picture);
            assert!(!drawn.contains("<script"), "{round}");
            assert_eq!(drawn.matches("<text").count(), drawn.matches("</text>").count(), "{round}");
            let page = super::super::page::text(&picture).unwrap();
            assert_eq!(page.matches("<script").count(), 2, "{round}");
            let _overview = super::super::shown(&super::super::overview(&recording, picture.length));
        }
    }
}
