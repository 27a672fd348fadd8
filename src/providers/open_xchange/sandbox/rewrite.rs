//! Writing a whole row back into a user.
//!
//! Every field is named, so that a new one cannot be forgotten.

use super::snapshot::UserRow;
use super::state::{Quotas, User};

/// Makes the user what the row says, but for its number.
pub(super) fn write(user: &mut User, row: UserRow) {
    let UserRow {
        id: _,
        name,
        mail,
        password_writes,
        given_name,
        surname,
        display_name,
        language,
        timezone,
        aliases,
        classes_of_service,
        spam_level,
        antivirus,
        unified_quota,
        mail_quota,
        file_quota,
        edit_password,
        weblogin,
        guest,
        uid_name,
        custom,
        msisdn,
        delivery_status,
        legacy_ref,
        anti_phishing,
        blacklist,
        whitelist,
        sessions,
    } = row;
    *user = User {
        id: user.id,
        name,
        mail,
        password: std::mem::take(&mut user.password),
        password_writes,
        given_name,
        surname,
        display_name,
        language,
        timezone,
        aliases,
        classes: classes_of_service,
        spam_level,
        antivirus,
        quotas: Quotas { unified: unified_quota, mail: mail_quota, file: file_quota },
        used: user.used,
        edit_password,
        weblogin,
        guest,
        uid_name,
        custom,
        msisdn,
        delivery_status,
        legacy_ref,
        anti_phishing,
        blacklist,
        whitelist,
        sessions,
        inbox: std::mem::take(&mut user.inbox),
        hidden: user.hidden,
        stale_aliases: std::mem::take(&mut user.stale_aliases),
        failures: user.failures,
    };
}
