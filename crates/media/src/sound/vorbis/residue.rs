//! The lines of a block over their floor: parts of them are told by vectors of the books of a class, in passes of which each tells
//! what the ones before left (Vorbis I, section 8.6). Of all classes that a code word can tell, the nearest ones are taken; how
//! many bits that takes does not matter.

use super::bits::Packer;
use super::books::Books;
use super::setup::{PASSES, Residue};

/// What a part costs in a class, in comparisons, besides these.
const EACH: usize = 64;

/// A part in one class.
#[derive(Debug, Clone, Default)]
struct Part {
    /// The entries of each pass.
    passes: [Vec<usize>; PASSES],
    /// What is left of the values.
    rest: Vec<f32>,
    error: f64,
}

/// A vector of values, coded.
struct Coded {
    /// For each group of parts, the entry that tells their classes.
    groups: Vec<usize>,
    /// The parts, each with its class.
    parts: Vec<(usize, Part)>,
}

impl Residue {
    /// Appends the values of the channels of a submap, of which `used` tells those that are coded at all, and replaces them by what a
    /// decoder makes of that. `None` where books lack what is needed, or too much was searched.
    pub(super) fn write(
        &self,
        channels: &mut [Vec<f32>],
        used: &[bool],
        books: &mut Books,
        out: &mut Packer,
    ) -> Option<()> {
        if self.kind < 2 {
            let mut coded = Vec::new();
            for (values, _) in channels.iter_mut().zip(used).filter(|(_, used)| **used) {
                coded.push(self.code(values, books)?);
            }
            self.put(&coded, books, out);
            return Some(());
        }
        // Type 2: all channels as one, value by value (section 8.6.5).
        if !used.contains(&true) {
            return Some(());
        }
        let lines = channels.first().map_or(0, Vec::len);
        let mut all: Vec<f32> =
            (0..lines).flat_map(|n| channels.iter().map(move |c| c.get(n).copied().unwrap_or(0.0))).collect();
        let coded = self.code(&mut all, books)?;
        self.put(&[coded], books, out);
        let count = channels.len();
        for (n, channel) in channels.iter_mut().enumerate() {
            channel.iter_mut().zip(all.iter().skip(n).step_by(count.max(1))).for_each(|(to, from)| *to = *from);
        }
        Some(())
    }

    /// Codes a vector, and replaces it by what a decoder makes of it.
    fn code(&self, values: &mut [f32], books: &mut Books) -> Option<Coded> {
        let (begin, end) = (self.begin.min(values.len()), self.end.min(values.len()));
        values.iter_mut().take(begin).for_each(|v| *v = 0.0);
        let (count, grouped) = ((end - begin) / self.size, books.dimensions(self.book).max(1));
        values.iter_mut().skip(begin + count * self.size).for_each(|v| *v = 0.0);
        let mut coded = Coded { groups: Vec::new(), parts: Vec::new() };
        let parts = values.get_mut(begin..begin + count * self.size)?;
        for group in parts.chunks_mut(self.size * grouped) {
            let choices: Vec<Vec<Option<Part>>> =
                group.chunks(self.size).map(|part| self.choices(part, books)).collect::<Option<_>>()?;
            let (entry, classes) = self.classes(&choices, grouped, books)?;
            coded.groups.push(entry);
            for ((part, choices), class) in group.chunks_mut(self.size).zip(choices).zip(classes) {
                let chosen = choices.into_iter().nth(class)??;
                part.iter_mut().zip(&chosen.rest).for_each(|(value, rest)| *value -= rest);
                coded.parts.push((class, chosen));
            }
        }
        Some(coded)
    }

    /// A part in each class; nothing for a class that cannot code it.
    fn choices(&self, part: &[f32], books: &mut Books) -> Option<Vec<Option<Part>>> {
        let silent = part.iter().all(|v| *v == 0.0);
        let mut out: Vec<Option<Part>> = Vec::with_capacity(self.classes.len());
        for class in &self.classes {
            // Where there is nothing to tell, a class that tells nothing is best.
            let skipped = silent
                && class.iter().any(Option::is_some)
                && self.classes.iter().any(|c| c.iter().all(Option::is_none));
            out.push(if skipped { None } else { self.part(part, class, books)? });
        }
        Some(out)
    }

    fn part(&self, values: &[f32], class: &[Option<usize>; PASSES], books: &mut Books) -> Option<Option<Part>> {
        books.spend(values.len() + EACH)?;
        let mut part = Part { rest: values.to_vec(), ..Part::default() };
        for (pass, book) in class.iter().enumerate() {
            let Some(book) = *book else { continue };
            let width = books.dimensions(book);
            if width == 0 || !self.size.is_multiple_of(width) || !books.has_vectors(book) {
                return Some(None);
            }
            let count = self.size / width;
            for n in 0..count {
                // Type 0: each vector is spread over the part (section 8.6.3).
                let (from, step) = if self.kind == 0 { (n, count) } else { (n * width, 1) };
                let wanted: Vec<f32> = part.rest.iter().skip(from).step_by(step).take(width).copied().collect();
                let (entry, vector) = books.nearest(book, &wanted)?;
                part.rest.iter_mut().skip(from).step_by(step).zip(vector).for_each(|(rest, v)| *rest -= v);
                part.passes.get_mut(pass)?.push(entry);
            }
        }
        part.error = part.rest.iter().map(|r| f64::from(r * r)).sum();
        Some(Some(part))
    }

    /// The entry of the book of classes that codes a group with the least error, and the classes.
    fn classes(&self, choices: &[Vec<Option<Part>>], grouped: usize, books: &mut Books) -> Option<(usize, Vec<usize>)> {
        books.spend(books.entries(self.book).checked_mul(grouped)?)?;
        let told = |entry: usize| {
            let mut rest = entry;
            let mut classes = vec![0; grouped];
            for class in classes.iter_mut().rev() {
                *class = rest % self.classes.len().max(1);
                rest /= self.classes.len().max(1);
            }
            classes.truncate(choices.len());
            classes
        };
        let error = |classes: &[usize]| {
            let parts = choices.iter().zip(classes);
            parts.map(|(part, class)| Some(part.get(*class)?.as_ref()?.error)).sum::<Option<f64>>()
        };
        let entries = books.used(self.book).filter_map(|entry| {
            let classes = told(entry);
            Some((error(&classes)?, entry, classes))
        });
        let (_, entry, classes) = entries.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some((entry, classes))
    }

    /// Appends vectors: pass by pass, group by group, part by part, channel by channel (section 8.6.2).
    fn put(&self, channels: &[Coded], books: &Books, out: &mut Packer) {
        let grouped = books.dimensions(self.book).max(1);
        let groups = channels.iter().map(|c| c.groups.len()).max().unwrap_or(0);
        for pass in 0..PASSES {
            for group in 0..groups {
                if pass == 0 {
                    channels.iter().filter_map(|c| c.groups.get(group)).for_each(|e| books.write(self.book, *e, out));
                }
                for n in group * grouped..(group + 1) * grouped {
                    for (class, part) in channels.iter().filter_map(|c| c.parts.get(n)) {
                        let book = self.classes.get(*class).and_then(|c| c.get(pass).copied().flatten());
                        let entries = part.passes.get(pass).map_or(&[][..], Vec::as_slice);
                        book.iter().for_each(|book| entries.iter().for_each(|e| books.write(*book, *e, out)));
                    }
                }
            }
        }
    }
}
