//! Excel: a text box beside the cells of the first sheet that is shown. It shifts no cell, so formulas, names, charts and
//! programs that read the cells (`pandas.read_excel`, `openpyxl`) see what they saw. Or, when asked for, a sheet of its own in
//! front of all others, which also programs see that know cells alone; those that read "the first sheet" then read the label.

mod book;
pub(super) mod cells;
mod place;

use biaoshi_container::zip::Change;
use biaoshi_container::{Limits, Source};
use biaoshi_explicit::Position;
use biaoshi_explicit::text::Matcher;
use biaoshi_explicit::words::TABLE as WORDS;

use self::book::Book;
use self::cells::Cells;
use super::ooxml::{self, BETWEEN, DRAWING, HEAD, NAME, Relations, form};
use super::package::{self, Package, Part, fresh, qualified, skipping};
use super::shapes::{self, Shapes};
use super::words::{Block, already, drawn, number};
use crate::{Content, Error, Explicit, ExplicitOptions, Found, Media, Outcome, Part as Place, Result, Sheet};

pub(crate) static MEDIA: Media = Media {
    format: "xlsx",
    explicit: Some(Explicit {
        apply: |source, options, limits| skipping(write(source, options, limits)),
        find,
        cost: package::cost,
    }),
    content: Content::None,
    says: &[],
};

const SHEETS: &[&str; 2] =
    &["http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://purl.oclc.org/ooxml/spreadsheetml/main"];
/// Drawings over the cells.
const OVER: &[&str] = &[
    "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing",
    "http://purl.oclc.org/ooxml/drawingml/spreadsheetDrawing",
];
const DRAWING_TYPE: &str = "application/vnd.openxmlformats-officedocument.drawing+xml";
const SHEET_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml";

/// The first sheet that is shown, with what lies over it.
struct Front {
    name: String,
    place: Place,
    part: Part,
    cells: Cells,
    drawing: Option<(Part, Shapes)>,
}

impl Front {
    fn read(package: &Package<'_>, book: &Book) -> Result<Self> {
        let (index, name) = book.front().ok_or_else(|| Error::Unable(package::NO_TEXT.message()))?;
        let (place, name) = (Place::Sheet(number(index)), name.to_owned());
        let part = package.main(&name)?;
        let cells = Cells::read(package, &part, book.strings.as_deref())?;
        let relations = Relations::of(package, &name)?;
        let target = cells.drawing.as_ref().and_then(|id| relations.targets("drawing").get(id.as_str()).copied());
        let drawing = match target.map(|target| package.part(target)).transpose()?.flatten() {
            Some(part) => {
                let shapes = shapes::read(package, &part, OVER, "wsDr")?;
                Some((part, shapes))
            }
            None => None,
        };
        Ok(Self { name, place, part, cells, drawing })
    }

    /// What may be a label in it: alone in a row among the first or the last ones, or in a text box.
    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.cells.rows.iter().chain(self.drawing.iter().flat_map(|(_, shapes)| &shapes.alone))
    }

    fn labels(&self, matcher: &Matcher) -> Vec<Found> {
        self.blocks().filter_map(|block| Some(block.found(block.kind(matcher)?, Some(self.place)))).collect()
    }

    fn already(&self, matcher: &Matcher) -> Option<Found> {
        already(self.blocks().filter_map(|block| Some((block, block.kind(matcher)?))), false, Some(self.place))
    }
}

fn write(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Outcome> {
    let package = Package::open(NAME, source, limits)?;
    let book = Book::read(&package)?;
    let (front, line) = (Front::read(&package, &book)?, options.line(WORDS));
    if let Some(found) = front.already(&options.matcher(WORDS)) {
        return Ok(Outcome::Already(found));
    }
    ooxml::unsigned(&package)?;
    let (place, changes) = match options.sheet {
        Sheet::First => (Place::Sheet(1), book.with_sheet(&package, &line)?),
        Sheet::TextBox => (front.place, front.with_box(&package, options.position, &line)?),
    };
    Ok(drawn(package.plan(&changes)?, Some(place), line, None))
}

fn find(source: &dyn Source, options: &ExplicitOptions, limits: &Limits) -> Result<Vec<Found>> {
    let package = Package::open(NAME, source, limits)?;
    let book = Book::read(&package)?;
    Ok(Front::read(&package, &book)?.labels(&options.matcher(WORDS)))
}

impl Front {
    /// One more shape in the drawing of the sheet, or the first one in a new drawing.
    fn with_box(self, package: &Package<'_>, position: Position, line: &str) -> Result<Vec<Change>> {
        let strict = self.cells.root.uri == SHEETS[1];
        let (over, drawing) = (form(OVER, strict), form(DRAWING, strict));
        let place = place::of(&self.cells, self.drawing.as_ref().map(|(_, shapes)| shapes.reach), position);
        if let Some((part, shapes)) = self.drawing {
            let lost = || Error::Unable(package::NO_TEXT.message());
            let (slot, id) = (shapes.slot.ok_or_else(lost)?, shapes.id.checked_add(1).ok_or_else(lost)?);
            return Ok(vec![part.change(&[slot.fill(&place::anchor(place, id, &shapes.prefix, drawing, line))])?]);
        }
        let slot = self.cells.slot.as_ref().ok_or_else(|| Error::Unable(package::NO_TEXT.message()))?;
        let target = ooxml::free(package, "xl/drawings/drawing");
        let (relation, id) =
            Relations::of(package, &self.name)?.add(&format!("{}/drawing", form(BETWEEN, strict)), &target)?;
        let tag = qualified(&self.cells.root.prefix, "drawing");
        let tag = format!("<{tag} xmlns:r=\"{}\" r:id=\"{id}\"/>", form(BETWEEN, strict));
        let anchor = place::anchor(place, 2, "xdr", drawing, line);
        let contents = format!("{HEAD}<xdr:wsDr xmlns:xdr=\"{over}\" xmlns:a=\"{drawing}\">{anchor}</xdr:wsDr>");
        Ok(vec![
            self.part.change(&[slot.fill(&tag)])?,
            relation,
            ooxml::announce(package, &[(&target, DRAWING_TYPE)])?,
            fresh(target, contents),
        ])
    }
}
