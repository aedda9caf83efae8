import { parseEnv } from 'node:util'

/** Adds missing lines to the end of a file. */
export function withLines(text: string, lines: readonly string[]): string {
  const known = new Set(text.split(/\r?\n/).map((line) => line.trim()))
  const forms = (line: string): string[] => [line, `/${line}`, `${line}/`, `/${line}/`]
  const missing = lines.filter((line) => !forms(line).some((form) => known.has(form)))
  if (missing.length === 0) return text
  const start = text === '' || text.endsWith('\n') ? text : `${text}\n`
  return `${start}${missing.join('\n')}\n`
}

/** Adds missing variables to a file like `.env`. */
export function withVariables(text: string, variables: Record<string, string>): string {
  const known = parseEnv(text)
  const missing = Object.entries(variables).filter(([name]) => !Object.hasOwn(known, name))
  return withLines(
    text,
    missing.map(([name, value]) => `${name}="${value}"`),
  )
}
