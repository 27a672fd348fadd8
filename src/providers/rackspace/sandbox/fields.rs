//! The writable fields of a mailbox: their kinds, how a form changes them, how they read back. Contract section 7.
//!
//! Must not know which mailbox is meant.

use std::collections::BTreeMap;

use super::content::{self, Fields};
use super::json::Json;
use super::reply::Refusal;
use super::settings::{Quirk, Settings};
use super::state::{Domain, Mailbox, is_address, key};

/// Text under `contactInfo`, in the order of the document's sample.
const TEXTS: [&str; 17] = [
    "firstName",
    "lastName",
    "jobTitle",
    "company",
    "department",
    "businessNumber",
    "homeNumber",
    "mobileNumber",
    "faxNumber",
    "pagerNumber",
    "addressLine1",
    "city",
    "state",
    "zip",
    "country",
    "notes",
    "customID",
];

/// Booleans; all but `enabled` are false in a new mailbox.
const FLAGS: [&str; 5] = [
    "isHidden",
    "isPublicFolderAdmin",
    "enabled",
    "saveForwardedEmail",
    "visibleInRackspaceEmailCompanyDirectory",
];

/// What the read shows and no form may carry.
const READ_ONLY: [&str; 8] = [
    "name",
    "currentUsage",
    "lastLogin",
    "contactInfo",
    "samAccountName",
    "emailAddressList",
    "hasBlackBerryMobileService",
    "hasActiveSyncMobileService",
];

/// What a form changes; omitted fields stay.
#[derive(Debug, Default)]
pub(super) struct Edit {
    pub(super) display_name: Option<String>,
    pub(super) password: Option<String>,
    pub(super) size: Option<u32>,
    pub(super) texts: BTreeMap<&'static str, String>,
    pub(super) flags: BTreeMap<&'static str, bool>,
    pub(super) forward: Option<String>,
}

impl Edit {
    /// Reads a form: names first, then the kinds of the values.
    pub(super) fn read(form: &Fields) -> Result<Self, Refusal> {
        let mut edit = Self::default();
        for (name, value) in form.iter() {
            edit.set(name, value)?;
        }
        Ok(edit)
    }

    /// Sets one field.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), Refusal> {
        if let Some(text) = TEXTS.iter().find(|text| **text == name) {
            self.texts.insert(text, value.to_owned());
            return Ok(());
        }
        if let Some(flag) = FLAGS.iter().find(|flag| **flag == name) {
            self.flags.insert(flag, content::flag(name, value)?);
            return Ok(());
        }
        match name {
            "displayName" => self.display_name = Some(value.to_owned()),
            "password" => self.password = Some(value.to_owned()),
            "size" => {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                let size = value.parse().ok().filter(|size| digits && *size > 0);
                let refusal = || Refusal::validation("Invalid value for size: must be a positive integer");
                self.size = Some(size.ok_or_else(refusal)?);
            }
            "emailForwardingAddress" => {
                if !value.is_empty() && !is_address(value) {
                    return Err(Refusal::validation(format!("Invalid email forwarding address: {value}")));
                }
                self.forward = Some(value.to_owned());
            }
            _ if READ_ONLY.contains(&name) => {
                return Err(Refusal::bad_request(format!("Read-only field: {name}")));
            }
            _ => return Err(Refusal::bad_request(format!("Unknown field: {name}"))),
        }
        Ok(())
    }

    /// Refuses an add without a required field.
    pub(super) fn check_required(&self) -> Result<(), Refusal> {
        for (name, missing) in [
            ("displayName", self.display_name.is_none()),
            ("password", self.password.is_none()),
            ("size", self.size.is_none()),
        ] {
            if missing {
                return Err(Refusal::missing(name));
            }
        }
        Ok(())
    }

    /// Refuses values against the service's rules.
    pub(super) fn check_values(&self) -> Result<(), Refusal> {
        if let Some(name) = &self.display_name
            && (name.trim().is_empty() || name.chars().count() > 256 || name.chars().any(char::is_control))
        {
            return Err(Refusal::bad_request("Invalid display name"));
        }
        if self.password.as_ref().is_some_and(|password| password.chars().count() < 8) {
            return Err(Refusal::bad_request("Password must be at least 8 characters long"));
        }
        Ok(())
    }

    /// Changes the mailbox.
    pub(super) fn apply(&self, mailbox: &mut Mailbox) {
        if let Some(name) = &self.display_name {
            mailbox.display_name.clone_from(name);
        }
        if let Some(password) = &self.password {
            mailbox.password.clone_from(password);
            mailbox.password_writes += 1;
        }
        if let Some(size) = self.size {
            mailbox.size = size;
        }
        if let Some(forward) = &self.forward {
            mailbox.forward.clone_from(forward);
        }
        mailbox.texts.extend(self.texts.iter().map(|(name, value)| (*name, value.clone())));
        mailbox.flags.extend(&self.flags);
    }
}

fn flag(mailbox: &Mailbox, name: &str) -> bool {
    mailbox.flags.get(name).copied().unwrap_or(false)
}

/// Every writable field but the password, as a form would carry it.
pub(super) fn written(mailbox: &Mailbox) -> BTreeMap<&'static str, String> {
    let text = |name: &str| mailbox.texts.get(name).cloned().unwrap_or_default();
    let mut fields: BTreeMap<&'static str, String> = TEXTS.iter().map(|name| (*name, text(name))).collect();
    fields.extend(FLAGS.iter().map(|name| (*name, flag(mailbox, name).to_string())));
    fields.insert("displayName", mailbox.display_name.clone());
    fields.insert("size", mailbox.size.to_string());
    fields.insert("emailForwardingAddress", mailbox.forward.clone());
    fields
}

/// The mailbox as the show route tells it, in the order of the document's sample.
pub(super) fn show(settings: &Settings, domain: &Domain, mailbox: &Mailbox) -> Json {
    let text = |text: &str| {
        let blank = text.is_empty() && settings.has(Quirk::BlankIsSpace);
        Json::from(if blank { " " } else { text })
    };
    let flag = |name: &'static str| (name, Json::from(flag(mailbox, name)));
    let contact = TEXTS.iter().map(|name| {
        let value = text(mailbox.texts.get(name).map_or("", String::as_str));
        let renamed = *name == "customID" && settings.has(Quirk::CustomIdKey);
        (if renamed { "CustomId" } else { *name }, value)
    });
    Json::Object(vec![
        ("name", mailbox.name.as_str().into()),
        ("displayName", mailbox.display_name.as_str().into()),
        ("size", mailbox.size.into()),
        ("currentUsage", mailbox.usage.into()),
        flag("isHidden"),
        flag("isPublicFolderAdmin"),
        flag("enabled"),
        ("lastLogin", mailbox.last_login.as_deref().map_or(Json::Null, Json::from)),
        ("contactInfo", Json::Object(contact.collect())),
        ("emailForwardingAddress", text(&mailbox.forward)),
        flag("saveForwardedEmail"),
        ("emailAddressList", Json::List(addresses(domain, mailbox))),
        ("hasBlackBerryMobileService", mailbox.blackberry.into()),
        ("hasActiveSyncMobileService", mailbox.active_sync.is_some().into()),
        ("samAccountName", mailbox.sam_account_name.as_str().into()),
        flag("visibleInRackspaceEmailCompanyDirectory"),
    ])
}

/// Addresses on alias domains, which exist with those on the domain itself.
fn implied(domain: &Domain, mailbox: &Mailbox) -> Vec<String> {
    let own = |address: &'_ String| {
        let (name, at) = address.rsplit_once('@')?;
        at.eq_ignore_ascii_case(&domain.name).then(|| name.to_owned())
    };
    std::iter::once(mailbox.name.clone())
        .chain(mailbox.addresses.iter().filter_map(own))
        .flat_map(|name| domain.aliases.iter().map(move |alias| format!("{name}@{alias}")))
        .collect()
}

/// Whether an address in lower case exists because of an alias domain.
pub(super) fn is_implied(domain: &Domain, mailbox: &Mailbox, address: &str) -> bool {
    implied(domain, mailbox).iter().any(|implied| key(implied) == address)
}

/// The primary address, the added ones, and those on alias domains.
fn addresses(domain: &Domain, mailbox: &Mailbox) -> Vec<Json> {
    let shown = |address: &str, reply_to: bool| {
        Json::Object(vec![("address", address.into()), ("replyTo", reply_to.into())])
    };
    let more = mailbox.addresses.iter().cloned().chain(implied(domain, mailbox));
    std::iter::once(shown(&domain.address(&mailbox.name), true))
        .chain(more.map(|address| shown(&address, false)))
        .collect()
}
