import { actionCommand } from '../action-command.ts'

export const unmuteCommand = actionCommand({
  name: 'unmute',
  summary: 'let muted issues alert again',
  usage: '<fingerprint …> | --query <query> [options]',
  words: 'Lets muted issues alert again.\n',
  verb: 'Unmute',
  done: 'Unmuted',
  act: (actions, target, _values, options) => actions.unmute(target, options),
})
