//! Items in a `meta` box, as HEIF and AVIF pictures are made of them (ISO/IEC 14496-12 8.11, ISO/IEC 23008-12): what
//! they are (`iinf`), where their bytes lie (`iloc`), what describes what (`iref`).

use crate::isobmff::{self, Box as IsoBox, Budget};
use crate::{Cursor, Error, Limits, Result, Source, SourceExt, phrase, said};

const NAME: &str = "HEIF";

/// The bytes of an item lie in the file.
pub const IN_FILE: u8 = 0;
/// The bytes of an item lie in the `idat` box of the same `meta`.
pub const IN_IDAT: u8 = 1;

/// One entry of `iinf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Item id.
    pub id: u32,
    /// Item type; four zeros where the entry is too old to have one.
    pub kind: [u8; 4],
    /// Whether the item is encrypted.
    pub protected: bool,
    /// Media type of a `mime` item.
    pub content_type: Vec<u8>,
    /// How a `mime` item is compressed; empty for not at all.
    pub encoding: Vec<u8>,
}

/// The contents of `iinf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Infos {
    /// Version of the box; 0 counts entries with 16 bits.
    pub version: u8,
    /// Number of entries that the box states.
    pub count: u32,
    /// The entries.
    pub entries: Vec<Info>,
}

impl Infos {
    /// Reads `iinf`.
    ///
    /// # Errors
    /// I/O, damage, too many entries.
    pub fn read(source: &dyn Source, iinf: &IsoBox, limits: &Limits, budget: &mut Budget) -> Result<Self> {
        let at = iinf.body().start;
        let [version, ..] = source.array::<4>(NAME, at, phrase!("iinf", "iinf 盒"))?;
        let (count, first) = match version {
            0 => (u32::from(u16::from_be_bytes(source.array(NAME, at + 4, phrase!("iinf", "iinf 盒"))?)), at + 6),
            _ => (u32::from_be_bytes(source.array(NAME, at + 4, phrase!("iinf", "iinf 盒"))?), at + 8),
        };
        let mut entries = Vec::new();
        for entry in isobmff::boxes(source, first.min(iinf.end)..iinf.end, budget)? {
            if entry.kind != *b"infe" {
                continue;
            }
            let body = source.bytes(NAME, entry.body(), limits.part, phrase!("infe", "infe 盒"))?;
            entries.push(info(&body).ok_or_else(|| Error::truncated(NAME, entry.start, phrase!("infe", "infe 盒")))?);
        }
        Ok(Self { version, count, entries })
    }
}

fn info(body: &[u8]) -> Option<Info> {
    let mut c = Cursor::new(body);
    let version = c.u8()?;
    c.take(3)?;
    let id = if version >= 3 { c.u32_be()? } else { u32::from(u16::from_be_bytes(*c.array()?)) };
    let protected = c.array()? != &[0, 0];
    let kind = if version >= 2 { *c.array()? } else { [0; 4] };
    // Texts end with NUL; the last one often lacks it.
    let mut texts = c.rest().split(|b| *b == 0).skip(1);
    let mime = version < 2 || kind == *b"mime";
    let mut text = || texts.next().filter(|_| mime).unwrap_or_default().to_vec();
    Some(Info { id, kind, protected, content_type: text(), encoding: text() })
}

/// The body of a version 2 or 3 `infe` for a `mime` item without a name.
pub fn mime_info(id: u32, content_type: &str) -> Vec<u8> {
    let mut body = match u16::try_from(id) {
        Ok(id) => [&[2, 0, 0, 0], &id.to_be_bytes()[..]].concat(),
        Err(_) => [&[3, 0, 0, 0], &id.to_be_bytes()[..]].concat(),
    };
    body.extend([0, 0]);
    body.extend(b"mime\0");
    body.extend(content_type.as_bytes());
    body.push(0);
    isobmff::encode(*b"infe", &body)
}

/// A run of an item's bytes. Offsets count from the item's base; a length of 0 means "to the end".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Number of the item that the bytes are taken from; only construction method 2 uses it.
    pub index: u64,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// One entry of `iloc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Item id.
    pub id: u32,
    /// Construction method: [`IN_FILE`], [`IN_IDAT`], 2 (in another item).
    pub method: u8,
    /// Data reference; 0 means this file.
    pub reference: u16,
    /// What the offsets of the extents count from, itself counted from the start of the file or of `idat`.
    pub base: u64,
    /// The runs, in the order of the item's bytes.
    pub extents: Vec<Extent>,
}

impl Item {
    /// Moves the extents, each to where `moved` says; the base takes what all of them have in common. `None` where one
    /// cannot be moved. Bytes in `idat`, of another file or of another item do not move against what they count from.
    pub fn shift(&mut self, moved: &dyn Fn(u64) -> Option<u64>) -> Option<()> {
        if (self.method, self.reference) != (IN_FILE, 0) {
            return Some(());
        }
        let places: Option<Vec<u64>> = self.extents.iter().map(|e| self.base.checked_add(e.offset)).collect();
        let places: Option<Vec<(u64, u64)>> = places?.into_iter().map(|at| Some((at, moved(at)?))).collect();
        let places = places?;
        let Some((first, to)) = places.first() else { return Some(()) };
        let by = to.wrapping_sub(*first);
        let alike = places.iter().all(|(from, to)| to.wrapping_sub(*from) == by);
        if let Some(base) = self.base.checked_add_signed(by.cast_signed()).filter(|_| alike && self.base > 0) {
            self.base = base;
            return Some(());
        }
        // Offsets stay short where a base made them so.
        self.base = places.iter().map(|(_, to)| *to).fold(self.base, u64::min);
        for (extent, (_, to)) in self.extents.iter_mut().zip(places) {
            extent.offset = to - self.base;
        }
        Some(())
    }

    /// In a table without offsets the base has the one of the only extent.
    pub fn settle(&mut self, widths: Widths) {
        if let ([extent], 0, 4 | 8) = (&mut self.extents[..], widths.offset, widths.base) {
            self.base = self.base.saturating_add(std::mem::take(&mut extent.offset));
        }
    }
}

/// Widths of the fields of `iloc`: 0, 4 or 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Widths {
    /// Of an extent's offset.
    pub offset: u8,
    /// Of an extent's length.
    pub length: u8,
    /// Of an item's base.
    pub base: u8,
    /// Of an extent's index; only in versions 1 and 2.
    pub index: u8,
}

/// The contents of `iloc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locations {
    /// Version of the box: 0 to 2.
    pub version: u8,
    /// Its flags.
    pub flags: [u8; 3],
    /// Widths of the fields.
    pub widths: Widths,
    /// The entries.
    pub items: Vec<Item>,
}

impl Locations {
    /// Reads the body of an `iloc` that starts at `at` of the file.
    ///
    /// # Errors
    /// Damage, an unknown version, more extents than [`Limits::parts`].
    pub fn read(body: &[u8], at: u64, limits: &Limits) -> Result<Self> {
        let cut = || Error::truncated(NAME, at, phrase!("iloc", "iloc 盒"));
        let mut c = Cursor::new(body);
        let [version, flags @ ..] = *c.array::<4>().ok_or_else(cut)?;
        if version > 2 {
            return Err(Error::unsupported(NAME, said!("iloc of version {}", "版本 {} 的 iloc", version)));
        }
        let [sizes, more] = *c.array::<2>().ok_or_else(cut)?;
        let index = if version == 0 { 0 } else { more & 15 };
        let widths = Widths { offset: sizes >> 4, length: sizes & 15, base: more >> 4, index };
        if [widths.offset, widths.length, widths.base, widths.index].iter().any(|w| ![0, 4, 8].contains(w)) {
            return Err(Error::invalid(
                NAME,
                at,
                phrase!("iloc with fields of an impossible width", "iloc 的字段宽度不在允许范围"),
            ));
        }
        let count = if version == 2 { c.u32_be() } else { short(&mut c).map(u32::from) };
        let (mut items, mut left) = (Vec::new(), limits.parts);
        for _ in 0..count.ok_or_else(cut)? {
            // Extents may have no bytes at all, so that their number has a limit of its own.
            let extents = item(&mut c, version, widths, &mut left).ok_or_else(|| match left {
                0 => Error::limit(
                    NAME,
                    phrase!("the number of extents", "数据区间数"),
                    limits.parts as u64,
                    "--limit-parts",
                ),
                _ => cut(),
            })?;
            items.push(extents);
        }
        Ok(Self { version, flags, widths, items })
    }

    /// The bytes of the box body with the fields as wide as [`Locations::fitting`] says; `None` where an id or a number
    /// does not fit.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let Widths { offset, length, base, index } = self.widths;
        let mut out = vec![self.version];
        out.extend(self.flags);
        out.extend([offset << 4 | length, base << 4 | index]);
        match self.version {
            2 => out.extend(u32::try_from(self.items.len()).ok()?.to_be_bytes()),
            _ => out.extend(u16::try_from(self.items.len()).ok()?.to_be_bytes()),
        }
        for item in &self.items {
            match self.version {
                2 => out.extend(item.id.to_be_bytes()),
                _ => out.extend(u16::try_from(item.id).ok()?.to_be_bytes()),
            }
            if self.version > 0 {
                out.extend([0, item.method]);
            }
            out.extend(item.reference.to_be_bytes());
            put(&mut out, item.base, base)?;
            out.extend(u16::try_from(item.extents.len()).ok()?.to_be_bytes());
            for extent in &item.extents {
                put(&mut out, extent.index, index)?;
                put(&mut out, extent.offset, offset)?;
                put(&mut out, extent.length, length)?;
            }
        }
        Some(out)
    }

    /// The present widths, wider where a number needs it.
    pub fn fitting(&self) -> Widths {
        let mut widths = self.widths;
        for item in &self.items {
            widths.base = widths.base.max(width(item.base));
            for extent in &item.extents {
                widths.offset = widths.offset.max(width(extent.offset));
                widths.length = widths.length.max(width(extent.length));
            }
        }
        widths
    }
}

/// The narrowest width for a number.
fn width(value: u64) -> u8 {
    match value {
        0 => 0,
        n if u32::try_from(n).is_ok() => 4,
        _ => 8,
    }
}

fn put(out: &mut Vec<u8>, value: u64, width: u8) -> Option<()> {
    match width {
        0 if value == 0 => {}
        4 => out.extend(u32::try_from(value).ok()?.to_be_bytes()),
        8 => out.extend(value.to_be_bytes()),
        _ => return None,
    }
    Some(())
}

fn short(c: &mut Cursor<'_>) -> Option<u16> {
    c.array().map(|b| u16::from_be_bytes(*b))
}

fn number(c: &mut Cursor<'_>, width: u8) -> Option<u64> {
    match width {
        0 => Some(0),
        4 => c.u32_be().map(u64::from),
        _ => c.u64_be(),
    }
}

/// One entry; `left` counts extents down and stays at zero when there are too many.
fn item(c: &mut Cursor<'_>, version: u8, widths: Widths, left: &mut usize) -> Option<Item> {
    let id = if version == 2 { c.u32_be()? } else { u32::from(short(c)?) };
    let method = if version == 0 { IN_FILE } else { c.array::<2>()?.last()? & 15 };
    let reference = short(c)?;
    let base = number(c, widths.base)?;
    let mut extents = Vec::new();
    for _ in 0..short(c)? {
        *left = left.checked_sub(1)?;
        let (index, offset) = (number(c, widths.index)?, number(c, widths.offset)?);
        extents.push(Extent { index, offset, length: number(c, widths.length)? });
    }
    Some(Item { id, method, reference, base, extents })
}

/// One reference of `iref`: what an item says of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Kind of reference, such as `cdsc` ("describes").
    pub kind: [u8; 4],
    /// The item that refers.
    pub from: u32,
    /// The items that it refers to.
    pub to: Vec<u32>,
}

/// Reads `iref`: whether its ids have 32 bits, and the references.
///
/// # Errors
/// I/O, damage, too many references.
pub fn references(
    source: &dyn Source,
    iref: &IsoBox,
    limits: &Limits,
    budget: &mut Budget,
) -> Result<(bool, Vec<Reference>)> {
    let at = iref.body().start;
    let [version, ..] = source.array::<4>(NAME, at, phrase!("iref", "iref 盒"))?;
    let wide = version > 0;
    let mut out = Vec::new();
    for part in isobmff::boxes(source, (at + 4).min(iref.end)..iref.end, budget)? {
        let body = source.bytes(NAME, part.body(), limits.part, phrase!("a reference", "引用"))?;
        let mut c = Cursor::new(&body);
        let id = |c: &mut Cursor<'_>| if wide { c.u32_be() } else { short(c).map(u32::from) };
        let parsed = id(&mut c).zip(short(&mut c)).and_then(|(from, count)| {
            let to = (0..count).map(|_| id(&mut c)).collect::<Option<Vec<_>>>()?;
            Some(Reference { kind: part.kind, from, to })
        });
        out.push(parsed.ok_or_else(|| Error::truncated(NAME, part.start, phrase!("a reference", "引用")))?);
    }
    Ok((wide, out))
}

/// One reference box from one item to another; `None` where an id needs more than 16 bits and they are not `wide`.
pub fn reference(kind: [u8; 4], from: u32, to: u32, wide: bool) -> Option<Vec<u8>> {
    let id = |id: u32| match wide {
        true => Some(id.to_be_bytes().to_vec()),
        false => u16::try_from(id).ok().map(|id| id.to_be_bytes().to_vec()),
    };
    Some(isobmff::encode(kind, &[id(from)?, vec![0, 1], id(to)?].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn locations() -> impl Strategy<Value = Locations> {
        let width = || prop::sample::select(vec![0u8, 4, 8]);
        let extent = (0u64..1 << 40, 0u64..1 << 40).prop_map(|(offset, length)| Extent { index: 0, offset, length });
        let item = (0u32..60_000, 0u8..3, 0u16..3, 0u64..1 << 40, prop::collection::vec(extent, 0..4))
            .prop_map(|(id, method, reference, base, extents)| Item { id, method, reference, base, extents });
        let widths =
            (width(), width(), width()).prop_map(|(offset, length, base)| Widths { offset, length, base, index: 0 });
        (0u8..3, widths, prop::collection::vec(item, 0..9)).prop_map(|(version, widths, mut items)| {
            if version == 0 {
                items.iter_mut().for_each(|i| i.method = IN_FILE);
            }
            Locations { version, flags: [0; 3], widths, items }
        })
    }

    proptest! {
        /// Fields grow as numbers need it, and what is written is read.
        #[test]
        fn what_is_written_is_read(mut written in locations()) {
            written.widths = written.fitting();
            let bytes = written.encode().unwrap();
            prop_assert_eq!(Locations::read(&bytes, 0, &Limits::default()).unwrap(), written);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
            let limits = Limits { parts: 1000, ..Limits::default() };
            if let Ok(found) = Locations::read(&bytes, 0, &limits) {
                prop_assert!(found.items.iter().map(|i| i.extents.len()).sum::<usize>() <= 1000);
            }
            let whole = IsoBox { kind: *b"iinf", start: 0, header: 8, end: bytes.len() as u64, open: false };
            if bytes.len() >= 8 {
                let _ = Infos::read(&bytes, &whole, &limits, &mut Budget::new(&limits));
                let _ = references(&bytes, &whole, &limits, &mut Budget::new(&limits));
            }
        }
    }

    #[test]
    fn extents_without_bytes_have_a_limit() {
        let mut bytes = vec![0, 0, 0, 0, 0, 0, 0, 9];
        bytes.extend([0, 1, 0, 0, 0xff, 0xff].repeat(9));
        let limits = Limits { parts: 100_000, ..Limits::default() };
        assert_eq!(Locations::read(&bytes, 0, &limits).unwrap_err().kind(), crate::Kind::Limit);
    }

    #[test]
    fn an_entry_of_each_age() {
        let new = mime_info(7, "application/rdf+xml");
        let found = info(&new[8..]).unwrap();
        assert_eq!((found.id, &found.kind, found.protected), (7, b"mime", false));
        assert_eq!((found.content_type, found.encoding), (b"application/rdf+xml".to_vec(), Vec::new()));
        assert_eq!(info(&mime_info(70_000, "a/b")[8..]).unwrap().id, 70_000);
        let old = info(b"\0\0\0\0\0\x05\0\0name\0text/plain\0deflate\0").unwrap();
        assert_eq!((old.id, old.content_type, old.encoding), (5, b"text/plain".to_vec(), b"deflate".to_vec()));
        assert_eq!(info(b"\x02\0\0\0\0\x01\0\0hvc1Exif\0x").unwrap().content_type, b"");
    }
}
