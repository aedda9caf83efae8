import { KlaxonError } from '../model/klaxon-error.ts'
import { isStoreError } from '../model/store-error.ts'
import type { DashboardContext } from './context.ts'
import { page, wantsJson } from './respond.tsx'
import { MessagePage } from './pages/messages.tsx'

interface Fault {
  status: 400 | 503
  title: string
  text: string
  command?: string
}

/** The page for a failure that a person can fix. null for other failures. */
export function faultPage(error: unknown, c: DashboardContext): Response | null {
  const fault = faultOf(error)
  const view = c.get('view')
  if (fault === null || view === undefined) return null
  const { status, title, text, command } = fault
  if (wantsJson(c)) return c.json({ error: title, message: text }, status)
  return page(
    c,
    <MessagePage
      view={view}
      title={title}
      text={text}
      command={command}
      query={c.req.query('q')}
      canTryAgain={status === 503 && c.req.method === 'GET'}
    />,
    status,
  )
}

function faultOf(error: unknown): Fault | null {
  if (error instanceof KlaxonError)
    return {
      status: 400,
      title: 'That query cannot be read',
      text: error.message.replace(/^klaxon: /, ''),
    }
  if (!isStoreError(error)) return null
  switch (error.failure) {
    case 'schema':
      return {
        status: 503,
        title: 'The tables are missing, or older than this version',
        text: 'Bring them up to date:',
        command: 'npx klaxon migrate',
      }
    case 'auth':
      return {
        status: 503,
        title: 'The database refuses the credentials',
        text: 'Check the token of the store that the dashboard is given.',
      }
    case 'transient':
    case 'refused':
    case 'poison':
      return {
        status: 503,
        title: 'The database does not answer',
        text: `${error.message}. Load the page again in a moment.`,
      }
  }
}
