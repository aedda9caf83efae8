/** The path of an absolute URL. It does not parse the URL, because every request runs it. */
export function pathOf(url: string): string {
  const scheme = url.indexOf('://')
  const start = url.indexOf('/', scheme === -1 ? 0 : scheme + 3)
  if (start === -1) return '/'
  for (let i = start; i < url.length; i++) {
    const c = url.charCodeAt(i)
    if (c === 0x3f || c === 0x23) return url.slice(start, i)
  }
  return url.slice(start)
}
