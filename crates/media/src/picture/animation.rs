//! Animations: rectangles laid one after the other on a canvas, which is what GIF, APNG and animated WebP have in
//! common. Each displayed canvas has to show the label.
//!
//! [`Cover`] knows, without a pixel, where the canvas shows the label already, and so which frames must change.
//! [`Screen`] puts the frames together, as viewers do, to look for labels.

pub(super) mod delta;

use biaoshi_container::{Error, Limits, Message, Result, Said, Source, phrase, said};
use biaoshi_explicit::image::{Canvas, Rect, Stamp, find_with, glance};
use biaoshi_watermark::image::Plane;

use crate::Found;
use crate::work::{self, area};

/// A frame leaves the label's place empty, and cannot be made larger without changing the picture.
pub(super) static FRAMES: Said = Said {
    code: "animation.frames",
    en: "a frame of the animation leaves the label's place empty, and cannot grow without changing the picture",
    zh: "动画中有一帧使标识处空白,且无法在不改变画面的情况下扩大该帧",
};

/// Red, green, blue, alpha.
pub(super) type Pixel = [u8; 4];

/// What becomes of a frame's rectangle before the next frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dispose {
    /// It stays.
    Keep,
    /// It becomes transparent.
    Background,
    /// It becomes what it was before the frame.
    Previous,
}

/// How a frame is laid on the canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blend {
    /// It replaces what is there, transparency included.
    Source,
    /// What is there shines through.
    Over,
}

/// Where a frame goes, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) rect: Rect,
    pub(super) dispose: Dispose,
    pub(super) blend: Blend,
}

/// What one frame has to show of the label.
#[derive(Debug)]
pub(super) struct Mark {
    /// The rectangle of the frame: its own, or a larger one whose other pixels are to be transparent.
    pub(super) rect: Rect,
    /// The label, or the part of it, in the coordinates of the rectangle.
    pub(super) stamp: Stamp,
    /// For each pixel of the part whether the canvas below shows the label, and is not replaced.
    pub(super) shown: Vec<bool>,
}

/// Where the canvas shows the label, frame by frame.
///
/// Where it does not, it is transparent: a frame that paints a pixel of the place draws the label there.
#[derive(Debug)]
pub(super) struct Cover<'a> {
    stamp: &'a Stamp,
    now: Shown,
}

#[derive(Debug, Clone)]
struct Shown {
    /// For each pixel of the place.
    label: Vec<bool>,
    /// Round everything that is not transparent.
    painted: Option<Rect>,
}

impl<'a> Cover<'a> {
    /// A transparent canvas.
    pub(super) fn new(stamp: &'a Stamp) -> Self {
        let place = stamp.place();
        let label = vec![false; place.width as usize * place.height as usize];
        Self { stamp, now: Shown { label, painted: None } }
    }

    /// Goes on to the next frame, and says what it has to draw; nothing where it does not touch the label and the
    /// canvas shows it. `align` is what the top left of a rectangle must be a multiple of.
    ///
    /// # Errors
    /// The frame leaves a part of the label empty and cannot be made larger.
    pub(super) fn next(&mut self, frame: &Frame, align: u32) -> std::result::Result<Option<Mark>, Message> {
        let rect = self.wanted(frame, align)?;
        let mark = self.stamp.within(rect).map(|stamp| {
            let shown = |n: usize| frame.blend == Blend::Over && self.now.label.get(n).copied().unwrap_or(false);
            Mark { rect, stamp, shown: self.cells(rect).map(shown).collect() }
        });
        let before = (frame.dispose == Dispose::Previous).then(|| self.now.clone());
        self.fill(rect, true);
        self.now.painted = Some(self.now.painted.map_or(rect, |p| p.around(&rect)));
        match frame.dispose {
            Dispose::Keep => {}
            Dispose::Background => {
                self.fill(rect, false);
                self.now.painted = self.now.painted.filter(|p| !rect.holds(p));
            }
            Dispose::Previous => self.now = before.unwrap_or_else(|| self.now.clone()),
        }
        Ok(mark)
    }

    /// The rectangle that shows the whole label, together with what the canvas has.
    fn wanted(&self, frame: &Frame, align: u32) -> std::result::Result<Rect, Message> {
        let own = frame.rect;
        let place = self.stamp.place();
        let inside = |n: usize| {
            let (x, y) = (n as u32 % place.width + place.x, n as u32 / place.width + place.y);
            own.holds(&Rect { x, y, width: 1, height: 1 })
        };
        if self.now.label.iter().enumerate().all(|(n, shown)| *shown || inside(n)) {
            return Ok(own);
        }
        // Transparent pixels may be added where they change nothing now, and clear nothing afterwards.
        let harmless = frame.blend == Blend::Over && frame.dispose != Dispose::Background;
        if !harmless && self.now.painted.is_some_and(|p| !own.holds(&p)) {
            return Err(FRAMES.message());
        }
        let wide = own.around(&place);
        let (x, y) = (wide.x - wide.x % align, wide.y - wide.y % align);
        Ok(wide.around(&Rect { x, y, width: 1, height: 1 }))
    }

    /// Indices of the pixels of the place inside a rectangle.
    fn cells(&self, rect: Rect) -> impl Iterator<Item = usize> + use<> {
        let place = self.stamp.place();
        let part = place.common(&rect).unwrap_or(Rect { width: 0, height: 0, ..place });
        let (x, y) = ((part.x - place.x) as usize, (part.y - place.y) as usize);
        let (across, down, line) = (part.width as usize, part.height as usize, place.width as usize);
        (y..y + down).flat_map(move |row| row * line + x..row * line + x + across)
    }

    fn fill(&mut self, rect: Rect, value: bool) {
        for n in self.cells(rect) {
            if let Some(shown) = self.now.label.get_mut(n) {
                *shown = value;
            }
        }
    }
}

/// The canvas as people see it.
pub(super) struct Screen {
    width: u32,
    pixels: Vec<Pixel>,
    /// What the last frame does when its time is over, and what was below it.
    last: Option<(Frame, Vec<Pixel>)>,
}

impl Screen {
    /// A transparent canvas. The caller has checked that it may be that large.
    pub(super) fn new(width: u32, height: u32) -> Self {
        Self { width, pixels: vec![[0; 4]; width as usize * height as usize], last: None }
    }

    /// Disposes of the last frame and shows the next one.
    pub(super) fn show(&mut self, frame: &Frame, pixels: &[Pixel]) {
        match self.last.take() {
            Some((last, _)) if last.dispose == Dispose::Background => self.each(&last, |_, pixel| *pixel = [0; 4]),
            Some((last, before)) if last.dispose == Dispose::Previous => self.each(&last, |n, pixel| {
                *pixel = before.get(n).copied().unwrap_or_default();
            }),
            _ => {}
        }
        let mut before = Vec::new();
        if frame.dispose == Dispose::Previous {
            before = vec![[0; 4]; pixels.len()];
            self.each(frame, |n, pixel| {
                if let Some(kept) = before.get_mut(n) {
                    *kept = *pixel;
                }
            });
        }
        self.each(frame, |n, pixel| {
            let new = pixels.get(n).copied().unwrap_or_default();
            *pixel = if frame.blend == Blend::Over { over(new, *pixel) } else { new };
        });
        self.last = Some((*frame, before));
    }

    /// Calls `change` for the pixels of a frame that lie on the canvas, each with its number in the frame.
    fn each(&mut self, frame: &Frame, mut change: impl FnMut(usize, &mut Pixel)) {
        let rect = frame.rect;
        let width = self.width as usize;
        let across = rect.width.min(self.width.saturating_sub(rect.x)) as usize;
        let rows = self.pixels.chunks_exact_mut(width.max(1)).skip(rect.y as usize).take(rect.height as usize);
        for (row, line) in rows.enumerate() {
            for (column, pixel) in line.iter_mut().skip(rect.x as usize).take(across).enumerate() {
                change(row * rect.width as usize + column, pixel);
            }
        }
    }

    /// Lightness of every pixel, 0 to 255 (BT.601); black where nothing is.
    pub(super) fn lightness(&self) -> Plane {
        let luma = |[r, g, b, _]: &Pixel| 0.299 * f32::from(*r) + 0.587 * f32::from(*g) + 0.114 * f32::from(*b);
        let width = self.width as usize;
        let data: Vec<f32> = self.pixels.iter().map(luma).collect();
        Plane { width, height: data.len() / width.max(1), data }
    }

    /// BT.601 luma of a pixel; nothing where it is not opaque.
    fn luma(&self, x: u32, y: u32) -> Option<u8> {
        match self.pixels.get(y as usize * self.width as usize + x as usize) {
            Some([r, g, b, 255]) => {
                Some(((u32::from(*r) * 77 + u32::from(*g) * 150 + u32::from(*b) * 29 + 128) >> 8) as u8)
            }
            _ => None,
        }
    }
}

/// Porter-Duff over, without premultiplication.
fn over(new: Pixel, old: Pixel) -> Pixel {
    let ([.., alpha], [.., below]) = (new, old);
    if alpha == 0 {
        return old;
    }
    if alpha == 255 || below == 0 {
        return new;
    }
    let (a, b) = (u32::from(alpha), u32::from(below) * (255 - u32::from(alpha)) / 255);
    let mix = |n: u8, o: u8| ((u32::from(n) * a + u32::from(o) * b) / (a + b)) as u8;
    let [r, g, bl, _] = new;
    let [or, og, ob, _] = old;
    [mix(r, or), mix(g, og), mix(bl, ob), (a + b) as u8]
}

/// Alpha from which on the plate or the text is opaque on any ground: that of the plate.
const OPAQUE: u8 = 153;

/// Looks for our label with `words` on every displayed canvas.
///
/// `pixels` decodes a frame; a later one that does not touch the label is not asked for. `looks` gives the ways in which
/// a label may be drawn: more than itself where colors are few.
///
/// # Errors
/// Those of `pixels`.
pub(super) fn look(
    canvas: &Canvas,
    words: &str,
    looks: impl Fn(&Stamp) -> Vec<Stamp>,
    frames: &[Frame],
    mut pixels: impl FnMut(usize) -> crate::Result<Vec<Pixel>>,
) -> crate::Result<Option<Found>> {
    let Some(first) = frames.first() else { return Ok(None) };
    let mut screen = Screen::new(canvas.width, canvas.height);
    screen.show(first, &pixels(0)?);
    let mut hit = None;
    let see = |screen: &Screen, stamp: &Stamp| {
        if !glance(stamp, |x, y| screen.luma(x, y).unwrap_or(0)) {
            return None;
        }
        let place = stamp.place();
        // Transparent pixels show neither plate nor words.
        let opaque = (0..place.height).all(|row| {
            let cells = (0..place.width).zip(stamp.row(row));
            cells.filter(|(_, (a, _))| *a >= OPAQUE).all(|(x, _)| screen.luma(place.x + x, place.y + row).is_some())
        });
        opaque.then(|| find_with(stamp, |x, y| screen.luma(x, y).unwrap_or(0))).flatten()
    };
    let luma = |x, y| screen.luma(x, y).unwrap_or(0);
    let found = super::look(canvas, words, luma, |stamp| {
        let stamps = looks(stamp);
        let seen = stamps.iter().find_map(|s| see(&screen, s))?;
        hit = Some((stamps, stamp.place()));
        Some(seen)
    });
    let (Some(mut found), Some((stamps, place))) = (found, hit) else { return Ok(None) };
    // Whether the end of the last frame's time changes the label's place.
    let mut stale = first.dispose != Dispose::Keep;
    for (n, frame) in frames.iter().enumerate().skip(1) {
        let meets = place.common(&frame.rect).is_some();
        let decoded = if meets { pixels(n)? } else { Vec::new() };
        // A frame elsewhere still ends the time of the last one.
        let nothing = Frame { rect: Rect { width: 0, height: 0, ..frame.rect }, ..*frame };
        screen.show(if meets { frame } else { &nothing }, &decoded);
        if meets || stale {
            let Some(seen) = stamps.iter().find_map(|s| see(&screen, s)) else { return Ok(None) };
            found.score = found.score.min(seen.score);
        }
        stale = meets && frame.dispose != Dispose::Keep;
    }
    Ok(Some(found))
}

/// Most frames of an animation.
const MAX_FRAMES: usize = 10_000;

/// What drawing takes: bytes of memory a pixel of the canvas or of the largest frame, and a byte of the file; steps of
/// work a pixel of every frame.
pub(super) struct Costs {
    pub(super) pixel: u64,
    pub(super) byte: u64,
    pub(super) steps: u64,
}

impl Costs {
    /// Memory for a canvas and its frames.
    pub(super) fn memory(&self, (width, height): (u32, u32), frames: impl Iterator<Item = Rect>, length: u64) -> u64 {
        let largest = frames.map(area).fold(u64::from(width) * u64::from(height), u64::max);
        largest.saturating_mul(self.pixel).saturating_add(length.saturating_mul(self.byte))
    }

    /// Checks a canvas and its frames before anything is decoded.
    ///
    /// # Errors
    /// A limit.
    pub(super) fn check(
        &self,
        name: &'static str,
        source: &dyn Source,
        (width, height): (u32, u32),
        frames: impl Iterator<Item = Rect> + Clone,
        limits: &Limits,
    ) -> Result<()> {
        let sides = frames.clone().flat_map(|rect| [rect.width, rect.height]).chain([width, height]);
        if sides.max() > Some(limits.side) {
            return Err(Error::limit(
                name,
                phrase!("the side of the picture", "图像的边长"),
                limits.side.into(),
                "--limit-side",
            ));
        }
        let count = frames.clone().take(MAX_FRAMES + 1).count();
        if count > MAX_FRAMES {
            return Err(Error::unsupported(
                name,
                said!("an animation of more than {} frames", "超过 {} 帧的动画", MAX_FRAMES),
            ));
        }
        // What the file itself takes beside its pixels is no reason to allow more of them.
        let (pixels, all) = (
            self.memory((width, height), frames.clone(), 0),
            self.memory((width, height), frames.clone(), source.len()),
        );
        let most = limits.decoded_of(source.len());
        if pixels > most || all > limits.decoded {
            return Err(Error::limit(
                name,
                phrase!("the memory for the decoded picture", "解码图像所需的内存"),
                most,
                "--limit-decoded",
            ));
        }
        // The label is looked for in each, and takes less than a thirty-second of the canvas.
        let canvas = u64::from(width) * u64::from(height) / 8 + work::START;
        let frame = |rect| self.steps.saturating_mul(area(rect)).saturating_add(canvas);
        work::check(name, source, frames.fold(0, |sum: u64, rect| sum.saturating_add(frame(rect))), limits)
    }
}

/// Every displayed canvas.
#[cfg(test)]
pub(super) fn displayed(canvas: &Canvas, frames: &[(Frame, Vec<Pixel>)]) -> Vec<Vec<Pixel>> {
    let mut screen = Screen::new(canvas.width, canvas.height);
    let show = |(frame, pixels): &(Frame, Vec<Pixel>)| {
        screen.show(frame, pixels);
        screen.pixels.clone()
    };
    frames.iter().map(show).collect()
}

/// Checks that both show the same but inside the label, in as many frames; gives the number of other pixels.
#[cfg(test)]
pub(super) fn changed_outside(label: Rect, width: u32, before: &[Vec<Pixel>], after: &[Vec<Pixel>]) -> usize {
    assert_eq!(before.len(), after.len());
    let pairs = before.iter().zip(after).flat_map(|(b, a)| (0u32..).zip(b.iter().zip(a)));
    let inside = |n: u32| label.holds(&Rect { x: n % width, y: n / width, width: 1, height: 1 });
    // Colors that nobody sees do not count.
    pairs.filter(|(n, (b, a))| !inside(*n) && a != b && (a[3] > 0 || b[3] > 0)).count()
}

#[cfg(test)]
mod tests;
