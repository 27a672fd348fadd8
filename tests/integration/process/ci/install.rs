//! The one build that a recipe runs.

use axum::Router;
use axum::routing::get;
use sha2::{Digest as _, Sha256};

use super::host::Served;
use super::{Host, Job};

const INSTALL: &str = "python3 ci/install.py";
const BUILD: &str = "#!/bin/sh\necho mailwright 9.9.9\n";

#[tokio::test]
async fn the_build_that_is_named_is_put_on_the_path_and_no_other() {
    let served = Served::new(|_| Router::new().route("/mailwright", get(async || BUILD))).await;
    let digest = hex(BUILD.as_bytes());
    for host in Host::BOTH {
        let mut job = Job::new(host);
        std::fs::remove_file(job.bench.path("tools/mailwright")).expect("removed");
        job.fails(INSTALL, &["names no build yet", "hint: write into it"]).await;

        let name = "ci/mailwright.download";
        job.bench.write(name, &format!("{digest}  http://downloads.example.com/mailwright\n"));
        job.fails(INSTALL, &["must begin with https://"]).await;
        job.bench.write(name, &format!("{digest}  {}/missing\n", served.url));
        job.fails(INSTALL, &["cannot be downloaded", "404"]).await;
        job.bench.write(name, &format!("{}  {}/mailwright\n", hex(b"another"), served.url));
        job.fails(INSTALL, &["is not the build that ci/mailwright.download names"]).await;
        assert!(!job.bench.path(".bin").exists());

        job.bench.write(name, &format!("{digest}  {}/mailwright\n", served.url));
        let paths = job.bench.path("paths").display().to_string();
        job.set("GITHUB_PATH", &paths);
        assert_eq!(job.succeeds(INSTALL).await.out, "mailwright 9.9.9\n");
        let bin = std::fs::canonicalize(job.bench.path(".bin")).expect("a folder").display().to_string();
        assert_eq!(job.bench.read("paths"), format!("{bin}\n"));
        assert!(job.bench.path(".bin/mailwright").exists());

        // What is there already is used.
        job.tool("mailwright", "echo mailwright of the image\n");
        assert_eq!(job.succeeds(INSTALL).await.out, "mailwright of the image\n");
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("written");
        hex
    })
}
