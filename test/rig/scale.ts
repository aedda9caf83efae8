/** Whether this is `npm run test:soak`: the full numbers, in real time, however long it takes. */
export const soak = process.env['KLAXON_SOAK'] === '1'
