export const GET = () => {
  throw new Error('Payment failed', { cause: new Error('The card processor timed out') })
}
