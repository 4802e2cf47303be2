//! Word, Excel and PowerPoint files (OPC, ECMA-376). The label is the custom document property `AIGC` (text guide);
//! other custom properties and the core and extended properties are read.

mod content;
mod package;
mod pointers;
mod read;
mod write;

use biaoshi_container::zip::Archive;
use biaoshi_container::{Limits, Patch, Result, Said, Source};
use biaoshi_label::Label;

use crate::format::{Confidence, Format, Head, Kind, Status, Writer};

/// Word.
pub(crate) static DOCX: Format = Format {
    name: "docx",
    media_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    extensions: &["docx", "docm", "dotx", "dotm"],
    sniff: |head| sniff(head, &DOCX, b"word/document"),
    ..ROW
};

/// Excel.
pub(crate) static XLSX: Format = Format {
    name: "xlsx",
    media_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    extensions: &["xlsx", "xlsm", "xltx", "xltm"],
    sniff: |head| sniff(head, &XLSX, b"xl/workbook"),
    ..ROW
};

/// PowerPoint.
pub(crate) static PPTX: Format = Format {
    name: "pptx",
    media_type: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    extensions: &["pptx", "pptm", "potx", "potm", "ppsx", "ppsm"],
    sniff: |head| sniff(head, &PPTX, b"ppt/presentation"),
    ..ROW
};

const ROW: Format = Format {
    name: "",
    media_type: "",
    extensions: &[],
    kind: Kind::Document,
    status: Status::Standard,
    placement: PROPERTY,
    clause: "TC260-PG-20258A",
    touches: "the custom properties, with their entries in the content types and relationships, and the ZIP directory; other members stay as they are",
    families: &["office"],
    sniff: |_| Confidence::No,
    read: read::read,
    pointers: Some(pointers::walk),
    content: Some(content::parts),
};

const NAME: &str = "Office";
const PROPERTY: &str = "office/custom.xml/AIGC";
const TYPES: &str = "[Content_Types].xml";
const RELATIONS: &str = "_rels/.rels";
/// Where custom properties stand, unless a relationship says otherwise.
const CUSTOM: &str = "docProps/custom.xml";
/// Namespaces of custom properties and their values: transitional, then strict (ECMA-376 parts 4 and 1).
const CUSTOM_NS: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/custom-properties",
    "http://purl.oclc.org/ooxml/officeDocument/customProperties",
];
const VALUE_NS: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes",
    "http://purl.oclc.org/ooxml/officeDocument/docPropsVTypes",
];
/// The format id of all user-defined properties.
const FMTID: &str = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}";

/// Most parts with custom properties that are looked at; a sound package has one.
const FEW: usize = 8;

/// The main part tells the three apart.
fn sniff(head: &Head<'_>, row: &Format, main: &[u8]) -> Confidence {
    if !head.bytes.starts_with(b"PK\x03\x04") {
        return Confidence::No;
    }
    let starts = |name: &[u8]| name.get(..main.len()).is_some_and(|n| n.eq_ignore_ascii_case(main));
    match Archive::read(head.source, &Limits::default()) {
        Ok(archive) if archive.named(TYPES).next().is_none() => Confidence::No,
        Ok(archive) if archive.members.iter().any(|m| starts(&m.name)) => Confidence::Magic,
        Ok(_) => Confidence::No,
        // A cut-off archive has lost its directory; its first members still stand there.
        Err(_) if row.extensions.contains(&head.extension) => {
            let types = head.bytes.windows(TYPES.len()).any(|w| w == TYPES.as_bytes());
            if types { Confidence::Likely } else { Confidence::No }
        }
        Err(_) => Confidence::No,
    }
}

/// A part that writing may change: its member, its text, and what goes from it.
#[derive(Debug)]
struct Part {
    /// Index of the member.
    member: usize,
    text: String,
    /// Spans of labels.
    labels: Vec<std::ops::Range<usize>>,
}

/// What a writer needs to know.
struct Layout {
    archive: Archive,
    types: Option<Part>,
    relations: Option<Part>,
    /// Custom properties, and the name of their part.
    custom: Option<Part>,
    custom_name: String,
    /// Other parts with labels.
    others: Vec<Part>,
    /// Why nothing can be written.
    refused: Option<&'static Said>,
}

impl Writer for Layout {
    fn plan(&self, source: &dyn Source, label: &Label, limits: &Limits) -> Result<Patch> {
        write::plan(self, source, label, limits)
    }
}
