import { callHook } from './guard.ts'
import type { Failure } from './occurrence.ts'
import type { User } from '../config/options.ts'
import type { Setup } from '../config/setup.ts'

/**
 * The user of a failed request: set by the app, where null is anonymous, else the option's result,
 * else the framework's.
 */
export function userOf(
  setup: Setup,
  { request, details, requestContext }: Failure,
): { id: string | null; name: string | null } {
  const { user: option } = setup.options
  const set = requestContext?.user
  const user =
    set !== undefined
      ? set
      : option === undefined || request === undefined
        ? details?.user
        : callHook(setup, 'user', () => option(request, details?.context))
  if (typeof user === 'string') return { id: user, name: null }
  if (typeof user !== 'object' || user === null) return { id: null, name: null }
  const name = callHook(setup, 'user', () => user.name)
  return { id: idOf(setup, user), name: typeof name === 'string' ? name : null }
}

function idOf(setup: Setup, user: User): string | null {
  return (
    callHook(setup, 'user', () => {
      const id: unknown = user.id
      if (typeof id === 'string') return id
      if (typeof id === 'number' || typeof id === 'bigint') return String(id)
      // An id such as ObjectId prints itself. A plain object would print [object Object].
      const printed =
        typeof id === 'object' && id !== null && id.toString !== Object.prototype.toString
      return printed ? String(id) : null
    }) ?? null
  )
}
