//! What a review found once: each test is named after what it mends.

use std::time::{Duration, Instant};

use biaoshi_tests::{PRODUCER, TempDir, fixture, run, scratch};

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = scratch();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn label(folder: &TempDir, name: &str, more: &[&str]) -> serde_json::Value {
    run(folder.path(), &[&["label", name, "--in-place", "--json", "--producer", PRODUCER][..], more].concat())
        .json()
        .remove(0)
}

/// The chunk offsets of the first track, and where the samples really are.
fn first_offset(bytes: &[u8]) -> (u32, usize) {
    let find = |what: &[u8]| bytes.windows(4).position(|w| w == what).unwrap();
    let table = find(b"stco") + 12;
    (u32::from_be_bytes(bytes[table..table + 4].try_into().unwrap()), find(b"mdat") + 4)
}

#[test]
fn chunk_offsets_follow_their_samples_when_a_label_outside_moov_goes() {
    let json = format!(r#"{{"Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"old"}}"#);
    let xmp = format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description \
         xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/'><TC260:AIGC>{json}</TC260:AIGC></rdf:Description></rdf:RDF></x:xmpmeta>"
    );
    let uuid = [&b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"[..], xmp.as_bytes()].concat();
    let uuid = biaoshi_container::isobmff::encode(*b"uuid", &uuid);
    for name in ["mp4-front.mp4", "mp4-free.mp4"] {
        // Behind everything: nothing in front of the samples moves because of it.
        let bytes = [fixture(name), uuid.clone()].concat();
        let (before, mdat) = first_offset(&bytes);
        let folder = folder(&[("a.mp4", &bytes)]);
        assert_eq!(label(&folder, "a.mp4", &[])["action"], "labelled");
        let after = first_offset(&std::fs::read(folder.path().join("a.mp4")).unwrap());
        assert_eq!(i64::from(after.0) - after.1 as i64, i64::from(before) - mdat as i64, "{name}");
    }
}

#[test]
fn neighbours_of_a_label_in_a_typed_node_stay() {
    let json = format!(r#"{{"Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"old"}}"#);
    let xmp = format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:ex='urn:e'>\
         <ex:Photo><ex:title>Keep me</ex:title><ex:comment>{json}</ex:comment></ex:Photo></rdf:RDF></x:xmpmeta>"
    );
    let mut bytes = fixture("png.png");
    let data = [&b"XML:com.adobe.xmp\0\0\0\0\0"[..], xmp.as_bytes()].concat();
    bytes.splice(33..33, biaoshi_container::png::encode(*b"iTXt", &data));
    let folder = folder(&[("a.png", &bytes)]);
    assert_eq!(label(&folder, "a.png", &["--layers", "metadata"])["action"], "labelled");
    let text = String::from_utf8_lossy(&std::fs::read(folder.path().join("a.png")).unwrap()).into_owned();
    assert!(text.contains("<ex:title>Keep me</ex:title>") && !text.contains("<ex:comment>"));
}

#[test]
fn texts_that_begin_like_other_formats_are_texts() {
    for text in ["ID3 tags explained\n", "The free encyclopedia\n", "BMW is a car maker.\n", "GIF images are old\n"] {
        let folder = folder(&[("a.md", text.as_bytes())]);
        assert_eq!(label(&folder, "a.md", &[])["format"], "markdown", "{text}");
    }
}

#[test]
fn a_damaged_text_in_the_labels_own_slot_is_a_damaged_label() {
    let mut bytes = fixture("png.png");
    bytes.splice(33..33, biaoshi_container::png::encode(*b"tEXt", b"AIGC\0{\"Lab"));
    let folder = folder(&[("a.png", &bytes)]);
    let report = run(folder.path(), &["verify", "a.png", "--json"]).json().remove(0);
    assert_eq!((&report["verdict"], report["labels"].as_array().unwrap().len()), (&"suspected".into(), 1), "{report}");
    assert_eq!(label(&folder, "a.png", &[])["action"], "refused");
    assert_eq!(label(&folder, "a.png", &["--replace"])["action"], "labelled");
}

#[test]
fn lines_behind_a_label_on_one_line_stay() {
    let json = format!(r#"{{"Label":"1","ContentProducer":"{PRODUCER}","ProduceID":"old"}}"#);
    let folder = folder(&[("a.txt", format!("AIGC: {json}\n  foo\n  bar\nbody\n").as_bytes())]);
    assert_eq!(label(&folder, "a.txt", &["--layers", "metadata"])["action"], "labelled");
    let text = std::fs::read_to_string(folder.path().join("a.txt")).unwrap();
    assert!(text.starts_with("  foo\n  bar\nbody\nAIGC: {"), "{text}");
}

#[test]
fn front_matter_of_others_is_not_hidden() {
    for text in ["---\n  title: x\n---\nbody\n", "---\ntitle: x\nAIGC: true\n---\nbody\n"] {
        let folder = folder(&[("a.md", text.as_bytes())]);
        assert_eq!(label(&folder, "a.md", &["--layers", "metadata"])["error"]["kind"], "unsupported", "{text}");
        assert_eq!(std::fs::read_to_string(folder.path().join("a.md")).unwrap(), text);
    }
}

#[test]
fn a_pipe_in_the_sidecars_place_does_not_stop_the_run() {
    let folder = folder(&[("a.png", &fixture("png.png"))]);
    let pipe = folder.path().join("a.png.aigc.json");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    let start = Instant::now();
    assert_eq!(run(folder.path(), &["verify", "a.png", "--allow-unlabelled"]).code(), 0);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_label_that_would_be_lost_is_a_wrong_command_line() {
    let folder = scratch();
    let run = run(folder.path(), &["label", "-", "--stdin-name", "a.csv", "--sidecar", "--producer", PRODUCER]);
    assert_eq!((run.code(), run.out()), (2, String::new()));
}

/// The first directory moves to the end; what names it as another leads to the old one, which stays.
#[test]
fn a_tiff_whose_first_directory_is_also_another_one_takes_a_label() {
    let entry = |tag: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &[4, 0], &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    for (entries, values) in [(vec![entry(0x8769, 1, 8)], 0), (vec![entry(0x14a, 500, 26)], 500)] {
        let head = [&b"II*\0\x08\0\0\0\x01\0"[..], &entries.concat(), &[0; 4]].concat();
        let bytes = [head, 8_u32.to_le_bytes().repeat(values)].concat();
        let folder = folder(&[("a.tif", &bytes)]);
        let report = label(&folder, "a.tif", &["--layers", "metadata"]);
        assert_eq!(report["action"], "labelled", "{report}");
    }
}
