import type { AlertsPage } from '../../read/types.ts'
import { type Command, type Context, DATABASE_HELP, EXIT } from '../command.ts'
import { jsonLine, pick } from '../output/json.ts'
import { short } from '../output/rows.ts'
import { type Column, table } from '../output/table.ts'
import { ago, iso } from '../output/time.ts'
import { argumentsOf, readDuration, withReader } from '../with-reader.ts'

export const alertsCommand: Command = {
  name: 'alerts',
  summary: 'list alerts that were sent, failed or wait, and the channels',
  help: `klaxon alerts [options]

Lists what was sent or failed, newest first, then what waits, then the channels and their pauses.

  --since <time>     what was sent or failed within this time, such as 24h
  --json[=fields]    as JSON: events, waiting, channels
In a pipe: one alert a line, as time, what, channel, fingerprint and title, between tabs.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = argumentsOf(args, { since: { type: 'string' } })
    const now = Date.now()
    const from = values.since === undefined ? 0 : now - readDuration(values.since, '--since')
    return withReader(context, values, async (reader) => {
      const page = await reader.alerts()
      const shown = { ...page, events: page.events.filter(({ at }) => at >= from) }
      if (values.json === true) context.stdout(jsonLine(pick(shown, values)))
      else context.stdout(textOf(context, shown, now))
      if (shown.events.length + shown.waiting.length === 0) context.stderr('No alerts.\n')
      return EXIT.done
    })
  },
}

interface Line {
  at: number
  what: string
  channel: string
  fingerprint: string
  title: string | null
}

function textOf(context: Context, { events, waiting, channels }: AlertsPage, now: number): string {
  const lines: Line[] = [
    ...events.map((event) => ({ ...event, channel: event.channel ?? '' })),
    ...waiting.map(({ createdAt, tries, digest, ...alert }) => {
      const what = digest ? 'waits for a digest' : tries > 0 ? `waits, ${tries} tries` : 'waits'
      return { ...alert, at: createdAt, what }
    }),
  ]
  const alerts = lines.length === 0 ? '' : table(context, columnsOf(now), lines)
  if (!context.isTTY.stdout || channels.length === 0) return alerts
  return `${alerts}${alerts === '' ? '' : '\n'}${table(context, channelColumns(now), channels)}`
}

function columnsOf(now: number): Column<Line>[] {
  return [
    {
      title: 'AGO',
      shown: ({ at }) => ago(at, now),
      value: ({ at }) => iso(at),
      align: 'right',
      style: () => 'dim',
    },
    {
      title: 'WHAT',
      shown: ({ what }) => what,
      value: ({ what }) => what,
      style: ({ what }) =>
        what === 'sent' ? 'green' : what.startsWith('waits') ? 'yellow' : 'red',
    },
    { title: 'CHANNEL', shown: ({ channel }) => channel, value: ({ channel }) => channel },
    {
      title: 'ISSUE',
      shown: ({ fingerprint }) => short(fingerprint),
      value: ({ fingerprint }) => fingerprint,
      style: () => 'cyan',
    },
    { title: 'TITLE', shown: ({ title }) => title ?? '', value: ({ title }) => title, grows: true },
  ]
}

function channelColumns(now: number): Column<AlertsPage['channels'][number]>[] {
  return [
    { title: 'CHANNEL', shown: ({ key }) => key },
    { title: 'SERVICE', shown: ({ service }) => service },
    { title: 'ENVIRONMENT', shown: ({ environment }) => environment },
    { title: 'USED', shown: ({ usedAt }) => `${ago(usedAt, now)} ago` },
    {
      title: 'STATE',
      shown: ({ pausedUntil, permanent, reason }) =>
        pausedUntil <= now
          ? 'ready'
          : `${permanent ? 'disabled' : 'paused'} until ${iso(pausedUntil).slice(0, 16)}${reason === null ? '' : `: ${reason}`}`,
      style: ({ pausedUntil }) => (pausedUntil <= now ? 'green' : 'red'),
    },
  ]
}
