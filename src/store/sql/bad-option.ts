import { KlaxonError } from '../../model/klaxon-error.ts'

/**
 * The error for an option of a store's factory. `rule` says what the option must be, after "must".
 */
export function badOption(factory: string, option: string, rule: string): KlaxonError {
  return new KlaxonError(`klaxon: option \`${option}\` of ${factory}() must ${rule}`, {
    code: 'BAD_OPTION',
  })
}
