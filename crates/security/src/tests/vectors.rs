//! Examples that others published, and the forms of real services.

use super::*;

fn sm2(point: &str, text: &str, signature: &str) -> bool {
    let keys = PublicKey::candidates(Algorithm::Sm2, &unhex(point).unwrap());
    keys.iter().any(|key| key.verifies(text.as_bytes(), &unhex(signature).unwrap()))
}

/// A public file of a real service: DER, over SM3 of the text.
#[test]
fn a_signature_over_the_hash_of_the_text() {
    let text = r#""Label":"1","ContentProducer":"001191310104MACE0YX63918020","ProduceID":"142569260085903360""#;
    let (x, y) = (
        "5728F08C58D9C72150A705693EF7337859F8FF216E802630041AFAE5C036F0A6",
        "7CB1FDF8C57F5F8B623284AE09E4E545464B7140B26BBDA51BAE965F854C57AA",
    );
    let (r, s) = (
        "AE6B84B3342128AE301A597596FCD9EECF3EA0FC2DB6C250BAF234E167298E90",
        "97223ABB647B786A90D0A1B93CB9382EA879563B2C7F025FA006BE16AE926C14",
    );
    let der = format!("3046022100{r}022100{s}");
    for point in [format!("04{x}{y}"), format!("{x}{y}"), format!("02{x}"), format!("00{x}"), x.to_owned()] {
        for signature in [der.clone(), format!("{r}{s}")] {
            assert!(sm2(&point, text, &signature), "{point} {signature}");
        }
    }
    assert!(!sm2(&format!("03{x}"), text, &der), "the other point");
    assert!(!sm2(&format!("04{x}{y}"), &text.replace("\"1\"", "\"2\""), &der));
    assert!(!sm2(&format!("04{x}{y}"), text, &format!("{s}{r}")));
}

/// GB/T 32918.5-2017 Annex A and draft-shen-sm2-ecdsa have the recommended curve; this is the example of the former.
#[test]
fn the_example_of_the_standard() {
    let point = "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
                 CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";
    let (r, s) = (
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3",
        "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
    );
    assert!(sm2(point, "message digest", &format!("{r}{s}")));
    assert!(!sm2(point, "message digest.", &format!("{r}{s}")));
    let private = unhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8").unwrap();
    let private = PrivateKey::from_seed(Algorithm::Sm2, private.as_slice().try_into().unwrap()).unwrap();
    assert_eq!(hex(private.public().point()), point.to_lowercase());
}

/// RFC 8032 section 7.1, tests 2 and 3.
#[test]
fn the_examples_of_ed25519() {
    for (seed, point, message, signature) in [
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let (message, signature) = (unhex(message).unwrap(), unhex(signature).unwrap());
        let seed = unhex(seed).unwrap();
        let private = PrivateKey::from_seed(Algorithm::Ed25519, seed.as_slice().try_into().unwrap()).unwrap();
        assert_eq!(hex(private.public().point()), point);
        assert_eq!(private.sign(&message).unwrap(), signature);
        assert!(private.public().verifies(&message, &signature));
    }
}

/// RFC 6979 section A.2.5, P-256 with SHA-256 and the message "sample".
#[test]
fn the_example_of_p256() {
    let private = unhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721").unwrap();
    let private = PrivateKey::from_seed(Algorithm::P256, private.as_slice().try_into().unwrap()).unwrap();
    let signature = unhex(
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
         F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    );
    assert!(private.public().verifies(b"sample", &signature.unwrap()));
}

/// The form that real files of MiniMax have, with another key: a point without its y, `r||s` over the text itself, and a
/// hash that is signed as it stands.
#[test]
fn the_form_of_minimax() {
    let key = key(Algorithm::Sm2, 7);
    let mut fields = fields("1", "MiniMax", "063e9f28697e56ff21a1f7037b57ff4b");
    let raw = |text: &str| {
        let der = key.sign(text.as_bytes()).unwrap();
        sm2::dsa::Signature::from_der(&der).unwrap().to_vec()
    };
    let binding = r#"{"Type":"Hash","AlgID":"1.2.156.10197.1.401","TBSData":{"Type":""},"Signature":"d852b7d7"}"#;
    let (label, hash) = (hex(&raw(&Party::Producer.text(&fields))), hex(&raw(binding)));
    let point = hex(&key.public().point()[1..33]);
    let value = |hash: &str, binding: &str| {
        format!(
            r#"{{"SecurityData":{{"Type":"TC260PG","Version":1,"PubSD":[{{"Type":"DS","AlgID":"1.2.156.10197.1.501","TBSData":{{"Type":"LabelMataData"}},"Signature":"{label}"}},{{"Type":"DS","AlgID":"1.2.156.10197.1.501","TBSData":{{"Type":"Binding","BType":"0"}},"Signature":"{hash}"}},{{"Type":"PubKey","AlgID":"1.2.156.10197.1.501","TBSData":{{"Type":""}},"KeyValue":"00{point}"}}],"Bindings":[{binding}]}}}}"#
        )
    };
    Field::ReservedCode1.set(&mut fields, Some(value(&hash, binding)));
    let check = producer(&fields, &Trust::default());
    assert_eq!((check.state, check.content, code(&check)), (State::ValidUnpinned, Content::NotBound, "content.apart"));
    assert_eq!(producer(&fields, &trust("MiniMax", key.public())).state, State::ValidPinned);
    // A hash that nobody signed is worth nothing, and says nothing against the label.
    Field::ReservedCode1.set(&mut fields, Some(value(&hash, &binding.replace("d852", "d853"))));
    let check = producer(&fields, &Trust::default());
    assert_eq!((check.state, code(&check)), (State::ValidUnpinned, "content.unsigned"));
}

/// The form that real files of Tencent have: no outer object, plain names, a signature over the bytes of a hash alone.
#[test]
fn the_form_of_tencent() {
    let key = key(Algorithm::Sm2, 9);
    let hash = hex(&[0x5a; 32]);
    let signature = hex(&key.sign(&[0x5a; 32]).unwrap());
    let value = |hash: &str| {
        format!(
            r#"{{"Type":" TC260PG","Version":1,"Bindings":[{{"Type":"soft","AlgID":"phash","Value":"f34cab73c6104d33"}},{{"Type":"hash","AlgID":"sm3","Value":"{hash}"}}],"PubSD":[{{"Type":"DS","AlgID":"sm2","TBSData":{{"Type":"Binding","BType":"hash"}},"Signature":"{signature}"}},{{"Type":"PubKey","AlgID":"sm2","KeyValue":"{}"}}],"Extension":{{"Timestamp":1786929864}}}}"#,
            hex(key.public().point())
        )
    };
    for (value, reason) in [(value(&hash), "signature.hash"), (value(&hex(&[0x5b; 32])), "signature.hash-unknown")] {
        let mut fields = fields("1", CODE, "a");
        Field::ReservedCode1.set(&mut fields, Some(value));
        let check = producer(&fields, &trust(CODE, key.public()));
        assert_eq!((check.state, code(&check)), (State::NotVerifiable, reason));
    }
}

#[test]
fn a_bare_signature_needs_a_pinned_key() {
    let key = key(Algorithm::Sm2, 3);
    let mut fields = fields("1", CODE, "a");
    let signature = hex(&key.sign(Party::Producer.text(&fields).as_bytes()).unwrap());
    Field::ReservedCode1.set(&mut fields, Some(signature));
    assert_eq!(code(&producer(&fields, &Trust::default())), "signature.bare");
    assert_eq!(producer(&fields, &trust(CODE, key.public())).state, State::ValidPinned);
    Field::ProduceID.set(&mut fields, Some("b".into()));
    assert_eq!(producer(&fields, &trust(CODE, key.public())).state, State::NotVerifiable);
}
