//! `decide` beside the naive evaluator, and what may never widen a decision.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use super::mesh::NOW;
use super::naive::{Cell, Does, OneColumn, OneRole, OneRule, REGIONS, Rows, World, cell_shown, row_shown};
use crate::decision::Decision;

fn rows() -> impl Strategy<Value = Rows> {
    prop_oneof![
        Just(Rows::Eu),
        Just(Rows::NotUs),
        Just(Rows::Mine),
        Just(Rows::NotMine),
        Just(Rows::Some),
        Just(Rows::Member)
    ]
}

fn column() -> impl Strategy<Value = OneColumn> {
    (of(0_usize..4), any::<bool>(), of(0_usize..4), any::<bool>()).prop_map(|(class, tag, mask, token)| OneColumn {
        class,
        tag,
        mask,
        token,
    })
}

fn role() -> impl Strategy<Value = OneRole> {
    (0_usize..4, of(0_usize..4), any::<bool>(), of(rows())).prop_map(|(group, clearance, unmask, rows)| OneRole {
        group,
        clearance,
        unmask,
        rows,
    })
}

fn does() -> impl Strategy<Value = Does> {
    prop_oneof![
        3 => of(rows()).prop_map(Does::Allow),
        1 => Just(Does::Deny),
        2 => rows().prop_map(Does::Restrict),
        4 => (0_usize..4).prop_map(Does::Mask),
        1 => Just(Does::Hide),
        4 => of(rows()).prop_map(Does::Clear),
    ]
}

fn tightening() -> impl Strategy<Value = Does> {
    prop_oneof![Just(Does::Deny), rows().prop_map(Does::Restrict), (0_usize..4).prop_map(Does::Mask), Just(Does::Hide)]
}

fn rule_of(does: impl Strategy<Value = Does>) -> impl Strategy<Value = OneRule> {
    (any::<bool>(), does, of(0_usize..3), any::<bool>(), of(vec(0_usize..4, 0..3)), of(0_usize..4), of(0_usize..3))
        .prop_map(|(board, does, column, tag, to, except, region)| OneRule {
            board,
            does,
            column,
            tag,
            to,
            except,
            region,
        })
}

fn world() -> impl Strategy<Value = World> {
    (vec(column(), 3), vec(role(), 0..4), vec(rule_of(does()), 0..7), vec(0_usize..4, 0..4), of(0_usize..3))
        .prop_map(|(columns, roles, rules, groups, region)| World { columns, roles, rules, groups, region })
}

fn decided(world: &World) -> Decision {
    let mesh = world.mesh();
    assert!(mesh.compiled().board_valid && mesh.compiled().broken_domains.is_empty(), "{:?}", mesh.findings());
    mesh.ask_for(&world.principal(), None, NOW, "d.p")
}

/// Everything that one decision shows is shown by another, or would be if the other could say it: where a mask on some
/// rows meets a hidden column on others, the stricter holds on all rows, and a product may close whole. What the naive
/// evaluator shows in its place is the bound then.
fn within(narrow: &Decision, wide: &Decision, wide_world: &World, clear_only: bool) -> Result<(), TestCaseError> {
    let closed_whole = clear_only && wide_world.granted() && !wide.readable();
    for region in REGIONS.into_iter().filter(|region| row_shown(narrow, *region)) {
        if closed_whole {
            prop_assert!(wide_world.visible(region), "row {region:?} of a product that closed");
            for number in 0..3 {
                let clear = cell_shown(narrow, number, region) == Cell::Clear;
                prop_assert!(
                    !clear || wide_world.cell(number, region, true) == Cell::Clear,
                    "cell {number} {region:?}"
                );
            }
            continue;
        }
        prop_assert!(row_shown(wide, region), "row {region:?}");
        for number in 0..3 {
            let (left, right) = (cell_shown(narrow, number, region), cell_shown(wide, number, region));
            if clear_only {
                prop_assert!(
                    left != Cell::Clear || right == Cell::Clear,
                    "cell {number} {region:?}: {left:?} {right:?}"
                );
            } else {
                prop_assert!(left.within(&right), "cell {number} {region:?}: {left:?} {right:?}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn decide_agrees_with_the_naive_evaluator(world in world()) {
        let decision = decided(&world);
        // `region` is public and no rule hides it unless it speaks of every column.
        if !world.granted() {
            prop_assert!(!decision.readable());
        }
        if !decision.readable() {
            let shows_nothing = !world.granted()
                || world.rules.iter().any(|rule| rule.does == Does::Hide && rule.column.is_none());
            prop_assert!(shows_nothing, "closed without a reason");
            return Ok(());
        }
        for region in REGIONS {
            prop_assert_eq!(row_shown(&decision, region), world.visible(region), "row {:?}: {:?}", region, decision.rows());
            if !world.visible(region) {
                continue;
            }
            for number in 0..3 {
                let found = cell_shown(&decision, number, region);
                let ideal = world.cell(number, region, true);
                let strict = world.cell(number, region, false);
                let rule = decision.columns()[number + 1].rule();
                if ideal == Cell::Clear || strict == Cell::Clear {
                    prop_assert_eq!(&found, &Cell::Clear, "{} {:?} {:?}", number, region, rule);
                } else {
                    // A mask on some rows and another mask on others is not offered: the stricter holds on all.
                    let hidden_as_null = |cell: &Cell| if *cell == Cell::Hidden { Cell::Null } else { cell.clone() };
                    let agrees = found == ideal || found == strict
                        || hidden_as_null(&found) == hidden_as_null(&strict) && !world.unconditional();
                    prop_assert!(agrees, "{} {:?}: {:?}, naive {:?} or {:?}", number, region, rule, ideal, strict);
                    if world.unconditional() {
                        prop_assert_eq!(&found, &ideal);
                    }
                }
            }
        }
    }

    #[test]
    fn a_tightening_rule_never_widens(world in world(), rule in rule_of(tightening())) {
        let before = decided(&world);
        let mut after = world.clone();
        let masks = matches!(rule.does, Does::Mask(_));
        after.rules.push(rule);
        let after = decided(&after);
        // A mask may replace the default `hide` or `mask` of its authority; it never shows more in clear.
        within(&after, &before, &world, masks || !world.unconditional())?;
    }

    #[test]
    fn removing_a_grant_never_widens(world in world(), pick in any::<prop::sample::Index>()) {
        let before = decided(&world);
        let grants: Vec<usize> = (0..world.rules.len())
            .filter(|at| matches!(world.rules[*at].does, Does::Allow(_) | Does::Clear(_)))
            .collect();
        let mut after = world.clone();
        if !after.roles.is_empty() && (grants.is_empty() || pick.index(2) == 0) {
            after.roles.remove(pick.index(world.roles.len()));
        } else if !grants.is_empty() {
            after.rules.remove(grants[pick.index(grants.len())]);
        }
        within(&decided(&after), &before, &world, !world.unconditional())?;
    }

    #[test]
    fn deciding_twice_is_deciding_once(world in world()) {
        let (one, two) = (decided(&world), decided(&world));
        prop_assert_eq!(one.fingerprint(), two.fingerprint());
        prop_assert_eq!(one.valid_until(), two.valid_until());
    }

    #[test]
    fn no_predicate_panics(text in "[a-z'()=<>,. 0-9%\\\\]{0,60}") {
        if let Ok(condition) = crate::sql::parse(&text) {
            let columns = [super::mesh::text("a"), super::mesh::text("b")];
            let _ = crate::typing::check(&condition, crate::typing::Scope { columns: &columns });
        }
    }

    #[test]
    fn no_file_panics(text in "(apiVersion: weft/v1\nkind: Policy\n)?(rules|lowered|mapping_for|match|to|rows|mask|id|-|:|\\{|\\}|\\[|\\]|,|\"| |\n|x|\\*|&a){0,40}") {
        for mesh in [super::mesh::Mesh::default().board(&text), super::mesh::Mesh::new("  []").domain_file("d", &text)] {
            let _ = mesh.findings();
        }
    }
}
