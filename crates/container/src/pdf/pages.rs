//! Pages with what they inherit (ISO 32000-2 7.7.3).

use std::collections::BTreeSet;
use std::rc::Rc;

use super::NAME;
use super::file::File;
use super::reader::Object;
use super::value::{Ref, Value};
use crate::{Error, Result, phrase};

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its dictionary.
    pub object: Object,
    /// Its resources, its own or inherited.
    pub resources: Option<Object>,
    /// What of it is shown: left, bottom, right, top, in units of its own.
    pub area: [f64; 4],
    /// Degrees by which it is turned clockwise when it is shown: 0, 90, 180, 270.
    pub turned: u16,
    /// Points of a unit (1/72 inch each).
    pub unit: f64,
}

/// From which end pages are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From the first on.
    Front,
    /// From the last on, backwards.
    Back,
}

/// What nodes of the tree hand down.
#[derive(Debug, Default)]
struct Inherited {
    resources: Option<Object>,
    media: Option<[f64; 4]>,
    crop: Option<[f64; 4]>,
    turned: Option<f64>,
}

/// US Letter, where a page says nothing.
const LETTER: [f64; 4] = [0.0, 0.0, 612.0, 792.0];

impl File<'_> {
    /// At most so many pages, from one end. Nodes that are met twice, and what is no node, are passed over.
    ///
    /// # Errors
    /// As [`File::get`]; a document without pages.
    pub fn pages(&self, side: Side, most: usize) -> Result<Vec<Page>> {
        let none = || Error::invalid(NAME, 0, phrase!("the document has no pages", "文档没有页面"));
        let catalog = self.named("Root")?.ok_or_else(none)?;
        let Some(Value::Ref(root)) = catalog.dict().get("Pages") else { return Err(none()) };
        let mut open = vec![(*root, Rc::new(Inherited::default()))];
        let (mut seen, mut pages): (BTreeSet<Ref>, _) = (BTreeSet::new(), Vec::new());
        while let Some((id, above)) = open.pop().filter(|_| pages.len() < most) {
            if !seen.insert(id) {
                continue;
            }
            let Some(node) = self.get(id)? else { continue };
            let own = self.handed_down(&node, &above)?;
            match self.entry(&node, "Kids")? {
                Some(kids) => {
                    let kids =
                        kids.items().iter().filter_map(|kid| if let Value::Ref(id) = kid { Some(*id) } else { None });
                    let own = Rc::new(own);
                    let from = open.len();
                    open.extend(kids.map(|id| (id, Rc::clone(&own))));
                    // The last of them is taken next.
                    if side == Side::Front {
                        open.get_mut(from..).unwrap_or_default().reverse();
                    }
                }
                None if matches!(node.value, Value::Dict(_)) => pages.push(self.page(node, own)?),
                None => {}
            }
        }
        if pages.is_empty() { Err(none()) } else { Ok(pages) }
    }

    fn handed_down(&self, node: &Object, above: &Inherited) -> Result<Inherited> {
        let turned = self.entry(node, "Rotate")?.and_then(|v| v.value.real());
        Ok(Inherited {
            resources: self.entry(node, "Resources")?.or_else(|| above.resources.clone()),
            media: self.rectangle(node, "MediaBox")?.or(above.media),
            crop: self.rectangle(node, "CropBox")?.or(above.crop),
            turned: turned.or(above.turned),
        })
    }

    fn page(&self, object: Object, own: Inherited) -> Result<Page> {
        let media = own.media.unwrap_or(LETTER);
        let crop = own.crop.map_or(media, |crop| common(crop, media));
        let unit = self.entry(&object, "UserUnit")?.and_then(|v| v.value.real()).filter(|unit| *unit > 0.0);
        let told = own.turned.unwrap_or(0.0);
        let quarter = |n: &u16| (told - f64::from(*n)).rem_euclid(360.0) < 90.0;
        let turned = [0, 90, 180, 270].into_iter().find(quarter).unwrap_or(0);
        Ok(Page { object, resources: own.resources, area: crop, turned, unit: unit.unwrap_or(1.0) })
    }

    /// Two opposite corners, in any order.
    fn rectangle(&self, holder: &Object, key: &str) -> Result<Option<[f64; 4]>> {
        let Some(found) = self.entry(holder, key)? else { return Ok(None) };
        let mut numbers = [0.0; 4];
        for (number, item) in numbers.iter_mut().zip(found.items()) {
            *number = self.follow(&found, item)?.and_then(|v| v.value.real()).unwrap_or(0.0);
        }
        let [a, b, c, d] = numbers;
        let rectangle = [a.min(c), b.min(d), a.max(c), b.max(d)];
        Ok(Some(rectangle).filter(|_| a != c && b != d))
    }
}

/// What two rectangles share; the first where they share nothing.
fn common(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    let both = [a[0].max(b[0]), a[1].max(b[1]), a[2].min(b[2]), a[3].min(b[3])];
    if both[0] < both[2] && both[1] < both[3] { both } else { a }
}
