//! Makes what is not there yet: the SQLite file with its folder, and the tables of any database.

use std::io;
use std::path::Path;

use super::super::link::Link;
use super::super::{schema, sql};
use super::{File, Place};
use crate::provider::{ErrorKind, ProviderError};

/// A new file holds password hashes: readable and writable for its owner and group alone.
#[cfg(unix)]
const FILE_MODE: u32 = 0o660;
/// The files beside the database must get the folder's group, whoever makes them.
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o2770;

impl File {
    /// The folder that holds it; of a bare name that is the one that this runs in.
    pub(in super::super) fn folder(&self) -> &Path {
        self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// Makes the empty file, with its folder. Who shares the folder can use the file, nobody else.
    pub(super) fn make_file(&self) -> io::Result<()> {
        let folder = self.folder();
        if !folder.exists() {
            std::fs::create_dir_all(folder)?;
            #[cfg(unix)]
            std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(FOLDER_MODE))?;
        }
        let mut options = std::fs::OpenOptions::new();
        // Nobody else can open it before it has its mode.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = match options.write(true).create_new(true).open(&self.path) {
            Ok(file) => file,
            // Prepared beforehand with the wished owner and mode, or made by another run just now.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
            Err(error) => return Err(error),
        };
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
            file.set_permissions(std::fs::Permissions::from_mode(FILE_MODE))?;
            let shared = std::fs::metadata(folder)?;
            // Only root may give a file away; for others the set-gid folder has seen to the group.
            if let Err(error) = fchown(&file, Some(shared.uid()), Some(shared.gid())) {
                tracing::debug!(%error, "the new database keeps its maker as owner");
            }
        }
        drop(file);
        Ok(())
    }

    pub(super) fn cannot_make(&self, error: &io::Error) -> ProviderError {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorKind::LimitReached,
            _ => ErrorKind::Denied,
        };
        ProviderError::new(kind, format!("{} cannot be made: {error}", self.path.display()))
            .hint("make its folder, writable by this user, or name another one")
    }
}

/// Who filled an empty database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// This connection.
    Here,
    /// Another one, while this one waited its turn.
    Before,
}

impl Place {
    /// Fills an empty database. Where the tables are made in one transaction a crash leaves it empty; else the next
    /// run makes what is missing, since the table that tells the version comes last.
    pub(super) async fn make_tables(&self, link: &mut Link) -> Result<Filled, ProviderError> {
        let making = |error: sqlx::Error| self.fault(&error, "making its tables");
        link.begin_write().await.map_err(making)?;
        let dialect = link.dialect();
        let (lock, unlock) = dialect.makes_alone();
        let made = async {
            link.command(lock).await?;
            let unmade = is_unmade(&tables(link).await?);
            if unmade {
                for statements in [schema::permissions(dialect), schema::tables(dialect)] {
                    link.command(statements).await?;
                }
            }
            link.commit().await?;
            link.command(unlock).await?;
            Ok(if unmade { Filled::Here } else { Filled::Before })
        }
        .await;
        made.map_err(making)
    }
}

/// Makes the table of permissions on a server where it is not there. Not inside the change that needs it: several may
/// want it at once, and MySQL ends a transaction with it.
pub(in super::super) async fn make_permissions(link: &mut Link) -> Result<(), sqlx::Error> {
    if link.number(sql::HAS_PERMISSIONS, &[]).await? > 0 {
        return Ok(());
    }
    let dialect = link.dialect();
    let (lock, unlock) = dialect.makes_alone();
    link.begin_write().await?;
    link.command(lock).await?;
    link.command(schema::permissions(dialect)).await?;
    link.commit().await?;
    link.command(unlock).await
}

/// The names of all tables.
pub(super) async fn tables(link: &mut Link) -> Result<Vec<String>, sqlx::Error> {
    let rows = link.rows(sql::TABLES, &[]).await?;
    Ok(rows.iter().filter_map(|row| row.text(0)).collect())
}

/// True where a database with these tables is empty, or was left by somebody who began to make it.
pub(super) fn is_unmade(tables: &[String]) -> bool {
    let ours = |table: &String| schema::MADE.iter().any(|name| table.eq_ignore_ascii_case(name));
    !tables.iter().any(|table| table.eq_ignore_ascii_case("config")) && tables.iter().all(ours)
}
