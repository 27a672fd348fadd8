//! The definitions that no provider has a say in.

use serde_json::{Map, Value, json};

use crate::model::{Kind, Right};

use super::{described, keys, kind_words, list_of, map_of, object, or_absent, reference};

/// The definitions by name.
pub(super) fn definitions() -> Map<String, Value> {
    let mut defs = keys([
        (
            "address",
            json!({"type": "string", "description": "A mail address.", "pattern": "^[^@\\s]+@[^@\\s]+$"}),
        ),
        (
            "address_or_domain",
            json!({"type": "string", "description": "A mail address, or `@domain`.", "pattern": "^[^@\\s]*@[^@\\s]+$"}),
        ),
        ("quota", quota()),
        ("secret", secret()),
        (
            "glob",
            json!({"type": "string", "minLength": 1, "description": "A glob over whole addresses: `*`, `?`, `{a,b}`, `[ab]`."}),
        ),
        ("domain", domain()),
        (
            "profile",
            object("Scalars, the password and settings for the mailboxes that name it.", traits(), &[]),
        ),
        ("mailbox", mailbox()),
        ("alias", alias()),
        ("forward", forward()),
        ("permissions", permissions()),
        ("sender_rules", sender_rules()),
        ("external", external()),
        ("policy", policy()),
    ]);
    defs.insert("administrator".to_owned(), administrator());
    defs
}

fn quota() -> Value {
    json!({
        "type": "string",
        "description": "A number with a unit, or `unlimited`.",
        "pattern": "^\\s*(unlimited|[0-9]+(\\.[0-9]+)?\\s*([kKmMgGtT][iI]?)?[bB])\\s*$",
        "examples": ["5 GiB", "500 MiB", "unlimited"],
    })
}

fn secret() -> Value {
    let one = |key: &str, mut value: Value, description: &str| {
        value["description"] = description.into();
        object(description, Map::from_iter([(key.to_owned(), value)]), &[key])
    };
    let generate = object(
        "The folder and whether it outlives a CI job.",
        keys([
            (
                "dir",
                json!({"type": "string", "minLength": 1, "description": "The folder, relative to this file."}),
            ),
            (
                "keep",
                json!({"type": "boolean", "default": false, "description": "Allows generating where `CI=true`."}),
            ),
        ]),
        &["dir"],
    );
    json!({
        "description": "Where a secret is found. A literal secret is refused.",
        "oneOf": [
            one("env", json!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}), "An environment variable."),
            one("file", json!({"type": "string", "minLength": 1}), "A file, relative to this one; less one line end."),
            one(
                "command",
                json!({"type": "array", "items": {"type": "string"}, "minItems": 1}),
                "A program and its arguments, run without a shell; what it prints, less one line end.",
            ),
            one("generate", generate, "A strong password in a file per address, made once and never overwritten."),
        ],
    })
}

fn names(description: &str) -> Value {
    list_of(json!({"type": "string", "minLength": 1}), description)
}

fn domain() -> Value {
    let prunable =
        kind_words(Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Domain | Kind::Object)));
    let prune = json!({
        "description": "Kinds that are a closed world here: what is not declared is deleted. Default: none.",
        "anyOf": [{"const": "all"}, {"type": "array", "items": {"enum": prunable}, "uniqueItems": true}],
    });
    let mut domain = object(
        "A mail domain.",
        keys([
            (
                "provider",
                json!({"type": "string", "description": "The store: the provider that holds its mailboxes and aliases."}),
            ),
            ("also", names("Further stores; a mailbox chooses one with its `provider`.")),
            ("filters", names("Services that must know every mailbox address.")),
            (
                "leaving",
                map_of(
                    json!({"enum": ["keep", "remove"]}),
                    "Stores that the domain moves away from. keep: read and shown, never changed; remove: deleted, under the guards.",
                ),
            ),
            ("prune", prune),
            ("ignore", list_of(reference("glob"), "Addresses that are neither changed, pruned nor counted.")),
            (
                "manage",
                json!({"type": "boolean", "default": false, "description": "Whether the domain itself is an object to make and change."}),
            ),
            (
                "settings",
                described(
                    "settings_domain",
                    "The domain's settings, by type of provider. Needs `manage: true`.",
                ),
            ),
        ]),
        &[],
    );
    domain["anyOf"] = json!([{"required": ["provider"]}, {"required": ["filters"]}]);
    domain
}

fn traits() -> Map<String, Value> {
    keys([
        ("display_name", json!({"type": "string", "description": "The name that correspondents see."})),
        ("given_name", json!({"type": "string", "description": "The given name."})),
        ("family_name", json!({"type": "string", "description": "The family name."})),
        (
            "state",
            json!({"enum": ["active", "suspended"], "description": "suspended: kept, but not usable; what stops depends on the service."}),
        ),
        ("quota", described("quota", "How much the mailbox may hold.")),
        (
            "hidden_from_directory",
            json!({"type": "boolean", "description": "Whether address books leave it out."}),
        ),
        ("password", described("secret", "The first password, used at create only.")),
        ("settings", described("settings_mailbox", "Fields that one service has, by type of provider.")),
    ])
}

fn mailbox() -> Value {
    let mut properties = traits();
    properties.extend(keys([
        ("provider", json!({"type": "string", "description": "The store that holds it, where its domain has several."})),
        ("profile", json!({"type": "string", "description": "A name under `profiles`."})),
        ("was", list_of(reference("address"), "Former addresses: renamed from, where one of them is there and this one is not.")),
        (
            "aliases",
            list_of(reference("address_or_domain"), "Exactly the aliases whose only target is this mailbox. Left out: untouched."),
        ),
        ("forward", described("forward", "Where its mail goes besides, or instead.")),
        ("permissions", described("permissions", "Exactly who else may use it. Left out: untouched.")),
        ("sender_rules", described("sender_rules", "Senders that are let through or not.")),
    ]));
    or_absent(
        object("A mailbox that must exist.", properties, &[]),
        "It must not exist: a delete that a review can see.",
    )
}

fn alias() -> Value {
    let to = json!({
        "type": "array",
        "description": "Where it delivers: exactly these.",
        "items": reference("address_or_domain"),
        "minItems": 1,
        "uniqueItems": true,
    });
    let full = object(
        "An alias with more than its targets.",
        keys([
            ("to", to.clone()),
            ("permitted_senders", list_of(reference("address"), "Who may send as this address.")),
        ]),
        &[],
    );
    json!({"anyOf": [to, full, {"const": "absent", "description": "It must not exist."}]})
}

fn forward() -> Value {
    let full = object(
        "A forward.",
        keys([
            (
                "to",
                json!({
                    "type": "array",
                    "description": "Where it delivers: exactly these.",
                    "items": reference("address"),
                    "minItems": 1,
                    "uniqueItems": true,
                }),
            ),
            (
                "keep_copy",
                json!({"type": "boolean", "description": "Whether the mailbox keeps a copy. Left out: not managed."}),
            ),
        ]),
        &[],
    );
    or_absent(full, "There must be none.")
}

fn permissions() -> Value {
    let rights = json!({
        "type": "array",
        "description": "full_access: open it and work in it; send_as: send as its address; send_on_behalf: send on its behalf.",
        "items": {"enum": Right::ALL.map(Right::as_str)},
        "minItems": 1,
        "uniqueItems": true,
    });
    let grants =
        map_of(or_absent(rights, "This grantee has none."), "Rights by grantee: exactly these grantees.");
    or_absent(grants, "Nobody but its owner may use it.")
}

fn sender_rules() -> Value {
    let words = |description| list_of(json!({"type": "string", "minLength": 1}), description);
    let full = object(
        "Allowed and blocked senders.",
        keys([
            ("allow", words("Senders that are always let through: exactly these.")),
            ("block", words("Senders that are never let through: exactly these.")),
        ]),
        &[],
    );
    or_absent(full, "There must be none.")
}

fn administrator() -> Value {
    let full = object(
        "Somebody who may administer the service.",
        keys([
            ("password", described("secret", "The first password, used at create only.")),
            (
                "domains",
                list_of(json!({"type": "string"}), "The domains that they look after: exactly these."),
            ),
            (
                "rights",
                list_of(
                    json!({"type": "string", "minLength": 1}),
                    "Their rights in the service's own words: exactly these.",
                ),
            ),
            ("full", json!({"type": "boolean", "description": "Whether they may do everything."})),
            ("settings", described("settings_administrator", "Fields that the service has.")),
        ]),
        &[],
    );
    or_absent(full, "They must not be one.")
}

fn external() -> Value {
    object(
        "Why mail may go to an address outside.",
        keys([
            ("reason", json!({"type": "string", "minLength": 1, "description": "Why."})),
            ("owner", json!({"type": "string", "minLength": 1, "description": "Who answers for it."})),
            (
                "expires",
                json!({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "The last day on which it holds."}),
            ),
        ]),
        &["reason"],
    )
}

fn policy() -> Value {
    let caps = |description: &str| {
        let words = kind_words(Kind::ALL);
        let count = json!({"type": "integer", "minimum": 0});
        let properties = words.iter().map(|word| ((*word).to_owned(), count.clone())).collect();
        object(description, properties, &[])
    };
    object(
        "The brakes. Each blocked change says how to release it once.",
        keys([
            (
                "max_deletes",
                caps(
                    "The most deletes of a plan, per provider and kind. Default: 5 mailboxes, 20 of each other kind.",
                ),
            ),
            (
                "max_creates",
                caps("The most creates of a plan, per provider and kind. Default: 50 mailboxes."),
            ),
            (
                "protected",
                list_of(
                    reference("glob"),
                    "Addresses that are never deleted, suspended, renamed or left without a recipient.",
                ),
            ),
            (
                "external_forwards",
                json!({"enum": ["allow", "listed"], "default": "allow", "description": "listed: only to what `external` lists."}),
            ),
        ]),
        &[],
    )
}
