import { plainRoutes } from '../../../_plain.ts'

export const onRequest: PagesFunction = ({ request }) => plainRoutes(request)
