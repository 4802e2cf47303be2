//! What a layer that lies in all of a picture adds to the frames of an animation.

use biaoshi_container::{Error, Limits, Result, phrase};
use biaoshi_explicit::image::Rect;
use biaoshi_watermark::image::Plane;

/// One change of lightness for every canvas, made for the first that is displayed.
///
/// Each frame gets the part under its rectangle. Where a frame lies over another, both were changed by the same, and so
/// is what shines through; no canvas loses the change or gets it twice. The change is what the first canvas hides. A frame
/// that differs from it, a dark one behind a bright one, gets the same nevertheless, cut off at black and white: another
/// strength would flicker where the frames meet, and would be wrong wherever the canvas below shows through.
pub(in crate::picture) struct Delta {
    first: Plane,
    added: Vec<f32>,
}

impl Delta {
    /// Nothing is added yet. `first` is the lightness of the first displayed canvas.
    pub(in crate::picture) fn new(first: Plane) -> Self {
        Self { first, added: Vec::new() }
    }

    /// Lightness of the first displayed canvas, before anything is added.
    pub(in crate::picture) fn lightness(&self) -> Plane {
        self.first.clone()
    }

    /// Keeps what `row` gives for the rows of the canvas.
    pub(in crate::picture) fn collect(&mut self, row: &mut dyn FnMut(usize, &mut Vec<f32>)) {
        self.added = Vec::with_capacity(self.first.data.len());
        let mut line = Vec::new();
        for y in 0..self.first.height {
            row(y, &mut line);
            line.resize(self.first.width, 0.0);
            self.added.extend_from_slice(&line);
        }
    }

    /// Gives the rows under a rectangle of the canvas.
    pub(in crate::picture) fn under(&self, rect: Rect) -> impl FnMut(usize, &mut Vec<f32>) + use<'_> {
        move |y, line| {
            line.clear();
            let start = (rect.y as usize + y) * self.first.width + rect.x as usize;
            line.extend_from_slice(self.added.get(start..start + rect.width as usize).unwrap_or_default());
        }
    }
}

/// The lightness of the first displayed canvas: its frame alone, black around.
pub(in crate::picture) fn canvas(width: u32, height: u32, rect: Rect, frame: Plane) -> Plane {
    if (frame.width, frame.height) == (width as usize, height as usize) {
        return frame;
    }
    let mut plane = Plane::new(width as usize, height as usize);
    let lines = plane.data.chunks_exact_mut(plane.width.max(1)).skip(rect.y as usize);
    for (line, row) in lines.zip(frame.rows()) {
        line.iter_mut().skip(rect.x as usize).zip(row).for_each(|(pixel, value)| *pixel = *value);
    }
    plane
}

/// Bytes by which changed frames are coded longer, at most, about: measured, a quarter of a byte a pixel over flat
/// frames, less over others. For the memory that is taken before anything is decoded.
pub(in crate::picture) fn growth(frames: impl Iterator<Item = Rect>, limits: &Limits) -> u64 {
    let area = |r: Rect| u64::from(r.width) * u64::from(r.height);
    frames.fold(0, |sum: u64, rect| sum.saturating_add(area(rect))).min(limits.decoded)
}

/// Counts the bytes of coded frames, which stay in memory until the file is written. A frame of one color takes a few
/// bytes, and many once it is changed.
#[derive(Default)]
pub(in crate::picture) struct Coded(u64);

impl Coded {
    /// Adds a coded frame.
    ///
    /// # Errors
    /// The limit of decoded bytes, which is that of all coded frames together too.
    pub(in crate::picture) fn add(&mut self, name: &'static str, bytes: usize, limits: &Limits) -> Result<()> {
        self.0 = self.0.saturating_add(bytes as u64);
        if self.0 > limits.decoded {
            return Err(Error::limit(
                name,
                phrase!("the coded frames together", "编码后各帧的总大小"),
                limits.decoded,
                "--limit-decoded",
            ));
        }
        Ok(())
    }
}

/// Adds a pattern to every frame; gives the change and what else has to be told.
#[cfg(test)]
pub(in crate::picture) fn change(
    source: &dyn biaoshi_container::Source,
    open: crate::Open,
) -> (biaoshi_container::Patch, Vec<biaoshi_container::Message>) {
    let opened = open(source, &Limits::default()).unwrap();
    let crate::Opened::Picture(mut picture) = opened else { panic!("a reason to skip") };
    let width = picture.lightness().width;
    picture.add(&mut |y, line| {
        line.clear();
        line.extend((0..width).map(|x| pattern(x, y)));
    });
    let patch = picture.patch(source, &Limits::default()).unwrap();
    assert!(patch.is_sound());
    (patch, picture.notes())
}

#[cfg(test)]
fn pattern(x: usize, y: usize) -> f32 {
    7.0 * (x as f32 / 5.0).sin() * (y as f32 / 7.0).cos()
}

/// Checks that every canvas has the pattern, in as many frames, with the same alpha; gives the power of what is wrong
/// over that of the pattern, and the largest fault. What is cut off is not wrong.
#[cfg(test)]
pub(in crate::picture) fn faults(width: u32, before: &[Vec<[u8; 4]>], after: &[Vec<[u8; 4]>]) -> (f32, f32) {
    assert_eq!(before.len(), after.len());
    let (mut wrong, mut power, mut largest) = (0.0f32, 0.0f32, 0.0f32);
    for (b, a) in before.iter().zip(after) {
        assert_eq!(b.len(), a.len());
        for (n, (b, a)) in b.iter().zip(a).enumerate().filter(|(_, (b, _))| b[3] > 0) {
            assert_eq!(b[3], a[3]);
            let d = pattern(n % width as usize, n / width as usize);
            for (b, a) in b.iter().zip(a).take(3) {
                let fault = ((f32::from(*b) + d).clamp(0.0, 255.0) - f32::from(*a)).abs();
                (wrong, power, largest) = (wrong + fault * fault, power + d * d, largest.max(fault));
            }
        }
    }
    (wrong / power, largest)
}
