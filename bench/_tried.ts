/** What was tried for figures that miss their bound, and what stands in the way; shown only while they do. */
export const TRIED = {
  wrap: `on this path no clock, no header and no body is read: what is left is the call, two of the host's getters and one look at the URL. Runs differ by 0.02.`,
  middleware: `beyond an empty middleware there are \`c.set("klaxon")\` with the map that Hono makes for it, a look at status and URL. Runs differ by 0.03.`,
  call: `no clock is read (it cost 36 ns in Node, 60 in workerd), and what follows a failure is a function of its own, so that V8 inlines the rest (17 ns). \`apply\` with \`arguments\`, a call with three arguments and rest parameters cost the same.`,
  apiCall: `the URL is looked at first, then the method, then the content type, in the order of what they cost: 40, 65, 275 ns in workerd, 10, 9, 49 in Node. The first alone is most of what is over.`,
  throwTime: `one response is made where there were three, and no body is read to know Hono's default; all short texts are redacted by one look, and the frames of a stack are known by the comparison with the last ones; headers are read once; random bytes are drawn for 256 ids at once. Of what is left, 3.5 µs are V8's formatting of the stack, which a POST by hand pays as well, 2.5 redaction, 1 the rest of the record; to do any of it later would leave a raw error in memory.`,
  storm: `three requests of a batch have a timer, not each; what is known of a request is removed from its WeakMap, because V8's young collections keep the values of an old one alive, which was a third of the CPU. The rest is the time until the response, the JSON of the row, twice, once in ours and once in the client's, and the fingerprint.`,
  workerd: `a batch has three timers, not one a request (25 µs), and no body is read to know Hono's default (15 µs). Compare with the POST by hand of the same run: the database, workerd and the load share two cores.`,
  envelope: `the scan is one pass and takes 16 µs of 20 KB in workerd, as much as half of making and reading the body; reading and making it once more takes 10.`,
  memory: `the peak of resident memory depends on when garbage is collected; shown is the median over fresh processes.`,
  size: `not begun; the parts are listed below.`,
  burst: `a batch goes out when it holds 100 records or is 50 ms old, so a slower client makes smaller batches.`,
} as const
