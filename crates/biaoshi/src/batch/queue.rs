//! In which order inputs start: a large one that starts last leaves all other workers idle until it is done.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::UNSTARTED;

/// How many inputs that have not started are known at a time.
const IN_SIGHT: usize = UNSTARTED / 2;

/// Inputs with their numbers, the largest of those in sight first. At most `most` of them are ahead of their turn; when so many
/// are, the oldest is next, so that results in the order of the inputs go on.
pub(super) struct Queue<I, N, S> {
    inputs: N,
    size: S,
    most: usize,
    /// How many inputs came into sight.
    seen: usize,
    waiting: BTreeMap<usize, (u64, I)>,
    /// Size and number of the same ones; of equals the older one is the larger.
    by_size: BTreeSet<(u64, Reverse<usize>)>,
    /// Numbers that were given ahead of their turn.
    ahead: BTreeSet<usize>,
}

impl<I, N: Iterator<Item = I>, S: Fn(&I) -> u64> Queue<I, N, S> {
    /// `size`: by which inputs are compared. It is asked once for each.
    pub(super) fn new(inputs: N, size: S, most: usize) -> Self {
        let (waiting, by_size, ahead) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        Self { inputs, size, most, seen: 0, waiting, by_size, ahead }
    }

    fn look(&mut self) {
        while self.waiting.len() < IN_SIGHT
            && let Some(input) = self.inputs.next()
        {
            let size = (self.size)(&input);
            self.by_size.insert((size, Reverse(self.seen)));
            self.waiting.insert(self.seen, (size, input));
            self.seen += 1;
        }
    }
}

impl<I, N: Iterator<Item = I>, S: Fn(&I) -> u64> Iterator for Queue<I, N, S> {
    type Item = (usize, I);

    fn next(&mut self) -> Option<Self::Item> {
        self.look();
        let oldest = *self.waiting.first_key_value()?.0;
        // Those before it had their turn.
        self.ahead = self.ahead.split_off(&oldest);
        let largest = self.by_size.last()?.1.0;
        let number = if self.ahead.len() < self.most { largest } else { oldest };
        if number != oldest {
            self.ahead.insert(number);
        }
        let (size, input) = self.waiting.remove(&number)?;
        self.by_size.remove(&(size, Reverse(number)));
        Some((number, input))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(sizes: &[u64], most: usize) -> Vec<usize> {
        Queue::new(sizes.iter(), |size| **size, most).map(|(number, _)| number).collect()
    }

    #[test]
    fn the_largest_start_first_and_the_rest_in_order() {
        assert_eq!(order(&[1, 5, 2, 9, 3, 8], 2), [3, 5, 0, 1, 2, 4]);
        // A place is free again when the turn of the one that had it has come.
        assert_eq!(order(&[1, 9, 2, 8, 7], 1), [1, 0, 3, 2, 4]);
        assert_eq!(order(&[4; 5], 3), [0, 1, 2, 3, 4]);
        assert_eq!(order(&[1, 2, 3], 0), [0, 1, 2]);
    }

    #[test]
    fn no_more_than_what_is_in_sight_is_known() {
        let drawn = std::cell::Cell::new(0);
        let inputs = (0..1_000_000u64).inspect(|_| drawn.set(drawn.get() + 1));
        let mut queue = Queue::new(inputs, |size| *size, 4);
        let first: Vec<usize> = queue.by_ref().take(100).map(|(number, _)| number).collect();
        assert_eq!(first[..6], [IN_SIGHT - 1, IN_SIGHT, IN_SIGHT + 1, IN_SIGHT + 2, 0, 1]);
        assert_eq!(drawn.get(), IN_SIGHT + 99);
    }

    proptest! {
        /// Each comes once, and never are more ahead of their turn than may be.
        #[test]
        fn each_comes_once(sizes in prop::collection::vec(0u64..20, 0..600), most in 0usize..9) {
            let order = order(&sizes, most);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..sizes.len()).collect::<Vec<_>>());
            let mut given = BTreeSet::new();
            for number in order {
                given.insert(number);
                let turn = (0..).find(|n| !given.contains(n)).unwrap_or(0);
                prop_assert!(given.range(turn..).count() <= most);
            }
        }
    }
}
