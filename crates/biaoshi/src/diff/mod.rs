//! Two reports side by side: which marks were kept, lost, changed, broken or added on the way from one file to another.
//!
//! A mark is what a label, an explicit label or a trace says, wherever it stands: a file that was transcoded keeps its
//! label in another place.

mod json;
mod text;

use std::collections::{BTreeMap, VecDeque};

use biaoshi_label::{Field, Label, Record};
use biaoshi_media::Place;

use crate::report::{MarkPlace, Report};

/// What happened between two files. One of them may be missing.
#[derive(Debug)]
pub struct Diff {
    /// The file as it was.
    pub before: Option<Report>,
    /// The file as it is now.
    pub after: Option<Report>,
    /// The marks of both, those of the first file first.
    pub marks: Vec<Mark>,
    /// What was to be compared and could not be looked for in one of the files.
    pub unchecked: Vec<Kind>,
}

/// One mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it is.
    pub kind: Kind,
    /// What became of it.
    pub status: Status,
    /// ProduceID of a label, words of an explicit label, kind of a trace.
    pub name: String,
    /// Where it stood.
    pub before: Vec<String>,
    /// Where it stands.
    pub after: Vec<String>,
    /// What is different.
    pub details: Vec<Detail>,
}

/// What a mark is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A metadata label.
    Label,
    /// A visible, audible or readable label.
    Explicit,
    /// A payload in the pixels.
    Watermark,
    /// Another sign of AI generation.
    Trace,
}

/// What became of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It says the same.
    Kept,
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It is there and can no longer be read.
    Broken,
    /// It is gone.
    Lost,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Kept, Self::Added, Self::Changed, Self::Broken, Self::Lost];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Broken => "broken",
            Self::Lost => "lost",
        }
    }
}

impl Kind {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Explicit => "explicit",
            Self::Watermark => "watermark",
            Self::Trace => "trace",
        }
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// A key of the label, `dialects`, `words`, `payload`, or `detail`.
    pub what: &'static str,
    /// As it was; `None` where there was nothing.
    pub before: Option<String>,
    /// As it is.
    pub after: Option<String>,
}

impl Diff {
    /// Compares what two reports found. A file that is missing has no marks.
    pub fn new(before: Option<Report>, after: Option<Report>) -> Self {
        fn of<'r, T>(side: &'r Option<Report>, part: impl Fn(&'r Report) -> &'r [T]) -> &'r [T] {
            side.as_ref().map(part).unwrap_or_default()
        }
        let mut marks = labels(of(&before, |r| r.labels.as_slice()), of(&after, |r| r.labels.as_slice()));
        // What nobody could look for is neither there nor gone.
        if !blind(Kind::Explicit, &before, &after) {
            let explicit = |side| explicit(of(side, |r| r.explicit.as_deref().unwrap_or_default()));
            marks.extend(compare(Kind::Explicit, "words", explicit(&before), explicit(&after)));
        }
        if !blind(Kind::Watermark, &before, &after) {
            let watermarks = |side| watermarks(of(side, |r| r.watermarks.as_deref().unwrap_or_default()));
            marks.extend(compare(Kind::Watermark, "payload", watermarks(&before), watermarks(&after)));
        }
        let traces = |side| traces(of(side, |r| r.traces.as_deref().unwrap_or_default()));
        marks.extend(compare(Kind::Trace, "detail", traces(&before), traces(&after)));
        Self { before, after, marks, unchecked: Vec::new() }
    }

    /// The same, where these kinds were asked for: says so when one could not be looked for in one of the files.
    pub fn asked_for(self, kinds: &[Kind]) -> Self {
        let unchecked = kinds.iter().copied().filter(|k| blind(*k, &self.before, &self.after)).collect();
        Self { unchecked, ..self }
    }

    /// Whether a mark is gone or can no longer be read.
    pub fn is_loss(&self) -> bool {
        self.marks.iter().any(|m| matches!(m.status, Status::Lost | Status::Broken))
    }

    /// Whether all is as it was, as far as anybody could look.
    pub fn is_unchanged(&self) -> bool {
        self.marks.iter().all(|m| m.status == Status::Kept) && self.unchecked.is_empty() && !self.is_failure()
    }

    /// Whether there is something to show of marks with these statuses; what went wrong always is.
    pub fn shows(&self, statuses: &[Status]) -> bool {
        self.is_failure() || self.marks.iter().any(|m| statuses.contains(&m.status))
    }

    /// Whether one of the files could not be read to its end.
    pub fn is_failure(&self) -> bool {
        [&self.before, &self.after].into_iter().flatten().any(|r| r.error.is_some())
    }
}

/// Whether marks of a kind were not looked for in a file that is there.
fn blind(kind: Kind, before: &Option<Report>, after: &Option<Report>) -> bool {
    [before, after].into_iter().flatten().any(|r| match kind {
        Kind::Label => false,
        Kind::Explicit => r.explicit.is_none(),
        Kind::Watermark => r.watermarks.is_none(),
        Kind::Trace => r.traces.is_none(),
    })
}

/// Labels of one file that say the same: they count once.
#[derive(Debug)]
struct Group<'a> {
    label: Label,
    broken: bool,
    records: Vec<&'a Record>,
}

impl Group<'_> {
    fn equals(&self, other: &Group<'_>) -> bool {
        self.broken == other.broken && self.label == other.label
    }

    /// Whether it is the label of the same content, by its producer and number.
    fn names_the_same(&self, other: &Group<'_>) -> bool {
        let names = |f: Field| !self.label.get(f).is_empty() && self.label.get(f) == other.label.get(f);
        names(Field::ContentProducer) && names(Field::ProduceID)
    }

    fn shares_a_place(&self, other: &Group<'_>) -> bool {
        self.records.iter().any(|r| other.records.iter().any(|o| o.placement == r.placement))
    }

    fn places(&self) -> Vec<String> {
        self.records.iter().map(|r| r.placement.to_string()).collect()
    }

    fn dialects(&self) -> Option<String> {
        let names = self.records.iter().flat_map(|r| &r.dialects).map(|d| d.name()).collect::<Vec<_>>().join(", ");
        Some(names).filter(|n| !n.is_empty())
    }

    fn mark(&self, status: Status) -> Mark {
        let (places, name) = (self.places(), self.label.get(Field::ProduceID).to_owned());
        let (before, after) = if status == Status::Added { (Vec::new(), places) } else { (places, Vec::new()) };
        Mark { kind: Kind::Label, status, name, before, after, details: Vec::new() }
    }

    /// What became of this label, which is `now`.
    fn became(&self, now: &Group<'_>) -> Mark {
        let status = match (self.equals(now), now.broken && !self.broken) {
            (true, _) => Status::Kept,
            (false, true) => Status::Broken,
            (false, false) => Status::Changed,
        };
        let value = |group: &Group<'_>, f: Field| Some(group.label.get(f).to_owned());
        let fields = Field::ALL.into_iter().map(|f| (f.key(), value(self, f), value(now, f)));
        let all = fields.chain([("dialects", self.dialects(), now.dialects())]);
        let details = all.filter(|(_, a, b)| a != b).map(|(what, before, after)| Detail { what, before, after });
        Mark { after: now.places(), details: details.collect(), ..self.mark(status) }
    }
}

fn groups(records: &[Record]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for record in records {
        let new = Group { label: Label::preserving(record), broken: record.broken, records: vec![record] };
        match groups.iter_mut().find(|g| g.equals(&new)) {
            Some(group) => group.records.push(record),
            None => groups.push(new),
        }
    }
    groups
}

/// Labels: equal ones belong together, then those of the same content, then those in the same place, then the only two
/// that are left.
fn labels(before: &[Record], after: &[Record]) -> Vec<Mark> {
    let (old, mut new) = (groups(before), groups(after));
    let mut marks: Vec<Option<Mark>> = old.iter().map(|_| None).collect();
    let steps: [fn(&Group<'_>, &Group<'_>) -> bool; 4] =
        [|a, b| a.equals(b), |a, b| a.names_the_same(b), |a, b| a.shares_a_place(b), |_, _| true];
    for (step, belongs) in steps.into_iter().enumerate() {
        let open = marks.iter().filter(|m| m.is_none()).count();
        if step == steps.len() - 1 && (open, new.len()) != (1, 1) {
            break;
        }
        for (mark, old) in marks.iter_mut().zip(&old).filter(|(mark, _)| mark.is_none()) {
            if let Some(at) = new.iter().position(|new| belongs(old, new)) {
                *mark = Some(old.became(&new.remove(at)));
            }
        }
    }
    let gone = marks.into_iter().zip(&old).map(|(mark, old)| mark.unwrap_or_else(|| old.mark(Status::Lost)));
    gone.chain(new.iter().map(|n| n.mark(Status::Added))).collect()
}

/// What one sort of mark says, and the places where it says so.
type Said = BTreeMap<(String, String), Vec<String>>;

fn explicit(found: &[crate::report::Explicit]) -> Said {
    let mut said = Said::new();
    for one in found {
        let place = match &one.place {
            Place::Picture { rect: r, .. } => format!("{},{} {}x{}", r.x, r.y, r.width, r.height),
            Place::Sound(all) => all.iter().map(|t| format!("{:.2}s", t.start)).collect::<Vec<_>>().join(" "),
            Place::Prompt(all) => all.iter().map(|at| format!("{:.2}s", at.start)).collect::<Vec<_>>().join(" "),
            Place::Text { part: Some(part), offset, .. } => {
                format!("{} @{offset}", part.told())
            }
            Place::Text { part: None, offset, .. } => format!("@{offset}"),
        };
        said.entry((one.medium.to_owned(), one.text.clone())).or_default().push(place);
    }
    said
}

/// By key: two marks in one picture are of two keys.
fn watermarks(found: &[crate::report::Watermark]) -> Said {
    let mut said = Said::new();
    for one in found {
        let place = match one.place {
            MarkPlace::Picture { quad, .. } => quad.map(|(x, y)| format!("{x:.0},{y:.0}")).join(" "),
            MarkPlace::Sound { start, end, .. } => format!("{start:.2}-{end:.2}s"),
            MarkPlace::Text { offset, length, .. } => format!("@{offset}+{length}"),
        };
        said.entry((one.key_id.clone(), one.payload.to_string())).or_default().push(place);
    }
    said
}

fn traces(found: &[biaoshi_metadata::Trace]) -> Said {
    let mut said = Said::new();
    for one in found {
        said.entry((one.kind.to_owned(), one.detail.clone())).or_default().push(one.placement.to_string());
    }
    said
}

/// Other marks: equal ones belong together, then those of one sort, in order.
fn compare(kind: Kind, what: &'static str, before: Said, mut after: Said) -> Vec<Mark> {
    let mark = |status, (sort, says): &(String, String), before, after, details| {
        let name = if kind == Kind::Trace { sort } else { says };
        Mark { kind, status, name: name.clone(), before, after, details }
    };
    let (mut marks, mut gone) = (Vec::new(), Vec::new());
    for (key, places) in before {
        match after.remove(&key) {
            Some(now) => marks.push(mark(Status::Kept, &key, places, now, Vec::new())),
            None => gone.push((key, places)),
        }
    }
    let mut left: BTreeMap<String, VecDeque<(String, Vec<String>)>> = BTreeMap::new();
    for ((sort, says), places) in after {
        left.entry(sort).or_default().push_back((says, places));
    }
    for (key, places) in gone {
        marks.push(match left.get_mut(&key.0).and_then(VecDeque::pop_front) {
            Some((says, now)) => {
                let details = vec![Detail { what, before: Some(key.1.clone()), after: Some(says) }];
                mark(Status::Changed, &key, places, now, details)
            }
            None => mark(Status::Lost, &key, places, Vec::new(), Vec::new()),
        });
    }
    for (sort, all) in left {
        for (says, now) in all {
            marks.push(mark(Status::Added, &(sort.clone(), says), Vec::new(), now, Vec::new()));
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use biaoshi_label::Level;

    fn record(id: &str, place: &'static str) -> Record {
        let label = Label::new(Level::Confirmed, "p", id, false).unwrap();
        Record {
            placement: place.into(),
            span: 0..1,
            raw: String::new(),
            fields: label.fields().clone(),
            misspelt: Vec::new(),
            repeated: Vec::new(),
            dialects: Vec::new(),
            broken: false,
        }
    }

    fn statuses(before: &[Record], after: &[Record]) -> Vec<Status> {
        labels(before, after).iter().map(|m| m.status).collect()
    }

    #[test]
    fn labels_belong_together_by_what_they_say() {
        use Status::*;
        use std::slice::from_ref;
        let (a, b) = (record("a", "png"), record("b", "jpeg"));
        let broken = Record { broken: true, ..record("a", "jpeg") };
        assert_eq!(statuses(from_ref(&a), &[record("a", "jpeg")]), [Kept]);
        assert_eq!(
            statuses(&[a.clone(), record("a", "exif")], &[record("a", "jpeg")]),
            [Kept],
            "one label twice is one"
        );
        assert_eq!(statuses(from_ref(&a), &[]), [Lost]);
        assert_eq!(statuses(&[], from_ref(&a)), [Added]);
        assert_eq!(statuses(from_ref(&a), from_ref(&b)), [Changed]);
        assert_eq!(statuses(from_ref(&a), from_ref(&broken)), [Broken]);
        assert_eq!(statuses(from_ref(&broken), from_ref(&broken)), [Kept]);
        assert_eq!(statuses(&[a.clone(), b.clone()], from_ref(&b)), [Lost, Kept]);
        let now = [record("c", "jpeg"), record("d", "gif"), record("e", "webp")];
        assert_eq!(statuses(&[a.clone(), b.clone()], &now), [Lost, Changed, Added, Added], "by place");
        assert_eq!(statuses(&[a.clone(), b], &now[..2]), [Changed, Changed], "by place, then the last of both");
        let details = &labels(&[a], &[record("b", "gif")])[0].details;
        assert_eq!(details.iter().map(|d| d.what).collect::<Vec<_>>(), ["ProduceID", "PropagateID"]);
    }

    #[test]
    fn other_marks_belong_together_by_sort() {
        let said = |all: &[(&str, &str)]| -> Said {
            all.iter().map(|(a, b)| ((a.to_string(), b.to_string()), vec!["x".to_owned()])).collect()
        };
        let marks = compare(
            Kind::Trace,
            "detail",
            said(&[("c2pa", "a"), ("iptc", "b"), ("sd", "c")]),
            said(&[("c2pa", "a"), ("iptc", "z"), ("dall-e", "d")]),
        );
        let found: Vec<_> = marks.iter().map(|m| (m.name.as_str(), m.status)).collect();
        use Status::*;
        assert_eq!(found, [("c2pa", Kept), ("iptc", Changed), ("sd", Lost), ("dall-e", Added)]);
    }
}
