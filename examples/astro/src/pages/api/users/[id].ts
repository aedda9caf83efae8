export const GET = () => Response.json({ message: 'No such user' }, { status: 404 })
