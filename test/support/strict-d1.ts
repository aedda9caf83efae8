import type { D1Like, D1StatementLike } from '../../src/store/d1/d1.ts'

/**
 * The limits of deployed D1, which Miniflare lacks:
 * https://developers.cloudflare.com/d1/platform/limits/
 */
const LIMITS = {
  params: 100,
  statementBytes: 100_000,
  parameterBytes: 2_000_000,
  compoundTerms: 5,
  functionArguments: 32,
  likePatternBytes: 50,
  statements: 50,
}

interface Statement extends D1StatementLike {
  sql: string
  values: unknown[]
  real: D1StatementLike
}

const bytes = (text: string): number => new TextEncoder().encode(text).length

/** A D1 binding with the limits of deployed D1. */
export function strictD1(database: D1Like): D1Like {
  const wrap = (sql: string, real: D1StatementLike, values: unknown[] = []): Statement => ({
    sql,
    values,
    real,
    bind: (...bound) => wrap(sql, real.bind(...bound), bound),
  })
  return {
    prepare: (sql) => wrap(sql, database.prepare(sql)),
    async batch(statements) {
      if (statements.length > LIMITS.statements)
        throw new Error(`D1_ERROR: too many queries: ${statements.length}`)
      for (const statement of statements as Statement[]) check(statement)
      return database.batch((statements as Statement[]).map(({ real }) => real))
    },
  }
}

function check({ sql, values }: Statement): void {
  const refuse = (words: string): never => {
    throw new Error(`D1_ERROR: ${words}: SQLITE_ERROR`)
  }
  if (values.length > LIMITS.params) refuse('too many SQL variables')
  if (bytes(sql) > LIMITS.statementBytes) refuse('statement too long')
  const { terms, args } = shape(sql)
  if (terms > LIMITS.compoundTerms) refuse('too many terms in compound SELECT')
  if (args > LIMITS.functionArguments) refuse('too many arguments on function')
  const hasLike = /\blike\b/i.test(sql)
  for (const value of values) {
    if (value instanceof Uint8Array && value.length > LIMITS.parameterBytes) refuse('blob too big')
    if (typeof value !== 'string') continue
    if (bytes(value) > LIMITS.parameterBytes) refuse('string or blob too big: SQLITE_TOOBIG')
    if (hasLike && bytes(value) > LIMITS.likePatternBytes && /[%_]/.test(value))
      refuse('LIKE or GLOB pattern too complex')
  }
}

/**
 * The most terms of a compound SELECT, and the most arguments of a function, anywhere in a
 * statement.
 */
export function shape(sql: string): { terms: number; args: number } {
  const tokens = sql
    .replaceAll(/'(?:[^']|'')*'/g, "''")
    .matchAll(/[a-z_][a-z_0-9]*\s*\(|[a-z_]+|[(),]/gi)
  const most = { terms: 1, args: 0 }
  let scope = { terms: 1, args: 1, isCall: false }
  const outer: (typeof scope)[] = []
  const count = (): void => {
    most.terms = Math.max(most.terms, scope.terms)
    if (scope.isCall) most.args = Math.max(most.args, scope.args)
  }
  for (const [token] of tokens) {
    if (token.endsWith('(')) {
      const name = token.slice(0, -1).trim().toLowerCase()
      outer.push(scope)
      const isCall =
        name !== '' && !/^(?:in|as|values|exists|over|and|or|not|where|select|from|on)$/.test(name)
      scope = { terms: 1, args: 1, isCall: isCall && !name.startsWith('klaxon_') }
    } else if (token === ')') {
      count()
      scope = outer.pop() ?? scope
    } else if (token === ',') scope.args++
    else if (/^(?:union|intersect|except)$/i.test(token)) scope.terms++
  }
  count()
  return most
}
