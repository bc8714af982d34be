import { openLevelStore } from '../../src/execution/chain/levelStore.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { openTestChain } from '../../src/testing/executionChain.ts'

// A process that makes blocks without end and says which ones were acknowledged, until it is killed.
const chain = await openTestChain({
  store: await openLevelStore(process.argv[2]!, { clock: systemClock }),
})
let nonce = Number(process.argv[3])
for (;;) {
  for (let i = 0; i < 20; i++) await chain.transfer(0, nonce++)
  const { executionPayload } = await chain.extend()
  process.stdout.write(`${executionPayload.blockNumber} ${executionPayload.blockHash}\n`)
}
