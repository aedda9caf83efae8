/** `/x not found`, `Server error at /x`: what a status says about a path. */
export function describeStatus(status: number, path: string): string {
  if (status === 404) return `${path} not found`
  if (status === 403) return `Forbidden access to ${path}`
  return `${PHRASES[status] ?? (status >= 500 ? 'Server error' : 'Client error')} at ${path}`
}

/** Reason phrases of the IANA HTTP status code registry, but 400 and 500, which contract and tradition word so. */
const PHRASES: Record<number, string> = {
  400: 'Bad request',
  401: 'Unauthorized',
  402: 'Payment Required',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  417: 'Expectation Failed',
  418: "I'm a Teapot",
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  423: 'Locked',
  424: 'Failed Dependency',
  425: 'Too Early',
  426: 'Upgrade Required',
  428: 'Precondition Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  451: 'Unavailable For Legal Reasons',
  500: 'Server error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  505: 'HTTP Version Not Supported',
  506: 'Variant Also Negotiates',
  507: 'Insufficient Storage',
  508: 'Loop Detected',
  510: 'Not Extended',
  511: 'Network Authentication Required',
}
