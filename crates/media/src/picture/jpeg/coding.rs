//! What a JPEG's segments say about its scans: components, tables, restart intervals (T.81 B.2).

use std::ops::Range;

use biaoshi_container::jpeg::{SOS, Segment};
use biaoshi_container::{Result, Source};

use super::blocks::ZIGZAG;
use super::huffman::Codes;

/// Blocks of an interleaved unit, at most (T.81 B.2.3).
const MOST_BLOCKS: usize = 10;

/// All that decoding needs besides the scans' own bytes.
#[derive(Debug)]
pub(super) struct Coding {
    pub(super) components: Vec<Component>,
    /// Units of all components together, across and down.
    pub(super) units: (usize, usize),
    pub(super) definitions: Vec<Definition>,
    pub(super) scans: Vec<Scan>,
}

/// A component of the frame.
#[derive(Debug)]
pub(super) struct Component {
    /// Blocks of a unit, across and down.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Blocks that show something, across and down: what scans of this component alone go over (T.81 A.2.2).
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// Steps of quantisation, row-major.
    pub(super) steps: [u16; 64],
}

/// A Huffman table as it stands in the file.
#[derive(Debug)]
pub(super) struct Definition {
    /// The segment it is a part of.
    pub(super) segment: Segment,
    /// Offset of the 16 counts.
    pub(super) start: u64,
    pub(super) codes: Codes,
}

/// What a scan says of each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// All coefficients.
    Sequential,
    /// The upper bits of the first coefficient.
    DcFirst,
    /// One more bit of it.
    DcMore,
    /// The upper bits of some others.
    AcFirst,
    /// One more bit of them.
    AcMore,
}

/// A component of a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) component: usize,
    /// Which of the definitions codes the first coefficient, and the others; where the scan says anything of them.
    pub(super) dc: Option<usize>,
    pub(super) ac: Option<usize>,
}

/// One scan.
#[derive(Debug)]
pub(super) struct Scan {
    pub(super) kind: Kind,
    pub(super) slots: Vec<Slot>,
    /// First and last coefficient, in zigzag order.
    pub(super) band: (u8, u8),
    /// Bits that later scans say (T.81 "successive approximation").
    pub(super) low: u32,
    /// Units between restarts.
    pub(super) interval: Option<usize>,
    /// Units across and down.
    pub(super) units: (usize, usize),
    /// Offsets of the coded data in the file.
    pub(super) data: Range<u64>,
}

impl Scan {
    /// All units.
    pub(super) fn count(&self) -> usize {
        self.units.0 * self.units.1
    }

    /// The unit behind the interval of a unit.
    pub(super) fn interval_end(&self, unit: usize) -> usize {
        self.interval.map_or(self.count(), |n| (unit / n + 1).saturating_mul(n).min(self.count()))
    }

    /// The number of the restart marker in front of a unit, if there is one.
    pub(super) fn restart(&self, unit: usize) -> Option<u8> {
        let n = self.interval?;
        (unit > 0 && unit.is_multiple_of(n)).then(|| ((unit / n + 7) % 8) as u8)
    }
}

impl Coding {
    /// Reads what the segments of a picture say, which ends at `end`; `None` where a scan is not as the standard has it.
    ///
    /// # Errors
    /// I/O.
    pub(super) fn read(source: &dyn Source, segments: &[Segment], end: u64) -> Result<Option<Self>> {
        let mut reading = Reading::default();
        for (n, segment) in segments.iter().enumerate() {
            let end = segments.get(n + 1).map_or(end, |next| next.start);
            let payload = segment.read(source)?;
            let done = match segment.marker {
                0xc0..=0xc2 => reading.frame(&payload, segment.marker == 0xc2),
                0xc4 => reading.huffman(*segment, &payload),
                0xdb => reading.quantisation(&payload),
                0xdd => payload.first_chunk().map(|n| reading.interval = usize::from(u16::from_be_bytes(*n))),
                SOS => reading.scan(&payload, segment.range().end..end),
                _ => Some(()),
            };
            if done.is_none() {
                return Ok(None);
            }
        }
        Ok(reading.finish())
    }

    /// The components' largest factors.
    pub(super) fn unit(&self) -> (usize, usize) {
        let most = |f: fn(&Component) -> usize| self.components.iter().map(f).max().unwrap_or(1);
        (most(|c| c.h), most(|c| c.v))
    }
}

/// A component as the frame header has it.
struct Named {
    id: u8,
    h: usize,
    v: usize,
    table: u8,
    /// How many low bits of each coefficient are still to come; `None` where nothing came.
    low: [Option<u32>; 64],
}

/// What was read so far.
#[derive(Default)]
struct Reading {
    size: (usize, usize),
    progressive: bool,
    named: Vec<Named>,
    steps: [Option<[u16; 64]>; 4],
    /// The newest definitions, of DC and AC.
    current: [[Option<usize>; 4]; 2],
    definitions: Vec<Definition>,
    interval: usize,
    scans: Vec<Scan>,
}

impl Reading {
    fn frame(&mut self, payload: &[u8], progressive: bool) -> Option<()> {
        self.progressive = progressive;
        let [_, h1, h0, w1, w0, _, components @ ..] = payload else { return None };
        self.size = (u16::from_be_bytes([*w1, *w0]).into(), u16::from_be_bytes([*h1, *h0]).into());
        for c in components.as_chunks::<3>().0 {
            let [id, factors, table] = *c;
            let (h, v) = (usize::from(factors >> 4), usize::from(factors & 15));
            if !(1..=4).contains(&h) || !(1..=4).contains(&v) || self.named.iter().any(|n| n.id == id) {
                return None;
            }
            self.named.push(Named { id, h, v, table, low: [None; 64] });
        }
        (1..=4).contains(&self.named.len()).then_some(())
    }

    fn quantisation(&mut self, mut rest: &[u8]) -> Option<()> {
        while let [head, values @ ..] = rest {
            let wide = head >> 4 == 1;
            let (values, behind) = values.split_at_checked(if wide { 128 } else { 64 })?;
            let mut table = [0; 64];
            for (n, natural) in ZIGZAG.iter().enumerate() {
                let value = match wide {
                    true => values.as_chunks::<2>().0.get(n).map(|v| u16::from_be_bytes(*v))?,
                    false => u16::from(*values.get(n)?),
                };
                *table.get_mut(*natural)? = value;
            }
            *self.steps.get_mut(usize::from(head & 15))? = Some(table);
            rest = behind;
        }
        Some(())
    }

    fn huffman(&mut self, segment: Segment, payload: &[u8]) -> Option<()> {
        let mut rest = payload;
        while let [head, behind @ ..] = rest {
            let start = segment.payload().end - behind.len() as u64;
            let (counts, behind) = behind.split_first_chunk::<16>()?;
            let length = counts.iter().map(|n| usize::from(*n)).sum();
            let (symbols, behind) = behind.split_at_checked(length)?;
            // Decoders take a symbol with two codes; whoever changes the table cannot tell which of them stands in the bits.
            let mut once = [false; 256];
            let is_new =
                |symbol: &u8| once.get_mut(usize::from(*symbol)).is_some_and(|seen| !std::mem::replace(seen, true));
            symbols.iter().all(is_new).then_some(())?;
            let current = self.current.get_mut(usize::from(head >> 4))?.get_mut(usize::from(head & 15))?;
            *current = Some(self.definitions.len());
            let codes = Codes { counts: *counts, symbols: symbols.to_vec() };
            self.definitions.push(Definition { segment, start, codes });
            rest = behind;
        }
        Some(())
    }

    fn scan(&mut self, payload: &[u8], data: Range<u64>) -> Option<()> {
        let progressive = self.progressive;
        let (count, rest) = payload.split_first()?;
        let (ids, rest) = rest.split_at_checked(2 * usize::from(*count))?;
        let [first, last, approximation, ..] = *rest else { return None };
        let (high, low) = (u32::from(approximation >> 4), u32::from(approximation & 15));
        let kind = match (progressive, first, high) {
            (false, ..) => Kind::Sequential,
            (true, 0, 0) => Kind::DcFirst,
            (true, 0, _) => Kind::DcMore,
            (true, _, 0) => Kind::AcFirst,
            (true, _, _) => Kind::AcMore,
        };
        let band = if progressive { (first, last) } else { (0, 63) };
        let low = if progressive { low } else { 0 };
        let mut slots = Vec::new();
        for [id, tables] in ids.as_chunks::<2>().0 {
            let component = self.named.iter().position(|n| n.id == *id)?;
            self.progress(component, band, high, low)?;
            let newest = |class: usize, id: u8| *self.current.get(class)?.get(usize::from(id))?;
            let (has_dc, has_ac) = (matches!(kind, Kind::Sequential | Kind::DcFirst), band.1 > 0);
            let dc = if has_dc { Some(newest(0, tables >> 4)?) } else { None };
            let ac = if has_ac { Some(newest(1, tables & 15)?) } else { None };
            slots.push(Slot { component, dc, ac });
        }
        // A band of AC coefficients is that of one component (T.81 G.1.1.1.1).
        (band.0 == 0 || slots.len() == 1).then_some(())?;
        let units = self.units(&slots)?;
        let interval = Some(self.interval).filter(|n| *n > 0);
        self.scans.push(Scan { kind, slots, band, low, interval, units, data });
        Some(())
    }

    /// Whether a scan says of a component what comes next (T.81 G.1.1.1.1).
    fn progress(&mut self, component: usize, band: (u8, u8), high: u32, low: u32) -> Option<()> {
        let progressive = self.progressive;
        let named = self.named.get_mut(component)?;
        let is_dc = progressive && band.0 == 0;
        if low > 13 || band.0 > band.1 || is_dc && band.1 > 0 {
            return None;
        }
        for state in named.low.get_mut(usize::from(band.0)..=usize::from(band.1))? {
            let due = match *state {
                None => high == 0 || !progressive,
                Some(before) => progressive && high > 0 && before == high && low + 1 == high,
            };
            if !due {
                return None;
            }
            *state = Some(low);
        }
        Some(())
    }

    /// Units of a scan: blocks, where it has one component (T.81 A.2).
    fn units(&self, slots: &[Slot]) -> Option<(usize, usize)> {
        let of = |slot: &Slot| self.named.get(slot.component);
        match slots {
            [] => None,
            [slot] => Some(self.blocks(of(slot)?)),
            _ => {
                let total: usize = slots.iter().filter_map(of).map(|n| n.h * n.v).sum();
                (total <= MOST_BLOCKS).then(|| self.all_units())
            }
        }
    }

    fn most(&self, f: fn(&Named) -> usize) -> usize {
        self.named.iter().map(f).max().unwrap_or(1)
    }

    fn all_units(&self) -> (usize, usize) {
        (self.size.0.div_ceil(8 * self.most(|n| n.h)), self.size.1.div_ceil(8 * self.most(|n| n.v)))
    }

    /// The blocks of a component that show something.
    fn blocks(&self, named: &Named) -> (usize, usize) {
        let blocks = |size: usize, own: usize, most: usize| (size * own).div_ceil(most).div_ceil(8);
        let (h, v) = (self.most(|n| n.h), self.most(|n| n.v));
        (blocks(self.size.0, named.h, h), blocks(self.size.1, named.v, v))
    }

    fn finish(self) -> Option<Coding> {
        let units = self.all_units();
        let component = |named: &Named| {
            let (columns, rows) = self.blocks(named);
            named.low[0]?;
            let steps = (*self.steps.get(usize::from(named.table))?)?;
            Some(Component { h: named.h, v: named.v, columns, rows, steps })
        };
        let components = self.named.iter().map(component).collect::<Option<Vec<_>>>()?;
        Some(Coding { components, units, definitions: self.definitions, scans: self.scans })
    }
}
