import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Folder of the published test vectors: beside the project, or where `TAKT_VECTORS` points. */
export const vectorsFolder = resolve(process.env['TAKT_VECTORS'] ?? '../shared/vectors')

/** Tests that read vectors must skip when this is false, and say so in their names. */
export const haveVectors = existsSync(vectorsFolder)

/** Ends the name of a test or suite that reads vectors, so that a skip explains itself. */
export const vectorsNote = haveVectors ? '' : ` (skipped: no test vectors at ${vectorsFolder})`

/** A vector file as bytes, unpacked when its name ends in `.gz`. */
export function readVector(path: string): Uint8Array {
  const bytes = readFileSync(resolve(vectorsFolder, path))
  const unpacked = path.endsWith('.gz') ? gunzipSync(bytes) : bytes
  return new Uint8Array(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength)
}

/** A vector file as JSON. The caller states what it expects to find. */
export function readVectorJson<T>(path: string): T {
  return JSON.parse(new TextDecoder().decode(readVector(path))) as T
}

/** A vector file of one JSON object a line. */
export function readVectorLines<T>(path: string): T[] {
  const lines = new TextDecoder().decode(readVector(path)).split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}
