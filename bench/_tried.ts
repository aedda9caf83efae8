/** What was tried for figures that miss their bound; shown only while they do. */
export const TRIED = {
  call: `without \`Date.now()\` at the start, which exists for \`durationMs\` alone, the same run gives 57 ns in Node and 80 ns in workerd: the clock is the whole difference. \`handler.apply(this, arguments)\`, a call with three arguments and rest parameters cost the same.`,
  apiCall: `the URL is looked at first, then the method, then the content type, each costing more than the one before (40, 65, 275 ns in workerd; Node 10, 9, 49).`,
  middleware: `a handle for \`c.get("klaxon")\` and the clock are what an empty middleware does not have.`,
  throwTime: `random bytes are drawn for 64 ids at once, one response is built in place of three, and the default error handler's body is read and not cloned. Of what is left, V8's formatting of the stack is the largest part, then redaction.`,
  storm: `see the time until the response; the rest is one timer a record for the linger, the encoding of the row and garbage.`,
  workerd: `see the CPU per captured error; the database shares the cores with workerd and with the load.`,
  envelope: `the scan is one pass; a body that a string made costs workerd less than the scan when the string is all ASCII.`,
  memory: `the peak of the resident memory depends on when garbage is collected; the median over fresh processes is shown.`,
  size: `the parts are listed below; what all users pay for and few use belongs behind an entry point of its own.`,
  burst: `a batch goes out when 100 records wait or 50 ms have passed: a slower client makes smaller batches.`,
} as const
