export const GET = () => Response.json({ message: 'Hello', from: 'klaxon' })
