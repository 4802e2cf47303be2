//! What a JPEG's headers say, read before anything is decoded.

use biaoshi_container::exif::Tiff;
use biaoshi_container::jpeg::{self as grammar, Segment};
use biaoshi_container::{Detail, Error, Limits, Message, Result, Source, SourceExt, phrase};
use biaoshi_explicit::image::Canvas;

use super::blocks::Ink;
use super::coding::Coding;
use super::{COMPONENTS, ENDED, NAME, PRECISION, PROCESS, SCANS};
use crate::picture::coded;
use crate::work;

/// Start and end of image.
const SOI: u8 = 0xd8;
pub(super) const EOI: u8 = 0xd9;
/// Quantisation tables.
const DQT: u8 = 0xdb;
/// Number of lines, behind the first scan.
const DNL: u8 = 0xdc;

/// A frame that can be worked on, or why not.
pub(super) enum Shape {
    Known(Frame),
    Skip(Message),
}

/// The headers of a supported picture.
pub(super) struct Frame {
    pub(super) canvas: Canvas,
    pub(super) progressive: bool,
    /// What each component means, in the order of the frame header.
    pub(super) inks: &'static [Ink],
    /// Sampling factors of each component.
    sampling: Vec<(u8, u8)>,
    /// From SOI to the first SOS.
    pub(super) header: Vec<Segment>,
    /// Offset of the first SOS.
    pub(super) scan: u64,
    /// Application segments and comments between the scans.
    pub(super) between: Vec<Segment>,
    /// All segments behind the first SOS.
    pub(super) later: Vec<Segment>,
    /// Offset behind the picture.
    pub(super) end: u64,
    /// Whether it ends with EOI, which viewers can do without.
    pub(super) ended: bool,
}

impl Frame {
    /// Reads the headers and finds the end of the picture.
    pub(super) fn read(source: &dyn Source, limits: &Limits) -> Result<Shape> {
        let header = grammar::segments(source, limits)?;
        let Some(scan) = header.last().copied() else { return Ok(Shape::Skip(SCANS.message())) };
        let is_frame = |s: &&Segment| matches!(s.marker, 0xc0..=0xcf) && !matches!(s.marker, 0xc4 | 0xc8 | 0xcc);
        let frames: Vec<_> = header.iter().filter(is_frame).collect();
        let [sof] = frames.as_slice() else {
            return Err(Error::invalid(
                NAME,
                scan.start,
                phrase!("exactly one frame header was expected", "应恰有一个帧头"),
            ));
        };
        if !matches!(sof.marker, 0xc0..=0xc2) {
            return Ok(Shape::Skip(PROCESS.with([Detail::Term(format!("{:02x}", sof.marker))])));
        }
        let payload = sof.read(source)?;
        let [bits, h1, h0, w1, w0, count, components @ ..] = payload.as_slice() else {
            return Err(Error::invalid(NAME, sof.start, phrase!("the frame header is too short", "帧头过短")));
        };
        if *bits != 8 {
            return Ok(Shape::Skip(PRECISION.with([(*bits).into()])));
        }
        let (width, height) = (u16::from_be_bytes([*w1, *w0]).into(), u16::from_be_bytes([*h1, *h0]).into());
        if height == 0 {
            return Ok(Shape::Skip(SCANS.message()));
        }
        check(width, height, *count, limits)?;
        let parsed: Vec<_> = components.chunks_exact(3).filter_map(|c| Some((*c.first()?, *c.get(1)?))).collect();
        let colors = Colors::read(source, &header)?;
        let Some(inks) = colors.inks(&parsed).filter(|inks| inks.len() == usize::from(*count)) else {
            return Ok(Shape::Skip(COMPONENTS.message()));
        };
        let Some(scans) = Scans::read(source, &scan, limits)? else { return Ok(Shape::Skip(SCANS.message())) };
        let pixels = u64::from(width) * u64::from(height);
        work::check(NAME, source, work_of(source, pixels, &parsed, sof.marker == 0xc2, &scans.headers)?, limits)?;
        let mut frame = Self {
            canvas: Canvas::new(width, height, orientation(source, &header)?),
            progressive: sof.marker == 0xc2,
            inks,
            sampling: parsed.iter().map(|(_, hv)| (hv >> 4, hv & 15)).collect(),
            scan: scan.start,
            header,
            between: scans.between,
            later: scans.later,
            end: scans.end,
            ended: scans.ended,
        };
        let telling = frame.telling().and_then(|(index, _)| frame.subsampling(index));
        frame.canvas.grain = telling.map_or(1, |(across, down)| across.max(down));
        Ok(Shape::Known(frame))
    }

    /// The picture in a file of its own, without what does not belong there: bytes between segments.
    pub(super) fn bytes(&self, source: &dyn Source, limits: &Limits) -> Result<Vec<u8>> {
        let mut out = vec![0xff, SOI];
        for segment in self.header.iter().filter(|s| s.marker != grammar::SOS) {
            out.extend(source.bytes(NAME, segment.range(), limits.part, phrase!("a segment", "段"))?);
        }
        out.extend(coded(NAME, source, self.scan..self.end, limits)?);
        if !self.ended {
            out.extend([0xff, EOI]);
        }
        Ok(out)
    }

    /// What the segments say of the scans; `None` where it is not as the standard has it.
    pub(super) fn coding(&self, source: &dyn Source) -> Result<Option<Coding>> {
        let segments: Vec<Segment> = self.header.iter().chain(&self.later).copied().collect();
        Coding::read(source, &segments, self.data_end())
    }

    /// Offset behind the coded data of the last scan.
    pub(super) fn data_end(&self) -> u64 {
        self.end - if self.ended { 2 } else { 0 }
    }

    /// What coding it anew mends.
    pub(super) fn notes(&self) -> Vec<Message> {
        if self.ended { Vec::new() } else { vec![ENDED.message()] }
    }

    /// What is missing of the picture.
    pub(super) fn damage(&self) -> Option<Message> {
        (!self.ended).then(|| phrase!("the end of the picture is missing", "图像末尾缺失").into())
    }

    /// Pixels that one sample of a component stands for, across and down; `None` where that is no whole number.
    pub(super) fn subsampling(&self, component: usize) -> Option<(u32, u32)> {
        let (h, v) = *self.sampling.get(component)?;
        let most = |f: fn(&(u8, u8)) -> u8| self.sampling.iter().map(f).max();
        let (across, down) = (most(|s| s.0)?, most(|s| s.1)?);
        let whole = h > 0 && v > 0 && across.is_multiple_of(h) && down.is_multiple_of(v);
        whole.then(|| (u32::from(across / h), u32::from(down / v)))
    }

    /// The component that shows white text on black.
    pub(super) fn telling(&self) -> Option<(usize, Ink)> {
        let gray = |ink: &Ink| matches!(ink, Ink::Light | Ink::Dark);
        // Green of RGB comes closest to luma.
        let index = if self.inks == Ink::RGB { 1 } else { self.inks.iter().position(gray)? };
        Some((index, *self.inks.get(index)?))
    }
}

/// Refuses what would not fit the limits, before anything is allocated.
fn check(width: u32, height: u32, components: u8, limits: &Limits) -> Result<()> {
    if width > limits.side || height > limits.side {
        return Err(Error::limit(
            NAME,
            phrase!("the side of the picture", "图像的边长"),
            limits.side.into(),
            "--limit-side",
        ));
    }
    // Coefficients have 16 bits; padding to whole units of up to 32 pixels.
    let padded = |n: u32| u64::from(n).next_multiple_of(32);
    if padded(width) * padded(height) * u64::from(components) * 2 > limits.decoded {
        return Err(Error::limit(
            NAME,
            phrase!("the decoded picture", "解码后的图像"),
            limits.decoded,
            "--limit-decoded",
        ));
    }
    Ok(())
}

/// The work of decoding, as it was measured: a step a sample, half a step a pixel or three halves in a progressive picture,
/// and for each scan four steps a block that it goes over, whether it says anything of it or not.
fn work_of(
    source: &dyn Source,
    pixels: u64,
    components: &[(u8, u8)],
    progressive: bool,
    scans: &[Segment],
) -> Result<u64> {
    let factors = |hv: u8| u64::from(hv >> 4) * u64::from(hv & 15);
    let most = |f: fn(u8) -> u8| components.iter().map(|(_, hv)| u64::from(f(*hv))).max().unwrap_or(1).max(1);
    let unit = most(|hv| hv >> 4) * most(|hv| hv & 15);
    let samples = |ids: &[u8]| {
        let own = components.iter().filter(|(id, _)| ids.contains(id)).map(|(_, hv)| factors(*hv));
        pixels * own.sum::<u64>() / unit
    };
    let all: Vec<u8> = components.iter().map(|(id, _)| *id).collect();
    let mut steps = samples(&all) + pixels * if progressive { 3 } else { 1 } / 2;
    for scan in scans {
        let header = scan.read(source)?;
        let count = usize::from(header.first().copied().unwrap_or(0));
        let ids: Vec<u8> = header.iter().skip(1).step_by(2).take(count).copied().collect();
        steps = steps.saturating_add(samples(&ids) / 16).saturating_add(work::START);
    }
    Ok(steps)
}

/// What tells the meaning of the components (as libjpeg and JFIF have it).
struct Colors {
    jfif: bool,
    /// Transform byte of Adobe's APP14.
    adobe: Option<u8>,
}

impl Colors {
    fn read(source: &dyn Source, header: &[Segment]) -> Result<Self> {
        let mut colors = Self { jfif: false, adobe: None };
        for segment in header.iter().filter(|s| matches!(s.marker, 0xe0 | 0xee)) {
            let payload = segment.read(source)?;
            colors.jfif |= segment.marker == 0xe0 && payload.starts_with(b"JFIF\0");
            if segment.marker == 0xee && payload.starts_with(b"Adobe") {
                colors.adobe = payload.get(11).copied();
            }
        }
        Ok(colors)
    }

    fn inks(&self, components: &[(u8, u8)]) -> Option<&'static [Ink]> {
        let ids: Vec<u8> = components.iter().map(|(id, _)| *id).collect();
        match (ids.len(), self.adobe) {
            (1, _) => Some(&Ink::GRAY),
            (3, Some(0)) if !self.jfif => Some(&Ink::RGB),
            (3, None) if !self.jfif && ids == *b"RGB" => Some(&Ink::RGB),
            (3, _) => Some(&Ink::YCC),
            (4, Some(2)) => Some(&Ink::YCCK),
            (4, Some(_)) => Some(&Ink::INVERTED_CMYK),
            (4, None) => Some(&Ink::CMYK),
            _ => None,
        }
    }
}

fn orientation(source: &dyn Source, header: &[Segment]) -> Result<u8> {
    for segment in header.iter().filter(|s| s.marker == grammar::APP1) {
        let payload = segment.read(source)?;
        if let Some(tiff) = payload.strip_prefix(b"Exif\0\0").and_then(Tiff::new) {
            return Ok(tiff.orientation());
        }
    }
    Ok(1)
}

/// Bytes of one look for the next marker, and of the first look: one marker often follows another.
const STEP: u64 = 64 << 10;
const HEAD: u64 = 256;

/// What follows the first SOS.
struct Scans {
    /// The headers of all scans.
    headers: Vec<Segment>,
    between: Vec<Segment>,
    later: Vec<Segment>,
    end: u64,
    ended: bool,
}

impl Scans {
    /// Walks over the entropy-coded data to EOI; without one, the picture ends where the file does or another picture
    /// begins. `None` where tables or the height change on the way.
    fn read(source: &dyn Source, sos: &Segment, limits: &Limits) -> Result<Option<Self>> {
        let end = sos.range().end;
        let mut scans = Self { headers: vec![*sos], between: Vec::new(), later: Vec::new(), end, ended: false };
        for _ in 0..limits.parts {
            let Some((marker, start)) = next_marker(source, scans.end)? else {
                scans.end = source.len();
                return Ok(Some(scans));
            };
            match marker {
                EOI => return Ok(Some(Self { end: start + 2, ended: true, ..scans })),
                SOI => return Ok(Some(Self { end: start, ..scans })),
                DQT | DNL | 0xc0..=0xc3 | 0xc5..=0xcf => return Ok(None),
                _ => {}
            }
            let [_, _, hi, lo] = source.array::<4>(NAME, start, phrase!("a segment between scans", "扫描之间的段"))?;
            let length = u16::from_be_bytes([hi, lo]).checked_sub(2);
            let length = length
                .ok_or_else(|| Error::invalid(NAME, start, phrase!("a segment length below 2", "段长度小于 2")))?;
            let segment = Segment { marker, start, length };
            scans.end = segment.range().end;
            scans.later.push(segment);
            if marker == grammar::SOS {
                scans.headers.push(segment);
            } else if (grammar::APP0..=0xef).contains(&marker) || marker == grammar::COM {
                scans.between.push(segment);
            }
        }
        Err(Error::limit(NAME, phrase!("the number of segments", "段数"), limits.parts as u64, "--limit-parts"))
    }
}

/// The next marker at or behind `at` that is neither a stuffed byte nor a restart: its second byte, its offset; nothing
/// where the file ends before.
fn next_marker(source: &dyn Source, mut at: u64) -> Result<Option<(u8, u64)>> {
    let mut step = HEAD;
    loop {
        let end = source.len().min(at.saturating_add(step));
        if at + 2 > end {
            return Ok(None);
        }
        let bytes = source.bytes(NAME, at..end, STEP, phrase!("entropy-coded data", "熵编码数据"))?;
        let pairs = memchr::memchr_iter(0xff, &bytes).filter_map(|n| Some((n, *bytes.get(n + 1)?)));
        // 0xFF before a marker is a fill byte (B.1.1.2); 0x00 is stuffing, 0xD0-0xD7 are restarts, 0x01 is TEM.
        let found = pairs.into_iter().find(|(_, b)| !matches!(b, 0x00 | 0x01 | 0xd0..=0xd7 | 0xff));
        if let Some((n, marker)) = found {
            return Ok(Some((marker, at + n as u64)));
        }
        if end == source.len() {
            return Ok(None);
        }
        // The last byte may be the first half of a marker.
        at = end - 1;
        step = STEP;
    }
}
