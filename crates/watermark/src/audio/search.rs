//! Where a mark may lie in a stretch of sound whose speed, tempo or pitch was changed.

use super::PERIOD;
use super::fold::{Folded, Folder, Grid, best};
use super::spectrum::BINS;
use super::sync::{LOW_PAIRS, Place, STEP, Sync};
use super::tiles::{Floors, Map};

/// How far changes go that are looked for, as a share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// Of speed or pitch.
    speed: f64,
    /// Of tempo alone.
    tempo: f64,
    /// Of pitch and tempo, each by an amount of its own.
    both: [f64; 2],
}

impl Reach {
    pub(super) const NORMAL: Self = Self { speed: 0.065, tempo: 0.125, both: [0.0; 2] };
    /// Four semitones, and the steps of players up to half as fast again; both as far as `NORMAL` goes in either.
    pub(super) const FAR: Self = Self { speed: 0.26, tempo: 0.52, both: [0.065, 0.125] };
}

/// Step of the tempo: at the ends of twelve seconds half a tile is off.
const FINE: f64 = 0.0025;
/// Step of the frequencies: a quarter of a tile at 3 kHz.
const COARSE: f64 = 0.0125;
/// Score from which a place is looked at closely, and so many places of a window.
const CLOSELY: f32 = 4.3;
const CANDIDATES: usize = 2;

/// A place, and what was done to the sound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) place: Place,
    /// Frequencies of the tiles as multiples of what they were.
    pub(super) pitch: f32,
}

/// The changes that are tried: multiples of frequency and of tempo.
pub(super) struct Changes {
    pitches: Vec<(f64, Vec<f64>)>,
}

impl Changes {
    pub(super) fn new(far: Reach) -> Self {
        let steps = (far.speed / COARSE).round() as i64;
        let pitches = (-steps..=steps).map(|n| {
            let pitch = 1.0 + n as f64 * COARSE;
            let around = |middle: f64, reach: f64| {
                let count = (reach / FINE).round() as i64;
                (-count..=count).map(move |t| middle + t as f64 * FINE).filter(|tempo| *tempo != 1.0)
            };
            let near = if n == 0 { far.tempo } else { COARSE / 2.0 };
            let mut tempos = vec![1.0];
            tempos.extend(around(pitch, near));
            if n != 0 && (pitch - 1.0).abs() <= far.both[0] {
                tempos.extend(around(1.0, far.both[1]).filter(|tempo| (tempo - pitch).abs() > near));
            }
            (pitch, tempos)
        });
        Self { pitches: pitches.collect() }
    }

    /// The likeliest places of each key in those windows of a stretch of powers that are `wanted` for it, refined.
    pub(super) fn search(
        &self,
        folder: &mut Folder,
        syncs: &[Sync],
        (powers, floors): (&[f32], &Floors),
        windows: &Windows,
        wanted: &[Vec<bool>],
    ) -> Vec<Vec<Vec<Candidate>>> {
        let mut found = vec![vec![Vec::new(); windows.count()]; syncs.len()];
        if !wanted.iter().flatten().any(|wanted| *wanted) {
            return found;
        }
        let mut parts = Parts::new(windows, wanted);
        for (pitch, tempos) in &self.pitches {
            let map = Map::low(powers, *pitch as f32);
            for tempo in tempos {
                let step = STEP / tempo;
                for first in [0.0, step / 2.0] {
                    parts.fold(folder, &map, Grid { first, step });
                    for ((sync, wanted), found) in syncs.iter().zip(wanted).zip(&mut found) {
                        parts.places(folder, sync, wanted, |window, place| {
                            keep(&mut found[window], Candidate { place, pitch: *pitch as f32 });
                        });
                    }
                }
            }
        }
        for (sync, found) in syncs.iter().zip(&mut found) {
            for (window, found) in found.iter_mut().enumerate() {
                let likely = found.drain(..).filter(|candidate| candidate.place.score >= CLOSELY);
                let refined = |candidate| refine(sync, powers, floors, windows.rows(window), candidate);
                *found = likely.filter_map(refined).collect();
                found.sort_by(|a, b| b.place.score.total_cmp(&a.place.score));
            }
        }
        found
    }
}

/// Windows of a stretch: each has two parts, and shares one with the next. A short stretch is one part.
pub(super) struct Windows {
    rows: usize,
    parts: usize,
}

impl Windows {
    /// Of a stretch of so many rows, in parts of about `part`.
    pub(super) fn new(rows: usize, part: usize) -> Self {
        Self { rows, parts: ((rows + part / 2) / part).max(1) }
    }

    /// How many windows.
    pub(super) fn count(&self) -> usize {
        self.parts.saturating_sub(1).max(1)
    }

    /// Rows of a window, from and to.
    pub(super) fn rows(&self, window: usize) -> (usize, usize) {
        (self.part(window).0, self.part((window + 1).min(self.parts - 1)).1)
    }

    fn part(&self, part: usize) -> (usize, usize) {
        (self.rows * part / self.parts, self.rows * (part + 1) / self.parts)
    }
}

/// The parts of windows, folded.
struct Parts<'a> {
    windows: &'a Windows,
    grid: Grid,
    /// Those of windows that any key wants.
    folded: Vec<Option<Folded>>,
    /// Of each part, and of each with the next one.
    squares: Vec<(f32, f32)>,
}

impl<'a> Parts<'a> {
    fn new(windows: &'a Windows, wanted: &[Vec<bool>]) -> Self {
        let is_wanted = |window: usize| wanted.iter().any(|wanted| wanted.get(window) == Some(&true));
        let is_needed = |part: usize| is_wanted(part) || part.checked_sub(1).is_some_and(is_wanted);
        let folded = (0..windows.parts).map(|part| is_needed(part).then(Folded::default)).collect();
        Self { windows, grid: Grid { first: 0.0, step: STEP }, folded, squares: Vec::new() }
    }

    fn fold(&mut self, folder: &mut Folder, map: &Map, grid: Grid) {
        self.grid = grid;
        for (part, folded) in self.folded.iter_mut().enumerate() {
            if let Some(folded) = folded {
                folder.fold(map, grid, self.windows.part(part), LOW_PAIRS, folded);
            }
        }
        self.squares.clear();
        self.squares.extend(self.folded.iter().enumerate().map(|(part, folded)| {
            let Some(folded) = folded else { return (0.0, 0.0) };
            let next = self.folded.get(part + 1).and_then(Option::as_ref);
            (folded.square(folded), next.map_or(0.0, |next| folded.square(next)))
        }));
    }

    /// Tells the best place of a key in each window that is wanted.
    fn places(&self, folder: &mut Folder, sync: &Sync, wanted: &[bool], mut tell: impl FnMut(usize, Place)) {
        let mut last: Option<(usize, [f32; PERIOD])> = None;
        for window in wanted.iter().enumerate().filter(|(_, wanted)| **wanted).map(|(window, _)| window) {
            let mut shifts = |part: usize| match last.take().filter(|(of, _)| *of == part) {
                Some((_, shifts)) => shifts,
                None => self.folded[part].as_ref().map_or([0.0; PERIOD], |folded| folder.correlate(sync, folded)),
            };
            let mut sum = shifts(window);
            let mut square = self.squares[window].0;
            if window + 1 < self.windows.parts {
                let next = shifts(window + 1);
                sum.iter_mut().zip(&next).for_each(|(sum, next)| *sum += next);
                square += 2.0 * self.squares[window].1 + self.squares[window + 1].0;
                last = Some((window + 1, next));
            }
            tell(window, best(sync, self.grid, &sum, square, LOW_PAIRS));
        }
    }
}

/// Keeps the best candidates; neighbours of one that is there only if they are better.
fn keep(found: &mut Vec<Candidate>, new: Candidate) {
    let near = |c: &Candidate| {
        (c.pitch - new.pitch).abs() < 1.5 * COARSE as f32 && (c.place.step / new.place.step - 1.0).abs() < 2.1 * FINE
    };
    if let Some(old) = found.iter_mut().find(|c| near(c)) {
        if new.place.score > old.place.score {
            *old = new;
        }
    } else {
        found.push(new);
    }
    found.sort_by(|a, b| b.place.score.total_cmp(&a.place.score));
    found.truncate(CANDIDATES);
}

/// The best place near a candidate, by all bands; `None` where these say too little.
fn refine(
    sync: &Sync,
    powers: &[f32],
    floors: &Floors,
    window: (usize, usize),
    candidate: Candidate,
) -> Option<Candidate> {
    let part = &powers[window.0 * BINS..window.1 * BINS];
    let range = (0, window.1 - window.0);
    let mut start = candidate.place;
    start.origin -= window.0 as f64;
    let at_pitch = |pitch: f32| {
        let place = tune(sync, &Map::new(part, floors, pitch), start, range, FINE / 4.0, 3);
        Candidate { place, pitch }
    };
    let mut best = at_pitch(candidate.pitch);
    if best.place.score < CLOSELY {
        return None;
    }
    for pitch in [-0.004, 0.004, -0.008, 0.008] {
        let other = at_pitch(candidate.pitch * (1.0 + pitch));
        best = if other.place.score > best.place.score { other } else { best };
    }
    let map = Map::new(part, floors, best.pitch);
    best.place = tune(sync, &map, best.place, range, FINE / 16.0, 3);
    best.place.origin += window.0 as f64;
    Some(best)
}

/// The best of the places around one: so many steps of tempo on either side, around the middle of the rows, and rows.
fn tune(sync: &Sync, map: &Map, place: Place, range: (usize, usize), fine: f64, count: i32) -> Place {
    let middle = (range.0 + range.1) as f64 / 2.0;
    let mut best = Place { score: f32::NEG_INFINITY, ..place };
    for tempo in -count..=count {
        let step = place.step / (1.0 + f64::from(tempo) * fine);
        // The slot in the middle stays where it is.
        let origin = middle - (middle - place.origin) / place.step * step;
        for row in -2..=2 {
            let mut near = Place { origin: origin + f64::from(row), step, score: 0.0 };
            near.score = sync.score(map, &near, range);
            if near.score > best.score {
                best = near;
            }
        }
    }
    best
}
