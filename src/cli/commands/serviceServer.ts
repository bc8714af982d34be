import type { RpcMethods } from '../../jsonrpc/dispatch.ts'
import { createJsonRpcServer, type JsonRpcServer } from '../../jsonrpc/server.ts'
import { healthResponse } from '../../rpc/health.ts'
import { txManagerApi } from '../../rpc/txManagerApi.ts'
import type { Logger } from '../../runtime/logger.ts'
import { readPackageVersion } from '../../runtime/packageVersion.ts'
import type { TxManager, TxManagerControl } from '../../txmgr/interface.ts'
import type { ServiceValues } from '../flags/serviceFlags.ts'

/**
 * Opens a service's own RPC, with what an operator may do if that is allowed, and says that the service is ready.
 *
 * @throws {ConfigError} `PORT_TAKEN`
 */
export async function serveService(
  { rpcHost, rpcPort, enableAdmin }: ServiceValues,
  given: {
    readonly name: string
    readonly adminMethods: RpcMethods
    /** Why the service does not do its work. */
    readonly problems: () => readonly string[]
  },
  deps: { readonly transactions: TxManager & TxManagerControl; readonly logger: Logger },
): Promise<JsonRpcServer> {
  const { transactions, logger } = deps
  const version = readPackageVersion()
  const server = await createJsonRpcServer(
    {
      host: rpcHost,
      port: rpcPort,
      portFlag: '--rpc.port',
      methods: enableAdmin ? { ...given.adminMethods, ...txManagerApi(transactions) } : {},
      routes: {
        'GET /healthz': () => healthResponse(version, given.problems()),
        'GET /livez': () => healthResponse(version, []),
      },
    },
    { logger },
  )
  const { address } = transactions
  logger.info(`${given.name} is ready`, { address, rpcUrl: server.url, version })
  return server
}
