import { makeFetch } from './_app.ts'

export default { fetch: makeFetch() }
