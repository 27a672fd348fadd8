//! What providers can do, as tables. The capability matrix of the documentation is made here.

use crate::model::{Field, Kind, Quota, Right};
use crate::provider::{
    Ability, AtCreate, Capabilities, Catalogue, Deletion, FieldCapability, KeyKind, KeySpec,
    KindCapabilities, ProviderType, SettingType, Suspension,
};

use super::table::Table;

/// The types of connections, a line each.
pub fn summary(catalogue: &Catalogue) -> Table {
    let mut table = Table::new(["type", "service"]);
    for entry in catalogue.iter() {
        table.row([entry.name, entry.summary]);
    }
    table
}

/// What each of `columns` can do, by kind and field. Each no stands with the number of its reason.
pub fn matrix(columns: &[(&str, Capabilities)]) -> Table {
    let mut table = Table::new(std::iter::once("").chain(columns.iter().map(|(name, _)| *name)));
    for kind in Kind::ALL {
        if !columns.iter().any(|(_, can)| can.kinds.contains_key(&kind)) {
            continue;
        }
        let head: Vec<String> = columns
            .iter()
            .map(|(_, can)| match can.kind(kind) {
                Some(_) => "yes".to_owned(),
                None => no(&mut table, can.why_not(kind)),
            })
            .collect();
        push(&mut table, kind.singular().to_owned(), head);
        for (name, cell) in verbs(kind) {
            let cells = cells(&mut table, columns, kind, cell);
            push(&mut table, format!("{kind}: {name}"), cells);
        }
        for field in fields_of(columns, kind) {
            let cells = columns
                .iter()
                .map(|(_, can)| {
                    can.kind(kind).map_or_else(String::new, |can| field_cell(&mut table, can, &field))
                })
                .collect();
            push(&mut table, format!("{kind}.{field}"), cells);
        }
        if kind == Kind::Permission {
            for right in Right::ALL {
                let cells = columns
                    .iter()
                    .map(|(_, can)| {
                        can.kind(kind).map_or_else(String::new, |can| {
                            can.rights
                                .get(&right)
                                .map_or_else(|| "yes".to_owned(), |word| ability(&mut table, word))
                        })
                    })
                    .collect();
                push(&mut table, format!("{kind}: {right}"), cells);
            }
        }
    }
    table
}

type Cell = fn(&mut Table, &KindCapabilities) -> String;

fn verbs(kind: Kind) -> Vec<(&'static str, Cell)> {
    let mut rows: Vec<(&'static str, Cell)> = vec![
        ("list", |table, can| ability(table, &can.list)),
        ("create", |table, can| ability(table, &can.create)),
        ("delete", |table, can| match &can.delete {
            Deletion::No(reason) => no(table, reason),
            Deletion::Permanent => "for good".to_owned(),
            Deletion::Archived(how) => format!("archived ({})", table.remark(how)),
            Deletion::Recoverable(how) => format!("recoverable ({})", table.remark(how)),
        }),
    ];
    match kind {
        Kind::Mailbox => {
            rows.push(("rename", |table, can| match can.rename_in_domain {
                Some(reason) if can.rename.is_yes() => {
                    format!("within its domain ({})", table.remark(reason))
                }
                _ => ability(table, &can.rename),
            }));
            rows.push(("suspend", |table, can| match &can.suspend {
                Suspension::No(reason) => no(table, reason),
                Suspension::WebLogin => "web login".to_owned(),
                Suspension::Login => "login".to_owned(),
                Suspension::LoginAndMail => "login and mail".to_owned(),
            }));
            rows.push(("quota steps", |_, can| {
                if can.fields.contains_key(&Field::Quota) {
                    Quota::Bytes(can.quota.grain).to_string()
                } else {
                    String::new()
                }
            }));
            rows.push(("no quota", |table, can| match can.quota.unlimited {
                _ if !can.fields.contains_key(&Field::Quota) => String::new(),
                None => "yes".to_owned(),
                Some(reason) => no(table, reason),
            }));
        }
        Kind::Alias => {
            rows.push(("catch-all", |table, can| ability(table, &can.catch_all)));
            rows.push(("domain alias", |table, can| ability(table, &can.domain_alias)));
            rows.push(("targets", targets));
        }
        Kind::Forward => rows.push(("targets", targets)),
        _ => {}
    }
    rows
}

fn targets(table: &mut Table, can: &KindCapabilities) -> String {
    let many = match can.targets.max {
        Some((max, reason)) => format!("at most {max} ({})", table.remark(reason)),
        None => "any".to_owned(),
    };
    let mut words = vec![many];
    if let Some((max, length, reason)) = can.targets.max_without_copy {
        let remark = table.remark(reason);
        words.push(format!("without a copy at most {max} of {length} characters ({remark})"));
    }
    if let Some(reason) = can.targets.local_only {
        words.push(format!("local ({})", table.remark(reason)));
    }
    words.join(", ")
}

fn cells(table: &mut Table, columns: &[(&str, Capabilities)], kind: Kind, cell: Cell) -> Vec<String> {
    columns.iter().map(|(_, can)| can.kind(kind).map_or_else(String::new, |can| cell(table, can))).collect()
}

fn fields_of(columns: &[(&str, Capabilities)], kind: Kind) -> Vec<Field> {
    let mut fields: Vec<Field> = columns
        .iter()
        .filter_map(|(_, can)| can.kind(kind))
        .flat_map(|can| can.fields.keys())
        // A setting is one service's own: it stands in that service's table of settings.
        .filter(|field| !matches!(field, Field::Setting(_)))
        .cloned()
        .collect();
    fields.sort();
    fields.dedup();
    fields
}

fn push(table: &mut Table, name: String, cells: Vec<String>) {
    table.row(std::iter::once(name).chain(cells));
}

fn no(table: &mut Table, reason: &str) -> String {
    format!("no ({})", table.remark(reason))
}

fn ability(table: &mut Table, word: &Ability) -> String {
    word.reason().map_or_else(|| "yes".to_owned(), |reason| no(table, reason))
}

fn field_cell(table: &mut Table, can: &KindCapabilities, field: &Field) -> String {
    let Some(field_can) = can.fields.get(field) else {
        return match can.missing.get(field) {
            Some(reason) => no(table, reason),
            None => "no".to_owned(),
        };
    };
    let FieldCapability { read, create, update, clear, route: _, detail: _, access: _ } = field_can;
    let mut gaps = Vec::new();
    if let Ability::No(reason) = read {
        gaps.push(format!("not read ({})", table.remark(reason)));
    }
    match create {
        AtCreate::No(reason) => gaps.push(format!("after create ({})", table.remark(reason))),
        AtCreate::Required => gaps.push("required".to_owned()),
        AtCreate::Optional => {}
    }
    if let Ability::No(reason) = update {
        gaps.push(format!("create only ({})", table.remark(reason)));
    } else if let Ability::No(reason) = clear {
        gaps.push(format!("not emptied ({})", table.remark(reason)));
    }
    if gaps.is_empty() { "yes".to_owned() } else { gaps.join(", ") }
}

/// The keys of a type's connections.
pub fn keys(entry: &ProviderType) -> Table {
    let mut table = Table::new(["key", "holds", "default", "meaning"]);
    push_keys(&mut table, "", entry.keys);
    table
}

fn push_keys(table: &mut Table, prefix: &str, keys: &[KeySpec]) {
    for key in keys {
        let default = match (key.required, key.default) {
            (true, _) => "required",
            (false, Some(default)) => default,
            (false, None) => "",
        };
        let name = format!("{prefix}{}", key.name);
        table.row([&name, &holds(key.kind), default, key.doc]);
        if let KeyKind::Keys(inner) = key.kind {
            push_keys(table, &format!("{name}."), inner);
        }
    }
}

fn holds(kind: KeyKind) -> String {
    match kind {
        KeyKind::Text => "text".to_owned(),
        KeyKind::Url => "URL".to_owned(),
        KeyKind::Database => "database".to_owned(),
        KeyKind::Path => "path".to_owned(),
        KeyKind::Count => "number".to_owned(),
        KeyKind::Seconds => "seconds".to_owned(),
        KeyKind::Bool => "true or false".to_owned(),
        KeyKind::Secret => "secret".to_owned(),
        KeyKind::TextOrSecret => "text or secret".to_owned(),
        KeyKind::Word(words) => words.join(" or "),
        KeyKind::Words(words) => format!("list of {}", words.join(", ")),
        KeyKind::TextMap => "map of text".to_owned(),
        KeyKind::Keys(_) => "keys".to_owned(),
    }
}

/// The settings of a type's objects.
pub fn settings(entry: &ProviderType) -> Table {
    let mut table = Table::new(["setting", "of", "holds", "default", "meaning"]);
    for setting in entry.settings {
        let kinds: Vec<&str> = setting.kinds.iter().map(|kind| kind.singular()).collect();
        let holds = match setting.value {
            SettingType::Bool => "true or false".to_owned(),
            SettingType::Int { min, max } => format!("{min} to {max}"),
            SettingType::Text { max } => format!("text, at most {max} characters"),
            SettingType::Word(words) => words.join(" or "),
            SettingType::Words([]) => "set of words".to_owned(),
            SettingType::Words(words) => format!("set of {}", words.join(", ")),
            SettingType::Json => "JSON".to_owned(),
        };
        table.row([
            setting.name,
            &kinds.join(", "),
            &holds,
            setting.default.unwrap_or_default(),
            setting.doc,
        ]);
    }
    table
}
