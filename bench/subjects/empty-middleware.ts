import { routes } from './_app.ts'

export default routes((app) => app.use((_c, next) => next()))
