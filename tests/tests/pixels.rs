//! The second table: its names, and the pixels of every fixture in and out.

use biaoshi::media::{Content, MEDIA, Opened, Pixels, Read, Result};
use biaoshi::report::Message;
use biaoshi::watermark::image::Plane;
use biaoshi_container::{Limits, Patched, to_vec};
use biaoshi_metadata::FORMATS;
use biaoshi_tests::fixtures;
use proptest::prelude::*;

/// The pixels of one format.
#[derive(Clone, Copy)]
struct Row {
    format: &'static str,
    pixels: &'static Pixels,
}

fn rows() -> Vec<Row> {
    let pixels = |content: &'static Content| match content {
        Content::Pixels(pixels) => Some(pixels),
        Content::None | Content::Samples(_) | Content::Words(_) => None,
    };
    MEDIA.iter().filter_map(|m| Some(Row { format: m.format, pixels: pixels(&m.content)? })).collect()
}

/// What is added: smooth, so that coarse files can carry it.
fn pattern(x: usize, y: usize) -> f32 {
    7.0 * (x as f32 / 5.0).sin() * (y as f32 / 7.0).cos()
}

fn lightness(row: Row, bytes: &Vec<u8>) -> Plane {
    match (row.pixels.lightness)(bytes, &Limits::default()).unwrap() {
        Read::Plane(plane) => plane,
        Read::Skip(reason) => panic!("{}: {reason}", row.format),
    }
}

/// Adds `delta` and gives the changed file, with its notes.
fn changed(row: Row, bytes: &Vec<u8>, delta: fn(usize, usize) -> f32) -> Result<(Vec<u8>, Vec<Message>)> {
    let limits = Limits::default();
    let mut picture = match row.pixels.open.unwrap()(bytes, &limits)? {
        Opened::Picture(picture) => picture,
        Opened::Skip(reason) => panic!("{}: {reason}", row.format),
    };
    let width = picture.lightness().width;
    picture.add(&mut |y, out| {
        out.clear();
        out.extend((0..width).map(|x| delta(x, y)));
    });
    let patch = picture.patch(bytes, &limits)?;
    assert!(patch.is_sound());
    Ok((to_vec(&Patched::new(bytes, &patch), u64::MAX).unwrap(), picture.notes()))
}

/// The files of a row's format among the fixtures.
fn files(row: Row) -> Vec<(String, Vec<u8>)> {
    let own = fixtures().into_iter().filter(|f| f.format.name == row.format);
    let files: Vec<_> = own.map(|f| (f.name, f.bytes)).collect();
    assert!(!files.is_empty(), "{}", row.format);
    files
}

fn opens(row: Row, bytes: &Vec<u8>) -> bool {
    let open = row.pixels.open.and_then(|open| open(bytes, &Limits::default()).ok());
    matches!(open, Some(Opened::Picture(_)))
}

#[test]
fn the_names_are_those_of_formats() {
    for (n, row) in MEDIA.iter().enumerate() {
        assert!(FORMATS.iter().any(|f| f.name == row.format), "{}", row.format);
        assert!(MEDIA.iter().position(|m| m.format == row.format) == Some(n), "{} has two rows", row.format);
        assert!(row.explicit.is_some() || !matches!(row.content, Content::None), "{} says nothing", row.format);
    }
}

#[test]
fn every_fixture_is_read_and_most_are_written() {
    let mut skipped = Vec::new();
    for row in rows() {
        for (name, bytes) in files(row) {
            assert!((row.pixels.cost)(&bytes, &Limits::default()) > 1000, "{name}");
            match (row.pixels.lightness)(&bytes, &Limits::default()).unwrap() {
                Read::Plane(plane) => assert_eq!(plane.data.len(), plane.width * plane.height, "{name}"),
                Read::Skip(reason) => skipped.push(format!("{name}: {reason}")),
            }
            match row.pixels.open.map(|open| open(&bytes, &Limits::default()).unwrap()) {
                None | Some(Opened::Picture(_)) => {}
                Some(Opened::Skip(reason)) => skipped.push(format!("{name}: {reason}")),
            }
        }
    }
    skipped.sort();
    let mut names: Vec<&str> = skipped.iter().filter_map(|s| s.split(':').next()).collect();
    names.dedup();
    let expected = ["jpeg-cmyk.jpg", "webp-animated.webp", "webp-exif.webp", "webp-xmp.webp", "webp.webp"];
    assert_eq!(names, expected, "{skipped:#?}");
}

#[test]
fn what_is_added_is_what_a_reader_sees() {
    for row in rows() {
        for (name, bytes) in files(row).into_iter().filter(|(_, bytes)| opens(row, bytes)) {
            let (out, _) = changed(row, &bytes, pattern).unwrap();
            let (before, after) = (lightness(row, &bytes), lightness(row, &out));
            assert_eq!((before.width, before.height), (after.width, after.height), "{name}");
            let (mut both, mut wanted, mut got) = (0.0, 0.0, 0.0);
            for (n, (b, a)) in before.data.iter().zip(&after.data).enumerate() {
                let delta = pattern(n % before.width, n / before.width);
                // Near black and white a change is cut off.
                if (12.0..243.0).contains(b) {
                    both += delta * (a - b);
                    wanted += delta * delta;
                    got += (a - b) * (a - b);
                }
                assert!(row.format == "jpeg" || (a - b).abs() <= delta.abs() + 1.0, "{name} at {n}: {b} {a} {delta}");
            }
            let transparent = name.contains("alpha");
            assert!(both / (wanted * got).sqrt() > if transparent { 0.5 } else { 0.9 }, "{name}");
            assert!((0.75..1.2).contains(&(got / wanted)) || transparent, "{name} {}", got / wanted);
        }
    }
}

/// Nothing added: the same pixels, whatever the format does to write them.
#[test]
fn nothing_added_is_nothing_changed() {
    for row in rows() {
        for (name, bytes) in files(row).into_iter().filter(|(_, bytes)| opens(row, bytes)) {
            let (out, _) = changed(row, &bytes, |_, _| 0.0).unwrap();
            assert!(lightness(row, &bytes) == lightness(row, &out), "{name}");
        }
    }
}

#[test]
fn notes_say_what_else_changed() {
    let notes = |name: &str| {
        let row = rows().into_iter().find(|r| name.starts_with(r.format)).unwrap();
        let (_, bytes) = files(row).into_iter().find(|(n, _)| n == name).unwrap();
        changed(row, &bytes, pattern).unwrap().1.iter().map(Message::code).collect::<Vec<_>>()
    };
    assert_eq!(notes("png-palette.png"), ["png.palette-rgb"]);
    assert_eq!(notes("png-palette1.png"), ["png.palette-rgb"]);
    assert_eq!(notes("png-interlaced.png"), ["png.deinterlaced"]);
    for plain in ["png.png", "png-alpha.png", "png-gray16.png", "jpeg.jpg", "webp-lossless.webp", "tiff.tif"] {
        assert!(notes(plain).is_empty(), "{plain}");
    }
}

#[test]
fn limits_are_errors_that_name_the_option() {
    for row in rows() {
        let plain = |(name, _): &(String, Vec<u8>)| name.split('.').next() == Some(row.format);
        let (name, bytes) = files(row).into_iter().find(plain).unwrap();
        for (limits, option) in [
            (Limits { decoded: 500, ..Limits::default() }, "--limit-decoded"),
            (Limits { side: 9, ..Limits::default() }, "--limit-side"),
            (Limits { work: 500, ..Limits::default() }, "--limit-work"),
        ] {
            let errors = [
                (row.pixels.lightness)(&bytes, &limits).err(),
                row.pixels.open.map(|open| open(&bytes, &limits).err().expect(&name)),
            ];
            for error in errors.into_iter().flatten() {
                assert!(error.to_string().contains(option), "{name}: {error}");
            }
        }
    }
}

/// Reads some bytes, and where they are a picture, writes it.
fn exercise(row: Row, bytes: &Vec<u8>) {
    let _ = (row.pixels.cost)(bytes, &Limits::default());
    let _ = (row.pixels.lightness)(bytes, &Limits::default());
    if opens(row, bytes) {
        let _ = changed(row, bytes, pattern);
    }
}

#[test]
fn truncation_never_panics() {
    for row in rows() {
        for (_, bytes) in files(row) {
            for end in (0..bytes.len()).step_by((bytes.len() / 60).max(1)).chain(0..bytes.len().min(64)) {
                exercise(row, &bytes[..end].to_vec());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_panic(row in 0..rows().len(), file: prop::sample::Index, front: bool,
                                 hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        thread_local!(static FILES: Vec<Vec<(String, Vec<u8>)>> = rows().into_iter().map(files).collect());
        let mut bytes = FILES.with(|files| file.get(&files[row]).1.clone());
        // Headers are where numbers lie.
        let span = if front { bytes.len().min(400) } else { bytes.len() };
        for (at, value) in hits {
            bytes[at.index(span)] = value;
        }
        exercise(rows()[row], &bytes);
    }
}
