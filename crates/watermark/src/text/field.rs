//! Reed-Solomon over GF(2^12): sixteen values of a polynomial of degree eight, the first nine of which are the word.

use super::{SHARDS, WORD};

/// x^12 + x^6 + x^4 + x + 1, which is primitive.
const POLYNOMIAL: u16 = 0x1053;
/// Bits of a symbol.
const BITS: u32 = 12;

fn times(a: u16, b: u16) -> u16 {
    let mut product = 0;
    for bit in (0..BITS).rev() {
        product <<= 1;
        product ^= if product >> BITS & 1 == 1 { POLYNOMIAL } else { 0 };
        product ^= if b >> bit & 1 == 1 { a } else { 0 };
    }
    product
}

/// The inverse of what is not 0: its power 2^12 - 2.
fn inverse(a: u16) -> u16 {
    let (mut power, mut square) = (1, a);
    for _ in 1..BITS {
        square = times(square, square);
        power = times(power, square);
    }
    power
}

/// All sixteen symbols by nine of them, with their indexes, which differ and are below sixteen.
pub(super) fn complete(known: &[(u8, u16); WORD]) -> [u16; SHARDS] {
    // Lagrange: the value at x is the sum over i of y_i * prod over j of (x - x_j) / (x_i - x_j); minus is plus here.
    let product = |x: u16, without: usize| {
        let others = known.iter().enumerate().filter(|(j, _)| *j != without);
        others.fold(1, |product, (_, (at, _))| times(product, x ^ u16::from(*at)))
    };
    let weights: [u16; WORD] = std::array::from_fn(|i| {
        let (at, value) = known[i];
        times(value, inverse(product(u16::from(at), i)))
    });
    std::array::from_fn(|x| {
        let terms = weights.iter().enumerate().map(|(i, weight)| times(*weight, product(x as u16, i)));
        terms.fold(0, |sum, term| sum ^ term)
    })
}

/// The sixteen symbols of a word.
pub(super) fn encode(word: &[u16; WORD]) -> [u16; SHARDS] {
    complete(&std::array::from_fn(|i| (i as u8, word[i])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_field_is_one() {
        let mut power = 1;
        for n in 1..4096 {
            power = times(power, 2);
            assert_eq!(power == 1, n == 4095, "the order of x");
            assert_eq!(times(power, inverse(power)), 1);
        }
    }

    proptest! {
        #[test]
        fn any_nine_give_the_word(
            word in prop::array::uniform9(0_u16..4096),
            order in Just((0_u8..16).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let all = encode(&word);
            prop_assert_eq!(&all[..WORD], &word[..]);
            let known = std::array::from_fn(|i| (order[i], all[usize::from(order[i])]));
            prop_assert_eq!(complete(&known), all);
        }
    }
}
