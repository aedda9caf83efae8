export const GET = () => Response.json({ message: 'Back in five minutes' }, { status: 503 })
