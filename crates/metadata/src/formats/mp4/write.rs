//! Writing: the key goes into the deepest box of its path that exists. Samples never move against each other; fast
//! start stays fast start; a `free` box behind `moov` pays first, else every offset behind it follows. The metadata of a
//! camera (`moov/meta`) stay as they are, behind `udta`.

use std::ops::Range;

use biaoshi_container::isobmff::{self, Box as IsoBox, end_of_list};
use biaoshi_container::{Error, Limits, Patch, Patched, Result, Source, SourceExt, phrase};
use biaoshi_label::Label;

use super::read::{Layout, Mdta, NAME};
use crate::format::Writer;
use crate::formats::boxes::moving::Movie;
use crate::formats::boxes::{Edit, Path, free_behind, patch_of, resize};

const KEY: &str = "AIGC";

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        let moov = self.moov.ok_or_else(|| Error::truncated(NAME, 0, phrase!("the file", "内容")))?;
        if self.fixed {
            return Err(Error::unsupported(
                NAME,
                phrase!("taking a label out of a damaged XMP packet", "从有误的 XMP 包中取出标识"),
            ));
        }
        if self.compressed {
            return Err(Error::unsupported(NAME, phrase!("a compressed movie header (cmov)", "压缩的影片头(cmov)")));
        }
        let mut edits = self.insertion(source, label, &moov, limits)?;
        let replaced: Vec<Range<u64>> = edits.iter().map(|e| e.range.clone()).collect();
        edits.extend(self.old.iter().filter(|old| !replaced.iter().any(|r| holds(r, &old.range))).cloned());
        let relocated = self.late_udta();
        if let Some(udta) = relocated {
            edits = self.forward(source, &udta, edits, limits)?;
        }
        let free = free_behind(&self.top, &moov, &edits);
        let mut patch = patch_of(&edits, free)?;
        let moving = patch.shifts();
        if moving.moves(source.len()) {
            let movie = Movie { top: &self.top, moov: self.moov, traks: &self.traks, own: None };
            let following = movie.follow(source, &moving, limits)?;
            if following.iter().any(|e| e.path.iter().any(|b| Some(b) == relocated.as_ref())) {
                return Err(Error::unsupported(
                    NAME,
                    phrase!(
                        "picture items (iloc) in the metadata of the user (udta)",
                        "用户数据(udta)中的图像条目(iloc)"
                    ),
                ));
            }
            edits.extend(following);
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
            let udta = isobmff::encode(*b"udta", &self.meta(source, &json, limits)?);
            let at = match &self.camera {
                Some(camera) => camera.meta().start,
                None => end_of_list(source, moov.body(), limits)?,
            };
            return Ok(vec![insert(vec![*moov], at, udta)]);
        };
        let Some(mdta) = &self.mdta else {
            let at = end_of_list(source, udta.body(), limits)?;
            return Ok(vec![insert(vec![*moov, udta], at, self.meta(source, &json, limits)?)]);
        };
        if mdta.is_ours() && self.camera.as_ref().is_some_and(|c| c.names != mdta.names) {
            // A table of the label alone hides the keys of the camera, or they hide it.
            let meta = mdta.meta();
            return Ok(vec![Edit {
                path: vec![*moov, udta],
                range: meta.range(),
                bytes: self.meta(source, &json, limits)?,
            }]);
        }
        let with = |child: IsoBox| mdta.path.iter().copied().chain([child]).collect::<Path>();
        let index = match mdta.names.iter().position(|n| n == KEY) {
            Some(at) => at + 1,
            None => mdta.names.len() + 1,
        };
        let index =
            u32::try_from(index).map_err(|_| Error::unsupported(NAME, phrase!("that many keys", "这么多的键")))?;
        let end = end_of_list(source, mdta.ilst.body(), limits)?;
        let mut edits = vec![insert(with(mdta.ilst), end, item(index, &json))];
        if usize::try_from(index) == Ok(mdta.names.len() + 1) {
            let count = mdta.keys.body().start + 4;
            edits.push(Edit { path: with(mdta.keys), range: count..count + 4, bytes: index.to_be_bytes().to_vec() });
            edits.push(insert(with(mdta.keys), mdta.keys.end, key()));
        }
        Ok(edits)
    }

    /// A metadata box with the label as its one value (ISO/IEC 14496-12 8.11, QuickTime metadata keys). Players keep one
    /// table of keys a file, the first: so it names the keys of a camera too, under the same numbers, without a value.
    fn meta(&self, source: &dyn Source, json: &str, limits: &Limits) -> Result<Vec<u8>> {
        let mut hdlr = vec![0; 8];
        hdlr.extend(b"mdta");
        hdlr.extend([0; 13]);
        let (mut entries, names) = match &self.camera {
            Some(camera) => (camera.entries(source, limits)?, camera.names.as_slice()),
            None => (Vec::new(), [].as_slice()),
        };
        let at = names.iter().position(|n| n == KEY).unwrap_or(names.len());
        if at == names.len() {
            entries.extend(key());
        }
        let number =
            |n: usize| u32::try_from(n).map_err(|_| Error::unsupported(NAME, phrase!("that many keys", "这么多的键")));
        let count = number(names.len().max(at + 1))?;
        let keys = [&[0; 4], &count.to_be_bytes()[..], &entries].concat();
        let mut body = vec![0; 4];
        body.extend(isobmff::encode(*b"hdlr", &hdlr));
        body.extend(isobmff::encode(*b"keys", &keys));
        body.extend(isobmff::encode(*b"ilst", &item(number(at + 1)?, json)));
        Ok(isobmff::encode(*b"meta", &body))
    }

    /// The box `udta`, where it stands behind the metadata of a camera, whose keys would then be the first. Keys of others
    /// would be wrong for a camera's values.
    fn late_udta(&self) -> Option<IsoBox> {
        let camera = self.camera.as_ref()?;
        let fits = self.mdta.as_ref().is_none_or(|m| m.is_ours() || m.names.starts_with(&camera.names));
        self.udta.filter(|udta| fits && udta.start > camera.meta().start)
    }

    /// Puts `udta`, with the edits in it made, in front of the metadata of a camera.
    fn forward(&self, source: &dyn Source, udta: &IsoBox, edits: Vec<Edit>, limits: &Limits) -> Result<Vec<Edit>> {
        let (mut inner, mut outer): (Vec<_>, Vec<_>) = edits.into_iter().partition(|e| e.path.contains(udta));
        for edit in &mut inner {
            edit.path.retain(|b| b.start >= udta.start);
        }
        let mut patch = patch_of(&inner, None)?;
        resize(&mut patch, &inner)?;
        let end = udta.end.saturating_add_signed(patch.growth());
        let bytes =
            Patched::new(source, &patch).bytes(NAME, udta.start..end, limits.part, phrase!("udta", "udta 盒"))?;
        let path: Path = self.moov.into_iter().collect();
        let at = self.camera.as_ref().map_or(udta.start, |c| c.meta().start);
        outer.push(Edit { path: path.clone(), range: at..at, bytes });
        outer.push(Edit { path, range: udta.range(), bytes: Vec::new() });
        Ok(outer)
    }
}

impl Mdta {
    /// The entries of `keys` as they stand.
    fn entries(&self, source: &dyn Source, limits: &Limits) -> Result<Vec<u8>> {
        source.bytes(NAME, self.keys.body().start + 8..self.keys.end, limits.part, phrase!("keys", "keys 盒"))
    }

    /// Whether it has a key for the label and none besides.
    fn is_ours(&self) -> bool {
        self.names == [KEY]
    }

    fn meta(&self) -> IsoBox {
        self.path.last().copied().unwrap_or(self.keys)
    }
}

/// Whether one range holds another.
fn holds(outer: &Range<u64>, inner: &Range<u64>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && !outer.is_empty()
}

/// One entry of `keys`.
fn key() -> Vec<u8> {
    isobmff::encode(*b"mdta", KEY.as_bytes())
}

/// One item of `ilst`: data type 1 (UTF-8), locale 0.
fn item(index: u32, json: &str) -> Vec<u8> {
    let mut data = vec![0, 0, 0, 1, 0, 0, 0, 0];
    data.extend(json.as_bytes());
    isobmff::encode(index.to_be_bytes(), &isobmff::encode(*b"data", &data))
}
