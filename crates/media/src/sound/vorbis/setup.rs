//! The identification and setup headers: what all packets of a stream are coded with (Vorbis I, section 4.2).

use crate::sound::decoder::vorbis::bits::{Bits, width};
use crate::sound::decoder::vorbis::codebook::Codebook;
use crate::sound::decoder::vorbis::{SETUP, codebooks};

/// Most points of a floor curve (section 7.2.2).
const POINTS: usize = 65;
/// Passes of a residue (section 8.6.1).
pub(super) const PASSES: usize = 8;

/// What the headers say.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Setup {
    pub(super) channels: usize,
    /// Sample frames a second.
    pub(super) rate: u32,
    /// Samples of a short and of a long block: powers of two from 64 to 8192.
    pub(super) sizes: [u32; 2],
    pub(super) books: Vec<Codebook>,
    /// `None` for curves of type 0.
    pub(super) floors: Vec<Option<Floor>>,
    pub(super) residues: Vec<Residue>,
    pub(super) mappings: Vec<Mapping>,
    pub(super) modes: Vec<Mode>,
}

/// A curve of straight lines (section 7.2.2).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Floor {
    /// The classes of the points behind the first two, part by part.
    pub(super) parts: Vec<Class>,
    /// What heights are multiplied by, 1 to 4.
    pub(super) multiplier: i32,
    /// Places of the points, in lines.
    pub(super) points: Vec<i32>,
}

/// How some points of a floor are coded.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Class {
    pub(super) dimensions: usize,
    /// Bits that choose a book for each point.
    pub(super) bits: u32,
    /// The book in which these bits are coded, if there are any.
    pub(super) master: usize,
    /// The books that are chosen from; `None` where nothing is coded.
    pub(super) books: Vec<Option<usize>>,
}

/// How the lines over the floor are coded (section 8.6.1).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Residue {
    /// 0, 1 or 2.
    pub(super) kind: u32,
    pub(super) begin: usize,
    pub(super) end: usize,
    /// Values of a part.
    pub(super) size: usize,
    /// The book that tells the classes of parts.
    pub(super) book: usize,
    /// The books of each class, pass by pass.
    pub(super) classes: Vec<[Option<usize>; PASSES]>,
}

/// Which floor and residue a channel has, and which channels are told together (section 4.2.4).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mapping {
    /// Channels of magnitude and of angle.
    pub(super) couples: Vec<(usize, usize)>,
    /// The submap of each channel.
    pub(super) channels: Vec<usize>,
    /// Floor and residue of each submap.
    pub(super) submaps: Vec<(usize, usize)>,
}

/// A kind of block (section 4.2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) long: bool,
    pub(super) mapping: usize,
}

impl Setup {
    /// From the two packets; `None` where they are not what the specification says.
    pub(super) fn read(identification: &[u8], setup: &[u8]) -> Option<Self> {
        let mut bits = Bits::new(identification.strip_prefix(b"\x01vorbis\0\0\0\0")?);
        let channels = usize::try_from(bits.take(8)?).ok().filter(|n| *n > 0)?;
        let rate = bits.take(32)?;
        bits.take(32)?;
        bits.take(32)?;
        bits.take(32)?;
        let (short, long) = (bits.take(4)?, bits.take(4)?);
        let valid = (6..=13).contains(&short) && (short..=13).contains(&long) && bits.flag()?;
        valid.then_some(())?;
        let mut bits = Bits::new(setup.strip_prefix(SETUP)?);
        let bits = &mut bits;
        let books = codebooks(bits)?;
        // Transforms in time: a place that is not used.
        for _ in 0..=bits.take(6)? {
            (bits.take(16)? == 0).then_some(())?;
        }
        let floors = (0..=bits.take(6)?).map(|_| floor(bits, books.len())).collect::<Option<Vec<_>>>()?;
        let residues = (0..=bits.take(6)?).map(|_| Residue::read(bits, books.len())).collect::<Option<Vec<_>>>()?;
        let counts = (channels, floors.len(), residues.len());
        let mappings = (0..=bits.take(6)?).map(|_| Mapping::read(bits, counts)).collect::<Option<Vec<_>>>()?;
        let modes = (0..=bits.take(6)?).map(|_| Mode::read(bits, mappings.len())).collect::<Option<Vec<_>>>()?;
        bits.flag()?.then_some(Self {
            channels,
            rate,
            sizes: [1 << short, 1 << long],
            books,
            floors,
            residues,
            mappings,
            modes,
        })
    }

    /// Samples of a block.
    pub(super) fn size(&self, long: bool) -> u64 {
        let [short, other] = self.sizes;
        u64::from(if long { other } else { short })
    }

    /// The mode of a packet of which the first bytes are given, and whether a block that is long says that the one before it and the
    /// one behind it are (section 4.3.1); `None` where it is no packet of sound.
    pub(super) fn mode(&self, packet: &[u8]) -> Option<(Mode, [bool; 2])> {
        let mut bits = Bits::new(packet);
        (!bits.flag()?).then_some(())?;
        let mode = *self.modes.get(usize::try_from(bits.take(self.mode_bits())?).ok()?)?;
        let around = if mode.long { [bits.flag()?, bits.flag()?] } else { [false; 2] };
        Some((mode, around))
    }

    /// Bits of the number of a mode.
    pub(super) fn mode_bits(&self) -> u32 {
        width((self.modes.len() as u32).saturating_sub(1))
    }
}

/// An index into things of which there are so many.
fn index(bits: &mut Bits<'_>, count: u32, things: usize) -> Option<usize> {
    usize::try_from(bits.take(count)?).ok().filter(|n| *n < things)
}

/// A floor of either type.
fn floor(bits: &mut Bits<'_>, books: usize) -> Option<Option<Floor>> {
    match bits.take(16)? {
        0 => {
            bits.take(8 + 16)?;
            bits.take(16 + 6 + 8)?;
            for _ in 0..=bits.take(4)? {
                bits.take(8)?;
            }
            Some(None)
        }
        1 => Floor::read(bits, books).map(Some),
        _ => None,
    }
}

impl Floor {
    fn read(bits: &mut Bits<'_>, books: usize) -> Option<Self> {
        let parts = (0..bits.take(5)?).map(|_| index(bits, 4, 16)).collect::<Option<Vec<_>>>()?;
        let count = parts.iter().max().map_or(0, |most| most + 1);
        let classes = (0..count).map(|_| Class::read(bits, books)).collect::<Option<Vec<_>>>()?;
        let multiplier = i32::try_from(bits.take(2)?).ok()? + 1;
        let range = bits.take(4)?;
        let parts = parts.iter().map(|n| classes.get(*n).cloned()).collect::<Option<Vec<_>>>()?;
        let mut points = vec![0, 1 << range];
        for _ in 0..parts.iter().map(|class| class.dimensions).sum() {
            let point = i32::try_from(bits.take(range)?).ok()?;
            // Each place once, so that there is a line between any two.
            (points.len() < POINTS && !points.contains(&point)).then(|| points.push(point))?;
        }
        Some(Self { parts, multiplier, points })
    }
}

impl Class {
    fn read(bits: &mut Bits<'_>, books: usize) -> Option<Self> {
        let dimensions = usize::try_from(bits.take(3)?).ok()? + 1;
        let choice = bits.take(2)?;
        let master = if choice > 0 { index(bits, 8, books)? } else { 0 };
        let mut chosen = Vec::new();
        for _ in 0..1 << choice {
            // One more than the book; 0 for none.
            let book = index(bits, 8, books + 1)?;
            chosen.push(book.checked_sub(1));
        }
        Some(Self { dimensions, bits: choice, master, books: chosen })
    }
}

impl Residue {
    fn read(bits: &mut Bits<'_>, books: usize) -> Option<Self> {
        let kind = bits.take(16).filter(|kind| *kind <= 2)?;
        let mut number = || usize::try_from(bits.take(24)?).ok();
        let (begin, end, size) = (number()?, number()?, number()? + 1);
        let count = bits.take(6)? + 1;
        let book = index(bits, 8, books)?;
        let mut passes = Vec::new();
        for _ in 0..count {
            let low = bits.take(3)?;
            let high = if bits.flag()? { bits.take(5)? } else { 0 };
            passes.push(high << 3 | low);
        }
        let mut classes = Vec::new();
        for used in passes {
            let mut class = [None; PASSES];
            for (pass, place) in class.iter_mut().enumerate() {
                if used >> pass & 1 == 1 {
                    *place = Some(index(bits, 8, books)?);
                }
            }
            classes.push(class);
        }
        (begin <= end).then_some(Self { kind, begin, end, size, book, classes })
    }
}

impl Mapping {
    /// `counts` are those of channels, floors and residues.
    fn read(bits: &mut Bits<'_>, (channels, floors, residues): (usize, usize, usize)) -> Option<Self> {
        (bits.take(16)? == 0).then_some(())?;
        let submaps = if bits.flag()? { bits.take(4)? + 1 } else { 1 };
        let mut couples = Vec::new();
        if bits.flag()? {
            let count = bits.take(8)? + 1;
            let width = width(u32::try_from(channels).ok()?.saturating_sub(1));
            for _ in 0..count {
                let couple = (index(bits, width, channels)?, index(bits, width, channels)?);
                (couple.0 != couple.1).then(|| couples.push(couple))?;
            }
        }
        (bits.take(2)? == 0).then_some(())?;
        let mut chosen = vec![0; channels];
        if submaps > 1 {
            for channel in &mut chosen {
                *channel = index(bits, 4, usize::try_from(submaps).ok()?)?;
            }
        }
        let mut pairs = Vec::new();
        for _ in 0..submaps {
            bits.take(8)?;
            pairs.push((index(bits, 8, floors)?, index(bits, 8, residues)?));
        }
        Some(Self { couples, channels: chosen, submaps: pairs })
    }
}

impl Mode {
    fn read(bits: &mut Bits<'_>, mappings: usize) -> Option<Self> {
        let long = bits.flag()?;
        // Window and transform: there is one of each.
        (bits.take(32)? == 0).then_some(())?;
        Some(Self { long, mapping: index(bits, 8, mappings)? })
    }
}
