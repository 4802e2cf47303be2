//! Writes lossless pictures (RFC 9649 3): an index of colors where they are few, else prediction and, where it pays,
//! copies of what was there before. One group of prefix codes; no color transform.

mod bits;
mod predict;
mod references;

use std::collections::HashMap;

use bits::{Bits, Code};
use references::{Search, Token, tokens};

/// The longest side.
pub(super) const LARGEST: u32 = 1 << 14;

/// Colors repeat, the differences of predicted ones seldom do.
const COLORS: Search = Search { tries: 16, cache: 10 };
const INDICES: Search = Search { tries: 16, cache: 0 };
const DIFFERENCES: Search = Search { tries: 2, cache: 0 };
/// Symbols of green values and of lengths come before those of the color cache.
const FIRST_CACHED: usize = 256 + 24;

/// The transforms (RFC 9649 3.5), with the bit that says that there is one.
const PREDICTION: u32 = 0b001;
const GREEN: u32 = 0b101;
const INDEX: u32 = 0b111;

/// The data of a `VP8L` chunk. Pixels are alpha, red, green, blue from the highest byte down; colors of transparent
/// ones are kept. Sides are 1 to [`LARGEST`].
pub(super) fn encode(width: u32, height: u32, pixels: &[u32], alpha: bool) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0x2f, 8);
    bits.put(width.wrapping_sub(1) & 0x3fff, 14);
    bits.put(height.wrapping_sub(1) & 0x3fff, 14);
    bits.put(alpha.into(), 1);
    bits.put(0, 3);
    match palette(pixels) {
        Some(colors) => indexed(width as usize, pixels, &colors, &mut bits),
        None => colored(width as usize, pixels, &mut bits),
    }
    bits.finish()
}

/// The colors, where there are 256 at most.
fn palette(pixels: &[u32]) -> Option<Vec<u32>> {
    let mut colors: Vec<u32> = Vec::new();
    for run in pixels.chunk_by(|a, b| a == b) {
        let color = run.first()?;
        if let Err(at) = colors.binary_search(color) {
            if colors.len() == 256 {
                return None;
            }
            colors.insert(at, *color);
        }
    }
    Some(colors)
}

/// Indices of colors, several in one pixel where the colors are sixteen at most (3.5.4).
fn indexed(width: usize, pixels: &[u32], colors: &[u32], bits: &mut Bits) {
    bits.put(INDEX, 3);
    bits.put(colors.len().saturating_sub(1) as u32, 8);
    let before = std::iter::once(0).chain(colors.iter().copied());
    let steps: Vec<u32> = colors.iter().zip(before).map(|(color, before)| less(*color, before)).collect();
    image(&steps, steps.len(), false, bits);
    let pack = match colors.len() {
        0..=2 => 8,
        3..=4 => 4,
        5..=16 => 2,
        _ => 1,
    };
    let numbers: HashMap<u32, u32> = colors.iter().copied().zip(0..).collect();
    let number = |pixel: &u32| numbers.get(pixel).copied().unwrap_or(0);
    let packed = |group: &[u32]| {
        let index = group.iter().rev().fold(0, |sum, pixel| sum << (8 / pack) | number(pixel));
        0xff00_0000 | index << 8
    };
    let rows = pixels.chunks(width.max(1));
    let packed: Vec<u32> = rows.flat_map(|row| row.chunks(pack).map(packed)).collect();
    bits.put(0, 1);
    image(&packed, width.div_ceil(pack), true, bits);
}

/// Colors, predicted or not, whichever is shorter.
fn colored(width: usize, pixels: &[u32], bits: &mut Bits) {
    let green: Vec<u32> = pixels.iter().map(|p| less(*p, (p >> 8 & 0xff) * 0x0001_0001)).collect();
    let predict::Predicted { modes, differences } = predict::predict(&green, width);
    let predicted = Coded::new(&differences, width, DIFFERENCES);
    bits.put(GREEN, 3);
    // A short search says which is shorter, and is enough for photographs.
    if predicted.size <= Coded::new(&green, width, Search { tries: DIFFERENCES.tries, ..COLORS }).size {
        bits.put(PREDICTION, 3);
        bits.put(predict::TILE_BITS - 2, 3);
        image(&modes, width.div_ceil(1 << predict::TILE_BITS), false, bits);
        bits.put(0, 1);
        predicted.put(true, bits);
    } else {
        bits.put(0, 1);
        Coded::new(&green, width, COLORS).put(true, bits);
    }
}

/// One color less another, each channel for itself.
fn less(color: u32, other: u32) -> u32 {
    // The high bit of each channel stops the borrow, and is then what it has to be.
    const HIGH: u32 = 0x8080_8080;
    ((color | HIGH) - (other & !HIGH)) ^ ((color ^ !other) & HIGH)
}

/// Puts an image; `main` for the picture itself.
fn image(pixels: &[u32], width: usize, main: bool, bits: &mut Bits) {
    Coded::new(pixels, width, INDICES).put(main, bits);
}

/// An image as steps, with the codes for them: green and lengths, red, blue, alpha, distances.
struct Coded {
    tokens: Vec<Token>,
    codes: [Code; 5],
    /// Bits of a place in the color cache; 0 without one.
    cache: u32,
    /// Bits, but for the codes themselves.
    size: u64,
}

impl Coded {
    fn new(pixels: &[u32], width: usize, search: Search) -> Self {
        let tokens = tokens(pixels, width, search);
        let cache = search.cache;
        let places = if cache > 0 { 1 << cache } else { 0 };
        let mut counts = [vec![0u32; FIRST_CACHED + places], vec![0; 256], vec![0; 256], vec![0; 256], vec![0; 40]];
        let mut size = 0;
        for token in &tokens {
            symbols(*token, |group, symbol, (_, extra)| {
                size += u64::from(extra);
                if let Some(count) = counts.get_mut(group).and_then(|c| c.get_mut(symbol)) {
                    *count += 1;
                }
            });
        }
        let codes = counts.each_ref().map(|counts| Code::new(counts));
        size += codes.iter().zip(&counts).map(|(code, counts)| code.size(counts)).sum::<u64>();
        Self { tokens, codes, cache, size }
    }

    fn put(mut self, main: bool, bits: &mut Bits) {
        if self.cache > 0 {
            bits.put(1, 1);
            bits.put(self.cache, 4);
        } else {
            bits.put(0, 1);
        }
        if main {
            // One group of codes.
            bits.put(0, 1);
        }
        self.codes.iter_mut().for_each(|code| code.describe(bits));
        for token in &self.tokens {
            symbols(*token, |group, symbol, (value, count)| {
                if let Some(code) = self.codes.get(group) {
                    code.put(symbol, bits);
                }
                bits.put(value, count);
            });
        }
    }
}

/// The symbols of a step: which code, which symbol, and more bits with their number.
fn symbols(token: Token, mut each: impl FnMut(usize, usize, (u32, u32))) {
    match token {
        Token::Pixel(pixel) => {
            let [alpha, red, green, blue] = pixel.to_be_bytes().map(usize::from);
            each(0, green, (0, 0));
            each(1, red, (0, 0));
            each(2, blue, (0, 0));
            each(3, alpha, (0, 0));
        }
        Token::Cached(place) => each(0, FIRST_CACHED + place, (0, 0)),
        Token::Copy { length, distance } => {
            let (symbol, extra) = prefix(length);
            each(0, 256 + symbol, extra);
            let (symbol, extra) = prefix(distance);
            each(4, symbol, extra);
        }
    }
}

/// A length or a distance as a symbol and more bits (3.6.2.2).
fn prefix(number: u32) -> (usize, (u32, u32)) {
    let value = number.saturating_sub(1);
    match value.checked_ilog2().filter(|high| *high > 0) {
        None => (value as usize, (0, 0)),
        Some(high) => {
            let extra = high - 1;
            let symbol = 2 * high + (value >> extra & 1);
            (symbol as usize, (value & ((1 << extra) - 1), extra))
        }
    }
}

#[cfg(test)]
mod tests;
