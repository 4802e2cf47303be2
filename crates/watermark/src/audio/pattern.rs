//! What the key knows: the sign of every tile of a period, and which code bit it carries.

use super::{BANDS, HIGH, LOW, PERIOD, TURNS};
use crate::code;
use crate::key::{Key, Stream};
use crate::payload::AUDIO;

/// Code bits of a word.
pub(super) const CODE: usize = AUDIO.bits() * code::RATE;
/// Code bits by which they move on from period to period.
pub(super) const TURN: usize = CODE / TURNS;
/// Stands for "known to the key" where others have the number of a code bit.
const SYNC: u16 = u16::MAX;

/// The keyed pattern of one period: `PERIOD` rows of `BANDS` tiles.
pub(super) struct Pattern {
    signs: Vec<f32>,
    roles: Vec<u16>,
}

impl Pattern {
    pub(super) fn new(key: &Key) -> Self {
        let mut stream = key.stream("audio/1/signs");
        let signs = (0..PERIOD * BANDS).map(|_| stream.sign()).collect();
        let mut roles = vec![SYNC; PERIOD * BANDS];
        // Each band holds the whole code; a fifth of the low one and a seventh of the high one tell the place.
        place(&mut key.stream("audio/1/low"), 0, LOW, PERIOD * LOW / 5, &mut roles);
        place(&mut key.stream("audio/1/high"), LOW, HIGH, PERIOD * HIGH / 7, &mut roles);
        Self { signs, roles }
    }

    /// Sign of a tile.
    pub(super) fn sign(&self, slot: usize, band: usize) -> f32 {
        self.signs[slot * BANDS + band]
    }

    /// The code bit of a tile in a period of this turn; `None` where the key knows it.
    pub(super) fn bit(&self, slot: usize, band: usize, turn: usize) -> Option<usize> {
        match self.roles[slot * BANDS + band] {
            SYNC => None,
            role => Some((usize::from(role) + turn * TURN) % CODE),
        }
    }

    /// The known signs of a row, 0 elsewhere.
    pub(super) fn known(&self, slot: usize) -> impl Iterator<Item = f32> {
        let row = slot * BANDS..(slot + 1) * BANDS;
        self.signs[row.clone()].iter().zip(&self.roles[row]).map(|(s, r)| if *r == SYNC { *s } else { 0.0 })
    }
}

/// Gives the tiles of some bands their roles in a keyed order: first the known ones, then the code bits in turn.
fn place(stream: &mut Stream, first: usize, bands: usize, known: usize, roles: &mut [u16]) {
    let order = stream.permutation((PERIOD * bands) as u32);
    for (n, cell) in order.into_iter().enumerate().skip(known) {
        let (slot, band) = (cell as usize / bands, first + cell as usize % bands);
        roles[slot * BANDS + band] = ((n - known) % CODE) as u16;
    }
}
