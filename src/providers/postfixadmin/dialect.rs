//! One statement for every database: the few words in which SQLite, PostgreSQL and MySQL differ.
//!
//! Statements are written once, with SQLite's numbered parameters (`?1`) and with words in braces where the dialects
//! part: `{now}`, `{text m.username}`. [`Dialect::statement`] puts in what a dialect says. Values are always bound,
//! never written into a statement.

/// Which language a database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "mysql")]
    MySql,
}

/// A statement in a dialect.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The text.
    pub(super) text: String,
    /// For each parameter in the text which value it takes, from 1; none where the dialect numbers them itself.
    pub(super) order: Option<Vec<usize>>,
}

impl Dialect {
    /// The name of what speaks it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            #[cfg(feature = "postgres")]
            Self::Postgres => "PostgreSQL",
            #[cfg(feature = "mysql")]
            Self::MySql => "MySQL",
        }
    }

    /// What begins a reading of one moment, and what begins a change.
    ///
    /// SQLite locks the file for a change. On a server a change locks the rows that it rests on
    /// (`{for_update}`), and each statement sees what others have committed by then.
    pub(super) fn begins(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite => ("BEGIN", "BEGIN IMMEDIATE"),
            #[cfg(feature = "postgres")]
            Self::Postgres => {
                ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN ISOLATION LEVEL READ COMMITTED")
            }
            #[cfg(feature = "mysql")]
            Self::MySql => (
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; \
                 START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
                "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION",
            ),
        }
    }

    /// What keeps two runs from making the tables at once, and what ends that; SQLite's transaction does it by itself.
    pub(super) fn makes_alone(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite => ("", ""),
            // Ends with the transaction.
            #[cfg(feature = "postgres")]
            Self::Postgres => ("SELECT pg_advisory_xact_lock(hashtext('mailwright'))", ""),
            #[cfg(feature = "mysql")]
            Self::MySql => ("DO GET_LOCK(concat('mailwright.', database()), 30)", "DO RELEASE_ALL_LOCKS()"),
        }
    }

    /// The statement that a template stands for.
    ///
    /// # Panics
    /// Where the template holds a word that is not known: a mistake in this folder that its tests find.
    pub(super) fn statement(self, template: &str) -> Statement {
        let mut text = String::with_capacity(template.len() + 64);
        let mut rest = template;
        while let Some((before, word)) = rest.split_once('{') {
            let (word, after) = word.split_once('}').unwrap_or((word, ""));
            text.push_str(before);
            text.push_str(&self.word(word));
            rest = after;
        }
        text.push_str(rest);
        self.numbered(text)
    }

    /// What this dialect says for a word with its arguments.
    fn word(self, word: &str) -> String {
        let (name, rest) = word.split_once(' ').unwrap_or((word, ""));
        let by = |sqlite: String, postgres: String, mysql: String| match self {
            Self::Sqlite => sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres,
            #[cfg(feature = "mysql")]
            Self::MySql => mysql,
            #[cfg(not(all(feature = "postgres", feature = "mysql")))]
            #[expect(unreachable_patterns, reason = "keeps both texts in use whatever is built")]
            _ => postgres + &mysql,
        };
        let same = |text: &str| by(text.into(), text.into(), text.into());
        let arguments = || rest.split_once(' ').unwrap_or((rest, ""));
        match name {
            // A yes or a no as it stands in a row.
            "true" => by("1".into(), "true".into(), "1".into()),
            "false" => by("0".into(), "false".into(), "0".into()),
            // What is selected, whatever a script has written there.
            "text" => by(
                format!("CAST({rest} AS TEXT)"),
                format!("CAST({rest} AS TEXT)"),
                format!("CAST({rest} AS CHAR CHARACTER SET utf8mb4)"),
            ),
            "int" => by(
                format!("CAST({rest} AS INTEGER)"),
                format!("CAST({rest} AS BIGINT)"),
                format!("CAST({rest} AS SIGNED)"),
            ),
            "flag" => by(
                format!("CAST({rest} AS INTEGER)"),
                format!("CAST(CAST({rest} AS INTEGER) AS BIGINT)"),
                format!("CAST({rest} AS SIGNED)"),
            ),
            // Moments.
            "now" => by("datetime('now')".into(), "now()".into(), "now()".into()),
            "after_days" => by(
                format!("datetime('now', '+' || {rest} || ' days')"),
                format!("now() + make_interval(days => CAST({rest} AS INTEGER))"),
                format!("now() + INTERVAL {rest} DAY"),
            ),
            // Two texts, whatever their case.
            "same" => {
                let (a, b) = arguments();
                by(
                    format!("{a} = {b} COLLATE NOCASE"),
                    format!("lower({a}) = lower({b})"),
                    format!("lower({a}) = lower({b})"),
                )
            }
            // Two texts that are not the same to the letter.
            "differ" => {
                let (a, b) = arguments();
                by(format!("{a} <> {b}"), format!("{a} <> {b}"), format!("BINARY {a} <> BINARY {b}"))
            }
            "domain_of" => by(
                format!("lower(substr({rest}, instr({rest}, '@') + 1))"),
                format!("lower(substr({rest}, strpos({rest}, '@') + 1))"),
                format!("lower(substr({rest}, instr({rest}, '@') + 1))"),
            ),
            "at_domain_of" => by(
                format!("lower(substr({rest}, instr({rest}, '@')))"),
                format!("lower(substr({rest}, strpos({rest}, '@')))"),
                format!("lower(substr({rest}, instr({rest}, '@')))"),
            ),
            "at" => by(format!("'@' || {rest}"), format!("'@' || {rest}"), format!("concat('@', {rest})")),
            // The members of a JSON list that is bound as one text.
            "members" => by(
                format!("SELECT value FROM json_each({rest})"),
                format!("SELECT jsonb_array_elements_text(CAST({rest} AS jsonb))"),
                format!(
                    "SELECT CONVERT(member USING utf8mb4) FROM json_table({rest}, '$[*]' COLUMNS (member varchar(512) PATH '$')) members"
                ),
            ),
            // In the one alphabet in which MySQL compares texts of tables and of lists.
            "unicode" => by(rest.to_owned(), rest.to_owned(), format!("CONVERT({rest} USING utf8mb4)")),
            "joined" => by(
                format!("group_concat({rest})"),
                format!("string_agg({rest}, ',')"),
                format!("group_concat({rest})"),
            ),
            // Keeps SQLite from walking the second table first; the others decide by themselves.
            "cross_join" => by("CROSS JOIN".into(), "JOIN".into(), "JOIN".into()),
            // Keeps others from changing the row until the change is done; SQLite has locked the whole file.
            "for_update" => by(String::new(), "FOR UPDATE".into(), "FOR UPDATE".into()),
            "for_share" => by(String::new(), "FOR SHARE".into(), "LOCK IN SHARE MODE".into()),
            // Which tables there are.
            "tables" => by(
                "(SELECT name FROM sqlite_schema WHERE type = 'table')".into(),
                "(SELECT tablename AS name FROM pg_catalog.pg_tables WHERE schemaname = ANY (current_schemas(false)))"
                    .into(),
                "(SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database())".into(),
            ),
            // Leaves a row with this key as it is.
            "unless_there" => by(
                format!("ON CONFLICT ({rest}) DO NOTHING"),
                format!("ON CONFLICT ({rest}) DO NOTHING"),
                format!("ON DUPLICATE KEY UPDATE {rest} = {rest}"),
            ),
            "covers" => same(&self.covers(rest)),
            other => panic!("`{{{other}}}` is no word of a statement"),
        }
    }

    /// Restricts a statement to what a scope covers: everything (?1), addresses of domains (?2, a JSON list) or
    /// addresses (?3, a JSON list). One pass over the table, however long the lists are.
    fn covers(self, address: &str) -> String {
        let domain = self.word(&format!("unicode {}", self.word(&format!("domain_of {address}"))));
        let address = self.word(&format!("unicode lower({address})"));
        let (domains, addresses) = (self.word("members ?2"), self.word("members ?3"));
        format!("(?1 OR {domain} IN ({domains}) OR {address} IN ({addresses}))")
    }

    /// Writes the parameters as the dialect numbers them.
    fn numbered(self, text: String) -> Statement {
        match self {
            Self::Sqlite => Statement { text, order: None },
            #[cfg(feature = "postgres")]
            Self::Postgres => Statement { text: text.replace('?', "$"), order: None },
            #[cfg(feature = "mysql")]
            Self::MySql => {
                let mut pieces = text.split('?');
                let mut plain = pieces.next().unwrap_or_default().to_owned();
                let mut order = Vec::new();
                for piece in pieces {
                    let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
                    let (number, rest) = piece.split_at(digits);
                    order.push(number.parse().unwrap_or_else(|_| panic!("`?{piece}` has no number")));
                    plain.push('?');
                    plain.push_str(rest);
                }
                Statement { text: plain, order: Some(order) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str =
        "SELECT {text a.b} FROM a WHERE {same a.b ?2} AND c = {true} AND d < {now} AND e = ?1 OR e = ?2";

    #[test]
    fn sqlite_keeps_the_numbers() {
        let statement = Dialect::Sqlite.statement(TEMPLATE);
        let text = "SELECT CAST(a.b AS TEXT) FROM a WHERE a.b = ?2 COLLATE NOCASE AND c = 1 AND d < datetime('now') \
                    AND e = ?1 OR e = ?2";
        assert_eq!(statement, Statement { text: text.to_owned(), order: None });
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn postgresql_has_its_own_sign_for_a_parameter() {
        let statement = Dialect::Postgres.statement(TEMPLATE);
        let text = "SELECT CAST(a.b AS TEXT) FROM a WHERE lower(a.b) = lower($2) AND c = true AND d < now() \
                    AND e = $1 OR e = $2";
        assert_eq!(statement, Statement { text: text.to_owned(), order: None });
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn mysql_takes_the_values_in_the_order_of_the_text() {
        let statement = Dialect::MySql.statement(TEMPLATE);
        assert_eq!(statement.order, Some(vec![2, 1, 2]));
        assert!(statement.text.ends_with("AND d < now() AND e = ? OR e = ?"), "{}", statement.text);
    }

    #[test]
    #[should_panic(expected = "`{nwo}` is no word of a statement")]
    fn a_misspelled_word_is_found() {
        Dialect::Sqlite.statement("SELECT {nwo}");
    }
}
