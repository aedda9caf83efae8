import { redirect } from 'next/navigation'
import { route } from '../../klaxon'

export const GET = route('/away', () => redirect('/page'))
