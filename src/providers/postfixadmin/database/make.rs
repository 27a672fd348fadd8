//! Makes a database that is not there yet: the file with its folder, then its tables.

use std::io;
use std::path::Path;

use sqlx::Connection as _;
use sqlx::sqlite::SqliteConnection;

use super::super::{schema, sql};
use super::Database;
use crate::provider::{ErrorKind, ProviderError};

/// A new file holds password hashes: readable and writable for its owner and group alone.
#[cfg(unix)]
const FILE_MODE: u32 = 0o660;
/// The files beside the database must get the folder's group, whoever makes them.
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o2770;

impl Database {
    /// Makes the empty file, with its folder. Who shares the folder can use the file, nobody else.
    pub(super) fn make_file(&self) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if !folder.exists() {
            std::fs::create_dir_all(folder)?;
            #[cfg(unix)]
            std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(FOLDER_MODE))?;
        }
        let file = match std::fs::OpenOptions::new().write(true).create_new(true).open(&self.path) {
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

    /// Fills an empty file in one transaction: a crash leaves it empty, and the next run fills it.
    pub(super) async fn make_tables(&self, conn: &mut SqliteConnection) -> Result<(), ProviderError> {
        let making = |error: sqlx::Error| self.fault(&error, "making its tables");
        let mut tx = conn.begin_with("BEGIN IMMEDIATE").await.map_err(making)?;
        let tables: Vec<String> =
            sqlx::query_scalar(sql::TABLES).fetch_all(&mut *tx).await.map_err(making)?;
        if !tables.is_empty() {
            // Another run was first.
            return Ok(());
        }
        for statements in [schema::CREATE, schema::CREATE_PERMISSIONS] {
            sqlx::raw_sql(statements).execute(&mut *tx).await.map_err(making)?;
        }
        tx.commit().await.map_err(making)
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
