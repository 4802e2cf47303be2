//! Cross-reference sections (ISO 32000-2 7.5.4, 7.5.8): tables, streams, hybrids, and the chain of `/Prev`.

use std::collections::{BTreeMap, BTreeSet};

use super::reader::{Object, Place, Reader};
use super::value::{Dict, Ref, Step, Value};
use super::{NAME, value};
use crate::{Error, Result, Source, SourceExt, phrase};

/// Bytes at the end of a file in which `startxref` must stand: as viewers have it, then with room for what was put behind.
const TAILS: [u64; 2] = [2048, 1 << 16];

/// A run of entries for objects with neighbouring numbers.
struct Run {
    first: u64,
    count: u64,
    /// Where its first entry is: an offset in the file (table) or in the rows (stream).
    at: u64,
}

/// One section.
enum Section {
    /// Entries in the file, `width` bytes each.
    Table {
        runs: Vec<(Run, u64)>,
        /// Whether a stream stands beside it: then a free entry may be hidden there.
        hybrid: bool,
    },
    /// Decoded rows.
    Stream { runs: Vec<Run>, widths: [usize; 3], rows: Vec<u8> },
}

/// The sections of a file.
#[derive(Default)]
pub(super) struct Sections {
    /// Newest first.
    list: Vec<Section>,
    /// The newest trailer.
    pub(super) trailer: Option<Object>,
    /// Where the sections start, newest first.
    starts: Vec<u64>,
}

/// What a section says of an object.
enum Said {
    Nothing,
    Free,
    Used(Place),
}

impl Section {
    /// One more than the highest number it speaks of.
    fn end(&self) -> u64 {
        let end = |run: &Run| run.first.saturating_add(run.count);
        match self {
            Self::Table { runs, .. } => runs.iter().map(|(run, _)| end(run)).max().unwrap_or(0),
            Self::Stream { runs, .. } => runs.iter().map(end).max().unwrap_or(0),
        }
    }

    fn runs(&self) -> usize {
        match self {
            Self::Table { runs, .. } => runs.len(),
            Self::Stream { runs, .. } => runs.len(),
        }
    }

    /// All that it says, a part of a table at a time.
    fn each(&self, source: &dyn Source, tell: &mut dyn FnMut(u32, Said)) -> Result<()> {
        const ENTRIES: u64 = 1000;
        let number = |run: &Run, index: u64| u32::try_from(run.first.saturating_add(index)).ok();
        match self {
            Self::Table { runs, .. } => {
                for (run, width) in runs {
                    for first in (0..run.count).step_by(1000) {
                        let count = ENTRIES.min(run.count - first);
                        let at = run.at + first * width;
                        let part = source.bytes(
                            NAME,
                            at..at + count * width,
                            ENTRIES * width,
                            phrase!("a cross-reference table", "交叉引用表"),
                        )?;
                        for index in 0..count {
                            let entry = table_entry(&part, index * width);
                            if let (Some(number), Ok(said)) = (number(run, first + index), entry) {
                                tell(number, said);
                            }
                        }
                    }
                }
            }
            Self::Stream { runs, widths, rows } => {
                let width: usize = widths.iter().sum();
                let mut rows = rows.chunks_exact(width.max(1));
                for run in runs {
                    let here = usize::try_from(run.count).unwrap_or(usize::MAX);
                    for (index, row) in (0..).zip(rows.by_ref().take(here)) {
                        if let Some(number) = number(run, index) {
                            tell(number, stream_entry(row, widths));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn find(&self, source: &dyn Source, number: u32) -> Result<Said> {
        let index = |run: &Run| u64::from(number).checked_sub(run.first).filter(|i| *i < run.count);
        match self {
            Self::Table { runs, .. } => {
                let hit = runs.iter().find_map(|(run, width)| Some(run.at + index(run)? * width));
                hit.map_or(Ok(Said::Nothing), |at| table_entry(source, at))
            }
            Self::Stream { runs, widths, rows } => {
                let width: usize = widths.iter().sum();
                let hit = runs.iter().find_map(|run| usize::try_from(run.at + index(run)?).ok()?.checked_mul(width));
                let row = hit.and_then(|at| rows.get(at..at.checked_add(width)?));
                Ok(row.map_or(Said::Nothing, |row| stream_entry(row, widths)))
            }
        }
    }
}

fn decimal(bytes: &[u8]) -> Option<u64> {
    std::str::from_utf8(bytes).ok().filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
}

/// `nnnnnnnnnn ggggg n`
fn table_entry(source: &dyn Source, at: u64) -> Result<Said> {
    let entry = source.array::<18>(NAME, at, phrase!("a cross-reference table", "交叉引用表"))?;
    match (entry.get(..10).and_then(decimal), entry.last()) {
        (Some(0), Some(b'n')) | (_, Some(b'f')) => Ok(Said::Free),
        (Some(offset), Some(b'n')) => Ok(Said::Used(Place::At(offset))),
        _ => Err(Error::invalid(
            NAME,
            at,
            phrase!("an entry of the cross-reference table is damaged", "交叉引用表的条目有误"),
        )),
    }
}

fn stream_entry(row: &[u8], widths: &[usize; 3]) -> Said {
    let [kind_width, second_width, third_width] = *widths;
    let number = |part: Option<&[u8]>| part.unwrap_or_default().iter().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let kind = if kind_width == 0 { 1 } else { number(row.get(..kind_width)) };
    let second = number(row.get(kind_width..kind_width + second_width));
    match kind {
        1 => Said::Used(Place::At(second)),
        2 => {
            let index = number(row.get(kind_width + second_width..kind_width + second_width + third_width));
            u32::try_from(second).map_or(Said::Free, |holder| Said::Used(Place::In { holder, index }))
        }
        // 0 is free; others are reserved and mean null.
        _ => Said::Free,
    }
}

impl Sections {
    /// Follows the sections from the end of the file.
    ///
    /// # Errors
    /// I/O, sections that are damaged or go round in a circle, an update behind them that is cut off, a limit.
    pub(super) fn walk(reader: &Reader<'_>) -> Result<Self> {
        let placed = |at: u64| reader.origin.saturating_add(at);
        let mut all = Self::default();
        let mut next = Some(placed(startxref(reader.source, reader.limits.part)?));
        let (mut seen, mut runs) = (BTreeSet::new(), 0);
        while let Some(at) = next {
            if !seen.insert(at) {
                return Err(Error::invalid(
                    NAME,
                    at,
                    phrase!("the cross-reference sections go round in a circle", "交叉引用节循环引用"),
                ));
            }
            let (section, trailer) = read(reader, at)?;
            let table = matches!(section, Section::Table { .. });
            let dict = trailer.dict();
            next = dict.number("Prev").map(placed);
            let beside = dict.number("XRefStm").filter(|_| table).map(placed);
            all.starts.push(at);
            if all.trailer.is_none() {
                all.trailer = Some(trailer);
            }
            runs += section.runs() + 1;
            all.list.push(section);
            if let Some(beside) = beside
                && seen.insert(beside)
            {
                let (hidden, _) = read(reader, beside)?;
                all.starts.push(beside);
                if let Some(Section::Table { hybrid, .. }) = all.list.last_mut() {
                    *hybrid = true;
                }
                runs += hidden.runs() + 1;
                all.list.push(hidden);
            }
            if runs > reader.limits.parts {
                let limit = reader.limits.parts as u64;
                return Err(Error::limit(
                    NAME,
                    phrase!("the number of cross-reference sections", "交叉引用节数"),
                    limit,
                    "--limit-parts",
                ));
            }
        }
        Ok(all)
    }

    /// One more than the highest number that they speak of.
    pub(super) fn end(&self) -> u64 {
        self.list.iter().map(Section::end).max().unwrap_or(0)
    }

    /// Whether the newest one is a stream.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.list.first(), Some(Section::Stream { .. }))
    }

    /// Where the newest one starts.
    pub(super) fn start(&self) -> Option<u64> {
        self.starts.first().copied()
    }

    /// Where an object is, by the newest section that speaks of it.
    pub(super) fn place(&self, reader: &Reader<'_>, number: u32) -> Result<Option<Place>> {
        for section in &self.list {
            match section.find(reader.source, number)? {
                Said::Used(Place::At(at)) => return Ok(Some(Place::At(reader.origin.saturating_add(at)))),
                Said::Used(place) => return Ok(Some(place)),
                Said::Free if matches!(section, Section::Table { hybrid: true, .. }) => {}
                Said::Free => return Ok(None),
                Said::Nothing => {}
            }
        }
        Ok(None)
    }

    /// Where every object that has an offset of its own starts, by its number; the sections themselves are left out.
    pub(super) fn offsets(&self, reader: &Reader<'_>) -> Result<BTreeMap<u32, u64>> {
        let mut known: BTreeMap<u32, Option<u64>> = BTreeMap::new();
        for section in &self.list {
            let hides = matches!(section, Section::Table { hybrid: true, .. });
            section.each(reader.source, &mut |number, said| {
                let at = match said {
                    Said::Used(Place::At(at)) => Some(reader.origin.saturating_add(at)),
                    Said::Free if hides => return,
                    Said::Nothing => return,
                    _ => None,
                };
                known.entry(number).or_insert(at);
            })?;
        }
        let sections: BTreeSet<u64> = self.starts.iter().copied().collect();
        let own = |at: &u64| !sections.contains(at);
        Ok(known.into_iter().filter_map(|(number, at)| Some((number, at.filter(own)?))).collect())
    }
}

/// The offset that the file's last lines name.
fn startxref(source: &dyn Source, most: u64) -> Result<u64> {
    let end = written_end(source, most)?;
    for size in TAILS {
        let from = end.saturating_sub(size);
        let tail = source.bytes(NAME, from..end, size, phrase!("the end of the file", "文件尾部"))?;
        let Some(hit) = memchr::memmem::rfind(&tail, b"startxref") else { continue };
        let rest = tail.get(hit + 9..).unwrap_or_default().trim_ascii_start();
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let offset = rest.get(..digits).and_then(decimal).filter(|o| *o < source.len());
        let at = from + hit as u64;
        let offset = offset.ok_or_else(|| {
            Error::invalid(NAME, at, phrase!("startxref names no place in the file", "startxref 所指位置不在文件中"))
        })?;
        if is_cut_update(rest.get(digits..).unwrap_or_default()) {
            return Err(Error::truncated(NAME, at, phrase!("an update behind the last section", "最后一节之后的更新")));
        }
        return Ok(offset);
    }
    Err(Error::truncated(NAME, source.len(), phrase!("the file; startxref is missing", "出现 startxref 之前")))
}

/// The end of a file without the zeros, at most so many, that block devices and transfers fill it up with.
fn written_end(source: &dyn Source, most: u64) -> Result<u64> {
    const STEP: u64 = 1 << 12;
    let mut end = source.len();
    while end > 0 && source.len() - end < most {
        let from = end.saturating_sub(STEP);
        let bytes = source.bytes(NAME, from..end, STEP, phrase!("the end of the file", "文件尾部"))?;
        if let Some(last) = bytes.iter().rposition(|b| *b != 0) {
            return Ok(from + last as u64 + 1);
        }
        end = from;
    }
    Ok(source.len())
}

/// Whether an object starts behind the last section: then its own section was lost, and with it what the object says.
fn is_cut_update(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b"%%EOF").unwrap_or(rest).trim_ascii_start();
    // A head may be cut off too.
    let mut words = rest.split(|b| value::is_blank(*b)).filter(|w| !w.is_empty());
    let number = |word: Option<&[u8]>| word.is_some_and(|w| w.iter().all(u8::is_ascii_digit));
    (number(words.next()) && number(words.next()) && words.next().is_none_or(|w| b"obj".starts_with(w)))
        || memchr::memmem::find_iter(rest, b"obj").any(|hit| value::head(rest, hit).is_some())
}

/// The section at an offset, and its trailer.
fn read(reader: &Reader<'_>, at: u64) -> Result<(Section, Object)> {
    let (head, table) = reader.parse(at, |p| Ok(p.keyword(b"xref")))?;
    if table { read_table(reader, at + head.len() as u64) } else { read_stream(reader, at) }
}

fn read_table(reader: &Reader<'_>, mut at: u64) -> Result<(Section, Object)> {
    let mut runs = Vec::new();
    loop {
        let mut line = [0; 64];
        let got = reader.source.read_at(at, &mut line).map_err(|e| Error::io(NAME, e))?;
        let line = line.get(..got).unwrap_or_default();
        let blanks = line.iter().take_while(|b| value::is_blank(**b)).count();
        let rest = line.get(blanks..).unwrap_or_default();
        at += blanks as u64;
        if rest.starts_with(b"trailer") {
            break;
        }
        let (run, width) = run(reader.source, at, rest)?;
        at = run.count.checked_mul(width).and_then(|size| run.at.checked_add(size)).unwrap_or(u64::MAX);
        if at > reader.source.len() {
            return Err(Error::past_end(NAME, run.at, phrase!("a cross-reference table", "交叉引用表"), run.count));
        }
        runs.push((run, width));
        if runs.len() > reader.limits.parts {
            let limit = reader.limits.parts as u64;
            return Err(Error::limit(NAME, phrase!("the number of subsections", "子节数"), limit, "--limit-parts"));
        }
    }
    let at = at + 7;
    let (text, value) = reader.parse(at, |p| p.value())?;
    let part = at..at + text.len() as u64;
    let id = Ref { number: 0, generation: 0 };
    let trailer = Object { id, value, text: text.into(), base: Some(at), part, stream: None };
    if !matches!(trailer.value, Value::Dict(_)) {
        return Err(Error::invalid(NAME, at, phrase!("the trailer is no dictionary", "trailer 不是字典")));
    }
    Ok((Section::Table { runs, hybrid: false }, trailer))
}

/// The head of a subsection, `first count`, and the width of its entries.
fn run(source: &dyn Source, at: u64, line: &[u8]) -> Result<(Run, u64)> {
    let damaged = || {
        Error::invalid(
            NAME,
            at,
            phrase!("a subsection of the cross-reference table is damaged", "交叉引用表的子节有误"),
        )
    };
    let digits = |text: &[u8]| text.iter().take_while(|b| b.is_ascii_digit()).count();
    let blanks = |text: &[u8]| text.iter().take_while(|b| value::is_blank(**b)).count();
    let a = digits(line);
    let b = a + blanks(line.get(a..).unwrap_or_default());
    let c = b + digits(line.get(b..).unwrap_or_default());
    let d = c + blanks(line.get(c..).unwrap_or_default());
    let number =
        |range: std::ops::Range<usize>| line.get(range).and_then(decimal).filter(|n| *n <= u64::from(u32::MAX));
    let (first, count) = number(0..a).zip(number(b..c)).filter(|_| d > c).ok_or_else(damaged)?;
    let at = at + d as u64;
    let mut entry = [0; 20];
    let got = source.read_at(at, &mut entry).map_err(|e| Error::io(NAME, e))?;
    // Some writers end entries with one byte instead of two.
    let short = matches!(entry.get(..got), Some([.., _, b'\r' | b'\n', b'0'..=b'9' | b't']));
    Ok((Run { first, count, at }, if short { 19 } else { 20 }))
}

fn read_stream(reader: &Reader<'_>, at: u64) -> Result<(Section, Object)> {
    let object = reader.object_at(at)?;
    if !object.dict().is("Type", "XRef") {
        return Err(Error::invalid(
            NAME,
            at,
            phrase!("no cross-reference section stands where one should", "应有交叉引用节处没有该节"),
        ));
    }
    // A length elsewhere cannot be looked up before the sections are known; a search finds the end as well.
    let rows = reader.decoded(&object, object.dict().number("Length"), None)?;
    let (widths, runs) = layout(object.dict()).map_err(|what| Error::invalid(NAME, at, what))?;
    Ok((Section::Stream { runs, widths, rows }, object))
}

/// `/W` and `/Index`.
fn layout(dict: &Dict) -> Step<([usize; 3], Vec<Run>)> {
    let Some(Value::Array(widths)) = dict.get("W") else {
        return Err(phrase!("a cross-reference stream without widths", "交叉引用流缺少字段宽度"));
    };
    let widths: Option<Vec<usize>> =
        widths.iter().map(|w| w.number().filter(|w| *w <= 8).and_then(|w| usize::try_from(w).ok())).collect();
    let widths = widths.as_deref().and_then(|w| w.first_chunk::<3>()).copied();
    let widths = widths
        .filter(|w| w.iter().sum::<usize>() > 0)
        .ok_or(phrase!("a cross-reference stream with wrong widths", "交叉引用流的字段宽度有误"))?;
    let pairs: Vec<u64> = match dict.get("Index") {
        Some(Value::Array(pairs)) => pairs.iter().map(|v| v.number().unwrap_or(0)).collect(),
        _ => vec![0, dict.number("Size").unwrap_or(0)],
    };
    let (mut runs, mut at) = (Vec::new(), 0u64);
    for pair in pairs.chunks_exact(2) {
        let [first, count] = *pair else { continue };
        runs.push(Run { first, count, at });
        at = at.saturating_add(count);
    }
    Ok((widths, runs))
}
