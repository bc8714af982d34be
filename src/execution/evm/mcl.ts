import mcl from 'mcl-wasm'

// A tenth of a second: those who may never need it import this file when they do.
await mcl.init(mcl.BLS12_381)
// Numbers big-endian, points compressed as Ethereum does it.
mcl.setETHserialization(true)

/** The library for curves, set up for BLS12-381. Values that it cannot decode make it throw. */
export { mcl }
