//! Every pixel of a JPEG, in and out. What is added to the lightness goes into the coefficients of Y (or of each of R, G
//! and B) alone; all others keep their values.

use biaoshi_container::jpeg::{self as grammar, Segment};
use biaoshi_container::{Limits, Message, Patch, Source, SourceExt, phrase};
use biaoshi_watermark::image::Plane;
use libjpeg_turbo_rs::{JpegCoefficients, PixelFormat, decompress_to};

use super::blocks::{Ink, samples};
use super::frame::{Frame, Shape};
use super::{COMPONENTS, Decoded, NAME, code, decode, guarded, replace, steps};
use crate::Result;
use crate::picture::INKS;
use crate::picture::{check, memory};
use crate::pixels::{Opened, Picture, Read};

/// Components with their weights in lightness (BT.601).
const GRAY: [(usize, f32); 1] = [(0, 1.0)];
const RGB: [(usize, f32); 3] = [(0, 0.299), (1, 0.587), (2, 0.114)];
/// A picture as coefficients.
struct Whole {
    frame: Frame,
    coefficients: JpegCoefficients,
    weights: &'static [(usize, f32)],
}

/// Decodes the coefficients.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn open(source: &dyn Source, limits: &Limits) -> Result<Opened> {
    let frame = match Frame::read(source, limits)? {
        Shape::Known(frame) => frame,
        Shape::Skip(reason) => return Ok(Opened::Skip(reason)),
    };
    let weights = match weights(&frame) {
        Ok(weights) => weights,
        Err(reason) => return Ok(Opened::Skip(reason)),
    };
    check(NAME, source, (frame.canvas.width, frame.canvas.height), limits)?;
    let bytes = frame.bytes(source, limits)?;
    Ok(match decode(&bytes, &frame)? {
        Decoded::Picture(coefficients) => Opened::Picture(Box::new(Whole { frame, coefficients, weights })),
        Decoded::Skip(reason) => Opened::Skip(reason),
    })
}

/// Lightness of a picture, from its pixels.
///
/// # Errors
/// I/O, damage, limits.
pub(super) fn lightness(source: &dyn Source, limits: &Limits) -> Result<Read> {
    let frame = match Frame::read(source, limits)? {
        Shape::Known(frame) => frame,
        Shape::Skip(reason) => return Ok(Read::Skip(reason)),
    };
    if frame.inks.len() == 4 {
        return Ok(Read::Skip(INKS.message()));
    }
    check(NAME, source, (frame.canvas.width, frame.canvas.height), limits)?;
    let bytes = frame.bytes(source, limits)?;
    let image = match guarded(frame.scan, || decompress_to(&bytes, PixelFormat::Grayscale))? {
        Ok(image) => image,
        Err(reason) => return Ok(Read::Skip(reason)),
    };
    if image.width.checked_mul(image.height) != Some(image.data.len()) {
        return Ok(Read::Skip(COMPONENTS.message()));
    }
    let data = image.data.iter().map(|&v| v.into()).collect();
    Ok(Read::Plane(Plane { width: image.width, height: image.height, data }))
}

/// Memory for the file's bytes, twice, its coefficients of 16 bits and what the watermark needs, by the frame header.
pub(super) fn cost(source: &dyn Source, limits: &Limits) -> u64 {
    let is_frame = |s: &Segment| matches!(s.marker, 0xc0..=0xc2);
    let frame = grammar::segments(source, limits).ok().and_then(|s| s.into_iter().find(is_frame));
    let head = frame.and_then(|f| source.array::<6>(NAME, f.payload().start, phrase!("the frame header", "帧头")).ok());
    let Some([_, h1, h0, w1, w0, components]) = head else { return 0 };
    let pixels = u64::from(u16::from_be_bytes([h1, h0])) * u64::from(u16::from_be_bytes([w1, w0]));
    let coefficients = pixels.saturating_mul(u64::from(components) * 2).min(limits.decoded);
    source.len().saturating_mul(2).saturating_add(coefficients).saturating_add(memory(pixels))
}

/// The components that make the lightness, which have to have a sample for each pixel.
fn weights(frame: &Frame) -> std::result::Result<&'static [(usize, f32)], Message> {
    let weights: &[_] = match frame.inks.len() {
        4 => return Err(INKS.message()),
        _ if frame.inks == Ink::RGB => &RGB,
        _ => &GRAY,
    };
    match weights.iter().all(|(component, _)| frame.subsampling(*component) == Some((1, 1))) {
        true => Ok(weights),
        false => Err(COMPONENTS.message()),
    }
}

impl Whole {
    fn size(&self) -> (usize, usize) {
        (self.coefficients.width.into(), self.coefficients.height.into())
    }
}

impl Picture for Whole {
    fn lightness(&self) -> Plane {
        let (width, height) = self.size();
        let mut plane = Plane::new(width, height);
        for (component, weight) in self.weights {
            for (y, band) in plane.data.chunks_mut((8 * width).max(1)).enumerate() {
                for x in 0..width.div_ceil(8) {
                    let block = samples(&self.coefficients, *component, (x, y));
                    for (row, line) in band.chunks_exact_mut(width).zip(block) {
                        for (out, v) in row.iter_mut().skip(x * 8).zip(line) {
                            *out += weight * v.clamp(0.0, 255.0);
                        }
                    }
                }
            }
        }
        plane
    }

    fn add(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        let size = self.size();
        for (component, _) in self.weights {
            steps::add(&mut self.coefficients, *component, size, row);
        }
    }

    fn patch(&self, source: &dyn Source, limits: &Limits) -> Result<Patch> {
        match code(&self.coefficients, self.frame.progressive)? {
            Ok(coded) => replace(source, &self.frame, coded, limits),
            Err(reason) => Err(biaoshi_container::Error::unsupported(NAME, reason).into()),
        }
    }

    fn notes(&self) -> Vec<Message> {
        self.frame.notes()
    }

    fn damage(&self) -> Option<Message> {
        self.frame.damage()
    }
}
