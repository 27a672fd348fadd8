//! Which change may start next: the order of `needs`, one write per record, so many at once per account.
//!
//! Pure: knows indices and counts, no provider, no clock and no task. Every change passes through one heap per
//! account and at most once more through its record's queue, so a plan of n changes with e needs takes
//! O((n + e) log n) steps, however it is shaped.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use crate::model::{Change, ChangeId, ConnectionName, NeedKind, RecordId};

/// The state of a run: what waits, what may start, what is under way.
#[derive(Debug)]
pub(super) struct Schedule {
    nodes: Vec<Node>,
    records: Vec<Record>,
    accounts: Vec<Lane>,
    /// The first startable change of each account that has room, least first.
    heads: BTreeSet<(usize, usize)>,
    steps: u64,
}

#[derive(Debug)]
struct Node {
    account: usize,
    record: usize,
    pending: usize,
    dependants: Vec<(usize, NeedKind)>,
    /// The change that may start together with this one, and needs it.
    claim: Option<usize>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Queued,
    Running,
    /// Under way together with the one that it needs, on that one's place.
    Joined,
    Settled,
}

#[derive(Debug, Default)]
struct Record {
    busy: bool,
    waiting: BinaryHeap<Reverse<usize>>,
}

#[derive(Debug)]
struct Lane {
    room: usize,
    /// How many places must be free before it starts more, once all were taken.
    group: usize,
    is_filling: bool,
    queue: BinaryHeap<Reverse<usize>>,
    listed: Option<usize>,
}

/// What starts now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Started {
    /// The change.
    pub(super) index: usize,
    /// The one that starts together with it, in the same write.
    pub(super) claim: Option<usize>,
}

/// Whether those that need a change may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is done, or was not needed.
    Met,
    /// It failed, was skipped or is in doubt.
    Unmet,
}

/// A change that no order of the plan can ever start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Misfit<'p> {
    /// It needs a change that the plan does not hold.
    MissingNeed(&'p ChangeId),
    /// An earlier change of the plan has the same id.
    DoubleId,
}

impl Schedule {
    /// A schedule of all changes of a plan, in plan order, and those that can never start. `account_of` gives the
    /// account of a connection, `room` how many changes each account bears at once (0 counts as 1).
    pub(super) fn new<'p>(
        changes: &'p [Change],
        account_of: impl Fn(&ConnectionName) -> usize,
        room: &[usize],
    ) -> (Self, Vec<(usize, Misfit<'p>)>) {
        let mut misfits = Vec::new();
        // These maps are looked up only; nothing is shown in their order.
        let mut ids: HashMap<&ChangeId, usize> = HashMap::with_capacity(changes.len());
        let mut records: HashMap<(&ConnectionName, &RecordId), usize> = HashMap::new();
        let mut nodes = Vec::with_capacity(changes.len());
        for (index, change) in changes.iter().enumerate() {
            if ids.contains_key(&change.id) {
                misfits.push((index, Misfit::DoubleId));
            } else {
                ids.insert(&change.id, index);
            }
            let next = records.len();
            nodes.push(Node {
                account: account_of(&change.connection),
                record: *records.entry((&change.connection, &change.record)).or_insert(next),
                pending: 0,
                dependants: Vec::new(),
                claim: None,
                phase: Phase::Waiting,
            });
        }
        let mut schedule = Self {
            nodes,
            records: std::iter::repeat_with(Record::default).take(records.len()).collect(),
            accounts: room
                .iter()
                .map(|&room| Lane {
                    room: room.max(1),
                    group: 1,
                    is_filling: true,
                    queue: BinaryHeap::new(),
                    listed: None,
                })
                .collect(),
            heads: BTreeSet::new(),
            steps: 0,
        };
        for (index, change) in changes.iter().enumerate() {
            for need in &change.needs {
                schedule.steps += 1;
                match ids.get(&need.change) {
                    Some(&before) => {
                        schedule.nodes[before].dependants.push((index, need.kind));
                        schedule.nodes[index].pending += 1;
                    }
                    None => misfits.push((index, Misfit::MissingNeed(&need.change))),
                }
            }
        }
        for index in 0..changes.len() {
            if schedule.nodes[index].pending == 0 {
                schedule.enqueue(index);
            }
        }
        (schedule, misfits)
    }

    /// Lets so many changes more than an account bears be under way: they are made ready while others are carried out.
    /// They start in groups of half as many, so that what they wait for they wait for together.
    pub(super) fn make_ready_ahead(&mut self, account: usize, changes: usize) {
        let lane = &mut self.accounts[account];
        lane.room += changes;
        lane.group = (changes / 2).max(1);
    }

    /// Lets `claim`, which needs `release`, start together with it: as one write, on one place of their account. Where
    /// the claim still waits for something else when the release starts, each starts by itself.
    pub(super) fn pair(&mut self, release: usize, claim: usize) {
        self.nodes[release].claim = Some(claim);
    }

    /// Starts the first change of the plan that may start now, and its claim with it. Both stay under way until they
    /// are settled.
    pub(super) fn start(&mut self) -> Option<Started> {
        while let Some((index, account)) = self.heads.pop_first() {
            self.steps += 1;
            let lane = &mut self.accounts[account];
            lane.listed = None;
            lane.queue.pop();
            let claim = self.joining(index);
            let records = [Some(index), claim].map(|node| node.map(|node| self.nodes[node].record));
            let records = records.into_iter().flatten();
            let mut started = None;
            if self.nodes[index].phase == Phase::Settled {
                // Whoever waits for its record is next, see below.
            } else if let Some(busy) = records.clone().find(|&record| self.records[record].busy) {
                self.records[busy].waiting.push(Reverse(index));
            } else {
                self.accounts[account].room -= 1;
                records.for_each(|record| self.records[record].busy = true);
                self.nodes[index].phase = Phase::Running;
                if let Some(claim) = claim {
                    self.nodes[claim].phase = Phase::Joined;
                }
                started = Some(Started { index, claim });
            }
            // It may have been handed a record that it does not take after all.
            self.next_of_record(self.nodes[index].record);
            if let Some(claim) = self.nodes[index].claim {
                self.next_of_record(self.nodes[claim].record);
            }
            self.list_head(account);
            if started.is_some() {
                return started;
            }
        }
        None
    }

    /// The claim that can start together with a change: it waits for nothing else.
    fn joining(&self, index: usize) -> Option<usize> {
        let claim = self.nodes[index].claim?;
        let node = &self.nodes[claim];
        (node.phase == Phase::Waiting && node.pending == 1).then_some(claim)
    }

    /// Records how a change ended, whether it was started or not. Gives those that can no longer start because
    /// this one did not end well; the caller settles them too.
    pub(super) fn settle(&mut self, index: usize, ending: Ending) -> Vec<(usize, NeedKind)> {
        let node = &mut self.nodes[index];
        if node.phase == Phase::Settled {
            return Vec::new();
        }
        let was = std::mem::replace(&mut node.phase, Phase::Settled);
        let (account, record) = (node.account, node.record);
        let dependants = std::mem::take(&mut node.dependants);
        if matches!(was, Phase::Running | Phase::Joined) {
            self.records[record].busy = false;
            self.accounts[account].room += usize::from(was == Phase::Running);
            self.next_of_record(record);
            self.list_head(account);
        }
        let mut fallen = Vec::new();
        for (dependant, kind) in dependants {
            self.steps += 1;
            let node = &mut self.nodes[dependant];
            match ending {
                Ending::Unmet if node.phase != Phase::Settled => fallen.push((dependant, kind)),
                Ending::Unmet => {}
                Ending::Met => {
                    node.pending -= 1;
                    if node.pending == 0 && node.phase == Phase::Waiting {
                        self.enqueue(dependant);
                    }
                }
            }
        }
        fallen
    }

    /// All changes that are neither settled nor under way, in plan order.
    pub(super) fn not_started(&self) -> Vec<usize> {
        (0..self.nodes.len())
            .filter(|&index| matches!(self.nodes[index].phase, Phase::Waiting | Phase::Queued))
            .collect()
    }

    /// How many elementary steps were taken so far: edges followed and queue heads looked at.
    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    fn enqueue(&mut self, index: usize) {
        self.steps += 1;
        let node = &mut self.nodes[index];
        node.phase = Phase::Queued;
        let account = node.account;
        self.accounts[account].queue.push(Reverse(index));
        self.list_head(account);
    }

    /// Hands a free record to the next change that waits for it. It goes through its account's queue again, so
    /// that it starts in its turn.
    fn next_of_record(&mut self, record: usize) {
        if self.records[record].busy {
            return;
        }
        while let Some(Reverse(index)) = self.records[record].waiting.pop() {
            self.steps += 1;
            if self.nodes[index].phase == Phase::Queued {
                let account = self.nodes[index].account;
                self.accounts[account].queue.push(Reverse(index));
                self.list_head(account);
                return;
            }
        }
    }

    fn list_head(&mut self, account: usize) {
        let lane = &mut self.accounts[account];
        lane.is_filling = lane.room >= lane.group || (lane.is_filling && lane.room > 0);
        let head = if lane.is_filling { lane.queue.peek().map(|Reverse(index)| *index) } else { None };
        if head == lane.listed {
            return;
        }
        if let Some(old) = lane.listed {
            self.heads.remove(&(old, account));
        }
        lane.listed = head;
        if let Some(new) = head {
            self.heads.insert((new, account));
        }
    }
}
