import { actionCommand } from '../action-command.ts'

export const reopenCommand = actionCommand({
  name: 'reopen',
  summary: 'open resolved or ignored issues again',
  usage: '<fingerprint …> | --query <query> [options]',
  words: 'Opens resolved or ignored issues again.\n',
  verb: 'Reopen',
  done: 'Reopened',
  act: (actions, target, _values, options) => actions.reopen(target, options),
})
