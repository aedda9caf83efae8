import { fileSuffixes } from '../parse-stack.ts'
import type { ChunkRow, MatchedBy, Place, SourceMapReader } from '../reader.ts'
import { type Chunk, type Digest, pack } from './digest.ts'

/** A file of a build, and its digest, which is made at its first use. */
export interface MemoryFile {
  /** Relative to the build's folder. */
  file: string
  digest(): Digest
}

/** Reads the maps of a folder as if they were uploaded. */
export function memoryReader(files: readonly MemoryFile[]): SourceMapReader {
  const byFile = new Map(files.map((file) => [file.file, file]))
  const digests = new Map<string, Digest>()
  const digestOf = (name: string): Digest => {
    const made = digests.get(name) ?? byFile.get(name)!.digest()
    digests.set(name, made)
    return made
  }
  return {
    async chunks(places) {
      return places.map((place) => {
        const name = fileSuffixes(place.file).find((suffix) => byFile.has(suffix))
        return name === undefined ? null : chunkAt(digestOf(name), place, 'local file')
      })
    },
    sources: async (hashes) => packedTexts(hashes, digests.values()),
  }
}

/** Finds the chunk of a place, as the table's index does. */
export function chunkAt(digest: Digest, place: Place, matchedBy: MatchedBy): ChunkRow | null {
  const chunk = lastBefore(digest.chunks, place)
  if (!chunk) return null
  const { line, column, text } = chunk
  return { mapId: digest.id, line, column, data: pack(text), matchedBy }
}

export function packedTexts(
  hashes: readonly string[],
  digests: Iterable<Digest>,
): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  for (const { texts } of digests) {
    for (const hash of hashes) {
      const text = texts.get(hash)
      if (text !== undefined) found.set(hash, pack(text))
    }
  }
  return found
}

function lastBefore(chunks: readonly Chunk[], { line, column }: Place): Chunk | undefined {
  let low = 0
  let high = chunks.length
  while (low < high) {
    const middle = (low + high) >> 1
    const chunk = chunks[middle]!
    if (chunk.line < line || (chunk.line === line && chunk.column <= column)) low = middle + 1
    else high = middle
  }
  return chunks[low - 1]
}
