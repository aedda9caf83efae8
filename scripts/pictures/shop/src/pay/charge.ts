/** Takes the money; the issuer has the last word. */
export function charge(price: string): { receipt: string } {
  try {
    return { receipt: issuer(price) }
  } catch (cause) {
    throw Object.assign(new Error('card declined', { cause }), { name: 'PaymentError' })
  }
}

function issuer(price: string): string {
  if (price === 'declined')
    throw Object.assign(new Error('insufficient funds'), { code: 'CARD_DECLINED' })
  return `r-${price}`
}
