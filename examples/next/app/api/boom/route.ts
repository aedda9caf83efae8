import { route } from '../../../klaxon'

export const GET = route('/api/boom', () => {
  throw new Error('Payment failed', { cause: new Error('The card processor timed out') })
})
