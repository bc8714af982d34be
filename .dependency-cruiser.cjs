// One table is the architecture: folder -> folders it may import.
const layers = {
  base: [],
  runtime: ['base'],
  chain: ['base'],
  trie: ['base'],
  protocol: ['base', 'chain', 'trie'],
  derive: ['base', 'chain', 'protocol'],
  engine: ['base', 'runtime', 'chain', 'protocol'],
  sequencer: ['base', 'runtime', 'chain', 'protocol', 'derive', 'engine'],
  driver: ['base', 'runtime', 'chain', 'protocol', 'derive', 'engine', 'sequencer'],
  jsonrpc: ['base', 'runtime'],
  txmgr: ['base', 'runtime', 'chain', 'protocol'],
  batcher: ['base', 'runtime', 'chain', 'protocol', 'txmgr'],
  proposer: ['base', 'runtime', 'chain', 'protocol', 'txmgr'],
  sources: ['base', 'runtime', 'chain', 'trie', 'protocol', 'jsonrpc'],
  execution: ['base', 'runtime', 'chain', 'trie', 'protocol', 'jsonrpc'],
  rpc: ['base', 'runtime', 'chain', 'protocol', 'jsonrpc'],
}
const core = Object.keys(layers)
layers.node = [...core]
layers.metrics = [...core, 'node']
layers.devnet = [...core, 'node', 'metrics']
layers.testing = [...core, 'node', 'metrics', 'devnet']
layers.cli = [...core, 'node', 'metrics', 'devnet']

// Adapters implement an interface that its consumer owns: `import type` only.
const typeOnly = {
  sources: ['derive', 'engine', 'driver', 'txmgr', 'batcher', 'proposer'],
  execution: ['engine'],
  rpc: ['engine', 'driver', 'txmgr', 'batcher', 'proposer'],
}

const src = (names) => `^src/(${names.join('|')})/`
const isTest = '\\.test\\.ts$'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-entry-imports',
      comment: 'index.ts is for npm users; inside src import the file itself',
      severity: 'error',
      from: { path: '^src/', pathNot: '/index\\.ts$' },
      to: { path: ['^src/index\\.ts$', '^src/[^/]+/index\\.ts$'] },
    },
    {
      name: 'pure-core-has-no-io',
      comment: 'but for zlib and brotli, which are pure and which only Node has fast enough',
      severity: 'error',
      from: {
        path: '^src/(base|chain|trie|protocol|derive|batcher/encoder)/',
        pathNot: `${isTest}|^src/base/compression\\.ts$`,
      },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'unknown-folder',
      comment: 'a new folder under src must enter the table first',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: src(Object.keys(layers)) },
    },
    {
      name: 'testing-stays-out',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/testing/|${isTest}` },
      to: { path: '^src/testing/' },
    },
    {
      name: 'ethereumjs-only-in-execution',
      comment: 'the EVM library is an implementation detail of the embedded engine',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/execution/' },
      to: { path: 'node_modules/@ethereumjs' },
    },
    {
      name: 'prometheus-only-in-metrics',
      comment: 'everybody else hands facts to an observer',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/metrics/' },
      to: { path: 'node_modules/prom-client' },
    },
    ...Object.entries(layers).flatMap(([from, to]) => {
      const types = typeOnly[from] ?? []
      const rules = [
        {
          name: `layer-${from}`,
          severity: 'error',
          from: { path: `^src/${from}/`, pathNot: isTest },
          to: { path: '^src/[^/]+/', pathNot: src([from, ...to, ...types]) },
        },
      ]
      if (types.length > 0) {
        rules.push({
          name: `layer-${from}-types-only`,
          severity: 'error',
          from: { path: `^src/${from}/`, pathNot: isTest },
          to: { path: src(types), dependencyTypesNot: ['type-only'] },
        })
      }
      return rules
    }),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
}
