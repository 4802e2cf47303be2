//! The structure tree of a tagged document (ISO 32000-2 14.7): the label becomes a paragraph in it, first in the document.

use std::collections::BTreeMap;

use biaoshi_container::pdf::{File, Object, Ref, Update, Value};

use super::objects::{Objects, reference, with};
use crate::Result;

/// Most levels of the tree of parents.
const LEVELS: usize = 16;

/// The tree, and what is new in it.
pub(super) struct Tree<'f> {
    file: &'f File<'f>,
    root: Object,
    /// The element that holds the others; the root itself where there is none.
    document: Object,
    /// The key of the next page that has none.
    next: Option<u64>,
    elements: Objects,
    /// Arrays of parents, and nodes of the tree that hold such arrays, by their names.
    arrays: BTreeMap<Ref, Vec<Value>>,
    nodes: BTreeMap<Ref, (Object, Vec<Value>)>,
}

/// A paragraph of a page.
pub(super) struct Tag {
    /// Number of the content among those of its page.
    pub(super) content: usize,
    /// The key of a page that had none.
    pub(super) new_key: Option<u64>,
}

impl<'f> Tree<'f> {
    /// The tree of a tagged document.
    pub(super) fn of(file: &'f File<'f>) -> Result<Option<Self>> {
        let Some(catalog) = file.named("Root")? else { return Ok(None) };
        let Some(root) = file.entry(&catalog, "StructTreeRoot")?.filter(|root| !root.dict().0.is_empty()) else {
            return Ok(None);
        };
        let only = match file.entry(&root, "K")? {
            Some(kids) => match kids.items() {
                [one] => file.follow(&kids, one)?,
                _ => Some(kids),
            },
            None => None,
        };
        let holds = |element: &Object| element.id.number != 0 && element.dict().is("S", "Document");
        let document = only.filter(holds).unwrap_or_else(|| root.clone());
        let next = root.dict().number("ParentTreeNextKey");
        Ok(Some(Self {
            file,
            root,
            document,
            next,
            elements: Objects::new(),
            arrays: BTreeMap::new(),
            nodes: BTreeMap::new(),
        }))
    }

    /// Adds a paragraph of a page; `None` where the tree has a form that is not followed here.
    pub(super) fn tag(&mut self, page: &Object, update: &mut Update) -> Result<Option<Tag>> {
        if self.root.id.number == 0 || self.document.id.number == 0 {
            return Ok(None);
        }
        let element = update.fresh();
        let tag = match page.dict().number("StructParents") {
            Some(key) => self.join(key, element)?.map(|content| Tag { content, new_key: None }),
            None => self.add(element)?.map(|key| Tag { content: 0, new_key: Some(key) }),
        };
        let Some(tag) = tag else { return Ok(None) };
        let text = format!(
            "<< /Type /StructElem /S /P /P {} /Pg {} /K {} /Lang (zh-CN) >>",
            reference(self.document.id),
            reference(page.id),
            tag.content
        );
        self.elements.push((element, text.into_bytes()));
        Ok(Some(tag))
    }

    /// Adds an element to the parents of a page's contents, and gives its number among them.
    fn join(&mut self, key: u64, element: Ref) -> Result<Option<usize>> {
        let Some((node, at)) = self.find(key)? else { return Ok(None) };
        let (id, mut pairs) = (node.id, self.pairs(&node)?);
        match pairs.get(at) {
            Some(Value::Ref(array)) => {
                let array = *array;
                let old = match self.arrays.get(&array) {
                    Some(items) => items.clone(),
                    None => match self.file.get(array)?.map(|array| array.value) {
                        Some(Value::Array(items)) => items,
                        _ => return Ok(None),
                    },
                };
                Ok(self.grown(old, element).map(|(count, items)| {
                    self.arrays.insert(array, items);
                    count
                }))
            }
            Some(Value::Array(items)) if id.number != 0 && pairs.iter().all(is_plain) => {
                let Some((count, items)) = self.grown(items.clone(), element) else { return Ok(None) };
                if let Some(place) = pairs.get_mut(at) {
                    *place = Value::Array(items);
                }
                self.nodes.insert(id, (node, pairs));
                Ok(Some(count))
            }
            _ => Ok(None),
        }
    }

    /// The items with one more, and how many there were; `None` for what cannot be written again.
    fn grown(&self, mut items: Vec<Value>, element: Ref) -> Option<(usize, Vec<Value>)> {
        let plain = items.iter().all(is_plain);
        let count = items.len();
        items.push(Value::Ref(element));
        plain.then_some((count, items))
    }

    /// Adds a page without a key: at the end of the tree of parents, where that is one node.
    fn add(&mut self, element: Ref) -> Result<Option<u64>> {
        let Some(node) = self.file.entry(&self.root, "ParentTree")? else { return Ok(None) };
        if node.id.number == 0 || node.dict().has("Kids") || !node.dict().has("Nums") {
            return Ok(None);
        }
        let mut pairs = self.pairs(&node)?;
        if !pairs.iter().all(is_plain) {
            return Ok(None);
        }
        let highest = pairs.iter().step_by(2).filter_map(Value::number).max();
        let key = self.next.max(highest.map(|key| key + 1)).unwrap_or(0);
        let Ok(number) = i64::try_from(key) else { return Ok(None) };
        pairs.extend([Value::Int(number), Value::Array(vec![Value::Ref(element)])]);
        self.nodes.insert(node.id, (node, pairs));
        self.next = Some(key + 1);
        Ok(Some(key))
    }

    /// The keys and values of a node as they are now.
    fn pairs(&self, node: &Object) -> Result<Vec<Value>> {
        if let Some((_, pairs)) = self.nodes.get(&node.id).filter(|_| node.id.number != 0) {
            return Ok(pairs.clone());
        }
        Ok(self.file.entry(node, "Nums")?.map(|nums| nums.items().to_vec()).unwrap_or_default())
    }

    /// The node with a key, and where its value stands.
    fn find(&self, key: u64) -> Result<Option<(Object, usize)>> {
        let mut node = self.file.entry(&self.root, "ParentTree")?;
        for _ in 0..LEVELS {
            let Some(here) = node else { return Ok(None) };
            let pairs = self.pairs(&here)?;
            if let Some(at) = pairs.iter().step_by(2).position(|k| k.number() == Some(key)) {
                return Ok(Some((here, 2 * at + 1)));
            }
            node = self.below(&here, key)?;
        }
        Ok(None)
    }

    /// The node below whose limits hold a key.
    fn below(&self, node: &Object, key: u64) -> Result<Option<Object>> {
        let Some(kids) = self.file.entry(node, "Kids")? else { return Ok(None) };
        for kid in kids.items() {
            let Some(kid) = self.file.follow(&kids, kid)? else { continue };
            let Some(limits) = self.file.entry(&kid, "Limits")? else { continue };
            let ends: Vec<u64> = limits.items().iter().filter_map(Value::number).collect();
            if let [low, high] = ends.as_slice()
                && (low..=high).contains(&&key)
            {
                return Ok(Some(kid));
            }
        }
        Ok(None)
    }

    /// Adds all objects that changed.
    pub(super) fn finish(self, objects: &mut Objects) {
        if self.elements.is_empty() {
            return;
        }
        for (id, items) in self.arrays {
            objects.push((id, written(&Value::Array(items)).into_bytes()));
        }
        for (id, (node, pairs)) in self.nodes {
            objects.push((id, with(&node, &[("Nums", written(&Value::Array(pairs)).into_bytes())])));
        }
        let new: Vec<String> = self.elements.iter().map(|(id, _)| reference(*id)).collect();
        let kids = kids(self.file, &self.document, &new.join(" "));
        let next = self.next.map(|key| ("ParentTreeNextKey", key.to_string().into_bytes()));
        if self.document.id == self.root.id {
            let changes: Vec<_> = [("K", kids)].into_iter().chain(next).collect();
            objects.push((self.root.id, with(&self.root, &changes)));
        } else {
            objects.push((self.document.id, with(&self.document, &[("K", kids)])));
            objects.extend(next.map(|next| (self.root.id, with(&self.root, &[next]))));
        }
        objects.extend(self.elements);
    }
}

/// The kids of an element with new ones before them, as they are written.
fn kids(file: &File<'_>, element: &Object, new: &str) -> Vec<u8> {
    let entry = element.dict().0.iter().rev().find(|entry| entry.key == b"K");
    let raw = entry.and_then(|entry| element.text.get(entry.place.clone())).unwrap_or_default();
    let inside = |raw: &[u8]| raw.strip_prefix(b"[").and_then(|raw| raw.strip_suffix(b"]")).map(<[u8]>::to_vec);
    let old = match entry.map(|entry| &entry.value) {
        Some(Value::Ref(id)) => match file.get(*id) {
            // An array of its own: what it says behind its head.
            Ok(Some(array)) if matches!(array.value, Value::Array(_)) => {
                let start = array.text.iter().position(|b| *b == b'[').unwrap_or(0);
                array.text.get(start..).and_then(|raw| inside(raw.trim_ascii_end()))
            }
            _ => None,
        },
        _ => inside(raw),
    };
    [b"[", new.as_bytes(), b" ", &old.unwrap_or_else(|| raw.to_vec()), b"]"].concat()
}

/// Whether a value is one that [`written`] can write.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Int(_) | Value::Ref(_) | Value::Null => true,
        Value::Array(items) => items.iter().all(is_plain),
        _ => false,
    }
}

/// A value without strings and dictionaries.
fn written(value: &Value) -> String {
    match value {
        Value::Int(n) => n.to_string(),
        Value::Ref(id) => reference(*id),
        Value::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(" ")),
        _ => "null".into(),
    }
}
