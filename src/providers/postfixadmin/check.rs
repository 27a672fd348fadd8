//! What `doctor` looks at: the file, its version, its journal, who may use it, and rows that mail does not find.
//!
//! Only looks: a write is begun and given up.

use super::database::{Database, File, Reader};
use super::dialect::Dialect;
use super::dovecot::Doveadm;
use super::schema;
use super::spelling::{Spellings, Table};
use super::sql;
use crate::provider::{Check, CheckState};

/// Every check, in the order in which a person would go.
pub(super) async fn all(database: &Database, doveadm: Option<&Doveadm>) -> Vec<Check> {
    let mut checks = of_database(database).await;
    if let Some(doveadm) = doveadm {
        checks.push(of_dovecot(doveadm).await);
    }
    checks
}

/// Whether Dovecot accepts the key and has the commands that full access needs.
async fn of_dovecot(doveadm: &Doveadm) -> Check {
    const NEEDED: [&str; 5] = ["mailboxList", "aclGet", "aclSet", "aclDelete", "aclRights"];
    match doveadm.known().await {
        Ok(known) => match NEEDED.iter().find(|name| !known.iter().any(|known| known == *name)) {
            None => check("doveadm", CheckState::Passed, "Dovecot accepts the key and keeps access lists"),
            Some(name) => {
                let detail = format!("Dovecot has no command {name}: add `acl` to its mail_plugins");
                check("doveadm", CheckState::Failed, detail)
            }
        },
        Err(error) => {
            let hint = error.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
            check("doveadm", CheckState::Failed, format!("{error}{hint}"))
        }
    }
}

async fn of_database(database: &Database) -> Vec<Check> {
    let shown = database.place().shown();
    let mut reader = match database.reader().await {
        Ok(Some(reader)) => reader,
        Ok(None) => {
            let detail = format!("{shown} is not there yet; the first change makes it (create: true)");
            return vec![check("database", CheckState::Passed, detail)];
        }
        Err(error) => {
            let hint = error.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
            return vec![check("database", CheckState::Failed, format!("{error}{hint}"))];
        }
    };
    let mut checks = vec![version(&reader)];
    checks.extend(look(database, &mut reader).await);
    reader.close().await;
    checks.push(writable(database).await);
    if let Some(file) = database.file() {
        checks.extend(sharing(file).await);
    }
    checks
}

fn check(name: &str, state: CheckState, detail: impl Into<String>) -> Check {
    Check { name: name.to_owned(), state, detail: detail.into() }
}

fn version(reader: &Reader) -> Check {
    let version = reader.version;
    if version <= schema::NEWEST_VERSION {
        check("schema", CheckState::Passed, format!("PostfixAdmin's tables, version {version}"))
    } else {
        let newest = schema::NEWEST_VERSION;
        let detail = format!(
            "version {version} is newer than {newest}, the newest that was tried; look at a plan first"
        );
        check("schema", CheckState::Warning, detail)
    }
}

async fn look(database: &Database, reader: &mut Reader) -> Vec<Check> {
    match seen(reader).await {
        Ok(checks) => checks,
        Err(error) => {
            let error = database.fault(&error, "looking at it");
            vec![check("content", CheckState::Failed, error.to_string())]
        }
    }
}

async fn seen(reader: &mut Reader) -> Result<Vec<Check>, sqlx::Error> {
    let mut checks = Vec::new();
    if reader.link.dialect() == Dialect::Sqlite {
        let journal = reader.link.word("PRAGMA journal_mode").await?;
        checks.push(if journal == "wal" {
            check("journal", CheckState::Passed, "write-ahead log: Postfix can read while somebody writes")
        } else {
            let detail = format!(
                "journal mode `{journal}`: Postfix's lookups fail with \"database is locked\" while somebody writes; \
                 the first change switches it to a write-ahead log"
            );
            check("journal", CheckState::Warning, detail)
        });
    }
    let permissions = reader.link.number(sql::HAS_PERMISSIONS, &[]).await?;
    let permissions = if permissions > 0 {
        check("permissions", CheckState::Passed, "the table mailwright_permission is there")
    } else {
        let detail = "the table mailwright_permission is made with the first permission; Postfix's \
                      smtpd_sender_login_maps can ask it only then";
        check("permissions", CheckState::Passed, detail)
    };
    let spellings = Spellings::load(&mut reader.link).await?;
    let (mailboxes, aliases) = (spellings.count(Table::Mailbox), spellings.count(Table::Alias));
    let spelling = if spellings.is_empty() {
        check("spelling", CheckState::Passed, "every address is in lower case")
    } else {
        let detail = format!(
            "{mailboxes} mailbox(es) and {aliases} alias row(s) hold upper-case letters: Postfix looks up lower case \
             and does not find them"
        );
        check("spelling", CheckState::Warning, detail)
    };
    checks.extend([permissions, spelling]);
    Ok(checks)
}

async fn writable(database: &Database) -> Check {
    match database.try_write().await {
        Ok(()) => check("write access", CheckState::Passed, "this user may write the database"),
        Err(error) => {
            let hint = error.hint.as_deref().map(|hint| format!("; {hint}")).unwrap_or_default();
            check("write access", CheckState::Warning, format!("{error}{hint}"))
        }
    }
}

/// Whether the file, its folder and the log's files can be used by more than one user: Postfix and Dovecot seldom
/// run as the same one (`contracts/postfixadmin.md §7.2 and §7.16`).
#[cfg(unix)]
async fn sharing(file: &File) -> Vec<Check> {
    use std::os::unix::fs::MetadataExt as _;

    let path = file.path();
    let folder = file.folder();
    let (Ok(meta), Ok(folder_meta)) = (tokio::fs::metadata(path).await, tokio::fs::metadata(folder).await)
    else {
        return Vec::new();
    };
    let mut remarks = Vec::new();
    if meta.mode() & 0o007 != 0 {
        remarks.push(format!(
            "{} can be read by everybody and holds password hashes: chmod 660",
            path.display()
        ));
    }
    if meta.mode() & 0o060 != 0o060 {
        remarks.push(format!("{} is closed to its group: chmod 660", path.display()));
    }
    if folder_meta.mode() & 0o2070 != 0o2070 {
        let folder = folder.display();
        remarks.push(format!("{folder} does not hand its group on to new files: chmod 2770"));
    }
    for ending in ["-wal", "-shm"] {
        let beside = file.beside(ending);
        if let Ok(beside_meta) = tokio::fs::metadata(&beside).await
            && (beside_meta.gid() != meta.gid() || beside_meta.mode() & 0o060 != 0o060)
        {
            remarks.push(format!("{} is closed to the database's group", beside.display()));
        }
    }
    vec![if remarks.is_empty() {
        let detail =
            "the file and its folder are shared by their group; Postfix and Dovecot must both be in it";
        check("sharing", CheckState::Passed, detail)
    } else {
        let detail = format!(
            "{}; whoever opens it first may lock the other of Postfix and Dovecot out",
            remarks.join("; ")
        );
        check("sharing", CheckState::Warning, detail)
    }]
}

#[cfg(not(unix))]
async fn sharing(_file: &File) -> Vec<Check> {
    Vec::new()
}
