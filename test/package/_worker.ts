import { withKlaxon } from 'klaxon'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'

// The Worker whose size is limited: only klaxon, a database and Slack.
export default withKlaxon(
  { fetch: () => new Response('ok') },
  (env: { url: string; authToken: string; webhookUrl: string }) => ({
    store: libsql({ url: env.url, authToken: env.authToken }),
    notify: slack({ webhookUrl: env.webhookUrl }),
  }),
)
