import { CommandError, EXIT } from '../command.ts'

/** An answer of Cloudflare's API that wrangler throws, as far as it is read here. */
interface ApiError {
  status: number
  notes: { text: string }[]
}

const HOW_TO_LOG_IN = 'Check CLOUDFLARE_API_TOKEN, or run `npx wrangler login`'

/**
 * Explains in one line why wrangler could not open a deployed database. Wrangler's own message
 * names only the address of the API; the reason is in the causes of its error.
 */
export function remoteError(error: unknown, database: string): CommandError {
  const causes = causesOf(error)
  const refusal = causes.find(isApiError)
  if (refusal !== undefined) {
    const reason = refusal.notes.map(({ text }) => text).join('; ')
    return refusal.status === 401 || refusal.status === 403
      ? new CommandError(
          `Cloudflare refuses the credentials for ${database}: ${reason}. ${HOW_TO_LOG_IN}`,
          EXIT.credentials,
        )
      : new CommandError(`Cloudflare refuses ${database}: ${reason}`)
  }
  const [reason = ''] = causes
    .map((cause) => (cause as Partial<Error>).message)
    .filter((message) => typeof message === 'string')
    .slice(-1)
  if (reason.includes('CLOUDFLARE_API_TOKEN'))
    return new CommandError(`${database} needs credentials. ${HOW_TO_LOG_IN}`, EXIT.credentials)
  return new CommandError(`${database} cannot be reached: ${reason.split('\n')[0]}`)
}

/** An error and its causes. Wrangler's contain events, which are no errors. */
function causesOf(error: unknown): object[] {
  const causes: object[] = []
  let cause = error
  while (typeof cause === 'object' && cause !== null && causes.length < 10) {
    causes.push(cause)
    cause = (cause as { cause?: unknown }).cause
  }
  return causes
}

function isApiError(cause: object): cause is ApiError {
  const { status, notes } = cause as Partial<ApiError>
  return typeof status === 'number' && Array.isArray(notes) && notes.length > 0
}
