//! The latest values of an endless row, by their number in it.

/// The last values of a row, counted from its first. Memory is that of the capacity, however long the row gets.
#[derive(Debug)]
pub(super) struct Ring<T> {
    values: Vec<T>,
    count: u64,
}

impl<T: Copy + Default> Ring<T> {
    /// Room for at least `capacity` values.
    pub(super) fn new(capacity: usize) -> Self {
        Self { values: vec![T::default(); capacity.next_power_of_two()], count: 0 }
    }

    pub(super) fn push(&mut self, value: T) {
        let slot = self.slot(self.count);
        if let Some(place) = self.values.get_mut(slot) {
            *place = value;
        }
        self.count += 1;
    }

    /// How many values there were so far.
    pub(super) fn count(&self) -> i64 {
        self.count as i64
    }

    /// The value of number `n`; `None` before the first, behind the last, and for one that is forgotten.
    pub(super) fn get(&self, n: i64) -> Option<&T> {
        let n = u64::try_from(n).ok().filter(|n| *n < self.count && self.count - n <= self.values.len() as u64)?;
        self.values.get(self.slot(n))
    }

    fn slot(&self, n: u64) -> usize {
        n as usize & (self.values.len() - 1)
    }
}
