//! What a policy says that its authors may not mean: found without a principal.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use weft_model::finding::Finding;
use weft_model::mask::Mask;
use weft_model::product::Product;

use crate::compile::context::Context;
use crate::compiled::{CompiledColumn, CompiledLeaf, CompiledProduct, CompiledTable, HitEffect};
use crate::complaint::{COLUMNS, CONFLICT, DELEGATE, MASK, NOTHING, SHARED, TOKEN};
use crate::decision::{Authority, Factor, MaskRule};
use crate::ladder::{DefaultAction, Ladder};
use crate::meet::{Meet, Outcome};
use crate::rule::{Effect, Rule};
use crate::set::PolicySet;

/// How many products a finding names.
const NAMED_MAX: usize = 10;

/// Looks for conflicts and for rules without effect. What [`PolicySet::compile`] complained about is not repeated.
#[must_use]
pub fn check(set: &PolicySet, products: &[Arc<Product>]) -> Vec<Finding> {
    let Some(ladder) = &set.files.ladder else { return Vec::new() };
    let mut check = Check { set, ladder, findings: Vec::new(), clear: BTreeMap::new(), tokens: BTreeMap::new() };
    let mut names: Vec<&Arc<Product>> = products.iter().collect();
    names.sort_by(|left, right| left.name.cmp(&right.name));
    let compiled: Vec<&CompiledProduct> =
        names.iter().filter_map(|product| set.products.get(&product.name)).map(|product| &**product).collect();
    for product in &compiled {
        for (port, declared) in product.ports.iter().zip(&product.product.ports) {
            for table in &port.tables {
                check.roles(table, &declared.contract);
                for column in &table.columns {
                    check.column(product, table, column, &mut Vec::new());
                }
            }
        }
    }
    check.tokens();
    check.rules(&compiled);
    check.shared(&compiled);
    check.findings.sort_by(|left, right| left.place.cmp(&right.place).then_with(|| left.message.cmp(&right.message)));
    check.findings.dedup();
    check.findings
}

struct Check<'a> {
    set: &'a PolicySet,
    ladder: &'a Ladder,
    findings: Vec<Finding>,
    /// Columns by token domain that are clear by default, and those that are tokens.
    clear: BTreeMap<Arc<str>, Vec<String>>,
    tokens: BTreeMap<Arc<str>, Vec<(String, Factor)>>,
}

impl<'a> Check<'a> {
    fn rule(&self, table: &CompiledTable, local: usize) -> Option<&'a Rule> {
        self.set.rule(*table.rules.get(local)?)
    }

    /// Clearances of roles that reach above the delegate.
    fn roles(&mut self, table: &CompiledTable, contract: &weft_model::contract::Contract) {
        for role in &table.roles {
            if role.clearance.is_some() && role.clearance > self.ladder.delegate() {
                let message = format!(
                    "role `{}` has clearance `{}`, and a domain clears up to `{}`",
                    role.role,
                    self.ladder.name(role.clearance),
                    self.ladder.delegate().map_or("nothing", |class| self.ladder.name(Some(class)))
                );
                let hint =
                    "Columns above that stay as the board's defaults say; only a `clear` rule of the board shows them.";
                let place =
                    contract.roles.iter().find(|declared| declared.role == role.role).map(|role| role.place.clone());
                self.findings.push(Finding::warning(DELEGATE, place.unwrap_or_default(), message).hint(hint));
            }
        }
    }

    fn column<'c>(
        &mut self,
        product: &CompiledProduct,
        table: &CompiledTable,
        column: &'c CompiledColumn,
        path: &mut Vec<&'c str>,
    ) {
        path.push(&column.name);
        if let Some(leaf) = &column.leaf {
            let name = format!("{}.{}", product.product.name, path.join("."));
            self.masks(table, leaf, &name);
            self.clearances(table, leaf, &name);
            self.identifier(table, leaf, &name);
        }
        for child in &column.children {
            self.column(product, table, child, path);
        }
        path.pop();
    }

    /// Masks of which neither is stricter.
    fn masks(&mut self, table: &CompiledTable, leaf: &CompiledLeaf, name: &str) {
        let mut meet = Meet::default();
        let mut met: Vec<(&MaskRule, &Factor)> = leaf.contract.iter().map(|(mask, factor)| (mask, factor)).collect();
        for hit in &leaf.hits {
            if let (HitEffect::Mask(mask), Some(rule)) = (&hit.effect, self.rule(table, hit.rule)) {
                met.push((mask, &rule.factor));
                if mask.mask == (Mask::Sha256Global {}) {
                    let message = format!("rule `{}` shows column `{name}` as a hash without a key", rule.id());
                    let hint = "Whoever can guess a value can check the guess; `token` needs a key to do so.";
                    self.findings.push(Finding::warning(MASK, rule.place.clone(), message).hint(hint));
                }
            }
        }
        for (mask, _) in &met {
            meet.add(Outcome::Masked(Cow::Borrowed(mask)));
        }
        if meet.clashes() {
            let names: Vec<String> = met.iter().map(|(mask, factor)| format!("`{}` ({mask})", factor.rule)).collect();
            let message = format!("masks of which none is stricter meet on column `{name}`: {}", names.join(", "));
            let hint =
                "Where they apply together the column is null; let one of them go, or let one principal meet one.";
            let place = met.last().map(|(_, factor)| factor.place.clone()).unwrap_or_default();
            self.findings.push(Finding::warning(CONFLICT, place, message).hint(hint));
        }
    }

    /// A domain's `clear` on a column that domains may not clear.
    fn clearances(&mut self, table: &CompiledTable, leaf: &CompiledLeaf, name: &str) {
        let class = leaf.label.class;
        if self.ladder.action(class) == DefaultAction::Clear || self.ladder.delegated(class) {
            return;
        }
        for hit in &leaf.hits {
            let Some(rule) = self.rule(table, hit.rule) else { continue };
            if rule.authority == Authority::Domain && matches!(hit.effect, HitEffect::Clear(_)) {
                let message = format!(
                    "rule `{}` clears column `{name}`, which is `{}`, and a domain clears up to `{}`",
                    rule.id(),
                    self.ladder.name(class),
                    self.ladder.delegate().map_or("nothing", |class| self.ladder.name(Some(class)))
                );
                let hint = "It lifts the domain's own masks only; ask the board for a `clear` rule.";
                self.findings.push(Finding::warning(DELEGATE, rule.place.clone(), message).hint(hint));
            }
        }
    }

    /// Notes whether an identifier is shown or a token to those whom no special rule means.
    fn identifier(&mut self, table: &CompiledTable, leaf: &CompiledLeaf, name: &str) {
        let Some(domain) = leaf.fallback.token_domain.clone() else { return };
        let class = leaf.label.class;
        let action = self.ladder.action(class);
        let closed = leaf.hits.iter().any(|hit| !matches!(hit.effect, HitEffect::Clear(_)));
        let by_rule = leaf.hits.iter().find_map(|hit| match &hit.effect {
            HitEffect::Mask(mask) if mask.token_domain.is_some() => self.rule(table, hit.rule).map(|rule| &rule.factor),
            _ => None,
        });
        let by_contract = leaf.contract.iter().find(|(mask, _)| mask.token_domain.is_some()).map(|(_, factor)| factor);
        let by_default =
            (action == DefaultAction::Mask && leaf.contract.is_empty()).then(|| self.ladder.factor(class)).flatten();
        if action == DefaultAction::Clear && !closed && leaf.contract.is_empty() {
            self.clear.entry(domain).or_default().push(name.to_owned());
        } else if let Some(factor) = by_rule.or(by_contract).or(by_default) {
            self.tokens.entry(domain).or_default().push((name.to_owned(), factor.clone()));
        }
    }

    fn tokens(&mut self) {
        for (domain, tokens) in &self.tokens {
            let Some(clear) = self.clear.get(domain).and_then(|columns| columns.first()) else { continue };
            let Some((token, factor)) = tokens.first() else { continue };
            let message = format!("identifier `{domain}` is clear in column `{clear}` and a token in column `{token}`");
            let hint = "Whoever reads both can tell by their other columns which token stands for which value; \
                        give both the same classification.";
            self.findings.push(Finding::warning(TOKEN, factor.place.clone(), message).hint(hint));
        }
    }

    /// Rules and patterns that mean nothing, and restrictions that skip products.
    fn rules(&mut self, compiled: &[&CompiledProduct]) {
        let tables = || compiled.iter().flat_map(|product| &product.ports).flat_map(|port| &port.tables);
        let used: BTreeSet<usize> = tables().flat_map(|table| table.rules.iter().copied()).collect();
        let classifying = self.classifying(compiled);
        for (position, rule) in self.set.files.rules.iter().enumerate() {
            let meant = match rule.effect {
                Effect::Classify { .. } => classifying.contains(&position),
                _ => used.contains(&position),
            };
            for glob in rule.matches.products.iter().flatten() {
                if !compiled.iter().any(|product| glob.covers(&product.product.name)) {
                    let message =
                        format!("rule `{}` names `{}.{}`, which no product is", rule.id(), glob.domain, glob.product);
                    self.nothing(rule, message);
                }
            }
            if !meant
                && rule.matches.products.as_ref().is_none_or(|globs| {
                    globs.iter().any(|glob| compiled.iter().any(|product| glob.covers(&product.product.name)))
                })
            {
                let what = if rule.matches.about_columns() { "column" } else { "product" };
                self.nothing(rule, format!("rule `{}` matches no {what}", rule.id()));
            }
            if rule.where_present {
                self.skipped(position, rule, compiled);
            }
        }
    }

    fn nothing(&mut self, rule: &Rule, message: String) {
        let hint = "It has no effect; look for a typing error, or remove it.";
        self.findings.push(Finding::warning(NOTHING, rule.place.clone(), message).hint(hint));
    }

    /// Positions of the classifying rules that classify something.
    fn classifying(&self, compiled: &[&CompiledProduct]) -> BTreeSet<usize> {
        let files = &self.set.files;
        let context = Context::new(self.ladder, &files.rules, &files.lowered, Vec::new());
        let mut found = BTreeSet::new();
        for product in compiled {
            context.classifying(&product.product, &mut found);
        }
        found
    }

    fn skipped(&mut self, position: usize, rule: &Rule, compiled: &[&CompiledProduct]) {
        let mut skipped: Vec<String> = Vec::new();
        for product in compiled {
            for port in &product.ports {
                let meant = rule.matches.products.as_ref().is_none_or(|globs| {
                    globs.iter().any(|glob| glob.matches(&product.product.name, port.version.major))
                });
                let own = rule.domain.as_ref().is_none_or(|domain| *domain == product.product.name.domain);
                if meant && own && port.tables.iter().any(|table| !table.rules.contains(&position)) {
                    skipped.push(format!("`{}` {}", product.product.name, port.version));
                }
            }
        }
        if skipped.is_empty() {
            return;
        }
        let more = skipped.len().saturating_sub(NAMED_MAX);
        skipped.truncate(NAMED_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("rule `{}` does not restrict {}{more}", rule.id(), skipped.join(", "));
        let hint = "They lack its columns, and it says `where_present: true`.";
        self.findings.push(Finding::warning(COLUMNS, rule.place.clone(), message).hint(hint));
    }

    /// One place under the contracts of two domains.
    fn shared(&mut self, compiled: &[&CompiledProduct]) {
        let mut places: BTreeMap<&str, &CompiledProduct> = BTreeMap::new();
        for product in compiled.iter().filter(|product| product.shared) {
            for place in product.ports.iter().flat_map(|port| &port.tables).flat_map(|table| &table.locations) {
                let first = *places.entry(place).or_insert(product);
                if first.product.name.domain != product.product.name.domain {
                    let message = format!(
                        "`{}` and `{}` of another domain declare the same data",
                        product.product.name, first.product.name
                    );
                    let hint = "The strictest labels of both count for both.";
                    let place = product.product.place.clone();
                    self.findings.push(Finding::warning(SHARED, place, message).hint(hint));
                }
            }
        }
    }
}
