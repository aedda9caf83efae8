export const load = () => {
  throw new Error('The shelf is empty')
}
