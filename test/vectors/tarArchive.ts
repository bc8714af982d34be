/** A file of a tar archive. */
export interface TarFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** The plain files of an uncompressed tar archive (POSIX 2001), in order. */
export function* readTar(archive: Uint8Array): Generator<TarFile> {
  const text = (from: number, length: number) => {
    const field = archive.subarray(from, from + length)
    const end = field.indexOf(0)
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
  }
  let longPath: string | undefined
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12).trim(), 8)
    const type = text(at + 156, 1)
    if (type === 'x') {
      // Records of the file that follows, one of which is a name too long for its header.
      longPath = /^\d+ path=(.*)$/m.exec(text(at + 512, size))?.[1]
    } else {
      const prefix = text(at + 345, 155)
      const path = longPath ?? (prefix === '' ? '' : `${prefix}/`) + text(at, 100)
      if (type === '0') yield { path, bytes: archive.subarray(at + 512, at + 512 + size) }
      longPath = undefined
    }
    at += 512 + 512 * Math.ceil(size / 512)
  }
}
