import { href, type View } from '../view.ts'
import { Token } from './layout.tsx'

/** The result of an action, for the page after it. */
export interface Done {
  /** Such as `Resolved`. */
  what: string
  count: number
  /** The parameter of `undo`. Empty when the action cannot be undone. */
  undo: string
  /** The page after undo, and its parameters `q` and `list`. */
  back: string
  query: string
  list: string
}

export function Flash({ view, done }: { view: View; done: Done | null }) {
  if (done === null) return null
  return (
    <div class="flash" role="status">
      {done.count > 0
        ? `${done.what} ${done.count === 1 ? '' : done.count}`.trim()
        : `${done.what}: nothing to do`}
      {done.undo !== '' && done.count > 0 && !view.readOnly && (
        <form method="post" action={href(view, 'undo')}>
          <Token view={view} />
          <input type="hidden" name="id" value={done.undo} />
          <input type="hidden" name="back" value={done.back} />
          <input type="hidden" name="q" value={done.query} />
          <input type="hidden" name="list" value={done.list} />
          <button class="link">Undo</button>
        </form>
      )}
    </div>
  )
}
