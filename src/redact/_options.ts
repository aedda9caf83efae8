import { badOption } from '../model/klaxon-error.ts'
import type { RedactFunction } from './_redact-function.ts'

/** Rules that are added to the built-in ones. The built-in rules always apply. */
export interface RedactRules {
  /**
   * Keys whose values are filtered. A text matches anywhere in a key, regardless of case and
   * separators. A RegExp is matched against the key as it is. @default none
   */
  keys?: readonly (string | RegExp)[]
  /**
   * Patterns whose matches are filtered in every text, except the line and column of a frame. They
   * run on up to 20 KB, so keep their quantifiers bounded. @default none
   */
  patterns?: readonly RegExp[]
  /** Headers that are kept besides the allowed ones. @default none */
  headers?: readonly string[]
  /**
   * Replaces e-mail addresses: `mask` by `[email]`, `hash` by `[email:…]`, equal for equal
   * addresses. @default kept
   */
  email?: 'mask' | 'hash'
  /** Replaces IP addresses in the same ways. @default kept */
  ip?: 'mask' | 'hash'
  /** Replaces phone numbers in the same ways. @default kept */
  phone?: 'mask' | 'hash'
}

/**
 * Rules, or a function that runs after the built-in rules. It gets a copy of the occurrence, and
 * its result replaces the occurrence: a member that it leaves out is gone. If it throws or returns
 * nothing, the occurrence is kept without its details. A member of the wrong type is left out.
 */
export type RedactOptions = RedactRules | RedactFunction

const isRegExp = (v: unknown): boolean => v instanceof RegExp
const matches = (pattern: RegExp) => (v: unknown) => typeof v === 'string' && pattern.test(v)
const isList = (fits: (item: unknown) => boolean) => (v: unknown) =>
  Array.isArray(v) && v.every(fits)
const personal = [matches(/^(?:mask|hash)$/), '"mask" or "hash"'] as const

const RULES: Record<string, readonly [fits: (value: unknown) => boolean, fix: string]> = {
  keys: [isList((v) => isRegExp(v) || matches(/[a-z\d]/i)(v)), 'a list of texts and RegExps'],
  patterns: [isList(isRegExp), 'a list of RegExps'],
  // RFC 9110, 5.6.2
  headers: [isList(matches(/^[\w!#$%&'*+.^`|~-]+$/)), 'a list of header names'],
  email: personal,
  ip: personal,
  phone: personal,
}

/** Validates the rules. @throws KlaxonError that names the option and the fix */
export function checkRules(rules: RedactRules): RedactRules {
  const entries = typeof rules === 'object' ? Object.entries(rules) : [['', rules]]
  for (const [key, value] of entries as [string, unknown][]) {
    const rule = Object.hasOwn(RULES, key) ? RULES[key] : undefined
    if (rule && (value === undefined || rule[0](value))) continue
    const fix = rule?.[1] ?? `of ${Object.keys(RULES).join(', ')}, or a function`
    throw badOption(`redact${key && `.${key}`}`, `must be ${fix}`)
  }
  return rules
}
