//! What the tags of the first page say (TIFF 6.0 part 1; extensions in part 2).

use std::ops::Range;

use biaoshi_container::tiff::{Directory, Entry, Form};
use biaoshi_container::{Error, Limits, Message, Result, Said, Source, SourceExt, phrase};
use biaoshi_explicit::image::{Channels, Depth, Layout as Image};

use super::{COMPRESSION, NAME, SAMPLES};
use crate::picture::INKS;

const STRIP_OFFSETS: u16 = 273;
const STRIP_COUNTS: u16 = 279;
const TILE_OFFSETS: u16 = 324;
const TILE_COUNTS: u16 = 325;
/// What the version of DNG is in: a camera's raw pixels, and small pictures of them.
const DNG: u16 = 50_706;

/// A first page that can be worked on, or why not.
pub(super) enum Shape {
    Known(Layout),
    Skip(Message),
}

/// How strips and tiles are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
}

/// The first page.
pub(super) struct Layout {
    pub(super) form: Form,
    pub(super) image: Image,
    pub(super) compression: Compression,
    /// Samples are differences to their left neighbours (section 14).
    pub(super) predictor: bool,
    /// Each sample of a pixel has a plane of its own.
    pub(super) planar: bool,
    /// 0 is white.
    pub(super) inverted: bool,
    /// Columns and rows of a strip or tile; a tile at the edge is padded, a strip is not.
    pub(super) chunk: (u32, u32),
    pub(super) tiled: bool,
    /// Where strips or tiles are.
    pub(super) places: Vec<Range<u64>>,
    /// The entries that say so: offsets and byte counts.
    pub(super) entries: (Entry, Entry),
}

impl Layout {
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Shape> {
        let (form, first) = Form::read(source)?;
        let directory = form.directory(source, first, limits)?;
        let tags = Tags { source, form, directory: &directory, limits };
        let (width, height) = size(&tags)?;
        // A reduced picture of another one is none of its own.
        if tags.entry(DNG).is_some() || tags.number(254, 0)? & 1 == 1 || tags.number(266, 1)? != 1 {
            return Ok(Shape::Skip(SAMPLES.message()));
        }
        let scheme = tags.number(259, 1)?;
        let compression = match scheme {
            1 => Compression::None,
            5 => Compression::Lzw,
            8 | 32_946 => Compression::Deflate,
            _ => return Ok(Shape::Skip(COMPRESSION.with([scheme.into()]))),
        };
        let (photometric, predictor) = (tags.number(262, 1)?, tags.number(317, 1)?);
        let Some((channels, depth)) = pixels(&tags, photometric)? else {
            return Ok(Shape::Skip(if photometric == 5 { &INKS } else { &SAMPLES }.into()));
        };
        if !matches!(predictor, 1 | 2) {
            return Ok(Shape::Skip(SAMPLES.message()));
        }
        let image = Image { width, height, channels, depth };
        check_decoded(&image, (width, height), phrase!("the decoded picture", "解码后的图像"), limits)?;
        let tiled = tags.entry(TILE_OFFSETS).is_some();
        let chunk = match tiled {
            true => (side(&tags, 322)?, side(&tags, 323)?),
            false => (width, tags.number(278, u64::from(u32::MAX))?.min(height.into()).max(1) as u32),
        };
        check_decoded(&image, chunk, phrase!("a decoded tile", "解码后的图块"), limits)?;
        let tags_of_place = if tiled { (TILE_OFFSETS, TILE_COUNTS) } else { (STRIP_OFFSETS, STRIP_COUNTS) };
        let (Some(offsets), Some(counts)) = (tags.entry(tags_of_place.0), tags.entry(tags_of_place.1)) else {
            return Err(Error::invalid(NAME, directory.start, phrase!("a page without its strips", "页缺少条带")));
        };
        let layout = Self {
            form,
            image,
            compression,
            predictor: predictor == 2,
            planar: tags.number(284, 1)? == 2 && image.channels != Channels::Gray,
            inverted: photometric == 0,
            chunk,
            tiled,
            places: tags.places(offsets, counts)?,
            entries: (offsets.clone(), counts.clone()),
        };
        let wrong = phrase!("another number of strips than the picture's size says", "条带数与图像尺寸不符");
        let counted = layout.places.len() == layout.count();
        counted.then_some(Shape::Known(layout)).ok_or_else(|| Error::invalid(NAME, offsets.start, wrong))
    }

    /// Samples of a pixel.
    pub(super) fn samples(&self) -> usize {
        self.image.pixel() / self.bytes()
    }

    /// Bytes of a sample.
    pub(super) fn bytes(&self) -> usize {
        if self.image.depth == Depth::Sixteen { 2 } else { 1 }
    }

    /// Strips or tiles across and down, in each plane.
    fn grid(&self) -> (usize, usize) {
        (self.image.width.div_ceil(self.chunk.0) as usize, self.image.height.div_ceil(self.chunk.1) as usize)
    }

    fn count(&self) -> usize {
        let (across, down) = self.grid();
        across * down * if self.planar { self.samples() } else { 1 }
    }

    /// Where a strip or tile goes: its plane, its first column and row.
    pub(super) fn position(&self, chunk: usize) -> (usize, usize, usize) {
        let (across, down) = self.grid();
        let (plane, n) = (chunk / (across * down), chunk % (across * down));
        (plane, n % across * self.chunk.0 as usize, n / across * self.chunk.1 as usize)
    }

    /// The strips and tiles of all pages but the first: what must not be written over. `None` where that is not known.
    pub(super) fn others(
        form: Form,
        pages: &[Directory],
        source: &dyn Source,
        limits: &Limits,
    ) -> Option<Vec<Range<u64>>> {
        let mut out = Vec::new();
        for directory in pages.iter().skip(1) {
            let tags = Tags { source, form, directory, limits };
            for (offsets, counts) in [(STRIP_OFFSETS, STRIP_COUNTS), (TILE_OFFSETS, TILE_COUNTS)] {
                if let (Some(offsets), Some(counts)) = (tags.entry(offsets), tags.entry(counts)) {
                    out.extend(tags.places(offsets, counts).ok()?);
                    // Many pages may say that their strips are listed in one place.
                    if out.len() > limits.parts {
                        return None;
                    }
                }
            }
        }
        Some(out)
    }
}

/// Width and height of the picture.
fn size(tags: &Tags) -> Result<(u32, u32)> {
    let (width, height) = (side(tags, 256)?, side(tags, 257)?);
    if width.max(height) > tags.limits.side {
        let what = phrase!("the side of the picture", "图像的边长");
        return Err(Error::limit(NAME, what, tags.limits.side.into(), "--limit-side"));
    }
    Ok((width, height))
}

/// Refuses so many columns and rows whose samples would take more memory than allowed.
fn check_decoded(image: &Image, (width, height): (u32, u32), what: &'static Said, limits: &Limits) -> Result<()> {
    let size = (image.pixel() as u64).saturating_mul(u64::from(width) * u64::from(height));
    if size > limits.decoded { Err(Error::limit(NAME, what, limits.decoded, "--limit-decoded")) } else { Ok(()) }
}

/// A side in pixels.
fn side(tags: &Tags, tag: u16) -> Result<u32> {
    let number = u32::try_from(tags.number(tag, 0)?).ok().filter(|n| *n > 0);
    number.ok_or_else(|| {
        Error::invalid(NAME, tags.directory.start, phrase!("a picture or tile without a size", "图像或图块没有尺寸"))
    })
}

/// What a pixel is made of; `None` for kinds that are not known here: palettes, floating point, under 8 bits, alpha that
/// is multiplied into the colors.
fn pixels(tags: &Tags, photometric: u64) -> Result<Option<(Channels, Depth)>> {
    let bits = tags.numbers(258)?.unwrap_or_else(|| vec![1]);
    let kinds = tags.numbers(339)?.unwrap_or_else(|| vec![1]);
    let extra = tags.numbers(338)?.unwrap_or_default();
    let channels = match (photometric, tags.number(277, 1)?) {
        (0 | 1, 1) => Channels::Gray,
        (1, 2) => Channels::GrayAlpha,
        (2, 3) => Channels::Rgb,
        (2, 4) => Channels::Rgba,
        _ => return Ok(None),
    };
    let depth = match bits.first() {
        Some(8) => Depth::Eight,
        Some(16) => Depth::Sixteen,
        _ => return Ok(None),
    };
    let even = bits.iter().all(|b| Some(b) == bits.first()) && kinds.iter().all(|k| *k == 1);
    Ok((even && extra.iter().all(|e| *e != 1)).then_some((channels, depth)))
}

/// The values of a directory.
struct Tags<'a> {
    source: &'a dyn Source,
    form: Form,
    directory: &'a Directory,
    limits: &'a Limits,
}

impl Tags<'_> {
    fn entry(&self, tag: u16) -> Option<&Entry> {
        self.directory.entries.iter().find(|e| e.tag == tag)
    }

    /// The first number of a tag, or what holds without it.
    fn number(&self, tag: u16, default: u64) -> Result<u64> {
        Ok(self.numbers(tag)?.and_then(|n| n.first().copied()).unwrap_or(default))
    }

    fn numbers(&self, tag: u16) -> Result<Option<Vec<u64>>> {
        self.entry(tag).map(|entry| self.values(entry)).transpose()
    }

    fn values(&self, entry: &Entry) -> Result<Vec<u64>> {
        let Some(size) = unit(entry.kind) else {
            return Err(Error::invalid(
                NAME,
                entry.start,
                phrase!("a tag that is no whole number", "标签的值不是整数"),
            ));
        };
        let bytes = self.source.bytes(NAME, entry.value.clone(), self.limits.part, phrase!("a tag", "标签"))?;
        Ok(bytes.chunks_exact(size).map(|b| self.form.number(b)).collect())
    }

    fn places(&self, offsets: &Entry, counts: &Entry) -> Result<Vec<Range<u64>>> {
        // Numbers have 8 bytes at most.
        let bytes = |entry: &Entry| entry.value.end - entry.value.start;
        let most = self.limits.parts as u64;
        if bytes(offsets).max(bytes(counts)) > most.saturating_mul(8) {
            return Err(Error::limit(NAME, phrase!("the number of strips", "条带数"), most, "--limit-parts"));
        }
        let pairs = self.values(offsets)?.into_iter().zip(self.values(counts)?);
        let end = |(start, count): (u64, u64)| start.checked_add(count).filter(|e| *e <= self.source.len());
        if pairs.len() > self.limits.parts {
            return Err(Error::limit(NAME, phrase!("the number of strips", "条带数"), most, "--limit-parts"));
        }
        let place = |pair: (u64, u64)| {
            let past = || Error::past_end(NAME, pair.0, phrase!("a strip", "条带"), pair.1);
            Ok(pair.0..end(pair).ok_or_else(past)?)
        };
        pairs.map(place).collect()
    }
}

/// Bytes of an unsigned whole number of a field type.
pub(super) fn unit(kind: u16) -> Option<usize> {
    match kind {
        1 => Some(1),
        3 => Some(2),
        4 | 13 => Some(4),
        16 | 18 => Some(8),
        _ => None,
    }
}
