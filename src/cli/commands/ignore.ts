import { actionCommand } from '../action-command.ts'

export const ignoreCommand = actionCommand({
  name: 'ignore',
  summary: 'count issues without ever alerting',
  usage: '<fingerprint …> | --query <query> [options]',
  words: 'Goes on counting the issues and never alerts, until they are reopened.\n',
  verb: 'Ignore',
  done: 'Ignored',
  act: (actions, target, _values, options) => actions.ignore(target, options),
})
