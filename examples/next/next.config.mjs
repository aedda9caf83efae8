/** @libsql/client has native parts for `file:` addresses. */
export default { serverExternalPackages: ['@libsql/client', 'klaxon'] }
