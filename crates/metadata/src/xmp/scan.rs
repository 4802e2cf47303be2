//! Every form in which a label stands in a packet, and the traces of other systems.

use std::ops::Range;

use biaoshi_container::Limits;
use biaoshi_container::xml::{Element, Name};
use biaoshi_label::{Dialect, Field, Reading, read, read_fields};

use super::{NAMESPACE, Packet, Place, RDF};
use crate::coded;
use crate::found::{Found, Offer, Slot};

/// One walk over a packet's elements.
pub(super) struct Scan<'a> {
    packet: &'a Packet,
    place: &'a Place,
    limits: &'a Limits,
    found: &'a mut Found,
    labels: Vec<Range<usize>>,
    /// Elements before this index lie inside a label that was read already.
    done: usize,
}

impl<'a> Scan<'a> {
    /// Notes labels and traces; returns the spans of the labels.
    pub(super) fn run(
        packet: &'a Packet,
        place: &'a Place,
        limits: &'a Limits,
        found: &'a mut Found,
    ) -> Vec<Range<usize>> {
        let mut scan = Self { packet, place, limits, found, labels: Vec::new(), done: 0 };
        for (index, element) in packet.tree.elements.iter().enumerate() {
            if index < scan.done || packet.outside(element) {
                continue;
            }
            scan.attributes(index, element);
            match property(&element.name) {
                Some(dialect) => scan.element(index, element, dialect),
                None => scan.other(index, element),
            }
        }
        scan.labels
    }

    /// A property named AIGC (or a known alias), as an element: its text, or fields inside it.
    fn element(&mut self, index: usize, element: &Element, dialects: Vec<Dialect>) {
        let inner = self.packet.tree.descendants(index).count();
        let all: String = std::iter::once(element)
            .chain(self.packet.tree.descendants(index).map(|(_, e)| e))
            .map(|e| e.text.trim())
            .filter(|t| !t.is_empty())
            .collect();
        let nodes = self.packet.tree.descendants(index).map(|(_, e)| e);
        let pairs = nodes.map(|e| (e.name.local.clone(), e.text.trim().to_owned()));
        let attributes = element.attributes.iter().map(|a| (a.name.local.clone(), a.value.clone()));
        if !self.fields(element.span.clone(), attributes.chain(pairs).collect(), dialects.clone(), 1) {
            self.named(element.span.clone(), &element.name, &all, &dialects);
        }
        self.done = index + 1 + inner;
    }

    /// Any other element: fields of their own, a label in another property, a trace.
    fn other(&mut self, index: usize, element: &Element) {
        if element.name.is(RDF, "Description") {
            let below = self.packet.tree.descendants(index).map(|(_, e)| e);
            let children = below.filter(|e| e.parent == Some(index));
            let fields: Vec<_> =
                children.filter(|e| is_ours(&e.name) && Field::from_key(&e.name.local).is_some()).collect();
            let pairs = fields.iter().map(|e| (e.name.local.clone(), e.text.trim().to_owned())).collect();
            if let (Some(first), Some(last)) = (fields.first(), fields.last())
                && self.fields(first.span.start..last.span.end, pairs, namespace(&first.name).into_iter().collect(), 2)
            {
                self.labels.pop();
                self.labels.extend(fields.iter().map(|e| e.span.clone()));
            }
            return;
        }
        let text = element.text.trim();
        if text.is_empty() {
            return;
        }
        let property = self.property(index).unwrap_or(element);
        if self.text(property.span.clone(), text, &[Dialect::XmpOtherProperty]) == Offer::Nothing {
            self.found.look(self.place.placement, &property.name.local, text);
            // A name in a structure (`dc:title` of the agent in `dc:creator`) is that of the property round it, too.
            if let Some(around) = self.around(index).filter(|around| around.span != property.span) {
                self.found.look(self.place.placement, &around.name.local, text);
            }
        }
    }

    /// The property of a description, or of a typed node right below `rdf:RDF`, in which an element stands.
    fn around(&self, index: usize) -> Option<&'a Element> {
        let tree = &self.packet.tree;
        let get = |i: usize| tree.elements.get(i);
        let parent = |e: &Element| e.parent.and_then(get);
        let is_node = |e: &Element| e.name.is(RDF, "Description") || parent(e).is_some_and(|p| p.name.is(RDF, "RDF"));
        let own = std::iter::once(index).chain(tree.ancestors(index)).filter_map(get);
        own.filter(|e| e.name.uri.as_deref() != Some(RDF)).find(|e| parent(e).is_some_and(is_node))
    }

    /// The property that an element is, or is a part of: `rdf:Bag`, `rdf:li`, `rdf:value` and the like tell a form, not
    /// a name.
    fn property(&self, index: usize) -> Option<&'a Element> {
        let packet = self.packet;
        let own = std::iter::once(index).chain(packet.tree.ancestors(index));
        own.filter_map(|i| packet.tree.elements.get(i)).find(|e| e.name.uri.as_deref() != Some(RDF))
    }

    fn attributes(&mut self, index: usize, element: &Element) {
        let mut fields = Vec::new();
        for attribute in &element.attributes {
            if let Some(mut dialects) = property(&attribute.name) {
                dialects.push(Dialect::XmpAttribute);
                self.named(attribute.span.clone(), &attribute.name, &attribute.value, &dialects);
            } else if is_ours(&attribute.name) && Field::from_key(&attribute.name.local).is_some() {
                fields.push(attribute);
            } else if self.text(attribute.span.clone(), &attribute.value, &[Dialect::XmpOtherProperty])
                == Offer::Nothing
            {
                // `rdf:resource` and `rdf:value` hold the value of the property that they stand in.
                let form = attribute.name.uri.as_deref() == Some(RDF);
                let property = self.property(index).filter(|_| form).map_or(&attribute.name, |e| &e.name);
                self.found.look(self.place.placement, &property.local, &attribute.value);
            }
        }
        let pairs = fields.iter().map(|a| (a.name.local.clone(), a.value.clone())).collect();
        if let (Some(first), Some(last)) = (fields.first(), fields.last())
            && self.fields(
                first.span.start..last.span.end,
                pairs,
                namespace(&first.name).into_iter().chain([Dialect::XmpAttribute]).collect(),
                2,
            )
        {
            self.labels.pop();
            self.labels.extend(fields.iter().map(|a| a.span.clone()));
        }
    }

    /// Fields that stand on their own, `least` of them or more.
    fn fields(
        &mut self,
        span: Range<usize>,
        pairs: Vec<(String, String)>,
        mut dialects: Vec<Dialect>,
        least: usize,
    ) -> bool {
        if pairs.iter().filter(|(k, _)| Field::from_key(k).is_some()).count() < least {
            return false;
        }
        let raw = self.packet.text.get(span.clone()).unwrap_or_default().to_owned();
        dialects.push(Dialect::XmpFields);
        let parsed = read_fields(pairs.into_iter().map(|(k, v)| (k, Some(v))));
        let slot = self.slot(&span, &dialects);
        self.found.record(slot, parsed, raw, None, self.limits);
        self.labels.push(span);
        true
    }

    /// The text of a property that by its name holds a label. `XmpKvBase64` holds anything.
    fn named(&mut self, span: Range<usize>, name: &Name, text: &str, dialects: &[Dialect]) {
        let slot = self.slot(&span, dialects);
        let offer = match name.local.as_str() {
            "XmpKvBase64" => self.found.offer(slot, &decoded(text), self.limits),
            _ => self.found.offer_named(slot, text, self.limits),
        };
        // Whatever else stands in the guide's own property makes way when a label is written: no property stands twice.
        if offer == Offer::Label || name.is(NAMESPACE, "AIGC") {
            self.labels.push(span);
        }
    }

    fn text(&mut self, span: Range<usize>, text: &str, dialects: &[Dialect]) -> Offer {
        let slot = self.slot(&span, dialects);
        // The image guide's Annex B wraps the object inside UserComment; in a property of its own it stays bare.
        let wrapped =
            dialects.contains(&Dialect::XmpOtherProperty) && matches!(read(text), Reading::Label(p) if p.wrapped);
        let offer = self.found.offer(Slot { wrapped, ..slot }, text, self.limits);
        if offer == Offer::Label {
            self.labels.push(span);
        }
        offer
    }

    fn slot<'d>(&self, span: &Range<usize>, dialects: &'d [Dialect]) -> Slot<'d> {
        let span = match (self.place.offset, self.packet.coded.range(span)) {
            (Some(at), Some(bytes)) => at + bytes.start as u64..at + bytes.end as u64,
            _ => self.place.part.clone(),
        };
        Slot { placement: self.place.placement.into(), span, wrapped: false, dialects }
    }
}

/// Whether a name is in a namespace used for labels, however it is spelt, or has such a prefix that was never declared.
fn is_ours(name: &Name) -> bool {
    match &name.uri {
        // Longer ones are nobody's namespace, and folding them for every element would cost.
        Some(uri) if uri.len() > 256 => false,
        Some(uri) => {
            let uri = uri.to_ascii_lowercase();
            let hosts = ["tc260.org.cn", "cvdca.org.cn", "ns.adobe.com"];
            uri.contains("aigc") && hosts.iter().any(|host| uri.contains(host))
        }
        None => ["TC260", "tc260", "tc", "C260", "AIGC", "aigc"].contains(&name.prefix.as_str()),
    }
}

/// The dialects of a property that by its name holds a label; `None` for any other.
fn property(name: &Name) -> Option<Vec<Dialect>> {
    let ours = is_ours(name);
    let mut dialects = match name.local.as_str() {
        "XmpKvBase64" => vec![Dialect::XmpBase64],
        "Info" if ours => Vec::new(),
        local if ours && local.eq_ignore_ascii_case("AIGC") => {
            if local == "AIGC" {
                Vec::new()
            } else {
                vec![Dialect::SlotCase]
            }
        }
        "AIGC" => Vec::new(),
        _ => return None,
    };
    dialects.extend(namespace(name));
    Some(dialects)
}

/// What is different about the namespace of a label's name.
fn namespace(name: &Name) -> Option<Dialect> {
    if name.uri.as_deref() != Some(NAMESPACE) {
        return Some(Dialect::XmpNamespace);
    }
    (name.prefix != "TC260").then_some(Dialect::XmpPrefix)
}

/// A text with Base64 undone, where it is any.
fn decoded(text: &str) -> String {
    coded::base64(text).and_then(|b| String::from_utf8(b).ok()).unwrap_or_else(|| text.to_owned())
}
