//! The kick after a change: automatic aliases, and what of DNS, DKIM and web configuration it rewrites.
//!
//! Owns the texts `updated DNS: ...` and `web updated`. Zone files stay on disk when their zone goes, so a zone that
//! comes back unchanged is not rewritten; the name server's configuration then is. Contract sections 4, 5 and 7.

use std::collections::{BTreeMap, BTreeSet};

use super::state::State;
use super::text::{Crash, lines};
use super::{SystemCommand, address, order};

/// The names that every domain with mail must have.
const REQUIRED: [&str; 3] = ["postmaster", "admin", "abuse"];

/// What a zone file depends on: each domain in it, with whether it has mail and users.
type Zone = BTreeSet<(String, bool, bool)>;

/// The configuration files, as far as the answers depend on them.
#[derive(Default)]
pub(super) struct Configuration {
    zone_files: BTreeMap<String, Zone>,
    name_server: BTreeSet<String>,
    dkim: BTreeSet<String>,
    web: BTreeSet<String>,
}

impl State {
    /// The alias that automatic aliases point at.
    fn administrator(&self) -> String {
        format!("administrator@{}", self.primary)
    }

    /// The addresses that must exist.
    fn required_aliases(&self) -> BTreeSet<String> {
        let counts = |address: &str| {
            !["postmaster@", "admin@", "abuse@", "@"].iter().any(|name| address.starts_with(name))
        };
        let mut required = BTreeSet::from([self.administrator(), format!("hostmaster@{}", self.primary)]);
        for domain in self.mail_domains(counts) {
            required.extend(REQUIRED.map(|name| format!("{name}@{domain}")));
        }
        required
    }

    /// Rebuilds what follows from the rows and answers what changed, after the text of the change itself.
    pub(super) fn kick(&mut self, done: &str) -> Result<String, Crash> {
        self.kicks += 1;
        let mut report = format!("{done}\n");
        let administrator = self.administrator();
        let required = self.required_aliases();
        let mut auto: BTreeMap<String, String> = required
            .iter()
            .filter(|address| **address != administrator)
            .map(|address| (address.clone(), administrator.clone()))
            .collect();
        for domain in self.mail_domains(|_| true) {
            if let Some(unicode) = address::to_unicode(&domain).filter(|unicode| *unicode != domain) {
                auto.insert(format!("@{unicode}"), format!("@{domain}"));
            }
        }
        self.auto_aliases = auto;

        let leftover = |address: &String| {
            !required.contains(address)
                && self.shown_alias(address).is_some_and(|row| row.destination == administrator)
        };
        let named = |domain| REQUIRED.map(|name| format!("{name}@{domain}"));
        let leftovers: BTreeSet<String> = (self.aliases.domains())
            .flat_map(|(domain, _)| named(domain))
            .chain(REQUIRED.map(str::to_owned))
            .filter(leftover)
            .collect();
        for address in order::sort_addresses(leftovers.iter().map(String::as_str), &self.primary) {
            self.aliases.remove(&address);
            report += &lines([format!(
                "removed alias {address} (was to {administrator}; domain no longer used for email)"
            )]);
        }
        report += &self.update_dns(false)?;
        report += &self.update_web()?;
        Ok(report)
    }

    /// A kick without an answer, whose commands do not fail.
    pub(super) fn kick_silently(&mut self) {
        let broken = std::mem::take(&mut self.broken);
        // Without broken commands it cannot fail.
        let _ = self.kick("");
        self.broken = broken;
    }

    /// `POST /dns/update`: rewrites changed zones (all with `force`) and says which.
    pub(super) fn update_dns(&mut self, force: bool) -> Result<String, Crash> {
        let mail = self.mail_domains(|_| true);
        let users = self.user_domains();
        let mut domains = mail.clone();
        domains.insert(self.primary.clone());
        let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
        for (domain, zone) in order::zones(&domains) {
            let facts = (domain.clone(), mail.contains(&domain), users.contains(&domain));
            zones.entry(zone).or_default().insert(facts);
        }

        let names: BTreeSet<String> = zones.keys().cloned().collect();
        let mut updated = Vec::new();
        for name in order::sort_domains(&names, &self.primary) {
            let Some(zone) = zones.remove(&name) else { continue };
            let files = &mut self.configuration.zone_files;
            if force || files.get(&name) != Some(&zone) {
                files.insert(name.clone(), zone);
                updated.push(name);
            }
        }
        if self.configuration.name_server != names {
            self.configuration.name_server = names;
            if updated.is_empty() {
                updated.push("DNS configuration".to_owned());
            }
        }
        if self.configuration.dkim != mail {
            // Written before the restart: a restart that fails is not tried again by the next kick.
            self.configuration.dkim = mail;
            self.run(SystemCommand::Service)?;
        }
        Ok(if updated.is_empty() { String::new() } else { format!("updated DNS: {}\n", updated.join(",")) })
    }

    /// `POST /web/update`: rewrites the web configuration if the served names changed.
    pub(super) fn update_web(&mut self) -> Result<String, Crash> {
        let mail = self.mail_domains(|_| true);
        let mut names: BTreeSet<String> = mail.iter().map(|domain| format!("mta-sts.{domain}")).collect();
        for domain in self.user_domains() {
            names.extend([format!("autoconfig.{domain}"), format!("autodiscover.{domain}")]);
        }
        names.extend(self.configuration.name_server.iter().map(|zone| format!("www.{zone}")));
        names.extend(mail);
        if self.configuration.web == names {
            return Ok(String::new());
        }
        self.configuration.web = names;
        self.run(SystemCommand::Service)?;
        Ok("web updated\n".to_owned())
    }

    fn run(&self, command: SystemCommand) -> Result<(), Crash> {
        if self.broken.contains(&command) { Err(Crash) } else { Ok(()) }
    }
}
