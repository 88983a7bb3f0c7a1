/**
 * The values of node:http that the server uses. They are not imported: a module that imports node:http asks it for every export, and the
 * ones for clients (WebSocket, EventSource) load a whole HTTP client of 16 MB that nobody here uses.
 */
export const { createServer, STATUS_CODES } = process.getBuiltinModule('node:http');
