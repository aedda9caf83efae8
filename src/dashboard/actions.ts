import type { ActionResult, PageActions, Target } from '../read/types.ts'
import { HOUR_MS } from '../util/time-units.ts'

export interface Form {
  action: string
  comment: string
}

/** The action of a button, and the text of the page after it. */
const ACTIONS: Record<
  string,
  [
    said: string,
    run: (
      actions: PageActions,
      target: Target,
      who: string,
      comment: string,
    ) => Promise<ActionResult>,
  ]
> = {
  resolve: ['Resolved', (a, target, who) => a.resolve(target, { who })],
  'resolve-next': [
    'Resolved in the next release',
    (a, target, who) => a.resolveInNextRelease(target, { who }),
  ],
  reopen: ['Reopened', (a, target, who) => a.reopen(target, { who })],
  ignore: ['Ignored', (a, target, who) => a.ignore(target, { who })],
  unmute: ['Unmuted', (a, target, who) => a.unmute(target, { who })],
  'mute-1h': ['Muted for an hour', (a, target, who) => a.mute(target, { forMs: HOUR_MS }, { who })],
  'mute-24h': [
    'Muted for a day',
    (a, target, who) => a.mute(target, { forMs: 24 * HOUR_MS }, { who }),
  ],
  'mute-100': ['Muted for 100 more', (a, target, who) => a.mute(target, { forNext: 100 }, { who })],
  comment: ['Commented', (a, target, who, comment) => a.comment(target, comment, { who })],
}

export interface Acted {
  said: string
  result: ActionResult
}

/** Runs the action of a form. null for an unknown action or an empty comment. */
export async function act(
  actions: PageActions,
  target: Target,
  { action, comment }: Form,
  who: string,
): Promise<Acted | null> {
  const known = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
  if (known === undefined || (action === 'comment' && comment.trim() === '')) return null
  const [said, run] = known
  return { said, result: await run(actions, target, who, comment.trim().slice(0, 2_000)) }
}
