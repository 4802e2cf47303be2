//! Where the pattern lies: the known tiles against what is there, over all shifts at once.

use super::fft::Fft;
use super::pattern::{CODE, Pattern, TURN};
use super::tiles::{CLASSES, Map};
use super::{BANDS, LOW, PERIOD, SLOT, TURNS};

/// Pairs of bands, of which one is the real and one the imaginary part of a transform.
const PAIRS: usize = BANDS.div_ceil(2);
/// Pairs of the low band alone.
pub(super) const LOW_PAIRS: usize = LOW / 2;
/// Bands to either side that are taken together where a band's weight is told.
const NEAR: usize = 4;

/// A place of the pattern in a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Row, as a fraction, at which the pattern's first slot lies.
    pub(super) origin: f64,
    /// Rows a slot.
    pub(super) step: f64,
    /// Height of the correlation, in standard deviations.
    pub(super) score: f32,
}

impl Place {
    /// The row of a slot, as a fraction, of a period, if it lies within some rows.
    fn row(&self, period: i64, slot: usize, range: (usize, usize)) -> Option<usize> {
        let at = self.origin + (period * PERIOD as i64 + slot as i64) as f64 * self.step;
        (at >= range.0 as f64 && at < range.1 as f64).then_some(at as usize)
    }
}

/// A key's known tiles, ready for correlation.
pub(super) struct Sync {
    pub(super) pattern: Pattern,
    /// Transforms of the known signs of each pair of bands: real parts, then imaginary ones.
    pub(super) spectra: Vec<f32>,
    /// Known tiles, of all bands and of the low pairs.
    count: f32,
    low: f32,
    /// Slot, band and sign of the known tiles.
    known: Vec<(u16, u16, f32)>,
}

impl Sync {
    pub(super) fn new(pattern: Pattern) -> Self {
        let mut spectra = vec![0.0; PAIRS * 2 * PERIOD];
        let mut known = Vec::new();
        for slot in 0..PERIOD {
            for (band, sign) in pattern.known(slot).enumerate().filter(|(_, sign)| *sign != 0.0) {
                spectra[band * PERIOD + slot] = sign;
                known.push((slot as u16, band as u16, sign));
            }
        }
        let mut fft = Fft::new(PERIOD);
        for pair in spectra.chunks_exact_mut(2 * PERIOD) {
            let (re, im) = pair.split_at_mut(PERIOD);
            fft.re.copy_from_slice(re);
            fft.im.copy_from_slice(im);
            fft.forward();
            re.copy_from_slice(&fft.re);
            im.copy_from_slice(&fft.im);
        }
        let low = known.iter().filter(|k| usize::from(k.1) < 2 * LOW_PAIRS).count();
        Self { pattern, spectra, count: known.len() as f32, low: low as f32, known }
    }

    /// Known tiles in so many pairs of bands: those of the low band, or all.
    pub(super) fn count(&self, pairs: usize) -> f32 {
        if pairs == LOW_PAIRS { self.low } else { self.count }
    }

    /// The score of a place within rows `from` to `to`, over all bands of the map.
    pub(super) fn score(&self, map: &Map, place: &Place, range: (usize, usize)) -> f32 {
        let (mut sum, mut square) = (0.0_f32, 1e-6_f32);
        let length = PERIOD as f64 * place.step;
        let (first, last) = periods(place, range);
        for period in first..=last {
            let start = place.origin + period as f64 * length;
            for &(slot, band, sign) in &self.known {
                let at = start + f64::from(slot) * place.step;
                if at >= range.0 as f64 && at < range.1 as f64 {
                    let value = map.row(at as usize)[usize::from(band)];
                    sum += sign * value;
                    square += value * value;
                }
            }
        }
        sum / square.sqrt()
    }

    /// Soft code bits of a place within some rows, one set for each turn that the first period may have.
    pub(super) fn soft(&self, map: &Map, place: &Place, range: (usize, usize)) -> Soft {
        let channel = self.channel(map, place, range);
        let mut turns = vec![vec![0.0_f32; CODE]; TURNS];
        for (period, score) in channel.scores.iter().enumerate() {
            let number = channel.first + period as i64;
            // A period in which the known tiles say nothing has little to tell.
            let weight = score.clamp(1.0, 3.0);
            let sums = &mut turns[number.rem_euclid(TURNS as i64) as usize];
            for slot in 0..PERIOD {
                let Some(row) = place.row(number, slot, range) else { continue };
                let tiles = map.row(row).iter().zip(map.classes(row)).zip(&channel.bands);
                for (band, ((value, class), w)) in tiles.enumerate() {
                    if let Some(bit) = self.pattern.bit(slot, band, 0) {
                        let w = w * channel.classes[usize::from(*class)];
                        sums[bit] += weight * w * self.pattern.sign(slot, band) * value;
                    }
                }
            }
        }
        Soft { turns, scores: channel.scores, first: channel.first }
    }

    /// What the known tiles of a place tell about the way that the sound took.
    fn channel(&self, map: &Map, place: &Place, range: (usize, usize)) -> Channel {
        let (first, last) = periods(place, range);
        let mut bands = vec![Mean::default(); BANDS];
        let mut classes = [Mean::default(); CLASSES];
        let mut scores = vec![Mean::default(); (last - first + 1).max(1) as usize];
        for (period, score) in scores.iter_mut().enumerate() {
            for &(slot, band, sign) in &self.known {
                let Some(row) = place.row(first + period as i64, usize::from(slot), range) else { continue };
                let value = sign * map.row(row)[usize::from(band)];
                bands[usize::from(band)].add(value);
                classes[usize::from(map.classes(row)[usize::from(band)])].add(value);
                score.add(value);
            }
        }
        let near = |band: usize| {
            let around = band.saturating_sub(NEAR)..(band + NEAR + 1).min(BANDS);
            bands[around].iter().fold(Mean::default(), |a, b| a.with(b))
        };
        // Bands and classes tell the same in part. Three quarters of the exponent, by roots, which are alike on all machines.
        let damped = |class: &Mean| class.weight().sqrt() * class.weight().sqrt().sqrt();
        Channel {
            bands: (0..BANDS).map(|band| near(band).weight()).collect(),
            classes: classes.iter().map(damped).collect(),
            scores: scores.iter().map(Mean::score).collect(),
            first,
        }
    }
}

/// Weights of what a place says.
struct Channel {
    bands: Vec<f32>,
    classes: Vec<f32>,
    /// Of each period, in standard deviations.
    scores: Vec<f32>,
    first: i64,
}

/// What known tiles say, in sum.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f32,
    square: f32,
    count: f32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += value;
        self.square += value * value;
        self.count += 1.0;
    }

    fn with(self, other: &Self) -> Self {
        Self { sum: self.sum + other.sum, square: self.square + other.square, count: self.count + other.count }
    }

    /// In standard deviations.
    fn score(&self) -> f32 {
        self.sum / (self.square + 1e-6).sqrt()
    }

    /// The mean over the variance: what sums best.
    fn weight(&self) -> f32 {
        if self.count < 1.0 || self.square <= 0.0 {
            return 0.0;
        }
        let (mean, variance) = (self.sum / self.count, self.square / self.count);
        mean.max(-0.05 * mean) / variance.max(1e-3)
    }
}

/// What a place says.
pub(super) struct Soft {
    /// For each turn of the code, counted from the origin's, the code bits as if that turn were 0.
    turns: Vec<Vec<f32>>,
    /// Of each period, in standard deviations.
    pub(super) scores: Vec<f32>,
    /// Number of the first of them, counted from the origin.
    pub(super) first: i64,
}

impl Soft {
    /// The code bits, if the origin's period has this turn.
    pub(super) fn bits(&self, origin: usize) -> Vec<f32> {
        let mut out = vec![0.0; CODE];
        for (turn, soft) in self.turns.iter().enumerate() {
            let moved = (turn + origin) % TURNS * TURN;
            for (role, value) in soft.iter().enumerate() {
                out[(role + moved) % CODE] += value;
            }
        }
        out
    }
}

/// Numbers of the first and the last period of a place that reach into some rows.
fn periods(place: &Place, range: (usize, usize)) -> (i64, i64) {
    let length = PERIOD as f64 * place.step;
    let number = |row: usize| ((row as f64 - place.origin) / length).floor() as i64;
    (number(range.0), number(range.1.saturating_sub(1)))
}

/// Rows of a slot at the recorded speed.
pub(super) const STEP: f64 = SLOT as f64;
