import { Hono } from 'hono'
import { charge } from '../pay/charge.ts'
import { type Line, lineOf } from '../pay/prices.ts'

export const checkout = new Hono()

checkout.post('/checkout/:cart', async function checkOut(c) {
  const line: Line | undefined = lineOf(c.req.query('sku') ?? 'AB-7')
  c.get('klaxon').set({ cart: c.req.param('cart'), plan: 'pro' })
  await new Promise((done) => setTimeout(done, 4))
  if (line === undefined) c.get('klaxon').note('sku AB-7 is not in the cart any more')
  // The price was fixed when the line was added.
  const price = line!.priceId
  return c.json(charge(price))
})

checkout.post('/pay', (c) => c.json(charge('declined')))

checkout.get('/rates', () => {
  throw new Error('connect ETIMEDOUT 203.0.113.9:443 (shipping.example)')
})

checkout.get('/inventory/:sku', (c) => c.json({ message: 'inventory is down' }, 503))
