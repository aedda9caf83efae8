/**
 * Every error that klaxon throws at its user. `code` is for programs; `message` names the option
 * and the fix.
 */
export class KlaxonError extends Error {
  override readonly name = 'KlaxonError'
  /** Upper snake case, such as `BAD_OPTION`. */
  readonly code: string
  /** The option at fault; missing when no option is. */
  readonly option?: string

  constructor(message: string, options: { code: string; cause?: unknown; option?: string }) {
    super(message, options)
    this.code = options.code
    if (options.option !== undefined) this.option = options.option
  }
}

/**
 * The error for a bad option.
 * @param option the option's name, or its member's, such as `envelope.paths`
 * @param fix the rest of the message after the name, such as `must be true or false`
 */
export function badOption(option: string, fix: string): KlaxonError {
  return new KlaxonError(`klaxon: option \`${option}\` ${fix}`, {
    code: 'BAD_OPTION',
    option: option.split('.', 1)[0]!,
  })
}
