import type { SchemaVersion } from './types.ts'

/** The version of the tables for a person, and what to do about it. */
export function schemaSentence({ database, code, state }: SchemaVersion): string {
  switch (state) {
    case 'current':
      return `${code}, as this klaxon expects`
    case 'older':
      return `${database ?? 'unknown'}, and this klaxon expects ${code}: run \`npx klaxon migrate\``
    case 'newer':
      return `newer than ${code}, which this klaxon expects: update klaxon`
    case 'unrecorded':
      return 'their version is not recorded: `npx klaxon migrate` records it'
  }
}
