import { addTo } from './jsonc.ts'
import { parseJsonc, parseToml } from './vendor.ts'

/** Settings that klaxon needs in a wrangler config. */
export interface ConfigWishes {
  /** A separate D1 database for klaxon; null when the project has a libSQL database. */
  d1: { binding: string; database_name: string } | null
  /** null for a Worker without a `scheduled` handler, where every run would fail. */
  cron: string | null
}

interface WranglerConfig {
  main?: string
  d1_databases?: { binding?: string; database_name?: string }[]
  triggers?: { crons?: string[] }
  version_metadata?: { binding?: string }
  env?: Record<string, WranglerConfig>
}

export function readConfig(path: string, text: string): WranglerConfig {
  if (path.endsWith('.toml')) return parseToml(text)
  return (parseJsonc(text, [], { allowTrailingComma: true }) ?? {}) as WranglerConfig
}

/** The name of the version binding, existing or new. */
export function versionBinding(config: WranglerConfig): string {
  return config.version_metadata?.binding ?? 'CF_VERSION_METADATA'
}

/** Adds missing settings to the config. Comments and formatting stay. */
export function editConfig(path: string, text: string, wishes: ConfigWishes): string {
  const config = readConfig(path, text)
  return path.endsWith('.toml') ? editToml(text, config, wishes) : editJsonc(text, config, wishes)
}

function editJsonc(text: string, config: WranglerConfig, { d1, cron }: ConfigWishes): string {
  let result = text
  const add = (where: readonly string[], value: unknown): void => {
    result = addTo(result, where, value)
  }
  if (d1 !== null && !hasD1(config, d1.binding)) add(['d1_databases'], [d1])
  if (config.version_metadata === undefined)
    add(['version_metadata'], { binding: versionBinding(config) })
  if (cron === null) return result
  if (config.triggers === undefined) add(['triggers'], { crons: [cron] })
  else if ((config.triggers.crons ?? []).length === 0) add(['triggers', 'crons'], [cron])
  return result
}

function editToml(text: string, config: WranglerConfig, { d1, cron }: ConfigWishes): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  let result = text
  const tables: string[] = []
  if (d1 !== null && !hasD1(config, d1.binding)) {
    tables.push(
      `[[d1_databases]]\nbinding = "${d1.binding}"\ndatabase_name = "${d1.database_name}"\n`,
    )
  }
  if (config.version_metadata === undefined)
    tables.push(`[version_metadata]\nbinding = "${versionBinding(config)}"\n`)
  if (cron === null) {
    // Nothing to add.
  } else if (config.triggers === undefined) tables.push(`[triggers]\ncrons = ["${cron}"]\n`)
  else if ((config.triggers.crons ?? []).length === 0) {
    result = /^\s*crons\s*=\s*\[\s*\]/m.test(result)
      ? result.replace(/^(\s*crons\s*=\s*)\[\s*\]/m, `$1["${cron}"]`)
      : result.replace(/^\s*\[triggers\][^\n]*\n/m, (line) => `${line}crons = ["${cron}"]\n`)
  }
  if (tables.length === 0) return result
  const added = tables
    .map((table) => `\n${table}`)
    .join('')
    .replaceAll('\n', eol)
  return result.replace(/\s*$/, eol) + added
}

/** Whether the edited text has the old settings and the new ones. */
export function isAsWished(path: string, text: string, { d1, cron }: ConfigWishes): boolean {
  try {
    const config = readConfig(path, text)
    const hasDatabase = d1 === null || hasD1(config, d1.binding)
    return (
      hasDatabase && config.version_metadata !== undefined && (cron === null || hasCrons(config))
    )
  } catch {
    // An inline table, or another form that a table at the end contradicts. A person must edit it.
    return false
  }
}

/** Environments of the config without the D1 binding: they inherit none. */
export function environmentsWithout(binding: string, { env = {} }: WranglerConfig): string[] {
  return Object.keys(env).filter((name) => !hasD1(env[name]!, binding))
}

export function hasCrons({ triggers }: WranglerConfig): boolean {
  return (triggers?.crons ?? []).length > 0
}

function hasD1({ d1_databases = [] }: WranglerConfig, binding: string): boolean {
  return d1_databases.some((entry) => entry.binding === binding)
}
