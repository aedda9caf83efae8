import { once } from 'node:events'
import { platform } from 'node:os'
import { personOf } from '../action-command.ts'
import { type Command, CommandError, type Context, DATABASE_HELP, EXIT } from '../command.ts'
import { argumentsOf, withReader } from '../with-reader.ts'

const MAX_PORT = 65_535

export const dashCommand: Command = {
  name: 'dash',
  summary: 'open the dashboard on this machine',
  help: `klaxon dash [options]

Serves the dashboard on 127.0.0.1 until Ctrl-C. It prints a link that lets one browser in, once;
every other request gets 401. It needs hono.

  klaxon dash --remote --open

  --port <port>      any free one unless said
  --open             also open the link in your browser
  --read-only        no buttons: nothing can be changed
Times are those of this machine's time zone. Your name in the history is KLAXON_USER, else USER.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = argumentsOf(args, {
      port: { type: 'string' },
      open: { type: 'boolean' },
      'read-only': { type: 'boolean' },
    })
    const port = readPort(values.port ?? '0')
    const { dashboard } = await import('../../dashboard/index.ts')
    const { Hono } = await import('hono')
    const { openDoor } = await import('../dash/door.ts')
    const { listen } = await import('../dash/listen.ts')
    return withReader(context, values, async (reader, { store, name }) => {
      // An unreachable database or missing tables are reported here, not on a page.
      await reader.tail(null, '')
      const server = await listen((request) => door.fetch(request), port)
      const app = new Hono()
      const door = openDoor((request) => app.fetch(request), `http://127.0.0.1:${server.port}`)
      const visitor = { name: personOf(context), readOnly: values['read-only'] === true }
      const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
      app.route(door.path, dashboard({ store, auth: { by: () => visitor }, timeZone }))
      try {
        context.stderr(`The dashboard of ${name}. The link works once; Ctrl-C ends.\n`)
        context.stdout(`${door.link}\n`)
        if (values.open === true) openBrowser(context, door.link)
        if (!context.signal.aborted) await once(context.signal, 'abort')
        return EXIT.interrupted
      } finally {
        server.close()
      }
    })
  },
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= MAX_PORT) return port
  throw new CommandError(`--port must be a number up to ${MAX_PORT}`, EXIT.usage)
}

const OPENERS: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ['open'],
  win32: ['start', '""'],
}

function openBrowser(context: Context, link: string): void {
  const [program = '', ...rest] = OPENERS[platform()] ?? ['xdg-open']
  void context.run(program, [...rest, link], context.cwd).then((code) => {
    if (code !== EXIT.done && !context.signal.aborted)
      context.stderr('klaxon: no browser could be opened: follow the link\n')
  })
}
