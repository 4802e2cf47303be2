//! Check characters of the national codes.

/// Check character of a unified social credit code from its first 17 characters (GB 32100-2015).
/// `None` for another length or a character outside its alphabet.
pub fn credit_code_check(body: &str) -> Option<char> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    const VALUES: Values = values(ALPHABET);
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let sum = weighted(body, &VALUES, &WEIGHTS)?;
    ALPHABET.chars().nth((31 - sum % 31) % 31)
}

/// Check character of an organisation code from its first 8 characters (GB 11714).
pub fn organisation_check(body: &str) -> Option<char> {
    const VALUES: Values = values("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const WEIGHTS: [usize; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let sum = weighted(body, &VALUES, &WEIGHTS)?;
    "0123456789X0".chars().nth(11 - sum % 11)
}

/// Check character of an ID card number from its first 17 digits (GB 11643, ISO 7064 MOD 11-2).
pub fn id_card_check(body: &str) -> Option<char> {
    const VALUES: Values = values("0123456789");
    const WEIGHTS: [usize; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum = weighted(body, &VALUES, &WEIGHTS)?;
    "10X98765432".chars().nth(sum % 11)
}

/// The value of each ASCII character in an alphabet, its place there; [`NONE`] of others.
type Values = [u8; 128];

/// No value.
const NONE: u8 = u8::MAX;

/// The values of an alphabet of ASCII characters. Every label that is written is checked: nothing is searched for then.
const fn values(alphabet: &str) -> Values {
    let mut values = [NONE; 128];
    let (mut rest, mut value) = (alphabet.as_bytes(), 0);
    while let [first, behind @ ..] = rest {
        if let Some(slot) = values.split_at_mut(*first as usize).1.first_mut() {
            *slot = value;
        }
        (rest, value) = (behind, value + 1);
    }
    values
}

fn weighted(body: &str, values: &Values, weights: &[usize]) -> Option<usize> {
    if body.len() != weights.len() {
        return None;
    }
    let value = |c: u8| values.get(usize::from(c)).copied().filter(|value| *value != NONE).map(usize::from);
    body.bytes().zip(weights).map(|(c, w)| Some(value(c)? * w)).sum()
}
