//! Traces in whole files: every container has its places, and what stands in them is told from what only looks like it.

use biaoshi_container::jpeg::{self, APP1, APP11, APP13, COM};
use biaoshi_container::{gif, id3, isobmff, png, riff};
use biaoshi_metadata::{Found, Strength, TRACES};
use biaoshi_tests::{command, fixture, fixtures, read, row, run, scratch};

const GRAPH: &str = r#"{"3": {"class_type": "KSampler"}}"#;
const PARAMETERS: &str = "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1";
const UUID: &str = "0fd4a9b2-11aa-4b6c-8d21-7a5c0e9f1234";
const SIGNATURE: &str =
    "Signature: QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk=";

/// The directory of a TIFF block, big-endian, with texts as its values.
fn tiff(tags: &[(u16, u8, Vec<u8>)]) -> Vec<u8> {
    let mut values = Vec::new();
    let mut out = [&b"MM\0\x2a\0\0\0\x08"[..], &(tags.len() as u16).to_be_bytes()].concat();
    let behind = 8 + 2 + 12 * tags.len() + 4;
    for (tag, kind, value) in tags {
        let mut value = value.clone();
        value.resize(value.len().max(5), 0);
        out.extend([&tag.to_be_bytes()[..], &[0, *kind], &(value.len() as u32).to_be_bytes()].concat());
        out.extend(((behind + values.len()) as u32).to_be_bytes());
        values.extend(value);
    }
    [out, vec![0; 4], values].concat()
}

/// Text tags.
fn tags(tags: &[(u16, &str)]) -> Vec<u8> {
    tiff(&tags.iter().map(|(tag, text)| (*tag, 2, text.as_bytes().to_vec())).collect::<Vec<_>>())
}

/// A UserComment whose text has the byte order that the block has not.
fn comment(text: &str) -> Vec<u8> {
    let wide = text.encode_utf16().flat_map(u16::to_le_bytes);
    tiff(&[(0x9286, 7, b"UNICODE\0".iter().copied().chain(wide).collect())])
}

fn in_png(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = fixture("png.png");
    bytes.splice(33..33, png::encode(kind, data));
    bytes
}

fn in_jpeg(marker: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = fixture("jpeg.jpg");
    bytes.splice(20..20, jpeg::encode(marker, payload).unwrap());
    bytes
}

fn in_riff(name: &str, id: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = [fixture(name), riff::encode(id, data)].concat();
    let size = (bytes.len() as u32 - 8).to_le_bytes();
    bytes[4..8].copy_from_slice(&size);
    bytes
}

fn in_mp3(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let frame = [&id[..], &id3::to_syncsafe(body.len() as u32).unwrap(), &[0, 0], body].concat();
    let size = id3::to_syncsafe(frame.len() as u32).unwrap();
    [b"ID3\x04\0\0", &size[..], &frame, &fixture("mp3.mp3")].concat()
}

/// A file of one box more, behind everything else.
fn in_mp4(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    [fixture("mp4-co64.mp4"), isobmff::encode(kind, body)].concat()
}

/// A comment of iTunes.
fn itunes(text: &str) -> Vec<u8> {
    let data = isobmff::encode(*b"data", &[&[0, 0, 0, 1, 0, 0, 0, 0][..], text.as_bytes()].concat());
    let handler = isobmff::encode(*b"hdlr", b"\0\0\0\0\0\0\0\0mdir\0\0\0\0\0\0\0\0\0\0\0\0\0");
    let list = isobmff::encode(*b"ilst", &isobmff::encode(*b"\xa9cmt", &data));
    let meta = isobmff::encode(*b"meta", &[&[0; 4][..], &handler, &list].concat());
    moov(&isobmff::encode(*b"udta", &meta))
}

fn moov(inside: &[u8]) -> Vec<u8> {
    [isobmff::encode(*b"ftyp", b"isom\0\0\0\0isom"), isobmff::encode(*b"moov", inside)].concat()
}

fn in_gif(text: &str) -> Vec<u8> {
    let mut bytes = fixture("gif.gif");
    let (layout, _) = gif::read(&bytes, &biaoshi_tests::Limits::default()).unwrap();
    let block: Vec<u8> =
        text.as_bytes().chunks(255).flat_map(|part| [&[part.len() as u8][..], part].concat()).collect();
    let at = usize::try_from(layout.front).unwrap();
    bytes.splice(at..at, [&[0x21, 0xfe][..], &block, &[0]].concat());
    bytes
}

fn exif(block: &[u8]) -> Vec<u8> {
    [b"Exif\0\0", block].concat()
}

fn iim(number: u8, text: &str) -> Vec<u8> {
    let set = [&[0x1c, 2, number][..], &(text.len() as u16).to_be_bytes(), text.as_bytes()].concat();
    [b"Photoshop 3.0\08BIM\x04\x04\0\0", &(set.len() as u32).to_be_bytes()[..], &set].concat()
}

fn xmp(inside: &str) -> Vec<u8> {
    format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF \
         xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:s='http://ns.adobe.com/xap/1.0/sType/ResourceEvent#' \
         xmlns:e='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' xmlns:m='http://ns.adobe.com/xap/1.0/mm/' \
         xmlns:x='http://ns.adobe.com/xap/1.0/' xmlns:d='http://purl.org/dc/terms/'><rdf:Description rdf:about=''>{inside}\
         </rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    .into_bytes()
}

/// The trailer of a Samsung phone.
fn samsung(json: &str) -> Vec<u8> {
    [&fixture("jpeg.jpg")[..], b"\0\0\xa1\x0b\x18\0\0\0PhotoEditor_Re_Edit_Data", json.as_bytes(), b"\0SEFHxxxxSEFT"]
        .concat()
}

fn found(format: &str, bytes: &Vec<u8>) -> Found {
    let (found, writer) = read(row(format), bytes);
    writer.map(|_| found).unwrap_or_else(|e| panic!("{format}: {e}"))
}

#[test]
fn traces_stand_in_the_places_of_every_container() {
    const SOURCE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
    let text = |keyword: &str, text: &str| [keyword.as_bytes(), &[0], text.as_bytes()].concat();
    let graph = format!("workflow:{GRAPH}");
    let strong: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("png", in_png(*b"tEXt", &text("parameters", PARAMETERS)), "stable-diffusion", "png/tEXt/parameters"),
        ("png", in_png(*b"iTXt", &text("invokeai_metadata", "\0\0\0\0{}")), "invokeai", "png/iTXt/invokeai_metadata"),
        ("png", in_png(*b"eXIf", &tags(&[(0x10f, "Ideogram AI")])), "ideogram", "png/eXIf/Make"),
        ("webp", in_riff("webp.webp", *b"EXIF", &tags(&[(0x10f, &graph)])), "comfyui", "webp/EXIF/Make"),
        ("webp", in_riff("webp.webp", *b"EXIF", &comment(PARAMETERS)), "stable-diffusion", "webp/EXIF/UserComment"),
        ("jpeg", in_jpeg(APP1, &exif(&comment(GRAPH))), "comfyui", "jpeg/APP1/EXIF/UserComment"),
        ("jpeg", in_jpeg(APP1, &exif(&tags(&[(0x10e, SIGNATURE), (0x13b, UUID)]))), "grok", "jpeg/APP1/EXIF/Artist"),
        ("jpeg", in_jpeg(APP13, &iim(110, "AI-Generated with Google")), "gemini", "jpeg/APP13/IIM"),
        ("jpeg", in_jpeg(APP13, &iim(65, "ComfyUI")), "comfyui", "jpeg/APP13/IIM"),
        ("jpeg", samsung(r#"{"genAIType":1}"#), "samsung", "trailer/SEF"),
        (
            "jpeg",
            in_jpeg(APP1, &xmp(&format!("<e:DigitalSourceType rdf:resource='{SOURCE}'/>"))),
            "iptc",
            "jpeg/APP1/XMP",
        ),
        (
            "jpeg",
            in_jpeg(APP1, &xmp(&format!("<e:DigitalSourceType>{SOURCE}</e:DigitalSourceType>"))),
            "iptc",
            "jpeg/APP1/XMP",
        ),
        (
            "jpeg",
            in_jpeg(
                APP1,
                &xmp(&format!(
                    "<e:DigitalSourceType><rdf:Bag><rdf:li>{SOURCE}</rdf:li></rdf:Bag></e:DigitalSourceType>"
                )),
            ),
            "iptc",
            "jpeg/APP1/XMP",
        ),
        ("jpeg", in_jpeg(APP1, &xmp("<e:AISystemUsed>Painter</e:AISystemUsed>")), "iptc", "jpeg/APP1/XMP"),
        ("jpeg", in_jpeg(APP1, &xmp("<x:CreatorTool>Draw Things</x:CreatorTool>")), "draw-things", "jpeg/APP1/XMP"),
        (
            "jpeg",
            in_jpeg(APP1, &xmp("<m:History><rdf:Seq><rdf:li s:softwareAgent='Ideogram 2'/></rdf:Seq></m:History>")),
            "ideogram",
            "jpeg/APP1/XMP",
        ),
        ("mp3", in_mp3(b"WOAS", format!("https://suno.com/song/{UUID}").as_bytes()), "suno", "mp3/ID3v2"),
        ("mp3", in_mp3(b"COMM", b"\x03eng\0made with suno; created=2025; id=1"), "suno", "mp3/ID3v2"),
        ("mp3", in_mp3(b"TXXX", &[b"\x03prompt\0", GRAPH.as_bytes()].concat()), "comfyui", "mp3/ID3v2/TXXX"),
        (
            "wav",
            in_riff(
                "wav.wav",
                *b"LIST",
                &[&b"INFO"[..], &riff::encode(*b"ICMT", b"made with suno; created=2; id=1")].concat(),
            ),
            "suno",
            "wav/LIST/INFO",
        ),
    ];
    for (format, bytes, kind, placement) in &strong {
        let found = found(format, bytes);
        let told: Vec<_> = found.traces.iter().map(|t| (t.kind, &*t.placement, t.strength)).collect();
        assert_eq!(told, [(*kind, *placement, Strength::Strong)], "{format}");
    }
    // Where no real file is known, a trace is worth a line.
    let weak: Vec<(&str, Vec<u8>, &str)> = vec![
        ("jpeg", in_jpeg(COM, PARAMETERS.as_bytes()), "jpeg/COM"),
        ("gif", in_gif(PARAMETERS), "gif/comment"),
        ("mp4", itunes(PARAMETERS), "mp4/meta/ilst"),
        (
            "mp4",
            moov(&isobmff::encode(
                *b"udta",
                &isobmff::encode(*b"\xa9cmt", &[&[0; 4][..], PARAMETERS.as_bytes()].concat()),
            )),
            "mp4/moov/udta",
        ),
        ("jpeg", in_jpeg(APP1, &xmp("<d:provenance>https://example.com/a.c2pa</d:provenance>")), "jpeg/APP1/XMP"),
        ("png", in_png(*b"tEXt", &text("hf-job-id", UUID)), "png/tEXt/hf-job-id"),
    ];
    for (format, bytes, placement) in &weak {
        let found = found(format, bytes);
        let told: Vec<_> = found.traces.iter().map(|t| (&*t.placement, t.strength)).collect();
        assert_eq!(told, [(*placement, Strength::Weak)], "{format}");
    }
}

/// What cameras, editors and people write in the same places.
#[test]
fn what_others_write_in_these_places_is_no_trace() {
    let camera = tags(&[
        (0x10e, "Signature: yes"),
        (0x10f, "Canon"),
        (0x110, "Gemini11"),
        (0x13b, "Leonardo"),
        (0x131, "Adobe Photoshop 25"),
    ]);
    for (format, bytes) in [
        ("png", in_png(*b"tEXt", b"parameters\0--quality 90")),
        ("png", in_png(*b"tEXt", b"Software\0Adobe LiveCycle Designer")),
        ("jpeg", in_jpeg(APP1, &exif(&camera))),
        ("jpeg", in_jpeg(APP13, &iim(110, "Google"))),
        ("jpeg", in_jpeg(COM, b"CREATOR: gd-jpeg v1.0")),
        ("jpeg", samsung(r#"{"genAIType":0}"#)),
        ("jpeg", in_jpeg(APP1, &xmp("<e:DigitalSourceType>compositeSynthetic</e:DigitalSourceType>"))),
        ("webp", in_riff("webp.webp", *b"EXIF", &camera)),
        ("gif", in_gif("Imagenation")),
        ("mp3", in_mp3(b"WOAS", b"https://example.com/song")),
        ("mp3", in_mp3(b"TSSE", b"\x03CopyAudio")),
        ("mp4", itunes("steps to the door")),
    ] {
        let found = found(format, &bytes);
        assert_eq!(found.traces, [], "{format}");
    }
}

/// A JUMBF superbox.
fn superbox(kind: &[u8; 4], label: &str, inside: &[u8]) -> Vec<u8> {
    let described = isobmff::encode(*b"jumd", &[kind, &[0; 12][..], &[3], label.as_bytes(), &[0]].concat());
    isobmff::encode(*b"jumb", &[described, inside.to_vec()].concat())
}

/// A store whose one manifest was made by `Painter` out of nothing, or by a camera.
fn store(source: &str) -> Vec<u8> {
    let text = |text: &str| [&[0x78, text.len() as u8][..], text.as_bytes()].concat();
    let action =
        [b"\xa2".to_vec(), text("softwareAgent"), text("Painter"), text("digitalSourceType"), text(source)].concat();
    let actions = [b"\xa1".to_vec(), text("actions"), b"\x81".to_vec(), action].concat();
    let claim = [b"\xa1".to_vec(), text("claim_generator"), text("Example App/1.0")].concat();
    let boxed = |data: &[u8]| isobmff::encode(*b"cbor", data);
    let manifest = [
        superbox(b"c2as", "c2pa.assertions", &superbox(b"cbor", "c2pa.actions.v2", &boxed(&actions))),
        superbox(b"c2cl", "c2pa.claim.v2", &boxed(&claim)),
    ];
    superbox(b"c2pa", "c2pa", &superbox(b"c2ma", "urn:c2pa:1", &manifest.concat()))
}

/// Files of many containers with a store in each.
fn stored(store: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    // In JPEG each piece repeats the header of the box.
    let piece = |number: u8, part: &[u8]| {
        jpeg::encode(APP11, &[&b"JP\0\x01\0\0\0"[..], &[number], &store[..8], part].concat()).unwrap()
    };
    let mut pieces = fixture("jpeg.jpg");
    pieces.splice(20..20, [piece(1, &store[8..60]), piece(2, &store[60..])].concat());
    let uuid = b"\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81\0\0\0\0manifest\0\0\0\0\0\0\0\0\0";
    vec![
        ("png", in_png(*b"caBX", store)),
        ("jpeg", pieces),
        ("webp", in_riff("webp.webp", *b"C2PA", store)),
        ("wav", in_riff("wav.wav", *b"C2PA", store)),
        ("mp4", in_mp4(*b"uuid", &[uuid, store].concat())),
        ("mp3", in_mp3(b"GEOB", &[&b"\0application/c2pa\0\0\0"[..], store].concat())),
        ("mp3", in_mp3(b"GEOB", &[&b"\0application/x-c2pa-manifest-store\0c2pa\0\0"[..], store].concat())),
    ]
}

#[test]
fn a_manifest_tells_its_tool_in_every_container() {
    for (format, bytes) in stored(&store("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia")) {
        let found = found(format, &bytes);
        let told: Vec<_> = found.traces.iter().map(|t| (t.kind, t.strength, &*t.detail)).collect();
        let detail = "trainedAlgorithmicMedia; Painter, Example App/1.0; not validated";
        assert_eq!(told, [("c2pa", Strength::Strong, detail)], "{format}");
        assert_eq!(found.blockers.len(), 1, "{format}");
    }
    for (format, bytes) in stored(&store("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture")) {
        let found = found(format, &bytes);
        assert_eq!(found.traces[0].strength, Strength::Weak, "{format}");
    }
}

#[test]
fn a_contradiction_of_c2pa_and_iptc_is_a_finding_in_both_languages() {
    let folder = scratch();
    let packet = xmp(
        "<e:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</e:DigitalSourceType>",
    );
    let packet = &packet[packet.iter().position(|b| *b == 0).unwrap() + 1..];
    let mut bytes = in_png(*b"caBX", &store("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"));
    bytes.splice(33..33, png::encode(*b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0", packet].concat()));
    std::fs::write(folder.path().join("a.png"), bytes).unwrap();
    for (lang, words) in [("en", "contradicts itself"), ("zh", "自相矛盾")] {
        let report = run(folder.path(), &["verify", "a.png", "--json", "--lang", lang]).json().remove(0);
        let finding = report["findings"].as_array().unwrap().iter().find(|f| f["code"] == "file.sources").unwrap();
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains(words) && message.contains("digitalCapture"), "{message}");
        assert_eq!((&finding["severity"], &report["verdict"]), (&"warning".into(), &"suspected".into()));
    }
}

/// No clean fixture is suspected, and rows have kinds that reports can show.
#[test]
fn clean_fixtures_have_no_trace() {
    for fixture in fixtures() {
        let (found, _) = read(fixture.format, &fixture.bytes);
        assert_eq!(found.traces, [], "{}", fixture.name);
    }
    let folder = scratch();
    std::fs::write(folder.path().join("a.jpg"), samsung(r#"{"genAIType":2}"#)).unwrap();
    let out = command(folder.path()).args(["verify", "a.jpg", "--json"]).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stdout).contains("\"verdict\":\"suspected\""));
    assert!(TRACES.iter().all(|row| !row.kind.is_empty() && row.strong.len() + row.weak.len() > 0));
}
