import { Hono } from 'hono'

export const account = new Hono()

account.post('/users', (c) => c.json({ message: 'email: Invalid address' }, 422))

account.get('/me', (c) => c.text('Token expired', 401))

account.get('/export', () => {
  throw new RangeError('Invalid time value')
})
