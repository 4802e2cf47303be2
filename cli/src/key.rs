//! `key`: makes and names the keys of watermarks and signatures.

use std::io::{self, ErrorKind};
use std::path::Path;

use biaoshi::keys;
use biaoshi::report::{said, trouble};
use biaoshi::security::{Algorithm, PublicKey};
use biaoshi::signing::{self, SigningError};
use serde_json::{Value, json};

use crate::args::{Common, KeyCommand, Purpose};
use crate::exit::{Exit, Stop};
use crate::keys::read;
use crate::out::Out;

/// The form of one result.
const SCHEMA: &str = "biaoshi.key/1";

/// What is told of a key: for scripts, and for people.
struct Told {
    json: Value,
    text: String,
}

/// Makes or names a key.
pub(crate) fn run(command: &KeyCommand, common: &Common) -> Result<Exit, Stop> {
    let told = match command {
        KeyCommand::New { purpose: Purpose::Watermark, alg: None, out, .. } => {
            let key = keys::new()?;
            keys::write(out, &key).map_err(|e| unwritten(out, &e))?;
            of_watermark(keys::id(&key))
        }
        KeyCommand::New { purpose: Purpose::Watermark, alg: Some(_), .. } => {
            return Err(Stop::usage(
                "--alg is for signing keys; those of watermarks are of one kind",
                "--alg 仅用于签名密钥;水印密钥只有一种",
            ));
        }
        KeyCommand::New { purpose: Purpose::Signing, alg, out, .. } => {
            let key = signing::new(alg.map_or(Algorithm::Sm2, Algorithm::from))?;
            signing::write(out, &key).map_err(|e| unwritten(out, &e))?;
            of_signing(key.public())
        }
        KeyCommand::Show { file, .. } => match signing::is_pem(file) {
            Ok(true) => of_signing(&signing::public(file).map_err(|e| unread(file, &e))?),
            _ => of_watermark(keys::id(&read(Some(file))?)),
        },
    };
    let mut out = Out::new(common);
    out.line(if common.json { told.json.to_string() } else { told.text }.trim_end())?;
    out.flush()?;
    Ok(Exit::Done)
}

fn of_watermark(id: String) -> Told {
    Told { json: json!({ "schema": SCHEMA, "key_id": id }), text: id }
}

/// A public key is told in the form in which it goes into a trust file.
fn of_signing(key: &PublicKey) -> Told {
    let (id, algorithm, pem) = (key.id(), key.algorithm().name(), key.to_pem());
    Told {
        json: json!({ "schema": SCHEMA, "key_id": id, "algorithm": algorithm, "public_key": pem }),
        text: format!("# {algorithm} {id}\n{pem}"),
    }
}

fn unread(file: &Path, error: &SigningError) -> Stop {
    Stop::Usage(said!("{}: {}", "{}:{}", file.display(), error.message()))
}

fn unwritten(out: &Path, error: &io::Error) -> Stop {
    let path = out.display();
    Stop::Usage(match error.kind() {
        ErrorKind::AlreadyExists => said!(
            "--out {}: there is a file already, and no key is ever replaced; name another",
            "--out {}:文件已存在,密钥从不覆盖;请换一个名称",
            path
        ),
        _ => said!("--out {}: {}; nothing was written", "--out {}:{};未写入任何内容", path, trouble(error)),
    })
}
