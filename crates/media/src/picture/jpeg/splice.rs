//! A label put into the entropy-coded bits: what stands before it in a scan stays bit for bit, what follows in its restart
//! interval moves by some bits, and all coefficients outside it keep their values.
//!
//! A code that the file's tables lack is added to them. Where they have no room for it, the scans that use the table are coded
//! with a new one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use biaoshi_container::Patch;

use super::bits::{BitReader, BitWriter, Position};
use super::block::{Coder, Ending, Saying};
use super::blocks::Coefficients;
use super::coding::{Coding, Definition, Kind, Scan};
use super::huffman::{Codes, Table};
use super::kept::{Area, Kept};
use super::skip::{Between, Follow, Skips};
use super::walk::{Checkpoint, Data, Seen, Slot, Tables, Walker, as_defined};

/// Units under the label that follow each other, and where they are in the new bits.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) units: Range<usize>,
    /// Offset in the file of the byte that holds the first bit, and how many of its bits lie before.
    pub(super) offset: u64,
    pub(super) bit: u32,
    /// How many bytes further the last bit is, and how many bits of the byte there lie before its end.
    pub(super) length: u64,
    pub(super) behind: u32,
    pub(super) predictors: [i16; 4],
}

/// A picture with other coefficients under the label.
pub(super) struct Splicer<'a> {
    pub(super) coding: &'a Coding,
    pub(super) data: &'a Data,
    pub(super) seen: &'a [Seen],
    /// The new coefficients.
    pub(super) kept: &'a Kept,
    /// What they are new in.
    pub(super) label: Area,
}

/// The change, and for each scan where the label is in it.
pub(super) struct Spliced {
    pub(super) patch: Patch,
    pub(super) runs: Vec<Vec<Run>>,
}

/// Codes that take the place of definitions.
type Changed = BTreeMap<usize, Codes>;

/// A part of a scan's data coded again.
struct Part {
    range: Range<usize>,
    bytes: Vec<u8>,
    runs: Vec<Placed>,
}

/// A run of units in the bytes of a part.
struct Placed {
    units: Range<usize>,
    begin: Position,
    end: Position,
    predictors: [i16; 4],
}

impl Splicer<'_> {
    /// The change; `None` where the tables cannot say it, or a scan is not as its first walk saw it.
    pub(super) fn patch(&self) -> Option<Spliced> {
        let (scans, changed) = self.code()?;
        let mut patch = Patch::new();
        self.define(&changed, &mut patch)?;
        let offset = |scan: &Scan, byte: usize| scan.data.start + byte as u64;
        let mut placed = Vec::new();
        for (scan, parts) in self.coding.scans.iter().zip(scans) {
            let mut runs = Vec::new();
            for Part { range, bytes, runs: inside } in parts {
                let start = offset(scan, range.start);
                runs.extend(inside.into_iter().map(|run| (start, run)));
                patch.replace(start..offset(scan, range.end), bytes);
            }
            placed.push(runs);
        }
        let shifts = patch.shifts();
        let run = |(start, run): (u64, Placed)| Run {
            offset: start.saturating_add_signed(shifts.at(start)) + run.begin.byte as u64,
            bit: run.begin.bit,
            length: (run.end.byte - run.begin.byte) as u64,
            behind: run.end.bit,
            units: run.units,
            predictors: run.predictors,
        };
        let runs = placed.into_iter().map(|runs| runs.into_iter().map(run).collect()).collect();
        Some(Spliced { patch, runs })
    }

    /// Puts changed tables into their places.
    fn define(&self, changed: &Changed, patch: &mut Patch) -> Option<()> {
        let mut grown: BTreeMap<u64, (u16, usize)> = BTreeMap::new();
        for (id, codes) in changed {
            let Some(Definition { segment, start, codes: old }) = self.coding.definitions.get(*id) else { continue };
            let end = start + 16 + old.symbols.len() as u64;
            patch.replace(*start..end, [&codes.counts, codes.symbols.as_slice()].concat());
            grown.entry(segment.start).or_insert((segment.length, 0)).1 += codes.symbols.len() - old.symbols.len();
        }
        for (start, (length, growth)) in grown {
            let length = length.checked_add(2)?.checked_add(u16::try_from(growth).ok()?)?;
            patch.replace(start + 2..start + 4, length.to_be_bytes());
        }
        Some(())
    }

    /// Codes what changes in each scan, and finds codes for what the tables lack.
    fn code(&self) -> Option<(Vec<Vec<Part>>, Changed)> {
        let mut changed = Changed::new();
        let mut missing: BTreeMap<usize, BTreeSet<u8>> = BTreeMap::new();
        let scans = 0..self.coding.scans.len();
        let mut coded =
            scans.clone().map(|n| self.scan(n, &changed, false, &mut missing)).collect::<Option<Vec<_>>>()?;
        let mut renewed = BTreeSet::new();
        for (id, symbols) in &missing {
            let symbols: Vec<u8> = symbols.iter().copied().collect();
            let (codes, kept) = self.coding.definitions.get(*id)?.codes.with(&symbols)?;
            changed.insert(*id, codes);
            if !kept {
                renewed.insert(*id);
            }
        }
        let mut still = BTreeMap::new();
        for (n, parts) in scans.zip(&mut coded) {
            let slots = &self.coding.scans.get(n)?.slots;
            let uses = |id: &usize| slots.iter().any(|slot| slot.dc == Some(*id) || slot.ac == Some(*id));
            if missing.keys().any(uses) {
                *parts = self.scan(n, &changed, renewed.iter().any(uses), &mut still)?;
            }
        }
        still.is_empty().then_some((coded, changed))
    }

    /// Codes a scan again: all of it, or the intervals that the label lies in, from before it on.
    fn scan(
        &self,
        n: usize,
        changed: &Changed,
        whole: bool,
        missing: &mut BTreeMap<usize, BTreeSet<u8>>,
    ) -> Option<Vec<Part>> {
        let (scan, seen) = (self.coding.scans.get(n)?, self.seen.get(n)?);
        let defined = as_defined(&self.coding.definitions);
        let old = Tables::new(self.coding, scan, &defined)?;
        let new = Tables::new(self.coding, scan, |id| changed.get(&id).or_else(|| defined(id)))?;
        let all = [Checkpoint::default()];
        let starts = if whole { &all[..] } else { &seen.starts };
        let mut coders: Vec<Coder> =
            new.tables.iter().zip(&old.tables).map(|(new, old)| Coder::new(new, old)).collect();
        let mut history = seen.history.clone();
        if history.is_empty() && matches!(scan.kind, Kind::AcFirst | Kind::AcMore) {
            history = vec![0; scan.count()];
        }
        let skips: Vec<Skips> = match scan.kind {
            Kind::Sequential => {
                let of = |(table, coder): (&Table, &Coder)| Skips::new(table, |symbol| coder.is_changed(symbol));
                old.tables.iter().zip(&coders).map(of).collect()
            }
            _ => Vec::new(),
        };
        let mut parts = Vec::new();
        for start in starts {
            let walker = Walker::new(scan, &old, self.data.of(scan)?, *start, &mut history);
            let end = if whole { scan.count() } else { scan.interval_end(start.unit) };
            parts.push(self.part(scan, walker, &skips, *start, end, &mut coders)?);
        }
        for (id, coder) in new.definitions.iter().zip(&coders) {
            let symbols =
                (0..=255u8).zip(coder.missing).filter_map(|(symbol, is_missing)| is_missing.then_some(symbol));
            let symbols: Vec<u8> = symbols.collect();
            if !symbols.is_empty() {
                missing.entry(*id).or_default().extend(symbols);
            }
        }
        Some(parts)
    }

    /// Codes the units from a place on, up to `end`.
    fn part(
        &self,
        scan: &Scan,
        walker: Walker,
        skips: &[Skips],
        from: Checkpoint,
        end: usize,
        coders: &mut [Coder],
    ) -> Option<Part> {
        let (label, mut walker) = (self.label.in_scan(self.coding, scan), walker);
        let first = self.data.of(scan)?.get(from.position.byte).copied().unwrap_or(0);
        let mut output = Output {
            scan,
            skips,
            bits: BitWriter::behind(first, from.position.bit),
            rest: walker.bits(),
            coders,
            predictors: from.predictors,
            ending: Ending::default(),
            runs: Vec::new(),
        };
        let mut unit = from.unit;
        loop {
            let stop = scan.interval_end(unit).min(end);
            while unit < stop {
                let Range { start, end } = label.next_run(unit, scan.units.0);
                let (start, end) = (start.min(stop), end.min(stop));
                output.copy(&mut walker, start - unit)?;
                output.draw(&mut walker, start..end, self.kept)?;
                unit = end;
            }
            output.copy_to(&walker.bits());
            let Some(number) = scan.restart(unit).filter(|_| unit < end) else { break };
            walker.restart()?;
            output.restart(number, &walker);
        }
        let range = from.position.byte..walker.aligned();
        walker.is_sound().then(|| Part { range, bytes: output.bits.finish(), runs: output.runs })
    }
}

/// The new bits of a part.
struct Output<'a, 't> {
    scan: &'a Scan,
    skips: &'a [Skips],
    bits: BitWriter,
    /// Where the old bits are that are still to be copied.
    rest: BitReader<'a>,
    coders: &'a mut [Coder<'t>],
    predictors: [i16; 4],
    ending: Ending,
    runs: Vec<Placed>,
}

impl<'a> Output<'a, '_> {
    /// Copies units, but for what is coded against a changed block, or by a code that changed.
    fn copy(&mut self, walker: &mut Walker<'a>, count: usize) -> Option<()> {
        if count == 0 {
            return Some(());
        }
        // The run that these blocks belong to began under the label.
        self.ending.run = walker.run().min(u32::try_from(count).ok()?);
        self.end();
        let skips = self.skips;
        walker.skip(count, skips, self)
    }

    /// Copies the old bits up to a place.
    fn copy_to(&mut self, to: &BitReader) {
        self.bits.copy(&mut self.rest, to);
    }

    /// Codes units under the label. No block before or behind them is in a run with theirs, so that they can be read alone.
    fn draw(&mut self, walker: &mut Walker<'a>, units: Range<usize>, kept: &Kept) -> Option<()> {
        if units.is_empty() {
            return Some(());
        }
        self.copy_to(&walker.bits());
        let (begin, predictors, scan) = (self.bits.position(), self.predictors, self.scan);
        for _ in units.clone() {
            walker.read(|n, slot, place, _| {
                let block = kept.block(slot.component, place)?;
                self.block(n, slot, &Saying::of(block, scan.kind, scan.band, scan.low))
            })?;
        }
        self.end();
        self.rest = walker.bits();
        self.runs.push(Placed { units, begin, end: self.bits.position(), predictors });
        Some(())
    }

    fn block(&mut self, n: usize, slot: Slot, saying: &Saying) -> Option<()> {
        if matches!(self.scan.kind, Kind::Sequential | Kind::DcFirst) {
            let predictor = self.predictors.get_mut(n)?;
            let difference = saying.dc.wrapping_sub(*predictor);
            *predictor = saying.dc;
            self.coders.get_mut(slot.dc)?.dc(&mut self.bits, difference)?;
        }
        match self.scan.kind {
            Kind::Sequential => self.coders.get_mut(slot.ac)?.ac(&mut self.bits, saying),
            Kind::DcFirst => {}
            Kind::DcMore => self.bits.put(u32::from(saying.dc & 1 == 1), 1),
            Kind::AcFirst | Kind::AcMore => {
                self.coders.get_mut(slot.ac)?.band(&mut self.bits, saying, self.scan.band, &mut self.ending);
            }
        }
        Some(())
    }

    /// Writes the run of blocks that end at once.
    fn end(&mut self) {
        if let Some(coder) = self.coders.first_mut() {
            coder.end(&mut self.bits, &mut self.ending);
        }
    }

    fn restart(&mut self, number: u8, walker: &Walker<'a>) {
        self.bits.restart(number);
        self.predictors = [0; 4];
        self.rest = walker.bits();
    }
}

impl<'a> Follow<'a> for Output<'a, '_> {
    #[inline(always)]
    fn dc(
        &mut self,
        n: usize,
        table: usize,
        Between { before, behind }: Between<'_, 'a>,
        predictor: i16,
        value: i16,
    ) -> Option<()> {
        let own = self.predictors.get_mut(n)?;
        let difference = value.wrapping_sub(*own);
        let is_same = *own == predictor;
        *own = value;
        if is_same && !self.coders.get(table)?.is_any_changed {
            return Some(());
        }
        self.copy_to(before);
        self.coders.get_mut(table)?.dc(&mut self.bits, difference)?;
        self.rest = *behind;
        Some(())
    }

    #[inline(always)]
    fn symbol(&mut self, table: usize, Between { before, behind }: Between<'_, 'a>, symbol: u8) {
        if self.coders.get(table).is_some_and(|c| c.is_changed(symbol)) {
            self.copy_to(before);
            if let Some(coder) = self.coders.get_mut(table) {
                coder.symbol(&mut self.bits, symbol);
            }
            self.rest = *behind;
        }
    }

    fn cut(&mut self, Between { before, behind }: Between<'_, 'a>, left: u32) {
        self.copy_to(before);
        self.ending.run = left;
        self.end();
        self.rest = *behind;
    }
}

#[cfg(test)]
mod tests;
