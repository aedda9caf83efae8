export const dynamic = 'force-dynamic'

export default function Broken() {
  throw new Error('The shelf is empty')
}
