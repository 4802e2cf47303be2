//! The grammars of `biaoshi-container`, and the two that read labels.

use std::ops::Range;

use biaoshi_container::inflate::Spent;
use biaoshi_container::{
    Limits, Patch, Patched, Source, SourceExt, ebml as ebml_grammar, exif as exif_grammar, gif as gif_grammar,
    html as html_grammar, id3 as id3_grammar, iff as iff_grammar, isobmff as isobmff_grammar, jpeg as jpeg_grammar,
    ogg as ogg_grammar, pdf as pdf_grammar, phrase, png as png_grammar, riff as riff_grammar, text as text_grammar,
    tiff as tiff_grammar, to_vec, vorbis as vorbis_grammar, xml as xml_grammar, zip as zip_grammar,
};
use biaoshi_label::{Label, Reading, Record, check};
use biaoshi_metadata::{FORMATS, Found};

fn limits() -> Limits {
    Limits::default()
}

/// Asserts that a range that a parser gave lies in the bytes.
fn inside(range: &Range<u64>, data: &Vec<u8>) {
    assert!(range.start <= range.end && range.end <= data.len() as u64, "{range:?} of {}", data.len());
}

/// PNG chunks.
pub fn png(data: &Vec<u8>) {
    let Ok(chunks) = png_grammar::chunks(data, &limits()) else { return };
    for chunk in chunks.map_while(Result::ok) {
        inside(&chunk.range(), data);
        let _ = chunk.read(data, &limits());
    }
}

/// JPEG segments, the MPF index among them.
pub fn jpeg(data: &Vec<u8>) {
    let Ok(segments) = jpeg_grammar::segments(data, &limits()) else { return };
    for segment in &segments {
        inside(&segment.range(), data);
        if segment.read(data).is_ok_and(|payload| payload.starts_with(jpeg_grammar::MPF)) {
            let mut patch = Patch::new();
            patch.insert(2, *b"some more bytes in front");
            let _ = jpeg_grammar::fix_mpf(data, segment, &mut patch);
        }
    }
}

/// RIFF, RF64 and BW64 chunks.
pub fn riff(data: &Vec<u8>) {
    let Ok(form) = riff_grammar::form(data) else { return };
    for chunk in form.chunks(data, &[*b"data"], &limits()).list {
        inside(&chunk.data(), data);
        let _ = riff_grammar::chunks(data, chunk.data(), &[], &limits());
        if let Ok(body) = data.bytes("RIFF", chunk.data(), limits().part, phrase!("a chunk", "块")) {
            let _ = riff_grammar::WaveFormat::parse(&body);
        }
    }
}

/// IFF chunks.
pub fn iff(data: &Vec<u8>) {
    let Ok(form) = iff_grammar::form(data) else { return };
    for chunk in form.chunks(data, &[*b"SSND"], &limits()).list {
        inside(&chunk.data(), data);
    }
}

/// GIF blocks.
pub fn gif(data: &Vec<u8>) {
    let Ok((layout, _)) = gif_grammar::read(data, &limits()) else { return };
    for block in &layout.blocks {
        inside(&block.range, data);
        let _ = gif_grammar::joined(data, block, limits().part);
        let _ = gif_grammar::packet(data, block);
    }
}

/// HTML: what is found lies in the text.
pub fn html(data: &Vec<u8>) {
    let Ok(document) = html_grammar::Document::parse(data.clone(), &limits()) else { return };
    let text = &document.markup.text;
    for meta in &document.outline.metas {
        assert!(text.get(meta.span.clone()).is_some_and(|tag| tag.starts_with('<')), "{:?}", meta.span);
    }
    let _ = document.patch(&[(text.len()..text.len(), "<p>x</p>".into())]);
}

/// TIFF directories.
pub fn tiff(data: &Vec<u8>) {
    let Ok((form, first)) = tiff_grammar::Form::read(data) else { return };
    for directory in form.chain(data, first, &limits()).0 {
        directory.entries.iter().for_each(|entry| inside(&entry.value, data));
    }
}

/// An EXIF block.
pub fn exif(data: &Vec<u8>) {
    let Some(tiff) = exif_grammar::Tiff::new(data) else { return };
    for (_, entry) in tiff.entries().all {
        assert!(data.get(entry.value).is_some());
    }
    let _ = tiff.orientation();
}

/// ISO boxes, to a depth of eight.
pub fn isobmff(data: &Vec<u8>) {
    fn walk(data: &Vec<u8>, range: Range<u64>, depth: usize, budget: &mut isobmff_grammar::Budget) {
        for one in isobmff_grammar::boxes(data, range, budget).unwrap_or_default() {
            inside(&one.range(), data);
            let _ = one.resized(1);
            if depth > 0 {
                walk(data, one.body(), depth - 1, budget);
            }
        }
    }
    walk(data, 0..data.len() as u64, 8, &mut isobmff_grammar::Budget::new(&limits()));
}

/// EBML elements, to a depth of eight.
pub fn ebml(data: &Vec<u8>) {
    fn walk(data: &Vec<u8>, range: Range<u64>, depth: usize, budget: &mut ebml_grammar::Budget) {
        for element in ebml_grammar::children(data, range, budget).unwrap_or_default() {
            inside(&element.contents(), data);
            if depth > 0 {
                walk(data, element.contents(), depth - 1, budget);
            }
        }
    }
    walk(data, 0..data.len() as u64, 8, &mut ebml_grammar::Budget::new(&limits()));
}

/// Ogg pages, and the packet that their bodies make.
pub fn ogg(data: &Vec<u8>) {
    let (mut at, mut pieces) = (0, Vec::new());
    while let Ok(Some(page)) = ogg_grammar::page(data, at) {
        inside(&page.body(), data);
        assert!(page.end() > at);
        at = page.end();
        pieces.push(page.body());
        let _ = page.renumbered(1);
    }
    let packet = ogg_grammar::Packet::new(data, &pieces);
    let joined = to_vec(&packet, limits().part).expect("the bodies are there");
    assert_eq!(joined.len() as u64, Source::len(&packet));
}

/// Vorbis comments: an edit keeps the other comments.
pub fn vorbis(data: &Vec<u8>) {
    let read = |source: &dyn Source| {
        let mut all = Vec::new();
        let list = vorbis_grammar::walk(source, 0..source.len(), &limits(), &mut |comment| {
            all.push(comment);
            Ok(())
        });
        list.map(|list| (list, all))
    };
    let Ok((list, all)) = read(data) else { return };
    let mut patch = Patch::new();
    if list.edit(all.get(..1).unwrap_or_default(), &["AIGC=x".to_owned()], &mut patch).is_ok() {
        let (_, again) = read(&Patched::new(data, &patch)).expect("the edited comments can be read");
        assert_eq!(again.len(), all.len().max(1));
    }
}

/// ID3v2 tags of each version.
pub fn id3(data: &Vec<u8>) {
    let Ok(Some(tag)) = id3_grammar::tag(data, 0) else { return };
    let body = tag.body();
    let Ok((front, _)) = id3_grammar::frames_start(data, &tag, &body) else { return };
    let spent = Spent::default();
    let Ok(frames) = id3_grammar::frames(data, tag.version, front..body.end, &limits()) else { return };
    for frame in frames.list {
        inside(&frame.body, data);
        let Ok(bytes) = data.bytes("ID3v2", frame.body.clone(), limits().part, phrase!("a frame", "帧")) else {
            continue;
        };
        let restored = id3_grammar::resynchronise(&bytes);
        let _ = id3_grammar::raw_offset(&bytes, restored.len() as u64);
        if let Some(bytes) = id3_grammar::frame_data(tag.version, frame.flags, &bytes, &limits(), &spent) {
            let _ = id3_grammar::user_text(&bytes);
        }
    }
}

/// PDF objects, through the cross-reference sections and by searching.
pub fn pdf(data: &Vec<u8>) {
    for file in [pdf_grammar::File::open(data, 0, &limits()), pdf_grammar::File::repair(data, 0, &limits())] {
        let Ok(file) = file else { continue };
        for key in ["Root", "Info", "Encrypt"] {
            let Ok(Some(object)) = file.named(key) else { continue };
            for entry in &object.dict().0 {
                if let Ok(Some(inner)) = file.follow(&object, &entry.value) {
                    let _ = file.decoded(&inner);
                    if let pdf_grammar::Value::Text(bytes) = &inner.value {
                        let (text, _) = pdf_grammar::decode(bytes);
                        let _ = pdf_grammar::encode(&text);
                    }
                }
            }
        }
        let _ = pdf_grammar::Update::of(&file);
    }
}

/// ZIP archives: members, and a change of the first and of a new one.
pub fn zip(data: &Vec<u8>) {
    let Ok(archive) = zip_grammar::Archive::read(data, &limits()) else { return };
    for member in archive.members.iter().take(64) {
        let _ = member.read(data, &archive, &limits());
    }
    for member in [None, Some(0).filter(|_| !archive.members.is_empty())] {
        let change = zip_grammar::Change { member, name: "biaoshi/new".into(), contents: b"new".to_vec() };
        let Ok(patch) = zip_grammar::plan(data, &archive, &[change]) else { continue };
        let view = Patched::new(data, &patch);
        let again = zip_grammar::Archive::read(&view, &limits()).expect("the changed archive can be read");
        assert_eq!(again.members.len(), archive.members.len() + usize::from(member.is_none()));
        let index = member.unwrap_or(again.members.len() - 1);
        let changed = again.members.get(index).expect("the member is there");
        let (contents, right) = changed.read(&view, &again, &limits()).expect("the member can be read");
        assert!(contents == b"new" && right);
    }
}

/// XML, as a packet and as a document.
pub fn xml(data: &Vec<u8>) {
    let text = String::from_utf8_lossy(data);
    for tree in [xml_grammar::Tree::parse(&text, &limits()), xml_grammar::Tree::parse_document(&text, &limits())] {
        for (index, element) in tree.elements.iter().enumerate() {
            assert!(text.get(element.span.clone()).is_some());
            assert!(tree.ancestors(index).count() <= limits().xml_depth);
        }
    }
}

/// YAML between the lines of a front matter block.
pub fn yaml(data: &Vec<u8>) {
    let text = [b"---\n", data.as_slice(), b"\n---\n"].concat();
    let row = FORMATS.iter().find(|f| f.name == "markdown").expect("the row is there");
    let _ = (row.read)(&text, &limits(), &mut Found::default());
}

/// Texts in every encoding.
pub fn text(data: &Vec<u8>) {
    let Ok(document) = text_grammar::Document::parse(data.to_vec()) else { return };
    assert!(document.lines.last().is_none_or(|line| line.end == document.len()));
    for line in &document.lines {
        let text = document.text(line);
        let _ = text_grammar::yaml_key(&text);
        let _ = document.encoding.encode(&text);
    }
    let _ = text_grammar::front_matter(&document);
    assert_eq!(text_grammar::fenced(&document).len(), document.lines.len());
}

/// Reading a record from the text of a slot, its rules, and writing it in the prescribed form.
pub fn label(data: &Vec<u8>) {
    let text = String::from_utf8_lossy(data);
    let Reading::Label(parsed) = biaoshi_label::read(&text) else { return };
    let record = Record {
        placement: "fuzz".into(),
        span: 0..0,
        raw: text.clone().into_owned(),
        fields: parsed.fields,
        misspelt: parsed.misspelt,
        repeated: parsed.repeated,
        dialects: parsed.dialects,
        broken: parsed.broken,
    };
    let _ = check(&record);
    let kept = Label::preserving(&record);
    let Reading::Label(again) = biaoshi_label::read(&kept.to_json()) else { panic!("a written label is no label") };
    assert!(again.fields == *kept.fields() && again.dialects.is_empty() && !again.broken);
}
