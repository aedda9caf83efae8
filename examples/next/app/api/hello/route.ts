import { route } from '../../../klaxon'

export const GET = route('/api/hello', () => Response.json({ message: 'Hello', from: 'klaxon' }))
