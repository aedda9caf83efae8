/**
 * For frameworks that make a response of every throw and tell only an error hook of their own. What the hook was told is
 * thrown again inside the wrapped handler: so it is recorded once, with its name and stack, and not as a bare status.
 */
const errors = new WeakMap<Request, { error: unknown }>()
const answers = new WeakMap<Request, Response>()

/** For the framework's hook. */
export function caught(request: Request, error: unknown): void {
  errors.set(request, { error })
}

/** The end of the wrapped handler. */
export function thrownOn(request: Request, response: Response): Response {
  const failure = errors.get(request)
  if (failure === undefined) return response
  answers.set(request, response)
  throw failure.error
}

/** For the option `onError`: the framework's own page goes out; its text and its JSON give way to klaxon's answer. */
export function ownPage(_error: unknown, { request }: { request: Request }): Response | undefined {
  const answer = answers.get(request)
  return /json|text\/plain/.test(answer?.headers.get('content-type') ?? '') ? undefined : answer
}
