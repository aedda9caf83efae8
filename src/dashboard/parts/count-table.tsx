import type { Child } from 'hono/jsx'

/** A dense table of counts. The first cell of a row names it. */
export function CountTable({
  caption,
  heads,
  rows,
}: {
  caption: string
  heads: readonly string[]
  rows: readonly (readonly [name: string, ...counts: Child[]])[]
}) {
  return (
    <table class="counts">
      <caption class="vh">{caption}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th scope="col" title={head}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, ...counts]) => (
          <tr>
            <th scope="row">{name}</th>
            {counts.map((count) => (
              <td>{count}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
