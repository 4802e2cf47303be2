//! ID3v2 tags (id3.org: ID3v2.2, 2.3, 2.4) as lists of frames over the bytes of the file.

mod text;

use std::ops::Range;

pub use text::{encode_text, encode_user_text, strings, user_text};

use crate::inflate::{self, Spent};
use crate::{Cursor, Error, Limits, Result, Source, SourceExt, phrase, said};

const NAME: &str = "ID3v2";

/// The header of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    /// Major version: 2, 3 or 4.
    pub version: u8,
    /// Header flags.
    pub flags: u8,
    /// Offset of `ID3`.
    pub start: u64,
    /// Bytes of everything between header and footer.
    pub size: u32,
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Identifier; those of ID3v2.2 have three letters and a NUL.
    pub id: [u8; 4],
    /// Header and body, in the coordinates of the parsed source.
    pub range: Range<u64>,
    /// The body.
    pub body: Range<u64>,
    /// Format flags (second flag byte).
    pub flags: u8,
    /// Whether an ID3v2.4 frame states its size as a plain number, where seven bits a byte are prescribed.
    pub plain: bool,
}

/// The frames of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frames {
    /// In order.
    pub list: Vec<Frame>,
    /// Whether nothing but padding follows the last one, or too little for another.
    pub whole: bool,
}

/// How frames state their sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sizes {
    /// Seven bits a byte, as ID3v2.4 prescribes.
    SevenBits,
    /// As plain numbers.
    Plain,
    /// Each in the way that leads to another frame.
    Mixed,
}

/// Most tags that may stand one behind the other.
const MAX_TAGS: usize = 16;
/// Most zero bytes that may stand in front of a tag or of the sound.
const MAX_ZEROS: u64 = 1 << 20;
/// Bytes of rubbish in which a tag or the sound is looked for.
const REACH: u64 = 64 << 10;
/// Bytes behind the last frame that have to be zero to be padding.
const PADDING: u64 = 4096;

/// Whether the sound of a format begins at an offset. It begins with 0xff (a sync word) or `f` (of `fLaC`).
pub type Sound = fn(&dyn Source, u64) -> bool;

impl Tag {
    /// Whether the whole tag is unsynchronised (for ID3v2.4 a hint: there each frame says so itself).
    pub fn unsynchronised(&self) -> bool {
        self.flags & 0x80 != 0
    }

    /// Whether an extended header follows.
    pub fn extended(&self) -> bool {
        self.version > 2 && self.flags & 0x40 != 0
    }

    /// Whether a copy of the header ends the tag.
    pub fn footer(&self) -> bool {
        self.version == 4 && self.flags & 0x10 != 0
    }

    /// Everything between header and footer.
    pub fn body(&self) -> Range<u64> {
        self.start + 10..self.start + 10 + u64::from(self.size)
    }

    /// Offset behind the tag.
    pub fn end(&self) -> u64 {
        self.body().end + if self.footer() { 10 } else { 0 }
    }
}

/// Seven bits a byte; `None` when a top bit is set.
pub fn syncsafe(bytes: [u8; 4]) -> Option<u32> {
    bytes.iter().try_fold(0, |sum, b| (b & 0x80 == 0).then_some(sum << 7 | u32::from(*b)))
}

/// The bytes of a syncsafe number; `None` from 2^28.
pub fn to_syncsafe(value: u32) -> Option<[u8; 4]> {
    let part = |shift: u32| u8::try_from(value >> shift & 0x7f).unwrap_or(0);
    (value < 1 << 28).then(|| [part(21), part(14), part(7), part(0)])
}

/// The tag at `start`, if there is one of a known version.
///
/// # Errors
/// I/O, or a tag that runs past the end of the file.
pub fn tag(source: &dyn Source, start: u64) -> Result<Option<Tag>> {
    if start + 10 > source.len() {
        return Ok(None);
    }
    let [b'I', b'D', b'3', version, _, flags, size @ ..] =
        source.array::<10>(NAME, start, phrase!("the tag header", "标签头"))?
    else {
        return Ok(None);
    };
    let Some(size) = syncsafe(size).filter(|_| matches!(version, 2..=4)) else { return Ok(None) };
    let tag = Tag { version, flags, start, size };
    if tag.end() > source.len() {
        return Err(Error::past_end(NAME, start, phrase!("the tag", "标签"), size.into()));
    }
    Ok(Some(tag))
}

/// The tag that ends at `end` with a footer, which repeats its header (ID3v2.4 section 3.4).
///
/// # Errors
/// I/O.
pub fn tag_before(source: &dyn Source, end: u64) -> Result<Option<Tag>> {
    let Some(footer) = end.checked_sub(10) else { return Ok(None) };
    let [b'3', b'D', b'I', 4, _, _, size @ ..] = source.array::<10>(NAME, footer, phrase!("a footer", "标签尾"))?
    else {
        return Ok(None);
    };
    let start = syncsafe(size).and_then(|size| footer.checked_sub(u64::from(size) + 10));
    let tag = start.map(|start| tag(source, start)).transpose()?.flatten();
    Ok(tag.filter(|tag| tag.footer() && tag.end() == end))
}

/// Where the frames start: behind the extended header. Also whether that header holds a checksum.
///
/// # Errors
/// I/O, or an extended header that runs past the tag.
pub fn frames_start(source: &dyn Source, tag: &Tag, body: &Range<u64>) -> Result<(u64, bool)> {
    if !tag.extended() {
        return Ok((body.start, false));
    }
    let head = source.array::<6>(NAME, body.start, phrase!("the extended header", "扩展头"))?;
    let [a, b, c, d, flags, more] = head;
    let size = [a, b, c, d];
    let (length, checksum) = match tag.version {
        // ID3v2.3: the size leaves itself out; ID3v2.4: it is syncsafe and counts itself.
        3 => (u64::from(u32::from_be_bytes(size)) + 4, flags & 0x80 != 0),
        _ => (u64::from(syncsafe(size).unwrap_or(u32::MAX)), more & 0x20 != 0),
    };
    let start = body.start + length;
    if start > body.end || length < 6 {
        return Err(Error::past_end(NAME, body.start, phrase!("the extended header", "扩展头"), length));
    }
    Ok((start, checksum))
}

/// The tags in front of the sound, each shown to `visit`, and where the sound begins. Zeros and rubbish in front of a tag
/// or of the sound are passed over, as players do.
///
/// # Errors
/// I/O, a tag that runs past the end of the file, too many tags, what `visit` returns.
pub fn front(source: &dyn Source, sound: Sound, visit: &mut dyn FnMut(Tag) -> Result<()>) -> Result<u64> {
    let (mut at, mut count) = (0, 0);
    loop {
        let tag = match tag(source, at)? {
            None => {
                at = resync(source, at, sound)?;
                self::tag(source, at)?
            }
            tag => tag,
        };
        let Some(tag) = tag else { return Ok(at) };
        count += 1;
        if count > MAX_TAGS {
            let what = said!("more than {} tags stand one behind the other", "连续的标签超过 {} 个", MAX_TAGS);
            return Err(Error::invalid(NAME, tag.start, what));
        }
        at = tag.end();
        visit(tag)?;
    }
}

/// Where the next tag or the sound begins; `at` where neither follows.
fn resync(source: &dyn Source, at: u64, sound: Sound) -> Result<u64> {
    if sound(source, at) {
        return Ok(at);
    }
    let mut start = at;
    let mut bytes;
    loop {
        bytes = source.bytes(
            NAME,
            start..start.saturating_add(REACH).min(source.len()).max(start),
            REACH,
            phrase!("rubbish", "无效数据"),
        )?;
        let zeros = bytes.iter().take_while(|b| **b == 0).count();
        if zeros < bytes.len() || bytes.is_empty() || start - at >= MAX_ZEROS {
            break;
        }
        start += zeros as u64;
    }
    // A tag, a sync word of MPEG and ADTS, the magic of FLAC: a look at the first byte spares most of the reads.
    let starts = |(n, byte): &(u64, &u8)| match byte {
        b'I' => matches!(tag(source, *n), Ok(Some(_))),
        0xff | b'f' => sound(source, *n),
        _ => false,
    };
    Ok((start..).zip(&bytes).find(starts).map_or(at, |(n, _)| n))
}

/// The frames of `range` up to the padding. Damage ends the list without an error: players do the same.
///
/// # Errors
/// I/O, more frames than [`Limits::parts`].
pub fn frames(source: &dyn Source, version: u8, range: Range<u64>, limits: &Limits) -> Result<Frames> {
    if version < 4 {
        return walk(source, version, range, Sizes::Plain, limits);
    }
    let mut best = walk(source, version, range.clone(), Sizes::SevenBits, limits)?;
    // iTunes and others forgot the seven bits: the way in which the frames fill the tag is right, or else the one in
    // which there are more of them.
    for sizes in [Sizes::Plain, Sizes::Mixed] {
        if best.whole {
            break;
        }
        let other = walk(source, version, range.clone(), sizes, limits)?;
        if other.whole || other.list.len() > best.list.len() {
            best = other;
        }
    }
    Ok(best)
}

fn walk(source: &dyn Source, version: u8, range: Range<u64>, sizes: Sizes, limits: &Limits) -> Result<Frames> {
    let mut list = Vec::new();
    let mut at = range.start;
    while let Some(frame) = frame(source, version, at..range.end, sizes)? {
        if list.len() >= limits.parts {
            return Err(Error::limit(
                NAME,
                phrase!("the number of frames", "帧数"),
                limits.parts as u64,
                "--limit-parts",
            ));
        }
        at = frame.range.end;
        list.push(frame);
    }
    let rest =
        source.bytes(NAME, at..range.end.min(at.saturating_add(PADDING)), PADDING, phrase!("the padding", "填充区"))?;
    // Zeros, and behind them at most what is too short for a frame.
    let odd = rest.len() - rest.iter().take_while(|b| **b == 0).count();
    let is_all = range.end - at.min(range.end) <= PADDING;
    Ok(Frames { list, whole: odd == 0 || (is_all && odd < 10) })
}

fn frame(source: &dyn Source, version: u8, range: Range<u64>, sizes: Sizes) -> Result<Option<Frame>> {
    let header: u64 = if version == 2 { 6 } else { 10 };
    if range.start + header > range.end {
        return Ok(None);
    }
    let mut head = [0; 10];
    source.read_at(range.start, &mut head).map_err(|e| Error::io(NAME, e))?;
    let (id, size, flags) = match (version, head) {
        (2, [a, b, c, x, y, z, ..]) => ([a, b, c, 0], [0, x, y, z], 0),
        (_, [a, b, c, d, w, x, y, z, _, flags]) => ([a, b, c, d], [w, x, y, z], flags),
    };
    if !id.iter().take(if version == 2 { 3 } else { 4 }).all(is_letter) {
        return Ok(None);
    }
    let (seven, plain) = (syncsafe(size), u32::from_be_bytes(size));
    let size = match sizes {
        Sizes::SevenBits => seven,
        Sizes::Plain => Some(plain),
        Sizes::Mixed => match seven {
            Some(n) if lands(source, &range, header, n)? || !lands(source, &range, header, plain)? => seven,
            _ => Some(plain),
        },
    };
    let Some(size) = size else { return Ok(None) };
    let body = range.start + header..range.start + header + u64::from(size);
    if body.end > range.end {
        return Ok(None);
    }
    let plain = version == 4 && seven != Some(size);
    Ok(Some(Frame { id, range: range.start..body.end, body, flags, plain }))
}

/// Whether a byte can stand in the identifier of a frame.
fn is_letter(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// Whether a frame of this size is followed by another frame, by padding or by the end of the tag.
fn lands(source: &dyn Source, range: &Range<u64>, header: u64, size: u32) -> Result<bool> {
    let next = range.start + header + u64::from(size);
    if next + 4 > range.end {
        return Ok(next <= range.end);
    }
    let id = source.array::<4>(NAME, next, phrase!("a frame", "帧"))?;
    Ok(id == [0; 4] || id.iter().all(is_letter))
}

/// Takes out the zero bytes that unsynchronisation put behind each 0xFF (ID3v2.3 section 5).
pub fn resynchronise(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    let mut last = 0;
    for &b in data {
        if !(last == 0xff && b == 0) {
            out.push(b);
        }
        last = b;
    }
    out
}

/// The reverse of [`resynchronise`].
pub fn unsynchronise(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len());
    for (i, &b) in data.iter().enumerate() {
        out.push(b);
        let next = data.get(i + 1).copied();
        if b == 0xff && next.is_none_or(|n| n == 0 || n >= 0xe0) {
            out.push(0);
        }
    }
    out
}

/// Offset in `raw` of the byte that [`resynchronise`] puts at `n`.
pub fn raw_offset(raw: &[u8], n: u64) -> u64 {
    let (mut at, mut last, mut seen) = (0, 0, 0);
    for &b in raw {
        if !(last == 0xff && b == 0) {
            if seen == n {
                break;
            }
            seen += 1;
        }
        last = b;
        at += 1;
    }
    at
}

/// The bytes of a frame as they are meant: grouping, length indicator, unsynchronisation and compression undone.
/// `None` for an encrypted or damaged frame. `spent` is that of the file.
pub fn frame_data(version: u8, flags: u8, data: &[u8], limits: &Limits, spent: &Spent) -> Option<Vec<u8>> {
    let mut c = Cursor::new(data);
    let (compressed, encrypted, unsync) = match version {
        3 => (flags & 0x80 != 0, flags & 0x40 != 0, false),
        4 => (flags & 0x08 != 0, flags & 0x04 != 0, flags & 0x02 != 0),
        _ => (false, false, false),
    };
    if encrypted {
        return None;
    }
    if version == 3 && compressed {
        c.take(4)?;
    }
    if (version == 3 && flags & 0x20 != 0) || (version == 4 && flags & 0x40 != 0) {
        c.take(1)?;
    }
    if version == 4 && flags & 0x01 != 0 {
        c.take(4)?;
    }
    let data = if unsync { resynchronise(c.rest()) } else { c.rest().to_vec() };
    if compressed { inflate::zlib(NAME, 0, &data, limits, spent).ok() } else { Some(data) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A frame of ID3v2.4 whose size is stated plainly, or with seven bits a byte.
    fn frame24(size: usize, plain: bool) -> Vec<u8> {
        let stated = u32::try_from(size).unwrap();
        let stated = if plain { stated.to_be_bytes() } else { to_syncsafe(stated).unwrap() };
        [b"PRIV", &stated[..], &[0, 0], &vec![b'x'; size]].concat()
    }

    fn sizes(bytes: &dyn Source) -> (Vec<(usize, bool)>, bool) {
        let found = frames(bytes, 4, 0..bytes.len(), &Limits::default()).unwrap();
        (found.list.iter().map(|f| ((f.body.end - f.body.start) as usize, f.plain)).collect(), found.whole)
    }

    #[test]
    fn plain_sizes_count_where_they_fill_the_tag() {
        for (plain, padding) in [(true, 0), (true, 50), (false, 0), (false, 50)] {
            let bytes = [frame24(300, plain), frame24(20_000, plain), frame24(5, plain), vec![0; padding]].concat();
            assert_eq!(sizes(&bytes), (vec![(300, plain), (20_000, plain), (5, false)], true));
        }
        // A program put its frame in front of plain ones.
        let mixed = [frame24(300, false), frame24(20_000, true), frame24(5, false)].concat();
        assert_eq!(sizes(&mixed), (vec![(300, false), (20_000, true), (5, false)], true));
        // Rubbish behind the last frame says nothing about its size.
        let rubbish = [frame24(300, false), vec![b'?'; 700]].concat();
        assert_eq!(sizes(&rubbish), (vec![(300, false)], false));
    }

    #[test]
    fn zeros_and_rubbish_in_front_are_passed_over() {
        let sound: Sound =
            |source, at| source.array::<4>(NAME, at, phrase!("a frame", "帧")).is_ok_and(|b| b == *b"fine");
        let tag = [&b"ID3\x04\0\0\0\0\0\x05"[..], &[0; 5]].concat();
        for (between, reached) in
            [(vec![], true), (vec![0; 200_000], true), (vec![b'I'; 900], true), (vec![b'?'; 70_000], false)]
        {
            let bytes =
                [between.clone(), tag.clone(), between.clone(), tag.clone(), between, b"fine".to_vec()].concat();
            let mut tags = Vec::new();
            let at = front(&bytes, sound, &mut |t| {
                tags.push(t.start);
                Ok(())
            });
            assert_eq!((at.unwrap() as usize == bytes.len() - 4, tags.len() == 2), (reached, reached));
        }
    }

    proptest! {
        #[test]
        fn unsynchronisation_round_trips(data in prop::collection::vec(prop_oneof![Just(0xffu8), Just(0u8), Just(0xe0u8), any::<u8>()], 0..50)) {
            let raw = unsynchronise(&data);
            prop_assert!(raw.windows(2).all(|w| !(w[0] == 0xff && w[1] >= 0xe0)));
            prop_assert_eq!(&resynchronise(&raw), &data);
            for n in 0..data.len() {
                prop_assert_eq!(raw[usize::try_from(raw_offset(&raw, n as u64)).unwrap()], data[n]);
            }
        }

        #[test]
        fn user_text_round_trips(version in 2u8..5, value in "[a-z\u{4e00}-\u{4e20}]{0,40}") {
            let bytes = encode_user_text(version, "AIGC", &value).unwrap();
            let found = frames(&bytes, version, 0..bytes.len() as u64, &Limits::default()).unwrap();
            prop_assert!(found.whole && found.list.len() == 1);
            let body = &bytes[usize::try_from(found.list[0].body.start).unwrap()..];
            prop_assert_eq!(user_text(body), Some(("AIGC".to_owned(), value)));
        }

        #[test]
        fn any_bytes_are_read_without_panic(data in prop::collection::vec(any::<u8>(), 0..200), version in 2u8..5) {
            let _ = frames(&data, version, 0..data.len() as u64, &Limits::default());
            let _ = strings(&data);
            let _ = frame_data(version, 0xff, &data, &Limits::default(), &Spent::default());
        }
    }
}
