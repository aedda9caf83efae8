/**
 * The SDK of `klaxon mcp`. The build bundles it into this file, so that installing klaxon adds one
 * package. No other file imports it.
 */
export { Server } from '@modelcontextprotocol/sdk/server/index.js'
export type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
export {
  CallToolRequestSchema,
  ErrorCode,
  isJSONRPCRequest,
  JSONRPCMessageSchema,
  ListToolsRequestSchema,
  McpError,
} from '@modelcontextprotocol/sdk/types.js'
