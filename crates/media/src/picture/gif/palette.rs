//! The colors of one frame, with the grays that the label needs.

use biaoshi_explicit::image::Stamp;

/// Grays of the label, the most needed first.
const STEPS: [u8; 8] = [0, 255, 128, 192, 64, 224, 160, 32];
/// Black that passes for black, and white that passes for white: 14:1 at worst.
const DARK: u8 = 28;
const LIGHT: u8 = 227;
/// Most difference between red, green and blue of a color that passes for gray.
const TINT: u8 = 24;

/// How far a gray may be from the step that it stands for.
const NEAR: u8 = 8;

/// A palette that may change.
#[derive(Debug, Clone)]
pub(super) struct Colors {
    pub(super) table: Vec<[u8; 3]>,
    pub(super) transparent: Option<u8>,
    /// Whether the table is another than before.
    pub(super) changed: bool,
    /// Colors that had to go.
    pub(super) merged: usize,
    /// How many pixels have each index.
    used: [usize; 256],
    /// What each index has become.
    moved: [u8; 256],
    /// Index for each gray.
    grays: [u8; 256],
}

impl Colors {
    pub(super) fn new(table: &[[u8; 3]], transparent: Option<u8>) -> Self {
        let moved = std::array::from_fn(|n| n as u8);
        let table = table.to_vec();
        Self { table, transparent, changed: false, merged: 0, used: [0; 256], moved, grays: [0; 256] }
    }

    /// Counts the pixels that stay.
    pub(super) fn count(&mut self, indices: impl Iterator<Item = u8>) {
        for index in indices {
            if let Some(n) = self.used.get_mut(usize::from(index)) {
                *n += 1;
            }
        }
    }

    /// Makes an index transparent.
    pub(super) fn add_transparent(&mut self) {
        let before = self.transparent;
        self.transparent = Some(self.slot([0; 3], true).unwrap_or_default());
        if let (Some(old), Some(new)) = (before, self.transparent) {
            self.moved.iter_mut().filter(|m| **m == old).for_each(|m| *m = new);
        }
    }

    /// Finds black and white among the colors, or adds them and as many grays as there is room for.
    pub(super) fn add_grays(&mut self) {
        let dark = self.nearest(0).is_some_and(|(_, luma)| luma <= DARK);
        let light = self.nearest(255).is_some_and(|(_, luma)| luma >= LIGHT);
        if !dark || !light {
            // What is there stays there, also where no pixel has it yet.
            let kept = [self.nearest(0).filter(|_| dark), self.nearest(255).filter(|_| light)];
            for (index, _) in kept.into_iter().flatten() {
                self.count(std::iter::once(index));
            }
            for gray in STEPS.into_iter().filter(|g| !(dark && *g == 0 || light && *g == 255)) {
                // Only black and white are worth other colors.
                self.slot([gray; 3], matches!(gray, 0 | 255));
            }
        }
        // All steps, or else black and white alone: a label of other tones would not be found again.
        let has = |step: u8| self.nearest(step).is_some_and(|(_, luma)| luma.abs_diff(step) <= NEAR);
        let fine = STEPS.into_iter().all(has);
        let tone = |gray: u8| if fine { gray } else { two_tone(gray) };
        self.grays = std::array::from_fn(|gray| self.nearest(tone(gray as u8)).map_or(0, |(index, _)| index));
    }

    /// Index of the gray that is nearest to one of 0-255.
    pub(super) fn gray(&self, gray: u8) -> u8 {
        self.grays.get(usize::from(gray)).copied().unwrap_or_default()
    }

    /// The indices as they are now.
    pub(super) fn mapped(&self, mut indices: Vec<u8>) -> Vec<u8> {
        for index in &mut indices {
            *index = self.moved.get(usize::from(*index)).copied().unwrap_or_default();
        }
        indices
    }

    /// Bits of an index (the table has a power of two of colors, two at least).
    pub(super) fn bits(&self) -> u8 {
        self.table.len().max(2).next_power_of_two().trailing_zeros() as u8
    }

    /// Bytes of the table.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = self.table.concat();
        out.resize(3 << self.bits(), 0);
        out
    }

    /// The nearest opaque color that passes for gray, and its luma.
    fn nearest(&self, gray: u8) -> Option<(u8, u8)> {
        let opaque = (0..=u8::MAX).zip(&self.table).filter(|(n, _)| self.transparent != Some(*n));
        let grays = opaque.filter_map(|(n, color)| {
            let tint = color.iter().max()? - color.iter().min()?;
            (tint <= TINT).then_some((n, luma(*color)))
        });
        grays.min_by_key(|(_, luma)| luma.abs_diff(gray))
    }

    /// An index for a color: a spare one, one more, or, where it must be, that of the rarest color.
    fn slot(&mut self, color: [u8; 3], must: bool) -> Option<u8> {
        let count = |n: usize| self.used.get(n).copied().unwrap_or(0);
        let free = (0..=u8::MAX)
            .zip(&self.table)
            .map(|(n, _)| n)
            .find(|n| count(usize::from(*n)) == 0 && self.transparent != Some(*n));
        // Pixels may have indices behind the table; those are not given a color.
        let end = (self.table.len()..256).find(|n| count(*n) == 0 && self.transparent.map(usize::from) != Some(*n));
        let index = match free {
            Some(n) => n,
            None => match end {
                Some(n) => {
                    self.table.resize(n + 1, [0; 3]);
                    u8::try_from(n).ok()?
                }
                None if must => self.give_up()?,
                None => return None,
            },
        };
        *self.table.get_mut(usize::from(index))? = color;
        *self.used.get_mut(usize::from(index))? += 1;
        self.changed = true;
        Some(index)
    }

    /// Frees the index of the rarest color: its pixels take the nearest color.
    fn give_up(&mut self) -> Option<u8> {
        let all = || (0..=u8::MAX).zip(self.table.iter().copied()).filter(|(n, _)| self.transparent != Some(*n));
        let count = |n: u8| self.used.get(usize::from(n)).copied().unwrap_or(0);
        let gray = |c: [u8; 3]| c[0] == c[1] && c[1] == c[2] && STEPS.contains(&c[0]);
        let (rarest, color) = all().filter(|(_, c)| !gray(*c)).min_by_key(|(n, _)| count(*n))?;
        let apart = |c: [u8; 3]| -> u32 { c.iter().zip(color).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
        let (nearest, _) = all().filter(|(n, _)| *n != rarest).min_by_key(|(_, c)| apart(*c))?;
        let lost = count(rarest);
        *self.used.get_mut(usize::from(nearest))? += lost;
        *self.used.get_mut(usize::from(rarest))? = 0;
        self.moved.iter_mut().filter(|m| **m == rarest).for_each(|m| *m = nearest);
        self.merged += 1;
        Some(rarest)
    }
}

/// The ways in which a label may look in a palette.
pub(super) fn looks(stamp: &Stamp) -> Vec<Stamp> {
    vec![stamp.hard(|gray| gray), stamp.hard(two_tone)]
}

fn two_tone(gray: u8) -> u8 {
    if gray < 128 { 0 } else { 255 }
}

/// BT.601 luma.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    ((u32::from(r) * 77 + u32::from(g) * 150 + u32::from(b) * 29 + 128) >> 8) as u8
}
