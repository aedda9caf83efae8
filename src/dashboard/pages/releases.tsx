import { quote } from '../../read/query/words.ts'
import type { ReleasesPage as Data } from '../../read/types.ts'
import { full } from '../parts/format.ts'
import { Layout } from '../parts/layout.tsx'
import { Time } from '../parts/marks.tsx'
import { href, type View } from '../view.ts'

export function ReleasesPage({ view, page }: { view: View; page: Data }) {
  return (
    <Layout view={view} title="releases" section="releases">
      <h1>Releases</h1>
      <p class="sub">What was first seen in which release.</p>
      {page.releases.length === 0 ? (
        <div class="empty">
          <h2>No release has failed yet</h2>
          <p>
            On Workers, a version metadata binding named CF_VERSION_METADATA names releases;
            elsewhere the option release does.
          </p>
        </div>
      ) : (
        <table class="fix">
          <thead>
            <tr>
              <th class="c4" scope="col">
                Release
              </th>
              <th scope="col">New issues</th>
              <th class="n" scope="col">
                First failure
              </th>
            </tr>
          </thead>
          <tbody>
            {page.releases.map(({ release, service, firstSeen, newIssues, issues }) => {
              const link = href(view, 'issues', { q: `release:${quote(release)}` })
              return (
                <tr data-href={link}>
                  <td>
                    <a href={link}>
                      <code>{release}</code>
                    </a>
                    <div class="x">{service}</div>
                  </td>
                  <td>
                    <b>{full(newIssues)}</b>
                    {issues.map((issue) => (
                      <div class="path">
                        <a
                          href={href(view, `i/${issue.fingerprint}`)}
                        >{`${issue.title} (${full(issue.count)})`}</a>
                      </div>
                    ))}
                  </td>
                  <td class="n">
                    <Time at={firstSeen} view={view} suffix=" ago" />
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
    </Layout>
  )
}
