//! How much memory the codebooks of a Vorbis stream ask for (Vorbis I, section 3.2.1): a few bytes can ask for terabytes,
//! which no process survives, so they are read before the decoder sees them.

/// Bytes of the identification header (section 4.2.2).
const IDENTIFICATION: usize = 30;
/// What the setup header begins with: its type, and the name of the codec.
const SETUP: &[u8] = b"\x05vorbis";
/// Pattern at the start of a codebook.
const PATTERN: u32 = 0x56_4342;
/// Most entries of all codebooks together, and most numbers in their tables. libvorbis' own encoder stays below a hundredth.
const MOST: u64 = 4 << 20;

/// Whether the tables of all codebooks fit. `headers` is the identification and the setup header, one behind the other.
pub(super) fn is_modest(headers: &[u8]) -> bool {
    let setup = headers.get(IDENTIFICATION..).and_then(|rest| rest.strip_prefix(SETUP));
    setup.and_then(|body| size(&mut Bits { bytes: body, at: 0 })).is_some_and(|size| size <= MOST)
}

/// Entries and numbers of all codebooks; `None` where they break off.
fn size(bits: &mut Bits<'_>) -> Option<u64> {
    let count = bits.take(8)? + 1;
    let mut size = 0u64;
    for _ in 0..count {
        size = size.saturating_add(codebook(bits)?);
        if size > MOST {
            return Some(size);
        }
    }
    Some(size)
}

/// Entries and numbers of the codebook that begins here; behind it the next one does.
fn codebook(bits: &mut Bits<'_>) -> Option<u64> {
    (bits.take(24)? == PATTERN).then_some(())?;
    let (dimensions, entries) = (bits.take(16)?, bits.take(24)?);
    let table = u64::from(dimensions) * u64::from(entries);
    let size = table.max(entries.into());
    if size > MOST {
        return Some(size);
    }
    if bits.take(1)? == 1 {
        bits.take(5)?;
        let mut named = 0;
        while named < entries {
            let left = entries - named;
            named = named.checked_add(bits.take(32 - left.leading_zeros())?)?;
        }
    } else if bits.take(1)? == 1 {
        for _ in 0..entries {
            if bits.take(1)? == 1 {
                bits.take(5)?;
            }
        }
    } else {
        bits.skip(u64::from(entries) * 5)?;
    }
    let lookup = bits.take(4)?;
    if lookup == 0 {
        return Some(entries.into());
    }
    bits.skip(64)?;
    let width = bits.take(4)? + 1;
    bits.skip(1)?;
    let values = if lookup == 1 { root(entries, dimensions) } else { table };
    bits.skip(values * u64::from(width))?;
    Some(size)
}

/// The greatest number of which the power `dimensions` is not above `entries` (section 9.2.3).
fn root(entries: u32, dimensions: u32) -> u64 {
    let fits = |n: u64| n.checked_pow(dimensions).is_some_and(|power| power <= entries.into());
    if dimensions == 0 {
        return 0;
    }
    // At most 4096 steps for two dimensions; for one, it is the number itself.
    if dimensions == 1 { entries.into() } else { (1..).take_while(|n| fits(*n)).last().unwrap_or(0) }
}

/// Bits, the lowest of a byte first (section 2).
struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl Bits<'_> {
    /// The next bits as a number; at most 32.
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for n in 0..count {
            let byte = *self.bytes.get(usize::try_from(self.at / 8).ok()?)?;
            value |= u32::from(byte >> (self.at % 8) & 1) << n;
            self.at += 1;
        }
        Some(value)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.bytes.len() as u64 * 8).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers with one codebook of so many dimensions and entries, ordered, without a table.
    fn headers(dimensions: u32, entries: u32) -> Vec<u8> {
        let mut bits = Vec::new();
        let mut put = |value: u32, count: u32| (0..count).for_each(|n| bits.push(value >> n & 1));
        put(0, 8);
        put(PATTERN, 24);
        put(dimensions, 16);
        put(entries, 24);
        put(1, 1);
        put(0, 5);
        put(entries, 32 - entries.leading_zeros());
        put(0, 4);
        let body: Vec<u8> =
            bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | *bit as u8)).collect();
        [&[0; IDENTIFICATION], SETUP, &body].concat()
    }

    #[test]
    fn codebooks_that_ask_for_gigabytes_are_refused() {
        assert!(is_modest(&headers(8, 6561)));
        for (dimensions, entries) in [(65_535, 1 << 23), (2, 3 << 20), (0, 0xff_ffff)] {
            assert!(!is_modest(&headers(dimensions, entries)), "{dimensions} {entries}");
        }
        assert!(!is_modest(&[]) && !is_modest(&headers(8, 6561)[..45]));
    }

    #[test]
    fn roots_are_those_of_the_specification() {
        for (entries, dimensions, value) in [(6561, 8, 3), (6560, 8, 2), (9, 2, 3), (7, 1, 7), (1, 9, 1), (0, 3, 0)] {
            assert_eq!(root(entries, dimensions), value, "{entries} {dimensions}");
        }
    }
}
