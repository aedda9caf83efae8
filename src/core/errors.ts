/** What klaxon throws at its own user; `code` is for programs, `message` names the option and the mend. */
export class KlaxonError extends Error {
  override readonly name = 'KlaxonError'
  /** Upper snake case, such as `BAD_OPTION`. */
  readonly code: string

  constructor(message: string, options: { code: string; cause?: unknown }) {
    super(message, options)
    this.code = options.code
  }
}
