//! The program starts. Since this test wants it, `cargo test` builds it, with the features of all other tests.

use std::process::Command;

#[test]
fn it_tells_its_version() {
    let run = Command::new(env!("CARGO_BIN_EXE_biaoshi")).arg("--version").output().unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success() && said.contains(env!("CARGO_PKG_VERSION")), "{said}");
}
