import type { AlertsPage as Data } from '../../read/types.ts'
import { clock } from '../parts/format.ts'
import { sentenceOf } from '../parts/history.tsx'
import { Layout, Token } from '../parts/layout.tsx'
import { Time } from '../parts/marks.tsx'
import { href, type View } from '../view.ts'

export interface Tested {
  channel: string
  ok: boolean
  reason: string | null
}

export interface AlertsProps {
  view: View
  page: Data
  canTest: boolean
  tested: readonly Tested[] | null
}

export function AlertsPage({ view, page, canTest, tested }: AlertsProps) {
  return (
    <Layout view={view} title="alerts" section="alerts">
      <div class="nb">
        <h1>Alerts</h1>
        {canTest && !view.readOnly && (
          <form class="r" method="post" action={href(view, 'alerts/test')}>
            <Token view={view} />
            <button>Send a test alert</button>
          </form>
        )}
      </div>
      {tested !== null &&
        (tested.length === 0 ? (
          <div class="flash bad">No channel is configured: set the option notify.</div>
        ) : (
          tested.map(({ channel, ok, reason }) => (
            <div class={ok ? 'flash' : 'flash bad'} role="status">
              {ok
                ? `${channel} took the test alert.`
                : `${channel} did not: ${reason ?? 'no reason given'}`}
            </div>
          ))
        ))}
      <Channels view={view} page={page} />
      {page.waiting.length > 0 && (
        <>
          <h2>Waiting</h2>
          <table class="fix">
            <tbody>
              {page.waiting.map((alert) => (
                <tr>
                  <td>
                    <a href={href(view, `i/${alert.fingerprint}`)}>
                      {alert.title ?? alert.fingerprint}
                    </a>
                    <div class="x">
                      {`${alert.channel.split(':')[0]} · ${alert.reason}${alert.digest ? ' · waits for the digest' : ''}${alert.tries > 0 ? ` · ${alert.tries} tries` : ''}`}
                    </div>
                  </td>
                  <td class="n">
                    <Time at={alert.createdAt} view={view} suffix=" ago" />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <h2>Sent, and not sent</h2>
      {page.events.length === 0 ? (
        <div class="empty">Nothing was sent in the last 90 days.</div>
      ) : (
        <table class="fix">
          <tbody>
            {page.events.map((event) => (
              <tr>
                <td>
                  <a href={href(view, `i/${event.fingerprint}`)}>
                    {event.title ?? event.fingerprint}
                  </a>
                  <div class={event.what === 'sent' ? 'x' : 's5'}>{sentenceOf(event)}</div>
                </td>
                <td class="n">
                  <Time at={event.at} view={view} suffix=" ago" />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Layout>
  )
}

function Channels({ view, page }: { view: View; page: Data }) {
  if (page.channels.length === 0)
    return (
      <p class="sub">No channel has used this database yet. The option notify names channels.</p>
    )
  return (
    <table class="fix">
      <thead>
        <tr>
          <th class="c4" scope="col">
            Channel
          </th>
          <th scope="col">State</th>
          <th class="n" scope="col">
            Used
          </th>
        </tr>
      </thead>
      <tbody>
        {page.channels.map((channel) => (
          <tr>
            <td>
              <b>{channel.name}</b>
              <div class="x">
                {[channel.service, channel.environment].filter(Boolean).join(' · ')}
              </div>
            </td>
            <td>
              {channel.pausedUntil > view.now ? (
                <span class="s5">
                  {`${channel.permanent ? 'refuses: left alone' : 'paused'} until ${clock(channel.pausedUntil, view.timeZone)}${channel.reason === null ? '' : `: ${channel.reason}`}`}
                </span>
              ) : (
                <span class="s2">ready</span>
              )}
            </td>
            <td class="n">
              <Time at={channel.usedAt} view={view} suffix=" ago" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
