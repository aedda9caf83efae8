import { routes } from './_app.ts'

export default routes()
