//! The policy of a snapshot: which rule files are in force, and what happens when they are not right.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use weft_contract::assemble::BrokenProduct;
use weft_model::finding::Finding;
use weft_model::place::Place;
use weft_model::product::Product;
use weft_policy::set::{PolicySet, PolicySource, SourceAuthority};

use crate::draft::Draft;
use crate::error::Error;
use crate::intake::ContentHash;
use crate::ledger::Ledger;
use crate::problem::Problems;
use crate::source::GOVERNANCE;

/// The board's rules that last compiled.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    board: Vec<PolicySource>,
    /// True while older rules of the board stand in for the present ones.
    stale: bool,
}

impl Rules {
    /// A hash over the board's older rules, while they stand in for the present ones.
    pub(crate) fn board_kept(&self) -> Option<ContentHash> {
        self.stale.then(|| {
            let mut hash = Sha256::new();
            for source in &self.board {
                hash.update(source.file.as_bytes());
                hash.update([0]);
                hash.update(Sha256::digest(source.text.as_bytes()));
            }
            hash.finalize().into()
        })
    }

    /// Compiles the rules in force over the products.
    ///
    /// # Errors
    /// [`Error::Board`] when the board's rules are not valid and no earlier ones are.
    pub(crate) fn compile(
        &mut self,
        ledger: &Ledger,
        previous: Option<&PolicySet>,
        products: &[Arc<Product>],
        problems: &mut Problems,
    ) -> Result<Arc<PolicySet>, Error> {
        let (mut board, domains): (Vec<_>, Vec<_>) =
            ledger.policy_sources().into_iter().partition(|source| source.authority == SourceAuthority::Board);
        let unreadable = unreadable_board(ledger);
        if !unreadable.is_empty() {
            if previous.is_none() {
                return Err(Error::Board { findings: unreadable });
            }
            board.clone_from(&self.board);
        }
        let mut sources = board.clone();
        sources.extend(domains.iter().cloned());
        let mut compiled = PolicySet::compile_after(previous, &sources, products);
        self.stale = !unreadable.is_empty();
        if compiled.board_valid {
            self.board = board;
        } else {
            let findings = std::mem::take(&mut compiled.findings);
            if previous.is_none() {
                return Err(Error::Board { findings });
            }
            problems.add_all(findings);
            self.stale = true;
            let mut sources = self.board.clone();
            sources.extend(domains);
            compiled = PolicySet::compile_after(previous, &sources, products);
        }
        problems.add_all(compiled.findings);
        if self.stale {
            problems.add(
                Finding::error(
                    "CAT-014",
                    Place::file(GOVERNANCE),
                    "the policy of the governance board is not valid; its last valid rules stay in force",
                )
                .hint("Correct the files below `_governance`."),
            );
        }
        Ok(Arc::new(compiled.set))
    }
}

/// Breaks the products of every domain whose policy file could never be read: nobody knows what it forbids.
pub(crate) fn close_unreadable(draft: &mut Draft, ledger: &Ledger) {
    for file in ledger.policies.values() {
        let (None, SourceAuthority::Domain(domain), Some(finding)) = (&file.text, &file.authority, &file.complaint)
        else {
            continue;
        };
        let names = draft.products.keys().filter(|name| name.domain == *domain).cloned().collect::<Vec<_>>();
        for name in names {
            let owner = draft.products.remove(&name).and_then(|product| product.owner.clone());
            draft.broken.push(Arc::new(BrokenProduct { name: Some(name), owner, findings: vec![finding.clone()] }));
        }
    }
}

/// What is wrong with board files of which no content is known.
fn unreadable_board(ledger: &Ledger) -> Vec<Finding> {
    let unreadable =
        ledger.policies.values().filter(|file| file.text.is_none() && file.authority == SourceAuthority::Board);
    unreadable.filter_map(|file| file.complaint.clone()).collect()
}
