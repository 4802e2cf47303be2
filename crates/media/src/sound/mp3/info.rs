//! The frame in front of the content that tells about it: the header of Xing, with what LAME adds to it, or that of
//! Fraunhofer (VBRI). No standard has them; the layouts are those that LAME and the players of its time share
//! (LAME's `VbrTag.c` and "LAME Tag revision 1"; for VBRI, Fraunhofer's reference source).

use biaoshi_container::mpeg::Header;

/// Samples by which a decoder is late: those that players leave out beside the encoder's delay.
pub(super) const DECODER_DELAY: u32 = 529;
/// Entries of a table of places in a Xing header: one for each hundredth of the time.
const PLACES: usize = 100;
/// Bytes of what LAME adds, and where things are in it.
const LAME: usize = 36;
const DELAYS: usize = 21;
const LENGTH: usize = 28;
const MUSIC: usize = 32;
const CHECK: usize = 34;
/// Bytes that the check sum is taken of; in short side information some writers count in the sum itself, as 0.
const CHECKED: usize = 190;
/// Where the header of Fraunhofer lies in its frame, and where things are in it.
const VBRI: usize = 36;
const VBRI_BYTES: usize = 10;
const VBRI_FRAMES: usize = 14;
const VBRI_TABLE: usize = 26;

/// The frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Info {
    /// Where it is in the file.
    pub(super) at: u64,
    bytes: Vec<u8>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Where the fields begin, and which there are.
    Xing(usize, u8),
    Vbri,
}

/// What there is to tell.
pub(super) struct Facts<'a> {
    /// Frames behind this one.
    pub(super) frames: u64,
    /// Bytes from this frame to behind the last one.
    pub(super) bytes: u64,
    /// Where a frame begins, counted from the start of this one.
    pub(super) place: &'a dyn Fn(u64) -> u64,
    /// The sum of all frames behind this one, where it was asked for.
    pub(super) music: u16,
}

impl Info {
    /// The frame at `at`, if it is such a one.
    pub(super) fn of(at: u64, header: &Header, bytes: &[u8]) -> Option<Self> {
        let starts = |at: usize, magic: &[u8]| bytes.get(at..).is_some_and(|rest| rest.starts_with(magic));
        let side = header.side();
        // LAME does not count in the check sum of the frame, others do.
        let xing = [4 + side.len(), side.end].into_iter().find(|at| starts(*at, b"Xing") || starts(*at, b"Info"));
        let kind = match xing {
            Some(at) => Kind::Xing(at + 8, *bytes.get(at + 7)?),
            None if starts(VBRI, b"VBRI") => Kind::Vbri,
            None => return None,
        };
        Some(Self { at, bytes: bytes.to_vec(), kind })
    }

    /// Bytes of the frame.
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Samples that the encoder put in front of the sound and behind it, where players heed them.
    pub(super) fn delays(&self) -> Option<(u32, u32)> {
        let at = self.lame()?;
        let known =
            [b"LAME", b"Lavf", b"Lavc"].iter().any(|name| self.bytes.get(at..).is_some_and(|b| b.starts_with(*name)));
        let [a, b, c] = *self.bytes.get(at + DELAYS..)?.first_chunk()?;
        let (delay, padding) = (u32::from(a) << 4 | u32::from(b >> 4), u32::from(b & 15) << 8 | u32::from(c));
        known.then_some((delay, padding))
    }

    /// Whether it holds a sum of all frames behind it.
    pub(super) fn has_music(&self) -> bool {
        self.lame().and_then(|at| self.bytes.get(at + MUSIC..at + CHECK)).is_some_and(|sum| sum != [0, 0])
    }

    /// Where what LAME adds begins, if it is there and whole.
    fn lame(&self) -> Option<usize> {
        let Kind::Xing(start, flags) = self.kind else { return None };
        let sizes = [(1, 4), (2, 4), (4, PLACES), (8, 4)];
        let at = start + sizes.iter().filter(|(flag, _)| flags & flag != 0).map(|(_, size)| size).sum::<usize>();
        let added = self.bytes.get(at..at + LAME)?;
        (added.first() != Some(&0)).then_some(at)
    }

    /// The same frame that tells these facts, in the fields that it has.
    pub(super) fn telling(&self, facts: &Facts<'_>) -> Vec<u8> {
        let mut out = self.bytes.clone();
        match self.kind {
            Kind::Xing(start, flags) => self.tell_xing(start, flags, facts, &mut out),
            Kind::Vbri => drop(tell_vbri(facts, &mut out)),
        }
        out
    }

    fn tell_xing(&self, start: usize, flags: u8, facts: &Facts<'_>, out: &mut [u8]) {
        let mut at = start;
        for (flag, number) in [(1, facts.frames), (2, facts.bytes)] {
            if flags & flag != 0 {
                put_u32(out, at, number);
                at += 4;
            }
        }
        if let Some(table) = out.get_mut(at..at + PLACES).filter(|_| flags & 4 != 0) {
            for (n, entry) in table.iter_mut().enumerate().skip(1) {
                let place = (facts.place)(facts.frames * n as u64 / PLACES as u64);
                *entry = u8::try_from(place * 256 / facts.bytes.max(1)).unwrap_or(u8::MAX);
            }
        }
        let Some(lame) = self.lame() else { return };
        put_u32(out, lame + LENGTH, facts.bytes);
        if self.has_music() {
            put(out, lame + MUSIC, &facts.music.to_be_bytes());
        }
        let wide = sum_of_first(&self.bytes, lame + CHECK, CHECKED);
        let stored = self.bytes.get(lame + CHECK..lame + LAME).unwrap_or_default();
        let size = if stored == wide.to_be_bytes() { CHECKED } else { lame + CHECK };
        put(out, lame + CHECK, &sum_of_first(out, lame + CHECK, size).to_be_bytes());
    }
}

/// Fraunhofer's header: bytes, frames, and the bytes of so many frames each in a table that keeps its size.
fn tell_vbri(facts: &Facts<'_>, out: &mut [u8]) -> Option<()> {
    put_u32(out, VBRI + VBRI_BYTES, facts.bytes);
    put_u32(out, VBRI + VBRI_FRAMES, facts.frames);
    let field =
        |out: &[u8], n: usize| Some(u64::from(u16::from_be_bytes(*out.get(VBRI + 18 + 2 * n..)?.first_chunk()?)));
    let (entries, size) = (field(out, 0)?, usize::try_from(field(out, 2)?).ok().filter(|size| (1..=4).contains(size))?);
    let each = facts.frames.div_ceil(entries.max(1)).max(1);
    let end = |n: u64| if n * each < facts.frames { (facts.place)(n * each) } else { facts.bytes };
    let bytes = |n: u64| end(n + 1).saturating_sub(end(n));
    let largest = (0..entries).map(bytes).max()?;
    let scale = largest.div_ceil((1 << (8 * size)) - 1).max(1);
    let (scale_field, each_field) = (u16::try_from(scale).ok()?, u16::try_from(each).ok()?);
    put(out, VBRI + 20, &scale_field.to_be_bytes());
    put(out, VBRI + 24, &each_field.to_be_bytes());
    for n in 0..entries {
        let entry = (bytes(n) / scale).to_be_bytes();
        put(out, VBRI + VBRI_TABLE + usize::try_from(n).ok()? * size, entry.get(8 - size..)?);
    }
    Some(())
}

/// Puts bytes over others, where there are as many.
fn put(out: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(old) = out.get_mut(at..at + bytes.len()) {
        old.copy_from_slice(bytes);
    }
}

/// A number that does not fit leaves the old one.
fn put_u32(out: &mut [u8], at: usize, number: u64) {
    if let Ok(number) = u32::try_from(number) {
        put(out, at, &number.to_be_bytes());
    }
}

/// The check sum of the first bytes of a frame, with 0 for the sum itself.
fn sum_of_first(bytes: &[u8], sum: usize, size: usize) -> u16 {
    let mut first = bytes.get(..size).unwrap_or(bytes).to_vec();
    put(&mut first, sum, &[0, 0]);
    crc16(0, &first)
}

/// Goes on with a check sum: x^16 + x^15 + x^2 + 1, the low bits first (CRC-16/ARC).
pub(super) fn crc16(sum: u16, bytes: &[u8]) -> u16 {
    const TABLE: [u16; 256] = table();
    bytes.iter().fold(sum, |sum, byte| {
        let [low, _] = (sum ^ u16::from(*byte)).to_le_bytes();
        sum >> 8 ^ TABLE.get(usize::from(low)).copied().unwrap_or(0)
    })
}

#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    while n < 256 {
        let (mut sum, mut bit) = (n as u16, 0);
        while bit < 8 {
            sum = if sum & 1 != 0 { sum >> 1 ^ 0xa001 } else { sum >> 1 };
            bit += 1;
        }
        table[n] = sum;
        n += 1;
    }
    table
}
