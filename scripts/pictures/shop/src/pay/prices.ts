export interface Line {
  sku: string
  priceId: string
}

const LINES: Line[] = [{ sku: 'CD-2', priceId: 'price_2' }]

export const lineOf = (sku: string): Line | undefined => LINES.find((line) => line.sku === sku)
