//! Detection: stretches of half a minute, in each the marks with their places; the keyed check decides.

use super::embed::{CHANNELS, RATES};
use super::fold::{Folder, Grid};
use super::pattern::Pattern;
use super::resample::Resampler;
use super::search::{Candidate, Changes, Reach, Windows};
use super::spectrum::{BINS, Stft};
use super::sync::{Place, STEP, Soft, Sync};
use super::tiles::{Floors, Map};
use super::{FRAME, HOP, PERIOD, RATE, SLOT, TURNS};
use crate::code;
use crate::effort::Effort;
use crate::key::Key;
use crate::payload::{AUDIO, Payload};

/// Words that a list holds.
const LIST: usize = 48;
/// Rows of a period at the recorded speed.
const ROWS: usize = PERIOD * SLOT;
/// Rows of a stretch, of a window, and from one window to the next.
const STRETCH: usize = 10 * ROWS;
const WINDOW: usize = 4 * ROWS;
const NEXT: usize = 2 * ROWS;
/// Fewest rows that are searched: a second and a half.
const FEWEST: usize = ROWS / 2;
/// Score under which a place is not decoded.
const GATE: f32 = 4.4;
/// Score under which not even the likeliest place of a stretch is decoded where nothing else was found.
const LAST: f32 = 3.4;
/// Score of a period that belongs to a mark.
const BELONGS: f32 = 1.8;
/// Words looked at for an hour and key at most; the bound on wrong payloads counts on it.
pub(crate) const TRIALS: f64 = 2_097_152.0;

/// A mark that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Which of the detector's keys found it.
    pub key: usize,
    /// What it says.
    pub payload: Payload,
    /// Where it was seen, in seconds.
    pub start: f64,
    /// Where it ends, in seconds.
    pub end: f64,
    /// Tempo as a multiple of what it was.
    pub tempo: f64,
    /// Frequencies as a multiple of what they were: the same as the tempo where the speed was changed.
    pub pitch: f64,
    /// Height of the best correlation, in standard deviations.
    pub score: f32,
}

/// What a search gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Detection {
    /// The marks behind whose payloads the check is right, in order of their start.
    pub marks: Vec<Found>,
    /// Height of the highest correlation seen, in standard deviations. Not a proof.
    pub score: f32,
    /// Bound on the probability that an unmarked sound of this length passes for marked: words looked at with all keys, each
    /// with a chance of 2^-52.
    pub false_positive: f64,
}

/// Keys made ready for detection in any number of sounds.
pub struct Detector {
    keys: Vec<Key>,
    syncs: Vec<Sync>,
    changes: Changes,
    /// Those that are looked for longer.
    far: Changes,
}

impl Detector {
    /// Prepares keys.
    pub fn new(keys: &[Key]) -> Self {
        let syncs = keys.iter().map(|key| Sync::new(Pattern::new(key))).collect();
        let [changes, far] = [Reach::NORMAL, Reach::FAR].map(Changes::new);
        Self { keys: keys.to_vec(), syncs, changes, far }
    }

    /// Begins to search a sound of this sample rate and number of channels. `None` where they are outside of what is marked.
    pub fn search(&self, rate: u32, channels: usize, effort: Effort) -> Option<Search<'_>> {
        if !RATES.contains(&rate) || !(1..=CHANNELS).contains(&channels) {
            return None;
        }
        Some(Search {
            detector: self,
            effort,
            channels,
            down: Resampler::new(rate, RATE, 7450.0),
            mix: Vec::new(),
            samples: Vec::new(),
            stft: Stft::new(),
            powers: Vec::new(),
            first: 0,
            folder: Folder::new(),
            marks: Vec::new(),
            score: 0.0,
            trials: vec![0.0; self.keys.len()],
        })
    }
}

/// The search of one sound, which comes in pieces of any size.
pub struct Search<'a> {
    detector: &'a Detector,
    effort: Effort,
    channels: usize,
    down: Resampler,
    mix: Vec<f32>,
    /// At [`RATE`], not yet analysed.
    samples: Vec<f32>,
    stft: Stft,
    /// Rows of [`BINS`] powers.
    powers: Vec<f32>,
    /// Number of the first of them in the sound.
    first: usize,
    folder: Folder,
    marks: Vec<Found>,
    score: f32,
    /// Words looked at with each key.
    trials: Vec<f64>,
}

impl Search<'_> {
    /// Takes interleaved samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.mix.clear();
        let share = 1.0 / self.channels as f32;
        self.mix.extend(samples.chunks_exact(self.channels).map(|frame| frame.iter().sum::<f32>() * share));
        self.down.push(&self.mix, &mut self.samples);
        self.analyse();
        while self.powers.len() / BINS >= STRETCH + WINDOW {
            self.stretch(STRETCH);
            // Windows overlap the stretches' ends.
            let passed = STRETCH - NEXT;
            self.powers.drain(..passed * BINS);
            self.first += passed;
        }
    }

    /// Searches the rest, and tells what was found.
    pub fn finish(mut self) -> Detection {
        self.down.finish(&mut self.samples);
        self.samples.resize(self.samples.len() + FRAME, 0.0);
        self.analyse();
        let rows = self.powers.len() / BINS;
        if rows >= FEWEST {
            self.stretch(rows);
        }
        self.marks.sort_by(|a, b| a.start.total_cmp(&b.start));
        let words: f64 = self.trials.iter().sum();
        Detection { marks: self.marks, score: self.score, false_positive: words / 2_f64.powi(AUDIO.check as i32) }
    }

    fn analyse(&mut self) {
        let frames = (self.samples.len().saturating_sub(FRAME) / HOP) / 2 * 2;
        self.stft.powers(&self.samples, frames, &mut self.powers);
        self.samples.drain(..frames * HOP);
    }

    /// Looks for marks in the first `rows` rows.
    fn stretch(&mut self, rows: usize) {
        let powers = std::mem::take(&mut self.powers);
        let part = &powers[..rows * BINS];
        let (plain, floors) = Map::plain(part);
        let mut covered = vec![Vec::new(); self.detector.syncs.len()];
        let mut likely = Vec::new();
        for (key, covered) in covered.iter_mut().enumerate() {
            likely.push(self.plainly(key, &plain, covered));
        }
        if self.effort != Effort::Fast {
            self.again(part, &floors, &mut covered);
            self.changed(part, &floors, &mut covered);
            for (key, (covered, (place, window))) in covered.iter_mut().zip(likely).enumerate() {
                if covered.is_empty() && (LAST..GATE).contains(&place.score) {
                    self.decode(key, &plain, Candidate { place, pitch: 1.0 }, window, covered);
                }
            }
        }
        self.powers = powers;
    }

    /// Marks at the speed at which they were made: in the whole, then in windows. Tells the likeliest place and its window.
    fn plainly(&mut self, key: usize, map: &Map, covered: &mut Vec<(usize, usize)>) -> (Place, (usize, usize)) {
        let rows = map.rows();
        let mut windows = vec![(0, rows)];
        if rows > WINDOW {
            windows.extend((0..rows - WINDOW / 2).step_by(NEXT).map(|at| (at, (at + WINDOW).min(rows))));
        }
        let detector = self.detector;
        let nowhere = Place { origin: 0.0, step: STEP, score: f32::NEG_INFINITY };
        let mut likeliest = (nowhere, (0, rows));
        for window in windows {
            if is_covered(covered, window) {
                continue;
            }
            let mut best = nowhere;
            for phase in 0..SLOT {
                let grid = Grid { first: (window.0 + phase) as f64, step: STEP };
                let place = self.folder.place(&detector.syncs[key], map, grid, window);
                best = if place.score > best.score { place } else { best };
            }
            self.score = self.score.max(best.score);
            if best.score >= GATE {
                let candidate = Candidate { place: best, pitch: 1.0 };
                self.decode(key, map, candidate, window, covered);
            }
            likeliest = if best.score > likeliest.0.score { (best, window) } else { likeliest };
        }
        likeliest
    }

    /// Marks that were changed as the last one of their key was: a sound is seldom changed in more than one way.
    fn again(&mut self, powers: &[f32], floors: &Floors, covered: &mut [Vec<(usize, usize)>]) {
        let detector = self.detector;
        let windows = Windows::new(powers.len() / BINS, NEXT);
        for (key, covered) in covered.iter_mut().enumerate() {
            let last = self.marks.iter().rev().find(|mark| mark.key == key && (mark.tempo, mark.pitch) != (1.0, 1.0));
            let Some((tempo, pitch)) = last.map(|mark| (mark.tempo, mark.pitch as f32)) else { continue };
            let (map, step) = (Map::new(powers, floors, pitch), STEP / tempo);
            for window in (0..windows.count()).map(|n| windows.rows(n)) {
                let at = |phase: f64| Grid { first: window.0 as f64 + phase, step };
                for grid in [at(0.0), at(step / 2.0)] {
                    if is_covered(covered, window) {
                        break;
                    }
                    let place = self.folder.place(&detector.syncs[key], &map, grid, window);
                    if place.score >= GATE {
                        self.decode(key, &map, Candidate { place, pitch }, window, covered);
                    }
                }
            }
        }
    }

    /// Marks in sounds that were changed, window by window. `covered`: what marks of each key were found already.
    fn changed(&mut self, powers: &[f32], floors: &Floors, covered: &mut [Vec<(usize, usize)>]) {
        let detector = self.detector;
        let windows = Windows::new(powers.len() / BINS, NEXT);
        let all = self.effort == Effort::Deep;
        let is_wanted = |covered: &Vec<_>, window| all || !is_covered(covered, windows.rows(window));
        let wanted: Vec<Vec<bool>> =
            covered.iter().map(|covered| (0..windows.count()).map(|n| is_wanted(covered, n)).collect()).collect();
        let changes = if all { &detector.far } else { &detector.changes };
        let found = changes.search(&mut self.folder, &detector.syncs, (powers, floors), &windows, &wanted);
        for (key, (found, covered)) in found.into_iter().zip(covered).enumerate() {
            for (window, candidate) in
                found.into_iter().enumerate().flat_map(|(n, all)| all.into_iter().map(move |c| (n, c)))
            {
                let window = windows.rows(window);
                self.score = self.score.max(candidate.place.score);
                if candidate.place.score < GATE || is_covered(covered, window) {
                    continue;
                }
                let map = Map::new(powers, floors, candidate.pitch);
                self.decode(key, &map, candidate, window, covered);
            }
        }
    }

    /// Reads the word at a place; notes the mark, and where it is seen.
    fn decode(
        &mut self,
        key: usize,
        map: &Map,
        candidate: Candidate,
        window: (usize, usize),
        covered: &mut Vec<(usize, usize)>,
    ) -> bool {
        let sync = &self.detector.syncs[key];
        let soft = sync.soft(map, &candidate.place, window);
        let Some(payload) = self.read(key, &soft) else { return false };
        let whole = sync.soft(map, &candidate.place, (0, map.rows()));
        let (start, end) = extent(&whole, &candidate.place, window, map.rows());
        covered.push((start, end));
        let seconds = |row: usize| (self.first + row) as f64 * HOP as f64 / f64::from(RATE);
        let found = Found {
            key,
            payload,
            start: seconds(start),
            end: seconds(end),
            tempo: STEP / candidate.place.step,
            pitch: candidate.pitch.into(),
            score: candidate.place.score,
        };
        self.note(found);
        true
    }

    /// Words that may be looked at with a key in what was heard so far; an hour's for what is shorter.
    fn budget(&self) -> f64 {
        let seconds = (self.first + self.powers.len() / BINS) as f64 * HOP as f64 / f64::from(RATE);
        TRIALS * (seconds / 3600.0).max(1.0)
    }

    fn read(&mut self, key: usize, soft: &Soft) -> Option<Payload> {
        for turn in 0..TURNS {
            if self.trials[key] + LIST as f64 > self.budget() {
                return None;
            }
            let word = |word: &[bool]| {
                self.trials[key] += 1.0;
                AUDIO.unpack(&self.detector.keys[key], word)
            };
            if let Some((payload, _)) = code::decode(&soft.bits(turn), LIST, word) {
                return Some(payload);
            }
        }
        None
    }

    /// Adds a mark; what goes on from an earlier stretch is one.
    fn note(&mut self, found: Found) {
        let same = |mark: &&mut Found| {
            (mark.key, mark.payload) == (found.key, found.payload)
                && found.start <= mark.end + 3.1
                && mark.start <= found.end + 3.1
        };
        match self.marks.iter_mut().find(same) {
            Some(mark) => {
                mark.start = mark.start.min(found.start);
                mark.end = mark.end.max(found.end);
                mark.score = mark.score.max(found.score);
            }
            None => self.marks.push(found),
        }
    }
}

/// Whether the middle of a window lies in what a mark covers.
fn is_covered(covered: &[(usize, usize)], window: (usize, usize)) -> bool {
    let middle = (window.0 + window.1) / 2;
    covered.iter().any(|(start, end)| (*start..*end).contains(&middle))
}

/// Rows over which the periods around a window show the mark.
fn extent(soft: &Soft, place: &Place, window: (usize, usize), rows: usize) -> (usize, usize) {
    let length = PERIOD as f64 * place.step;
    let start = |period: i64| place.origin + period as f64 * length;
    let inside = |n: &usize| {
        let from = start(soft.first + *n as i64);
        from + length > window.0 as f64 && from < window.1 as f64
    };
    let shows = |n: &usize| soft.scores[*n] >= BELONGS;
    let count = soft.scores.len();
    let best = (0..count).filter(inside).max_by(|a, b| soft.scores[*a].total_cmp(&soft.scores[*b])).unwrap_or(0);
    let first = (0..best).rev().take_while(shows).last().unwrap_or(best);
    let last = (best + 1..count).take_while(shows).last().unwrap_or(best);
    let row = |at: f64| (at.max(0.0) as usize).min(rows);
    (row(start(soft.first + first as i64)), row(start(soft.first + last as i64 + 1)))
}
