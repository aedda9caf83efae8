import { json } from '@sveltejs/kit'

export const GET = () => json({ message: 'Back in five minutes' }, { status: 503 })
