//! One page anew: what it drew, then the label (ISO 32000-2 7.8).

use biaoshi_container::pdf::{File, Object, Operations, Page, Ref, Update, Value};

use super::objects::{Objects, reference, stream, with};
use super::tags::Tag;
use crate::Result;

/// Where the label's form goes.
pub(super) struct Scene {
    /// From units of the form to those of the page.
    pub(super) matrix: [f64; 6],
}

/// Adds the page with the label, and the streams that put it there.
pub(super) fn draw(
    file: &File<'_>,
    page: &Page,
    scene: &Scene,
    (form, tag): (Ref, Option<&Option<Tag>>),
    update: &mut Update,
    objects: &mut Objects,
) -> Result<()> {
    let (resources, name) = resources(file, page, form)?;
    let old = contents(file, &page.object)?;
    let open = open_states(file, &old)?;
    let [before, behind] = [update.fresh(), update.fresh()];
    let matrix = scene.matrix.map(|n| format!("{n:.4}")).join(" ");
    // In a tagged document what is not in the tree is an artifact (14.8.2.2).
    let (begin, end) = match tag {
        Some(Some(tag)) => (format!("/P << /MCID {} >> BDC ", tag.content), " EMC"),
        Some(None) => ("/Artifact BMC ".into(), " EMC"),
        None => (String::new(), ""),
    };
    let label = format!("{}\n{begin}q {matrix} cm /{name} Do Q{end}", "Q ".repeat(open));
    objects.push((before, stream("", b"q")));
    objects.push((behind, stream("", label.as_bytes())));
    let all: Vec<String> = [before].into_iter().chain(old).chain([behind]).map(reference).collect();
    let mut changes = vec![("Contents", format!("[{}]", all.join(" ")).into_bytes()), ("Resources", resources)];
    if let Some(key) = tag.and_then(Option::as_ref).and_then(|tag| tag.new_key) {
        changes.push(("StructParents", key.to_string().into_bytes()));
    }
    objects.push((page.object.id, with(&page.object, &changes)));
    Ok(())
}

/// The page's resources with the form among them, and its name there.
fn resources(file: &File<'_>, page: &Page, form: Ref) -> Result<(Vec<u8>, String)> {
    let old = page.resources.as_ref();
    let forms = old.map(|old| file.entry(old, "XObject")).transpose()?.flatten();
    let taken = |name: &str| forms.as_ref().is_some_and(|forms| forms.dict().has(name));
    let name = (0..).map(|n| format!("AIGC{n}")).find(|name| !taken(name)).unwrap_or_default();
    let target = reference(form).into_bytes();
    let forms = match &forms {
        Some(forms) => with(forms, &[(&name, target)]),
        None => [format!("<< /{name} ").as_bytes(), &target, b" >>"].concat(),
    };
    let resources = match old {
        Some(old) => with(old, &[("XObject", forms)]),
        None => [b"<< /XObject ".as_slice(), &forms, b" >>"].concat(),
    };
    Ok((resources, name))
}

/// The streams that draw a page.
pub(super) fn contents(file: &File<'_>, page: &Object) -> Result<Vec<Ref>> {
    let one = match page.dict().get("Contents") {
        Some(Value::Ref(id)) => Some(*id),
        _ => None,
    };
    let Some(found) = file.entry(page, "Contents")? else { return Ok(Vec::new()) };
    let names = |value: &Value| if let Value::Ref(id) = value { Some(*id) } else { None };
    Ok(match &found.value {
        Value::Array(items) => items.iter().filter_map(names).collect(),
        _ if found.stream.is_some() => one.into_iter().collect(),
        _ => Vec::new(),
    })
}

/// Graphics states that are open behind the page's own streams, with the one that is saved before them: what they leave would move
/// what is drawn next. Streams that are coded in
/// other ways than this program reads count as sound.
fn open_states(file: &File<'_>, streams: &[Ref]) -> Result<usize> {
    let mut open = 1_usize;
    for id in streams {
        let Some(data) = file.get(*id)?.and_then(|stream| file.decoded(&stream).ok()) else { continue };
        for (_, operator) in Operations::new(&data, file.limits()) {
            match operator {
                b"q" => open += 1,
                b"Q" => open = open.saturating_sub(1),
                _ => {}
            }
        }
    }
    Ok(open.min(MOST_OPEN))
}

/// More states than any reader keeps (Annex C gave 28).
const MOST_OPEN: usize = 512;
