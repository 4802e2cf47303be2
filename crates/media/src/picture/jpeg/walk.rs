//! One walk over the entropy-coded bits: what lies in the areas to be kept is decoded, the rest is only gone over.

use biaoshi_container::{Limits, Result, Source};

use super::NAME;
use super::bits::{BitReader, Position};
use super::block::{Saying, read_ac, read_band, read_dc, read_more};
use super::blocks::Coefficients;
use super::coding::{Coding, Definition, Kind, Scan};
use super::frame::Frame;
use super::huffman::{Codes, Table};
use super::kept::{Area, Kept};
use super::skip::{Band, Between, Follow, Skips};
use crate::picture::coded;

/// The tables that a scan uses, each once.
pub(super) struct Tables {
    pub(super) definitions: Vec<usize>,
    pub(super) tables: Vec<Table>,
    slots: Vec<Slot>,
}

/// A component of a scan: its number in the frame, its blocks of a unit, which tables code it.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub(super) component: usize,
    h: usize,
    v: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

impl Tables {
    /// Makes the tables of a scan; `codes` gives each definition.
    pub(super) fn new<'c>(coding: &Coding, scan: &Scan, codes: impl Fn(usize) -> Option<&'c Codes>) -> Option<Self> {
        let mut out = Self { definitions: Vec::new(), tables: Vec::new(), slots: Vec::new() };
        for slot in &scan.slots {
            let component = coding.components.get(slot.component)?;
            let (h, v) = if scan.slots.len() > 1 { (component.h, component.v) } else { (1, 1) };
            let (dc, ac) = (out.place(slot.dc, &codes)?, out.place(slot.ac, &codes)?);
            out.slots.push(Slot { component: slot.component, h, v, dc, ac });
        }
        Some(out)
    }

    fn place<'c>(&mut self, id: Option<usize>, codes: impl Fn(usize) -> Option<&'c Codes>) -> Option<usize> {
        let Some(id) = id else { return Some(usize::MAX) };
        if let Some(there) = self.definitions.iter().position(|d| *d == id) {
            return Some(there);
        }
        self.tables.push(Table::new(codes(id)?)?);
        self.definitions.push(id);
        Some(self.tables.len() - 1)
    }
}

/// The codes of the file.
pub(super) fn as_defined<'c>(definitions: &'c [Definition]) -> impl Fn(usize) -> Option<&'c Codes> {
    |id| definitions.get(id).map(|d| &d.codes)
}

/// Where decoding can begin: between two units, with no block that ends by a symbol before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Checkpoint {
    pub(super) unit: usize,
    pub(super) position: Position,
    /// The first coefficients of the blocks before, one for each component of the scan.
    pub(super) predictors: [i16; 4],
}

/// Reads a scan, unit by unit.
pub(super) struct Walker<'a> {
    scan: &'a Scan,
    tables: &'a Tables,
    bits: BitReader<'a>,
    unit: usize,
    predictors: [i16; 4],
    /// Blocks that end at once, still to come, and where their run began.
    run: u32,
    opened: Checkpoint,
    /// Coefficients of each block of the component that are something else than zero, in scans of AC.
    history: &'a mut [u64],
    pub(super) saying: Saying,
}

impl<'a> Walker<'a> {
    pub(super) fn new(
        scan: &'a Scan,
        tables: &'a Tables,
        bytes: &'a [u8],
        from: Checkpoint,
        history: &'a mut [u64],
    ) -> Self {
        let bits = BitReader::at(bytes, from.position);
        let Checkpoint { unit, predictors, .. } = from;
        Self { scan, tables, bits, unit, predictors, run: 0, opened: from, history, saying: Saying::NOTHING }
    }

    /// The last place where decoding can begin.
    fn checkpoint(&self) -> Checkpoint {
        if self.run > 0 {
            return self.opened;
        }
        Checkpoint { unit: self.unit, position: self.bits.position(), predictors: self.predictors }
    }

    /// Where the next bit is.
    pub(super) fn position(&self) -> Position {
        self.bits.position()
    }

    /// Whether all bits were there, and no run of blocks goes on.
    pub(super) fn is_sound(&self) -> bool {
        self.run == 0 && !self.bits.is_dry()
    }

    /// The first byte behind what was read.
    pub(super) fn aligned(&self) -> usize {
        self.bits.aligned()
    }

    /// The place that was come to.
    pub(super) fn bits(&self) -> BitReader<'a> {
        self.bits
    }

    /// How many blocks still end at once.
    pub(super) fn run(&self) -> u32 {
        self.run
    }

    /// Goes behind the restart marker, if one is due here.
    pub(super) fn restart(&mut self) -> Option<()> {
        if let Some(number) = self.scan.restart(self.unit).filter(|_| self.unit < self.scan.count()) {
            self.is_sound().then_some(())?;
            self.bits.restart(number)?;
            self.predictors = [0; 4];
        }
        Some(())
    }

    /// Reads a unit's blocks; `each` is given what the scan says of them: slot, component, place, and the block's bits.
    #[inline(always)]
    pub(super) fn read(
        &mut self,
        mut each: impl FnMut(usize, Slot, (usize, usize), &Saying) -> Option<()>,
    ) -> Option<()> {
        let (x, y) = (self.unit % self.scan.units.0, self.unit / self.scan.units.0);
        let tables = self.tables;
        for (n, slot) in tables.slots.iter().enumerate() {
            for down in 0..slot.v {
                for across in 0..slot.h {
                    let place = (x * slot.h + across, y * slot.v + down);
                    self.block(n, *slot)?;
                    each(n, *slot, place, &self.saying)?;
                }
            }
        }
        self.unit += 1;
        Some(())
    }

    #[inline(always)]
    fn block(&mut self, n: usize, slot: Slot) -> Option<()> {
        let (band, tables) = (self.scan.band, &self.tables.tables);
        match self.scan.kind {
            Kind::Sequential => {
                self.saying.dc = self.dc(n, tables.get(slot.dc)?)?;
                read_ac(&mut self.bits, tables.get(slot.ac)?, &mut self.saying)
            }
            Kind::DcFirst => {
                self.saying.dc = self.dc(n, tables.get(slot.dc)?)?;
                Some(())
            }
            Kind::DcMore => {
                self.bits.refill();
                self.saying.dc = self.bits.take(1) as i16;
                Some(())
            }
            Kind::AcFirst | Kind::AcMore => {
                let (before, waiting) = (self.bits, self.run);
                let history = self.history.get_mut(self.unit)?;
                let (bits, run, saying) = (&mut self.bits, &mut self.run, &mut self.saying);
                if self.scan.kind == Kind::AcFirst {
                    read_band(bits, tables.get(slot.ac)?, band, run, saying)?;
                } else {
                    saying.old = *history;
                    read_more(bits, tables.get(slot.ac)?, band, run, saying)?;
                }
                *history |= saying.new;
                self.open(&before, waiting);
                Some(())
            }
        }
    }

    #[inline(always)]
    fn dc(&mut self, n: usize, table: &Table) -> Option<i16> {
        let predictor = self.predictors.get_mut(n)?;
        *predictor = predictor.wrapping_add(read_dc(&mut self.bits, table)?);
        Some(*predictor)
    }

    /// Notes where a run of blocks that end at once begins, if `waiting` blocks were not in one before this block.
    #[inline(always)]
    fn open(&mut self, before: &BitReader, waiting: u32) {
        if waiting == 0 && self.run > 0 {
            self.opened = Checkpoint { unit: self.unit, position: before.position(), ..Checkpoint::default() };
        }
    }

    /// Goes over units of one interval.
    pub(super) fn skip(&mut self, count: usize, skips: &[Skips], follow: &mut impl Follow<'a>) -> Option<()> {
        match self.scan.kind {
            Kind::Sequential | Kind::DcFirst => {
                for _ in 0..count {
                    self.skip_unit(skips, follow)?;
                }
                self.unit += count;
                Some(())
            }
            Kind::DcMore => {
                for _ in 0..count {
                    self.read(|_, _, _, _| Some(()))?;
                }
                Some(())
            }
            Kind::AcFirst | Kind::AcMore => self.skip_band(count, follow),
        }
    }

    #[inline(always)]
    fn skip_unit(&mut self, skips: &[Skips], follow: &mut impl Follow<'a>) -> Option<()> {
        let tables = self.tables;
        for (n, slot) in tables.slots.iter().enumerate() {
            let (dc, ac, skips) = (tables.tables.get(slot.dc)?, tables.tables.get(slot.ac), skips.get(slot.ac));
            for _ in 0..slot.h * slot.v {
                let (before, predictor) = (self.bits, *self.predictors.get(n)?);
                let value = self.dc(n, dc)?;
                follow.dc(n, slot.dc, Between { before: &before, behind: &self.bits }, predictor, value)?;
                if let (Some(skips), Some(ac)) = (skips, ac) {
                    let tell = |between: Between<'_, 'a>, symbol| follow.symbol(slot.ac, between, symbol);
                    skips.skip(&mut self.bits, ac, tell)?;
                }
            }
        }
        Some(())
    }

    fn skip_band(&mut self, count: usize, follow: &mut impl Follow<'a>) -> Option<()> {
        let index = self.tables.slots.first()?.ac;
        let end = self.unit + count;
        let mut band = Band { table: self.tables.tables.get(index)?, index, band: self.scan.band, left: 0 };
        while self.unit < end {
            let left = u32::try_from(end - self.unit).ok()?;
            if self.scan.kind == Kind::AcFirst && self.run > 0 {
                let ending = self.run.min(left);
                self.run -= ending;
                self.unit += ending as usize;
                continue;
            }
            band.left = left;
            let (before, waiting) = (self.bits, self.run);
            let history = self.history.get_mut(self.unit)?;
            *history |= match self.scan.kind {
                Kind::AcFirst => band.first(&mut self.bits, &mut self.run, follow)?,
                _ => band.more(&mut self.bits, &mut self.run, *history, follow)?,
            };
            self.open(&before, waiting);
            self.unit += 1;
        }
        Some(())
    }

    /// Decodes units of one interval into what is kept.
    pub(super) fn keep(&mut self, count: usize, kept: &mut Kept) -> Option<()> {
        let (kind, low) = (self.scan.kind, self.scan.low);
        for _ in 0..count {
            self.read(|_, slot, place, saying| {
                if let Some(block) = kept.block_mut(slot.component, place) {
                    saying.apply(block, kind, low);
                }
                Some(())
            })?;
        }
        Some(())
    }
}

/// The coded data of all scans.
pub(super) struct Data {
    bytes: Vec<u8>,
    /// Offset in the file.
    start: u64,
}

impl Data {
    /// # Errors
    /// I/O, limits.
    pub(super) fn read(source: &dyn Source, frame: &Frame, limits: &Limits) -> Result<Self> {
        Ok(Self { bytes: coded(NAME, source, frame.scan..frame.end, limits)?, start: frame.scan })
    }

    /// The bytes of one scan.
    pub(super) fn of(&self, scan: &Scan) -> Option<&[u8]> {
        let place = |offset: u64| usize::try_from(offset.checked_sub(self.start)?).ok();
        self.bytes.get(place(scan.data.start)?..place(scan.data.end)?)
    }
}

/// What a walk saw of a scan.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// For each restart interval that the label lies in: the last place before it where decoding can begin.
    pub(super) starts: Vec<Checkpoint>,
    /// In later scans of AC: what was something else than zero before.
    pub(super) history: Vec<u64>,
}

/// Blocks of all histories that are held, for each block of the picture: more than any encoder's scans need.
const MOST_HISTORIES: usize = 4;

/// Walks over all scans and keeps the coefficients of some areas. A `label` is an area that is to be changed. `None`
/// where something is not as the standard has it, or the data end early.
pub(super) fn walk(coding: &Coding, data: &Data, kept: &mut Kept, label: Option<Area>) -> Option<Vec<Seen>> {
    let mut histories = Histories::new(coding);
    let mut room = histories.size() * MOST_HISTORIES;
    let mut seen = Vec::new();
    for scan in &coding.scans {
        let history = histories.of(scan)?;
        let mut found = Seen::default();
        if scan.kind == Kind::AcMore && label.is_some() {
            room = room.checked_sub(history.len())?;
            found.history = history.to_vec();
        }
        let tables = Tables::new(coding, scan, as_defined(&coding.definitions))?;
        let walker = Walker::new(scan, &tables, data.of(scan)?, Checkpoint::default(), history);
        found.starts = walk_scan(walker, coding, kept, label)?;
        seen.push(found);
    }
    Some(seen)
}

fn walk_scan(mut walker: Walker, coding: &Coding, kept: &mut Kept, label: Option<Area>) -> Option<Vec<Checkpoint>> {
    let scan = walker.scan;
    let skips: Vec<Skips> = match scan.kind {
        Kind::Sequential => walker.tables.tables.iter().map(|table| Skips::new(table, |_| false)).collect(),
        _ => Vec::new(),
    };
    let areas: Vec<Area> = kept.areas().iter().map(|area| area.in_scan(coding, scan)).collect();
    let label = label.map(|area| area.in_scan(coding, scan));
    let mut starts: Vec<Checkpoint> = Vec::new();
    for y in 0..scan.units.1 {
        let row = areas.iter().chain(&label).filter(|a| a.has_row(y));
        let mut cuts: Vec<usize> = row.flat_map(|a| [a.left, a.right]).chain([scan.units.0]).collect();
        cuts.sort_unstable();
        let mut x = 0;
        for cut in cuts {
            while x < cut {
                let end = scan.interval_end(walker.unit);
                let count = (cut - x).min(end - walker.unit);
                let is_new = || starts.last().is_none_or(|s| scan.interval_end(s.unit) != end);
                if label.is_some_and(|label| label.has(x, y)) && is_new() {
                    starts.push(walker.checkpoint());
                }
                match areas.iter().any(|a| a.has(x, y)) {
                    true => walker.keep(count, kept)?,
                    false => walker.skip(count, &skips, &mut ())?,
                }
                if walker.bits.is_dry() {
                    return None;
                }
                walker.restart()?;
                x += count;
            }
        }
    }
    walker.is_sound().then_some(starts)
}

/// For each block of each component, the coefficients that are something else than zero, but for the first.
pub(super) struct Histories(Vec<Vec<u64>>);

impl Histories {
    /// Nothing was said yet. Eight bytes a block, for a picture whose size is within the limit of decoded ones.
    pub(super) fn new(coding: &Coding) -> Self {
        let is_needed = coding.scans.iter().any(|s| s.kind != Kind::Sequential);
        let blocks = coding.components.iter().filter(|_| is_needed).map(|c| vec![0; c.columns * c.rows]);
        Self(blocks.collect())
    }

    fn size(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// That of a scan; only scans of AC have one.
    pub(super) fn of(&mut self, scan: &Scan) -> Option<&mut [u64]> {
        match scan.kind {
            Kind::AcFirst | Kind::AcMore => Some(self.0.get_mut(scan.slots.first()?.component)?),
            _ => Some(&mut []),
        }
    }
}
