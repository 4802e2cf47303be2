//! EPUB. The label is a `meta` element in the metadata of the package document (our convention), in the form of EPUB 2, which
//! EPUB 3 allows beside its own: that one needs a vocabulary, and there is none for labels.

use biaoshi_container::xml::{self, Element, Tree};
use biaoshi_container::zip::Archive;
use biaoshi_container::{Error, Limits, Result, Said, Source, phrase};
use biaoshi_label::Label;

use super::{Form, Home, parts, pointers, sniff, text};
use crate::format::{Format, Kind, Status};
use crate::found::{Blocker, Found};

/// The row.
pub(crate) static FORMAT: Format = Format {
    name: "epub",
    media_type: "application/epub+zip",
    extensions: &["epub"],
    kind: Kind::Document,
    status: Status::Convention,
    placement: "epub/package/meta/AIGC",
    clause: "TC260-PG-20258A names no place in EPUB",
    touches: "a `meta` element in the package document, and the ZIP directory; other members stay as they are",
    families: &["office"],
    sniff: |head| sniff(head, |kind| kind == "application/epub+zip"),
    read: |source, limits, found| super::read(&FORM, source, limits, found, place),
    pointers: Some(pointers),
    content: Some(|source, limits| parts(source, limits, |name| name.ends_with(b".opf"))),
};

const NAME: &str = "EPUB";
const CONTAINER: &str = "META-INF/container.xml";
const PACKAGE_NS: &str = "http://www.idpf.org/2007/opf";

static FORM: Form = Form {
    grammar: NAME,
    placement: FORMAT.placement,
    home: |e| e.name.is(PACKAGE_NS, "metadata"),
    property: |e| match (attribute(e, "name"), attribute(e, "property")) {
        (Some(name), _) => (name.to_owned(), attribute(e, "content").unwrap_or(&e.text).to_owned()),
        (None, Some(property)) => (property.rsplit(':').next().unwrap_or_default().to_owned(), e.text.clone()),
        (None, None) => (e.name.local.clone(), e.text.clone()),
    },
    proper: |e| e.name.is(PACKAGE_NS, "meta") && attribute(e, "name").is_some() && attribute(e, "content").is_some(),
    make,
};

fn attribute<'e>(element: &'e Element, local: &str) -> Option<&'e str> {
    element.attributes.iter().find(|a| a.name.local == local && a.name.uri.is_none()).map(|a| a.value.as_str())
}

fn make(label: &Label, home: &Home) -> String {
    let prefix = if home.prefix.is_empty() { String::new() } else { format!("{}:", home.prefix) };
    let json = xml::escape(&label.to_json()).replace('"', "&quot;");
    format!("<{prefix}meta name=\"AIGC\" content=\"{json}\"/>")
}

/// The package document that the container names first (OCF 3.3, 4.2.6.3.1).
fn place(
    source: &dyn Source,
    archive: &Archive,
    limits: &Limits,
    found: &mut Found,
) -> Result<(String, Option<&'static Said>)> {
    if archive.named("META-INF/signatures.xml").next().is_some() {
        let what = phrase!("a signature of the publication", "出版物数字签名");
        found.blockers.push(Blocker { what, placement: "epub/META-INF/signatures.xml".into() });
    }
    let container = text(source, archive, CONTAINER, limits).unwrap_or_default();
    let tree = Tree::parse_document(&container, limits);
    let rootfile = tree.elements.iter().find(|e| e.name.local == "rootfile");
    let path = rootfile.and_then(|e| attribute(e, "full-path")).map(str::to_owned);
    let missing = || Error::invalid(NAME, 0, phrase!("the container names no package document", "容器未指明包文档"));
    Ok((path.ok_or_else(missing)?, None))
}
