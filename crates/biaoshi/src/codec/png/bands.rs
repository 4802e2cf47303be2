//! The rows of a picture where labels are: decoded once, whatever is looked for or drawn there.

use std::borrow::Cow;
use std::ops::Range;

use biaoshi_explicit::image::{Corner, Stamp, core};

use super::header::Header;
use super::indexed::{Palette, Ramp};
use super::{draw_on, filter, luma, seen};
use crate::codec::{Found, Result, look};

/// Rows, decoded.
#[derive(Clone)]
pub(super) struct Band {
    /// Which of the picture.
    span: Range<usize>,
    rows: Vec<u8>,
}

/// The rows at both edges, among all scanlines.
pub(super) struct Bands<'a> {
    raw: &'a [u8],
    bands: Vec<Band>,
}

/// The rows that a label touches, with one before and one behind: that behind has the last of the label as its neighbour.
fn touched(header: &Header, stamp: &Stamp) -> Range<usize> {
    let place = stamp.place();
    let (first, last) = (place.y as usize, (place.y + place.height) as usize);
    first.saturating_sub(1)..(last + 1).min(header.height as usize)
}

impl<'a> Bands<'a> {
    /// Decodes what the labels of most wordings touch, in every corner, and what `stamp` does.
    pub(super) fn of(header: &Header, raw: &'a [u8], stamp: Option<&Stamp>) -> Self {
        let canvas = header.canvas();
        let around = |corner| {
            let core = core(&canvas, corner)?;
            // Labels are up to twice as high as their core.
            let from = core.y.saturating_sub(core.height) as usize;
            Some(from..(core.y.saturating_add(2 * core.height).min(header.height)) as usize)
        };
        let stamp = stamp.map(|stamp| touched(header, stamp));
        let mut spans: Vec<Range<usize>> = Corner::ALL.into_iter().filter_map(around).chain(stamp).collect();
        spans.sort_by_key(|span| span.start);
        let mut joined: Vec<Range<usize>> = Vec::new();
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => joined.push(span),
            }
        }
        Self { raw, bands: joined.into_iter().map(|span| Band::decode(header, raw, span)).collect() }
    }

    /// The band with the rows that a label touches.
    fn around(&self, header: &Header, stamp: &Stamp) -> Cow<'_, Band> {
        let rows = touched(header, stamp);
        match self.bands.iter().find(|band| band.holds(&rows)) {
            Some(band) => Cow::Borrowed(band),
            None => Cow::Owned(Band::decode(header, self.raw, rows)),
        }
    }

    /// The same for the one that was asked for.
    pub(super) fn take(self, header: &Header, stamp: &Stamp) -> Band {
        let rows = touched(header, stamp);
        let band = self.bands.into_iter().find(|band| band.holds(&rows));
        band.unwrap_or_else(|| Band::decode(header, self.raw, rows))
    }

    /// Looks for our label with `words`, in every corner.
    pub(super) fn look(&self, header: &Header, palette: Option<&Palette>, words: &str) -> Option<Found> {
        let luma = |x, y| {
            let band = self.bands.iter().find(|band| band.span.contains(&(y as usize)));
            band.map_or(0, |band| luma(header, &band.rows, palette, x, y - band.first()))
        };
        look(&header.canvas(), words, luma, |stamp| {
            let band = self.around(header, stamp);
            seen(header, &band.rows, &stamp.in_band(band.first()), palette)
        })
    }
}

impl Band {
    fn decode(header: &Header, raw: &[u8], span: Range<usize>) -> Self {
        Self { rows: filter::decode(raw, header.line(), header.pixel(), span.clone()), span }
    }

    fn holds(&self, rows: &Range<usize>) -> bool {
        self.span.start <= rows.start && rows.end <= self.span.end
    }

    fn first(&self) -> u32 {
        self.span.start as u32
    }

    fn row(&self, row: usize, line: usize) -> Option<&[u8]> {
        let at = row.checked_sub(self.span.start)? * line;
        self.rows.get(at..at + line)
    }

    /// Draws the label and filters the changed rows again, each as it was filtered before.
    pub(super) fn redraw(mut self, header: &Header, raw: &mut [u8], stamp: &Stamp, ramp: Option<&Ramp>) -> Result<()> {
        let in_band = stamp.in_band(self.first());
        draw_on(header, &mut self.rows, &in_band, ramp, &[])?;
        let line = header.line();
        for row in stamp.place().y as usize..touched(header, stamp).end {
            let above = row.checked_sub(1).and_then(|row| self.row(row, line)).unwrap_or_default();
            let start = row * (line + 1);
            let target = raw.get_mut(start..start + line + 1).and_then(<[u8]>::split_first_mut);
            if let (Some(current), Some((kind, target))) = (self.row(row, line), target) {
                filter::apply(*kind, header.pixel(), above, current, target);
            }
        }
        Ok(())
    }
}
