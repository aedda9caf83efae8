import { Hono } from 'hono'
import { createKlaxon } from 'klaxon'
import { libsql } from 'klaxon/libsql'
import { slack } from 'klaxon/slack'

interface Env {
  LIBSQL_URL: string
  LIBSQL_AUTH_TOKEN?: string
  SLACK_WEBHOOK_URL?: string
}

const klaxon = createKlaxon((env: Env) => ({
  store: libsql({ url: env.LIBSQL_URL, authToken: env.LIBSQL_AUTH_TOKEN }),
  service: 'shop',
  notify: {
    to: slack({ webhookUrl: env.SLACK_WEBHOOK_URL }),
    when: ({ kind, count }) => kind !== 'browser' || count >= 10,
  },
}))

const intake = klaxon.intake({ origins: ['https://shop.example.com'], rate: 60 })

const app = new Hono<{ Bindings: Env }>()
app.all('/errors', (c) => intake(c.req.raw, c.env, c.executionCtx))
app.get('/', (c) => c.html('<script src="/errors"></script><h1>Shop</h1>'))

export default klaxon.wrap(app)
