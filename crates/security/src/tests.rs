use biaoshi_container::{Lang, Message};
use biaoshi_label::{Field, Fields};
use proptest::prelude::*;

use super::*;
use crate::data::{hex, unhex};

const CODE: &str = "001191110000EXAMPLE03Q10000";

fn fields(label: &str, producer: &str, id: &str) -> Fields {
    [label, producer, id, "", producer, id, ""].map(|v| Some(v.to_owned()))
}

fn key(algorithm: Algorithm, seed: u8) -> PrivateKey {
    PrivateKey::from_seed(algorithm, &[seed; 32]).unwrap()
}

fn digest(hash: Hash, bytes: &[u8]) -> Digest {
    let mut running = ContentHash::new(hash, "test");
    running.part(*b"data", bytes.len() as u64);
    running.update(bytes);
    running.finish()
}

fn trust(provider: &str, key: &PublicKey) -> Trust {
    Trust::parse(&format!("provider: {provider}\n{}", key.to_pem())).unwrap()
}

/// What `check` says of the fields over a content.
fn checked(party: Party, fields: &Fields, trust: &Trust, content: &[u8]) -> Option<Check> {
    check(party, fields, trust, &Budget::default(), &mut |hash| Ok(digest(hash, content)))
}

fn producer(fields: &Fields, trust: &Trust) -> Check {
    checked(Party::Producer, fields, trust, b"content").unwrap()
}

fn signed(key: &PrivateKey, party: Party, fields: &Fields, content: Option<&[u8]>) -> Fields {
    let content = content.map(|bytes| digest(key.algorithm().hash(), bytes));
    let mut fields = fields.clone();
    let value = sign(key, party, &fields, content.as_ref()).unwrap();
    party.reserved().set(&mut fields, Some(value));
    fields
}

fn code(check: &Check) -> &'static str {
    check.reason.as_ref().map_or("", Message::code)
}

mod vectors;

#[test]
fn signatures_of_both_parties_and_all_algorithms_come_back() {
    for algorithm in Algorithm::ALL {
        let (key, other) = (key(algorithm, 5), key(algorithm, 6));
        for party in Party::ALL {
            let fields = signed(&key, party, &fields("1", CODE, "a\"é"), Some(b"content"));
            let text = party.reserved().of(&fields).unwrap();
            assert!(text.chars().all(|c| !biaoshi_label::forbidden(c)), "{text}");
            let state = |trust: &Trust| {
                let check = checked(party, &fields, trust, b"content").unwrap();
                (check.state, check.content, check.reason.is_none(), check.other_key)
            };
            assert_eq!(state(&Trust::default()), (State::ValidUnpinned, Content::Bound, true, false));
            assert_eq!(state(&trust(CODE, key.public())), (State::ValidPinned, Content::Bound, true, false));
            // Pinned for this provider is another key; this key is pinned for another provider.
            assert_eq!(state(&trust(CODE, other.public())), (State::ValidUnpinned, Content::Bound, true, true));
            assert_eq!(state(&trust("SOMEBODY", key.public())), (State::ValidUnpinned, Content::Bound, true, false));
            let check = checked(party, &fields, &Trust::default(), b"Content").unwrap();
            assert_eq!((check.state, check.content), (State::Invalid, Content::Mismatch));
            let refused = |_| Err(Message::term("no"));
            let check = super::check(party, &fields, &Trust::default(), &Budget::default(), &mut { refused }).unwrap();
            assert_eq!((check.state, check.content), (State::ValidUnpinned, Content::NotBound));
        }
    }
}

#[test]
fn the_signed_texts() {
    let fields = [Some("1"), Some("a\"b"), None, None, Some("字"), Some("c"), None].map(|v| v.map(str::to_owned));
    assert_eq!(Party::Producer.text(&fields), r#""Label":"1","ContentProducer":"a\"b","ProduceID":"""#);
    assert_eq!(Party::Propagator.text(&fields), r#""Label":"1","ContentPropagator":"字","PropagateID":"c""#);
    let digest = Digest { hash: Hash::Sm3, bytes: [1; 32] };
    let bound = Party::Producer.text_with(&fields, &digest);
    assert!(bound.ends_with(&format!(r#","Hash":"1.2.156.10197.1.401","Value":"{}""#, "01".repeat(32))), "{bound}");
}

/// Each reading of a field that cannot be verified, and the reason.
#[test]
fn what_cannot_be_verified_is_never_valid_or_invalid() {
    let key = key(Algorithm::Sm2, 5);
    let good = signed(&key, Party::Producer, &fields("1", CODE, "a"), None);
    let good = Field::ReservedCode1.of(&good).unwrap();
    for (value, reason) in [
        ("{\"SecurityData\":[]}".to_owned(), "signature.unreadable"),
        ("{\"SecurityData\":{\"PubSD\":{}}}".to_owned(), "signature.unreadable"),
        ("{\"SecurityData\":{}}".to_owned(), "signature.none"),
        (
            format!("{{\"SecurityData\":{{\"PubSD\":[{}{{}}]}}}}", "{\"Type\":\"DS\"},".repeat(30)),
            "signature.unreadable",
        ),
        (good.replace("\"DS\",\"AlgID\":\"1.2.156.10197.1.501\"", "\"DS\",\"AlgID\":\"1.2.3\""), "signature.algorithm"),
        (good.replace("\"Type\":\"Md\"", "\"Type\":\"Everything\""), "signature.text"),
        (good.replace("PubKey", "PubKeys"), "signature.key"),
    ] {
        let mut fields = fields("1", CODE, "a");
        Field::ReservedCode1.set(&mut fields, Some(value.clone()));
        let check = producer(&fields, &Trust::default());
        assert_eq!((check.state, code(&check)), (State::NotVerifiable, reason), "{value}");
        assert!(check.reason.unwrap().tell(Lang::Zh).chars().any(|c| c > '\u{4e00}'));
    }
    for nothing in
        ["", "a3c0", "{\"AIGC\":1}", "8b362a85-b1ce-4966-a343-65f001ac11f2", "gaeJ9mWQfEyHjflt0gHquML9AAy4Al1y"]
    {
        let mut fields = fields("1", CODE, "a");
        Field::ReservedCode1.set(&mut fields, Some(nothing.into()));
        assert_eq!(checked(Party::Producer, &fields, &Trust::default(), b""), None, "{nothing}");
    }
}

#[test]
fn a_key_that_does_not_travel_is_a_pinned_one() {
    let key = key(Algorithm::Ed25519, 5);
    let mut fields = signed(&key, Party::Producer, &fields("1", CODE, "a"), Some(b"content"));
    let without = Field::ReservedCode1.of(&fields).unwrap().replace("\"PubKey\"", "\"Other\"");
    Field::ReservedCode1.set(&mut fields, Some(without));
    assert_eq!(producer(&fields, &trust(CODE, key.public())).state, State::ValidPinned);
    assert_eq!(producer(&fields, &trust("SOMEBODY", key.public())).state, State::NotVerifiable);
}

/// The hash of one file and the label of another, both by one signer; and a hash that somebody else signed.
#[test]
fn labels_and_hashes_are_not_put_together() {
    let (key, stranger) = (key(Algorithm::Sm2, 5), key(Algorithm::Sm2, 6));
    let value = |key: &PrivateKey, id: &str, content: &[u8]| {
        let fields = signed(key, Party::Producer, &fields("1", CODE, id), Some(content));
        Field::ReservedCode1.of(&fields).unwrap().to_owned()
    };
    let (a, b) = (value(&key, "a", b"other"), value(&key, "b", b"content"));
    let split = |value: &str, mark: &str| value.find(mark).unwrap();
    let mut fields = fields("1", CODE, "a");
    let spliced = [
        // The bindings and the second signature of b, the first signature of a.
        format!(
            "{}{}{}",
            &b[..split(&b, "\"PubSD\"")],
            &a[split(&a, "\"PubSD\"")
                ..split(&a, ",{\"Type\":\"DS\",\"AlgID\":\"1.2.156.10197.1.501\",\"TBSData\":{\"Type\":\"MdB")],
            &b[split(&b, ",{\"Type\":\"DS\",\"AlgID\":\"1.2.156.10197.1.501\",\"TBSData\":{\"Type\":\"MdB")..]
        ),
        format!("{}{}", &b[..split(&b, "\"PubSD\"")], &a[split(&a, "\"PubSD\"")..]),
    ];
    for spliced in spliced {
        Field::ReservedCode1.set(&mut fields, Some(spliced));
        assert_eq!(producer(&fields, &trust(CODE, key.public())).state, State::Invalid);
    }
    // The signer's own label, unbound, with a stranger's binding of this content beside it: the key that is pinned says nothing of it.
    let own = signed(&key, Party::Producer, &fields, None);
    let own = Field::ReservedCode1.of(&own).unwrap();
    let theirs = value(&stranger, "a", b"content");
    let entries = &theirs[split(&theirs, "[{\"Type\":\"DS\"") + 1..theirs.len() - 3];
    let bindings = &theirs[split(&theirs, "\"Bindings\"")..split(&theirs, "\"PubSD\"")];
    let both = own.replace("\"PubSD\":[", &format!("{bindings}\"PubSD\":[{entries},"));
    Field::ReservedCode1.set(&mut fields, Some(both));
    let check = producer(&fields, &trust(CODE, key.public()));
    assert_eq!((check.state, check.content), (State::ValidPinned, Content::NotBound));
}

/// What may change without a word, all of it: nothing of this is signed.
#[test]
fn what_lies_outside_of_a_signature() {
    let key = key(Algorithm::P256, 5);
    let fields = signed(&key, Party::Producer, &fields("1", CODE, "a"), Some(b"content"));
    let value = Field::ReservedCode1.of(&fields).unwrap();
    let id = key.public().id();
    let outside = [
        // Members that say nothing of the label.
        value.replace("\"Version\":1", "\"Version\":2,\"Extension\":{}"),
        // The id of a key is a hint.
        value.replace(&id, "0000000000000000"),
        // Blanks, order and escapes of JSON; the case of hexadecimal digits.
        value.replace(":{", ": { ").replace("\"Md\"", "\"\\u004dd\""),
        value.replace(&hex(key.public().point()), &hex(key.public().point()).to_uppercase()),
        // Another way to write the same point.
        value.replace(&hex(key.public().point()), &hex(&key.public().to_der())),
        // Another field of the label.
    ];
    for value in outside {
        let mut fields = fields.clone();
        Field::ReservedCode1.set(&mut fields, Some(value.clone()));
        Field::PropagateID.set(&mut fields, Some("x".into()));
        let check = producer(&fields, &Trust::default());
        assert_eq!((check.state, check.content), (State::ValidUnpinned, Content::Bound), "{value}");
    }
    // Who takes the second signature away takes away what it says: the label is as good as before, and belongs to no content.
    let second = value.find(",{\"Type\":\"DS\",\"AlgID\":\"1.2.840.10045.4.3.2\",\"TBSData\":{\"Type\":\"MdB").unwrap();
    let end = value.find(",{\"Type\":\"PubKey\"").unwrap();
    let mut cut = fields.clone();
    Field::ReservedCode1.set(&mut cut, Some(format!("{}{}", &value[..second], &value[end..])));
    let check = producer(&cut, &Trust::default());
    assert_eq!(
        (check.state, check.content, code(&check)),
        (State::ValidUnpinned, Content::NotBound, "content.unsigned")
    );
    // ECDSA alone has a second signature for each: (r, n-s). It says the same.
    let text = Party::Producer.text(&fields);
    let signature = p256::ecdsa::Signature::from_der(&key.sign(text.as_bytes()).unwrap()).unwrap();
    let twin = p256::ecdsa::Signature::from_scalars(signature.r(), -signature.s()).unwrap();
    assert!(key.public().verifies(text.as_bytes(), &twin.to_bytes()));
}

fn any_algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(Algorithm::ALL.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// One change of a signed value, of a hexadecimal digit of the signatures, the hash or the key, or of the content, and nothing
    /// is valid any more.
    #[test]
    fn every_change_of_what_is_signed_is_noticed(
        algorithm in any_algorithm(),
        seed in 1u8..255,
        party in prop::sample::select(Party::ALL.to_vec()),
        values in prop::array::uniform3("[ -~é字]{1,20}"),
        which in 0usize..7,
        at in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
    ) {
        let key = PrivateKey::from_seed(algorithm, &[seed; 32]).unwrap();
        let [label, provider, id] = values;
        let fields = signed(&key, party, &fields(&label, &provider, &id), Some(b"content"));
        prop_assert_eq!(checked(party, &fields, &Trust::default(), b"content").unwrap().content, Content::Bound);
        let (mut changed, mut content) = (fields.clone(), b"content".to_vec());
        let reserved = party.reserved().of(&fields).unwrap();
        match which {
            0..3 => {
                let field = party.signed()[which];
                let mut value: Vec<char> = field.of(&fields).unwrap().chars().collect();
                let (at, c) = (at.index(value.len()), char::from(b'!' + other.index(94) as u8));
                if value[at] == c { value.remove(at); } else { value[at] = c; }
                field.set(&mut changed, Some(value.into_iter().collect()));
            }
            3 => { let at = at.index(content.len()); content[at] ^= 1 << other.index(8); }
            _ => {
                let keys = ["\"Signature\":\"", "\"KeyValue\":\"", "\"Value\":\""];
                let starts: Vec<_> = keys.iter().flat_map(|k| reserved.match_indices(k).map(|(n, m)| n + m.len())).collect();
                let start = starts[other.index(starts.len())];
                let length = reserved[start..].find('"').unwrap();
                let at = start + at.index(length);
                let mut bytes = reserved.as_bytes().to_vec();
                let digit = char::from(bytes[at]).to_digit(16).unwrap();
                bytes[at] = char::from_digit(digit ^ (1 << other.index(4)), 16).unwrap() as u8;
                party.reserved().set(&mut changed, Some(String::from_utf8(bytes).unwrap()));
            }
        }
        let check = checked(party, &changed, &Trust::default(), &content);
        prop_assert!(!check.as_ref().is_some_and(|c| c.state.is_valid()), "{:?} {:?}", check, changed);
    }

    /// Any text is read, and any reading is checked, without a panic.
    #[test]
    fn noise_is_read(text in "\\PC{0,200}", at in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()) {
        let key = key(Algorithm::Sm2, 5);
        let fields = signed(&key, Party::Producer, &fields("1", CODE, "a"), Some(b"content"));
        let good = Field::ReservedCode1.of(&fields).unwrap();
        let at = at.index(good.len());
        for value in [text.clone(), good[..cut.index(good.len())].to_owned(), format!("{}{text}{}", &good[..at], &good[at..])] {
            let mut noisy = fields.clone();
            Field::ReservedCode1.set(&mut noisy, Some(value));
            checked(Party::Producer, &noisy, &Trust::default(), b"content");
        }
    }

    #[test]
    fn noise_is_no_key(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,100}") {
        for algorithm in Algorithm::ALL {
            for key in PublicKey::candidates(algorithm, &bytes) {
                prop_assert_eq!(PublicKey::from_der(&key.to_der()).unwrap(), key);
            }
        }
        prop_assert!(PublicKey::from_pem(&text).is_err());
        let block = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        prop_assert!(PrivateKey::from_pem(&block).is_err());
    }

    #[test]
    fn keys_come_back(algorithm in any_algorithm(), seed in any::<[u8; 32]>()) {
        prop_assume!(PrivateKey::from_seed(algorithm, &seed).is_some());
        let key = PrivateKey::from_seed(algorithm, &seed).unwrap();
        let again = PrivateKey::from_pem(&key.to_pem().unwrap()).unwrap();
        prop_assert_eq!(again.public(), key.public());
        prop_assert_eq!(again.sign(b"text"), key.sign(b"text"));
        prop_assert_eq!(&PublicKey::from_pem(&key.public().to_pem()).unwrap(), key.public());
        let described = format!("{key:?}");
        prop_assert!(!described.contains(&hex(&seed)));
    }
}

/// Objects within objects, lists without end: nothing of it is followed.
#[test]
fn hostile_nesting_ends() {
    for value in [
        format!("{{\"SecurityData\":{}", "[".repeat(60_000)),
        format!("{{\"SecurityData\":{{\"PubSD\":{}1{}}}}}", "{\"a\":".repeat(30_000), "}".repeat(30_000)),
        format!("{{\"SecurityData\":{{\"PubSD\":[{}{{}}]}}}}", "{},".repeat(20_000)),
        format!(
            "{{\"SecurityData\":{{\"PubSD\":[{{\"Type\":\"DS\",\"TBSData\":{}1{}}}]}}}}",
            "[".repeat(20_000),
            "]".repeat(20_000)
        ),
    ] {
        assert_eq!(read(&value), Reading::Unreadable);
    }
}

#[test]
fn trust_files() {
    let (a, b) = (key(Algorithm::Sm2, 1), key(Algorithm::Ed25519, 2));
    let text = format!(
        "# keys\n\nprovider: A\n{}\nkey: ed25519 {}\nprovider: B\r\nkey: sm2 00{}\n",
        a.public().to_pem(),
        hex(b.public().point()),
        hex(&a.public().point()[1..33])
    );
    let trust = Trust::parse(&text).unwrap();
    assert_eq!(trust.keys_of("A"), [a.public().clone(), b.public().clone()]);
    assert!(trust.keys_of("B").contains(a.public()), "of a point without y both are meant");
    assert!(trust.keys_of("C").is_empty());
    let private = a.to_pem().unwrap();
    for (text, line, said) in [
        ("", 1, "pins none"),
        ("# nothing\n", 1, "pins none"),
        ("provider: A\n", 1, "expected a key of A"),
        ("provider: A\nprovider: B\nkey: sm2 00", 1, "expected a key of A"),
        ("\nprovider:\n", 2, "expected a provider code"),
        (a.public().to_pem().as_str(), 1, "expected `provider: CODE` before"),
        ("provider: A\nkey: rsa 00\n", 2, "one of sm2, ed25519, p256"),
        ("provider: A\nkey: sm2 0011\n", 2, "no valid key"),
        ("provider: A\nkey: sm2 xyz\n", 2, "expected `key: ALGORITHM HEX`"),
        ("provider: A\nkeys = 1\n", 2, "expected `provider: CODE`, `key: ALGORITHM HEX`, a PEM block"),
        ("provider: A\n-----BEGIN PUBLIC KEY-----\nMFkw\n", 2, "the PEM block is damaged"),
        ("provider: A\n-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", 2, "no valid key"),
        (&format!("provider: A\n{}", *private), 2, "PRIVATE KEY is not what belongs here"),
    ] {
        let fault = Trust::parse(text).unwrap_err();
        assert_eq!(fault.line, line, "{text}");
        assert!(fault.what.tell(Lang::En).contains(said), "{text}: {fault}");
        assert!(fault.what.tell(Lang::Zh).chars().any(|c| c > '\u{4e00}'), "{text}");
    }
}

/// A field with as many entries as are read, of which none verifies: what it costs is told before the file is through.
#[test]
fn a_budget_of_verifications_ends() {
    let (key, other) = (key(Algorithm::Sm2, 1), key(Algorithm::Sm2, 2));
    let good = signed(&key, Party::Producer, &fields("1", CODE, "a"), None);
    // Four entries over a hash, four keys, none of which is the signer's.
    let entry = r#"{"Type":"DS","AlgID":"SM2","TBSData":{"Type":"Binding","BType":"Hash"},"Signature":"SIGNATURE"}"#;
    let keys = |n: u8| {
        format!(
            r#"{{"Type":"PubKey","AlgID":"SM2","KeyValue":"{}"}}"#,
            hex(self::key(Algorithm::Sm2, 10 + n).public().point())
        )
    };
    let Reading::Data(data) = read(Field::ReservedCode1.of(&good).unwrap()) else { panic!() };
    let entry = entry.replace("SIGNATURE", &hex(data.signatures[0].value.as_deref().unwrap()));
    let all: Vec<_> = std::iter::repeat_n(entry, 4).chain((0..4).map(keys)).collect();
    let value = format!(
        r#"{{"SecurityData":{{"Bindings":[{{"Type":"Hash","AlgID":"SM3","TBSData":{{"Type":"x"}},"Value":"{}"}}],"PubSD":[{}]}}}}"#,
        "00".repeat(32),
        all.join(",")
    );
    let mut hostile = fields("1", CODE, "a");
    Party::Producer.reserved().set(&mut hostile, Some(value));
    let budget = Budget::default();
    let check = |fields: &Fields, trust: &Trust| {
        super::check(Party::Producer, fields, trust, &budget, &mut |_| Err(Message::term("no"))).unwrap()
    };
    let codes: Vec<_> = (0..10).map(|_| code(&check(&hostile, &Trust::default()))).collect();
    // 4 entries x 4 keys x 2 texts for each field.
    assert_eq!(codes[..8], ["signature.hash-unknown"; 8]);
    assert_eq!(codes[8..], ["signature.spent"; 2]);
    // Neither what is valid nor what is not can be told any more.
    let forged = signed(&other, Party::Producer, &fields("2", CODE, "a"), None);
    for field in [&good, &forged] {
        let said = check(field, &trust(CODE, key.public()));
        assert_eq!((said.state, code(&said)), (State::NotVerifiable, "signature.spent"));
    }
    assert_eq!(producer(&good, &Trust::default()).state, State::ValidUnpinned);
}
