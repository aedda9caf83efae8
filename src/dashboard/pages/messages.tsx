import type { Asked } from '../../read/types.ts'
import { Document, Layout } from '../parts/layout.tsx'
import { capitalised } from '../parts/format.ts'
import { OccurrenceTable } from '../parts/occurrence-table.tsx'
import { href, type View } from '../view.ts'

/** The login page. */
export function LoginPage({
  view,
  fault,
  back,
}: {
  view: View
  fault: string | null
  back: string
}) {
  return (
    <Document view={view} title="log in">
      <main class="login" id="main">
        <h1>
          <span class="logo">klaxon</span>
        </h1>
        {fault !== null && (
          <div class="flash bad" role="alert">
            {fault}
          </div>
        )}
        <form method="post" action={href(view, 'login')}>
          <input type="hidden" name="back" value={back} />
          <label for="secret">Secret</label>
          <input
            id="secret"
            name="secret"
            type="password"
            autocomplete="current-password"
            required
            autofocus
          />
          <label for="name">Your name, for the history</label>
          <input id="name" name="name" autocomplete="nickname" maxlength={60} />
          <button class="p">Log in</button>
        </form>
      </main>
    </Document>
  )
}

export interface MessageProps {
  view: View
  title: string
  text: string
  /** A command that helps. */
  command?: string | undefined
  query?: string | undefined
  /** Whether a second request may succeed. */
  canTryAgain?: boolean
}

/** A page for an empty or broken state: one sentence, and what to do. */
export function MessagePage({ view, title, text, command, query, canTryAgain }: MessageProps) {
  return (
    <Layout view={view} title={title} query={query}>
      <div class="empty">
        <h1>{title}</h1>
        <p>{capitalised(text)}</p>
        {command !== undefined && <pre>{command}</pre>}
        {/* Empty, because behind a proxy the browser alone knows the address of the page. */}
        {canTryAgain === true && (
          <a class="b" href="">
            Try again
          </a>
        )}
      </div>
    </Layout>
  )
}

/** The page for an id that belongs to no single page. */
export function AskedPage({ view, asked, query }: { view: View; asked: Asked; query: string }) {
  return (
    <Layout view={view} title={query} query={query}>
      <h1>{query}</h1>
      <p class="sub">{capitalised(asked.sentence)}.</p>
      {(asked.kind === 'request' || asked.kind === 'trace') && (
        <OccurrenceTable rows={asked.occurrences} view={view} />
      )}
      {asked.kind === 'ambiguous' && (
        <ul>
          {asked.issues.map(({ fingerprint, title }) => (
            <li>
              <a class="a" href={href(view, `i/${fingerprint}`)}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      )}
    </Layout>
  )
}
