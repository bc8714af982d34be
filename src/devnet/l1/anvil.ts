import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'
import { ConfigError, TaktError } from '../../base/errors.ts'
import { exitCodes } from '../../base/exitCodes.ts'
import type { Logger } from '../../runtime/logger.ts'
import { developmentMnemonic } from '../accounts.ts'
import { l1DumpFile } from './l1State.ts'

export interface AnvilOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly chainId: number
  /** Timestamp of the genesis block, seconds; `undefined` for a chain that is resumed. */
  readonly genesisTime: number | undefined
  readonly gasLimit: number
  /** Funded accounts of the development mnemonic. */
  readonly accounts: number
  /** File that the chain is resumed from if it is there, and another one that it is written to; `undefined`: nowhere. */
  readonly stateFile: string | undefined
  /** Folder for states that anvil moves out of memory. Its own default is in the user's home. */
  readonly cacheDir: string
}

/** A running L1. It mines when it is told to, and only then. */
export interface Anvil extends AsyncDisposable {
  readonly pid: number
  readonly rpcUrl: string
  readonly wsUrl: string
  /** Resolves with the reason when anvil ends without having been asked to. */
  readonly crashed: Promise<TaktError>
  /** Ends anvil and saves its state: SIGTERM, then SIGKILL after two seconds. */
  close(): Promise<void>
}

/**
 * Starts anvil as a process of its own, with no shell in between.
 *
 * It leads its own process group, so that Ctrl-C in a terminal ends it through us and not under us. When this
 * process dies without a chance to clean up, a watchdog process ends anvil.
 *
 * @throws {ConfigError} `ANVIL_MISSING`, `PORT_TAKEN`, `LISTEN_FAILED`
 * @throws {TaktError} `ANVIL_FAILED` with anvil's own words.
 */
export async function startAnvil(
  options: AnvilOptions,
  deps: { readonly logger: Logger },
): Promise<Anvil> {
  const child = spawn(anvilBinary(), anvilFlags(options), {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`))
  })
  const address = await listeningAddress(child, ended, options)
  const watchdog = startWatchdog(child.pid!)
  deps.logger.debug('Anvil runs', { pid: child.pid, address })

  let closing = false
  const crashed = new Promise<TaktError>((resolve) => {
    void ended.then((reason) => {
      watchdog.kill('SIGKILL')
      if (!closing) resolve(new TaktError('ANVIL_GONE', `L1 is gone: anvil stopped, ${reason}`))
    })
  })
  const close = async () => {
    closing = true
    child.kill('SIGTERM')
    const kill = setTimeout(() => child.kill('SIGKILL'), closeTimeoutMs)
    await ended
    clearTimeout(kill)
  }
  return {
    pid: child.pid!,
    rpcUrl: `http://${address}`,
    wsUrl: `ws://${address}`,
    crashed,
    close,
    [Symbol.asyncDispose]: close,
  }
}

const closeTimeoutMs = 2_000
// Anvil saves when it ends; this is for the day when it cannot.
const saveIntervalSeconds = 60

function anvilFlags(options: AnvilOptions): string[] {
  const flags = {
    host: options.host,
    port: options.port,
    'chain-id': options.chainId,
    'gas-limit': options.gasLimit,
    accounts: options.accounts,
    mnemonic: developmentMnemonic,
    hardfork: 'osaka',
    // Safe is 4 blocks behind the head and finalized 8: soon, yet behind what tests reorganize.
    'slots-in-an-epoch': 4,
    'cache-path': options.cacheDir,
    // Each is a copy of the whole state; nobody asks for state that old.
    'max-persisted-states': 100,
    ...(options.genesisTime !== undefined && { timestamp: options.genesisTime }),
    ...(options.stateFile !== undefined && {
      ...(existsSync(options.stateFile) && { 'load-state': options.stateFile }),
      'dump-state': l1DumpFile(options.stateFile),
      'state-interval': saveIntervalSeconds,
    }),
  }
  return [
    ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]),
    '--no-mining',
    '--no-request-size-limit',
  ]
}

/** The binary is in a package per platform that npm picks by itself. */
function anvilBinary(): string {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch
  const platformPackage = `@foundry-rs/anvil-${process.platform}-${arch}`
  const binary = process.platform === 'win32' ? 'anvil.exe' : 'anvil'
  try {
    const own = createRequire(import.meta.url)
    const anvilPackage = createRequire(own.resolve('@foundry-rs/anvil/package.json'))
    return anvilPackage.resolve(`${platformPackage}/bin/${binary}`)
  } catch (cause) {
    throw new ConfigError(
      exitCodes.missingPrerequisite,
      'ANVIL_MISSING',
      `the devnet's L1 needs anvil, and ${platformPackage} is not installed`,
      {
        cause,
        metaMessages: [
          'Install with optional dependencies: npm ci --include=optional',
          'Anvil comes for linux and macOS on x64 and arm64, and for Windows on x64.',
        ],
      },
    )
  }
}

/** Waits for the line that says where anvil listens; from then on its output is thrown away. */
async function listeningAddress(
  { stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>,
  ended: Promise<string>,
  { host, port }: AnvilOptions,
): Promise<string> {
  const listening = Promise.withResolvers<string>()
  let output = ''
  const read = (chunk: Buffer) => {
    output += chunk.toString()
    const address = /Listening on (\S+)/.exec(output)?.[1]
    if (address !== undefined) listening.resolve(address)
  }
  stdout.on('data', read)
  stderr.on('data', read)
  void ended.then((reason) => listening.reject(startFailure(reason, output, `${host}:${port}`)))
  try {
    return await listening.promise
  } finally {
    for (const stream of [stdout, stderr]) {
      stream.off('data', read)
      // A pipe that nobody reads would fill up and stop anvil.
      stream.resume()
    }
  }
}

function startFailure(reason: string, output: string, address: string): TaktError {
  if (/address (already )?in use/i.test(output)) {
    return new ConfigError(
      exitCodes.portTaken,
      'PORT_TAKEN',
      `L1 cannot listen on ${address}: the port is taken`,
      { metaMessages: ['Stop what listens there, or choose another port with --l1-port.'] },
    )
  }
  const said = output.trim().slice(-2_000)
  if (/cannot assign requested address|can't assign|invalid value '.*' for '--host/i.test(said)) {
    return new ConfigError(
      exitCodes.usage,
      'LISTEN_FAILED',
      `L1 cannot listen on ${address}: it is no address of this machine`,
      { metaMessages: ['Give an IP address of this machine with --host, such as 127.0.0.1.'] },
    )
  }
  return new TaktError('ANVIL_FAILED', `anvil did not start: ${reason}`, {
    context: { output: said },
    cause: said === '' ? undefined : new Error(said),
  })
}

// Waits for the end of its standard input, which comes when this process is gone, however it went.
const watchdogScript = `
const pid = Number(process.argv[1])
const end = (signal) => { try { process.kill(pid, signal) } catch { process.exit() } }
process.stdin.resume().on('close', () => {
  end('SIGTERM')
  setInterval(() => end(0), 50)
  setTimeout(() => { end('SIGKILL'); process.exit() }, 5000)
})`

function startWatchdog(pid: number): ChildProcess {
  const watchdog = spawn(process.execPath, ['-e', watchdogScript, String(pid)], {
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.unref()
  ;(watchdog.stdin as unknown as { unref(): void }).unref()
  return watchdog
}
