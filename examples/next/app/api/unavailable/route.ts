import { route } from '../../../klaxon'

export const GET = route('/api/unavailable', () =>
  Response.json({ message: 'Back in five minutes' }, { status: 503 }),
)
