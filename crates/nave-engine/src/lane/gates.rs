//! Whose turn it is: runs with the same ordering key one after the other, and no more runs of a flow at the
//! same time than it allows. Holds names of runs only; what is queued is on disk.

use std::collections::{BTreeMap, VecDeque};

use nave_model::Fault;
use nave_store::Store;

/// The gates of a lane.
#[derive(Debug, Default)]
pub(super) struct Gates {
    gates: BTreeMap<Name, Gate>,
}

/// Tenant, flow, and the ordering key; without a key, all runs of the flow.
type Name = (String, String, Option<String>);

#[derive(Debug, Default)]
struct Gate {
    under_way: u64,
    queue: VecDeque<String>,
}

/// A run before a gate or behind it.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(super) run: String,
    pub(super) tenant: String,
    pub(super) flow: String,
    pub(super) key: Option<String>,
    /// The most runs of the flow at the same time.
    pub(super) limit: Option<u32>,
}

impl Who {
    fn by_key(&self) -> Option<Name> {
        self.key.as_ref().map(|key| (self.tenant.clone(), self.flow.clone(), Some(key.clone())))
    }

    fn by_flow(&self) -> Name {
        (self.tenant.clone(), self.flow.clone(), None)
    }
}

impl Gates {
    /// Whether a run may begin; otherwise it is queued.
    pub(super) async fn enter(&mut self, store: &dyn Store, who: &Who) -> Result<bool, Fault> {
        if let Some(name) = who.by_key() {
            let gate = self.gate(store, name).await?;
            if gate.under_way > 0 || !gate.queue.is_empty() {
                gate.queue.push_back(who.run.clone());
                return Ok(false);
            }
            gate.under_way = 1;
        }
        self.place(store, who, &who.run).await
    }

    /// A run that had ended goes on: nobody has to wait for it to begin, but for it to end.
    pub(super) async fn again(&mut self, store: &dyn Store, who: &Who) -> Result<(), Fault> {
        if let Some(name) = who.by_key() {
            self.gate(store, name).await?.under_way += 1;
        }
        if who.limit.is_some() {
            self.gate(store, who.by_flow()).await?.under_way += 1;
        }
        Ok(())
    }

    /// A run ended: those whose turn has come.
    pub(super) async fn leave(&mut self, store: &dyn Store, who: &Who) -> Result<Vec<String>, Fault> {
        let mut begin = Vec::new();
        let has_queue = self.gates.contains_key(&who.by_flow());
        if who.limit.is_some() || has_queue {
            let most = who.limit.map_or(u64::MAX, u64::from);
            let gate = self.gate(store, who.by_flow()).await?;
            gate.under_way = gate.under_way.saturating_sub(1);
            while gate.under_way < most
                && let Some(run) = gate.queue.pop_front()
            {
                gate.under_way += 1;
                begin.push(run);
            }
        }
        self.release(store, who, &mut begin).await?;
        Ok(begin)
    }

    /// A queued run is given up: those whose turn has come.
    pub(super) async fn give_up(&mut self, store: &dyn Store, who: &Who) -> Result<Vec<String>, Fault> {
        let mut begin = Vec::new();
        let mut names = vec![who.by_flow()];
        names.extend(who.by_key());
        let mut holds_key = false;
        for name in names {
            let Some(gate) = self.gates.get_mut(&name) else { continue };
            let Some(place) = gate.queue.iter().position(|run| *run == who.run) else { continue };
            gate.queue.remove(place);
            // Who waits for a place of the flow had its key already.
            holds_key = name.2.is_none();
        }
        if holds_key {
            self.release(store, who, &mut begin).await?;
        }
        Ok(begin)
    }

    /// Whether runs of a flow wait for their turn.
    pub(super) fn has_queue(&self, tenant: &str, flow: &str) -> bool {
        let first = (tenant.to_owned(), flow.to_owned(), None);
        let of_flow = self.gates.range(first..).take_while(|(name, _)| name.0 == tenant && name.1 == flow);
        of_flow.into_iter().any(|(_, gate)| !gate.queue.is_empty())
    }

    /// Forgets gates that nobody stands at. Only while memory and store agree: what is forgotten is asked
    /// for again.
    pub(super) fn tidy(&mut self) {
        self.gates.retain(|_, gate| gate.under_way > 0 || !gate.queue.is_empty());
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.gates.clear();
    }

    /// The key is free for the next run with it.
    async fn release(&mut self, store: &dyn Store, who: &Who, begin: &mut Vec<String>) -> Result<(), Fault> {
        let Some(name) = who.by_key() else { return Ok(()) };
        let gate = self.gate(store, name).await?;
        gate.under_way = gate.under_way.saturating_sub(1);
        if gate.under_way > 0 {
            return Ok(());
        }
        let Some(next) = gate.queue.pop_front() else { return Ok(()) };
        gate.under_way = 1;
        if self.place(store, who, &next).await? {
            begin.push(next);
        }
        Ok(())
    }

    /// Whether there is a place of the flow for a run; otherwise it is queued.
    async fn place(&mut self, store: &dyn Store, who: &Who, run: &str) -> Result<bool, Fault> {
        let Some(limit) = who.limit else { return Ok(true) };
        let gate = self.gate(store, who.by_flow()).await?;
        if gate.under_way >= u64::from(limit) || !gate.queue.is_empty() {
            gate.queue.push_back(run.to_owned());
            return Ok(false);
        }
        gate.under_way += 1;
        Ok(true)
    }

    async fn gate(&mut self, store: &dyn Store, name: Name) -> Result<&mut Gate, Fault> {
        if !self.gates.contains_key(&name) {
            let (tenant, flow, key) = name.clone();
            let under_way = store.under_way(tenant, flow, key).await?;
            self.gates.insert(name.clone(), Gate { under_way, queue: VecDeque::new() });
        }
        Ok(self.gates.entry(name).or_default())
    }
}
