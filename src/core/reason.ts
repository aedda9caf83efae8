/** The notifiers' way to it: they import nothing but the core. */
export { reasonPhrase } from '../envelope/respond.ts'
