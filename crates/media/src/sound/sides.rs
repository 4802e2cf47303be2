//! The two sides of a sound: where the rhythm is listened for, on which it is missing, and where it stands once it was put
//! in.

use biaoshi_explicit::audio::{EDGE, Heard, LENGTH, Position, SEAM, find_rhythm};

use crate::{Found, Place, Tones};

/// Seconds at either end in which our own rhythm is looked for: it with its silences, and too little for two of them.
pub(super) const REACH: f64 = 2.2;
/// Seconds between a rhythm and the edge of the sound, at most: nothing but silence may lie there.
const NEAR: f64 = 0.5;

/// The rhythms that are heard at the sides, in seconds from the start of the sound.
#[derive(Debug, Default)]
pub(super) struct Sides {
    pub(super) start: Option<Heard>,
    pub(super) end: Option<Heard>,
}

/// The sides that are to get a rhythm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) before: bool,
    pub(super) behind: bool,
}

/// The rhythm at the start of a sound, of which `first` are the first samples, as one channel.
pub(super) fn at_start(first: &[f32], rate: u32) -> Option<Heard> {
    find_rhythm(first, rate).filter(|h| h.start < NEAR)
}

/// The rhythm at the end of a sound of `count` samples, of which `last` are the last ones, as one channel.
pub(super) fn at_end(last: &[f32], rate: u32, count: u64) -> Option<Heard> {
    let seconds = |samples: u64| samples as f64 / f64::from(rate);
    let length = last.len() as u64;
    let skipped = seconds(count.saturating_sub(length));
    let heard = find_rhythm(last, rate).filter(|h| seconds(length) - h.end < NEAR);
    heard.map(|h| Heard { start: h.start + skipped, end: h.end + skipped, ..h })
}

impl Sides {
    /// Our own label, if there is one.
    pub(super) fn found(&self) -> Option<Found> {
        let heard = || [&self.start, &self.end].into_iter().flatten();
        let mut places: Vec<Tones> = Vec::new();
        // In a short file both ends are the same rhythm.
        for h in heard() {
            if places.iter().all(|p| (p.start - h.start).abs() > LENGTH / 2.0) {
                places.push(h.clone().into());
            }
        }
        let score = heard().map(|h| h.score as f32).fold(1.0, f32::min);
        (!places.is_empty()).then_some(Found { place: Place::Sound(places), score })
    }

    /// The sides that lack the rhythm although `position` wants it there.
    pub(super) fn missing(&self, position: Position) -> Missing {
        let wants = |side| position == side || position == Position::Both;
        Missing {
            before: wants(Position::Start) && self.start.is_none(),
            behind: wants(Position::End) && self.end.is_none(),
        }
    }
}

impl Missing {
    /// Whether no side is.
    pub(super) fn is_none(self) -> bool {
        !self.before && !self.behind
    }

    /// The rhythm that was put in; `content` is where the content ends then, in seconds.
    pub(super) fn put(self, content: f64) -> Found {
        let before = self.before.then(|| Tones::written(EDGE));
        let behind = self.behind.then(|| Tones::written(content + SEAM));
        Found { place: Place::Sound(before.into_iter().chain(behind).collect()), score: 1.0 }
    }
}

/// The first and the last seconds, as one channel.
#[derive(Debug)]
pub(super) struct Edges {
    rate: u32,
    /// Samples of one channel.
    count: u64,
    /// Samples in which a rhythm is looked for.
    reach: usize,
    first: Vec<f32>,
    /// At least the last ones, at most twice as many.
    last: Vec<f32>,
}

impl Edges {
    /// For sound of a rate that a rhythm can have.
    pub(super) fn new(rate: u32) -> Self {
        Self { rate, count: 0, reach: (REACH * f64::from(rate)) as usize, first: Vec::new(), last: Vec::new() }
    }

    /// Samples in which a rhythm is looked for.
    pub(super) fn reach(&self) -> usize {
        self.reach
    }

    /// Samples so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Goes on at a later sample: what lies between is not heard.
    pub(super) fn skip_to(&mut self, at: u64) {
        self.count = at;
        self.last.clear();
    }

    /// Adds what comes next.
    pub(super) fn add(&mut self, samples: impl Iterator<Item = f32>) {
        let from = self.last.len();
        self.last.extend(samples);
        let new = self.last.get(from..).unwrap_or_default();
        self.count += new.len() as u64;
        self.first.extend(new.iter().take(self.reach - self.first.len()));
        if self.last.len() >= 2 * self.reach {
            self.last.drain(..self.last.len() - self.reach);
        }
    }

    /// The rhythms that are heard at both ends.
    pub(super) fn sides(&self) -> Sides {
        let last = self.last.get(self.last.len().saturating_sub(self.reach)..).unwrap_or_default();
        Sides { start: at_start(&self.first, self.rate), end: at_end(last, self.rate, self.count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_explicit::audio::Rhythm;

    const RATE: u32 = 8000;

    #[test]
    fn what_is_put_in_is_heard_there_and_missing_no_more() {
        let rhythm = Rhythm::new(RATE, 1, None).unwrap();
        let content = vec![0.0; 4 * RATE as usize];
        for (position, before, behind) in
            [(Position::Start, true, false), (Position::End, false, true), (Position::Both, true, true)]
        {
            let missing = Sides::default().missing(position);
            assert_eq!(missing, Missing { before, behind });
            let front = if before { rhythm.samples(true) } else { Vec::new() };
            let back = if behind { rhythm.samples(false) } else { Vec::new() };
            let end = (front.len() + content.len()) as f64 / f64::from(RATE);
            let sound = [front.as_slice(), &content, &back].concat();
            let reach = (REACH * f64::from(RATE)) as usize;
            let sides = Sides {
                start: at_start(&sound[..reach], RATE),
                end: at_end(&sound[sound.len() - reach..], RATE, sound.len() as u64),
            };
            assert!(sides.missing(position).is_none(), "{position:?}");
            let (Place::Sound(heard), Place::Sound(put)) = (sides.found().unwrap().place, missing.put(end).place)
            else {
                panic!()
            };
            assert_eq!(heard.len(), put.len(), "{position:?}");
            assert!(heard.iter().zip(&put).all(|(h, p)| (h.start - p.start).abs() < 0.011), "{heard:?} {put:?}");
        }
    }

    #[test]
    fn one_rhythm_at_both_ends_is_one_label() {
        let sound = Rhythm::new(RATE, 1, None).unwrap().samples(true);
        let count = sound.len() as u64;
        let sides = Sides { start: at_start(&sound, RATE), end: at_end(&sound, RATE, count) };
        let Place::Sound(heard) = sides.found().unwrap().place else { panic!() };
        assert_eq!(heard.len(), 1);
        assert!(Sides::default().found().is_none());
    }
}
