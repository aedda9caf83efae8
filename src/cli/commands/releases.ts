import type { ReleaseRow } from '../../read/types.ts'
import { type Command, DATABASE_HELP, EXIT } from '../command.ts'
import { jsonLine, pick } from '../output/json.ts'
import { short } from '../output/rows.ts'
import { type Column, table } from '../output/table.ts'
import { ago, iso } from '../output/time.ts'
import { argumentsOf, readDuration, withReader } from '../with-reader.ts'

export const releasesCommand: Command = {
  name: 'releases',
  summary: 'list releases and the issues that are new in each',
  help: `klaxon releases [options]

Lists the newest 50 releases that failed, when they first did, and how many issues were new in them.

  --service <name>   of this service alone
  --since <time>     first seen within this time, such as 7d
  --json[=fields]    one release a line as JSON
In a pipe: release, service, first seen, new issues and the fingerprints of five, between tabs.

${DATABASE_HELP}`,
  async run(args, context) {
    const { values } = argumentsOf(args, { service: { type: 'string' }, since: { type: 'string' } })
    const now = Date.now()
    const from = values.since === undefined ? 0 : now - readDuration(values.since, '--since')
    return withReader(context, values, async (reader) => {
      const { service } = values
      const page = await reader.releases(service === undefined ? {} : { service })
      const rows = page.releases.filter(({ firstSeen }) => firstSeen >= from)
      if (values.json === true)
        context.stdout(rows.map((row) => jsonLine(pick(row, values))).join(''))
      else if (rows.length > 0) context.stdout(table(context, columnsOf(now), rows))
      if (rows.length === 0) context.stderr('No release is known: set the option release.\n')
      if (page.examined !== null)
        context.stderr(`New issues are counted among the ${page.examined} that were seen last.\n`)
      return EXIT.done
    })
  },
}

function columnsOf(now: number): Column<ReleaseRow>[] {
  return [
    {
      title: 'RELEASE',
      shown: ({ release }) => release,
      value: ({ release }) => release,
      style: () => 'bold',
    },
    { title: 'SERVICE', shown: ({ service }) => service, value: ({ service }) => service },
    {
      title: 'FIRST',
      shown: ({ firstSeen }) => `${ago(firstSeen, now)} ago`,
      value: ({ firstSeen }) => iso(firstSeen),
      align: 'right',
    },
    {
      title: 'NEW',
      shown: ({ newIssues }) => String(newIssues),
      value: ({ newIssues }) => newIssues,
      align: 'right',
    },
    {
      title: 'ISSUES',
      shown: ({ issues }) =>
        issues.map(({ fingerprint, title }) => `${short(fingerprint)} ${title}`).join(', '),
      value: ({ issues }) => issues.map(({ fingerprint }) => fingerprint).join(' '),
      grows: true,
    },
  ]
}
