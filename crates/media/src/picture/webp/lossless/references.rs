//! What repeats (RFC 9649 3.6.2): each pixel as itself, or several as a copy of earlier ones.

/// Most pixels of one copy.
const LONGEST: usize = 4096;
/// Farthest copy: the highest code of a distance, less the short ones.
const FARTHEST: usize = (1 << 20) - 120;
/// Pixels of a hash, fewer than a far copy has, and its bits.
const HASHED: usize = 4;
const HASH: u32 = 16;
/// Columns and rows back of the first codes of distances (RFC 9649 3.6.2.2).
const NEAR: [(isize, isize); 12] =
    [(0, 1), (1, 0), (1, 1), (-1, 1), (0, 2), (2, 0), (1, 2), (-1, 2), (2, 1), (-2, 1), (2, 2), (-2, 2)];

/// One step of the decoder.
#[derive(Debug, Clone, Copy)]
pub(super) enum Token {
    Pixel(u32),
    /// A color that was there not long ago, by its place in the cache.
    Cached(usize),
    Copy {
        length: u32,
        /// Coded distance.
        distance: u32,
    },
}

/// How hard to look for what repeats.
#[derive(Debug, Clone, Copy)]
pub(super) struct Search {
    /// Earlier places that are compared.
    pub(super) tries: usize,
    /// Bits of a place in the cache of recent colors; 0 for no cache.
    pub(super) cache: u32,
}

/// Turns pixels into steps.
pub(super) fn tokens(pixels: &[u32], width: usize, Search { tries, cache }: Search) -> Vec<Token> {
    let mut recent = vec![None; if cache > 0 { 1 << cache } else { 0 }];
    // Where a color goes in the cache (RFC 9649 3.6.2.3).
    let slot = |color: u32| color.wrapping_mul(0x1e35_a7bd).checked_shr(32 - cache).unwrap_or(0) as usize;
    let near = NEAR.map(|(x, y)| usize::try_from(x + y * width as isize).unwrap_or(0).max(1));
    let mut heads = vec![u32::MAX; 1 << HASH];
    let mut before = vec![u32::MAX; pixels.len()];
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(pixel) = pixels.get(at) {
        let (length, distance) = best(pixels, at, &near, earlier(&heads, &before, pixels, at).take(tries));
        let taken = length.max(1);
        out.push(match length {
            0 if recent.get(slot(*pixel)) == Some(&Some(*pixel)) => Token::Cached(slot(*pixel)),
            0 => Token::Pixel(*pixel),
            _ => Token::Copy { length: length as u32, distance: code(distance, &near) },
        });
        for n in at..at + taken {
            let slot = pixels.get(n..n + HASHED).and_then(|some| heads.get_mut(hash(some)));
            if let (Some(head), Some(link)) = (slot, before.get_mut(n)) {
                *link = *head;
                *head = n as u32;
            }
        }
        for color in pixels.get(at..at + taken).unwrap_or_default() {
            if let Some(recent) = recent.get_mut(slot(*color)) {
                *recent = Some(*color);
            }
        }
        at += taken;
    }
    out
}

fn hash(pixels: &[u32]) -> usize {
    let mixed = pixels.iter().fold(0u32, |sum, p| (sum ^ p).wrapping_mul(0x9e37_79b1).rotate_left(15));
    (mixed.wrapping_mul(0x85eb_ca6b) >> (32 - HASH)) as usize
}

fn code(distance: usize, near: &[usize]) -> u32 {
    near.iter().position(|n| *n == distance).map_or(distance + 120, |n| n + 1) as u32
}

/// The longest copy that is worth its bits, and how far back it is.
fn best(pixels: &[u32], at: usize, near: &[usize], places: impl Iterator<Item = usize>) -> (usize, usize) {
    let rest = pixels.get(at..).unwrap_or_default();
    let rest = rest.get(..LONGEST).unwrap_or(rest);
    let mut found = (0, 0);
    let mut consider = |distance: usize, least: usize| {
        let Some(earlier) = at.checked_sub(distance).and_then(|start| pixels.get(start..)) else { return };
        if found.0 > 0 && earlier.get(found.0) != rest.get(found.0) {
            return;
        }
        let length = rest.iter().zip(earlier).take_while(|(a, b)| a == b).count();
        if length >= least && length > found.0 {
            found = (length, distance);
        }
    };
    near.iter().take(4).for_each(|distance| consider(*distance, 3));
    // A far copy takes some twenty bits.
    places.map(|start| at - start).take_while(|distance| *distance <= FARTHEST).for_each(|d| consider(d, 6));
    found
}

/// Places with the same hash, the last one first.
fn earlier(heads: &[u32], before: &[u32], pixels: &[u32], at: usize) -> impl Iterator<Item = usize> {
    let first = pixels.get(at..at + HASHED).and_then(|some| heads.get(hash(some))).copied();
    let links = std::iter::successors(first, |place| before.get(*place as usize).copied());
    links.take_while(|place| *place != u32::MAX).map(|place| place as usize)
}
