//! Every pixel of an animation, in and out: all frames, and a default picture that is none of them.

use biaoshi_container::png::{self as grammar, Chunk};
use biaoshi_container::{Limits, Message, Patch, Source, SourceExt, phrase};
use biaoshi_explicit::image::{Channels, Depth, Layout, Rect};
use biaoshi_watermark::image::Plane;

use super::header::{Color, Header};
use super::whole::{Carriers, Decoded, decode, encode};
use super::{NAME, animated, convert};
use crate::Result;
use crate::picture::animation::delta::{Coded, Delta, canvas};
use crate::pixels::Picture;

/// An animation. Its frames stay in the file until they are coded anew, one after the other.
pub(super) struct Frames {
    header: Header,
    carriers: Carriers,
    delta: Delta,
    /// Samples of all frames as they are written.
    layout: Layout,
    notes: Vec<Message>,
}

impl Frames {
    /// Decodes the first frame.
    pub(super) fn read(source: &dyn Source, carriers: Carriers, limits: &Limits) -> Result<Self> {
        let header = Header::read(source, limits)?;
        let (plane, Decoded { raster, notes }) = first(source, &header, limits)?;
        Ok(Self { header, carriers, delta: Delta::new(plane), layout: raster.layout, notes })
    }

    /// Where each picture of the file lies on the canvas, and its data.
    fn pictures(&self) -> impl Iterator<Item = (Rect, &[Chunk])> {
        let Header { width, height, idat, parts, .. } = &self.header;
        let whole = Rect { x: 0, y: 0, width: *width, height: *height };
        let default = animated::apart(&self.header).then_some((whole, idat.as_slice()));
        default.into_iter().chain(parts.iter().map(|p| (p.frame.rect, p.data.as_slice())))
    }
}

/// Lightness of the first displayed canvas, and the frame that it shows.
pub(super) fn first(source: &dyn Source, header: &Header, limits: &Limits) -> Result<(Plane, Decoded)> {
    let whole = Rect { x: 0, y: 0, width: header.width, height: header.height };
    let (rect, data) = header.parts.first().map_or((whole, &header.idat), |p| (p.frame.rect, &p.data));
    let decoded = frame(source, header, rect, data, limits)?;
    Ok((canvas(header.width, header.height, rect, decoded.raster.lightness()), decoded))
}

/// Decodes one picture.
fn frame(source: &dyn Source, header: &Header, rect: Rect, data: &[Chunk], limits: &Limits) -> Result<Decoded> {
    let header = header.of_frame(rect, data);
    let transparent = matches!(header.color, Color::Gray | Color::Rgb | Color::Palette) && header.trns.is_some();
    let trns = if transparent { grammar::encode(*b"tRNS", &header.transparency) } else { Vec::new() };
    let place = data.first().map_or(0, |c| c.start);
    decode(&convert::alone(source, &header, &trns, limits)?, place, limits)
}

impl Picture for Frames {
    fn lightness(&self) -> Plane {
        self.delta.lightness()
    }

    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        self.delta.collect(row);
    }

    /// All chunks but those of pixels stay, in number too, with the frames' places, times and ways to be laid.
    fn patch(&self, source: &dyn Source, limits: &Limits) -> Result<Patch> {
        let mut patch = Patch::new();
        let mut coded = Coded::default();
        for (rect, data) in self.pictures() {
            let mut raster = frame(source, &self.header, rect, data, limits)?.raster;
            raster.add(&mut self.delta.under(rect));
            let made = &encode(&raster)?;
            let mut stream = Vec::new();
            for chunk in grammar::chunks(made, limits)? {
                let chunk = chunk?;
                if chunk.kind == *b"IDAT" {
                    stream.extend(made.bytes(
                        NAME,
                        chunk.data(),
                        u64::MAX,
                        phrase!("the coded frame", "编码后的帧"),
                    )?);
                }
            }
            coded.add(NAME, stream.len(), limits)?;
            animated::put(source, data, &stream, &mut patch)?;
        }
        let color = match self.layout.channels {
            Channels::Gray => Color::Gray,
            Channels::GrayAlpha => Color::GrayAlpha,
            Channels::Rgb => Color::Rgb,
            Channels::Rgba => Color::Rgba,
        };
        let bits = if self.layout.depth == Depth::Sixteen { 16 } else { 8 };
        let ihdr = Header { color, bits, interlaced: false, ..self.header.clone() }.to_ihdr();
        patch.replace(self.header.ihdr.range(), grammar::encode(*b"IHDR", &ihdr));
        self.carriers.drop_stale(&self.notes, &mut patch);
        grammar::drop_halves(source, limits, &mut patch)?;
        Ok(patch)
    }

    fn notes(&self) -> Vec<Message> {
        self.notes.clone()
    }
}
