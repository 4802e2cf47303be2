//! Coefficients of the parts of a picture that are looked at or drawn on.

use std::ops::Range;

use biaoshi_explicit::image::Rect;

use super::blocks::Coefficients;
use super::coding::{Coding, Scan};

/// A rectangle of units of all components together, or of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Area {
    /// The units that a rectangle of pixels touches.
    pub(super) fn of(rect: Rect, coding: &Coding) -> Self {
        let (h, v) = coding.unit();
        let (across, down) = (8 * h, 8 * v);
        let behind = |start: u32, size: u32, step: usize| (start as usize + size as usize).div_ceil(step);
        Self {
            left: rect.x as usize / across,
            top: rect.y as usize / down,
            right: behind(rect.x, rect.width, across).min(coding.units.0),
            bottom: behind(rect.y, rect.height, down).min(coding.units.1),
        }
    }

    /// The same in the units of one scan, which are blocks where it has one component.
    pub(super) fn in_scan(&self, coding: &Coding, scan: &Scan) -> Self {
        let own = match scan.slots.as_slice() {
            [slot] => coding.components.get(slot.component).map(|c| self.times(c.h, c.v)),
            _ => None,
        };
        let Self { left, top, right, bottom } = own.unwrap_or(*self);
        Self { left, top, right: right.min(scan.units.0), bottom: bottom.min(scan.units.1) }
    }

    fn meets(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    fn common(&self, other: &Self) -> Self {
        Self {
            left: self.left.max(other.left),
            top: self.top.max(other.top),
            right: self.right.min(other.right),
            bottom: self.bottom.min(other.bottom),
        }
    }

    /// The pixels of the units.
    pub(super) fn pixels(&self, coding: &Coding) -> Rect {
        let (h, v) = coding.unit();
        let pixels = |units: usize, step: usize| u32::try_from(units * 8 * step).unwrap_or(u32::MAX);
        let (width, height) = (self.right.saturating_sub(self.left), self.bottom.saturating_sub(self.top));
        Rect { x: pixels(self.left, h), y: pixels(self.top, v), width: pixels(width, h), height: pixels(height, v) }
    }

    fn around(&self, other: &Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The same in finer steps.
    pub(super) fn times(&self, h: usize, v: usize) -> Self {
        Self { left: self.left * h, top: self.top * v, right: self.right * h, bottom: self.bottom * v }
    }

    pub(super) fn has_row(&self, y: usize) -> bool {
        (self.top..self.bottom).contains(&y)
    }

    pub(super) fn has(&self, x: usize, y: usize) -> bool {
        self.has_row(y) && (self.left..self.right).contains(&x)
    }

    /// The next cells of one row that belong to it, from `cell` on, in a grid of `across` columns; none are behind all others.
    pub(super) fn next_run(&self, cell: usize, across: usize) -> Range<usize> {
        let (x, y) = (cell % across, cell / across);
        let next = if x < self.right { y } else { y + 1 };
        let y = next.max(self.top);
        match self.has_row(y) && self.left < self.right {
            true => cell.max(y * across + self.left)..y * across + self.right,
            false => usize::MAX..usize::MAX,
        }
    }

    /// The place of a cell, row by row.
    fn index(&self, x: usize, y: usize) -> Option<usize> {
        self.has(x, y).then(|| (y - self.top) * (self.right - self.left) + x - self.left)
    }

    fn size(&self) -> usize {
        self.right.saturating_sub(self.left) * self.bottom.saturating_sub(self.top)
    }
}

/// Blocks of one component in an area.
#[derive(Debug, Clone)]
struct Part {
    area: Area,
    blocks: Vec<[i16; 64]>,
}

/// The blocks of some areas that have no unit in common.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    areas: Vec<Area>,
    /// For each component, a part for each area.
    parts: Vec<Vec<Part>>,
    steps: Vec<[u16; 64]>,
}

impl Kept {
    /// Room for what lies in any of these areas. Areas that meet become one, with what lies around both.
    pub(super) fn new(coding: &Coding, areas: &[Area]) -> Self {
        let mut apart: Vec<Area> = Vec::new();
        for area in areas.iter().filter(|a| a.size() > 0) {
            let mut area = *area;
            while let Some(n) = apart.iter().position(|other| other.meets(&area)) {
                area = area.around(&apart.swap_remove(n));
            }
            apart.push(area);
        }
        let part = |area: Area| Part { area, blocks: vec![[0; 64]; area.size()] };
        let parts = |h: usize, v: usize| apart.iter().map(|a| part(a.times(h, v))).collect();
        Self {
            parts: coding.components.iter().map(|c| parts(c.h, c.v)).collect(),
            steps: coding.components.iter().map(|c| c.steps).collect(),
            areas: apart,
        }
    }

    pub(super) fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// The largest part of an area that is kept.
    pub(super) fn part_of(&self, area: &Area) -> Option<Area> {
        self.areas.iter().map(|kept| kept.common(area)).max_by_key(Area::size).filter(|part| part.size() > 0)
    }
}

impl Coefficients for Kept {
    fn block(&self, component: usize, (x, y): (usize, usize)) -> Option<&[i16; 64]> {
        self.parts.get(component)?.iter().find_map(|part| part.blocks.get(part.area.index(x, y)?))
    }

    fn block_mut(&mut self, component: usize, (x, y): (usize, usize)) -> Option<&mut [i16; 64]> {
        let part = self.parts.get_mut(component)?.iter_mut().find(|part| part.area.has(x, y))?;
        part.blocks.get_mut(part.area.index(x, y)?)
    }

    fn steps(&self, component: usize) -> Option<&[u16; 64]> {
        self.steps.get(component)
    }
}
