//! Writing: the key goes into the deepest box of its path that exists. Samples never move against each other; fast
//! start stays fast start; a `free` box behind `moov` pays first, else every offset behind it follows.

use biaoshi_container::isobmff::{self, Box as IsoBox, Budget, boxes};
use biaoshi_container::{Error, Limits, Patch, Result, Source, SourceExt};
use biaoshi_label::Label;

use super::read::{Layout, NAME};
use crate::format::Writer;
use crate::formats::boxes::moving::Movie;
use crate::formats::boxes::{Edit, Path, free_behind, patch_of, resize};

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let moov = self.moov.ok_or_else(|| Error::truncated(NAME, 0, "the file"))?;
        if self.compressed {
            return Err(Error::unsupported(NAME, "a compressed movie header (cmov)"));
        }
        let mut edits = self.insertion(source, label, &moov, limits)?;
        edits.extend(self.old.iter().cloned());
        let free = free_behind(&self.top, &moov, &edits);
        let mut patch = patch_of(&edits, free)?;
        let moving = patch.shifts();
        if self.top.iter().any(|b| moving.at(b.start) != 0) {
            self.refuse_item_offsets(source)?;
            let movie = Movie { top: &self.top, moov: self.moov, traks: &self.traks };
            edits.extend(movie.follow(source, &moving, limits)?);
            patch = patch_of(&edits, free)?;
        }
        resize(&mut patch, &edits)?;
        Ok(patch)
    }
}

impl Layout {
    /// Puts the label into the deepest box of its path that exists.
    fn insertion(&self, source: &dyn Source, label: &Label, moov: &IsoBox, limits: &Limits) -> Result<Vec<Edit>> {
        let json = label.to_json();
        let insert = |path: Path, at: u64, bytes: Vec<u8>| Edit { path, range: at..at, bytes };
        let Some(udta) = self.udta else {
            let udta = isobmff::encode(*b"udta", &meta(&json));
            return Ok(vec![insert(vec![*moov], end_of_children(source, moov, limits)?, udta)]);
        };
        let Some(mdta) = &self.mdta else {
            return Ok(vec![insert(vec![*moov, udta], end_of_list(source, &udta)?, meta(&json))]);
        };
        let with = |child: IsoBox| mdta.path.iter().copied().chain([child]).collect::<Path>();
        let index = match mdta.names.iter().position(|n| n == "AIGC") {
            Some(at) => at + 1,
            None => mdta.names.len() + 1,
        };
        let index = u32::try_from(index).map_err(|_| Error::unsupported(NAME, "that many keys"))?;
        let end = end_of_children(source, &mdta.ilst, limits)?;
        let mut edits = vec![insert(with(mdta.ilst), end, item(index, &json))];
        if usize::try_from(index) == Ok(mdta.names.len() + 1) {
            let count = mdta.keys.body().start + 4;
            edits.push(Edit { path: with(mdta.keys), range: count..count + 4, bytes: index.to_be_bytes().to_vec() });
            edits.push(insert(with(mdta.keys), mdta.keys.end, key()));
        }
        Ok(edits)
    }

    /// A picture item in an `iloc` has absolute offsets too.
    fn refuse_item_offsets(&self, source: &dyn Source) -> Result<()> {
        for meta in self.top.iter().filter(|b| &b.kind == b"meta") {
            let inside = meta.body().start.saturating_add(4).min(meta.end)..meta.end;
            let children = boxes(source, inside, &mut Budget::new(&Limits::default())).unwrap_or_default();
            if children.iter().any(|c| &c.kind == b"iloc") {
                return Err(Error::unsupported(NAME, "writing into a movie with picture items (iloc)"));
            }
        }
        Ok(())
    }
}

/// Offset behind the last child of a box: a few bytes that are no box may follow, and would hide what stands behind them.
fn end_of_children(source: &dyn Source, parent: &IsoBox, limits: &Limits) -> Result<u64> {
    let children = boxes(source, parent.body(), &mut Budget::new(limits))?;
    Ok(children.last().map_or(parent.body().start, |child| child.end))
}

/// Where a new child of `udta` goes: before the terminating zero that QuickTime writes.
fn end_of_list(source: &dyn Source, udta: &IsoBox) -> Result<u64> {
    let mut at = udta.body().start;
    while at + 8 <= udta.end {
        if source.array::<4>(NAME, at, "udta")? == [0; 4] {
            return Ok(at);
        }
        at = isobmff::read(source, at, udta.end)?.end;
    }
    Ok(at)
}

/// A metadata box with one key (ISO/IEC 14496-12 8.11, QuickTime metadata keys).
fn meta(json: &str) -> Vec<u8> {
    let mut hdlr = vec![0; 8];
    hdlr.extend(b"mdta");
    hdlr.extend([0; 13]);
    let mut keys = vec![0, 0, 0, 0, 0, 0, 0, 1];
    keys.extend(key());
    let mut body = vec![0; 4];
    body.extend(isobmff::encode(*b"hdlr", &hdlr));
    body.extend(isobmff::encode(*b"keys", &keys));
    body.extend(isobmff::encode(*b"ilst", &item(1, json)));
    isobmff::encode(*b"meta", &body)
}

/// One entry of `keys`.
fn key() -> Vec<u8> {
    isobmff::encode(*b"mdta", b"AIGC")
}

/// One item of `ilst`: data type 1 (UTF-8), locale 0.
fn item(index: u32, json: &str) -> Vec<u8> {
    let mut data = vec![0, 0, 0, 1, 0, 0, 0, 0];
    data.extend(json.as_bytes());
    isobmff::encode(index.to_be_bytes(), &isobmff::encode(*b"data", &data))
}
