import { Hono } from 'hono'
import { withCustomer } from './middleware/customer.ts'
import { account } from './routes/account.ts'
import { checkout } from './routes/checkout.ts'

/** The app whose failures the pictures show. */
export default new Hono()
  .onError((_error, c) => c.json({ message: 'Internal Server Error' }, 500))
  .use('/api/checkout/*', withCustomer)
  .route('/api', checkout)
  .route('/api', account)
