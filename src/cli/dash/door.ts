import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

type Handler = (request: Request) => Response | Promise<Response>

export interface Door {
  /** The link, which lets one browser in, once. */
  link: string
  /** The address of the pages, without a slash at its end. */
  path: string
  /** Serves the pages to the browser that has followed the link. Others get a 401. */
  fetch: Handler
}

const USED =
  'This link has been used. End `klaxon dash` with Ctrl-C and start it again for another.'
const CLOSED = 'Follow the link that `klaxon dash` has printed.'

/**
 * Protects the pages by a link that works once and sets a session cookie.
 *
 * @param origin `http://127.0.0.1:PORT`. Other host names are refused, because a web page may have
 * bound its name to this machine
 */
export function openDoor(pages: Handler, origin: string): Door {
  // A host's cookies go to all of its ports, so the path is random: no other local server can guess
  // it.
  const path = `/${randomBytes(4).toString('hex')}`
  const key = randomToken()
  const session = randomToken()
  const cookie = `klaxon-dash=${session}`
  const keyPath = `${path}/in/${key}`
  let isUsed = false

  function fetch(request: Request): Response | Promise<Response> {
    const url = new URL(request.url)
    if (url.origin !== origin) return refusal(CLOSED)
    const isKey = areEqual(url.pathname, keyPath)
    if (isKey && request.method === 'GET' && !isUsed) {
      isUsed = true
      const attributes = `Path=${path}; HttpOnly; SameSite=Lax`
      const headers = { location: `${path}/`, 'set-cookie': `${cookie}; ${attributes}` }
      return new Response(null, { status: 303, headers: { ...DOOR_HEADERS, ...headers } })
    }
    const cookies = (request.headers.get('cookie') ?? '').split(/; */)
    if (cookies.some((each) => areEqual(each, cookie))) return pages(request)
    return refusal(isKey && isUsed ? USED : CLOSED)
  }

  return { link: origin + keyPath, path, fetch }
}

const DOOR_HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }

function refusal(text: string): Response {
  const headers = { ...DOOR_HEADERS, 'content-type': 'text/plain; charset=UTF-8' }
  return new Response(`401 Unauthorized. ${text}\n`, { status: 401, headers })
}

const randomToken = (): string => randomBytes(24).toString('base64url')

/** Compares two texts in constant time. */
const areEqual = (one: string, other: string): boolean =>
  timingSafeEqual(digest(one), digest(other))

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
