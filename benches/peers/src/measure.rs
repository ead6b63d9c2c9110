//! Measures several ways to do the same thing by turns, so that other load of the machine affects them alike.

use crate::Done;
use std::time::{Duration, Instant};

/// How long a way is tried in each round, unless a single act takes longer.
const ROUND: Duration = Duration::from_millis(15);

/// The most that the ratio of a way to another one should be.
#[derive(Clone, Debug)]
pub(crate) struct Goal {
    pub(crate) most: f64,
    /// The name of the other way. `None`: the first one of the row.
    pub(crate) beside: Option<&'static str>,
}

/// One way to do what a [`Row`] is about.
pub(crate) struct Way<'a> {
    pub(crate) name: String,
    pub(crate) goals: Vec<Goal>,
    /// Acts as often as the argument says, and returns how long that took.
    act: Box<dyn FnMut(u64) -> Done<Duration> + 'a>,
    times: u64,
    /// Nanoseconds of one act, one figure for each round.
    took: Vec<f64>,
    failed: Option<String>,
}

impl<'a> Way<'a> {
    /// Measures `act` as it is.
    pub(crate) fn new(name: &str, mut act: impl FnMut() -> Done + 'a) -> Self {
        Self::timed(name, move |times| {
            let since = Instant::now();
            (0..times).try_for_each(|_| act())?;
            Ok(since.elapsed())
        })
    }

    /// Measures `act` only. `prepare` makes its argument.
    pub(crate) fn prepared<T>(
        name: &str,
        mut prepare: impl FnMut() -> T + 'a,
        mut act: impl FnMut(T) -> Done + 'a,
    ) -> Self {
        Self::timed(name, move |times| {
            let mut took = Duration::ZERO;
            for _ in 0..times {
                let prepared = prepare();
                let since = Instant::now();
                act(prepared)?;
                took += since.elapsed();
            }
            Ok(took)
        })
    }

    /// Lets `act` measure itself: it acts as often as its argument says, and returns how long that took.
    pub(crate) fn timed(name: &str, act: impl FnMut(u64) -> Done<Duration> + 'a) -> Self {
        Self { name: name.to_owned(), goals: Vec::new(), act: Box::new(act), times: 1, took: Vec::new(), failed: None }
    }

    /// Adds a goal, beside the first way of the row.
    #[must_use]
    pub(crate) fn goal(mut self, most: f64) -> Self {
        self.goals.push(Goal { most, beside: None });
        self
    }

    /// Adds a goal, beside the way of this name.
    #[must_use]
    pub(crate) fn goal_beside(mut self, most: f64, name: &'static str) -> Self {
        self.goals.push(Goal { most, beside: Some(name) });
        self
    }

    /// Chooses how often to act in a round. The first act is not counted, since it meets cold caches. It is enough to know
    /// of an act that takes longer than a round.
    fn calibrate(&mut self) {
        let mut once = || -> Done<Duration> {
            let first = (self.act)(1)?;
            if first > ROUND { Ok(2 * first) } else { (self.act)(2) }
        };
        match once() {
            Ok(two) => self.times = (2.0 * ROUND.as_secs_f64() / two.as_secs_f64().max(1e-9)).clamp(1.0, 1e6) as u64,
            Err(error) => self.failed = Some(error.to_string()),
        }
    }

    fn round(&mut self) {
        if self.failed.is_some() {
            return;
        }
        match (self.act)(self.times) {
            Ok(took) => self.took.push(took.as_secs_f64() * 1e9 / self.times as f64),
            Err(error) => self.failed = Some(error.to_string()),
        }
    }
}

/// What was measured of one way.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) goals: Vec<Goal>,
    /// Median, least and most nanoseconds of one act, or why there is no figure.
    pub(crate) nanos: Result<[f64; 3], String>,
}

/// One table of the page. The first figure is the one that the others are compared with.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) figures: Vec<Figure>,
}

/// Measures the ways by turns, in `rounds` rounds. The first way is the reference.
pub(crate) fn row(title: &str, rounds: usize, mut ways: Vec<Way<'_>>) -> Row {
    eprintln!("{title}");
    ways.iter_mut().for_each(Way::calibrate);
    for _ in 0..rounds {
        ways.iter_mut().for_each(Way::round);
    }
    let figures = ways.into_iter().map(|mut way| {
        way.took.sort_by(f64::total_cmp);
        let nanos = match (way.failed, way.took.as_slice()) {
            (Some(failed), _) => Err(failed),
            (None, [least, .., most]) => Ok([way.took[way.took.len() / 2], *least, *most]),
            (None, _) => Err("one round only".to_owned()),
        };
        eprintln!("  {:<60} {nanos:?}", way.name);
        Figure { name: way.name, goals: way.goals, nanos }
    });
    Row { title: title.to_owned(), figures: figures.collect() }
}
