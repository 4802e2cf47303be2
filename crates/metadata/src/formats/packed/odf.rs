//! OpenDocument texts, spreadsheets and presentations. The label is a user-defined property in `meta.xml` (our convention).

use biaoshi_container::xml::{self, Element};
use biaoshi_container::zip::Archive;
use biaoshi_container::{Limits, Result, Said, Source, phrase};
use biaoshi_label::Label;

use super::{Form, Home, parts, pointers, sniff, text};
use crate::format::{Confidence, Format, Kind, Status};
use crate::found::{Blocker, Found};

/// Writer.
pub(crate) static ODT: Format = Format {
    name: "odt",
    media_type: "application/vnd.oasis.opendocument.text",
    extensions: &["odt", "ott"],
    sniff: |head| sniff(head, |kind| is(kind, "text")),
    ..ROW
};

/// Calc.
pub(crate) static ODS: Format = Format {
    name: "ods",
    media_type: "application/vnd.oasis.opendocument.spreadsheet",
    extensions: &["ods", "ots"],
    sniff: |head| sniff(head, |kind| is(kind, "spreadsheet")),
    ..ROW
};

/// Impress.
pub(crate) static ODP: Format = Format {
    name: "odp",
    media_type: "application/vnd.oasis.opendocument.presentation",
    extensions: &["odp", "otp"],
    sniff: |head| sniff(head, |kind| is(kind, "presentation")),
    ..ROW
};

const ROW: Format = Format {
    name: "",
    media_type: "",
    extensions: &[],
    kind: Kind::Document,
    status: Status::Convention,
    placement: "odf/meta.xml/AIGC",
    clause: "TC260-PG-20258A names no place in OpenDocument",
    touches: "a user-defined property in meta.xml, and the ZIP directory; other members stay as they are",
    families: &["office"],
    sniff: |_| Confidence::No,
    read: |source, limits, found| super::read(&FORM, source, limits, found, place),
    pointers: Some(pointers),
    content: Some(|source, limits| parts(source, limits, |name| name == META.as_bytes())),
};

const META: &str = "meta.xml";
const OFFICE_NS: &str = "urn:oasis:names:tc:opendocument:xmlns:office:1.0";
const META_NS: &str = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0";

static FORM: Form = Form {
    grammar: "OpenDocument",
    placement: ROW.placement,
    home: |e| e.name.is(OFFICE_NS, "meta"),
    property: |e| {
        let name = attribute(e, "name").filter(|_| e.name.is(META_NS, "user-defined"));
        (name.unwrap_or(&e.name.local).to_owned(), e.text.clone())
    },
    proper: |e| e.name.is(META_NS, "user-defined") && attribute(e, "value-type").is_none_or(|kind| kind == "string"),
    make,
};

fn is(kind: &str, of: &str) -> bool {
    let rest = kind.strip_prefix("application/vnd.oasis.opendocument.").and_then(|kind| kind.strip_prefix(of));
    matches!(rest, Some("" | "-template"))
}

fn attribute<'e>(element: &'e Element, local: &str) -> Option<&'e str> {
    element.attributes.iter().find(|a| a.name.is(META_NS, local)).map(|a| a.value.as_str())
}

fn make(label: &Label, home: &Home) -> String {
    let known = home.root.contains(&format!("xmlns:meta=\"{META_NS}\""));
    let declaration = if known { String::new() } else { format!(" xmlns:meta=\"{META_NS}\"") };
    let json = xml::escape(&label.to_json());
    format!("<meta:user-defined{declaration} meta:name=\"AIGC\" meta:value-type=\"string\">{json}</meta:user-defined>")
}

/// The part, and what keeps it from being changed (ODF 1.3 part 2, 3.4 and 5).
fn place(
    source: &dyn Source,
    archive: &Archive,
    limits: &Limits,
    found: &mut Found,
) -> Result<(String, Option<&'static Said>)> {
    if archive.named("META-INF/documentsignatures.xml").next().is_some() {
        let what = phrase!("a signature of the document", "文档数字签名");
        found.blockers.push(Blocker { what, placement: "odf/META-INF/documentsignatures.xml".into() });
    }
    let manifest = text(source, archive, "META-INF/manifest.xml", limits).unwrap_or_default();
    let encrypted = manifest.contains("encryption-data") || archive.named("encrypted-package").next().is_some();
    Ok((META.to_owned(), encrypted.then_some(phrase!("an encrypted document", "已加密的文档"))))
}
