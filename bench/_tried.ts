/** What was tried for figures that miss their bound, and what stands in the way; shown only while they do. */
export const TRIED = {
  wrap: `on this path no clock, no header and no body is read: what is left is the call, two of the host's getters and one look at the URL. Runs differ by 0.02.`,
  middleware: `beyond an empty middleware there are \`c.set("klaxon")\` with the map that Hono makes for it, a look at status and URL. Runs differ by 0.03.`,
  call: `no clock is read (it cost 36 ns in Node, 60 in workerd), and what follows a failure is a function of its own, so that V8 inlines the rest (17 ns). \`apply\` with \`arguments\`, a call with three arguments and rest parameters cost the same.`,
  apiCall: `the URL is looked at first, then the method, then the content type, in the order of what they cost: 40, 65, 275 ns in workerd, 10, 9, 49 in Node. The first alone is most of what is over.`,
  throwTime: `random bytes are drawn for 64 ids at once, one response is made in place of three, Hono's route is found without copies and the default error handler's body is read, not cloned. Of what is left, 3.3 µs are V8's formatting of the stack and about 4 the redaction of it; without a stack 12 µs are spread over the response, the other fields and many small parts.`,
  storm: `the time until the response is half of it; the rest is a timer a record for the linger, the JSON of the row, twice, once in ours and once in the client's, and garbage.`,
  workerd: `see the CPU per captured error. The database, workerd and the load share two cores.`,
  envelope: `the scan is one pass and takes 16 µs of 20 KB in workerd, as much as half of making and reading the body; reading and making it once more takes 10.`,
  memory: `the peak of resident memory depends on when garbage is collected; shown is the median over fresh processes.`,
  size: `not begun; the parts are listed below.`,
  burst: `a batch goes out when 100 records wait or 50 ms have passed, so a slower client makes smaller batches.`,
} as const
