//! How deep a statement can grow, told from its tokens before anything is made of them.
//!
//! `1 + 1 + 1 + …` nests in no parenthesis and still becomes a tree as deep as it is long; whatever walks, prints or drops
//! such a tree recurses. The parser's own bound counts parentheses only.

use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, Tokenizer};

use crate::error::Error;
use crate::expansion::WILDCARD_TABLES_MAX;

/// The longest chain of operators: tokens that follow one another without a comma, along the deepest path of parentheses.
pub const SQL_CHAIN_MAX: usize = 5_000;

/// How deep constructs may nest which the parser reads again in another way when something in them is wrong: each level
/// doubles the time.
pub const REPARSED_DEPTH_MAX: usize = 12;

/// One level of parentheses.
#[derive(Clone, Copy, Default)]
struct Level {
    /// True when it belongs to a construct that is read again.
    reparsed: bool,
    /// Tokens since the last comma; the deepest tree that can have grown from them.
    run: usize,
    /// The longest run so far.
    longest: usize,
    /// Joins and set operations: they grow one tree across commas.
    joined: usize,
}

impl Level {
    fn depth(self) -> usize {
        self.longest.max(self.run) + self.joined
    }
}

/// Refuses a statement that could become a tree deeper than [`SQL_CHAIN_MAX`], or take the parser for ever.
///
/// # Errors
/// With the place where it grows too deep. Text that has no tokens passes: the parser says better what is wrong with it.
pub(crate) fn bounded(sql: &str) -> Result<(), Error> {
    let Ok(tokens) = Tokenizer::new(&GenericDialect {}, sql).tokenize_with_location() else { return Ok(()) };
    let mut around: Vec<Level> = Vec::new();
    let mut outer = 0_usize;
    let mut level = Level::default();
    let mut reparsed = 0_usize;
    let mut before = Keyword::NoKeyword;
    let mut item = false;
    let mut wildcards = 0_u64;
    for token in tokens {
        match &token.token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket | Token::LBrace => {
                outer += level.run + level.joined;
                around.push(level);
                level = Level { reparsed: token.token == Token::LBrace || reads_again(before), ..Level::default() };
                reparsed += usize::from(level.reparsed);
                if reparsed > REPARSED_DEPTH_MAX {
                    return Err(too_deep(token.span.start));
                }
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                reparsed -= usize::from(level.reparsed);
                let inner = level.depth();
                level = around.pop().unwrap_or_default();
                outer = outer.saturating_sub(level.run + level.joined);
                level.run = level.run.max(inner) + 1;
            }
            Token::Comma | Token::SemiColon => {
                level.longest = level.longest.max(level.run);
                level.run = 0;
            }
            Token::Word(word) if joins(word.keyword) => level.joined += 1,
            // Half a kilobyte of syntax each, long before anything counts what they name.
            Token::Mul if item => {
                wildcards += 1;
                if wildcards > WILDCARD_TABLES_MAX {
                    return Err(too_wild(token.span.start));
                }
            }
            _ => level.run += 1,
        }
        if outer + level.depth() > SQL_CHAIN_MAX {
            return Err(too_long(token.span.start));
        }
        item = match &token.token {
            Token::Comma | Token::Period => true,
            Token::Word(word) => matches!(word.keyword, Keyword::SELECT | Keyword::ALL | Keyword::DISTINCT),
            _ => false,
        };
        before = match &token.token {
            Token::Word(word) => word.keyword,
            _ => Keyword::NoKeyword,
        };
    }
    Ok(())
}

fn joins(keyword: Keyword) -> bool {
    matches!(keyword, Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT | Keyword::JOIN)
}

/// Words that begin an expression of their own form, and that are taken for a function's or a type's name when what
/// follows does not have that form.
fn reads_again(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::ARRAY
            | Keyword::CASE
            | Keyword::CAST
            | Keyword::CEIL
            | Keyword::CONVERT
            | Keyword::EXISTS
            | Keyword::EXTRACT
            | Keyword::FLOOR
            | Keyword::INTERVAL
            | Keyword::LAMBDA
            | Keyword::MAP
            | Keyword::MATCH
            | Keyword::NESTED
            | Keyword::NOT
            | Keyword::OVERLAY
            | Keyword::POSITION
            | Keyword::PRIOR
            | Keyword::SAFE_CAST
            | Keyword::STRUCT
            | Keyword::SUBSTR
            | Keyword::SUBSTRING
            | Keyword::TABLE
            | Keyword::TRIM
            | Keyword::TRY_CAST
            | Keyword::TRY_CONVERT
            | Keyword::TUPLE
            | Keyword::UNION
    )
}

fn too_deep(at: Location) -> Error {
    Error::Refused {
        what: format!("nesting casts, arrays, negations and the like more than {REPARSED_DEPTH_MAX} deep"),
        position: format!(" at line {}, column {}", at.line, at.column),
        hint: Some("Name intermediate results in a WITH query."),
    }
}

fn too_wild(at: Location) -> Error {
    Error::Refused {
        what: format!("a statement with more than {WILDCARD_TABLES_MAX} wildcards"),
        position: format!(" at line {}, column {}", at.line, at.column),
        hint: Some("Name the columns, or write one wildcard for all of them."),
    }
}

fn too_long(at: Location) -> Error {
    Error::Refused {
        what: format!("a chain of more than {SQL_CHAIN_MAX} tokens without a comma"),
        position: format!(" at line {}, column {}", at.line, at.column),
        hint: Some("Use IN (…) for many alternatives, or join with VALUES."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(sql: &str) -> bool {
        bounded(sql).is_err()
    }

    #[test]
    fn chains_are_bounded_however_they_are_written() {
        let many = |part: &str, count: usize| part.repeat(count);
        assert!(refused(&format!("select 1{}", many("+1", SQL_CHAIN_MAX))));
        assert!(refused(&format!("select a{}", many(" or a", SQL_CHAIN_MAX))));
        assert!(refused(&format!("select 1{}", many("::int", SQL_CHAIN_MAX))));
        assert!(refused(&format!("select 1, 2{}", many(" union all select 1, 2", SQL_CHAIN_MAX))));
        // A chain that grows on the left of a chain.
        let left = (0..100).fold("1".to_owned(), |left, _| format!("({left}{})", many("+1", 50)));
        assert!(refused(&format!("select {left}")));
        // And on its right.
        let right = (0..100).fold("1".to_owned(), |right, _| format!("({}{right})", many("1+", 50)));
        assert!(refused(&format!("select {right}")));
    }

    #[test]
    fn what_the_parser_reads_twice_is_bounded() {
        for (open, close) in [("array[", "]"), ("cast(", " as int)"), ("{'a': ", "}"), ("not (", ")"), ("trim(", ")")] {
            let nested = |depth: usize| format!("select {}1{}", open.repeat(depth), close.repeat(depth));
            assert!(!refused(&nested(REPARSED_DEPTH_MAX)), "{open}");
            assert!(refused(&nested(REPARSED_DEPTH_MAX + 1)), "{open}");
            assert!(!refused(&format!("select {}", vec![format!("{open}1{close}"); 50].join(", "))), "{open}");
        }
        // Names in quotes and functions of other names are read once.
        assert!(!refused(&format!("select {}1{}", "\"cast\"(".repeat(40), ")".repeat(40))));
        assert!(!refused(&format!("select {}1{}", "coalesce(".repeat(40), ")".repeat(40))));
    }

    #[test]
    fn wide_statements_pass() {
        let many = |part: &str, count: usize| part.repeat(count);
        assert!(!refused(&format!("select * from t where a in (0{})", many(",1", 100_000))));
        assert!(!refused(&format!("select * from (values (1,2){}) v", many(",(1,-2)", 50_000))));
        assert!(!refused(&format!("select a{} from t", many(", f(a, b + 1) as c", 10_000))));
        assert!(!refused(&format!("select * from t where a = 1{}", many(" or a = 2", 1_000))));
    }

    #[test]
    fn wildcards_are_counted_before_they_are_syntax() {
        let most = usize::try_from(WILDCARD_TABLES_MAX).unwrap();
        assert!(!refused(&format!("select {} from t", vec!["*"; most].join(","))));
        for item in ["*", "t.*", "\n*"] {
            assert!(refused(&format!("select {} from t", vec![item; most + 1].join(","))), "{item}");
        }
        // Products and counts are none.
        assert!(!refused(&format!("select {} from t", vec!["a * b, count(*)"; most].join(","))));
    }

    #[test]
    fn a_refusal_says_where() {
        let error = bounded(&format!("select\n1{}", "+1".repeat(SQL_CHAIN_MAX))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a chain of more than 5000 tokens without a comma is not supported at line 2, column 5000"
        );
    }
}
