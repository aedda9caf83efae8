import { printed, wordsOf } from './words.ts'

/** The values that a query wants for a key. It leaves out values that the query excludes by `-`. */
export function valuesOf(query: string, key: string): string[] {
  return wordsOf(query).flatMap((word) => (word.key === key && !word.negated ? [word.value] : []))
}

/** The query with this value alone for the key; null asks any. Words after `-` stay. */
export function withValue(query: string, key: string, value: string | null): string {
  const others = wordsOf(query).filter((word) => word.key !== key || word.negated)
  const wanted = value === null ? [] : [{ key, value, negated: false }]
  return [...others, ...wanted].map(printed).join(' ')
}
