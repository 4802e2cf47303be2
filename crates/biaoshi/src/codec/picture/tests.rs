#![allow(clippy::ptr_arg, reason = "a source behind dyn has to be sized")]

use super::*;
use biaoshi_container::{Patched, to_vec};
use biaoshi_metadata::{FORMATS, Head, sniff};
use proptest::prelude::*;

/// What is added: smooth, so that coarse files can carry it.
fn pattern(x: usize, y: usize) -> f32 {
    7.0 * (x as f32 / 5.0).sin() * (y as f32 / 7.0).cos()
}

fn lightness(row: &Pixels, bytes: &Vec<u8>) -> Plane {
    match (row.lightness)(bytes, &Limits::default()).unwrap() {
        Read::Plane(plane) => plane,
        Read::Skip(reason) => panic!("{}: {reason}", row.format),
    }
}

/// Adds `delta` and gives the changed file, with its notes.
fn changed(row: &Pixels, bytes: &Vec<u8>, delta: fn(usize, usize) -> f32) -> Result<(Vec<u8>, Vec<Note>)> {
    let limits = Limits::default();
    let mut picture = match row.open.unwrap()(bytes, &limits)? {
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
fn fixtures(row: &Pixels) -> Vec<(String, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/clean");
    let mut out = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()) {
        let bytes = std::fs::read(&path).unwrap();
        let extension = path.extension().unwrap().to_str().unwrap();
        if sniff(&Head::new(&bytes, extension).unwrap()).is_some_and(|f| f.name == row.format) {
            out.push((path.file_name().unwrap().to_str().unwrap().to_owned(), bytes));
        }
    }
    assert!(!out.is_empty(), "{}", row.format);
    out
}

fn opens(row: &Pixels, bytes: &Vec<u8>) -> bool {
    let open = row.open.and_then(|open| open(bytes, &Limits::default()).ok());
    matches!(open, Some(Opened::Picture(_)))
}

#[test]
fn the_names_are_those_of_formats() {
    for row in PIXELS {
        let format = FORMATS.iter().find(|f| f.name == row.format);
        assert!(pixels(format.unwrap()).is_some_and(|p| p.format == row.format));
    }
}

#[test]
fn every_fixture_is_read_and_most_are_written() {
    let mut skipped = Vec::new();
    for row in PIXELS {
        for (name, bytes) in fixtures(row) {
            assert!((row.cost)(&bytes, &Limits::default()) > 1000, "{name}");
            match (row.lightness)(&bytes, &Limits::default()).unwrap() {
                Read::Plane(plane) => assert_eq!(plane.data.len(), plane.width * plane.height, "{name}"),
                Read::Skip(reason) => skipped.push(format!("{name}: {reason}")),
            }
            match row.open.map(|open| open(&bytes, &Limits::default()).unwrap()) {
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
    for row in PIXELS {
        for (name, bytes) in fixtures(row).into_iter().filter(|(_, bytes)| opens(row, bytes)) {
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
    for row in PIXELS {
        for (name, bytes) in fixtures(row).into_iter().filter(|(_, bytes)| opens(row, bytes)) {
            let (out, _) = changed(row, &bytes, |_, _| 0.0).unwrap();
            assert!(lightness(row, &bytes) == lightness(row, &out), "{name}");
        }
    }
}

#[test]
fn notes_say_what_else_changed() {
    let notes = |name: &str| {
        let row = PIXELS.iter().find(|r| name.starts_with(r.format)).unwrap();
        let (_, bytes) = fixtures(row).into_iter().find(|(n, _)| n == name).unwrap();
        changed(row, &bytes, pattern).unwrap().1
    };
    assert_eq!(notes("png-palette.png"), [Note::PaletteToRgb]);
    assert_eq!(notes("png-palette1.png"), [Note::PaletteToRgb]);
    assert_eq!(notes("png-interlaced.png"), [Note::Deinterlaced]);
    for plain in ["png.png", "png-alpha.png", "png-gray16.png", "jpeg.jpg", "webp-lossless.webp", "tiff.tif"] {
        assert_eq!(notes(plain), [], "{plain}");
    }
}

#[test]
fn limits_are_errors_that_name_the_option() {
    for row in PIXELS {
        let plain = |(name, _): &(String, Vec<u8>)| name.split('.').next() == Some(row.format);
        let (name, bytes) = fixtures(row).into_iter().find(plain).unwrap();
        for (limits, option) in [
            (Limits { decoded: 500, ..Limits::default() }, "--limit-decoded"),
            (Limits { side: 9, ..Limits::default() }, "--limit-side"),
            (Limits { work: 500, ..Limits::default() }, "--limit-work"),
        ] {
            let errors = [
                (row.lightness)(&bytes, &limits).err(),
                row.open.map(|open| open(&bytes, &limits).err().expect(&name)),
            ];
            for error in errors.into_iter().flatten() {
                assert!(error.to_string().contains(option), "{name}: {error}");
            }
        }
    }
}

/// Reads some bytes, and where they are a picture, writes it.
fn exercise(row: &Pixels, bytes: &Vec<u8>) {
    let _ = (row.cost)(bytes, &Limits::default());
    let _ = (row.lightness)(bytes, &Limits::default());
    if opens(row, bytes) {
        let _ = changed(row, bytes, pattern);
    }
}

#[test]
fn truncation_never_panics() {
    for row in PIXELS {
        for (_, bytes) in fixtures(row) {
            for end in (0..bytes.len()).step_by((bytes.len() / 60).max(1)).chain(0..bytes.len().min(64)) {
                exercise(row, &bytes[..end].to_vec());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_panic(row in 0..PIXELS.len(), file: prop::sample::Index, front: bool,
                                 hits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5)) {
        thread_local!(static FILES: Vec<Vec<(String, Vec<u8>)>> = PIXELS.iter().map(fixtures).collect());
        let mut bytes = FILES.with(|files| file.get(&files[row]).1.clone());
        // Headers are where numbers lie.
        let span = if front { bytes.len().min(400) } else { bytes.len() };
        for (at, value) in hits {
            bytes[at.index(span)] = value;
        }
        exercise(&PIXELS[row], &bytes);
    }
}
