import { json } from '@sveltejs/kit'

export const GET = () => json({ message: 'No such user' }, { status: 404 })
