//! Whole files: every row reads any bytes; what is written is read back; the visible label of pictures.

use std::panic::catch_unwind;

use biaoshi::media::{Drawn, ExplicitOptions, Outcome, Place, explicit};
use biaoshi_container::{Limits, Patched, to_vec};
use biaoshi_label::{Code, Label, Level};
use biaoshi_metadata::{FORMATS, Format, Found, Head, Status, sniff};
use libjpeg_turbo_rs::{ComponentCoefficients, read_coefficients};

/// Text has no magic: these extensions lead to every row.
const EXTENSIONS: [&str; 4] = ["", "md", "txt", "py"];

/// Reads the bytes with every row, whatever they are.
pub fn verify(data: &Vec<u8>) {
    let limits = Limits::default();
    for format in FORMATS {
        let mut found = Found::default();
        let _ = (format.read)(data, &limits, &mut found);
        assert!(found.records.len() <= limits.records, "{}", format.name);
        if let Some(walk) = format.pointers {
            let _ = walk(data, &limits, &mut |_| {});
        }
    }
    for extension in EXTENSIONS {
        let _ = Head::new(data, extension).map(|head| sniff(&head));
    }
}

/// Writes a label into the bytes as the program would: then exactly that one is found, in its place.
pub fn write(data: &Vec<u8>) {
    let mut rows: Vec<&'static Format> = Vec::new();
    for extension in EXTENSIONS {
        let row = Head::new(data, extension).ok().and_then(|head| sniff(&head));
        rows.extend(row.filter(|row| row.status != Status::Sidecar && !rows.iter().any(|r| r.name == row.name)));
    }
    for row in rows {
        write_as(row, data);
    }
}

fn write_as(row: &Format, data: &Vec<u8>) {
    let limits = Limits::default();
    let mut found = Found::default();
    let Ok(writer) = (row.read)(data, &limits, &mut found) else { return };
    // Labels beyond the limit are not known, so they cannot all be taken out; the read-back of `job` refuses the file.
    if found.beyond > 0 || found.findings.iter().any(|f| f.code == Code::TooLong) {
        return;
    }
    let label = Label::new(Level::Confirmed, "001191110000EXAMPLE03Q10000", "fuzz-1", false).expect("it is valid");
    let Ok(patch) = writer.plan(data, &label, &limits) else { return };
    let bytes = to_vec(&Patched::new(data, &patch), u64::MAX).expect("it lies in memory");
    let mut again = Found::default();
    let reread = (row.read)(&bytes, &limits, &mut again);
    assert!(reread.is_ok(), "{}: what was written cannot be read: {:?}", row.name, reread.err());
    let [record] = again.records.as_slice() else {
        panic!("{}: {} records instead of one: {:?}", row.name, again.records.len(), again.records);
    };
    assert!(label.equals(record), "{}: another label came back: {record:?}", row.name);
    assert_eq!(record.placement, row.placement, "{}", row.name);
}

/// Smaller pictures than the program takes: a fuzzer learns nothing from large ones.
fn small() -> Limits {
    Limits { side: 2048, decoded: 16 << 20, ..Limits::default() }
}

/// Draws and looks again. What was drawn, and whether it is found; nothing where there is nothing to draw.
fn draws(format: &str, data: &Vec<u8>) -> Option<(Drawn, bool)> {
    let layer = explicit(format).expect("the format has an explicit layer");
    let options = ExplicitOptions::default();
    let _ = (layer.find)(data, &options, &small());
    let Ok(Outcome::Drawn(drawn)) = (layer.apply)(data, &options, &small()) else { return None };
    let view = Patched::new(data, &drawn.patch);
    let found = !(layer.find)(&view, &options, &small()).expect("the file with a label can be read").is_empty();
    if let Some(confirm) = &drawn.confirm {
        let shows = confirm.shows(&view, &small()).expect("the label that was drawn can be read");
        assert!(found || !shows, "what was read back alone is not found in the whole");
    }
    Some((drawn, found))
}

/// Draws the visible label into a PNG, and finds it.
pub fn explicit_png(data: &Vec<u8>) {
    assert!(draws("png", data).is_none_or(|(_, found)| found), "the label that was drawn is not found");
}

/// Puts the rhythm in front of an MP3, and listens. Where the content is damaged, decoders may hear it otherwise; then the layer
/// is skipped.
pub fn explicit_mp3(data: &Vec<u8>) {
    let _ = draws("mp3", data);
}

/// Puts the rhythm in front of an Ogg Vorbis, coded with whatever its setup header says, and listens; as with MP3.
pub fn explicit_ogg(data: &Vec<u8>) {
    let _ = draws("ogg", data);
}

/// Draws the visible label into a JPEG. Coarse tables may lose it; then the layer is skipped. Where it was put between the coded
/// bits, what another library reads outside it stays: no read-back sees that.
pub fn explicit_jpeg(data: &Vec<u8>) {
    let Some((drawn, _)) = draws("jpeg", data).filter(|(drawn, _)| drawn.confirm.is_some()) else { return };
    let out = to_vec(&Patched::new(data, &drawn.patch), u64::MAX).expect("memory can be read");
    let (Ok(Ok(before)), Place::Picture { rect, .. }) = (catch_unwind(|| read_coefficients(data)), drawn.found.place)
    else {
        return;
    };
    let after = read_coefficients(&out).expect("the picture with a label can be read");
    let most = |f: fn(&ComponentCoefficients) -> u8| before.components.iter().map(f).max().map_or(1, usize::from);
    let units =
        |start: u32, size: u32, step: usize| start as usize / step..(start as usize + size as usize).div_ceil(step);
    let columns = units(rect.x, rect.width, 8 * most(|c| c.h_sampling));
    let rows = units(rect.y, rect.height, 8 * most(|c| c.v_sampling));
    for (b, a) in before.components.iter().zip(&after.components) {
        for (n, (was, is)) in b.blocks.iter().zip(&a.blocks).enumerate() {
            let (x, y) = (n % b.blocks_x / usize::from(b.h_sampling), n / b.blocks_x / usize::from(b.v_sampling));
            assert!(was == is || columns.contains(&x) && rows.contains(&y), "block {n} outside the label");
        }
    }
}
