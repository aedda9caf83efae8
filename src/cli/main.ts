#!/usr/bin/env node
import { main } from './_main.ts'
import { runInProcess } from './context.ts'

await runInProcess(main)
