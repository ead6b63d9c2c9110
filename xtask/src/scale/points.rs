//! What was measured.

use std::collections::HashMap;

/// What a server has done, as the program of the tests has printed it.
pub(crate) struct Points(Vec<(String, Point)>);

/// What a server has done in some time, while `count` workers, processes, connections or objects were there.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) count: f64,
    /// In seconds.
    pub(crate) time: f64,
    /// Reads from connections. One is a request, or some that came together.
    pub(crate) reads: f64,
    /// Seconds of the server's processor.
    pub(crate) processor: f64,
    pub(crate) clients: f64,
    /// Bytes that came to the server's memory.
    pub(crate) memory: f64,
    /// How many calls or steps there were.
    pub(crate) done: f64,
}

impl Point {
    /// Returns the requests in a second.
    pub(crate) fn rate(&self) -> f64 {
        self.reads / self.time
    }

    /// Returns the share of a core that the server has used.
    pub(crate) fn busy(&self) -> f64 {
        self.processor / self.time
    }
}

impl Points {
    pub(crate) fn read(printed: &str) -> Result<Self, String> {
        printed.lines().map(point).collect::<Option<Vec<_>>>().map(Self).ok_or(format!("cannot read {printed}"))
    }

    /// Returns the points of a name, with rising counts.
    pub(crate) fn all(&self, name: &str) -> Vec<&Point> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, point)| point).collect()
    }

    pub(crate) fn with(&self, name: &str, count: usize) -> Result<&Point, String> {
        let point = self.all(name).into_iter().find(|point| point.count == count as f64);
        point.ok_or_else(|| format!("there is no point `{name}` with {count}"))
    }

    /// Returns the point of a name with the highest count.
    pub(crate) fn last(&self, name: &str) -> Result<&Point, String> {
        self.all(name).pop().ok_or_else(|| format!("there is no point `{name}`"))
    }

    /// Returns by how much a figure rises with each one of `count`, from the first point of a name to the last one.
    pub(crate) fn slope(&self, name: &str, figure: impl Fn(&Point) -> f64) -> Result<f64, String> {
        let (first, last) = (self.all(name).first().copied().ok_or("no point")?, self.last(name)?);
        Ok((figure(last) - figure(first)) / (last.count - first.count))
    }
}

fn point(line: &str) -> Option<(String, Point)> {
    let at = line.find(" count=")?;
    let figures: HashMap<&str, f64> = line[at..]
        .split_whitespace()
        .map(|word| Some((word.split_once('=')?.0, value(word)?)))
        .collect::<Option<_>>()?;
    let figure = |name: &str| figures.get(name).copied();
    let [count, time, reads] = [figure("count")?, figure("time")?, figure("reads")?];
    let [processor, clients, memory] = [figure("processor")?, figure("clients")?, figure("memory")?];
    Some((line[..at].to_owned(), Point { count, time, reads, processor, clients, memory, done: figure("done")? }))
}

fn value(word: &str) -> Option<f64> {
    word.split_once('=')?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read() {
        let printed = "a b count=2 time=10 reads=20 processor=0.5 clients=4 memory=-7 done=0\n\
                       a b count=4 time=10 reads=60 processor=1.5 clients=8 memory=9 done=1\n";
        let points = Points::read(printed).unwrap();
        assert_eq!(points.with("a b", 4).unwrap().rate(), 6.0);
        assert_eq!(points.slope("a b", |point| point.clients).unwrap(), 2.0);
        assert!(points.with("a", 2).is_err() && Points::read("a count=x").is_err());
    }
}
