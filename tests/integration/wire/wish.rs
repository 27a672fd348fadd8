//! Random wishes over a few addresses, within what every type here can hold.

use std::fmt;
use std::fmt::Write as _;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::service::Type;

mod exchange;
mod newcomers;

/// The addresses that wishes speak of. A later one never delivers to an earlier one, so that nothing loops.
const POOL: [&str; 6] = [
    "ann@example.com",
    "bob@example.com",
    "cat@example.com",
    "ann@example.org",
    "zoe@example.org",
    "eve@example.com",
];

/// What a target beyond the pool may be.
const BEYOND: [&str; 3] = ["keep@example.com", "home@partner.example", "keep@example.org"];

/// A whole wish.
#[derive(Clone, PartialEq)]
pub(super) struct Wish {
    slots: Vec<Slot>,
    catch_all: [CatchAll; 2],
    /// Used where an administrator is more than a mailbox.
    administrators: [Administrator; 2],
    prune: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq)]
enum Slot {
    Silent,
    Mailbox(Mailbox),
    Alias(u16),
    NoMailbox,
    NoAlias,
}

#[derive(Debug, Clone, PartialEq)]
struct Mailbox {
    quota: Option<u8>,
    /// A filter's flag, which only a new registration takes.
    executive: Option<bool>,
    forward: Forward,
    aliases: Option<u8>,
    grants: Option<u8>,
    /// What a service alone has, a bit or two for each.
    more: u16,
}

#[derive(Debug, Clone, PartialEq)]
enum Forward {
    Silent,
    Absent,
    To(u16, Option<bool>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum CatchAll {
    Silent,
    To(u16),
    Domain,
    Absent,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Administrator {
    Silent,
    Absent,
    Of(Option<u8>, Option<bool>),
}

/// Any wish for a service of this type.
pub(super) fn wish(kind: Type) -> impl Strategy<Value = Wish> {
    let forward = prop_oneof![
        2 => Just(Forward::Silent),
        1 => Just(Forward::Absent),
        3 => (1_u16..512, option::of(any::<bool>())).prop_map(|(mask, keep)| Forward::To(mask, keep)),
    ];
    let numbers = (option::of(1_u8..4), option::of(0_u8..4), option::of(0_u8..64));
    let has_more = matches!(kind, Type::Rackspace | Type::OpenXchange | Type::Atmail);
    let more = if has_more { any::<u16>().boxed() } else { Just(0).boxed() };
    let mailbox = (numbers, option::of(any::<bool>()), forward, more).prop_map(
        |((quota, aliases, grants), executive, forward, more)| Mailbox {
            quota,
            executive,
            forward,
            aliases,
            grants,
            more,
        },
    );
    let slot = prop_oneof![
        2 => Just(Slot::Silent),
        6 => mailbox.prop_map(Slot::Mailbox),
        4 => (1_u16..512).prop_map(Slot::Alias),
        1 => Just(Slot::NoMailbox),
        1 => Just(Slot::NoAlias),
    ];
    let catch_all = || {
        prop_oneof![
            4 => Just(CatchAll::Silent),
            2 => (1_u16..512).prop_map(CatchAll::To),
            1 => Just(CatchAll::Domain),
            1 => Just(CatchAll::Absent),
        ]
    };
    let administrator = || {
        prop_oneof![
            2 => Just(Administrator::Silent),
            1 => Just(Administrator::Absent),
            4 => (option::of(0_u8..4), option::of(any::<bool>()))
                .prop_map(|(domains, full)| Administrator::Of(domains, full)),
        ]
    };
    let prune = prop_oneof![3 => Just(None), 1 => Just(Some("permissions")), 1 => Just(Some("forwards"))];
    (vec(slot, POOL.len()), catch_all(), catch_all(), administrator(), administrator(), prune).prop_map(
        |(slots, com, org, one, other, prune)| Wish {
            slots,
            catch_all: [com, org],
            administrators: [one, other],
            prune,
        },
    )
}

impl Wish {
    /// The wish as a file.
    pub(super) fn yaml(&self, service: Type) -> String {
        let mut text = String::from("version: 1\ndomains:\n");
        let prune = match (self.prune, service) {
            (None, _) => String::new(),
            (Some(_), Type::Censornet) => ", prune: [registrations]".to_owned(),
            (Some(kind), Type::FilteredBox) => format!(", prune: [{kind}, registrations]"),
            (Some(_), Type::OpenXchange) => ", prune: [sender_rules]".to_owned(),
            (Some(_), Type::Atmail) => ", prune: [forwards]".to_owned(),
            (Some(kind), _) => format!(", prune: [{kind}]"),
        };
        // No store answers for the list where there is none.
        let ignore = if service == Type::Censornet { "\"keep@*\", \"list@*\"" } else { "\"keep@*\"" };
        for domain in ["example.com", "example.org"] {
            let _ = writeln!(text, "  {domain}: {{{}{prune}, ignore: [{ignore}]}}", service.serving());
        }
        let (mut mailboxes, mut aliases) = (String::new(), String::new());
        for (index, slot) in self.slots.iter().enumerate() {
            let address = POOL[index];
            match slot {
                Slot::Silent => {}
                Slot::Mailbox(mailbox) => {
                    let _ = writeln!(mailboxes, "  {address}: {{{}}}", self.mailbox(index, mailbox, service));
                    // Whatever the address was, it is released.
                    let _ = writeln!(aliases, "  {address}: absent");
                }
                Slot::NoMailbox => {
                    let _ = writeln!(mailboxes, "  {address}: absent");
                }
                Slot::Alias(mask) => {
                    let targets = match service {
                        Type::Rackspace => self.holder(index, *mask).to_owned(),
                        _ => self.targets(index + 1, *mask).join(", "),
                    };
                    let _ = writeln!(aliases, "  {address}: [{targets}]");
                    let _ = writeln!(mailboxes, "  {address}: absent");
                }
                Slot::NoAlias => {
                    let _ = writeln!(aliases, "  {address}: absent");
                }
            }
        }
        let catch_alls = ["example.com", "example.org"].into_iter().zip(self.catch_all);
        let has_catch_alls = !matches!(service, Type::Rackspace | Type::OpenXchange);
        for (domain, catch_all) in catch_alls.filter(|_| has_catch_alls) {
            let other = if domain == "example.com" { "example.org" } else { "example.com" };
            match catch_all {
                CatchAll::Silent => {}
                // Two domains that are each other's alias are a loop, and nothing delivers to what is to be absent.
                CatchAll::Domain
                    if self.catch_all.contains(&CatchAll::Absent)
                        || (self.catch_all[0] == catch_all && domain == "example.org") => {}
                CatchAll::Domain => {
                    let _ = writeln!(aliases, "  \"@{domain}\": [\"@{other}\"]");
                }
                CatchAll::To(_) if service == Type::Atmail => {}
                CatchAll::To(mask) => {
                    let _ = writeln!(aliases, "  \"@{domain}\": [{}]", self.caught(mask).join(", "));
                }
                CatchAll::Absent => {
                    let _ = writeln!(aliases, "  \"@{domain}\": absent");
                }
            }
        }
        for (key, body) in [("mailboxes", mailboxes), ("aliases", aliases)] {
            if !body.is_empty() && (key == "mailboxes" || service != Type::Censornet) {
                let _ = write!(text, "{key}:\n{body}");
            }
        }
        if matches!(service, Type::PostfixAdmin(_)) {
            text += &self.administrators();
        }
        text + "policy: {max_deletes: {all: 100}, max_creates: {all: 100}}\n"
    }

    fn administrators(&self) -> String {
        let mut text = String::new();
        for (login, administrator) in
            ["ann@example.com", "boss@other.example"].into_iter().zip(self.administrators)
        {
            let Administrator::Of(domains, full) = administrator else {
                if administrator == Administrator::Absent {
                    let _ = writeln!(text, "    {login}: absent");
                }
                continue;
            };
            let mut keys = Vec::new();
            if let Some(mask) = domains {
                let names: Vec<&str> = ["example.com", "example.org"]
                    .into_iter()
                    .enumerate()
                    .filter_map(|(bit, name)| (mask & (1 << bit) != 0).then_some(name))
                    .collect();
                keys.push(format!("domains: [{}]", names.join(", ")));
            }
            keys.extend(full.map(|full| format!("full: {full}")));
            let _ = writeln!(text, "    {login}: {{{}}}", keys.join(", "));
        }
        if text.is_empty() { text } else { format!("administrators:\n  svc:\n{text}") }
    }

    /// Each address of the pool with whether a filter without a store must know it in the end; none where nothing
    /// is said of it.
    pub(super) fn registered(&self) -> impl Iterator<Item = (&'static str, Option<bool>)> {
        POOL.into_iter().zip(&self.slots).map(|(address, slot)| match slot {
            Slot::Mailbox(_) => (address, Some(true)),
            Slot::NoMailbox | Slot::Alias(_) => (address, Some(false)),
            Slot::Silent | Slot::NoAlias => (address, self.prune.map(|_| false)),
        })
    }

    fn mailbox(&self, index: usize, mailbox: &Mailbox, service: Type) -> String {
        let mut keys: Vec<String> = service.needs().map(str::to_owned).into_iter().collect();
        if let (Some(executive), Type::Censornet | Type::FilteredBox) = (mailbox.executive, service) {
            keys.push(format!("settings: {{censornet: {{executive: {executive}}}}}"));
        }
        if service == Type::Censornet {
            return keys.join(", ");
        }
        if service == Type::Rackspace {
            keys = exchange::keys(index, mailbox);
        } else if matches!(service, Type::OpenXchange | Type::Atmail) {
            keys = newcomers::keys(index, mailbox, service);
        } else if let Some(quota) = mailbox.quota {
            keys.push(format!("quota: {quota} GiB"));
        }
        match &mailbox.forward {
            Forward::Silent => {}
            _ if service == Type::OpenXchange => {}
            Forward::Absent => keys.push("forward: absent".to_owned()),
            Forward::To(mask, keep) => {
                let keep = keep.or((service == Type::Atmail).then_some(true));
                let mut targets = self.targets(index + 1, *mask);
                if service == Type::Atmail && keep == Some(false) {
                    targets.truncate(1);
                }
                let keep = keep.map_or(String::new(), |keep| format!(", keep_copy: {keep}"));
                if service == Type::Rackspace {
                    // Whether a target that nobody declares is there may be unknown for the time of a fault.
                    let declared = self.caught(*mask);
                    targets.retain(|target| declared.contains(target));
                    targets.truncate(1);
                    if targets.is_empty() {
                        targets.push(BEYOND[1]);
                    }
                }
                keys.push(format!("forward: {{to: [{}]{keep}}}", targets.join(", ")));
            }
        }
        if let Some(count) = mailbox.aliases {
            let (local, domain) = POOL[index].split_once('@').expect("an address");
            let names: Vec<String> = (0..count).map(|n| format!("{local}-{n}@{domain}")).collect();
            keys.push(format!("aliases: [{}]", names.join(", ")));
        }
        let has_permissions = !matches!(service, Type::OpenXchange | Type::Atmail);
        if let Some(mask) = mailbox.grants.filter(|_| has_permissions) {
            let may = |other: usize| {
                let near = service != Type::Rackspace || domain(other) == domain(index);
                self.is_mailbox(other) && other != index && near
            };
            let rights = |other: usize| match (service, (mailbox.more >> other) % 3) {
                (Type::Rackspace, 0) => "full_access",
                (Type::Rackspace, 1) => "full_access, send_as",
                _ => "send_as",
            };
            let grants: Vec<String> = (0..POOL.len())
                .filter(|other| mask & (1 << other) != 0 && may(*other))
                .map(|other| format!("{}: [{}]", POOL[other], rights(other)))
                .collect();
            keys.push(format!("permissions: {{{}}}", grants.join(", ")));
        }
        keys.join(", ")
    }

    /// The members of the pool from `first` on, and beyond it, that a mask picks; never none, and none that is to
    /// be absent.
    fn targets(&self, first: usize, mask: u16) -> Vec<&'static str> {
        Self::picked(mask, |index| {
            index >= first && !matches!(self.slots[index], Slot::NoMailbox | Slot::NoAlias)
        })
    }

    fn is_mailbox(&self, index: usize) -> bool {
        matches!(self.slots[index], Slot::Mailbox(_))
    }

    /// The one mailbox of the same domain that has an address of the pool beside its own.
    fn holder(&self, index: usize, mask: u16) -> &'static str {
        let may = |other: &usize| self.is_mailbox(*other) && domain(*other) == domain(index);
        // The first may be suspended.
        let picked = (1..POOL.len()).filter(may).find(|other| mask & (1 << other) != 0);
        let keep = if domain(index) == "example.com" { BEYOND[0] } else { BEYOND[2] };
        picked.map_or(keep, |other| POOL[other])
    }

    /// What a catch-all may deliver to: only what is declared, for anything else it might catch itself.
    fn caught(&self, mask: u16) -> Vec<&'static str> {
        Self::picked(mask, |index| matches!(self.slots[index], Slot::Mailbox(_) | Slot::Alias(_)))
    }

    fn picked(mask: u16, may: impl Fn(usize) -> bool) -> Vec<&'static str> {
        let picked: Vec<&str> = (0..POOL.len())
            .filter(|index| mask & (1 << index) != 0 && may(*index))
            .map(|index| POOL[index])
            .chain((0..BEYOND.len()).filter(|bit| mask & (64 << bit) != 0).map(|bit| BEYOND[bit]))
            .collect();
        if picked.is_empty() { vec![BEYOND[1]] } else { picked }
    }
}

fn domain(index: usize) -> &'static str {
    POOL[index].split_once('@').expect("an address").1
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mail, exchange) = (self.yaml(Type::MailInABox), self.yaml(Type::Rackspace));
        write!(f, "\n{mail}or, of Exchange,\n{exchange}")
    }
}

/// Addresses that a wish does not speak of, as far as `dump` keys name them.
pub(super) fn is_unmanaged(key: &str) -> bool {
    super::service::UNMANAGED.iter().any(|address| key.ends_with(&format!(" {address}")))
}
