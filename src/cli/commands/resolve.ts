import { actionCommand } from '../action-command.ts'

export const resolveCommand = actionCommand({
  name: 'resolve',
  summary: 'resolve issues; one that occurs again reopens by itself',
  usage: '<fingerprint …> | --query <query> [options]',
  words: `Resolves issues. A resolved issue that occurs again reopens, and alerts.

  --in-next-release  stay silent in the releases that are known now: an occurrence of any other
                     reopens it. Needs the option release in the app`,
  verb: 'Resolve',
  done: 'Resolved',
  options: { 'in-next-release': { type: 'boolean' } },
  act: (actions, target, values, options) =>
    values['in-next-release'] === true
      ? actions.resolveInNextRelease(target, options)
      : actions.resolve(target, options),
})
