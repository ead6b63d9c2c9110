//! What the programs of this package share.

use plotters::style::RGBColor;
use std::error::Error;
use std::process::Command;

pub type Done<T = ()> = Result<T, Box<dyn Error>>;

/// The colour of what is measured of `ref`, in pictures.
pub const OURS: RGBColor = RGBColor(0, 114, 178);
/// The colour of what is measured of other stores, in pictures.
pub const THEIRS: RGBColor = RGBColor(150, 150, 150);

/// Returns a time in the unit that fits it.
pub fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        ..1e3 => (nanos, "ns"),
        ..1e6 => (nanos / 1e3, "us"),
        ..1e9 => (nanos / 1e6, "ms"),
        _ => (nanos / 1e9, "s"),
    };
    if value < 10.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// Returns the processor, the system, the compiler, and the load of the last minute.
pub fn machine() -> Done<[String; 4]> {
    let first = |program: &str, argument: &str| -> Done<String> {
        Ok(String::from_utf8(Command::new(program).arg(argument).output()?.stdout)?.trim().to_owned())
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, model)| model);
    let load = std::fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    let cores = std::thread::available_parallelism()?;
    let (kernel, rust) = (first("uname", "-r")?, first("rustc", "--version")?);
    Ok([format!("{model}, {cores} cores"), format!("Linux {kernel}"), rust, load])
}
