//! PDF. The label is `/AIGC` in the information dictionary (text guide), written by an incremental update: what was
//! there stays byte for byte. Other keys of that dictionary and the XMP of the catalog are read.

mod content;
mod pointers;

use std::ops::Range;

use biaoshi_container::pdf::{self, Coding, Entry, FRONT, File, Object, Ref, Update, Value};
use biaoshi_container::{Error, Limits, Message, Patch, Problem, Result, Said, Source, phrase, said};
use biaoshi_label::{Code, Dialect, Label};

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::{Blocker, Found, Offer, Slot, finding};
use crate::xmp::{Packet, Place};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "pdf",
    media_type: "application/pdf",
    extensions: &["pdf"],
    kind: Kind::Document,
    status: Status::Standard,
    placement: INFO,
    clause: "TC260-PG-20258A",
    touches: "an incremental update at the end: the information dictionary, a section of references, the second file identifier",
    families: &["pdf"],
    sniff,
    read,
    pointers: Some(pointers::walk),
    content: Some(content::parts),
};

const NAME: &str = "PDF";
const INFO: &str = "pdf/Info/AIGC";
const XMP: &str = "pdf/Metadata/XMP";
const MANIFEST: &str = "pdf/AF/C2PA";
/// Most associated files and form fields that are looked at.
const FEW: usize = 64;

fn sniff(head: &Head<'_>) -> Confidence {
    match pdf::header(&head.bytes) {
        Some(0) => Confidence::Magic,
        // A text may only speak of the magic; one that begins a line and ends as a document does is what it says.
        Some(_) if !head.is_text() => Confidence::Likely,
        Some(at) if head.get(0..at).ends_with(b"\n") && pdf::has_end(head.source).unwrap_or(false) => {
            Confidence::Likely
        }
        _ => Confidence::No,
    }
}

/// What a writer needs to know.
struct Layout {
    /// What an update must repeat, or why none can be made.
    update: std::result::Result<Update, Message>,
    /// The name of the information dictionary, unless it has none of its own.
    info: Option<Ref>,
    /// Its entries that are no labels.
    kept: Vec<Kept>,
    /// The metadata stream with a label in it: its name, its dictionary's other entries, its packet.
    metadata: Option<(Ref, Vec<Vec<u8>>, Packet)>,
}

/// An entry that stays.
enum Kept {
    /// As it is written.
    Raw(Vec<u8>),
    /// Its key as it is written, and a string that has to be encrypted.
    Plain(Vec<u8>, Vec<u8>),
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut front = [0; FRONT];
    let got = source.read_at(0, &mut front).map_err(|e| Error::io(NAME, e))?;
    let header = pdf::header(front.get(..got).unwrap_or_default());
    let header =
        header.ok_or_else(|| Error::invalid(NAME, 0, phrase!("the header %PDF- is missing", "缺少文件头 %PDF-")))?;
    let Opened { file, catalog, info, unsure } = open(source, header as u64, limits, found)?;
    let update = match unsure {
        Some(why) => Err(why.into()),
        None => Update::of(&file),
    };
    if let Some(why) = file.closed() {
        found.pass_over("pdf/Encrypt", said!("the encrypted text of the document ({})", "文档的加密文本({})", why));
    }
    let layout = Layout { update, info: None, kept: Vec::new(), metadata: None };
    let mut reader = Reader { file: &file, limits, found, layout };
    if let Some(info) = &info {
        reader.info(info);
    }
    if let Some(catalog) = &catalog {
        reader.catalog(catalog)?;
    }
    Ok(Box::new(reader.layout))
}

/// A file with its catalog and information dictionary.
struct Opened<'a> {
    file: File<'a>,
    catalog: Option<Object>,
    info: Option<Object>,
    /// Why nothing can be written.
    unsure: Option<&'static Said>,
}

/// The file, repaired where that is needed.
fn open<'a>(source: &'a dyn Source, header: u64, limits: &Limits, found: &mut Found) -> Result<Opened<'a>> {
    let is_dict = |o: &Object| matches!(o.value, Value::Dict(_));
    let roots = |file: File<'a>| -> Result<Opened<'a>> {
        // What a password hides in object streams is not damaged.
        let named = |key| match file.named(key) {
            Err(_) if file.closed().is_some() => Ok(None),
            object => object,
        };
        let (catalog, info) = (named("Root")?.filter(is_dict), named("Info")?.filter(is_dict));
        Ok(Opened { file, catalog, info, unsure: None })
    };
    let damage = match File::open(source, header, limits).and_then(roots) {
        Ok(opened) if opened.catalog.is_some() || opened.file.closed().is_some() => return Ok(opened),
        Ok(_) => Error::invalid(NAME, 0, phrase!("the document has no catalog", "文档没有目录对象(Catalog)")),
        Err(damage) if matches!(damage.problem, Problem::Io(_) | Problem::Limit { .. }) => return Err(damage),
        Err(damage) => damage,
    };
    // The first damage says more than what a repair lacks.
    let Ok(file) = File::repair(source, header, limits) else { return Err(damage) };
    // Where the file has lost its end, or a part, a label may be lost with it.
    let cut = matches!(damage.problem, Problem::Truncated { .. } | Problem::PastEnd { .. });
    if cut || !pdf::has_end(source)? || !file.is_whole() {
        found.damaged("pdf/xref", damage.message());
    } else {
        found.pass_over("pdf/xref", phrase!("the damaged cross-reference table", "有误的交叉引用表"));
    }
    let (catalog, info) = (file.named("Root").ok().flatten().filter(is_dict), file.named("Info"));
    // What cannot be read would be lost.
    let unsure = info
        .is_err()
        .then_some(phrase!("writing into a document with a damaged information dictionary", "写入信息字典有误的文档"));
    let info = info.ok().flatten().filter(is_dict);
    let info = match info {
        None => file.labelled().ok().flatten(),
        some => some,
    };
    if catalog.is_none() && info.is_none() { Err(damage) } else { Ok(Opened { file, catalog, info, unsure }) }
}

struct Reader<'a> {
    file: &'a File<'a>,
    limits: &'a Limits,
    found: &'a mut Found,
    layout: Layout,
}

impl Reader<'_> {
    /// The information dictionary (ISO 32000-2 14.3.3).
    fn info(&mut self, info: &Object) {
        // Inside the trailer it has no object around it, and is written anew as one.
        let own = info.id.number != 0;
        self.layout.info = own.then_some(info.id);
        for entry in &info.dict().0 {
            let span = match info.base {
                Some(base) => base + entry.place.start as u64..base + entry.place.end as u64,
                None => info.part.clone(),
            };
            if !self.value(info, &entry.key, &entry.value, span) {
                let kept = self.kept(info, entry);
                self.layout.kept.push(kept);
            }
        }
    }

    /// An entry that stays. Where its string is plain in an encrypted file, it is in an object stream, and must not stay so.
    fn kept(&mut self, info: &Object, entry: &Entry) -> Kept {
        let raw = |range: Range<usize>| info.text.get(range).unwrap_or_default().to_vec();
        let own = info.id.number != 0;
        if !self.file.is_encrypted() || self.file.is_sealed(info) && own {
            return Kept::Raw(raw(entry.span.clone()));
        }
        match &entry.value {
            Value::Text(text) if own => Kept::Plain(raw(entry.span.start..entry.place.start), text.clone()),
            value => {
                if matches!(value, Value::Text(_)) || value.holds_text() {
                    self.layout.update = Err(phrase!(
                        "writing into an encrypted document with such an information dictionary",
                        "写入信息字典如此存放的加密文档"
                    )
                    .into());
                }
                Kept::Raw(raw(entry.span.clone()))
            }
        }
    }

    /// Whether an entry is a label, which goes when one is written.
    fn value(&mut self, info: &Object, key: &[u8], value: &Value, span: Range<u64>) -> bool {
        let slot = key.eq_ignore_ascii_case(b"AIGC");
        let name = String::from_utf8_lossy(key).into_owned();
        let placement = if slot { INFO.to_owned() } else { format!("pdf/Info/{name}") };
        let text = match self.file.follow(info, value) {
            Ok(Some(Object { value: Value::Text(text), .. })) if self.file.closed().is_none() => text,
            Ok(_) => return slot,
            Err(e) => {
                self.found.pass_over(placement, e.message());
                return slot;
            }
        };
        let (text, coding) = pdf::decode(&text);
        let mut dialects = Vec::new();
        if !slot {
            dialects.push(Dialect::PdfOtherKey);
        } else if key != b"AIGC" {
            dialects.push(Dialect::SlotCase);
        }
        if coding == Coding::Other {
            dialects.push(Dialect::PdfEncoding);
        }
        let place = Slot { placement: placement.clone().into(), span, wrapped: false, dialects: &dialects };
        match self.found.offer_as(slot, place, &text, self.limits) {
            Offer::Label => return true,
            Offer::Vendor => {}
            Offer::Nothing => {
                let name = if name == "Producer" { "Software" } else { &name };
                self.found.look(&placement, name, &text);
            }
        }
        // Whatever else stands there, the key is the one that is written.
        key == b"AIGC"
    }

    fn catalog(&mut self, catalog: &Object) -> Result<()> {
        if let Some(metadata) = self.part(catalog, "Metadata", XMP)
            && metadata.stream.is_some()
        {
            self.metadata(&metadata);
        }
        if let Some(form) = self.part(catalog, "AcroForm", "pdf/AcroForm") {
            self.signatures(&form);
        }
        if let Some(permissions) = self.part(catalog, "Perms", "pdf/Perms") {
            let perms = permissions.dict();
            for (key, what) in [
                ("DocMDP", phrase!("a certifying signature", "PDF 认证签名")),
                ("UR3", phrase!("a usage rights signature", "PDF 使用权限签名")),
            ] {
                if perms.get(key).is_some_and(|v| *v != Value::Null) {
                    self.found.blockers.push(Blocker { what, placement: format!("pdf/Perms/{key}").into() });
                }
            }
        }
        self.associated(catalog);
        Ok(())
    }

    /// A part that nobody needs: damage in it is passed over.
    fn part(&mut self, holder: &Object, key: &str, placement: &'static str) -> Option<Object> {
        let part = self.file.entry(holder, key);
        self.readable(part, placement)
    }

    fn readable(&mut self, part: Result<Option<Object>>, placement: &'static str) -> Option<Object> {
        match part {
            Ok(object) => object,
            Err(e) => {
                self.found.pass_over(placement, e.message());
                None
            }
        }
    }

    fn metadata(&mut self, object: &Object) {
        let (bytes, range) = match self.file.decoded(object).and_then(|b| Ok((b, self.file.data(object)?))) {
            Ok(read) => read,
            Err(e) => return self.found.pass_over(XMP, e.message()),
        };
        if self.file.closed().is_some() && !bytes.windows(5).any(|w| w == b"<rdf:") {
            return;
        }
        let plain = object.dict().get("Filter").is_none() && !self.file.is_encrypted();
        let offset = plain.then_some(range.start);
        let place = Place { placement: XMP, offset, part: range, dialects: &[Dialect::PdfXmp] };
        let packet = Packet::read(&bytes, &place, self.limits, self.found);
        if packet.has_label() {
            let coded = [&b"Length"[..], b"Filter", b"DecodeParms", b"DL", b"F", b"FFilter", b"FDecodeParms"];
            let kept = object.dict().0.iter().filter(|e| !coded.contains(&e.key.as_slice()));
            let kept = kept.map(|e| object.text.get(e.span.clone()).unwrap_or_default().to_vec()).collect();
            self.layout.metadata = Some((object.id, kept, packet));
        }
    }

    /// An ordinary signature covers the bytes up to it, which stay (12.8.1).
    fn signatures(&mut self, form: &Object) {
        let flagged = form.dict().number("SigFlags").is_some_and(|flags| flags & 1 == 1);
        let fields = self.part(form, "Fields", "pdf/AcroForm");
        let signed = |fields: &Object, field: &Value| {
            let field = self.file.follow(fields, field).ok().flatten();
            field.is_some_and(|f| f.dict().is("FT", "Sig") && f.dict().get("V").is_some())
        };
        let signed = match fields {
            Some(fields) if !flagged => fields.items().iter().take(FEW).any(|f| signed(&fields, f)),
            _ => false,
        };
        if flagged || signed {
            self.found.findings.push(finding(Code::Signed, "pdf/AcroForm", phrase!("a signature", "PDF 数字签名")));
        }
    }

    /// Associated files (14.13): a C2PA manifest is one of them.
    fn associated(&mut self, catalog: &Object) {
        let Some(files) = self.part(catalog, "AF", MANIFEST) else { return };
        for file in files.items().iter().take(FEW) {
            let spec = self.file.follow(&files, file);
            let Some(spec) = self.readable(spec, MANIFEST) else { continue };
            if !spec.dict().is("AFRelationship", "C2PA_Manifest") {
                continue;
            }
            let embedded = self.part(&spec, "EF", MANIFEST);
            let stream = embedded.and_then(|e| self.part(&e, "F", MANIFEST));
            let manifest = stream.and_then(|s| self.file.decoded(&s).ok()).unwrap_or_default();
            self.found.c2pa(MANIFEST, &manifest);
        }
    }
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut update = self.update.clone().map_err(|why| Error::unsupported(NAME, why))?;
        let id = self.info.unwrap_or_else(|| update.fresh());
        let mut text = b"<< ".to_vec();
        for entry in &self.kept {
            match entry {
                Kept::Raw(raw) => text.extend(raw),
                Kept::Plain(key, string) => text.extend([key.as_slice(), &update.string(id, string)].concat()),
            }
            text.push(b'\n');
        }
        text.extend(b"/AIGC ");
        text.extend(update.string(id, &pdf::encode(&label.to_json())));
        text.extend(b" >>");
        let mut objects = vec![(id, text)];
        if let Some((id, kept, packet)) = &self.metadata {
            let packet = update.metadata(*id, packet.with(None)?);
            let mut text = format!("<< /Length {}", packet.len()).into_bytes();
            for entry in kept {
                text.push(b' ');
                text.extend(entry);
            }
            text.extend(b" >>\nstream\n");
            text.extend(packet);
            text.extend(b"\nendstream");
            objects.push((*id, text));
        }
        let mut patch = Patch::new();
        patch.insert(source.len(), update.encode(source.len(), objects, Some(id))?);
        Ok(patch)
    }
}
