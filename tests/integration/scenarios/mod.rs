//! The golden scenarios: a wish, what a service holds, and the plan that comes of it, as text to be read.
//!
//! Each folder of `tests/scenarios` holds
//!
//! file | what it is
//! ---|---
//! `mailwright.yaml` | the wish; its connection `store` is of the type `model`, a service in memory that can everything; there may be a filter `gateway` of the type `censornet`, which is simulated
//! `observed.yaml` | what the service holds, in the words of a wish
//! `situation.yaml` | how that stands, what cannot be read, the day, and the overrides, where there are any
//! `plan.txt` | the plan
//! `order.txt` | its changes in the order in which they run, where there is a filter
//! `plan.allowed.txt` | the plan with the overrides, where there are any
//! `plan.TYPE.txt`, `plan.allowed.TYPE.txt`, `order.TYPE.txt` | the same for a real type of connection, where more than the header differs, or the number of calls counts
//! `refused.TYPE.txt` | why that type cannot hold the wish, or what is observed
//!
//! Every plan is applied, and then nothing that is ready may be left, and applying again must write nothing.
//! `UPDATE_GOLDENS=1` writes the goldens anew; look at them then.

pub(crate) mod golden;
mod run;
mod scenario;
mod service;

use run::scenario as check;
pub(crate) use run::wanted;
pub(crate) use service::catalogue;

macro_rules! scenarios {
    ($($name:ident),* $(,)?) => {
        const ALL: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(stringify!($name));
            }
        )*
    };
}

scenarios![
    address_taken,
    addresses_change_places,
    administrators_change_hands,
    adoption,
    alias_becomes_mailbox,
    aliases_in_place,
    aliases_of_one_mailbox,
    catch_all,
    catch_all_moves,
    detail_fields,
    domain_alias,
    domain_alias_goes,
    filter_alone,
    first_fill,
    guard_cap_creates,
    guard_cap_deletes,
    guard_cap_deletes_declared,
    guard_catch_all_goes,
    guard_collateral_loss,
    guard_external_changed,
    guard_external_expired,
    guard_external_unlisted,
    guard_field_not_read,
    guard_foreign,
    guard_incomplete_read,
    guard_last_administrator,
    guard_last_administrator_mailbox,
    guard_last_administrator_suspended,
    guard_new_alias_in_a_circle,
    guard_own_login,
    guard_own_login_forwarded,
    guard_own_login_pruned,
    guard_own_login_shadowed,
    guard_own_login_suspended,
    guard_protected_alias,
    guard_protected_by_catch_all,
    guard_protected_delete,
    guard_protected_recipients,
    guard_protected_rename,
    guard_protected_suspend,
    guard_two_brakes,
    guard_unknown,
    ignore,
    keep_copy_changes,
    mailbox_aliases_swapped,
    mailbox_becomes_alias,
    mailbox_becomes_group,
    mailbox_becomes_group_in_use,
    mailbox_removed_referrers_left,
    mailbox_removed_with_addresses,
    mailbox_removed_with_referrers,
    missing_target,
    nothing_to_do,
    old_mail_returns,
    prune,
    prune_essential,
    prune_mailboxes,
    rename,
    rename_conflict,
    rename_done,
    rename_with_all_it_holds,
    rights_move,
    rights_two_to_one,
    service_default,
    store_and_filter,
    suspended,
    tombstones,
    two_aliases_swapped,
];

#[test]
fn every_folder_is_a_scenario_and_every_scenario_a_folder() {
    let mut folders: Vec<String> = std::fs::read_dir(scenario::root())
        .expect("the scenarios")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    folders.sort();
    let mut named: Vec<String> = ALL.iter().map(|name| scenario::folder(name)).collect();
    named.sort();
    assert_eq!(folders, named);
}
