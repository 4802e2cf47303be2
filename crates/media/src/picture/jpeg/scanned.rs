//! A picture whose scans were walked over: looked at, and drawn on, without being decoded elsewhere.

use biaoshi_container::{Limits, Source};
use biaoshi_explicit::image::{Canvas, Rect, Stamp, glance};

use super::coding::Coding;
use super::frame::{EOI, Frame};
use super::kept::{Area, Kept};
use super::proof::Proof;
use super::splice::{Spliced, Splicer};
use super::walk::{Data, Seen, walk};
use super::{blend, fix_mpf, look};
use crate::picture::in_picture;
use crate::{Drawn, Found, Result};

/// The bits of a picture, and the coefficients where labels may be.
pub(super) struct Scanned<'a> {
    frame: &'a Frame,
    coding: Coding,
    data: Data,
    kept: Kept,
    seen: Vec<Seen>,
    label: Option<Area>,
}

impl<'a> Scanned<'a> {
    /// Walks over the scans, to put a label in or only to look; `None` where something is not as the standard has it, or
    /// damaged.
    ///
    /// # Errors
    /// I/O, limits.
    pub(super) fn read(
        source: &dyn Source,
        frame: &'a Frame,
        stamp: Option<&Stamp>,
        limits: &Limits,
    ) -> Result<Option<Self>> {
        let Some(coding) = frame.coding(source)? else { return Ok(None) };
        let data = Data::read(source, frame, limits)?;
        let label = stamp.map(|stamp| Area::of(stamp.place(), &coding));
        let corners = corners(&frame.canvas);
        let areas: Vec<Area> = corners.into_iter().map(|rect| Area::of(rect, &coding)).chain(label).collect();
        let kept = Kept::new(&coding, &areas);
        let mut scanned = Self { frame, coding, data, kept, seen: Vec::new(), label };
        Ok(scanned.walk().map(|()| scanned))
    }

    fn walk(&mut self) -> Option<()> {
        self.seen = walk(&self.coding, &self.data, &mut self.kept, self.label)?;
        Some(())
    }

    /// Looks for our label with `words`, in every corner. Where a part of a larger one seems to be seen, it walks once more.
    pub(super) fn look(&mut self, words: &str) -> Option<Option<Found>> {
        let mut larger = Vec::new();
        let found = look(&self.kept, self.frame, words, |stamp, luma| {
            let area = Area::of(stamp.place(), &self.coding);
            let Some(part) = self.kept.part_of(&area) else { return false };
            if part != area {
                let seen = part.pixels(&self.coding);
                let visible = stamp.within(seen);
                if visible.is_some_and(|stamp| glance(&stamp, |x, y| luma(seen.x + x, seen.y + y))) {
                    larger.push(area);
                }
            }
            part == area
        });
        if found.is_some() || larger.is_empty() {
            return Some(found);
        }
        larger.extend(self.kept.areas());
        self.kept = Kept::new(&self.coding, &larger);
        self.walk()?;
        Some(look(&self.kept, self.frame, words, |_, _| true))
    }

    /// Puts the label in; `None` where the file cannot say it.
    ///
    /// # Errors
    /// I/O, an index of pictures that does not parse.
    pub(super) fn draw(
        mut self,
        source: &dyn Source,
        stamp: &Stamp,
        words: &str,
    ) -> Result<Option<std::result::Result<Drawn, biaoshi_container::Message>>> {
        let telling = self.frame.telling().and_then(|(index, ink)| Some((index, ink, self.frame.subsampling(index)?)));
        let (Some(label), Some((component, ink, subsampling))) = (self.label, telling) else { return Ok(None) };
        if let Err(reason) = blend(&mut self.kept, self.frame, stamp) {
            return Ok(Some(Err(reason)));
        }
        let Self { frame, coding, data, kept, seen, .. } = &self;
        let Some(Spliced { mut patch, runs }) = (Splicer { coding, data, seen, kept, label }).patch() else {
            return Ok(None);
        };
        if !frame.ended {
            patch.insert(frame.end, [0xff, EOI]);
        }
        fix_mpf(source, frame, &mut patch)?;
        let shifts = patch.shifts();
        let moved = |offset: u64| offset.saturating_add_signed(shifts.at(offset));
        let later = frame.later.iter().map(|segment| moved(segment.start)).collect();
        let end = moved(frame.data_end());
        let proof = Proof { later, end, label, runs, stamp: stamp.clone(), telling: (component, ink), subsampling };
        let (found, notes) = (in_picture(stamp, words), frame.notes());
        let damage = frame.damage();
        Ok(Some(Ok(Drawn { patch, found, notes, outlasts: None, damage, confirm: Some(Box::new(proof)) })))
    }
}

/// The parts of a picture as stored in which the usual labels stand: four Chinese characters' room in every corner.
fn corners(canvas: &Canvas) -> [Rect; 4] {
    let short = canvas.width.min(canvas.height);
    let floor = canvas.grain.clamp(1, 8).pow(2);
    // Measured with the margin: 0.27 and 0.115 of the short side, or 46 and 20 pixels in the smallest pictures.
    let (along, upright) = ((short * 7 / 25).max(48 * floor), (short * 3 / 25).max(21 * floor));
    let is_turned = (5..=8).contains(&canvas.orientation);
    let (across, down) = if is_turned { (upright, along) } else { (along, upright) };
    let (width, height) = (across.min(canvas.width), down.min(canvas.height));
    let (right, bottom) = (canvas.width - width, canvas.height - height);
    [(0, 0), (right, 0), (0, bottom), (right, bottom)].map(|(x, y)| Rect { x, y, width, height })
}
