/**
 * The name of someone who acted, for a reader anywhere. Slack's buttons store a mention, which only
 * Slack shows as a name.
 */
export function personName(who: string): string {
  return who.replace(/^<@(\w+)>$/, '$1 in Slack')
}
