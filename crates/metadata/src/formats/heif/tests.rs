//! Files made at random: whatever their tables look like, every item keeps its bytes.

use biaoshi_container::heif::{self, Extent, Item, Locations, Widths};
use biaoshi_container::isobmff::{self, Budget, encode};
use biaoshi_container::{Limits, Patched, Source, SourceExt, to_vec};
use biaoshi_label::{Label, Level};
use proptest::prelude::*;

use super::HEIC;
use super::read::RDF;
use crate::Found;

/// How a file is laid out.
#[derive(Debug, Clone)]
struct Plan {
    version: u8,
    widths: [u8; 2],
    /// Sizes of the pictures; each is cut into so many extents.
    pictures: Vec<(usize, usize)>,
    based: bool,
    front: bool,
    free: Option<usize>,
    /// An XMP item: in the file, in `idat`, or none.
    xmp: Option<bool>,
    linked: bool,
    long_ids: bool,
}

fn plans() -> impl Strategy<Value = Plan> {
    let width = || prop::sample::select(vec![4u8, 8]);
    let free = prop::option::of(prop::sample::select(vec![0usize, 300, 700, 2000]));
    let pictures = prop::collection::vec((1usize..50, 1usize..4), 1..6);
    let xmp = prop::option::of(any::<bool>());
    (0u8..3, [width(), width()], pictures, any::<[bool; 4]>(), free, xmp).prop_map(
        |(version, widths, pictures, flags, free, xmp)| {
            let [based, front, linked, long_ids] = flags;
            let xmp = xmp.map(|inside| inside && version > 0);
            Plan { version, widths, pictures, based, front, free, xmp, linked, long_ids: long_ids && version == 2 }
        },
    )
}

fn full(version: u8, body: &[u8]) -> Vec<u8> {
    [&[version, 0, 0, 0], body].concat()
}

/// A file after a plan: its bytes, and the table of its items.
fn file(plan: &Plan) -> Vec<u8> {
    let packet = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description/></rdf:RDF></x:xmpmeta>";
    let first = if plan.long_ids { 70_000 } else { 1 };
    let (mut data, mut idat, mut items, mut infos) = (Vec::new(), b"grid".to_vec(), Vec::new(), Vec::new());
    for (number, (size, cuts)) in plan.pictures.iter().enumerate() {
        let start = data.len();
        data.extend((0..*size).map(|i| (number * 51 + i) as u8));
        let step = size.div_ceil(*cuts);
        let mut extents: Vec<_> = (0..*size)
            .step_by(step)
            .map(|at| Extent { index: 0, offset: (start + at) as u64, length: step.min(size - at) as u64 })
            .collect();
        extents.reverse();
        items.push(Item { id: first + number as u32, method: 0, reference: 0, base: 0, extents });
        infos.push((first + number as u32, None));
    }
    let id = first + plan.pictures.len() as u32;
    if let Some(inside) = plan.xmp {
        let place = if inside { &mut idat } else { &mut data };
        let extents = vec![Extent { index: 0, offset: place.len() as u64, length: packet.len() as u64 }];
        place.extend(packet);
        items.push(Item { id, method: u8::from(inside), reference: 0, base: 0, extents });
        infos.push((id, Some(RDF)));
    }
    data.extend(b"what nobody points at");
    let ftyp = encode(*b"ftyp", b"heic\0\0\0\0mif1heic");
    let free = plan.free.map_or(Vec::new(), |n| encode(*b"free", &vec![0; n]));
    let mdat = encode(*b"mdat", &data);
    let meta = |start: u64| meta(plan, &items, &infos, &idat, start, first, id);
    if plan.front {
        let start = ftyp.len() + meta(0).len() + free.len() + 8;
        return [ftyp, meta(start as u64), free, mdat].concat();
    }
    let meta = meta(ftyp.len() as u64 + 8);
    [ftyp, mdat, meta, free].concat()
}

fn meta(
    plan: &Plan,
    items: &[Item],
    infos: &[(u32, Option<&str>)],
    idat: &[u8],
    start: u64,
    first: u32,
    xmp: u32,
) -> Vec<u8> {
    let [offset, length] = plan.widths;
    let widths = Widths { offset, length, base: if plan.based { 4 } else { 0 }, index: 0 };
    let mut table = Locations { version: plan.version, flags: [0; 3], widths, items: items.to_vec() };
    for item in table.items.iter_mut().filter(|i| i.method == 0) {
        if plan.based {
            item.base = start;
        } else {
            item.extents.iter_mut().for_each(|e| e.offset += start);
        }
    }
    let entry = |(id, kind): &(u32, Option<&str>)| match kind {
        Some(kind) => heif::mime_info(*id, kind),
        None => {
            let mut entry = heif::mime_info(*id, "");
            let at = entry.windows(4).position(|w| w == b"mime").unwrap();
            entry[at..at + 4].copy_from_slice(b"hvc1");
            entry
        }
    };
    let infos: Vec<u8> = infos.iter().flat_map(entry).collect();
    let count = u16::try_from(items.len()).unwrap().to_be_bytes();
    let reference = if plan.linked && plan.xmp.is_some() {
        let one = heif::reference(*b"cdsc", xmp, first, plan.long_ids).unwrap();
        encode(*b"iref", &full(u8::from(plan.long_ids), &one))
    } else {
        Vec::new()
    };
    let pitm = if plan.long_ids { full(1, &first.to_be_bytes()) } else { full(0, &(first as u16).to_be_bytes()) };
    let body = [
        encode(*b"hdlr", &full(0, b"\0\0\0\0pict\0\0\0\0\0\0\0\0\0\0\0\0\0")),
        encode(*b"pitm", &pitm),
        encode(*b"iloc", &table.encode().unwrap()),
        encode(*b"iinf", &full(0, &[&count, &infos[..]].concat())),
        reference,
        encode(*b"idat", idat),
    ];
    encode(*b"meta", &full(0, &body.concat()))
}

/// Id, type and bytes of every item, read from its table again.
fn contents(bytes: &Vec<u8>) -> Vec<(u32, Vec<u8>, Vec<u8>)> {
    let limits = Limits::default();
    let budget = &mut Budget::new(&limits);
    let top = isobmff::boxes(bytes, 0..bytes.len() as u64, budget).unwrap();
    let meta = top.iter().find(|b| b.kind == *b"meta").unwrap();
    let children = isobmff::boxes(bytes, meta.body().start + 4..meta.end, budget).unwrap();
    let child = |kind: &[u8; 4]| children.iter().find(|c| c.kind == *kind).unwrap();
    let iloc = bytes.bytes("", child(b"iloc").body(), u64::MAX, biaoshi_container::phrase!("", "")).unwrap();
    let infos = heif::Infos::read(bytes, child(b"iinf"), &limits, budget).unwrap();
    let idat = child(b"idat").body().start;
    assert_eq!(infos.count as usize, infos.entries.len());
    let items = Locations::read(&iloc, 0, &limits).unwrap().items;
    let one = |item: &Item| {
        let from = item.base + if item.method == 1 { idat } else { 0 };
        let parts = item.extents.iter().map(|e| from + e.offset..from + e.offset + e.length);
        let data =
            parts.flat_map(|r| bytes.bytes("", r, u64::MAX, biaoshi_container::phrase!("", "")).unwrap()).collect();
        let info = infos.entries.iter().find(|i| i.id == item.id).unwrap();
        (item.id, info.content_type.clone(), data)
    };
    items.iter().map(one).collect()
}

fn labelled(bytes: &dyn Source, id: &str) -> (Vec<u8>, Found) {
    let limits = Limits::default();
    let writer = (HEIC.read)(bytes, &limits, &mut Found::default()).unwrap();
    let label = Label::new(Level::Confirmed, "p", id, false).unwrap();
    let patch = writer.plan(bytes, &label, &limits).unwrap();
    assert!(patch.is_sound());
    let out = to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap();
    let mut found = Found::default();
    (HEIC.read)(&out, &limits, &mut found).unwrap();
    (out, found)
}

proptest! {
    #[test]
    fn items_keep_their_bytes_and_one_more_describes_the_primary(plan in plans(), first in 1usize..900, second in 1usize..900) {
        let clean = file(&plan);
        let before = contents(&clean);
        let (once, found) = labelled(&clean, &"a".repeat(first));
        prop_assert!(found.findings.is_empty(), "{:?}", found.findings);
        let (twice, found) = labelled(&once, &"b".repeat(second));
        prop_assert_eq!(found.records.len(), 1);
        prop_assert!(found.records[0].dialects.is_empty());
        let after = contents(&twice);
        prop_assert_eq!(after.len(), before.len() + usize::from(plan.xmp.is_none()));
        for (old, new) in before.iter().zip(&after) {
            prop_assert_eq!(old.0, new.0);
            prop_assert!(old.1 == RDF.as_bytes() || old.2 == new.2);
        }
        prop_assert_eq!(twice.windows(21).filter(|w| w == b"what nobody points at").count(), 1);
        let cdsc = twice.windows(4).filter(|w| w == b"cdsc").count();
        prop_assert_eq!(cdsc, 1);
    }

    #[test]
    fn damage_never_panics(plan in plans(), at in any::<prop::sample::Index>(), byte: u8, cut in any::<prop::sample::Index>()) {
        let mut bytes = file(&plan);
        let at = at.index(bytes.len());
        bytes[at] = byte;
        for bytes in [bytes[..cut.index(bytes.len())].to_vec(), bytes] {
            let (limits, mut found) = (Limits::default(), Found::default());
            let Ok(writer) = (HEIC.read)(&bytes, &limits, &mut found) else { continue };
            let label = Label::new(Level::Confirmed, "p", "i", false).unwrap();
            if let Ok(patch) = writer.plan(&bytes, &label, &limits) {
                prop_assert!(patch.is_sound());
            }
        }
    }
}

/// The XMP of a gain map is not that of the picture: a label in it goes, its other properties stay.
#[test]
fn the_label_goes_to_the_primary_item() {
    let plan = Plan {
        version: 1,
        widths: [4, 4],
        pictures: vec![(9, 1), (9, 1)],
        based: false,
        front: true,
        free: None,
        xmp: Some(false),
        linked: true,
        long_ids: false,
    };
    let mut bytes = file(&plan);
    // It describes item 2, the primary one is 1.
    let at = bytes.windows(4).position(|w| w == b"cdsc").unwrap();
    bytes[at + 9] = 2;
    let (out, found) = labelled(&bytes, "i");
    let items = contents(&out);
    assert_eq!((items.len(), found.records.len()), (4, 1));
    assert!(String::from_utf8_lossy(&items[3].2).contains("ProduceID"));
    assert_eq!(items[2], contents(&bytes)[2]);
}
