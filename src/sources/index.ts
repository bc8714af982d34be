/** L1, L2 and engines as remote services. */

export {
  type EndpointCheckDeps,
  type EndpointFlags,
  verifyEngineEndpoint,
  verifyL1Endpoint,
  verifyL2Endpoint,
} from './endpointChecks.ts'
export { createEngineClient } from './engineClient.ts'
export { createKzgLoader, type KzgLoader } from './kzgThread.ts'
export { createL1Client, type L1Client, type L1ClientOptions, type L1Label } from './l1Client.ts'
export { createL1Reader } from './l1Reader.ts'
export { createL1TxClient } from './l1TxClient.ts'
export { type L1WatcherDeps, type L1WatcherOptions, runL1Watcher } from './l1Watcher.ts'
export { createL2Client, type L2ClientOptions } from './l2Client.ts'
export { connectRemoteSigner, type RemoteSigner, type RemoteSignerOptions } from './remoteSigner.ts'
export { createRollupClient, type RollupClient } from './rollupClient.ts'
