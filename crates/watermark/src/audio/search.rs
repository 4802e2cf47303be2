//! Where a mark may lie in a stretch of sound whose speed, tempo or pitch was changed.

use super::spectrum::BINS;
use super::sync::{Folder, Place, STEP, Sync};
use super::tiles::{Floors, Map};
use super::{BANDS, LOW};

/// Largest change of speed or pitch, and of tempo alone, as a share.
const SPEED: f64 = 0.065;
const TEMPO: f64 = 0.125;
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
    pub(super) fn new() -> Self {
        let steps = (SPEED / COARSE).round() as i64;
        let pitches = (-steps..=steps).map(|n| {
            let pitch = 1.0 + n as f64 * COARSE;
            let mut tempos = vec![1.0];
            let reach = if n == 0 { TEMPO } else { COARSE / 2.0 };
            let count = (reach / FINE).round() as i64;
            tempos.extend((-count..=count).filter(|t| n != 0 || *t != 0).map(|t| pitch + t as f64 * FINE));
            (pitch, tempos)
        });
        Self { pitches: pitches.collect() }
    }

    /// The likeliest places of a key in each of some windows of a stretch of powers, refined.
    pub(super) fn search(
        &self,
        folder: &mut Folder,
        sync: &Sync,
        powers: &[f32],
        floors: &Floors,
        windows: &[(usize, usize)],
    ) -> Vec<Vec<Candidate>> {
        let mut found: Vec<Vec<Candidate>> = vec![Vec::new(); windows.len()];
        if windows.is_empty() {
            return found;
        }
        for (pitch, tempos) in &self.pitches {
            let map = Map::new(powers, floors, *pitch as f32, LOW);
            for (window, found) in windows.iter().zip(&mut found) {
                for tempo in tempos {
                    let step = STEP / tempo;
                    for phase in [0.0, step / 2.0] {
                        let place = folder.place(sync, &map, (window.0 as f64 + phase, window.1), step);
                        keep(found, Candidate { place, pitch: *pitch as f32 });
                    }
                }
            }
        }
        for (window, found) in windows.iter().zip(&mut found) {
            found.retain(|c| c.place.score >= CLOSELY);
            found.iter_mut().for_each(|c| *c = refine(sync, powers, floors, *window, *c));
            found.sort_by(|a, b| b.place.score.total_cmp(&a.place.score));
        }
        found
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

/// The best place near a candidate, by all bands.
fn refine(sync: &Sync, powers: &[f32], floors: &Floors, window: (usize, usize), candidate: Candidate) -> Candidate {
    let part = &powers[window.0 * BINS..window.1 * BINS];
    let range = (0, window.1 - window.0);
    let mut start = candidate.place;
    start.origin -= window.0 as f64;
    let mut best = Candidate { place: Place { score: f32::NEG_INFINITY, ..start }, ..candidate };
    for pitch in [0.0, -0.004, 0.004, -0.008, 0.008] {
        let pitch = candidate.pitch * (1.0 + pitch);
        let map = Map::new(part, floors, pitch, BANDS);
        let place = tune(sync, &map, start, range, FINE / 4.0, 3);
        if place.score > best.place.score {
            best = Candidate { place, pitch };
        }
    }
    let map = Map::new(part, floors, best.pitch, BANDS);
    best.place = tune(sync, &map, best.place, range, FINE / 16.0, 3);
    best.place.origin += window.0 as f64;
    best
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
