import { CommandError, EXIT } from '../command.ts'

/**
 * Turns `--json=a,b` into `--json --fields=a,b`, because `parseArgs` has no optional values.
 */
export function withFields(args: readonly string[]): string[] {
  return args.flatMap((arg) =>
    arg.startsWith('--json=') ? ['--json', `--fields=${arg.slice(7)}`] : [arg],
  )
}

export const JSON_OPTIONS = {
  json: { type: 'boolean' },
  fields: { type: 'string' },
} as const

export interface JsonFlags {
  json?: boolean | undefined
  fields?: string | undefined
}

/**
 * JSON on one line. Characters outside ASCII that a terminal acts on are escaped, because JSON
 * leaves C1 controls and marks as they are.
 */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value)
  return `${text.replace(
    /[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udfff]/g,
    (found) => Array.from({ length: found.length }, (_, at) => hex(found.charCodeAt(at))).join(''),
  )}\n`
}

const hex = (unit: number): string => `\\u${unit.toString(16).padStart(4, '0')}`

/** The named members of an object, in the order of the names. */
export function pick(record: object, { fields }: JsonFlags): object {
  if (fields === undefined) return record
  const names = fields.split(',').filter((name) => name !== '')
  const known = Object.keys(record)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new CommandError(
      `there is no field "${unknown}"; fields are ${known.join(', ')}`,
      EXIT.usage,
    )
  return Object.fromEntries(names.map((name) => [name, record[name as keyof typeof record]]))
}
