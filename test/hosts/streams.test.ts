import { bunBinary, denoBinary } from '../_binaries.ts'
import { streamServer, streamWorkerd } from '../_stream-hosts.ts'
import { streams } from '../_stream-suite.ts'

streams('streams through workerd', streamWorkerd)
streams('streams through Node', () => streamServer(process.execPath))
streams('streams through Deno', () => streamServer(denoBinary(), ['run', '-A']))
streams('streams through Bun', () => streamServer(bunBinary()))
