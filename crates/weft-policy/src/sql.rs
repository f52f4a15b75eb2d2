//! SQL text to [`Condition`]: an allow-list, everything else is refused with its reason.

use std::sync::Arc;

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectNamePart,
    TimezoneInfo, UnaryOperator, Value,
};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::condition::{ColumnName, Condition, Literal, Operand, SessionValue};
use crate::predicate::Comparison;

/// The longest predicate, in bytes.
pub(crate) const TEXT_BYTES_MAX: usize = 16 << 10;

/// How deep a predicate may nest.
pub(crate) const DEPTH_MAX: usize = 40;

/// The most conditions and list entries of one predicate.
pub(crate) const NODES_MAX: usize = 2_000;

/// The longest LIKE pattern, in bytes.
pub(crate) const PATTERN_BYTES_MAX: usize = 4 << 10;

/// Why a text is no predicate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// One clause.
    pub(crate) message: String,
    /// What to do.
    pub(crate) hint: Option<&'static str>,
}

type Read<T> = Result<T, Refusal>;

const ALLOWED: &str = "A predicate is made of top-level columns, literals, =, <>, <, <=, >, >=, IN (…), BETWEEN, LIKE with \
                       a literal, IS NULL, AND, OR, NOT, session_user(), session_attribute('x'), is_member('g') and \
                       today().";

/// Reads a predicate.
pub(crate) fn parse(text: &str) -> Read<Condition> {
    if text.len() > TEXT_BYTES_MAX {
        return refuse(format!("the predicate is longer than {TEXT_BYTES_MAX} bytes"), None);
    }
    let dialect = GenericDialect {};
    let parsed =
        Tokenizer::new(&dialect, text).tokenize_with_location().map_err(ParserError::from).and_then(|tokens| {
            let tokens = tokens.into_iter().map(plain_word).collect();
            let mut parser = Parser::new(&dialect).with_recursion_limit(DEPTH_MAX).with_tokens_with_locations(tokens);
            let expression = parser.parse_expr()?;
            Ok((expression, parser.next_token()))
        });
    let (expression, next) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let message = error.to_string();
            let clause = message.split_once(": ").map_or(message.as_str(), |(_, rest)| rest);
            return refuse(format!("the predicate does not parse: {}", clause.to_lowercase()), Some(ALLOWED));
        }
    };
    if next.token != Token::EOF {
        let at = next.span.start;
        return refuse(format!("the predicate does not end at `{}`, column {}", next.token, at.column), Some(ALLOWED));
    }
    Reader { nodes: 0 }.condition(&expression, 0)
}

/// `session_user` is called like any function and `user` is a name like any other; the parser knows them as keywords.
fn plain_word(mut token: TokenWithSpan) -> TokenWithSpan {
    if let Token::Word(word) = &mut token.token
        && matches!(word.keyword, Keyword::SESSION_USER | Keyword::USER)
    {
        word.keyword = Keyword::NoKeyword;
    }
    token
}

fn refuse<T>(message: impl Into<String>, hint: Option<&'static str>) -> Read<T> {
    Err(Refusal { message: message.into(), hint })
}

fn unsupported<T>(expression: &Expr) -> Read<T> {
    let mut text = expression.to_string();
    if text.chars().count() > 60 {
        text = text.chars().take(60).chain(['…']).collect();
    }
    refuse(format!("a predicate may not contain `{text}`"), Some(ALLOWED))
}

/// Counts while it reads.
struct Reader {
    nodes: usize,
}

impl Reader {
    fn count(&mut self, nodes: usize) -> Read<()> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            return refuse(format!("the predicate has more than {NODES_MAX} conditions and list entries"), None);
        }
        Ok(())
    }

    fn condition(&mut self, expression: &Expr, depth: usize) -> Read<Condition> {
        self.count(1)?;
        if depth > DEPTH_MAX {
            return refuse(format!("the predicate nests deeper than {DEPTH_MAX}"), None);
        }
        match expression {
            Expr::Nested(inner) => self.condition(inner, depth + 1),
            Expr::BinaryOp { op: BinaryOperator::And, .. } => {
                self.chain(expression, &BinaryOperator::And, depth).map(Condition::And)
            }
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => {
                self.chain(expression, &BinaryOperator::Or, depth).map(Condition::Or)
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok(Condition::Not(Box::new(self.condition(expr, depth + 1)?)))
            }
            Expr::BinaryOp { left, op, right } => match comparison(op) {
                Some(op) => Ok(Condition::Compare { left: operand(left)?, op, right: operand(right)? }),
                None => unsupported(expression),
            },
            Expr::InList { expr, list, negated } => {
                self.count(list.len())?;
                if list.is_empty() {
                    return refuse("an IN list is empty", None);
                }
                let list = list.iter().map(operand).collect::<Read<Vec<_>>>()?;
                Ok(Condition::In { operand: operand(expr)?, list, negated: *negated })
            }
            Expr::Between { expr, negated, low, high } => Ok(Condition::Between {
                operand: operand(expr)?,
                low: operand(low)?,
                high: operand(high)?,
                negated: *negated,
            }),
            Expr::Like { negated, any: false, expr, pattern, escape_char } => {
                like(expr, pattern, escape_char.as_ref().map(|escape| &escape.value), *negated, false)
            }
            Expr::ILike { negated, any: false, expr, pattern, escape_char } => {
                like(expr, pattern, escape_char.as_ref().map(|escape| &escape.value), *negated, true)
            }
            Expr::IsNull(inner) => is_null(inner, false),
            Expr::IsNotNull(inner) => is_null(inner, true),
            Expr::Value(value) => match &value.value {
                Value::Boolean(value) => Ok(Condition::Constant(*value)),
                _ => unsupported(expression),
            },
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::CompoundFieldAccess { .. } => {
                Ok(Condition::Truth(column(expression)?))
            }
            Expr::Function(function) => match call(function)? {
                Call::Member(group) => Ok(Condition::Member(group)),
                Call::Session(_) => unsupported(expression),
            },
            _ => unsupported(expression),
        }
    }

    /// The links of a chain of one operator, without a level of nesting per link.
    fn chain(&mut self, expression: &Expr, wanted: &BinaryOperator, depth: usize) -> Read<Vec<Condition>> {
        let mut links = Vec::new();
        let mut rest = expression;
        loop {
            match rest {
                Expr::BinaryOp { left, op, right } if op == wanted => {
                    links.push(self.condition(right, depth + 1)?);
                    rest = left;
                }
                _ => {
                    links.push(self.condition(rest, depth + 1)?);
                    break;
                }
            }
        }
        links.reverse();
        Ok(links)
    }
}

fn comparison(op: &BinaryOperator) -> Option<Comparison> {
    Some(match op {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn operand(expression: &Expr) -> Read<Operand> {
    match expression {
        Expr::Nested(inner) => operand(inner),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::CompoundFieldAccess { .. } => {
            column(expression).map(Operand::Column)
        }
        Expr::Value(value) => match &value.value {
            Value::Number(digits, false) => Ok(Operand::Literal(Literal::Number(Arc::from(digits.as_str())))),
            Value::SingleQuotedString(text) => Ok(Operand::Literal(Literal::Text(Arc::from(text.as_str())))),
            Value::Boolean(value) => Ok(Operand::Literal(Literal::Boolean(*value))),
            Value::Null => refuse("a comparison with NULL never holds", Some("Write `column IS NULL`.")),
            _ => unsupported(expression),
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match operand(expr)? {
            Operand::Literal(Literal::Number(digits)) if !digits.starts_with('-') => {
                Ok(Operand::Literal(Literal::Number(Arc::from(format!("-{digits}")))))
            }
            _ => unsupported(expression),
        },
        Expr::TypedString(typed) => {
            let Value::SingleQuotedString(text) = &typed.value.value else { return unsupported(expression) };
            match typed.data_type {
                DataType::Date => Ok(Operand::Literal(Literal::Date(Arc::from(text.as_str())))),
                DataType::Timestamp(None, TimezoneInfo::None) => {
                    Ok(Operand::Literal(Literal::Timestamp(Arc::from(text.as_str()))))
                }
                _ => unsupported(expression),
            }
        }
        Expr::Function(function) => match call(function)? {
            Call::Session(value) => Ok(Operand::Session(value)),
            Call::Member(_) => {
                refuse("`is_member` is not compared", Some("Write `is_member('g')` or `NOT is_member('g')`."))
            }
        },
        _ => unsupported(expression),
    }
}

fn column(expression: &Expr) -> Read<ColumnName> {
    match expression {
        Expr::Identifier(Ident { value, quote_style, .. }) => {
            Ok(ColumnName { text: Arc::from(value.as_str()), quoted: quote_style.is_some() })
        }
        Expr::CompoundIdentifier(_) | Expr::CompoundFieldAccess { .. } => refuse(
            format!("`{expression}` is not a top-level column"),
            Some("Predicates name top-level columns of the product itself, without a table name."),
        ),
        Expr::Nested(inner) => column(inner),
        _ => unsupported(expression),
    }
}

fn is_null(inner: &Expr, negated: bool) -> Read<Condition> {
    if let Expr::Function(_) = inner {
        return refuse(
            "a session function is never NULL",
            Some("A principal that lacks an attribute makes the whole predicate false."),
        );
    }
    Ok(Condition::IsNull { column: column(inner)?, negated })
}

fn like(expr: &Expr, pattern: &Expr, escape: Option<&Value>, negated: bool, fold_case: bool) -> Read<Condition> {
    match escape {
        None => {}
        Some(Value::SingleQuotedString(text)) if text == "\\" => {}
        Some(_) => return refuse("LIKE takes no other escape character than `\\`", None),
    }
    let Operand::Literal(Literal::Text(pattern)) = operand(pattern)? else {
        return refuse("LIKE takes a literal pattern", Some("Write `column LIKE 'abc%'`."));
    };
    if pattern.len() > PATTERN_BYTES_MAX {
        return refuse(format!("the LIKE pattern is longer than {PATTERN_BYTES_MAX} bytes"), None);
    }
    let slashes = pattern.chars().rev().take_while(|c| *c == '\\').count();
    if slashes % 2 == 1 {
        return refuse("the LIKE pattern ends in an escape character", None);
    }
    Ok(Condition::Like { operand: operand(expr)?, pattern, negated, fold_case })
}

/// The functions a predicate may call.
enum Call {
    Session(SessionValue),
    Member(Arc<str>),
}

fn call(function: &Function) -> Read<Call> {
    let plain = matches!(function.parameters, FunctionArguments::None)
        && !function.uses_odbc_syntax
        && function.filter.is_none()
        && function.null_treatment.is_none()
        && function.over.is_none()
        && function.within_group.is_empty();
    let name = match function.name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] if plain => name.value.to_lowercase(),
        _ => return unsupported(&Expr::Function(function.clone())),
    };
    let argument = text_argument(&function.args);
    match (name.as_str(), argument) {
        ("session_user", Argument::None) => Ok(Call::Session(SessionValue::User)),
        ("today", Argument::None) => Ok(Call::Session(SessionValue::Today)),
        ("session_attribute", Argument::Text(name)) => Ok(Call::Session(SessionValue::Attribute(name))),
        ("is_member", Argument::Text(group)) => Ok(Call::Member(group)),
        ("session_user" | "today", _) => refuse(format!("`{name}` takes no argument"), None),
        ("session_attribute" | "is_member", _) => refuse(format!("`{name}` takes one literal text"), None),
        _ => refuse(format!("a predicate may not call `{name}`"), Some(ALLOWED)),
    }
}

/// The arguments of a call, as far as they are accepted.
enum Argument {
    None,
    Text(Arc<str>),
    Other,
}

fn text_argument(arguments: &FunctionArguments) -> Argument {
    let list = match arguments {
        FunctionArguments::None => return Argument::None,
        FunctionArguments::List(list) if list.duplicate_treatment.is_none() && list.clauses.is_empty() => &list.args,
        _ => return Argument::Other,
    };
    match list.as_slice() {
        [] => Argument::None,
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))] => match &value.value {
            Value::SingleQuotedString(text) => Argument::Text(Arc::from(text.as_str())),
            _ => Argument::Other,
        },
        _ => Argument::Other,
    }
}
