/** Whether this is `npm run test:soak`, which runs the full numbers in real time. */
export const soak = process.env['KLAXON_SOAK'] === '1'
