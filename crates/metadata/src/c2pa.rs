//! C2PA manifest stores (C2PA 2.1): who made the content, with what, and how. Nothing of them is validated: a store may have been
//! glued onto another file, and the report says so.

use biaoshi_container::cbor::{self, Value};
use biaoshi_container::der;
use biaoshi_container::jumbf::{self, Superbox};

use crate::trace::{self, Halves, Strength};

/// The type of a store in its description box.
const STORE: &[u8] = b"jumdc2pa";
/// Assertions that say nothing about the maker, and may be large.
const SILENT: [&str; 3] = ["c2pa.thumbnail", "c2pa.hash", "c2pa.ingredient"];
/// The header of COSE that holds the certificates (RFC 9360).
const X5CHAIN: u64 = 33;
/// Most characters of what is told of the tools, and of the signer.
const TOOLS: usize = 48;
const SIGNER: usize = 40;

/// Whether an object with its media type in front is a manifest store: by the type, today's or one of the older ones, in whatever
/// case and width of characters, or since it holds the description box of one (section 11.1.4).
pub(crate) fn is_store(object: &[u8]) -> bool {
    let media_type: Vec<u8> =
        object.iter().filter(|b| !matches!(b, 0 | 0xfe | 0xff | b' ')).take(18).copied().collect();
    let media_type = media_type.to_ascii_lowercase();
    media_type.starts_with(b"application/c2pa")
        || media_type.starts_with(b"application/x-c2pa")
        || object.windows(STORE.len()).any(|w| w == STORE)
}

/// What a store tells.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The source types of the active manifest; when a model made something of it, that alone.
    pub(crate) sources: Vec<String>,
    /// The term that names a trained model, and whether only an ingredient has it.
    model: Option<(&'static str, bool)>,
    tools: Vec<String>,
    signer: Option<String>,
    /// Whether a tool is one that makes everything by a model.
    named: bool,
}

/// Reads a store, whatever stands in front of it. Of one that cannot be read, a term that stands anywhere in it counts.
pub(crate) fn read(bytes: &[u8]) -> Told {
    let at = bytes.windows(STORE.len()).position(|w| w == STORE);
    let inside = at.and_then(|at| at.checked_sub(4)).and_then(|at| bytes.get(at..)).unwrap_or_default();
    let store = jumbf::read(inside);
    let manifests = store.map(|store| store.inner).unwrap_or_default();
    // The last manifest is the active one (section 11.1.4); the others belong to its ingredients.
    let Some((active, others)) = manifests.split_last() else {
        let model = trace::digital_source(bytes).map(|term| (term, false));
        return Told { model, ..Told::default() };
    };
    let active = Manifest::read(active);
    let model = |manifest: &Manifest| manifest.sources.iter().find_map(|s| trace::digital_source(s.as_bytes()));
    let own = model(&active);
    let inherited = || others.iter().rev().find_map(|other| model(&Manifest::read(other)));
    let named = active.names.iter().any(|(name, tool)| {
        trace::look(name, tool, &mut Halves::default()).is_some_and(|told| told.strength == Strength::Strong)
    });
    Told {
        model: own.map(|term| (term, false)).or_else(|| inherited().map(|term| (term, true))),
        sources: own.map_or(active.sources, |term| vec![term.to_owned()]),
        tools: active.names.into_iter().map(|(_, tool)| tool).collect(),
        signer: active.signer,
        named,
    }
}

impl Told {
    /// Whether it makes a file suspected.
    pub(crate) fn strength(&self) -> Strength {
        if self.model.is_some() || self.named { Strength::Strong } else { Strength::Weak }
    }

    /// The source type, the tools, the signer; and that nobody validated it.
    pub(crate) fn detail(&self) -> String {
        let mut parts = vec![match self.model {
            Some((term, false)) => term.to_owned(),
            Some((term, true)) => format!("{term} in an ingredient"),
            None => "manifest".to_owned(),
        }];
        let tools = self.tools.join(", ");
        parts.extend((!tools.is_empty()).then(|| shortened(&tools, TOOLS)));
        parts.extend(self.signer.as_ref().map(|signer| format!("signed by {}", shortened(signer, SIGNER))));
        parts.push("not validated".to_owned());
        parts.join("; ")
    }
}

fn shortened(text: &str, length: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(length).collect()
}

/// What one manifest says.
#[derive(Default)]
struct Manifest {
    sources: Vec<String>,
    /// The tools, each with the name of the field that holds it.
    names: Vec<(&'static str, String)>,
    signer: Option<String>,
}

impl Manifest {
    fn read(manifest: &Superbox<'_>) -> Self {
        let mut read = Self::default();
        for assertion in manifest.get("c2pa.assertions").map(|store| &store.inner).into_iter().flatten() {
            read.assertion(assertion);
        }
        let claim = manifest.inner.iter().find(|inner| inner.label.starts_with("c2pa.claim"));
        if let Some(claim) = claim.and_then(|claim| cbor::read(claim.first(*b"cbor")?)) {
            read.claim(&claim);
        }
        let signature = manifest.get("c2pa.signature").and_then(|signature| signature.first(*b"cbor"));
        read.signer = signature.and_then(signer);
        read
    }

    fn assertion(&mut self, assertion: &Superbox<'_>) {
        if SILENT.iter().any(|label| assertion.label.starts_with(label)) {
            return;
        }
        for (kind, data) in &assertion.content {
            match cbor::read(data).filter(|_| kind == b"cbor") {
                Some(value) => self.walk(&value),
                // JSON, and what cannot be read.
                None => self.sources.extend(trace::digital_source(data).map(str::to_owned)),
            }
        }
    }

    /// Source types and tools, wherever they stand in an assertion: in actions, in their parameters, in templates.
    fn walk(&mut self, value: &Value<'_>) {
        for (key, value) in value.entries() {
            let key = key.text().unwrap_or_default();
            // As `Iptc4xmpExt:DigitalSourceType`, too.
            match key.rsplit(':').next().unwrap_or_default() {
                "digitalSourceType" | "DigitalSourceType" => self.sources.extend(value.text().map(str::to_owned)),
                "softwareAgent" => self.tool("softwareAgent", value),
                "softwareAgents" => value.items().iter().for_each(|agent| self.tool("softwareAgent", agent)),
                _ => self.walk(value),
            }
        }
        value.items().iter().for_each(|item| self.walk(item));
    }

    /// Who wrote the claim: a map of name and version, a list of such, or a text in the older form.
    fn claim(&mut self, claim: &Value<'_>) {
        let before = self.names.len();
        if let Some(info) = claim.get("claim_generator_info") {
            self.tool("claim_generator", info);
            info.items().iter().for_each(|info| self.tool("claim_generator", info));
        }
        if let (Some(text), true) = (claim.get("claim_generator"), self.names.len() == before) {
            self.tool("claim_generator", text);
        }
    }

    /// A tool as a text, or as a map of its name and version.
    fn tool(&mut self, field: &'static str, value: &Value<'_>) {
        let Some(name) = value.text().or_else(|| value.get("name")?.text()) else { return };
        let version = value.get("version").and_then(Value::text).map(|version| format!(" {version}"));
        let tool = format!("{}{}", name.trim(), version.unwrap_or_default());
        if !name.trim().is_empty() && !self.names.iter().any(|(_, other)| *other == tool) {
            self.names.push((field, tool));
        }
    }
}

/// The name in the first certificate of a signature (COSE_Sign1), and its organisation.
fn signer(signature: &[u8]) -> Option<String> {
    let signature = cbor::read(signature)?;
    let [protected, open, ..] = signature.items() else { return None };
    let protected = protected.bytes().and_then(cbor::read);
    let is_chain = |key: &Value<'_>| matches!(key, Value::Number(X5CHAIN) | Value::Text("x5chain"));
    let entries = protected.iter().flat_map(Value::entries).chain(open.entries());
    let chain = entries.filter(|(key, _)| is_chain(key)).map(|(_, chain)| chain).next()?;
    let subject = der::subject(chain.bytes().or_else(|| chain.items().first()?.bytes())?)?;
    match (subject.name, subject.organisation) {
        (Some(name), Some(organisation)) if name != organisation => Some(format!("{name} ({organisation})")),
        (name, organisation) => name.or(organisation),
    }
}

#[cfg(test)]
mod tests;
