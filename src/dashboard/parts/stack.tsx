import type { Occurrence } from '../../model/occurrence.ts'
import type { Frame, Symbolicated } from '../../sourcemaps/index.ts'
import type { View } from '../view.ts'

export interface StackProps {
  occurrence: Occurrence
  mapped: Symbolicated
  view: View
}

/** The error, the frames of the app, the folded frames of libraries, then the causes. */
export function Stack({ occurrence: o, mapped, view }: StackProps) {
  return (
    <>
      <section class="card">
        <h2>
          {o.errorName ?? `${o.status} ${o.method}`}
          <span class="r">{noteOf(mapped, o)}</span>
        </h2>
        <div class="msg">{o.errorMessage ?? `answered ${o.status}`}</div>
        <Frames frames={mapped.frames} occurrence={o} view={view} />
        {o.errorStack !== null && (
          <details class="lib">
            <summary>raw stack</summary>
            <pre>{o.errorStack}</pre>
          </details>
        )}
      </section>
      {(o.causes ?? []).map((cause, at) => (
        <section class="card">
          <h2>
            {`caused by ${cause.name}`}
            {cause.code && <span class="r">{cause.code}</span>}
          </h2>
          <div class="msg">{cause.message}</div>
          <Frames frames={mapped.causes[at]?.frames ?? []} occurrence={o} view={view} />
        </section>
      ))}
    </>
  )
}

function noteOf({ doubtful, matchedBy, hint }: Symbolicated, { release }: Occurrence): string {
  if (doubtful) return 'these maps seem to be of another build'
  if (matchedBy !== null) return release === null ? 'mapped' : `mapped with ${release.slice(0, 14)}`
  return hint ?? ''
}

type FrameProps = { occurrence: Occurrence; view: View }

function Frames({ frames, ...rest }: { frames: readonly Frame[] } & FrameProps) {
  const own = frames.filter(({ inApp }) => inApp)
  // Without a frame of the app, folding would hide the whole stack.
  const shown = own.length > 0 ? own : frames
  const folded = own.length > 0 ? frames.filter(({ inApp }) => !inApp) : []
  return (
    <>
      {shown.map((frame) => (
        <OneFrame frame={frame} {...rest} />
      ))}
      {folded.length > 0 && (
        <details class="lib">
          <summary>{`${folded.length} library frame${folded.length === 1 ? '' : 's'}`}</summary>
          {folded.map((frame) => (
            <OneFrame frame={frame} {...rest} />
          ))}
        </details>
      )}
    </>
  )
}

function OneFrame({ frame, occurrence, view }: { frame: Frame } & FrameProps) {
  const { file, line, column, context } = frame
  const place =
    file === null
      ? frame.raw.trim()
      : [file, line, column].filter((part) => part !== null).join(':')
  const link = linkOf(frame, occurrence, view)
  return (
    <>
      <div class={frame.inApp ? 'fr own' : 'fr'}>
        <b>{`${frame.isAsync ? 'async ' : ''}${frame.isConstructor ? 'new ' : ''}${frame.function ?? '(anonymous)'}`}</b>
        <span>{link === null ? place : <a href={link}>{place}</a>}</span>
      </div>
      {context !== undefined && (
        <div class="src">
          {context.lines.map((text, at) => (
            <div class={context.first + at === line ? 'hit' : undefined}>
              <i>{context.first + at}</i>
              {text}
            </div>
          ))}
        </div>
      )}
    </>
  )
}

/** The user's link to a line of source. null unless it is `https:`. */
function linkOf(frame: Frame, { release }: Occurrence, { source }: View): string | null {
  if (source === undefined || !frame.inApp || frame.file === null || frame.line === null)
    return null
  try {
    const link = source({ file: frame.file, line: frame.line, release })
    return typeof link === 'string' && link.startsWith('https:') ? link : null
  } catch {
    // The user's function has thrown. The page is shown without the link.
    return null
  }
}
