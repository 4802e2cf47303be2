//! The standard security handler (ISO 32000-2 7.6), opened with the empty user password, as viewers do before they ask.

use crate::phrase;
use aes::cipher::consts::U16;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128, Aes256};
use md5::{Digest, Md5};
use sha2::{Sha256, Sha384, Sha512};

use super::value::{Dict, Ref, Step, Value};

/// What an empty password is filled up to (7.6.4.3.2).
const PAD: [u8; 32] = [
    0x28, 0xbf, 0x4e, 0x5e, 0x4e, 0x75, 0x8a, 0x41, 0x64, 0x00, 0x4e, 0x56, 0xff, 0xfa, 0x01, 0x08, 0x2e, 0x2e, 0x00,
    0xb6, 0xd0, 0x68, 0x3e, 0x80, 0x2f, 0x0c, 0xa9, 0xfe, 0x64, 0x53, 0x69, 0x7a,
];
const BLOCK: usize = 16;

/// How one kind of data is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    Identity,
    Rc4,
    Aes128,
    Aes256,
}

/// The key of a file, and what it is for.
#[derive(Clone)]
pub(super) struct Crypt {
    key: Vec<u8>,
    strings: Method,
    streams: Method,
    /// Whether metadata streams are encrypted too.
    metadata: bool,
}

impl Crypt {
    /// Opens the handler that `dict` describes; `id` is the first file identifier.
    pub(super) fn open(dict: &Dict, id: &[u8]) -> Step<Self> {
        if !dict.is("Filter", "Standard") {
            return Err(phrase!("a security handler of its own", "自定义的安全处理程序"));
        }
        let (version, revision) = (dict.number("V").unwrap_or(0), dict.number("R").unwrap_or(0));
        let (strings, streams) = match version {
            1 | 2 => (Method::Rc4, Method::Rc4),
            4 | 5 => (method(dict, "StrF")?, method(dict, "StmF")?),
            _ => return Err(phrase!("an unknown kind of encryption", "未知的加密方式")),
        };
        let metadata = dict.get("EncryptMetadata") != Some(&Value::Bool(false));
        let key = match revision {
            2..=4 => early_key(dict, id, revision, metadata),
            5 | 6 => late_key(dict, revision),
            _ => return Err(phrase!("an unknown kind of encryption", "未知的加密方式")),
        };
        let key = key.ok_or(phrase!("a password that is needed to open the document", "需要密码才能打开"))?;
        Ok(Self { key, strings, streams, metadata })
    }

    /// The plain bytes of a string in the object `id`.
    pub(super) fn string(&self, id: Ref, data: &[u8]) -> Vec<u8> {
        self.decrypt(self.strings, id, data)
    }

    /// The plain bytes of the stream `id`.
    pub(super) fn stream(&self, id: Ref, metadata: bool, data: Vec<u8>) -> Vec<u8> {
        if metadata && !self.metadata { data } else { self.decrypt(self.streams, id, &data) }
    }

    /// A string of the object `id`, encrypted.
    pub(super) fn seal_string(&self, id: Ref, plain: &[u8]) -> Vec<u8> {
        self.encrypt(self.strings, id, plain)
    }

    /// The data of the metadata stream `id`, encrypted where such streams are.
    pub(super) fn seal_metadata(&self, id: Ref, plain: Vec<u8>) -> Vec<u8> {
        if self.metadata { self.encrypt(self.streams, id, &plain) } else { plain }
    }

    /// The key of one object (7.6.3.2, algorithm 1; 7.6.3.3, algorithm 1.A: the key of the file itself).
    fn object_key(&self, method: Method, id: Ref) -> Vec<u8> {
        if method == Method::Aes256 {
            return self.key.clone();
        }
        let mut hash = Md5::new();
        hash.update(&self.key);
        hash.update(id.number.to_le_bytes().get(..3).unwrap_or_default());
        hash.update(id.generation.to_le_bytes());
        if method == Method::Aes128 {
            hash.update(b"sAlT");
        }
        let length = (self.key.len() + 5).min(16);
        hash.finalize().get(..length).unwrap_or_default().to_vec()
    }

    fn decrypt(&self, method: Method, id: Ref, data: &[u8]) -> Vec<u8> {
        let key = self.object_key(method, id);
        let plain = match method {
            Method::Identity => Some(data.to_vec()),
            Method::Rc4 => Some(rc4(&key, data)),
            Method::Aes128 => unchain_padded::<Aes128>(&key, data),
            Method::Aes256 => unchain_padded::<Aes256>(&key, data),
        };
        plain.unwrap_or_default()
    }

    fn encrypt(&self, method: Method, id: Ref, plain: &[u8]) -> Vec<u8> {
        let key = self.object_key(method, id);
        let sealed = match method {
            Method::Identity => Some(plain.to_vec()),
            Method::Rc4 => Some(rc4(&key, plain)),
            Method::Aes128 => chain_padded::<Aes128>(&key, plain),
            Method::Aes256 => chain_padded::<Aes256>(&key, plain),
        };
        sealed.unwrap_or_default()
    }
}

/// The method of a crypt filter (7.6.6).
fn method(dict: &Dict, key: &str) -> Step<Method> {
    let Some(Value::Name(name)) = dict.get(key) else { return Ok(Method::Identity) };
    if name == b"Identity" {
        return Ok(Method::Identity);
    }
    let Some(Value::Dict(filters)) = dict.get("CF") else {
        return Err(phrase!("a crypt filter that is missing", "缺少加密过滤器"));
    };
    let filter = filters.0.iter().rev().find(|e| e.key == *name).map(|e| &e.value);
    let Some(Value::Dict(filter)) = filter else {
        return Err(phrase!("a crypt filter that is missing", "缺少加密过滤器"));
    };
    match filter.get("CFM") {
        None => Ok(Method::Identity),
        Some(Value::Name(method)) => match method.as_slice() {
            b"None" => Ok(Method::Identity),
            b"V2" => Ok(Method::Rc4),
            b"AESV2" => Ok(Method::Aes128),
            b"AESV3" => Ok(Method::Aes256),
            _ => Err(phrase!("an unknown kind of encryption", "未知的加密方式")),
        },
        Some(_) => Err(phrase!("an unknown kind of encryption", "未知的加密方式")),
    }
}

fn text<'a>(dict: &'a Dict, key: &str) -> Option<&'a [u8]> {
    match dict.get(key)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The key up to revision 4 (7.6.4.3.2, algorithm 2), where it is that of the empty password (algorithms 4 to 6).
fn early_key(dict: &Dict, id: &[u8], revision: u64, metadata: bool) -> Option<Vec<u8>> {
    let length = match (dict.number("V"), dict.number("Length")) {
        (Some(4), _) => 16,
        (Some(1), _) | (_, None) => 5,
        (_, Some(bits)) => usize::try_from(bits / 8).ok().filter(|n| (5..=16).contains(n))?,
    };
    let Some(Value::Int(permissions)) = dict.get("P") else { return None };
    let permissions = u32::try_from(permissions & 0xffff_ffff).ok()?;
    let mut hash = Md5::new();
    hash.update(PAD);
    hash.update(text(dict, "O")?.get(..32)?);
    hash.update(permissions.to_le_bytes());
    hash.update(id);
    if revision >= 4 && !metadata {
        hash.update([0xff; 4]);
    }
    let mut key = hash.finalize().get(..length)?.to_vec();
    let user = text(dict, "U")?;
    if revision == 2 {
        return (rc4(&key, &PAD) == user.get(..32)?).then_some(key);
    }
    for _ in 0..50 {
        key = Md5::digest(&key).get(..length)?.to_vec();
    }
    let mut proof = Md5::new();
    proof.update(PAD);
    proof.update(id);
    let mut proof = proof.finalize().to_vec();
    for round in 0..20u8 {
        let mixed: Vec<u8> = key.iter().map(|b| b ^ round).collect();
        proof = rc4(&mixed, &proof);
    }
    (proof == user.get(..16)?).then_some(key)
}

/// The key from revision 5 on (7.6.4.3.3, algorithm 2.A), where the empty password opens it.
fn late_key(dict: &Dict, revision: u64) -> Option<Vec<u8>> {
    let user = text(dict, "U")?;
    let (proof, validation, salt) = (user.get(..32)?, user.get(32..40)?, user.get(40..48)?);
    let hash = |salt: &[u8]| if revision == 5 { Some(Sha256::digest(salt).to_vec()) } else { hardened(salt) };
    if hash(validation)? != proof {
        return None;
    }
    unchain::<Aes256>(&hash(salt)?, [0; BLOCK], text(dict, "UE")?.get(..32)?)
}

/// The hash of revision 6 for the empty password (7.6.4.3.4, algorithm 2.B).
fn hardened(salt: &[u8]) -> Option<Vec<u8>> {
    let mut key = Sha256::digest(salt).to_vec();
    let mut round = 0u16;
    loop {
        let input = key.repeat(64);
        let sealed = chain::<Aes128>(key.get(..16)?, key.get(16..)?.first_chunk().copied()?, &input)?;
        let sum: u32 = sealed.iter().take(16).map(|b| u32::from(*b)).sum();
        key = match sum % 3 {
            0 => Sha256::digest(&sealed).to_vec(),
            1 => Sha384::digest(&sealed).to_vec(),
            _ => Sha512::digest(&sealed).to_vec(),
        };
        round += 1;
        // 64 rounds, and on until the last byte is small enough: 287 at most.
        if round >= 64 && u16::from(*sealed.last()?) <= round - 32 {
            key.truncate(32);
            return Some(key);
        }
    }
}

fn rc4(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut state: [u8; 256] = std::array::from_fn(|i| u8::try_from(i).unwrap_or_default());
    let at = |state: &[u8; 256], i: u8| state.get(usize::from(i)).copied().unwrap_or_default();
    let mut j = 0u8;
    for (i, byte) in (0..=255u8).zip(key.iter().cycle()) {
        j = j.wrapping_add(at(&state, i)).wrapping_add(*byte);
        state.swap(usize::from(i), usize::from(j));
    }
    let (mut i, mut j) = (0u8, 0u8);
    let next = |byte: &u8| {
        i = i.wrapping_add(1);
        j = j.wrapping_add(at(&state, i));
        state.swap(usize::from(i), usize::from(j));
        byte ^ at(&state, at(&state, i).wrapping_add(at(&state, j)))
    };
    data.iter().map(next).collect()
}

/// Cipher block chaining, backwards; a part of a block at the end is left out.
fn unchain<C>(key: &[u8], start: [u8; BLOCK], data: &[u8]) -> Option<Vec<u8>>
where
    C: KeyInit + BlockSizeUser<BlockSize = U16> + BlockCipherDecrypt,
{
    let cipher = C::new_from_slice(key).ok()?;
    let (mut out, mut before) = (Vec::with_capacity(data.len()), start);
    for block in data.chunks_exact(BLOCK) {
        let sealed = *block.first_chunk::<BLOCK>()?;
        let mut plain = Array::<u8, U16>::from(sealed);
        cipher.decrypt_block(&mut plain);
        out.extend(plain.iter().zip(before).map(|(a, b)| a ^ b));
        before = sealed;
    }
    Some(out)
}

/// Cipher block chaining; `data` is whole blocks.
fn chain<C>(key: &[u8], start: [u8; BLOCK], data: &[u8]) -> Option<Vec<u8>>
where
    C: KeyInit + BlockSizeUser<BlockSize = U16> + BlockCipherEncrypt,
{
    let cipher = C::new_from_slice(key).ok()?;
    let (mut out, mut before) = (Vec::with_capacity(data.len()), start);
    for block in data.chunks_exact(BLOCK) {
        let mut mixed = Array::<u8, U16>::from(*block.first_chunk::<BLOCK>()?);
        mixed.iter_mut().zip(before).for_each(|(a, b)| *a ^= b);
        cipher.encrypt_block(&mut mixed);
        before = mixed.into();
        out.extend(before);
    }
    Some(out)
}

/// Data behind its first block, the padding of PKCS #7 taken off (7.6.3.1).
fn unchain_padded<C>(key: &[u8], data: &[u8]) -> Option<Vec<u8>>
where
    C: KeyInit + BlockSizeUser<BlockSize = U16> + BlockCipherDecrypt,
{
    let (start, data) = data.split_first_chunk::<BLOCK>()?;
    let mut plain = unchain::<C>(key, *start, data)?;
    let pad = plain.last().map_or(0, |b| usize::from(*b));
    if (1..=BLOCK).contains(&pad) {
        plain.truncate(plain.len().saturating_sub(pad));
    }
    Some(plain)
}

/// The other way. The first block is a hash of what follows: the same input gives the same output.
fn chain_padded<C>(key: &[u8], plain: &[u8]) -> Option<Vec<u8>>
where
    C: KeyInit + BlockSizeUser<BlockSize = U16> + BlockCipherEncrypt,
{
    let pad = BLOCK - plain.len() % BLOCK;
    let padded = [plain, &vec![u8::try_from(pad).ok()?; pad]].concat();
    let mut hash = Md5::new();
    hash.update(key);
    hash.update(&padded);
    let start: [u8; BLOCK] = hash.finalize().into();
    Some([&start[..], &chain::<C>(key, start, &padded)?].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_answers() {
        // RFC 6229, key 0102030405.
        assert_eq!(rc4(&[1, 2, 3, 4, 5], &[0; 4]), [0xb2, 0x39, 0x63, 0x05]);
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens(plain in prop::collection::vec(any::<u8>(), 0..100), key in prop::collection::vec(any::<u8>(), 32), number: u32) {
            for (strings, length) in [(Method::Identity, 5), (Method::Rc4, 5), (Method::Rc4, 16), (Method::Aes128, 16), (Method::Aes256, 32)] {
                let crypt = Crypt { key: key[..length].to_vec(), strings, streams: strings, metadata: true };
                let id = Ref { number, generation: 1 };
                let sealed = crypt.seal_string(id, &plain);
                prop_assert_eq!(&crypt.string(id, &sealed), &plain);
                prop_assert_eq!(&crypt.stream(id, true, crypt.seal_metadata(id, plain.clone())), &plain);
            }
        }

        #[test]
        fn any_bytes_are_decrypted_without_panic(data in prop::collection::vec(any::<u8>(), 0..60), key in prop::collection::vec(any::<u8>(), 0..33)) {
            for method in [Method::Rc4, Method::Aes128, Method::Aes256] {
                let crypt = Crypt { key: key.clone(), strings: method, streams: method, metadata: true };
                let _ = crypt.string(Ref { number: 1, generation: 0 }, &data);
            }
        }
    }
}
