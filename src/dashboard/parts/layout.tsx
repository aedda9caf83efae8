import type { Child } from 'hono/jsx'
import { css, js } from '../_assets.ts'
import { href, type View } from '../view.ts'
import { scopeOf } from './scope.tsx'

const SECTIONS = ['issues', 'occurrences', 'releases', 'alerts', 'health'] as const
export type Section = (typeof SECTIONS)[number]

export interface LayoutProps {
  view: View
  title: string
  section?: Section | undefined
  /** The text of the search box. */
  query?: string | undefined
  /** Beside the search box. */
  scopes?: Child
  children?: Child
}

/** The frame of every page behind the login. */
export function Layout({ view, title, section, query = '', scopes, children }: LayoutProps) {
  const action = href(view, section === 'occurrences' ? 'occurrences' : 'issues')
  const scope = scopeOf(query)
  const issues = `is:open ${scope}`.trim()
  return (
    <Document view={view} title={title}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header>
        <a class="logo" href={href(view, 'issues', { q: issues })}>
          klaxon
        </a>
        <nav aria-label="Pages">
          {SECTIONS.map((each) => (
            <a
              href={href(view, each, {
                q: each === 'issues' ? issues : each === 'occurrences' ? scope : '',
              })}
              aria-current={each === section ? 'page' : undefined}
            >
              {each[0]!.toUpperCase() + each.slice(1)}
            </a>
          ))}
        </nav>
        <form class="q" role="search" action={action}>
          <label class="vh" for="q">
            Search issues, or ask for any id
          </label>
          <input
            id="q"
            name="q"
            value={query}
            list="keys"
            autocomplete="off"
            placeholder="is:open status:5xx, or any id"
          />
          <kbd aria-hidden="true">/</kbd>
          <datalist id="keys">
            {SUGGESTIONS.map((value) => (
              <option value={value} />
            ))}
          </datalist>
        </form>
        {scopes}
        {view.hasSession ? (
          <form class="who" method="post" action={href(view, 'logout')}>
            <Token view={view} />
            <span>{view.visitor.name}</span>
            <button class="link">Log out</button>
          </form>
        ) : (
          <span class="who">{view.visitor.name}</span>
        )}
      </header>
      <main id="main">{children}</main>
      <Keys />
    </Document>
  )
}

/** Queries that the search box suggests. */
const SUGGESTIONS = [
  'is:open',
  'is:muted',
  'is:resolved',
  'is:regressed',
  'is:open kind:thrown',
  'is:open status:5xx',
  'is:open status:404',
  'is:open first:<24h',
  'is:open release:last',
  'is:open count:>100',
  'method:POST',
  'route:/api/*',
  'env:production',
  'error:TypeError',
  'user:42',
]

export function Document({
  view,
  title,
  children,
}: {
  view: View
  title: string
  children?: Child
}) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <meta name="robots" content="noindex" />
        <meta name="referrer" content="no-referrer" />
        <title>{`${title} · klaxon`}</title>
        <link rel="icon" type="image/svg+xml" href={href(view, '-/icon.svg')} />
        <link rel="stylesheet" href={href(view, `-/${css.name}`)} nonce={view.nonce} />
        <script src={href(view, `-/${js.name}`)} nonce={view.nonce} defer />
      </head>
      <body data-base={view.base}>{children}</body>
    </html>
  )
}

export function Token({ view }: { view: View }) {
  return view.token === '' ? null : <input type="hidden" name="token" value={view.token} />
}

const SHORTCUTS: readonly [string, string][] = [
  ['j k', 'next, previous row'],
  ['o', 'open'],
  ['x', 'select'],
  ['e', 'resolve'],
  ['m', 'mute for an hour'],
  ['i', 'ignore'],
  ['[ ]', 'older, newer'],
  ['y c', 'copy Markdown, curl'],
  ['/', 'search'],
  ['g i·o·r·a·h', 'go to a page'],
  ['u', 'back to the list'],
  ['?', 'this list'],
]

function Keys() {
  return (
    <dialog aria-label="Keyboard shortcuts">
      <h2>Keyboard</h2>
      <dl>
        {SHORTCUTS.map(([key, meaning]) => (
          <>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </>
        ))}
      </dl>
      <form method="dialog">
        <button>Close</button>
      </form>
    </dialog>
  )
}
