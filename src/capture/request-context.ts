import type { User } from '../config/options.ts'
import type { Breadcrumb } from '../model/occurrence.ts'

/** Default of `breadcrumbs.most`. */
const MAX_NOTES = 30

/**
 * Context, breadcrumbs and user that the app has set for a request. They are stored only if the
 * request fails.
 */
export class RequestContext {
  #isClaimed = false
  /**
   * The id of the request's first failure. Set when it is first read, or when the request fails.
   */
  id: string | undefined
  /** The user. undefined when not set, null when anonymous. */
  user: User | string | null | undefined
  values: Record<string, unknown> | undefined
  notes: Breadcrumb[] | undefined

  set(values: Record<string, unknown>): void {
    this.values = { ...this.values, ...values }
  }

  /** Adds a breadcrumb. Keeps the newest `most`. */
  note(note: Breadcrumb, most = MAX_NOTES): void {
    const notes = (this.notes ??= [])
    notes.push(note)
    if (notes.length > most) notes.shift()
  }

  /** The id of a new failure. The first failure gets `id`, later ones get new ids. */
  claimId(make: () => string): string {
    if (this.#isClaimed) return make()
    this.#isClaimed = true
    return (this.id ??= make())
  }
}
