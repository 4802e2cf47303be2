//! The codebooks of a stream, to be searched: which entry is nearest, and how it is written.

use super::bits::Packer;
use super::setup::{PASSES, Residue, Setup};
use crate::sound::decoder::vorbis::codebook::Codebook;

/// Most comparisons of numbers for a label: streams that are heard of take a tenth at most.
const MOST: u64 = 4 << 30;

/// All codebooks.
pub(super) struct Books {
    books: Vec<Book>,
    /// Comparisons that are left.
    left: u64,
}

/// One of them.
struct Book {
    dimensions: usize,
    lengths: Vec<u8>,
    words: Vec<u32>,
    /// Of books for residues, the vector of each entry.
    vectors: Vec<f32>,
}

impl Books {
    /// `None` where a book is no tree.
    pub(super) fn new(setup: &Setup) -> Option<Self> {
        let mut books = setup.books.iter().map(Book::new).collect::<Option<Vec<_>>>()?;
        for index in setup.residues.iter().flat_map(Residue::books) {
            let (book, coded) = (books.get_mut(index)?, setup.books.get(index)?);
            if book.vectors.is_empty() {
                book.vectors = coded.vectors().unwrap_or_default().iter().map(|n| *n as f32).collect();
            }
        }
        Some(Self { books, left: MOST })
    }

    /// Takes what a search costs; `None` where there is nothing left.
    pub(super) fn spend(&mut self, comparisons: usize) -> Option<()> {
        self.left = self.left.checked_sub(comparisons as u64)?;
        Some(())
    }

    pub(super) fn dimensions(&self, book: usize) -> usize {
        self.books.get(book).map_or(0, |b| b.dimensions)
    }

    /// How many entries there are.
    pub(super) fn entries(&self, book: usize) -> usize {
        self.books.get(book).map_or(0, |b| b.lengths.len())
    }

    /// Whether an entry has a code word.
    pub(super) fn has(&self, book: usize, entry: usize) -> bool {
        self.books.get(book).and_then(|b| b.lengths.get(entry)).is_some_and(|length| *length > 0)
    }

    /// The entries that have a code word.
    pub(super) fn used(&self, book: usize) -> impl Iterator<Item = usize> {
        let lengths = self.books.get(book).map_or(&[][..], |b| &b.lengths);
        lengths.iter().enumerate().filter(|(_, length)| **length > 0).map(|(n, _)| n)
    }

    /// Whether there are vectors behind its entries, some of which have code words.
    pub(super) fn has_vectors(&self, book: usize) -> bool {
        self.books.get(book).is_some_and(|b| !b.vectors.is_empty()) && self.used(book).next().is_some()
    }

    /// The entry whose vector is nearest to one, and the vector; `None` where there is none, or too much was searched.
    pub(super) fn nearest(&mut self, book: usize, wanted: &[f32]) -> Option<(usize, &[f32])> {
        self.spend(self.entries(book).checked_mul(wanted.len())?)?;
        let book = self.books.get(book)?;
        let mut best = (f32::INFINITY, None);
        let entries = book.vectors.chunks_exact(book.dimensions.max(1)).zip(&book.lengths).enumerate();
        for (entry, (vector, _)) in entries.filter(|(_, (_, length))| **length > 0) {
            let error = vector.iter().zip(wanted).map(|(a, b)| (a - b) * (a - b)).sum();
            if error < best.0 {
                best = (error, Some((entry, vector)));
            }
        }
        best.1
    }

    pub(super) fn write(&self, book: usize, entry: usize, out: &mut Packer) {
        if let Some(book) = self.books.get(book) {
            let length = book.lengths.get(entry).copied().unwrap_or(0);
            out.word(book.words.get(entry).copied().unwrap_or(0), length);
        }
    }
}

impl Book {
    fn new(book: &Codebook) -> Option<Self> {
        let words = book.words()?;
        Some(Self { dimensions: book.dimensions, lengths: book.lengths.clone(), words, vectors: Vec::new() })
    }
}

impl Residue {
    /// The books of its passes.
    fn books(&self) -> impl Iterator<Item = usize> {
        self.classes.iter().flat_map(|class: &[Option<usize>; PASSES]| class.iter().flatten().copied())
    }
}
