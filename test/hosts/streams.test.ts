import { bunBinary, denoBinary } from '../support/binaries.ts'
import { streamServer, streamWorkerd } from '../support/stream-hosts.ts'
import { streams } from '../suites/stream.ts'

streams('streams through workerd', streamWorkerd)
streams('streams through Node', () => streamServer(process.execPath))
streams('streams through Deno', () => streamServer(denoBinary(), ['run', '-A']))
streams('streams through Bun', () => streamServer(bunBinary()))
