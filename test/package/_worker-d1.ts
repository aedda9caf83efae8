import { withKlaxon } from 'klaxon'
import { d1, type D1Like } from 'klaxon/d1'
import { slack } from 'klaxon/slack'

// The Worker with D1 whose size is limited.
export default withKlaxon(
  { fetch: () => new Response('ok') },
  (env: { database: D1Like; webhookUrl: string }) => ({
    store: d1({ database: env.database }),
    notify: slack({ webhookUrl: env.webhookUrl }),
  }),
)
