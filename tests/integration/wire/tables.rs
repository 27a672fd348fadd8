//! The tables that are made on a server, beside those that PostfixAdmin 3.3.13 itself makes there.
//!
//! `tests/databases/columns.SERVER.txt` holds what `information_schema.columns` tells of a database that its
//! `upgrade.php` made: table, column, type and whether it may be NULL. `keys.mysql.txt` holds its keys, which later
//! upgrades name; PostgreSQL's are found by what they are for. Defaults are not compared: here there are more.

use std::collections::BTreeSet;

use super::postfixadmin::{Database, Engine};
use super::service::{Type, databases};

/// What is made otherwise, and why.
const OTHERWISE: [(&str, &str); 1] = [
    // Dovecot counts what a mailbox of any name holds.
    ("quota2.username|character varying(100)|NO", "quota2.username|character varying(255)|NO"),
];

/// Checks that a query's rows are the recorded ones, in the tables of which something is recorded.
async fn compare(database: &Database, query: &str, recorded: &str) {
    let tables: BTreeSet<&str> = recorded.lines().filter_map(|line| line.split('.').next()).collect();
    let found: BTreeSet<String> = database.rows(query).await.into_iter().map(|row| row.join("|")).collect();
    let found: BTreeSet<&str> = found
        .iter()
        .map(String::as_str)
        .filter(|line| line.split('.').next().is_some_and(|table| tables.contains(table)))
        .collect();
    let wanted: BTreeSet<&str> = recorded
        .lines()
        .map(|line| OTHERWISE.iter().find(|(theirs, _)| *theirs == line).map_or(line, |(_, ours)| ours))
        .collect();
    let missing: Vec<_> = wanted.difference(&found).collect();
    let more: Vec<_> = found.difference(&wanted).collect();
    assert!(missing.is_empty() && more.is_empty(), "missing: {missing:#?}\nmore: {more:#?}");
}

#[test]
fn a_server_is_given_the_tables_that_postfixadmin_makes() {
    for kind in databases() {
        let Type::PostfixAdmin(engine) = kind else { continue };
        kind.block_on(async {
            let database = Database::of(engine).await;
            match engine {
                // Compared where the file is made: src/providers/postfixadmin/database/columns.txt.
                Engine::Sqlite => {}
                #[cfg(feature = "postgres")]
                Engine::Postgres => {
                    let columns = "SELECT table_name || '.' || column_name || '|' || data_type || \
                         coalesce('(' || character_maximum_length || ')', '') || '|' || is_nullable \
                         FROM information_schema.columns WHERE table_schema = current_schema()";
                    let recorded = include_str!("../../databases/columns.postgres.txt");
                    compare(&database, columns, recorded).await;
                }
                #[cfg(feature = "mysql")]
                Engine::MySql => {
                    let columns = "SELECT concat(table_name, '.', column_name, '|', column_type, '|', is_nullable) \
                         FROM information_schema.columns WHERE table_schema = database()";
                    compare(&database, columns, include_str!("../../databases/columns.mysql.txt")).await;
                    let keys = "SELECT concat(table_name, '.', index_name, '|', \
                         group_concat(column_name ORDER BY seq_in_index), '|', if(non_unique, 'plain', 'unique')) \
                         FROM information_schema.statistics WHERE table_schema = database() \
                         GROUP BY table_name, index_name, non_unique UNION \
                         SELECT concat(table_name, '.', constraint_name, '|', referenced_table_name, '|', delete_rule) \
                         FROM information_schema.referential_constraints WHERE constraint_schema = database()";
                    compare(&database, keys, include_str!("../../databases/keys.mysql.txt")).await;
                }
            }
        });
    }
}
