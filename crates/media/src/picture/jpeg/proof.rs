//! The label read back from the changed file: only its own units are decoded, from the bits where they begin.

use biaoshi_container::jpeg::{self as grammar, Segment};
use biaoshi_container::{Limits, Source, SourceExt, phrase};
use biaoshi_explicit::image::{Stamp, find_blend};

use super::NAME;
use super::bits::Position;
use super::blocks::{Ink, Plane};
use super::coding::Coding;
use super::kept::{Area, Kept};
use super::splice::Run;
use super::walk::{Checkpoint, Histories, Tables, Walker, as_defined};
use crate::{Confirm, Result};

/// What to look for in the changed file, and where.
#[derive(Debug)]
pub(super) struct Proof {
    /// Offsets of the segments behind the first scan, and of the end of the last scan.
    pub(super) later: Vec<u64>,
    pub(super) end: u64,
    pub(super) label: Area,
    /// For each scan.
    pub(super) runs: Vec<Vec<Run>>,
    pub(super) stamp: Stamp,
    /// The component that shows it, and the pixels of each sample.
    pub(super) telling: (usize, Ink),
    pub(super) subsampling: (u32, u32),
}

impl Confirm for Proof {
    fn shows(&self, source: &dyn Source, limits: &Limits) -> Result<bool> {
        let Some(kept) = self.decode(source, limits)? else { return Ok(false) };
        let (component, ink) = self.telling;
        let blend = self.stamp.blend(self.subsampling.0, self.subsampling.1);
        let plane = Plane::decode(&kept, component, blend.place);
        Ok(find_blend(&blend, |x, y| ink.luma(plane.sample(x, y))).is_some())
    }
}

impl Proof {
    /// The coefficients under the label; `None` where the file does not hold them at their places.
    fn decode(&self, source: &dyn Source, limits: &Limits) -> Result<Option<Kept>> {
        let mut segments = grammar::segments(source, limits)?;
        for start in &self.later {
            let [_, marker, hi, lo] =
                source.array::<4>(NAME, *start, phrase!("a segment between scans", "扫描之间的段"))?;
            let length = u16::from_be_bytes([hi, lo]).saturating_sub(2);
            segments.push(Segment { marker, start: *start, length });
        }
        let Some(coding) = Coding::read(source, &segments, self.end)? else { return Ok(None) };
        let mut kept = Kept::new(&coding, &[self.label]);
        let mut histories = Histories::new(&coding);
        for (scan, runs) in coding.scans.iter().zip(&self.runs) {
            let tables = Tables::new(&coding, scan, as_defined(&coding.definitions));
            let (Some(tables), Some(history)) = (tables, histories.of(scan)) else { return Ok(None) };
            for run in runs {
                // A zero may be stuffed behind the last byte.
                let end = (run.offset + run.length + 2).min(scan.data.end);
                let bytes = source.bytes(NAME, run.offset..end, limits.decoded, phrase!("the label", "标识"))?;
                let position = Position { byte: 0, bit: run.bit };
                let from = Checkpoint { unit: run.units.start, position, predictors: run.predictors };
                let mut walker = Walker::new(scan, &tables, &bytes, from, history);
                let is_kept = walker.keep(run.units.len(), &mut kept).is_some() && walker.is_sound();
                let Position { byte, bit } = walker.position();
                if !is_kept || (byte as u64, bit) != (run.length, run.behind) {
                    return Ok(None);
                }
            }
        }
        Ok(Some(kept))
    }
}
