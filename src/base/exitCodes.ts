/** What the `takt` command ends with. README.md tells users the same list. */
export const exitCodes = {
  /** Done, or stopped by SIGINT or SIGTERM. */
  ok: 0,
  /** A fault of takt itself. */
  internal: 1,
  /** Unknown or malformed flags; something this version does not do. */
  usage: 2,
  /** A file that was given (rollup.json, genesis.json, a secret, an upgrade bundle) cannot be used. */
  configFile: 3,
  /** The engine refuses our JWT. */
  jwtSecret: 4,
  /** An endpoint serves another chain than the configuration says. */
  wrongChain: 5,
  /** An endpoint does not answer. */
  unreachable: 6,
  /** Something else listens on the port. */
  portTaken: 7,
  /** A program, package or platform feature that takt needs is not there. */
  missingPrerequisite: 8,
  /** The chain does not accept what this key signs. */
  wrongKey: 9,
  /** The account of a key cannot pay for what it is to send. */
  unfunded: 10,
} as const
