//! Labels in pictures as other programs leave them: damaged, in raw profiles, in a second packet, behind the end, in the
//! other pictures of a file; and places for labels that hold none.

use biaoshi_container::{gif, jpeg, png, riff};
use biaoshi_label::{Code, Dialect, Severity};
use biaoshi_metadata::{Found, Kind};
use biaoshi_tests::{Limits, fixture, fixtures, label, read, row, run, scratch, write};

/// XMP with some properties of a description.
fn packet(inside: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:TC260=\"http://www.tc260.org.cn/ns/AIGC/1.0/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">{inside}\
         </rdf:Description></rdf:RDF></x:xmpmeta>"
    )
}

fn labelled(more: &str) -> String {
    packet(&format!("{more}<TC260:AIGC>{}</TC260:AIGC>", label("old").to_json()))
}

fn segment(packet: &str) -> Vec<u8> {
    let payload = [&b"http://ns.adobe.com/xap/1.0/\0"[..], packet.as_bytes()].concat();
    jpeg::encode(jpeg::APP1, &payload).unwrap()
}

fn after_soi(picture: &[u8], segments: &[u8]) -> Vec<u8> {
    [&picture[..2], segments, &picture[2..]].concat()
}

/// Chunks right behind IHDR.
fn after_header(picture: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&picture[..33], &chunks.concat(), &picture[33..]].concat()
}

/// An iTXt chunk with a packet.
fn itxt(packet: &str) -> Vec<u8> {
    png::encode(*b"iTXt", &[&b"XML:com.adobe.xmp\0\0\0\0\0"[..], packet.as_bytes()].concat())
}

/// A packet as ImageMagick writes it.
fn raw_profile(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let hex: Vec<String> = bytes.chunks(36).map(|l| l.iter().map(|b| format!("{b:02x}")).collect()).collect();
    let text = format!("Raw profile type {kind}\0\n{kind}\n{:8}\n{}\n", bytes.len(), hex.join("\n"));
    png::encode(*b"tEXt", text.as_bytes())
}

fn webp(picture: &[u8], chunks: &[u8]) -> Vec<u8> {
    let mut out = [picture, chunks].concat();
    let size = (out.len() as u32 - 8).to_le_bytes();
    out[4..8].copy_from_slice(&size);
    out
}

/// The file has the old label once, with this dialect where one is given; then the new one alone, in the prescribed
/// place. Returns what was written.
fn is_moved(format: &str, bytes: &Vec<u8>, dialect: Option<Dialect>) -> Vec<u8> {
    let format = row(format);
    let (found, _) = read(format, bytes);
    assert!(found.records.len() == 1 && label("old").equals(&found.records[0]), "{found:?}");
    assert!(dialect.is_none_or(|d| found.records[0].dialects.contains(&d)), "{found:?}");
    let written = write(format, bytes, &label("new")).unwrap();
    let records = read(format, &written).0.records;
    assert!(records.len() == 1 && label("new").equals(&records[0]), "{records:?}");
    assert!(records[0].placement == format.placement && records[0].dialects.is_empty(), "{records:?}");
    assert!(!written.windows(5).any(|w| w == b"\"old\""), "the old label is still there");
    written
}

fn codes(found: &Found) -> Vec<Code> {
    found.findings.iter().map(|f| f.code).collect()
}

/// Wherever a labelled picture, sound or video is cut off: its label is told, or why nobody can know whether it had one.
#[test]
fn no_cut_is_silent() {
    for fixture in fixtures() {
        // Texts end where they end, and so does a live stream, which has no sizes.
        let open = fixture.format.name == "svg" || fixture.name == "webm-live.webm";
        if open || !matches!(fixture.format.kind, Kind::Image | Kind::Audio | Kind::Video) {
            continue;
        }
        let bytes = std::fs::read(fixture.twin()).unwrap();
        let step = (bytes.len() / 300).max(1);
        // Of less than that nothing but a header is left.
        for end in (64..bytes.len()).step_by(step).chain(bytes.len() - 40..bytes.len()) {
            let (found, writer) = read(fixture.format, &bytes[..end].to_vec());
            let told = found.findings.iter().any(|f| f.severity() >= Severity::Warning);
            assert!(!found.records.is_empty() || writer.is_err() || told, "{} cut at {end}: {found:?}", fixture.name);
        }
    }
}

#[test]
fn damage_behind_the_label_of_a_jpeg_does_not_hide_it() {
    let bytes = after_soi(&fixture("jpeg.jpg"), &segment(&labelled("")));
    let header = jpeg::segments(&bytes, &Limits::default()).unwrap();
    let behind = header.iter().find(|s| s.marker == jpeg::APP1).unwrap().range().end as usize;
    for end in behind..behind + 200 {
        let (found, _) = read(row("jpeg"), &bytes[..end].to_vec());
        assert_eq!(found.records.len(), 1, "cut at {end}");
    }
    for broken in [&b"\xff\xda\xff\xd9"[..], b"\xff\xd8\xff\xd8", b"\xff\xc0\0\x01"] {
        let (found, writer) = read(row("jpeg"), &[&bytes[..behind], broken].concat());
        assert!(found.records.len() == 1 && writer.is_err(), "{broken:?}");
    }
}

#[test]
fn a_tiff_whose_packet_is_not_there_is_damaged() {
    let twin = |name: &str| std::fs::read(biaoshi_tests::root().join("fixtures/labelled").join(name)).unwrap();
    let good = twin("tiff.tif");
    for end in [good.len() - 1, good.len() - 50] {
        let (found, _) = read(row("tiff"), &good[..end].to_vec());
        assert!(codes(&found).contains(&Code::Damaged) && found.records.is_empty(), "{found:?}");
    }
    // An entry that points past the end; one of another tag says nothing about labels.
    let entry = |tag: u16| [&tag.to_le_bytes()[..], &7u16.to_le_bytes(), &[0xff, 0xff, 0xff, 0, 26, 0, 0, 0]].concat();
    for (tag, damaged) in [(700, true), (0x9286, true), (0x010e, true), (0xc000, false)] {
        for offset in [26u8, 0xf0] {
            let mut entry = entry(tag);
            entry[8] = offset;
            let bytes = [&b"II\x2a\0\x08\0\0\0\x01\0"[..], &entry, &[0; 8]].concat();
            let (found, _) = read(row("tiff"), &bytes);
            assert_eq!(codes(&found).contains(&Code::Damaged), damaged, "{tag} {offset} {found:?}");
        }
    }
    assert!(codes(&read(row("tiff"), &fixture("tiff-exif.tif")).0).is_empty());
}

#[test]
fn exif_that_is_not_there_is_damaged() {
    let exif = |block: &[u8]| {
        after_soi(&fixture("jpeg.jpg"), &jpeg::encode(jpeg::APP1, &[b"Exif\0\0", block].concat()).unwrap())
    };
    let comment = format!("ASCII\0\0\0{{\"AIGC\":{}}}", label("old").to_json());
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let directory = |entry: Vec<u8>| [&[1, 0][..], &entry, &[0; 4]].concat();
    let block = |pointer: u32, count: u32| {
        let (first, second) = (directory(entry(0x8769, 4, 1, pointer)), directory(entry(0x9286, 7, count, 44)));
        [b"II\x2a\0\x08\0\0\0".to_vec(), first, second, comment.clone().into_bytes()].concat()
    };
    let count = comment.len() as u32;
    is_moved("jpeg", &exif(&block(26, count)), None);
    for damaged in [block(26, count + 1), block(26, u32::MAX), block(1 << 20, count)] {
        let (found, _) = read(row("jpeg"), &exif(&damaged));
        assert_eq!((codes(&found), found.records.len()), (vec![Code::Damaged], 0));
    }
}

#[test]
fn a_packet_that_is_damaged_or_under_another_head() {
    let picture = fixture("jpeg.jpg");
    // Swallowed by an instruction that does not end, and by damage in front of the label.
    let swallowed = format!("<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'>{}<?xpacket end='w'?>", labelled(""));
    for text in [swallowed, labelled("<dc:title>x</dc:titel>"), labelled("")[..250].to_owned()] {
        let bytes = after_soi(&picture, &segment(&text));
        assert_eq!(codes(&read(row("jpeg"), &bytes).0), [Code::Damaged], "{text}");
        assert!(write(row("jpeg"), &bytes, &label("new")).is_err());
    }
    let head = [&b"http://ns.adobe.com/xap/1.1/\0"[..], labelled("").as_bytes()].concat();
    is_moved("jpeg", &after_soi(&picture, &jpeg::encode(jpeg::APP1, &head).unwrap()), Some(Dialect::JpegApp));
    let mut block = gif::encode(labelled("").as_bytes()).unwrap();
    block[6] = b'?';
    let picture = fixture("gif.gif");
    let front = gif::read(&picture, &Limits::default()).unwrap().0.front as usize;
    is_moved("gif", &[&picture[..front], &block, &picture[front..]].concat(), Some(Dialect::GifApplication));
}

#[test]
fn strays_between_segments_are_passed_over() {
    let picture = fixture("jpeg.jpg");
    for strays in [&b"\0"[..], b"\0\0\0\0", b"rubbish\xff\0more"] {
        let bytes = after_soi(&picture, &[strays, &segment(&labelled("")), strays].concat());
        let written = is_moved("jpeg", &bytes, None);
        assert_eq!(codes(&read(row("jpeg"), &written).0), [Code::Part]);
    }
}

#[test]
fn a_raw_profile_moves_into_the_chunk_that_the_guide_names() {
    let picture = fixture("png.png");
    let kept = "<xmp:Rating>5</xmp:Rating>";
    let dialect = Some(Dialect::PngRawProfile);
    let head = b"http://ns.adobe.com/xap/1.0/\0";
    for profile in [
        raw_profile("xmp", labelled(kept).as_bytes()),
        raw_profile("APP1", &[&head[..], labelled(kept).as_bytes()].concat()),
    ] {
        let written = is_moved("png", &after_header(&picture, &[profile]), dialect);
        let text = String::from_utf8_lossy(&written).into_owned();
        assert!(text.contains(kept) && !text.contains("Raw profile"));
    }
    // Without a label, and beside a packet in its place: one packet with what both say.
    let both = after_header(
        &picture,
        &[raw_profile("xmp", packet(kept).as_bytes()), itxt(&packet("<dc:format>x</dc:format>"))],
    );
    let written = String::from_utf8_lossy(&write(row("png"), &both, &label("new")).unwrap()).into_owned();
    assert_eq!(written.matches("<x:xmpmeta").count(), 1);
    assert!(written.contains(kept) && written.contains("<dc:format>x</dc:format>") && !written.contains("Raw profile"));
    // A comment in a block of EXIF is blanked; the profile stays one.
    let comment = format!("ASCII\0\0\0{{\"AIGC\":{}}}", label("old").to_json());
    let entry = [
        &0x9286u16.to_le_bytes()[..],
        &7u16.to_le_bytes(),
        &(comment.len() as u32).to_le_bytes(),
        &26u32.to_le_bytes(),
    ];
    let block = [&b"II\x2a\0\x08\0\0\0\x01\0"[..], &entry.concat(), &[0; 4], comment.as_bytes()].concat();
    for bytes in [block.clone(), [b"Exif\0\0", &block[..]].concat()] {
        let written = is_moved("png", &after_header(&picture, &[raw_profile("exif", &bytes)]), dialect);
        assert!(String::from_utf8_lossy(&written).contains("Raw profile type exif"));
    }
    let (found, _) =
        read(row("png"), &after_header(&picture, &[png::encode(*b"tEXt", b"Raw profile type xmp\0\nxmp\n 9\nxx")]));
    assert_eq!(codes(&found), [Code::Damaged]);
}

#[test]
fn of_several_packets_one_stays() {
    let (first, second) =
        (packet("<dc:format>x</dc:format>"), labelled("<dc:format>y</dc:format><xmp:Rating>5</xmp:Rating>"));
    let both = |encode: &dyn Fn(&str) -> Vec<u8>| [encode(&first), encode(&second)].concat();
    let chunk = |packet: &str| riff::encode(*b"XMP ", packet.as_bytes());
    let extension = |packet: &str| gif::encode(packet.as_bytes()).unwrap();
    let gif = fixture("gif-animated.gif");
    let blocks = gif::read(&gif, &Limits::default()).unwrap().0.front as usize;
    for (format, bytes) in [
        ("png", after_header(&fixture("png.png"), &[both(&itxt)])),
        ("jpeg", after_soi(&fixture("jpeg.jpg"), &both(&segment))),
        ("webp", webp(&fixture("webp-exif.webp"), &both(&chunk))),
        ("gif", [&gif[..blocks], &both(&extension), &gif[blocks..]].concat()),
    ] {
        let written = String::from_utf8_lossy(&is_moved(format, &bytes, None)).into_owned();
        assert_eq!(written.matches("<x:xmpmeta").count(), 1, "{format}");
        assert_eq!(written.matches("<dc:format>").count(), 1, "{format}");
        assert!(
            written.contains("<dc:format>x</dc:format>") && written.contains("<xmp:Rating>5</xmp:Rating>"),
            "{format}"
        );
    }
    // What does not fit into one segment stays in two.
    let large = packet(&format!("<dc:source>{}</dc:source>", "z".repeat(40_000)));
    let bytes =
        after_soi(&fixture("jpeg.jpg"), &[segment(&large), segment(&large.replace("dc:source", "dc:title"))].concat());
    let written = String::from_utf8_lossy(&write(row("jpeg"), &bytes, &label("new")).unwrap()).into_owned();
    assert_eq!(written.matches("<x:xmpmeta").count(), 2);
}

#[test]
fn a_packet_behind_the_end_is_found_and_nothing_moves() {
    for (format, name) in [("png", "png.png"), ("jpeg", "jpeg.jpg"), ("webp", "webp.webp"), ("gif", "gif.gif")] {
        for (before, behind) in [(vec![], vec![]), (vec![7; 70_000], b"\nend".to_vec())] {
            let packet = labelled("<dc:format>x</dc:format>");
            let bytes = [fixture(name), before, packet.clone().into_bytes(), behind.clone()].concat();
            let written = is_moved(format, &bytes, Some(Dialect::TrailerXmp));
            assert!(written.ends_with(&behind));
            let tail = &written[written.len() - behind.len() - packet.len()..];
            assert!(
                tail.starts_with(b"<x:xmpmeta") && String::from_utf8_lossy(tail).contains("<dc:format>x</dc:format>"),
                "{format}"
            );
        }
    }
}

#[test]
fn a_label_in_another_picture_is_blanked_there() {
    let old = fixture("jpeg-mpf.jpg");
    let header = jpeg::segments(&old, &Limits::default()).unwrap();
    let is_mpf = |s: &&jpeg::Segment| s.read(&old).is_ok_and(|p| p.starts_with(jpeg::MPF));
    let mpf = *header.iter().find(is_mpf).unwrap();
    let pictures = jpeg::later_pictures(&old, &mpf).unwrap();
    let second = pictures[0].clone();
    // The last picture grows: only its size in the index changes.
    assert_eq!(second.end, old.len() as u64);
    let added = segment(&labelled(""));
    let mut bytes = old.clone();
    let at = second.start as usize + 2;
    bytes.splice(at..at, added.iter().copied());
    let size = (second.end - second.start) as u32;
    let place = (0..at)
        .rev()
        .find(|i| bytes[*i..*i + 4] == size.to_le_bytes() || bytes[*i..*i + 4] == size.to_be_bytes())
        .unwrap();
    let new = size + added.len() as u32;
    let little = bytes[place..place + 4] == size.to_le_bytes();
    bytes[place..place + 4].copy_from_slice(&if little { new.to_le_bytes() } else { new.to_be_bytes() });
    is_moved("jpeg", &bytes, Some(Dialect::JpegOtherPicture));
}

/// Between scans, and in front of the end of the picture; also in a picture that is not the first.
#[test]
fn segments_behind_a_scan_are_read() {
    let comment = [b"AIGC=", label("old").to_json().as_bytes()].concat();
    let other = |marker: u8| jpeg::encode(marker, &comment).unwrap();
    for name in ["jpeg.jpg", "jpeg-progressive.jpg"] {
        let old = fixture(name);
        let scan = old.len() - 2;
        assert!(old.ends_with(b"\xff\xd9"));
        for added in [segment(&labelled("")), other(jpeg::COM), other(0xe5)] {
            let bytes = [&old[..scan], &added, &old[scan..]].concat();
            let written = is_moved("jpeg", &bytes, Some(Dialect::JpegScan));
            // An own packet stays with blanks in it, others go.
            assert!(written.ends_with(b"\xff\xd9"));
        }
        let manifest = b"JP\0\x01\0\0\0\x01\0\0\0\x40jumb\0\0\0\x30jumdc2pa and further on";
        let bytes = [&old[..scan], &jpeg::encode(jpeg::APP11, manifest).unwrap(), &old[scan..]].concat();
        assert_eq!(read(row("jpeg"), &bytes).0.blockers.len(), 1);
        // The same behind the picture is nobody's segment.
        let bytes = [&old[..], &jpeg::encode(jpeg::APP11, manifest).unwrap()].concat();
        assert!(read(row("jpeg"), &bytes).0.blockers.is_empty());
    }
}

/// Where the lower half of a picture begins is of the old pixels.
#[test]
fn an_index_of_halves_goes_with_what_it_counts() {
    let picture = fixture("png.png");
    let halves = png::encode(png::HALVES, &[0; 28]);
    let holds = |bytes: &[u8]| bytes.windows(4).any(|w| w == png::HALVES);
    let folder = scratch();
    std::fs::write(folder.path().join("a.png"), after_header(&picture, std::slice::from_ref(&halves))).unwrap();
    let label = |layers: &str, out: &str| {
        let done = run(
            folder.path(),
            &["label", "a.png", "--out", out, "--producer", "001191110000EXAMPLE03Q10000", "--layers", layers],
        );
        assert_eq!(done.code(), 0, "{}", done.err());
        std::fs::read(folder.path().join(out).join("a.png")).unwrap()
    };
    // A packet in front of it moves all of it; new pixels do not.
    assert!(holds(&label("metadata", "m")));
    assert!(!holds(&label("metadata,explicit", "e")));
    for (chunks, kept) in [([itxt(&labelled("")), halves.clone()], true), ([halves, itxt(&labelled(""))], false)] {
        let written = is_moved("png", &after_header(&picture, &chunks), None);
        assert_eq!(holds(&written), kept);
    }
}

#[test]
fn places_for_labels_that_hold_none() {
    let text = |value: &str| {
        after_header(&fixture("png.png"), &[png::encode(*b"tEXt", &[b"AIGC\0", value.as_bytes()].concat())])
    };
    let property =
        |value: &str| after_soi(&fixture("jpeg.jpg"), &segment(&packet(&format!("<TC260:AIGC>{value}</TC260:AIGC>"))));
    let chunk = |value: &str| webp(&fixture("webp-exif.webp"), &riff::encode(*b"AIGC", value.as_bytes()));
    type File<'a> = &'a dyn Fn(&str) -> Vec<u8>;
    for (format, file) in [("png", &text as File), ("jpeg", &property), ("webp", &chunk)] {
        for (value, code) in [
            ("", Code::Empty),
            (" \0", Code::Empty),
            ("{}", Code::Other),
            ("AIGC={}", Code::Other),
            ("x", Code::Other),
            ("{\"unrelated\":\"value\"}", Code::Other),
            ("{\"AIGC\":{}}", Code::Other),
            ("[1]", Code::Other),
        ] {
            // XML holds no NUL.
            let value = if format == "jpeg" { value.replace('\0', "") } else { value.to_owned() };
            let (found, _) = read(row(format), &file(&value));
            assert_eq!(
                (codes(&found), found.records.len(), found.traces.len()),
                (vec![code], 0, 0),
                "{format} {value:?}"
            );
            let written = write(row(format), &file(&value), &label("new")).unwrap();
            assert_eq!(read(row(format), &written).0.records.len(), 1, "{format} {value:?}");
        }
        // One field is enough where the place says what it is; a broken object is a broken label.
        for (value, broken) in [
            ("{\"Label\":\"1\"}", false),
            ("{\"AIGC\":{\"Label\":\"1\"}}", false),
            ("AIGC={\"Label\":1}", false),
            ("{\"ContentProducer\":\"x\"}", false),
            ("{\"Label\":\"1\"", true),
            ("{", true),
        ] {
            let (found, _) = read(row(format), &file(value));
            assert!(found.records.len() == 1 && found.records[0].broken == broken, "{format} {value} {found:?}");
        }
    }
    // What is no label stays, wherever the label goes.
    let comment = after_soi(&fixture("jpeg.jpg"), &jpeg::encode(jpeg::COM, b"AIGC=x").unwrap());
    for (format, bytes) in [("png", text("AIGC=x")), ("jpeg", comment), ("webp", chunk("AIGC=x"))] {
        let written = write(row(format), &bytes, &label("new")).unwrap();
        assert!(written.windows(6).any(|w| w == b"AIGC=x"), "{format}");
    }
    // A key-value store of others may hold anything.
    let base64 = "<k:XmpKvBase64 xmlns:k='http://ns.xmpkv/'>eyJvdGhlciI6ImRhdGEifQ==</k:XmpKvBase64>";
    let bytes = after_soi(&fixture("jpeg.jpg"), &segment(&packet(base64)));
    let (found, _) = read(row("jpeg"), &bytes);
    assert!(found.records.is_empty() && found.findings.is_empty(), "{found:?}");
    let written = write(row("jpeg"), &bytes, &label("new")).unwrap();
    assert!(String::from_utf8_lossy(&written).contains(base64));
}

#[test]
fn a_text_under_the_name_of_a_picture_is_told() {
    let folder = scratch();
    for (name, told) in [("a.png", true), ("a.mp4", true), ("a.xyz", false), ("a.csv", false)] {
        std::fs::write(folder.path().join(name), "version https://git-lfs.github.com/spec/v1\nsize 1\n").unwrap();
        let run = run(folder.path(), &["verify", name, "--json", "--allow-unlabelled"]);
        assert_eq!(run.out().contains("file.extension"), told, "{name} {}", run.out());
    }
}
