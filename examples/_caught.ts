import type { Klaxon } from 'klaxon'

/**
 * For frameworks that make a response of every throw and tell only an error hook of their own. What
 * the hook is told is thrown again inside the wrapped handler: so it is recorded once, with its
 * name and stack, and not as a bare status.
 */
const open = new WeakMap<Request, { error: unknown } | null>()
const answers = new WeakMap<Request, Response>()

/** The body of the wrapped handler: `answer` lets the framework answer. */
export async function throwing(
  request: Request,
  answer: () => Response | Promise<Response>,
): Promise<Response> {
  open.set(request, null)
  try {
    const response = await answer()
    const failure = open.get(request)
    if (!failure) return response
    answers.set(request, response)
    throw failure.error
  } finally {
    open.delete(request)
  }
}

/**
 * For the framework's hook. What comes when the response is out, such as a failed stream, is a
 * report.
 */
export function caught(klaxon: Klaxon, request: Request, error: unknown): void {
  if (open.has(request)) open.set(request, { error })
  else klaxon.report(error, { request })
}

/**
 * For the option `onError`: the framework's own page goes out; its text and its JSON give way to
 * klaxon's answer.
 */
export function ownPage(_error: unknown, { request }: { request: Request }): Response | undefined {
  const answer = answers.get(request)
  return /json|text\/plain/.test(answer?.headers.get('content-type') ?? '') ? undefined : answer
}
