/** JSON-RPC over HTTP and WebSocket, client and server, with JWT. */

export {
  createJsonRpcClient,
  type JsonRpcClient,
  type JsonRpcClientDeps,
  type JsonRpcClientOptions,
  type RequestOptions,
} from './client.ts'
export type { RpcContext, RpcMethod, RpcMethods } from './dispatch.ts'
export { signJwt, verifyJwt } from './jwt.ts'
export { parseJwtSecret, readJwtSecretFile } from './jwtSecret.ts'
export { RpcError, rpcErrorCodes } from './rpcError.ts'
export { RpcTransportError } from './rpcTransportError.ts'
export {
  createJsonRpcServer,
  type JsonRpcServer,
  type JsonRpcServerOptions,
  type Route,
  type RouteResponse,
} from './server.ts'
