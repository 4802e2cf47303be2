//! OpenDocument: a paragraph in texts, a text box on every slide of presentations, one beside the cells of spreadsheets. All of
//! it is in `content.xml`, with styles of its own beside the automatic ones.

mod headers;
pub(crate) mod odp;
pub(crate) mod ods;
pub(crate) mod odt;
mod style;

use super::package::{ENCRYPTED, Package, Part, SIGNED};
use crate::{Error, Result};

use biaoshi_container::{Limits, Source};

const NAME: &str = "OpenDocument";
const CONTENT: &str = "content.xml";

/// A namespace of ODF 1.3.
macro_rules! odf {
    ($name:literal) => {
        &[concat!("urn:oasis:names:tc:opendocument:xmlns:", $name, ":1.0")]
    };
}

const OFFICE: &[&str; 1] = odf!("office");
const TEXT: &[&str; 1] = odf!("text");
const STYLE: &[&str; 1] = odf!("style");
const TABLE: &[&str; 1] = odf!("table");
const DRAW: &[&str; 1] = odf!("drawing");
const PRESENTATION: &[&str; 1] = odf!("presentation");
const FO: &[&str; 1] = odf!("xsl-fo-compatible");
const SVG: &[&str; 1] = odf!("svg-compatible");

/// The archive and the part that people read.
fn open<'a>(source: &'a dyn Source, limits: &'a Limits) -> Result<(Package<'a>, Part)> {
    let package = Package::open(NAME, source, limits)?;
    // What is encrypted is no XML; the manifest says so (ODF 1.3 part 2, 3.4.1).
    let manifest = package.part("META-INF/manifest.xml")?;
    if package.has("encrypted-package") || manifest.is_some_and(|part| part.text().contains("encryption-data")) {
        return Err(Error::Unable(ENCRYPTED.message()));
    }
    let part = package.main(CONTENT)?;
    Ok((package, part))
}

/// A signature covers all members (ODF 1.3 part 2, 5.2).
fn unsigned(package: &Package<'_>) -> Result<()> {
    let signed = package.has("META-INF/documentsignatures.xml");
    if signed { Err(Error::Unable(SIGNED.message())) } else { Ok(()) }
}
