//! PDF. The label is `/AIGC` in the information dictionary (text guide), written by an incremental update: what was
//! there stays byte for byte. Other keys of that dictionary and the XMP of the catalog are read.

use std::ops::Range;

use biaoshi_container::pdf::{self, Coding, Dict, File, Object, Ref, Update, Value};
use biaoshi_container::{Error, Limits, Patch, Problem, Result, Source};
use biaoshi_label::{Code, Dialect, Finding, Label};

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};
use crate::found::{Blocker, Found, Offer, Slot};
use crate::trace;
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
    pointers: None,
};

const NAME: &str = "PDF";
const INFO: &str = "pdf/Info/AIGC";
const XMP: &str = "pdf/Metadata/XMP";
const MANIFEST: &str = "pdf/AF/C2PA";
const MAGIC: &[u8] = b"%PDF-";
/// Readers look for the header this far (ISO 32000-1 Annex H, note 13).
const FRONT: usize = 1024;
/// Most associated files and form fields that are looked at.
const FEW: usize = 64;

fn sniff(head: &Head<'_>) -> Confidence {
    let front = head.get(0..head.bytes.len().min(FRONT));
    match front.windows(MAGIC.len()).position(|w| w == MAGIC) {
        Some(0) => Confidence::Magic,
        // A text may only speak of the magic.
        Some(_) if !head.is_text() => Confidence::Likely,
        _ => Confidence::No,
    }
}

/// What a writer needs to know.
struct Layout {
    /// What an update must repeat, or why none can be made.
    update: std::result::Result<Update, &'static str>,
    /// The information dictionary's name, and its entries that are no labels.
    info: Option<(Ref, Vec<Vec<u8>>)>,
    /// The metadata stream with a label in it: its name, its dictionary's other entries, its packet.
    metadata: Option<(Ref, Vec<Vec<u8>>, Packet)>,
}

fn read(source: &dyn Source, limits: &Limits, found: &mut Found) -> Result<Box<dyn Writer>> {
    let mut front = [0; FRONT];
    let got = source.read_at(0, &mut front).map_err(|e| Error::io(NAME, e))?;
    if !front.get(..got).unwrap_or_default().windows(MAGIC.len()).any(|w| w == MAGIC) {
        return Err(Error::invalid(NAME, 0, "the header %PDF- is missing"));
    }
    let (file, catalog, info) = open(source, limits, found)?;
    let mut layout = Layout { update: Err(BROKEN), info: None, metadata: None };
    if let Ok(update) = Update::of(&file) {
        layout.update = Ok(update);
    }
    if file.trailer().get("Encrypt").is_some_and(|v| *v != Value::Null) {
        layout.update = Err("writing into an encrypted document");
        found.pass_over("pdf/Encrypt", "the encrypted text of the document");
    }
    let mut reader = Reader { file: &file, limits, found, layout };
    if let Some(info) = &info {
        reader.info(info);
    }
    if let Some(catalog) = &catalog {
        reader.catalog(catalog.dict())?;
    }
    Ok(Box::new(reader.layout))
}

const BROKEN: &str = "writing into a document with a damaged cross-reference table";

type Opened<'a> = (File<'a>, Option<Object>, Option<Object>);

/// The file with its catalog and information dictionary, repaired where that is needed.
fn open<'a>(source: &'a dyn Source, limits: &Limits, found: &mut Found) -> Result<Opened<'a>> {
    let roots = |file: File<'a>| -> Result<Opened<'a>> {
        let catalog = file.entry(file.trailer(), "Root")?.filter(|o| matches!(o.value, Value::Dict(_)));
        let info = file.entry(file.trailer(), "Info")?.filter(|o| matches!(o.value, Value::Dict(_)));
        Ok((file, catalog, info))
    };
    let damage = match File::open(source, limits).and_then(roots) {
        Ok(opened) if opened.1.is_some() => return Ok(opened),
        Ok(_) => Error::invalid(NAME, 0, "the document has no catalog"),
        Err(damage) if matches!(damage.problem, Problem::Io(_) | Problem::Limit { .. }) => return Err(damage),
        Err(damage) => damage,
    };
    // The first damage says more than what a repair lacks.
    let Ok(file) = File::repair(source, limits) else { return Err(damage) };
    found.pass_over("pdf/xref", "the damaged cross-reference table");
    let part = |key| file.entry(file.trailer(), key).ok().flatten().filter(|o| matches!(o.value, Value::Dict(_)));
    let (catalog, info) = (part("Root"), part("Info"));
    if catalog.is_none() && info.is_none() { Err(damage) } else { Ok((file, catalog, info)) }
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
        let mut kept = Vec::new();
        for entry in &info.dict().0 {
            let span = match info.base {
                Some(base) => base + entry.place.start as u64..base + entry.place.end as u64,
                None => info.part.clone(),
            };
            // An own dictionary inside the trailer has no object around it; it is written anew as one.
            if !self.value(&entry.key, &entry.value, span) {
                kept.push(info.text.get(entry.span.clone()).unwrap_or_default().to_vec());
            }
        }
        if info.id.number != 0 {
            self.layout.info = Some((info.id, kept));
        }
    }

    /// Whether an entry is a label, which goes when one is written.
    fn value(&mut self, key: &[u8], value: &Value, span: Range<u64>) -> bool {
        let slot = key.eq_ignore_ascii_case(b"AIGC");
        let text = match self.file.follow(value).ok().flatten().map(|o| o.value) {
            Some(Value::Text(text)) => text,
            _ => return slot,
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
        let key = String::from_utf8_lossy(key).into_owned();
        let placement = if slot { INFO.to_owned() } else { format!("pdf/Info/{key}") };
        let place = Slot { placement: placement.clone().into(), span, wrapped: false, dialects: &dialects };
        match self.found.offer_as(slot, place, &text, self.limits) {
            Offer::Label => return true,
            Offer::Vendor => {}
            Offer::Nothing => {
                let name = if key == "Producer" { "Software" } else { &key };
                trace::look(self.found, &placement, name, &text);
            }
        }
        // Whatever else stands there, the key is the one that is written.
        key == "AIGC"
    }

    fn catalog(&mut self, catalog: &Dict) -> Result<()> {
        if let Some(metadata) = self.part(catalog, "Metadata", XMP)
            && metadata.stream.is_some()
        {
            self.metadata(&metadata);
        }
        if let Some(form) = self.part(catalog, "AcroForm", "pdf/AcroForm") {
            self.signatures(form.dict());
        }
        if let Some(permissions) = self.part(catalog, "Perms", "pdf/Perms") {
            let perms = permissions.dict();
            for (key, what) in [("DocMDP", "a certifying signature"), ("UR3", "a usage rights signature")] {
                if perms.get(key).is_some_and(|v| *v != Value::Null) {
                    self.found.blockers.push(Blocker { what, placement: format!("pdf/Perms/{key}").into() });
                }
            }
        }
        self.associated(catalog)
    }

    /// A part that nobody needs: damage in it is passed over.
    fn part(&mut self, dict: &Dict, key: &str, placement: &'static str) -> Option<Object> {
        match self.file.entry(dict, key) {
            Ok(object) => object,
            Err(e) => {
                self.found.pass_over(placement, e.to_string());
                None
            }
        }
    }

    fn metadata(&mut self, object: &Object) {
        let (bytes, range) = match self.file.decoded(object).and_then(|b| Ok((b, self.file.data(object)?))) {
            Ok(read) => read,
            Err(e) => return self.found.pass_over(XMP, e.to_string()),
        };
        let encrypted = self.file.trailer().get("Encrypt").is_some();
        if encrypted && !bytes.windows(5).any(|w| w == b"<rdf:") {
            return;
        }
        let plain = object.dict().get("Filter").is_none();
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
    fn signatures(&mut self, form: &Dict) {
        let flagged = form.number("SigFlags").is_some_and(|flags| flags & 1 == 1);
        let fields = self.part(form, "Fields", "pdf/AcroForm").map(|o| o.value);
        let signed = |file: &File<'_>, field: &Value| {
            let field = file.follow(field).ok().flatten();
            field.is_some_and(|f| f.dict().is("FT", "Sig") && f.dict().get("V").is_some())
        };
        let signed = match &fields {
            Some(Value::Array(fields)) if !flagged => fields.iter().take(FEW).any(|f| signed(self.file, f)),
            _ => false,
        };
        if flagged || signed {
            self.found.findings.push(Finding::new(Code::Signed, "pdf/AcroForm", "a signature"));
        }
    }

    /// Associated files (14.13): a C2PA manifest is one of them.
    fn associated(&mut self, catalog: &Dict) -> Result<()> {
        let Some(Value::Array(files)) = self.part(catalog, "AF", MANIFEST).map(|o| o.value) else { return Ok(()) };
        for file in files.iter().take(FEW) {
            let Some(spec) = self.file.follow(file).ok().flatten() else { continue };
            if !spec.dict().is("AFRelationship", "C2PA_Manifest") {
                continue;
            }
            let embedded = self.part(spec.dict(), "EF", MANIFEST);
            let stream = embedded.and_then(|e| self.part(e.dict(), "F", MANIFEST));
            let manifest = stream.and_then(|s| self.file.decoded(&s).ok()).unwrap_or_default();
            self.found.c2pa(MANIFEST, &manifest);
        }
        Ok(())
    }
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, _: &Limits) -> Result<Patch> {
        let mut update = self.update.clone().map_err(|why| Error::unsupported(NAME, why))?;
        let (id, kept) = match &self.info {
            Some((id, kept)) => (*id, kept.as_slice()),
            None => (update.fresh(), [].as_slice()),
        };
        let mut text = b"<< ".to_vec();
        for entry in kept {
            text.extend(entry);
            text.push(b'\n');
        }
        text.extend(b"/AIGC ");
        text.extend(pdf::encode(&label.to_json()));
        text.extend(b" >>");
        let mut objects = vec![(id, text)];
        if let Some((id, kept, packet)) = &self.metadata {
            let packet = packet.with(None)?;
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
        patch.insert(source.len(), update.encode(source.len(), objects, id)?);
        Ok(patch)
    }
}
