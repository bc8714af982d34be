import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a thread from a file of ours.
 *
 * The arguments that Node itself was started with are not passed on: some, such as those of `node --eval`, are refused
 * in threads.
 *
 * @param entry - Relative to `importerUrl`, without an ending: from source it is TypeScript, in the package JavaScript.
 */
export function startThread(
  entry: string,
  importerUrl: string,
  options: Pick<WorkerOptions, 'name' | 'workerData'>,
): Worker {
  const ending = importerUrl.endsWith('.ts') ? '.ts' : '.js'
  return new Worker(new URL(`${entry}${ending}`, importerUrl), { ...options, execArgv: [] })
}
