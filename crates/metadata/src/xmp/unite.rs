//! Several packets in one file: readers differ in which one they show, so one stays. It gets the properties that only the
//! others have; what cannot be carried over word for word stays where it is.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::rc::Rc;

use biaoshi_container::xml::{Attribute, Element, Name};
use biaoshi_container::{Patch, Result};
use biaoshi_label::Label;

use super::{Coded, Cover, Packet, RDF, prefixed, quoted};

const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Most namespaces and attributes of a description that is carried over.
const MOST: usize = 128;

/// Makes what stands in a file from a packet's number and bytes.
type Chunk<'a> = &'a dyn Fn(usize, &[u8]) -> Result<Vec<u8>>;

/// Puts the label into the first of a file's packets, and the properties of the others with it, while that stays within
/// `room` bytes. `chunk` makes what stands in the file from a packet's number and text. Returns the numbers of the
/// packets that stay as they are.
///
/// # Errors
/// A first packet, or another one with a label, that is no sound XMP; what `chunk` returns.
pub(crate) fn write(
    patch: &mut Patch,
    packets: &[(Range<u64>, &Packet)],
    label: &Label,
    room: usize,
    chunk: Chunk<'_>,
) -> Result<Vec<usize>> {
    let Some(((place, first), others)) = packets.split_first() else { return Ok(Vec::new()) };
    let all: Vec<&Packet> = others.iter().map(|(_, packet)| *packet).collect();
    let (text, fates) = unite(first, &all, label, room)?;
    patch.replace(place.clone(), chunk(0, &text)?);
    let mut staying = Vec::new();
    for (n, ((place, _), fate)) in (1..).zip(others.iter().zip(fates)) {
        match fate {
            Fate::Goes => _ = patch.remove(place.clone()),
            Fate::Becomes(text) => _ = patch.replace(place.clone(), chunk(n, &text)?),
            Fate::Stays => staying.push(n),
        }
    }
    Ok(staying)
}

/// What becomes of a packet that is not the first.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// The first packet has its properties now.
    Goes,
    /// It loses its label.
    Becomes(Vec<u8>),
    /// Nothing happens to it.
    Stays,
}

/// A property by its expanded name.
type Property = (Option<Rc<str>>, String);

/// The first packet with the label and the properties of the others, and what becomes of these.
fn unite(first: &Packet, others: &[&Packet], label: &Label, room: usize) -> Result<(Vec<u8>, Vec<Fate>)> {
    let alone = first.with(Some(label))?;
    let (mut more, mut fates) = (String::new(), Vec::new());
    let mut known: HashSet<Property> =
        first.descriptions().flat_map(|(_, all)| all).map(|(name, _)| key(name)).collect();
    for other in others {
        let lifted = first.rdf().and_then(|rdf| other.lifted(&rdf.name, first.about(), &known));
        fates.push(match lifted {
            Some((text, names)) if alone.len() + more.len() + text.len() <= room => {
                more.push_str(&text);
                known.extend(names);
                Fate::Goes
            }
            _ if other.has_label() => Fate::Becomes(other.with(None)?),
            _ => Fate::Stays,
        });
    }
    Ok((first.with_more(Some(label), &more)?, fates))
}

fn key(name: &Name) -> Property {
    (name.uri.clone(), name.local.clone())
}

/// A property's value: an attribute of the description, or an element in it, by its index.
enum Value<'a> {
    Attribute(&'a Attribute),
    Element(usize, &'a Element),
}

impl Packet {
    /// The descriptions right below `rdf:RDF`, with their properties.
    fn descriptions(&self) -> impl Iterator<Item = (&Element, Vec<(&Name, Value<'_>)>)> {
        let elements = &self.tree.elements;
        let below = move |e: &Element| e.parent.and_then(|p| elements.get(p)).is_some_and(|p| p.name.is(RDF, "RDF"));
        let all = elements.iter().enumerate().filter(move |(_, e)| e.name.is(RDF, "Description") && below(e));
        all.map(|(index, description)| {
            let own = |a: &&Attribute| a.name.local != "about" && a.name.uri.as_deref() != Some(RDF);
            let attributes = description.attributes.iter().filter(own).map(|a| (&a.name, Value::Attribute(a)));
            let children = self.tree.descendants(index).filter(|(_, e)| e.parent == Some(index));
            let children = children.map(|(i, e)| (&e.name, Value::Element(i, e)));
            (description, attributes.chain(children).collect())
        })
    }

    /// The properties that are not `known` as descriptions for the `rdf:RDF` of another packet; `None` where they cannot
    /// go there word for word.
    fn lifted(&self, rdf: &Name, about: &str, known: &HashSet<Property>) -> Option<(String, HashSet<Property>)> {
        let roots = self.tree.elements.iter().filter(|e| e.name.is(RDF, "RDF")).count();
        let nodes =
            |e: &&Element| e.parent.and_then(|p| self.tree.elements.get(p)).is_some_and(|p| p.name.is(RDF, "RDF"));
        let plain = self.tree.elements.iter().filter(nodes).all(|e| e.name.is(RDF, "Description"));
        // What is no text cannot be carried as text.
        let text = matches!(self.coded, Coded::Plain | Coded::Wide);
        if !text || self.tree.damage.is_some() || self.scope.is_some() || roots != 1 || !plain {
            return None;
        }
        let labels = Cover::new(&self.labels);
        let (mut out, mut names, prefix) = (String::new(), HashSet::new(), prefixed(rdf));
        for (_, properties) in self.descriptions() {
            let mut spaces = Spaces { rdf, declared: BTreeMap::new() };
            let (mut attributes, mut children, mut count) = (String::new(), String::new(), 0);
            for (name, value) in properties {
                let (Value::Attribute(Attribute { span, .. }) | Value::Element(_, Element { span, .. })) = &value;
                if labels.holds(span) || known.contains(&key(name)) || !names.insert(key(name)) {
                    continue;
                }
                let text = self.text.get(span.clone())?;
                match value {
                    Value::Attribute(_) => {
                        spaces.declare(name)?;
                        attributes.push_str(&format!(" {text}"));
                        count += 1;
                    }
                    Value::Element(index, element) => {
                        let inside = self.tree.descendants(index).map(|(_, e)| e);
                        std::iter::once(element).chain(inside).try_for_each(|e| spaces.declare_all(e))?;
                        children.push_str(&format!("{text}\n"));
                    }
                }
            }
            if attributes.is_empty() && children.is_empty() {
                continue;
            }
            if count + spaces.declared.len() > MOST {
                return None;
            }
            let declared: String = spaces.declared.iter().map(|(p, uri)| declaration(p, uri)).collect();
            let about = quoted(about);
            let open = format!("<{prefix}Description {prefix}about=\"{about}\"{declared}{attributes}>");
            out.push_str(&format!("{open}\n{children}</{prefix}Description>\n"));
        }
        Some((out, names))
    }
}

fn declaration(prefix: &str, uri: &str) -> String {
    let colon = if prefix.is_empty() { "" } else { ":" };
    format!(" xmlns{colon}{prefix}=\"{uri}\"")
}

/// The namespaces that some elements need, by prefix.
struct Spaces<'a> {
    /// The name of the element that they go into: its prefix keeps its meaning.
    rdf: &'a Name,
    declared: BTreeMap<&'a str, &'a str>,
}

impl<'a> Spaces<'a> {
    /// `None` where one prefix stands for two namespaces, or for none.
    fn declare(&mut self, name: &'a Name) -> Option<()> {
        let uri = match name.uri.as_deref() {
            Some(XML) => return Some(()),
            None if name.prefix.is_empty() => return Some(()),
            uri => uri?,
        };
        let taken = name.prefix == self.rdf.prefix && uri != RDF;
        let known = *self.declared.entry(&name.prefix).or_insert(uri);
        (!taken && known == uri && !uri.contains(['&', '<', '"'])).then_some(())
    }

    fn declare_all(&mut self, element: &'a Element) -> Option<()> {
        // Without a namespace an element would take that of its new surroundings.
        element.name.uri.as_ref()?;
        self.declare(&element.name)?;
        element.attributes.iter().try_for_each(|a| self.declare(&a.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::found::Found;
    use crate::xmp::Place;
    use biaoshi_container::{Limits, xml::Tree};
    use biaoshi_label::Level;

    fn packet(text: &str) -> Packet {
        let place = Place { placement: "x", offset: Some(0), part: 0..0, dialects: &[] };
        Packet::read(text.as_bytes(), &place, &Limits::default(), &mut Found::default())
    }

    fn wrapped(spaces: &str, inside: &str) -> String {
        format!(
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='{RDF}' {spaces}>{inside}</rdf:RDF></x:xmpmeta>"
        )
    }

    fn label() -> Label {
        Label::new(Level::Confirmed, "p", "i", false).unwrap()
    }

    #[test]
    fn what_only_the_other_has_is_carried_over() {
        let first = packet(&wrapped(
            "xmlns:dc='http://purl.org/dc/elements/1.1/'",
            "<rdf:Description rdf:about='u'><dc:format>image/png</dc:format></rdf:Description>",
        ));
        let other = packet(&wrapped(
            "xmlns:d='http://purl.org/dc/elements/1.1/' xmlns:x='http://ns.adobe.com/xap/1.0/' xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/'",
            "<rdf:Description rdf:about='' x:Rating='5' d:format='other'><d:title><rdf:Alt><rdf:li xml:lang='x-default'>t &amp; u</rdf:li></rdf:Alt></d:title>\
             <TC260:AIGC>{\"Label\":\"1\",\"ContentProducer\":\"q\"}</TC260:AIGC></rdf:Description>",
        ));
        let (text, fates) = unite(&first, &[&other], &label(), usize::MAX).unwrap();
        assert_eq!(fates, [Fate::Goes]);
        let text = String::from_utf8(text).unwrap();
        let tree = Tree::parse(&text, &Limits::default());
        assert_eq!(tree.damage, None, "{text}");
        let named = |uri: &str, local: &str| tree.elements.iter().filter(|e| e.name.is(uri, local)).count();
        let attribute =
            |local: &str| tree.elements.iter().flat_map(|e| &e.attributes).filter(|a| a.name.local == local).count();
        assert_eq!(named("http://purl.org/dc/elements/1.1/", "format") + attribute("format"), 1);
        assert_eq!(
            (named("http://purl.org/dc/elements/1.1/", "title"), attribute("Rating"), text.matches("AIGC>").count()),
            (1, 1, 2)
        );
        // Once more changes nothing: what it has is known.
        let again = String::from_utf8(unite(&packet(&text), &[&other], &label(), usize::MAX).unwrap().0).unwrap();
        assert_eq!((again.matches("Rating").count(), again.matches("<rdf:Description").count()), (1, 3));
        // Without room it only loses its label.
        let (_, fates) = unite(&first, &[&other], &label(), 100).unwrap();
        let [Fate::Becomes(text)] = &fates[..] else { panic!("{fates:?}") };
        let text = std::str::from_utf8(text).unwrap();
        assert!(text.contains("Rating") && !text.contains("Label"));
    }

    #[test]
    fn what_cannot_go_word_for_word_stays() {
        let first = packet(&wrapped("", "<rdf:Description rdf:about=''/>"));
        for (inside, fate) in [
            ("<rdf:Description xmlns:rdf='{RDF}' rdf:about=''/>", Fate::Goes),
            ("<p:Thing xmlns:p='u'><p:a>x</p:a></p:Thing>", Fate::Stays),
            ("<rdf:Description><undeclared:a>x</undeclared:a></rdf:Description>", Fate::Stays),
            ("<rdf:Description><a>x</a></rdf:Description>", Fate::Stays),
            ("<rdf:Description><p:a xmlns:p='u'>x</p:a><p:a xmlns:p='v'>x</p:a></rdf:Description>", Fate::Stays),
            ("<rdf:Description><p:a xmlns:p='u'>x", Fate::Stays),
        ] {
            let other = packet(&wrapped("", &inside.replace("{RDF}", RDF)));
            assert_eq!(unite(&first, &[&other], &label(), usize::MAX).unwrap().1, [fate], "{inside}");
        }
    }
}
