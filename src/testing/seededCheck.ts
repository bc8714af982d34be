import fc from 'fast-check'

// The same cases in every run, so that none fails that did not before; with another seed, others.
fc.configureGlobal({ seed: Number(process.env['TAKT_FUZZ_SEED'] ?? 1) })

/** fast-check, whose cases follow from `TAKT_FUZZ_SEED`. */
export { fc }
