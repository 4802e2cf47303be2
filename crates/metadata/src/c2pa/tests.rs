use super::*;
use crate::Found;

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat()
}

fn superbox(kind: &[u8; 4], label: &str, inside: &[Vec<u8>]) -> Vec<u8> {
    let described = boxed(b"jumd", &[kind, &[0; 12][..], &[3], label.as_bytes(), &[0]].concat());
    boxed(b"jumb", &[described, inside.concat()].concat())
}

fn head(major: u8, count: usize) -> Vec<u8> {
    [&[major << 5 | 25][..], &(count as u16).to_be_bytes()].concat()
}

fn text(text: &str) -> Vec<u8> {
    [head(3, text.len()), text.into()].concat()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len()), bytes.into()].concat()
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [head(4, items.len()), items.concat()].concat()
}

fn map(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let inside = pairs.iter().flat_map(|(key, value)| [text(key), value.clone()].concat());
    head(5, pairs.len()).into_iter().chain(inside).collect()
}

/// A manifest whose one action has this source type and agent.
fn manifest(source: &str, agent: Vec<u8>, generator: (&str, Vec<u8>)) -> Vec<u8> {
    let uri = format!("http://cv.iptc.org/newscodes/digitalsourcetype/{source}");
    let action = map(&[("action", text("c2pa.created")), ("softwareAgent", agent), ("digitalSourceType", text(&uri))]);
    let actions = map(&[("actions", list(&[action]))]);
    let assertions = [superbox(b"cbor", "c2pa.actions.v2", &[boxed(b"cbor", &actions)])];
    let claim = map(&[generator]);
    superbox(
        b"c2ma",
        "urn:c2pa:1",
        &[
            superbox(b"c2as", "c2pa.assertions", &assertions),
            superbox(b"c2cl", "c2pa.claim.v2", &[boxed(b"cbor", &claim)]),
            superbox(b"c2cs", "c2pa.signature", &[boxed(b"cbor", &signature())]),
        ],
    )
}

/// A COSE_Sign1 with a certificate of `Example Signer` in its protected header.
fn signature() -> Vec<u8> {
    let element = |tag: u8, body: &[u8]| [&[tag, body.len() as u8][..], body].concat();
    let pair =
        |oid: u8, name: &[u8]| element(0x31, &element(0x30, &[&[6, 3, 0x55, 4, oid][..], &element(12, name)].concat()));
    let subject = element(0x30, &[pair(10, b"Example Org"), pair(3, b"Example Signer")].concat());
    let signed = [&[2, 1, 1, 0x30, 0, 0x30, 0, 0x30, 0][..], &subject].concat();
    let certificate = element(0x30, &element(0x30, &signed));
    let protected = [head(5, 1), vec![0x18, 33], list(&[bytes(&certificate)])].concat();
    [vec![0xd2], list(&[bytes(&protected), head(5, 0), vec![0xf6], bytes(b"s")])].concat()
}

fn store(manifests: &[Vec<u8>]) -> Vec<u8> {
    superbox(b"c2pa", "c2pa", manifests)
}

fn agent() -> Vec<u8> {
    map(&[("name", text("Painter")), ("version", text("2"))])
}

fn generator() -> (&'static str, Vec<u8>) {
    ("claim_generator_info", list(&[map(&[("name", text("Example App"))])]))
}

#[test]
fn the_active_manifest_tells_source_tools_and_signer() {
    let made = store(&[manifest("trainedAlgorithmicMedia", agent(), generator())]);
    // The header of the box may be missing, as in JPEG, or something may stand in front of it, as in MP4 and ID3.
    for bytes in [made.clone(), made[8..].to_vec(), [b"\0\0\0\0manifest\0".to_vec(), vec![0; 8], made].concat()] {
        let told = read(&bytes);
        assert_eq!(told.strength(), Strength::Strong);
        assert_eq!(
            told.detail(),
            "trainedAlgorithmicMedia; Painter 2, Example App; signed by Example Signer (Example Org); not validated"
        );
    }
}

#[test]
fn a_camera_and_an_editor_are_weak_and_an_ingredient_counts() {
    let camera = || manifest("digitalCapture", text("Camera"), ("claim_generator", text("Camera/1.0")));
    let told = read(&store(&[camera()]));
    assert_eq!((told.strength(), told.sources.len()), (Strength::Weak, 1));
    assert!(told.detail().starts_with("manifest; Camera, Camera/1.0; signed by"), "{}", told.detail());
    let made = || manifest("compositeWithTrainedAlgorithmicMedia", agent(), generator());
    let edited = read(&store(&[made(), camera()]));
    assert_eq!(edited.strength(), Strength::Strong);
    assert!(
        edited.detail().starts_with("compositeWithTrainedAlgorithmicMedia in an ingredient"),
        "{}",
        edited.detail()
    );
    // What a model made of a photograph is not captured.
    assert!(!read(&store(&[camera(), made()])).detail().contains("ingredient"));
    // Terms that are no evidence.
    for term in ["compositeSynthetic", "algorithmicMedia", "algorithmicallyEnhanced"] {
        assert_eq!(read(&store(&[manifest(term, agent(), generator())])).strength(), Strength::Weak, "{term}");
    }
}

#[test]
fn generators_that_name_no_source_type() {
    for (name, strength) in [
        ("Image Creator from Designer", Strength::Strong),
        ("Microsoft_Responsible_AI/1.0", Strength::Strong),
        ("Dreamina/1.0.0", Strength::Strong),
        ("fal-ai", Strength::Strong),
        ("Bria", Strength::Strong),
        ("Briareus", Strength::Weak),
        ("Adobe Photoshop 25.0", Strength::Weak),
        ("Canva", Strength::Weak),
    ] {
        for told in [
            read(&store(&[manifest("", text(name), generator())])),
            read(&store(&[manifest("", agent(), ("claim_generator", text(name)))])),
        ] {
            assert_eq!(told.strength(), strength, "{name}");
            assert!(told.detail().contains(name), "{}", told.detail());
        }
    }
}

#[test]
fn damage_is_read_as_far_as_it_goes() {
    let whole = store(&[manifest("trainedAlgorithmicMedia", agent(), generator())]);
    for cut in 0..whole.len() {
        read(&whole[..cut]).detail();
    }
    // A store without a manifest that can be read: a term in it counts.
    let told = read(b"\0\0\0\x10jumdc2pa trainedAlgorithmicMedia");
    assert_eq!((told.strength(), &*told.detail()), (Strength::Strong, "trainedAlgorithmicMedia; not validated"));
    assert_eq!(read(b"https://example.com/a.c2pa").detail(), "manifest; not validated");
}

#[test]
fn c2pa_and_iptc_may_contradict_each_other() {
    let camera = store(&[manifest("digitalCapture", text("Camera"), generator())]);
    let made = store(&[manifest("trainedAlgorithmicMedia", agent(), generator())]);
    let uri = |term: &str| format!("http://cv.iptc.org/newscodes/digitalsourcetype/{term}");
    for (manifest, term, said) in [
        (&camera, "trainedAlgorithmicMedia", Some("C2PA digitalCapture, IPTC trainedAlgorithmicMedia")),
        (&made, "digitalCapture", Some("C2PA trainedAlgorithmicMedia, IPTC digitalCapture")),
        (&made, "trainedAlgorithmicMedia", None),
        (&camera, "digitalCapture", None),
        (&camera, "algorithmicallyEnhanced", None),
    ] {
        for first in [true, false] {
            let mut found = Found::default();
            if first {
                found.c2pa("png/caBX", manifest);
            }
            found.look("png/iTXt/XMP", "DigitalSourceType", &uri(term));
            found.look("png/eXIf", "DigitalSourceType", &uri(term));
            if !first {
                found.c2pa("png/caBX", manifest);
            }
            let details: Vec<_> = found.findings.iter().map(|f| f.detail.english()).collect();
            assert_eq!(details, said.into_iter().collect::<Vec<_>>(), "{term}");
        }
    }
}
